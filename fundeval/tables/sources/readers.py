"""Read the files of a data set into sheets; only the names of files and sheets are interpreted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import read_hashed_mapping
from fundeval.tables.dataset import DatasetInfo, InputFile
from fundeval.tables.sources.csv_files import read_csv_file
from fundeval.tables.sources.data_source import DataSource, SourceSheet
from fundeval.tables.sources.databases import Connection, read_connection, read_database
from fundeval.tables.sources.description import (
    DESCRIPTION_FILE,
    DESCRIPTION_SHEETS,
    described,
    looks_like_description,
    read_description_sheet,
    read_description_yaml,
)
from fundeval.tables.sources.file_kinds import other_kind
from fundeval.tables.sources.held import HeldFile
from fundeval.tables.sources.workbooks import read_workbook


def _read_parquet(file: HeldFile, source: DataSource) -> list[SourceSheet]:
    # Imported here: the evaluation, which knows the tables, does without pyarrow.
    from fundeval.tables.sources.parquet_files import read_parquet  # noqa: PLC0415

    return read_parquet(file, source)


WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods")
READERS: dict[str, Callable[[HeldFile, DataSource], list[SourceSheet]]] = {
    ".csv": read_csv_file,
    ".tsv": read_csv_file,
    ".parquet": _read_parquet,
    **dict.fromkeys(WORKBOOKS, read_workbook),
}
# How a spreadsheet program names the file that says a workbook is open.
LOCK = "~$"
# The mapping that a data set was made with may lie beside its files.
MAPPING_FILE = "mapping.yaml"
# Sheets of instructions, which hold no data.
INSTRUCTION_SHEETS = ("填表说明", "instructions")


def read_database_url(url: str) -> DataSource:
    """Read a database by its URL; its description is one of its tables."""
    source = DataSource()
    source.sheets = read_database(url, source)
    _find_description(source, None)
    return source


def read_database_yaml(path: Path) -> DataSource:
    """Read the database that a YAML file names; the file is its description as well.

    Raises BadInputError, like `read_database_url`, if there is no database to read.
    """
    source = DataSource()
    content, sha256 = read_hashed_mapping(path)
    try:
        source.sheets = read_connection(content, path, source)
    except BadInputError as error:
        source.problems += error.problems
    description = {key: content[key] for key in content.keys() - Connection.model_fields.keys()}
    _find_description(source, path, (description, sha256))
    if source.problems and not source.sheets:
        raise BadInputError(source.problems)
    return source


def read_files(location: Path) -> DataSource:
    """Read a file, or all files of a folder that have a reader, and the description.

    Parameters
    ----------
    location
        A folder or a file that exists. The description is `dataset.yaml` in a folder, a YAML
        file of the same name beside a single file, or a sheet of a workbook.

    Returns
    -------
    The sheets; a file that cannot be read becomes a problem of the source. What is passed over
    is named in its notes.
    """
    source = DataSource()
    files = sorted(location.iterdir()) if location.is_dir() else [location]
    beside = _description_of(location, files)
    for path in files:
        if passed := passed_over(path, beside):
            source.notes.append(passed)
        elif path.suffix.lower() in READERS and not is_hidden(path):
            source.sheets += read_file(path, source)
    _find_description(source, beside)
    source.sheets = [sheet for sheet in source.sheets if sheet.name not in INSTRUCTION_SHEETS]
    return source


def read_file(path: Path, source: DataSource) -> list[SourceSheet]:
    """Read one file by the reader of its suffix, once; problems are added to `source`.

    Its hash is that of the bytes that the reader gets, whatever becomes of the file meanwhile.
    """
    try:
        file = HeldFile(path)
        if problem := other_kind(file):
            source.problems.append(problem)
            return []
        sheets = READERS[path.suffix.lower()](file, source)
        source.inputs += [InputFile(path.name, file.sha256)] if sheets else []
        return sheets
    except BadInputError as error:
        source.problems += error.problems
        return []
    except OSError as error:
        detail = error.strerror or type(error).__name__
        source.problems.append(Problem("tables.unreadable", path.name, {"detail": detail}))
        return []


def _description_of(location: Path, files: list[Path]) -> Path:
    """Return the file that describes what is at a location, there or not.

    A folder that holds one file of data may have a description that is named like that file.
    """
    if not location.is_dir():
        return location.with_suffix(".yaml")
    usual = location / DESCRIPTION_FILE
    data = [path for path in files if path.suffix.lower() in READERS and not is_hidden(path)]
    if not usual.exists() and len(data) == 1 and data[0].with_suffix(".yaml").exists():
        return data[0].with_suffix(".yaml")
    return usual


def passed_over(path: Path, beside: Path | None = None) -> Problem | None:
    """Return the note of a file or folder in a data set that is not read; None if it is.

    Hidden files, which systems leave, are no data and not named.
    """
    if path.name.startswith(LOCK):
        values = {"workbook": path.name.removeprefix(LOCK)}
        return Problem("intake.lock_file", path.name, values)
    if is_hidden(path) or path == beside or path.name == MAPPING_FILE:
        return None
    if path.is_dir():
        return Problem("intake.folder_passed_over", path.name)
    if path.suffix.lower() not in READERS:
        return Problem("intake.file_passed_over", path.name, {"known": ", ".join(READERS)})
    return None


def is_hidden(path: Path) -> bool:
    """Tell whether a file is hidden, or the ~$NAME.xlsx of a spreadsheet that is open."""
    return path.name.startswith((".", LOCK))


def _read_description(sheet: SourceSheet) -> DatasetInfo:
    """Read the description in a sheet; a table of a database is no sheet and has no rows."""
    try:
        return read_description_sheet(sheet)
    except BadInputError as error:
        if sheet.numbered:
            raise
        place = f"{sheet.file}/{sheet.name}"
        raise BadInputError(
            replace(each, file=place, sheet="", row=None) for each in error.problems
        ) from None


def _find_description(
    source: DataSource, beside: Path | None, read: tuple[dict[str, Any], str] | None = None
) -> None:
    """Find the description in a sheet or a database table, or else in the file `beside`.

    `read` is what that file holds and its SHA-256 where it was read already.
    """
    sheets = [sheet for sheet in source.sheets if sheet.name in DESCRIPTION_SHEETS]
    source.sheets = [sheet for sheet in source.sheets if sheet not in sheets]
    there = beside is not None and beside.exists()
    if (
        not sheets
        and not there
        and (misnamed := list(filter(looks_like_description, source.sheets)))
    ):
        sheets, source.sheets = misnamed, [s for s in source.sheets if s not in misnamed]
        source.notes += [
            Problem("intake.description_by_keys", sheet.file, {}, sheet.name) for sheet in sheets
        ]
    if not sheets and not there and source.problems:
        # The description may be in the workbook that could not be read.
        return
    try:
        if sheets and (there or len(sheets) > 1):
            values = {"sheets": ", ".join(sheet.name for sheet in sheets)}
            source.problems.append(Problem("dataset.twice", sheets[0].file, values))
        elif sheets:
            source.described_in = sheets[0].file
            source.info = _read_description(sheets[0])
        elif beside is None:
            source.problems.append(Problem("dataset.no_table", DESCRIPTION_SHEETS[0]))
        else:
            source.described_in = beside.name
            content, sha256 = read or read_description_yaml(beside)
            source.info = described(content, beside.name)
            source.inputs.insert(0, InputFile(beside.name, sha256))
    except BadInputError as error:
        source.problems += error.problems
