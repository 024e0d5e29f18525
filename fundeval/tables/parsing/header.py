"""Find the header of a sheet, the table it belongs to, and the column that each cell means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from itertools import accumulate

import pandas as pd

from fundeval.tables.cells import UNITS, cell_text, half_width
from fundeval.tables.parsing.numbered_columns import numbers_columns
from fundeval.tables.parsing.units_of_measure import (
    NO_UNIT,
    read_unit,
    split_header,
    units_in_header,
)
from fundeval.tables.schemas import NOT_READ, TABLES, columns_of
from fundeval.tables.sources.limits import HEADER_WITHIN

# (A) and (B/A), with which forms say how one column is made of others.
FORM_MARK = re.compile(r"\([a-z](?:\s*[-+*/÷×=]\s*[a-z])*\)$")
# A number that is no year, as no header is.
FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[-+]?[\d,]+(?:\.\d+)?%?")
# What stands below a header in a row of units where there is none.
NO_UNIT_BELOW = {*NO_UNIT, "单位", "计量单位"}
# How many texts of a table, told to be headers or not, are remembered.
HEADERS_KEPT = 4096
# A header may span this many rows: a group above, what of it below, the unit of that.
DEPTH = 3


@dataclass(frozen=True)
class ColumnPlace:
    """A column of a sheet: its position, its header as it stands, the unit stated there."""

    position: int
    header: str
    unit: str = ""

    @property
    def letter(self) -> str:
        """Return the letters of the column as a spreadsheet shows them, "" for none."""
        return letters_of(self.position) if self.position >= 0 else ""


def letters_of(position: int) -> str:
    """Return the letters of a column as a spreadsheet shows them.

    Examples
    --------
    >>> letters_of(0), letters_of(27)
    ('A', 'AB')
    """
    # Imported here: the evaluation, which knows the tables, needs no library of workbooks.
    from xlsxwriter.utility import xl_col_to_name  # noqa: PLC0415

    return str(xl_col_to_name(position))


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out as a table.

    `header_row` is the last row of the header, `numbers_row` that below it in which a form numbers
    its columns; the table begins after `last_row`. `columns` are those of the table, `unknown` the
    headers that are not known, `repeated` those of a column that an earlier one holds,
    `not_read` those of everyday forms that hold nothing to evaluate, with the reason.
    `first_row` is the first row of the header: what stands above it may state units of measure.
    """

    table: str
    header_row: int
    columns: Mapping[str, ColumnPlace]
    unknown: tuple[ColumnPlace, ...]
    repeated: tuple[tuple[ColumnPlace, str], ...]
    not_read: tuple[tuple[ColumnPlace, str], ...] = ()
    first_row: int = 0
    numbers_row: int | None = None

    @property
    def last_row(self) -> int:
        """Return the row after which the table begins."""
        return self.numbers_row or self.header_row

    def headers(self) -> list[ColumnPlace]:
        """Return all columns of the sheet, known or not, in their order."""
        aside = [place for place, _ in (*self.repeated, *self.not_read)]
        return sorted([*self.columns.values(), *self.unknown, *aside], key=lambda c: c.position)


def find_layout(head: pd.DataFrame, table: str) -> Layout:
    """Find the header of a table among the first rows of a sheet.

    Parameters
    ----------
    head
        The first rows, columns 0, 1, …, index = row in the source.
    table
        The name of the table that the sheet holds.

    Returns
    -------
    The layout with the most columns of the table. If none is known the header is the first row
    with several texts and no number, so that no title is taken for it.
    """
    rows = header_texts(head)
    candidates = []
    most = min(len(columns_of(table)), len(head.columns))
    for last, depth in _spans(rows):
        candidates.append((_match(head, rows, table, last, depth), last - depth + 1))
        if len(candidates[-1][0].columns) == most:
            break
    # Of equally good ones the first: fewer rows, then higher up.
    best, first_row = max(candidates, key=lambda found: len(found[0].columns))
    if not best.columns:
        best, first_row = candidates[_likely_header(rows)]
    below = (
        (int(row), texts)
        for row, texts in zip(head.index, rows, strict=True)
        if row > best.header_row and any(texts)
    )
    row, texts = next(below, (0, []))
    return replace(
        best,
        first_row=int(head.index[first_row]),
        numbers_row=row if numbers_columns(texts) else None,
    )


