"""Read a data set, check all of it, and return its tables with money in whole 分."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pandas as pd

from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.checks.examine import Examination, examine_source
from fundeval.tables.dataset import Dataset, DatasetInfo, InputFile
from fundeval.tables.schemas import TABLES
from fundeval.tables.sources.connections import (
    YAML,
    absolute_location,
    database_at,
    is_url,
    names_server,
    short_name,
    without_password,
)
from fundeval.tables.sources.data_source import DataSource
from fundeval.tables.sources.description import DESCRIPTION_FILE
from fundeval.tables.sources.held import hash_file
from fundeval.tables.sources.readers import (
    READERS,
    read_database_url,
    read_database_yaml,
    read_files,
)

__all__ = [
    "Dataset",
    "DatasetInfo",
    "Examination",
    "InputFile",
    "absolute_location",
    "check_year",
    "examine",
    "hash_files",
    "load",
    "load_tables",
    "load_units",
    "names_server",
    "sample_names",
    "short_name",
    "without_password",
]  # fmt: skip

SAMPLE = "sample:"


def load(location: str | Path) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    location
        A folder, a workbook or other file, the URL of a database, a YAML file that describes
        a database, or `sample:NAME` for a data set that ships with the package.

    Returns
    -------
    All tables of `schemas.TABLES`, money in 元.

    Raises
    ------
    BadInputError
        With every problem of all files; nothing is loaded in part.

    Examples
    --------
    >>> load("sample:city").budgets.columns[:3].tolist()
    ['unit_id', 'year', 'scheme']
    """
    return examine(location).dataset()


def examine(location: str | Path, *, whole: bool = True) -> Examination:
    """Read a data set and collect all its problems instead of raising them.

    Parameters
    ----------
    location
        As in `load`.
    whole
        False if other files hold the rest of the data set, as in `merge`: then required tables
        may be missing, and ids need not refer to a unit.

    Raises
    ------
    BadInputError
        If there is no data set at the location.
    """
    place = str(location)
    source = read_database_url(place) if is_url(place) else _read(_find(place))
    return examine_source(source, without_password(place), whole)


def hash_files(location: str | Path) -> dict[str, str] | None:
    """Hash the files of a data set without reading what they hold.

    Returns
    -------
    The SHA-256 of each file by name, those that `load` would skip too; None for a database.

    Raises
    ------
    BadInputError
        If there is no data set at the location.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> "budgets.csv" in hash_files("sample:public")
    True
    """
    if is_url(str(location)):
        return None
    place = _find(str(location))
    if place.is_file() and place.suffix in YAML:
        return None
    files = place.iterdir() if place.is_dir() else (place, place.with_suffix(YAML[0]))
    return {each.name: hash_file(each) for each in sorted(files) if each.is_file()}


def load_tables(location: str | Path) -> dict[str, pd.DataFrame]:
    """Load the tables at a location, which need not be all of a data set, nor described.

    Raises
    ------
    BadInputError
        With every problem of the tables found.
    """
    found = examine(location, whole=False)
    problems = [each for each in found.problems if not each.rule.startswith("dataset.")]
    if problems:
        raise BadInputError(problems)
    return {name: table.frame for name, table in found.tables.items()}


def load_units(location: str | Path) -> pd.DataFrame:
    """Load the table of units at a location; raises BadInputError if there is none."""
    tables = load_tables(location)
    if "units" not in tables:
        raise refusal("tables.no_units", str(location))
    return tables["units"]


def check_year(dataset: Dataset, year: int) -> None:
    """Raise BadInputError, which lists the years that there are, if nothing can be evaluated.

    Those are the years with budgets; without any budget, as where measures alone are scored, the
    years of the other tables.
    """
    names = ["budgets"] if len(dataset.budgets) else list(TABLES)
    tables = (getattr(dataset, name) for name in names)
    years = sorted({int(year) for t in tables if "year" in t for year in t["year"].unique()})
    if year in years:
        return
    file = next((file.name for file in dataset.inputs if "budgets" in file.rows), "budgets")
    known = ", ".join(map(str, years))
    rule = "tables.year_without_budget" if len(dataset.budgets) else "tables.year_without_data"
    raise refusal(rule, file, year=year, years=known)


def sample_names() -> list[str]:
    """Return the names of the data sets that ship with the package."""
    return sorted(path.parent.name for path in _samples().glob(f"*/{DESCRIPTION_FILE}"))


def _samples() -> Path:
    return Path(str(files("fundeval.samples")))


def _read(path: Path) -> DataSource:
    return read_database_yaml(path) if path.is_file() and path.suffix in YAML else read_files(path)


def _find(location: str) -> Path:
    if location.startswith(SAMPLE):
        name = location.removeprefix(SAMPLE)
        if name not in sample_names():
            raise refusal(
                "tables.unknown_sample",
                location,
                known=", ".join(SAMPLE + known for known in sample_names()),
            )
        return _samples() / name
    path = Path(location)
    try:
        found = path.exists()
    except (OSError, ValueError):
        found = False
    if not found:
        raise refusal("tables.not_found", location)
    if not path.is_dir() and path.suffix.lower() not in (*READERS, *YAML):
        raise BadInputError([database_at(path) or Problem("tables.not_a_data_set", location)])
    return path
