"""What comes in: read a data set, check it whole, and return it with money in whole 分."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pandas as pd

from fundeval.problems import BadInputError, refusal
from fundeval.tables.checks.examine import Examination, examine_source
from fundeval.tables.dataset import Dataset, DatasetInfo, InputFile
from fundeval.tables.sources.connections import is_url, lasting, short_name, shown
from fundeval.tables.sources.readers import READERS, read, read_url, read_yaml
from fundeval.tables.sources.source import Source

__all__ = [
    "Dataset", "DatasetInfo", "Examination", "InputFile", "check_year", "examine", "lasting",
    "load", "load_tables", "load_units", "sample_names", "short_name", "shown",
]  # fmt: skip

SAMPLE = "sample:"
YAML = (".yaml", ".yml")


def load(location: str | Path) -> Dataset:
    """Return the data set of a folder, a file, a database or a shipped `sample:NAME`.

    A database is named by its URL, or by a YAML file that says more of it. Raises
    BadInputError with every problem of all its files; nothing is loaded by halves.
    """
    return examine(location).dataset()


def examine(location: str | Path, *, whole: bool = True) -> Examination:
    """Return what a location as in `load` holds, and all its problems.

    It is `whole` unless other files hold the rest of it: only then required tables must be
    there and links must lead to a unit. Raises BadInputError when there is no data set.
    """
    place = str(location)
    source = read_url(place) if is_url(place) else _read(_find(place))
    return examine_source(source, shown(place), whole)


def load_tables(location: str | Path) -> dict[str, pd.DataFrame]:
    """Return the tables that a location holds, whatever is absent, its description too.

    Raises BadInputError with every problem of the tables that are there.
    """
    found = examine(location, whole=False)
    problems = [each for each in found.problems if not each.rule.startswith("dataset.")]
    if problems:
        raise BadInputError(problems)
    return {name: table.frame for name, table in found.tables.items()}


def load_units(location: str | Path) -> pd.DataFrame:
    """Return the table of units of a location; raises BadInputError when there is none."""
    tables = load_tables(location)
    if "units" not in tables:
        raise refusal("tables.no_units", str(location))
    return tables["units"]


def check_year(dataset: Dataset, year: int) -> None:
    """Raise BadInputError when no unit has a budget in `year`, naming the years there are."""
    years = sorted(dataset.budgets["year"].unique())
    if year not in years:
        file = next((file.name for file in dataset.inputs if "budgets" in file.rows), "budgets")
        raise refusal(
            "tables.year_without_budget", file, year=year, years=", ".join(map(str, years))
        )


def sample_names() -> list[str]:
    """Return the names of the data sets that ship with the package."""
    return sorted(path.parent.name for path in _samples().glob("*/dataset.yaml"))


def _samples() -> Path:
    return Path(str(files("fundeval.samples")))


def _read(path: Path) -> Source:
    return read_yaml(path) if path.is_file() and path.suffix in YAML else read(path)


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
        raise refusal("tables.not_a_data_set", location)
    return path
