"""Cells that cannot be read without asking: broken formulas, brackets, commas, 同上."""

from __future__ import annotations

import re

import pandas as pd
from pandas.api.types import is_numeric_dtype

from fundeval.problems import Problem
from fundeval.tables.cells import matching
from fundeval.tables.parsing.column_roles import NUMERIC, doubtful_commas
from fundeval.tables.parsing.header import Layout
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import columns_of
from fundeval.tables.sources.data_source import SourceSheet

DITTO = re.compile("[同如][上左前](?:年|格|列|行)?|〃|″|〞|ditto|same as above", re.IGNORECASE)
IN_BRACKETS = re.compile(
    r"\s*[¥$]?\s*[(（]\s*[¥$]?\s*[\d,，]+(?:[.．]\d+)?\s*[)）]\s*[^\d\s]{0,3}\s*"
)


def broken_cells(sheet: SourceSheet, layout: Layout) -> list[Problem]:
    """Return the broken formulas in the header and in the columns that are read."""
    if not sheet.broken:
        return []
    read = {place.letter for place in layout.columns.values()}
    return [
        each
        for each in sheet.broken
        if each.row is not None
        and each.row >= layout.first_row
        and (each.row <= layout.last_row or each.letter in read)
    ]


def report_doubtful(table: ParsedTable, name: str, cells: pd.Series, aside: pd.Series) -> pd.Series:
    """Report the cells that may mean two things, and tell which they are."""
    role = columns_of(table.name)[name].role
    doubtful = pd.Series(False, cells.index)
    if is_numeric_dtype(cells) or role == "text":
        return doubtful
    found = {"tables.ditto": matching(cells, DITTO)}
    if role in NUMERIC:
        found["tables.decimal_comma"] = doubtful_commas(cells, table.decimal_commas)
        found["tables.brackets"] = matching(cells, IN_BRACKETS)
    for rule, those in found.items():
        table.report(rule, name, cells[those & ~aside])
        doubtful |= those
    return doubtful
