"""Find files of settlement records and open them in an engine."""

from __future__ import annotations

import codecs
import csv
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import narwhals as nw
import pyarrow as pa
from pyarrow.parquet import read_schema

from fundeval.detail.columns import COLUMNS, MONEY, REQUIRED, Frame, column_meant
from fundeval.detail.engines import (
    DATABASES,
    ENGINES,
    TEXTS,
    Scan,
    columns_of_table,
)
from fundeval.detail.exact_amounts import with_exact_amounts
from fundeval.detail.readings import Readings
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.sources.data_source import first_names

SUFFIXES = (".parquet", *TEXTS, *DATABASES)
# What may set off cells; the first of those that stand equally often.
MARKS = (",", "\t", ";")
UTF8, GB18030 = "utf-8-sig", "gb18030"
HEAD_BYTES = 2**20
# So many names are shown in a message.
SHOWN = 20


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
    headers
        For each column its header as it stands.
    units
        By money column the unit that its header states.
    singles
        Columns that are kept as floats of four bytes.
    encoding, separator
        How a text is written.
    """

    files: tuple[Path, ...]
    table: str
    columns: tuple[str, ...]
    headers: tuple[str, ...]
    units: Mapping[str, str] = field(default_factory=dict)
    singles: tuple[str, ...] = ()
    encoding: str = UTF8
    separator: str = ","

    @property
    def name(self) -> str:
        """Return the name to show: of the first file, with a sign that there are more."""
        return self.files[0].name + (" …" if len(self.files) > 1 else "")

    @property
    def header_of(self) -> dict[str, str]:
        """Return the header of each known column."""
        return {name: was for name, was in zip(self.columns, self.headers, strict=True) if name}


def headers_of(groups: Sequence[RecordFiles]) -> dict[str, str]:
    """Return the header of each column that a file has, of the first that has it."""
    return {name: was for group in reversed(groups) for name, was in group.header_of.items()}


@dataclass(frozen=True)
class Header:
    """What the first row of a file, or its schema, says."""

    names: tuple[str, ...]
    types: str = ""
    singles: tuple[str, ...] = ()
    encoding: str = UTF8
    separator: str = ","


@dataclass(frozen=True)
class OpenRecords:
    """The records of files, opened: of each group its rows under the names of `COLUMNS`."""

    groups: Sequence[RecordFiles]
    frames: Sequence[Frame]
    money_unit: str

    def of_each(self, readings: Sequence[Readings] | None = None) -> list[Frame]:
        """Return the records of each group with exact amounts, read as its readings say."""
        return [
            with_exact_amounts(frame, self.money_unit, read, group.units)
            for group, frame, read in zip(
                self.groups, self.frames, readings or [Readings()] * len(self.frames), strict=True
            )
        ]

    def units_of(self, group: RecordFiles) -> dict[str, str]:
        """Return the unit of each money column of a group."""
        return dict.fromkeys(MONEY, self.money_unit) | dict(group.units)


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
    groups: dict[tuple[str, Header], list[Path]] = defaultdict(list)
    problems: list[Problem] = []
    for path in files:
        try:
            header = _read_header(path, engine, table)
        except BadInputError as error:
            problems += error.problems
            continue
        meant = [name for name, _ in map(column_meant, header.names)]
        problems += _check_columns(path.name, meant, header)
        groups[path.suffix.lower(), header].append(path)
    if problems:
        raise BadInputError(problems)
    return [_group(header, paths, table) for (_, header), paths in groups.items()]


def _group(header: Header, paths: list[Path], table: str) -> RecordFiles:
    meant = [column_meant(name) for name in header.names]
    units = {name: unit for name, unit in meant if unit}
    names = tuple(name for name, _ in meant)
    return RecordFiles(
        tuple(paths), table, names, header.names, units, header.singles, header.encoding,
        header.separator,
    )  # fmt: skip


@contextmanager
def open_records(
    groups: Sequence[RecordFiles], engine: str, money_unit: str, memory: str, scratch: Path
) -> Iterator[OpenRecords]:
    """Open the records of all files.

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
        Folder in which DuckDB may spill what exceeds it, and texts are written in another encoding.

    Yields
    ------
    OpenRecords

    Raises
    ------
    BadInputError
        If the engine is not installed or cannot read the files.
    """
    with ENGINES[engine](memory, scratch) as scan:
        yield OpenRecords(
            groups, [_select_columns(group, scan, scratch) for group in groups], money_unit
        )


def passed_over(location: Path, files: Sequence[Path]) -> list[Problem]:
    """Return a note that names the files at a location that are not read, None hidden by a system.

    Examples
    --------
    >>> passed_over(Path("records.csv"), [Path("records.csv")])
    []
    """
    if not location.is_dir():
        found = [path for path in _paths(location) if path.is_file()]
    else:
        found = [path for path in location.rglob("*") if path.is_file()]
    others = set(found).difference(files)
    left = sorted(path for path in others if not _is_of_a_system(path, location))
    if not left:
        return []
    values = {
        "count": len(left),
        "names": shown_names(location, left),
        "known": ", ".join(SUFFIXES),
    }
    return [Problem("detail.passed_over", location.name, values)]


def shown_names(location: Path, files: Sequence[Path]) -> str:
    """Return the names of files at a location, the first of many, as they stand below it."""
    base = location if location.is_dir() else None
    names = [path.relative_to(base).as_posix() if base else path.name for path in files]
    return first_names(names, SHOWN)


def _paths(location: Path) -> Iterable[Path]:
    if location.is_dir():
        return (path for path in location.rglob("*") if not _is_hidden(path, location))
    if location.exists():
        return [location]
    return Path(location.anchor).glob(str(location.relative_to(location.anchor)))


def _is_of_a_system(path: Path, location: Path) -> bool:
    below = path.relative_to(location) if location.is_dir() else Path(path.name)
    return any(part.startswith(".") for part in below.parts)


def _is_hidden(path: Path, location: Path) -> bool:
    return any(part.startswith((".", "_", "~$")) for part in path.relative_to(location).parts)


def _read_header(path: Path, engine: str, table: str) -> Header:
    """Return the column names of a file, and how it is written."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            schema = read_schema(path).remove_metadata()
            singles = (each.name for each in schema if pa.types.is_float32(each.type))
            return Header(tuple(schema.names), str(schema), tuple(singles))
        if suffix in TEXTS:
            return _header_of_text(path)
        if engine != "duckdb":
            raise refusal("detail.not_in_engine", path.name, engine=engine)
        return Header(tuple(columns_of_table(path, table)))
    except UnicodeDecodeError:
        raise refusal("detail.encoding", path.name) from None
    except (ValueError, OSError, csv.Error, pa.ArrowException) as error:
        raise refusal("tables.unreadable", path.name, detail=str(error).strip()) from None


