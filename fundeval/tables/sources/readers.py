"""Read the files of a data set. A reader interprets nothing but names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container
from pathlib import Path

from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import read_mapping
from fundeval.tables.dataset import InputFile
from fundeval.tables.sources.csv_files import read_text
from fundeval.tables.sources.databases import Connection, read_connection, read_database
from fundeval.tables.sources.description import DESCRIPTION_SHEETS, describe_sheet, describe_yaml
from fundeval.tables.sources.parquet_files import read_parquet
from fundeval.tables.sources.source import Sheet, Source
from fundeval.tables.sources.workbooks import read_workbook

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
READERS: dict[str, Callable[[Path, Source], list[Sheet]]] = {
    ".csv": read_text,
    ".tsv": read_text,
    ".parquet": read_parquet,
    **dict.fromkeys(WORKBOOKS, read_workbook),
}
# Sheets for people only, which are passed over.
NO_TABLE = ("填表说明", "instructions")


def read_url(url: str) -> Source:
    """Read a database; the description is a table of it, as in a workbook."""
    source = Source()
    source.sheets = read_database(url, source)
    _describe(source, None)
    return source


def read_yaml(path: Path) -> Source:
    """Read the database that a YAML file tells of, which is the description as well.

    Raises BadInputError, like `read_url`, when there is no database to read.
    """
    source = Source()
    content = read_mapping(path)
    try:
        source.sheets = read_connection(content, path, source)
    except BadInputError as error:
        source.problems += error.problems
    _describe(source, path, Connection.model_fields)
    if source.problems and not source.sheets:
        raise BadInputError(source.problems)
    return source


def read(location: Path) -> Source:
    """Read a file, or every file of a folder that can hold a table, and the description.

    The description is `dataset.yaml` in a folder, a YAML file of the same name beside a
    single file, or a sheet of a workbook. Other files of a folder are passed over.
    """
    source = Source()
    beside = location / "dataset.yaml" if location.is_dir() else location.with_suffix(".yaml")
    for path in sorted(location.iterdir()) if location.is_dir() else [location]:
        reader = READERS.get(path.suffix.lower())
        # A spreadsheet that is open leaves a file ~$NAME.xlsx.
        if reader is None or path.name.startswith((".", "~$")):
            continue
        try:
            sheets = reader(path, source)
            # A file that was refused may be of any length.
            source.inputs += [input_file(path)] if sheets else []
            source.sheets += sheets
        except OSError as error:
            detail = error.strerror or type(error).__name__
            source.problems.append(Problem("tables.unreadable", path.name, {"detail": detail}))
    _describe(source, beside)
    source.sheets = [sheet for sheet in source.sheets if sheet.name not in NO_TABLE]
    return source


def input_file(path: Path) -> InputFile:
    """Return the name and the hash of a file; its rows by table are found later."""
    with path.open("rb") as file:
        return InputFile(path.name, hashlib.file_digest(file, "sha256").hexdigest())


def _describe(source: Source, beside: Path | None, apart: Container[str] = ()) -> None:
    """Take the description from a sheet or a table of that name, or else from `beside`."""
    sheets = [sheet for sheet in source.sheets if sheet.name in DESCRIPTION_SHEETS]
    source.sheets = [sheet for sheet in source.sheets if sheet not in sheets]
    there = beside is not None and beside.exists()
    if not sheets and not there and source.problems:
        # The description may be in the workbook that could not be read.
        return
    try:
        if sheets and (there or len(sheets) > 1):
            values = {"sheets": ", ".join(sheet.name for sheet in sheets)}
            source.problems.append(Problem("dataset.twice", sheets[0].file, values))
        elif sheets:
            source.described_in = sheets[0].file
            source.info = describe_sheet(sheets[0])
        elif beside is None:
            source.problems.append(Problem("dataset.no_table", DESCRIPTION_SHEETS[0]))
        else:
            source.described_in = beside.name
            source.info = describe_yaml(beside, apart)
            source.inputs.insert(0, input_file(beside))
    except BadInputError as error:
        source.problems += error.problems
