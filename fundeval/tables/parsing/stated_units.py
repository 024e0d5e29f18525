"""The units of measure that a file states, each with its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from pandas.api.types import is_numeric_dtype

from fundeval.problems import Problem
from fundeval.tables.cells import as_text
from fundeval.tables.parsing.header import letters_of
from fundeval.tables.parsing.units_of_measure import (
    FACTORS,
    NO_UNIT,
    read_unit,
    units_in_header,
    units_in_text,
)

# A column of such a header holds units, even if one of its cells is none that is known.
UNIT_HEADERS = ("计量单位", "金额单位", "货币单位")
# Of a sheet of a million rows few texts are worth a closer look.
MAY_STATE_A_UNIT = re.compile(
    r"单|金\s*额|unit|[以按用].{1,8}(?:计|表示|列示|填|反映|统计|记)|\bin\b", re.IGNORECASE
)


@dataclass(frozen=True)
class StatedUnit:
    """A unit of measure and where it is stated; without a row it is in the name of the file."""

    unit: str
    text: str
    file: str
    sheet: str
    row: int | None = None
    position: int | None = None

    @property
    def factor(self) -> float | None:
        """Return how many 元, persons, … one of the unit is; None if it is not known."""
        return float(FACTORS[self.unit]) if self.unit in FACTORS else None

    @property
    def cell(self) -> str:
        """Return the address of the cell, such as B2, "" if there is none."""
        return "" if self.position is None else f"{letters_of(self.position)}{self.row}"

    @property
    def place(self) -> str:
        """Return file, sheet and cell as one text."""
        return f"{self.file} {'!'.join(filter(None, (self.sheet, self.cell)))}".strip()

    def problem(self, rule: str, **values: object) -> Problem:
        """Return a problem with this statement."""
        letter = "" if self.position is None else letters_of(self.position)
        return Problem(
            rule, self.file, values, self.sheet, self.row, value=self.text, letter=letter
        )


def units_in_name(file: str, sheet: str) -> Iterator[StatedUnit]:
    """Yield the units in the name of a file and of a sheet, as 年报（万元）.xlsx."""
    for text in dict.fromkeys((file.rpartition(".")[0], sheet)):
        for unit in units_in_text(text):
            yield StatedUnit(unit, text, file, sheet)


def units_in_corner(
    head: pd.DataFrame, cells: pd.DataFrame, file: str, sheet: str
) -> Iterator[StatedUnit]:
    """Yield the units in the header of columns without figures, as （万元） above names.

    They hold for the columns beside. One above units, or what they are of, is no such statement.
    """
    for position, column in head.items():
        if position in cells and not is_numeric_dtype(cells[position]):
            texts = as_text(column.dropna())
            figures = pd.to_numeric(cells[position], errors="coerce").notna().any()
            if figures or read_unit_column(cells[position], "") is not None:
                continue
            for row, text in texts.items():
                for unit in units_in_text(text):
                    yield StatedUnit(unit, text, file, sheet, int(str(row)), int(str(position)))


def units_in_cells(
    cells: pd.DataFrame, file: str, sheet: str, *, in_brackets: bool
) -> Iterator[StatedUnit]:
    """Yield the units that texts in the cells state, see `units_in_text`; each text once."""
    # Most tables have nothing above their header.
    for position, column in cells.items() if len(cells) else ():
        if is_numeric_dtype(column):
            continue
        texts = as_text(column.dropna().drop_duplicates())
        if not in_brackets:
            texts = texts[texts.str.contains(MAY_STATE_A_UNIT)]
        for row, text in texts.items():
            for unit in units_in_text(text, in_brackets=in_brackets):
                yield StatedUnit(unit, text, file, sheet, int(str(row)), int(str(position)))


def find_unit_rows(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the rows directly below a header that hold units and nothing else."""
    count = 0
    for _, row in cells.astype(object).iterrows():
        texts = [str(cell) for cell in row.dropna()]
        units = [text for text in texts if read_unit(text)]
        if not units or set(texts) - {*units, *UNIT_HEADERS, *NO_UNIT, "单位"}:
            break
        count += 1
    return cells.iloc[:count]


def units_of_headers(
    headers: Sequence[str], row: int, unit_rows: pd.DataFrame, file: str, sheet: str
) -> dict[int, tuple[StatedUnit, ...]]:
    """Return the units stated in each header, by its position, and in rows of units below it."""
    below = [
        StatedUnit(unit, str(text), file, sheet, int(str(number)), int(str(position)))
        for position, column in unit_rows.items()
        for number, text in column.dropna().items()
        if (unit := read_unit(str(text)))
    ]
    return {
        position: (
            *(
                StatedUnit(unit, header, file, sheet, row, position)
                for unit in units_in_header(header)
            ),
            *(each for each in below if each.position == position),
        )
        for position, header in enumerate(headers)
    }


def read_unit_column(column: pd.Series, header: str) -> pd.Series | None:
    """Return the units that a column beside the figures holds; None if it is no such column.

    Missing where the cell is blank or says that there is no unit. A cell below a header such as
    计量单位 that cannot be read stays as it is.
    """
    if is_numeric_dtype(column):
        return None
    units: dict[object, str] = {}
    for cell in column.dropna().unique():
        text = str(cell)
        unit = read_unit(text)
        if unit is None and text not in NO_UNIT and not any(map(header.count, UNIT_HEADERS)):
            return None
        if text not in NO_UNIT:
            units[cell] = unit or text
    return column.map(units) if units else None
