"""Open records where they lie, in the engine that is to add them up."""

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
from fundeval.detail.exact import exact
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.parsing.header import plain_header

SUFFIXES = (".parquet", *SEPARATORS, *DATABASES)
LABELS = {label: name for name, column in COLUMNS.items() for label in (name, column.zh)}


@dataclass(frozen=True)
class Records:
    """Files of one kind, and the column of `COLUMNS` that each of theirs holds, "" for none.

    `table` is the one that is meant in a database.
    """

    files: tuple[Path, ...]
    table: str
    columns: tuple[str, ...]


def find(location: Path) -> list[Path]:
    """Return the files of records: one file, those in a folder and below it, or those of a glob.

    Raises BadInputError where there are none.
    """
    try:
        paths = list(_paths(location))
    except (OSError, ValueError):
        paths = []
    files = sorted(path for path in paths if path.suffix.lower() in SUFFIXES)
    if not files:
        raise refusal("detail.no_records", str(location), known=", ".join(SUFFIXES))
    return files


def recognise(files: Sequence[Path], engine: str, table: str = "") -> list[Records]:
    """Return the files, those with the same columns together, so that each kind is read at once.

    Raises BadInputError that names, for each file, the columns it lacks or gives twice.
    """
    kinds: dict[tuple[str, tuple[str, ...], str], list[Path]] = defaultdict(list)
    problems: list[Problem] = []
    for path in files:
        try:
            names, types = _header(path, engine, table)
        except BadInputError as error:
            problems += error.problems
            continue
        columns = tuple(LABELS.get(plain_header(name), "") for name in names)
        problems += _wrong_columns(path.name, columns)
        kinds[path.suffix.lower(), columns, types].append(path)
    if problems:
        raise BadInputError(problems)
    return [Records(tuple(paths), table, columns) for (_, columns, _), paths in kinds.items()]


@contextmanager
def opened(
    kinds: Sequence[Records], engine: str, money_unit: str, memory: str, scratch: Path
) -> Iterator[Frame]:
    """Give the `exact` records of all files as one frame.

    `memory` limits DuckDB, which goes on in `scratch` when that does not do. What the engine
    cannot read is raised as BadInputError, and so is an engine that is not installed.
    """
    with ENGINES[engine](memory, scratch) as scan:
        yield nw.concat([exact(_named(kind, scan), money_unit) for kind in kinds])


def _paths(location: Path) -> Iterable[Path]:
    if location.is_dir():
        return (path for path in location.rglob("*") if not _hidden(path, location))
    if location.exists():
        return [location]
    return Path(location.anchor).glob(str(location.relative_to(location.anchor)))


def _hidden(path: Path, location: Path) -> bool:
    return any(part.startswith((".", "_", "~$")) for part in path.relative_to(location).parts)


def _header(path: Path, engine: str, table: str) -> tuple[list[str], str]:
    """Return the names of a file's columns, and their types as one text."""
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


def _wrong_columns(file: str, columns: tuple[str, ...]) -> Iterator[Problem]:
    for name in COLUMNS:
        values = {"name": name, "zh": COLUMNS[name].zh}
        if columns.count(name) > 1:
            yield Problem("detail.column_twice", file, values)
        if name in REQUIRED and name not in columns:
            yield Problem("tables.missing_column", file, values)


def _named(kind: Records, scan: Scan) -> Frame:
    frame: Frame = nw.from_native(scan(list(kind.files), kind.table)).lazy()
    names = frame.collect_schema().names()
    found = {name: nw.col(was) for was, name in zip(names, kind.columns, strict=True) if name}
    return frame.select(**found)