def _header_of_text(path: Path) -> Header:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    encoding = UTF8 if _is_of(head, UTF8) or head.startswith(codecs.BOM_UTF8) else GB18030
    with path.open(encoding=encoding, newline="") as file:
        line = file.readline(HEAD_BYTES)
        separator = max(MARKS, key=line.count)
        file.seek(0)
        names = next(csv.reader(file, delimiter=separator), [])
    return Header(tuple(names), encoding=encoding, separator=separator)


def _is_of(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _check_columns(file: str, columns: list[str], header: Header) -> Iterator[Problem]:
    seen = first_names(header.names, SHOWN)
    for name in COLUMNS:
        values = {"name": name, "zh": COLUMNS[name].zh}
        if columns.count(name) > 1:
            yield Problem("detail.column_twice", file, values)
        if name in REQUIRED and name not in columns:
            yield Problem("detail.missing_column", file, {**values, "seen": seen})


def _select_columns(group: RecordFiles, scan: Scan, scratch: Path) -> Frame:
    """Scan files and select their known columns under the names of `COLUMNS`."""
    files = [_in_utf8(path, group.encoding, scratch) for path in group.files]
    frame: Frame = nw.from_native(scan(files, group.table, group.separator)).lazy()
    names = frame.collect_schema().names()
    found = {name: nw.col(was) for was, name in zip(names, group.columns, strict=True) if name}
    return frame.select(**found)


def _in_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    """Return a text that engines can read: a copy in UTF-8 of one in another encoding."""
    if encoding == UTF8:
        return path
    copy = Path(tempfile.mkdtemp(dir=scratch)) / path.name
    try:
        with (
            path.open(encoding=encoding, newline="") as file,
            copy.open("w", encoding="utf-8", newline="") as written,
        ):
            shutil.copyfileobj(file, written, HEAD_BYTES)
    except UnicodeDecodeError:
        raise refusal("detail.encoding", path.name) from None
    return copy
