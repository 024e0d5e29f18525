"""Show the value of a doubtful cell as it stands in its file, with the unit that it is read in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.cells import cell_text, half_width
from fundeval.tables.parsing.header import ColumnPlace
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import columns_of_role
from fundeval.tables.sources.data_source import SourceSheet

# A figure whose cell says nothing of its unit.
PLAIN = re.compile(r"[-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?", re.IGNORECASE)


def with_typed_values(
    problems: Iterable[Problem],
    tables: Mapping[str, ParsedTable],
    sheets: Mapping[str, SourceSheet],
) -> list[Problem]:
    """Return problems of cells with the value that stands in each.

    A sheet is read once more if there are any in it.
    """
    shown = list(problems)
    for name, table in tables.items():
        columns = {place.letter: (column, place) for column, place in table.layout.columns.items()}
        own = {
            n: (p.row, p.letter)
            for n, p in enumerate(shown)
            if (p.file, p.sheet) == (table.file, table.sheet)
            and p.row is not None
            and p.letter in columns
        }
        rows = {row for row, _ in own.values()}
        for block in sheets[name].blocks() if rows else ():
            here = block.loc[block.index.isin(rows)]
            for n, (row, letter) in own.items():
                column, place = columns[letter]
                cell: Any = here.loc[row, place.position] if row in here.index else None
                if not pd.isna(cell):
                    shown[n] = replace(shown[n], value=_shown(table, column, place, cell))
    return shown


def _shown(table: ParsedTable, column: str, place: ColumnPlace, cell: object) -> str:
    text = cell_text(cell).strip()
    unit = place.unit
    if not unit and column in columns_of_role(table.name, "money"):
        unit = table.money_unit
    return f"{text} {unit}" if unit and PLAIN.fullmatch(half_width(text)) else text
