"""Write files completely or not at all, and a data set as a folder or a workbook."""

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
from fundeval.tables.cells import MONEY_UNITS, escape_formulas
from fundeval.tables.checks.examine import Examination
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.schemas import REQUIRED_TABLES, TABLE_NAMES, TABLES, columns_of_role
from fundeval.tables.sources.data_source import similar_names
from fundeval.tables.sources.description import DESCRIPTION_FILE


def table_names(wanted: Sequence[str] | None) -> list[str]:
    """Return the wanted tables in English, with those that every data set must have.

    Parameters
    ----------
    wanted
        Names in Chinese or English; all tables if there are none.

    Raises
    ------
    BadInputError
        With each unknown name.
    """
    unknown = [name for name in wanted or () if name not in TABLE_NAMES]
    if unknown:
        raise BadInputError(
            Problem("intake.no_such_table", name, {"known": similar_names(name, TABLE_NAMES)})
            for name in unknown
        )
    chosen = {*REQUIRED_TABLES, *(TABLE_NAMES[name] for name in wanted or TABLES)}
    return [name for name in TABLES if name in chosen]


# A data set is written as a folder, which has no suffix, or as a workbook.
DATASET_SUFFIXES = ("", ".xlsx")


def check_suffix(path: Path, suffixes: Sequence[str]) -> None:
    """Raise BadInputError if a file or folder to write has none of some suffixes."""
    if path.suffix.lower() not in suffixes:
        known = ", ".join(suffix or "…/" for suffix in suffixes)
        raise refusal("intake.other_suffix", str(path), known=known)


@contextmanager
def new_file(path: Path, suffixes: Sequence[str], beside: Sequence[str] = ()) -> Iterator[Path]:
    """Yield a temporary path to write to, which is moved to `path` if there is no error.

    Parameters
    ----------
    path
        The file or folder to write; an empty folder may exist.
    suffixes
        The suffixes allowed, "" for a folder.
    beside
        Names of files that may be in the folder already and stay there.

    Raises
    ------
    BadInputError
        If `path` exists or has another suffix, or cannot be written.
    """
    check_suffix(path, suffixes)
    there = [each.name for each in path.iterdir()] if path.is_dir() else []
    if path.exists() and not (path.is_dir() and set(there) <= set(beside)):
        raise refusal("intake.exists", str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as scratch:
            draft = Path(scratch) / path.name
            yield draft
            for name in there:
                shutil.copy2(path / name, draft / name)
            if path.is_dir():
                shutil.move(path, Path(scratch) / f"{path.name}.before")
            shutil.move(draft, path)
    except OSError as error:
        raise refusal(
            "intake.not_written", str(path), reason=error.strerror or type(error).__name__
        ) from None


def convert_money(name: str, frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Convert the amounts of a table from 元 to `unit`."""
    money = [column for column in columns_of_role(name, "money") if column in frame]
    return frame.assign(**{column: frame[column] / MONEY_UNITS[unit] for column in money})


def write_dataset(
    path: Path, info: DatasetInfo, frames: Mapping[str, pd.DataFrame], lang: str
) -> None:
    """Write a data set and check that it can be read back.

    Parameters
    ----------
    path
        A folder of CSV files, in which columns without values are left out, or an .xlsx file.
    info
        The description; amounts are written in its `money_unit`.
    frames
        Tables by name, money in 元.
    lang
        The language of the headers of a workbook.

    Raises
    ------
    BadInputError
        If the result would be refused, or a workbook cannot hold the description.
    """
    given = {name: convert_money(name, frames[name], info.money_unit) for name in frames}
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
        escape_formulas(frame.dropna(axis="columns", how="all")).to_csv(
            path / f"{name}.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d"
        )
    description = info.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    with (path / DESCRIPTION_FILE).open("w", encoding="utf-8", newline="\n") as file:
        yaml = YAML()
        yaml.width = 4096
        yaml.dump(description, file)


def write_examination(path: Path, found: Examination, lang: str) -> None:
    """Write the tables of an examination; raises BadInputError if it has problems."""
    info = found.dataset().info
    frames = {name: table.in_yuan().frame for name, table in found.tables.items()}
    write_dataset(path, info, frames, lang)