def _spans(rows: list[list[str]]) -> Iterator[tuple[int, int]]:
    """Yield the last row of each header that there may be, and how many rows it spans."""
    for depth in range(1, DEPTH + 1):
        for last in range(depth - 1, min(HEADER_WITHIN, len(rows))):
            if depth < DEPTH or all(map(any, rows[last - depth + 1 : last + 1])):
                yield last, depth


def _likely_header(rows: list[list[str]]) -> int:
    """Return the place of the first row that may be a header, else of the first row."""
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        texts = [text for text in row if text]
        if len(texts) > 1 and not any(re.fullmatch(r"[-+\d.,%\s]+", text) for text in texts):
            # One below with more texts is the header: this may be a line with the unit.
            below = rows[place + 1] if place + 1 < len(rows) else []
            figures = any(re.fullmatch(r"[-+\d.,%\s]+", text) for text in below if text)
            if figures or len(texts) >= len([text for text in below if text]):
                return place
    return 0


def nearest_layout(head: pd.DataFrame) -> Layout:
    """Return the layout of the table that the first rows of a sheet resemble most.

    That is the one of which most required columns are there, then most columns. A row with
    figures, in which an item such as 基金收入 may stand, is no header.
    """
    rows = dict(zip(head.index, header_texts(head), strict=True))
    without = head[[not any(FIGURE.fullmatch(text) for text in row) for row in rows.values()]]
    layouts = [find_layout(without if len(without) else head, name) for name in TABLES]
    return max(
        layouts,
        key=lambda each: (
            len(required_columns(each.table) & set(each.columns)),
            len(each.columns),
        ),
    )


def identify_table(head: pd.DataFrame) -> str | None:
    """Identify the table by its headers among the first rows of a sheet.

    All its required columns must be there. Returns None if no table, or more than one, has the
    most headers.
    """
    found = {}
    for name in TABLES:
        columns = find_layout(head, name).columns
        if required_columns(name) <= set(columns):
            found[name] = len(columns)
    best = [name for name, count in found.items() if count == max(found.values())]
    return best[0] if len(best) == 1 else None


def required_columns(table: str) -> set[str]:
    """Return the columns that a file must have: not nullable and without a default."""
    return {name for name, column in columns_of(table).items() if column.required}


def header_texts(head: pd.DataFrame) -> list[list[str]]:
    """Return the first rows of a sheet as text, "" for a blank cell."""
    rows = head.astype(object).to_numpy().tolist()
    return [["" if pd.isna(cell) else cell_text(cell).strip() for cell in row] for row in rows]


def _match(head: pd.DataFrame, rows: list[list[str]], table: str, last: int, depth: int) -> Layout:
    find = _finder(table)
    columns: dict[str, ColumnPlace] = {}
    unknown, repeated, not_read = [], [], []
    below = last + 1
    of_units = below < len(rows) and _states_units(rows[below])
    # A unit that is merged over several columns holds for all of them.
    block = [*rows[below : below + of_units], *rows[last - depth + 1 : below]]
    for position, (own, meant) in enumerate(column_headers(block)):
        header = "/".join(meant)
        name = next(filter(None, map(find, _readings(meant))), None)
        units = _stated_units(table, name, header) if name else []
        reason = None if name else next(filter(None, map(_why_not_read, _readings(meant))), None)
        if reason and any(own):
            not_read.append((ColumnPlace(position, header), reason))
        elif name is None or len(units) > 1:
            unknown.append(ColumnPlace(position, header if any(own) else ""))
        elif name in columns:
            repeated.append((ColumnPlace(position, header), columns[name].header))
        else:
            columns[name] = ColumnPlace(position, header, *units)
    row = int(head.index[last + of_units])
    return Layout(table, row, columns, tuple(unknown), tuple(repeated), tuple(not_read))


