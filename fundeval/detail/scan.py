"""Find files of settlement records and open them in an engine."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import pyarrow as pa
from pyarrow.parquet import read_schema

from fundeval.detail.columns import COLUMNS, REQUIRED, Frame
from fundeval.detail.engines import (
    DATABASES,
    ENGINES,
    SEPARATORS,
    Scan,
    columns_of_table,
)
from fundeval.detail.exact_amounts import with_exact_amounts
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.parsing.header import normalize_header
from fundeval.words import Named

SUFFIXES = (".parquet", *SEPARATORS, *DATABASES)
LABELS = {label: name for name, column in COLUMNS.items() for label in (name, column.zh)}


@dataclass(frozen=True)
class RecordFiles:
    """Files with the same columns.

    Attributes
    ----------
    files
        The files, in order of their names.
    table
        Name of the table if the file is a database.
    columns
        For each column of the files its name in `COLUMNS`, "" if it is none of them.
    """

    files: tuple[Path, ...]
    table: str
    columns: tuple[str, ...]


def find_files(location: Path) -> list[Path]:
    """Find the files of records at a location.

    Parameters
    ----------
    location
        A file, a folder (searched with its subfolders) or a glob pattern.

    Returns
    -------
    list of Path
        The files whose suffix is one of `SUFFIXES`, sorted; hidden files are left out.

    Raises
    ------
    BadInputError
        If there are none.
    """
    try:
        paths = list(_paths(location))
    except (OSError, ValueError):
        paths = []
    files = sorted(path for path in paths if path.suffix.lower() in SUFFIXES)
    if not files:
        raise refusal("detail.no_records", str(location), known=", ".join(SUFFIXES))
    return files


def group_files(files: Sequence[Path], engine: str, table: str = "") -> list[RecordFiles]:
    """ProblemGroup files of records by their columns, so that each group is read at once.

    Parameters
    ----------
    files
        Files as `find_files` returns them.
    engine
        Name of the engine that will read them; only `duckdb` reads DuckDB files.
    table
        Table to read from a DuckDB file.

    Returns
    -------
    list of RecordFiles

    Raises
    ------
    BadInputError
        With the missing and duplicate columns of every file, and the files that cannot be read.
    """
    groups: dict[tuple[str, tuple[str, ...], str], list[Path]] = defaultdict(list)
    problems: list[Problem] = []
    for path in files:
        try:
            names, types = _read_header(path, engine, table)
        except BadInputError as error:
            problems += error.problems
            continue
        columns = tuple(LABELS.get(normalize_header(name), "") for name in names)
        problems += _check_columns(path.name, columns)
        groups[path.suffix.lower(), columns, types].append(path)
    if problems:
        raise BadInputError(problems)
    return [RecordFiles(tuple(paths), table, columns) for (_, columns, _), paths in groups.items()]


@contextmanager
def open_records(
    groups: Sequence[RecordFiles], engine: str, money_unit: str, memory: str, scratch: Path
) -> Iterator[Frame]:
    """Open the records of all files as one lazy frame with exact amounts.

    Parameters
    ----------
    groups
        Files as `group_files` returns them.
    engine
        Name of one of `ENGINES`.
    money_unit
        Unit of the money amounts: 元, 万元 or 亿元.
    memory
        Memory limit of the engine, such as "4GB".
    scratch
        Folder in which DuckDB may spill what exceeds it.

    Yields
    ------
    Frame
        The records, see `with_exact_amounts`.

    Raises
    ------
    BadInputError
        If the engine is not installed or cannot read the files.
    """
    with ENGINES[engine](memory, scratch) as scan:
        frames = [_select_columns(group, scan) for group in groups]
        yield nw.concat([with_exact_amounts(frame, money_unit) for frame in frames])


def _paths(location: Path) -> Iterable[Path]:
    if location.is_dir():
        return (path for path in location.rglob("*") if not _is_hidden(path, location))
    if location.exists():
        return [location]
    return Path(location.anchor).glob(str(location.relative_to(location.anchor)))


def _is_hidden(path: Path, location: Path) -> bool:
    return any(part.startswith((".", "_", "~$")) for part in path.relative_to(location).parts)


def _read_header(path: Path, engine: str, table: str) -> tuple[list[str], str]:
    """Return the column names of a file, and its types as one text ("" if it has none)."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            schema = read_schema(path).remove_metadata()
            return schema.names, str(schema)
        if suffix in SEPARATORS:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return next(csv.reader(file, delimiter=SEPARATORS[suffix]), []), ""
        if engine != "duckdb":
            raise refusal("detail.not_in_engine", path.name, engine=engine)
        return columns_of_table(path, table), ""
    except UnicodeDecodeError:
        raise refusal("detail.encoding", path.name) from None
    except (ValueError, OSError, pa.ArrowException) as error:
        raise refusal("tables.unreadable", path.name, detail=str(error).strip()) from None


def _check_columns(file: str, columns: tuple[str, ...]) -> Iterator[Problem]:
    for name in COLUMNS:
        values = {"name": name, "zh": COLUMNS[name].zh, "called": Named(COLUMNS[name].zh, name)}
        if columns.count(name) > 1:
            yield Problem("detail.column_twice", file, values)
        if name in REQUIRED and name not in columns:
            yield Problem("tables.missing_column", file, values)


def _select_columns(group: RecordFiles, scan: Scan) -> Frame:
    """Scan files and select their known columns under the names of `COLUMNS`."""
    frame: Frame = nw.from_native(scan(list(group.files), group.table)).lazy()
    names = frame.collect_schema().names()
    found = {name: nw.col(was) for was, name in zip(names, group.columns, strict=True) if name}
    return frame.select(**found)
