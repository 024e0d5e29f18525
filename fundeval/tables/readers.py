"""Read a data set from a folder or a workbook. A reader interprets nothing but names."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import pandas as pd
import pyarrow
import pyarrow.parquet
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from fundeval.problems import BadInputError, Problem
from fundeval.tables.dataset import InputFile
from fundeval.tables.description import DESCRIPTION_SHEETS, describe_sheet, describe_yaml
from fundeval.tables.error_cells import error_cells
from fundeval.tables.source import Source, decode, with_header

Grid = Sequence[Sequence[object]]


def read_folder(folder: Path) -> Source:
    """Read `dataset.yaml` and every CSV or Parquet file of a folder; pass over other files."""
    source = Source()
    _read_yaml(source, folder / "dataset.yaml")
    for path in sorted(folder.iterdir()):
        read = FRAME_READERS.get(path.suffix.lower())
        if read is None or path.name.startswith("."):
            continue
        content = path.read_bytes()
        try:
            frame = read(content)
        except (ValueError, pyarrow.ArrowException) as error:
            source.problems.append(_unreadable(path, error))
            continue
        rows = source.add(path.stem, path.name, frame)
        source.inputs.append(_input_file(path, content, rows))
    return source


def read_workbook(path: Path) -> Source:
    """Read a workbook, a sheet a table, described by a sheet or by a YAML file beside it."""
    source = Source()
    content = path.read_bytes()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets: dict[str, Grid] = {
            sheet.name: workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        }
        source.problems += error_cells(content, path.name)
    except (CalamineError, BadZipFile, KeyError, ParseError) as error:
        source.problems.append(_unreadable(path, error))
        return source
    _describe_workbook(source, path, sheets)
    rows: dict[str, int] = {}
    for name, grid in sheets.items():
        if grid and name not in DESCRIPTION_SHEETS:
            frame = with_header(pd.DataFrame(grid, dtype=object))
            rows |= source.add(name, path.name, frame, sheet=name)
    source.inputs.append(_input_file(path, content, rows))
    return source


def _describe_workbook(source: Source, path: Path, sheets: dict[str, Grid]) -> None:
    beside = path.with_suffix(".yaml")
    described = [name for name in DESCRIPTION_SHEETS if sheets.get(name)]
    if not described:
        _read_yaml(source, beside)
    elif beside.exists() or len(described) > 1:
        values = {"sheets": ", ".join(described), "yaml": beside.name}
        source.problems.append(Problem("dataset.twice", path.name, values))
    else:
        source.described_in = path.name
        try:
            source.info = describe_sheet(sheets[described[0]], path.name, described[0])
        except BadInputError as error:
            source.problems += error.problems


def _read_yaml(source: Source, path: Path) -> None:
    try:
        source.info = describe_yaml(path)
    except BadInputError as error:
        source.problems += error.problems
        return
    source.described_in = path.name
    source.inputs.append(_input_file(path, path.read_bytes(), {}))


def _read_csv(content: bytes) -> pd.DataFrame:
    grid = pd.read_csv(
        io.StringIO(decode(content)),
        header=None,
        dtype="str",
        keep_default_na=False,
        skip_blank_lines=False,
    )
    return with_header(grid)


def _read_parquet(content: bytes) -> pd.DataFrame:
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    # pandas writes the labels of rows as a column of this name; they are no data.
    columns = [name for name in table.column_names if not name.startswith("__index_level_")]
    frame: pd.DataFrame = table.select(columns).to_pandas(ignore_metadata=True)
    return frame.set_axis(range(2, len(frame) + 2), axis="index")


FRAME_READERS: dict[str, Callable[[bytes], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}


def _input_file(path: Path, content: bytes, rows: dict[str, int]) -> InputFile:
    return InputFile(path.name, hashlib.sha256(content).hexdigest(), rows)


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem("tables.unreadable", path.name, {"detail": str(error).strip()})