def _states_units(row: list[str]) -> bool:
    """Tell whether a row below a header holds nothing but units of measure."""
    texts = [text for text in row if text and text not in NO_UNIT_BELOW]
    return bool(texts) and all(map(read_unit, texts))


def column_headers(rows: list[list[str]]) -> list[tuple[list[str], list[str]]]:
    """Return for each column its own header cells, and those valid for it, from the top.

    A cell merged over several columns has its text in the first of them only and is valid for
    the others as well; in the lowest row no cell is merged.
    """
    spread = [list(accumulate(row, _keep)) for row in rows[:-1]] + rows[-1:]
    return [
        (list(own), list(dict.fromkeys(filter(None, meant))))
        for own, meant in zip(zip(*rows, strict=True), zip(*spread, strict=True), strict=True)
    ]


def _keep(before: str, cell: str) -> str:
    return cell or before


def _readings(texts: list[str]) -> Iterator[str]:
    """Yield what a header of several rows may mean, the nearest cell first."""
    yield from reversed(texts)
    for count in range(2, len(texts) + 1):
        yield "".join(texts[-count:])
        yield "".join(reversed(texts[-count:]))
    if len(texts) == DEPTH:
        yield "".join(texts[:-1])
        yield "".join(reversed(texts[:-1]))


@cache
def _finder(table: str) -> Callable[[str], str | None]:
    """Return what finds the column that a header means, with a unit of measure or without."""
    names: dict[str, str] = {
        label: name
        for name, column in columns_of(table).items()
        for label in (name, *map(normalize_header, (column.zh, *column.also)))
    }

    # The rows below a header, tried as headers too, say the same over and over.
    @lru_cache(maxsize=HEADERS_KEPT)
    def find(header: str) -> str | None:
        label = normalize_header(header)
        if label in names:
            return names[label]
        # As it stands: a space sets the unit off in 执行数 元, which is no 单元.
        for text in (label, half_width(header).lower()):
            plain, units = _without_marks(text)
            name = names.get(normalize_header(plain))
            if name and set(units) <= set(_units_of(table, name)):
                return name
        return None

    return find


def _without_marks(label: str) -> tuple[str, Sequence[str]]:
    """Return a header without unit and mark of the form, in either order, and its units.

    Examples
    --------
    >>> _without_marks("全年执行数(b)(万元)"), _without_marks("全年执行数(万元)(b)")
    (('全年执行数', ['万元']), ('全年执行数', ['万元']))
    """
    label, units = split_header(FORM_MARK.sub("", label))
    return FORM_MARK.sub("", label), units


def means_otherwise(table: str, column: str, header: str) -> bool:
    """Tell whether a header is one of those that only forms have for a column."""
    also = set(map(normalize_header, columns_of(table)[column].also))
    parts = (_without_marks(normalize_header(part))[0] for part in header.split("/"))
    return any(part in also for part in parts)


@lru_cache(maxsize=HEADERS_KEPT)
def _why_not_read(header: str) -> str | None:
    label, _ = _without_marks(normalize_header(header))
    return NOT_READ.get(label)


def _units_of(table: str, column: str) -> Mapping[str, int | Decimal]:
    return UNITS.get(columns_of(table)[column].role, {})


def _stated_units(table: str, column: str, header: str) -> list[str]:
    """Return the units of measure that a header states for a column, those that differ."""
    known = _units_of(table, column)
    return list({known[unit]: unit for unit in units_in_header(header) if unit in known}.values())


def normalize_header(text: str) -> str:
    """Normalize a header for comparison: half width, lower case, no spaces, no final star."""
    return re.sub(r"\s+|\*+$", "", half_width(text)).lower()
