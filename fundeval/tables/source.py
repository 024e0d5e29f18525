"""What a reader hands over: tables as their source holds them, nothing interpreted yet."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from fundeval.problems import Problem
from fundeval.tables.dataset import DatasetInfo, InputFile
from fundeval.tables.schemas import TABLE_NAMES

# Spreadsheets keep 15 digits; a longer number is no longer the one that was typed.
EXACT_BELOW = 10**15


@dataclass(frozen=True)
class RawTable:
    """One table: a column a header, cells as text or numbers, index = row in the source."""

    table: str
    file: str
    sheet: str
    cells: pd.DataFrame


@dataclass
class Source:
    """All that a reader found at one location, and what it could not read."""

    info: DatasetInfo | None = None
    described_in: str = ""
    tables: dict[str, RawTable] = field(default_factory=dict)
    inputs: list[InputFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, name: str, file: str, frame: pd.DataFrame, sheet: str = "") -> dict[str, int]:
        """Take a frame of the given file or sheet name; return its rows by table."""
        table = TABLE_NAMES.get(name)
        if table is None:
            known = nearest(name, TABLE_NAMES)
            self.problems.append(Problem("tables.unknown_table", file, {"known": known}, sheet))
            return {}
        if table in self.tables:
            first = self.tables[table]
            values = {"table": table, "first": f"{first.file} {first.sheet}".strip()}
            self.problems.append(Problem("tables.table_twice", file, values, sheet))
            return {}
        self.tables[table] = RawTable(table, file, sheet, as_cells(frame))
        return {table: len(self.tables[table].cells)}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known names that look like `name`, else all of them, as one text."""
    names = list(known)
    return ", ".join(difflib.get_close_matches(name, names, cutoff=0.5) or names)


def decode(content: bytes) -> str:
    """Return the text of a UTF-8 (with or without mark) or GB18030 file.

    Raises UnicodeDecodeError when it is neither.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def with_header(grid: pd.DataFrame) -> pd.DataFrame:
    """Return a grid of cells with its first row as header and the rows counted from 1."""
    header = ["" if pd.isna(cell) else cell_text(cell).strip() for cell in grid.iloc[0]]
    body = grid.iloc[1:].set_axis(header, axis="columns")
    return body.set_axis(range(2, len(grid) + 1), axis="index")


def as_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with text stripped and blanks missing, without wholly blank rows.

    Columns of a number type stay; whatever else a source holds becomes text. Columns with
    neither header nor content, which spreadsheets like to add, are dropped.
    """
    # Column by column: headers may repeat, and a frame without rows keeps its types.
    columns = {number: _stripped(column) for number, (_, column) in enumerate(frame.items())}
    cells = pd.DataFrame(columns, index=frame.index).set_axis(frame.columns, axis="columns")
    kept = [bool(header) for header in frame.columns] | cells.notna().any().to_numpy(dtype=bool)
    return cells.loc[:, kept].dropna(how="all")


def as_text(column: pd.Series) -> pd.Series:
    """Return a column of any type as text; missing stays missing."""
    return column.astype(object).map(cell_text, na_action="ignore").astype("str")


def cell_text(cell: object) -> str:
    """Return one cell as a person would type it: 350900 without `.0`, dates as ISO."""
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}" if abs(cell) < EXACT_BELOW else f"{cell:.16e}"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return str(cell)


def _stripped(column: pd.Series) -> pd.Series:
    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return column
    text = (column if column.dtype == "str" else as_text(column)).str.strip()
    return text.mask(text == "")
