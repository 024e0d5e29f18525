"""Cells that a person sees otherwise than they are kept: merged, hidden, shown in another unit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.parsing.header import letters_of
from fundeval.tables.sources.data_source import SheetMarks, within

Range = tuple[int, int, int, int]
Place = tuple[str, str]


def name_of_range(cells: Range) -> str:
    """Return a range of cells as a spreadsheet names it.

    Examples
    --------
    >>> name_of_range((2, 3, 3, 3))
    'D2:D3'
    """
    first_row, first, last_row, last = cells
    return f"{letters_of(first)}{first_row}:{letters_of(last)}{last_row}"


def filled_down(
    cells: pd.Series, position: int, marks: SheetMarks
) -> tuple[pd.Series, list[tuple[Range, object]]]:
    """Return a column whose blank cells have what the cell merged over them holds.

    Parameters
    ----------
    cells
        The cells of a column of words; rows that hold nothing else are not among them.
    position
        Its position in the sheet.
    marks
        The marks of the sheet.

    Returns
    -------
    The column, and the ranges that were filled with what they hold.
    """
    filled = cells.astype(object)
    used: list[tuple[Range, object]] = []
    for each in marks.merged:
        first_row, first, last_row, _ = each
        if first != position or last_row == first_row or first_row not in cells.index:
            continue
        held = cells[first_row]
        below = (cells.index > first_row) & (cells.index <= last_row) & cells.isna()
        if not pd.isna(held) and below.any():
            filled = filled.mask(below, held)
            used.append((each, held))
    return (filled, used) if used else (cells, [])


def merged_figures(
    rows: pd.Index, positions: Collection[int], marks: SheetMarks
) -> Iterator[tuple[Range, int]]:
    """Yield the merged cells that hold one figure for several rows or columns, with its column.

    Parameters
    ----------
    rows
        The rows that are data.
    positions
        The columns of figures among those that are read.
    marks
        The marks of the sheet.
    """
    for each in marks.merged:
        first_row, first, last_row, last = each
        if first_row not in rows:
            continue
        over = [position for position in positions if first <= position <= last]
        down = int(((rows >= first_row) & (rows <= last_row)).sum())
        if over and (down > 1 or len(over) > 1):
            yield each, over[0]


def hidden_notes(
    place: Place, marks: SheetMarks, rows: pd.Index, headers: Mapping[int, str], header_row: int
) -> Iterator[Problem]:
    """Yield what of a sheet is read although nobody sees it: itself, its rows and columns.

    Parameters
    ----------
    place
        The file and the sheet.
    marks
        The marks of the sheet.
    rows
        The rows that are read.
    headers
        The header of each column that is read.
    header_row
        The row of the headers.
    """
    file, sheet = place
    if marks.hidden:
        yield Problem("intake.hidden_sheet", file, {}, sheet)
    hidden = rows[within(rows, marks.hidden_rows).to_numpy()] if marks.hidden_rows else rows[:0]
    if len(hidden):
        numbers = [int(str(row)) for row in sorted(hidden)]
        values = {"count": len(numbers), "rows": _ranges(numbers)}
        yield Problem("intake.hidden_rows", file, values, sheet, numbers[0])
    for position, header in headers.items():
        if any(first <= position <= last for first, last in marks.hidden_columns):
            letter = letters_of(position)
            yield Problem("intake.hidden_column", file, {}, sheet, header_row, header, None, letter)


MOST_RANGES = 5


def _ranges(numbers: list[int]) -> str:
    """Return numbers in order as text, those in succession as a range.

    Examples
    --------
    >>> _ranges([3, 5, 6, 7])
    '3, 5–7'
    """
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    texts = [f"{a}–{b}" if b > a else str(a) for a, b in found[:MOST_RANGES]]
    return ", ".join(texts) + ("…" if len(found) > MOST_RANGES else "")
