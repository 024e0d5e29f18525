"""What comes in: read a data set, check it whole, and return it in 元."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fundeval.problems import BadInputError, Problem
from fundeval.tables.dataset import FACTORS, Dataset, DatasetInfo, InputFile
from fundeval.tables.links import check_links
from fundeval.tables.parse import empty_frame, parse
from fundeval.tables.readers import read_folder, read_workbook
from fundeval.tables.schemas import CHINESE_NAMES, REQUIRED_TABLES, TABLES
from fundeval.tables.source import Source

__all__ = ["Dataset", "DatasetInfo", "InputFile", "check_year", "load", "sample_names"]

SAMPLE = "sample:"


def load(location: str | Path) -> Dataset:
    """Return the data set of a folder, a workbook (`.xlsx`) or a shipped `sample:NAME`.

    Raises BadInputError with every problem of all its files; nothing is loaded by halves.
    """
    source = _read(str(location))
    factor = FACTORS[source.info.money_unit] if source.info else 1
    tables = {name: parse(raw, factor) for name, raw in source.tables.items()}
    check_links(source, tables)
    problems = source.problems + _missing_tables(source, str(location))
    for table in tables.values():
        problems += table.problems
    if problems or source.info is None:
        raise BadInputError(problems)
    frames = {name: tables[name].frame if name in tables else empty_frame(name) for name in TABLES}
    return Dataset(info=source.info, inputs=tuple(source.inputs), **frames)


def check_year(dataset: Dataset, year: int) -> None:
    """Raise BadInputError when no unit has a budget in `year`, naming the years there are."""
    years = sorted(dataset.budgets["year"].unique())
    if year not in years:
        file = next((file.name for file in dataset.inputs if "budgets" in file.rows), "budgets")
        values = {"year": year, "years": ", ".join(map(str, years))}
        raise BadInputError([Problem("tables.year_without_budget", file, values)])


def sample_names() -> list[str]:
    """Return the names of the data sets that ship with the package."""
    return sorted(path.parent.name for path in _samples().glob("*/dataset.yaml"))


def _samples() -> Path:
    return Path(str(files("fundeval.samples")))


def _read(location: str) -> Source:
    if location.startswith(SAMPLE):
        name = location.removeprefix(SAMPLE)
        if name not in sample_names():
            values = {"known": ", ".join(SAMPLE + known for known in sample_names())}
            raise BadInputError([Problem("tables.unknown_sample", location, values)])
        return read_folder(_samples() / name)
    path = Path(location)
    if path.is_dir():
        return read_folder(path)
    if not path.exists():
        raise BadInputError([Problem("tables.not_found", location)])
    if path.suffix.lower() != ".xlsx":
        raise BadInputError([Problem("tables.not_a_data_set", location)])
    return read_workbook(path)


def _missing_tables(source: Source, location: str) -> list[Problem]:
    if any(problem.rule == "tables.unreadable" for problem in source.problems):
        # The table may be in the file that could not be read.
        return []
    return [
        Problem("tables.missing_table", location, {"table": name, "zh": CHINESE_NAMES[name]})
        for name in REQUIRED_TABLES
        if name not in source.tables
    ]
