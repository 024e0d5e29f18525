"""Write files whole or not at all, and a data set as a folder or a workbook."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

from fundeval.intake.template_workbook import write_filled
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables import load
from fundeval.tables.cells import MONEY_UNITS
from fundeval.tables.checks.examine import Examination
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.schemas import REQUIRED_TABLES, TABLE_NAMES, TABLES, money_columns
from fundeval.tables.sources.source import nearest


def table_names(wanted: Sequence[str] | None) -> list[str]:
    """Return the tables named, in Chinese or English, and those that every data set has.

    All of them when none is named; raises BadInputError for a name that is none.
    """
    unknown = [name for name in wanted or () if name not in TABLE_NAMES]
    if unknown:
        raise BadInputError(
            Problem("intake.no_such_table", name, {"known": nearest(name, TABLE_NAMES)})
            for name in unknown
        )
    chosen = {*REQUIRED_TABLES, *(TABLE_NAMES[name] for name in wanted or TABLES)}
    return [name for name in TABLES if name in chosen]


# What a data set can be written as: a folder or a workbook.
DATA_SET = ("", ".xlsx")


@contextmanager
def new_file(path: Path, suffixes: Sequence[str]) -> Iterator[Path]:
    """Give a draft to write, which takes its place at `path` when all has gone well.

    A folder is meant where `suffixes` has "". Raises BadInputError when there is something at
    `path` already, its suffix is another, or it cannot be written.
    """
    if path.suffix.lower() not in suffixes:
        raise refusal(
            "intake.other_suffix", str(path), known=", ".join(suffix or "…/" for suffix in suffixes)
        )
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise refusal("intake.exists", str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as scratch:
            draft = Path(scratch) / path.name
            yield draft
            if path.is_dir():
                path.rmdir()
            shutil.move(draft, path)
    except OSError as error:
        raise refusal(
            "intake.not_written", str(path), reason=error.strerror or type(error).__name__
        ) from None


def in_money_unit(name: str, frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return a table with its amounts in `unit` rather than 元."""
    money = [column for column in money_columns(name) if column in frame]
    return frame.assign(**{column: frame[column] / MONEY_UNITS[unit] for column in money})


def write_dataset(
    path: Path, info: DatasetInfo, frames: Mapping[str, pd.DataFrame], lang: str
) -> None:
    """Write tables, money in 元, as a folder of CSV files or an .xlsx workbook, in `info`'s unit.

    Columns without a value are left out of a folder. What was written is read back: raises
    BadInputError when that would be refused.
    """
    given = {name: in_money_unit(name, frames[name], info.money_unit) for name in frames}
    if path.suffix.lower() == ".xlsx":
        if info.period.part_years:
            raise refusal("intake.part_years", path.name)
        write_filled(path, info, given, lang)
    else:
        _write_folder(path, info, given)
    load(path)


def _write_folder(path: Path, info: DatasetInfo, given: Mapping[str, pd.DataFrame]) -> None:
    path.mkdir()
    for name, frame in given.items():
        frame.dropna(axis="columns", how="all").to_csv(
            path / f"{name}.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d"
        )
    description = info.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    with (path / "dataset.yaml").open("w", encoding="utf-8", newline="\n") as file:
        yaml = YAML()
        yaml.width = 4096
        yaml.dump(description, file)


def write_examined(path: Path, found: Examination, lang: str) -> None:
    """Write the tables that were found; raises BadInputError when they cannot be used."""
    info = found.dataset().info
    frames = {name: table.in_yuan().frame for name, table in found.tables.items()}
    write_dataset(path, info, frames, lang)
