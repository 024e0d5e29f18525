"""Headers among the rows of a table: its own once more, or that of another table below it."""

from __future__ import annotations

from functools import cache

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.cells import cell_text, distinct
from fundeval.tables.parsing.header import normalize_header
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import TABLES, columns_of

# So many words of headers in a row, and nothing else, are no accident.
LEAST = 2


def without_headers(table: ParsedTable, block: pd.DataFrame) -> tuple[pd.DataFrame, list[object]]:
    """Return the rows without headers, and up to where another table begins.

    A printed table has its header again on each page, with the title above it: those rows are left
    out and noted. What stands below the header of another table is not read; that is a problem.

    Parameters
    ----------
    table
        The table, to which notes and problems are added.
    block
        Some of its rows.

    Returns
    -------
    The rows that may be data, and those left out, which may state a unit.
    """
    if table.ended:
        return block.iloc[:0], []
    own = _own_labels(table)
    words = _known_labels().union(*own.values())
    aside: list[object] = []
    for row in _rows_with(block.select_dtypes(exclude="number"), words):
        cells = _texts(block.loc[row])
        labels = {place: normalize_header(text) for place, text in cells.items()}
        if all(label in own.get(place, ()) for place, label in labels.items()):
            lone = _lone_above(block, row)
            aside += [*lone, row]
            told = {"count": len(lone) + 1}
            note = Problem("intake.header_again", table.file, told, table.sheet, int(str(row)))
            table.notes.append(note)
        elif all(label in _known_labels() or label in words for label in labels.values()):
            ends = [*_lone_above(block, row), row][0]
            values = {"headers": "、".join(list(cells.values())[:8])}
            table.problems.append(
                Problem("tables.second_table", table.file, values, table.sheet, int(str(row)))
            )
            table.ended = True
            block = block.loc[block.index < ends]
            break
    return block.loc[~block.index.isin(aside)], [row for row in aside if row in block.index]


def _rows_with(block: pd.DataFrame, words: frozenset[str]) -> pd.Index:
    """Return the rows in which several cells are among some words."""
    found = {place: words.intersection(distinct(column)) for place, column in block.items()}
    # Most columns hold none: only the others are looked at row by row.
    columns = [block[place].isin(those) for place, those in found.items() if those]
    if len(columns) < LEAST:
        return block.index[:0]
    return block.index[pd.concat(columns, axis="columns").sum(axis="columns") >= LEAST]


def _texts(row: pd.Series) -> dict[int, str]:
    texts = {int(str(place)): cell_text(cell).strip() for place, cell in row.dropna().items()}
    return {place: text for place, text in texts.items() if text}


def _lone_above(block: pd.DataFrame, row: object) -> list[object]:
    """Return the rows directly above one that hold a single text, as a title does."""
    found: list[object] = []
    for above in reversed(block.index[block.index < row]):
        texts = list(_texts(block.loc[above]).values())
        if len(texts) > 1 or any(text.replace(".", "").isdecimal() for text in texts):
            break
        found.insert(0, above)
    return found


def _own_labels(table: ParsedTable) -> dict[int, set[str]]:
    """Return what stands in the header of each column, as it is and as headers are compared."""
    found = {}
    for place in table.layout.headers():
        parts = [part for part in (place.header, *place.header.split("/")) if part]
        found[place.position] = {*parts, *map(normalize_header, parts)}
    return found


@cache
def _known_labels() -> frozenset[str]:
    """Return the headers of all tables, as they are and as headers are compared."""
    labels = {
        label
        for table in TABLES
        for name, column in columns_of(table).items()
        for label in (name, column.zh, *column.also)
    }
    return frozenset(labels | set(map(normalize_header, labels)))
