"""Parse a sheet into a typed table and report every cell that does not fit its schema."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain

import pandas as pd
from pandas.api.types import is_numeric_dtype

from fundeval.invisible_signs import INVISIBLE, without_invisible
from fundeval.money import FEN
from fundeval.pandas_models import SchemaErrors, pa
from fundeval.problems import Problem
from fundeval.tables.cells import (
    MARKS,
    MONEY_UNITS,
    UNITS,
    cell_text,
    contains,
    matching,
    rewritten,
    stripped,
)
from fundeval.tables.parsing.column_roles import DAY, NUMERIC, read_cells
from fundeval.tables.parsing.doubtful_cells import broken_cells, report_doubtful
from fundeval.tables.parsing.header import Layout, means_otherwise, required_columns
from fundeval.tables.parsing.headers_below import without_headers
from fundeval.tables.parsing.marked_cells import (
    filled_down,
    hidden_notes,
    merged_figures,
    name_of_range,
)
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.parsing.part_of_year import is_of_whole_years, parts_of_years
from fundeval.tables.parsing.plain_columns import read_plain
from fundeval.tables.parsing.rows_aside import (
    lone_notes,
    rows_aside,
    with_totals_of_units,
    without_example,
    without_notes,
)
from fundeval.tables.parsing.table_units import with_units_above, wrong_units_below
from fundeval.tables.parsing.units_of_measure import mentions_money
from fundeval.tables.schemas import TABLES, called_column, columns_of, columns_of_role
from fundeval.tables.sources import limits
from fundeval.tables.sources.data_source import SourceSheet, similar_or_all, within
from fundeval.words import Named

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
HOLDS_MARK = re.compile(rf".*\d.*{MARKS.pattern}.*|.*{MARKS.pattern}.*\d.*", re.DOTALL)
HOLDS_CONTROL = re.compile(f".*{CONTROL.pattern}.*", re.DOTALL)

# The type that each role of a column is read as.
TYPES = {
    **dict.fromkeys(("id", "text", "code", "flags"), "str"),
    **dict.fromkeys(("date", "datetime"), "datetime64[us]"),
    **dict.fromkeys(("number", "rate"), "float64"),
    "year": "int64",
    "money": "Int64",
}


def parse(
    sheet: SourceSheet, blocks: Iterable[pd.DataFrame], layout: Layout, money_unit: str
) -> ParsedTable:
    """Parse a sheet as one of the tables.

    Parameters
    ----------
    sheet
        The sheet as its reader returns it.
    blocks
        Its rows, block by block.
    layout
        How it is laid out as the table, as `find_layout` says of its first rows.
    money_unit
        The unit of amounts for which the sheet states no other.

    Returns
    -------
    The typed table with its problems, sorted by its key, money in whole 分.

    Raises
    ------
    BadInputError
        If the file cannot be read to its end.
    """
    blocks, name = iter(blocks), layout.table
    head = next(blocks)
    above = head.loc[head.index < layout.first_row].head(limits.HEADER_WITHIN)
    units = with_units_above(sheet, above, layout, money_unit)
    layout = units.layout
    table = ParsedTable(
        name, sheet.file, sheet.name, layout, money_unit, sheet.decimal_commas, sheet.marks,
        short_rows=sheet.short_rows,
    )  # fmt: skip
    table.problems += [*units.problems, *broken_cells(sheet, layout)]
    table.notes += units.notes
    if is_of_whole_years(name):
        table.notes += [*parts_of_years(above, sheet.file, sheet.name)][:1]
    _report_layout(table)
    if required_columns(table.name) <= set(layout.columns):
        for block in chain([head.loc[head.index > layout.last_row]], blocks):
            _add_block(table, block)
        table.finish()
        headers = {place.position: place.header for place in layout.columns.values()}
        table.notes += hidden_notes(
            (sheet.file, sheet.name), sheet.marks, table.frame.index, headers, layout.header_row
        )
    return table


@cache
def empty_frame(name: str) -> pd.DataFrame:
    """Return a table without rows, with the columns and types as which headers alone are read."""
    columns = {
        each: pd.Series([], dtype=TYPES[column.role]) for each, column in columns_of(name).items()
    }
    return pd.DataFrame(columns, index=pd.Index([], dtype="int64"))


def _report_layout(table: ParsedTable) -> None:
    layout, columns = table.layout, columns_of(table.name)
    known = [label for n, column in columns.items() for label in (n, column.zh)]
    every = Named(", ".join(column.zh for column in columns.values()), ", ".join(columns))
    row = layout.header_row
    table.problems += [
        table.problem(
            "tables.unknown_header_unit"
            if mentions_money(place.header)
            else "tables.unknown_header",
            row,
            place,
            known=similar_or_all(place.header, known, every),
        )
        for place in layout.unknown
        if place.header
    ]
    table.problems += [
        table.problem(
            "tables.columns_beside"
            if "/" in place.header and "/" in first
            else "tables.duplicate_header",
            row,
            place,
            first=first,
            file=table.file,
        )
        for place, first in layout.repeated
    ]
    table.notes += [
        table.problem("intake.invisible_header", row, place, place.header)
        for place in layout.columns.values()
        if INVISIBLE.search(place.header)
    ]
    table.notes += [
        table.problem(f"intake.not_read_{reason}", row, place) for place, reason in layout.not_read
    ]
    table.notes += [
        table.problem(
            "intake.header_means", row, place, name=name, called=called_column(table.name, name)
        )
        for name, place in layout.columns.items()
        if means_otherwise(table.name, name, place.header)
    ]
    if layout.numbers_row:
        table.notes.append(
            Problem("intake.numbered_columns", table.file, {}, table.sheet, layout.numbers_row)
        )
    for name in columns:
        if name in required_columns(table.name) - set(layout.columns):
            values = {"name": name, "called": called_column(table.name, name)}
            table.problems.append(Problem("tables.missing_column", table.file, values, table.sheet))


def _add_block(table: ParsedTable, block: pd.DataFrame) -> None:
    """Read some rows: add their frame to the table, and what is wrong with them."""
    everything = block
    block, aside_notes = without_headers(table, block)
    for place in table.layout.unknown:
        if not place.header:
            filled = stripped(block[place.position]).dropna()
            notes = lone_notes(block, place.position, filled)
            table.note("intake.note_row", place.letter, filled, notes)
            aside_notes += filled.index[notes].tolist()
            table.report("tables.no_header", place.letter, filled[~notes].head(1))
    cells = {name: stripped(block[place.position]) for name, place in table.layout.columns.items()}
    written = pd.DataFrame(cells, index=block.index).dropna(how="all")
    if table.marks.merged:
        written = _with_merged(table, written)
    _note_number_ids(table, block)
    with_notes = without_example(table, written)
    written = without_notes(table, with_notes)
    aside_notes += with_notes.index.difference(written.index).tolist()
    if aside_notes:
        rows = everything.loc[everything.index.isin(aside_notes)]
        at = (table.file, table.sheet)
        table.problems += wrong_units_below(table.layout, rows, at, table.money_unit)
    written = with_totals_of_units(table, written)
    sums, aside = rows_aside(table, written)
    _report_marked(table, written[~aside])
    if table.short_rows:
        _note_short_rows(table, block.loc[written.index[~aside]])
    frame = pd.DataFrame(
        {name: _read_column(table, name, written, aside) for name in columns_of(table.name)},
        index=written.index,
    )
    figures = [
        *columns_of_role(table.name, *NUMERIC),
        *("year" for name in frame if name == "year"),
    ]
    table.totals.append(frame.loc[sums, figures])
    not_blank = [name for name, column in columns_of(table.name).items() if not column.nullable]
    if "unit_id" in frame:
        table.ids.append(frame.loc[~aside, "unit_id"].dropna())
    table.aside += [*map(int, with_notes.index.difference(written.index[~aside]))]
    whole = frame[~aside].dropna(subset=not_blank)
    table.rows += int((~aside).sum())
    table.frames.append(_checked(table, whole, written))


def _note_short_rows(table: ParsedTable, data: pd.DataFrame) -> None:
    """Note the rows of a text that end before their last columns, as if cut off."""
    places = sorted((place.position, name) for name, place in table.layout.columns.items())
    lengths = pd.Series(data.index.map(table.short_rows), data.index).fillna(len(data.columns))
    short = lengths <= places[-1][0]
    if short.any():
        length = int(lengths[short].iloc[0])
        name = next(name for position, name in places if position >= length)
        table.note("intake.short_row", name, data[places[0][0]].fillna(""), short)


def _with_merged(table: ParsedTable, written: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with words that are merged over several rows in each of them."""
    columns = columns_of(table.name)
    for name in map(str, written):
        place = table.layout.columns[name]
        if columns[name].role in NUMERIC:
            continue
        # A row that holds nothing besides is none, however far the cell reaches.
        rows = written.drop(columns=name).dropna(how="all").index
        cells = written.loc[rows, name]
        filled, used = filled_down(cells, place.position, table.marks)
        if used:
            written = written.assign(**{name: filled.reindex(written.index).fillna(written[name])})
        table.notes += [
            table.problem("intake.merged_down", each[0], place, held, range=name_of_range(each))
            for each, held in used
        ]
    return written


def _report_marked(table: ParsedTable, data: pd.DataFrame) -> None:
    """Report figures merged over several cells, and note those shown in another unit."""
    columns = columns_of(table.name)
    figures = {
        place.position: (name, place)
        for name, place in table.layout.columns.items()
        if columns[name].role in NUMERIC
    }
    for each, position in merged_figures(data.index, figures, table.marks):
        _, place = figures[position]
        cell = table.problem("tables.merged_figure", each[0], place, range=name_of_range(each))
        table.problems.append(cell)
    for position, ranges in table.marks.scaled.items():
        if position in figures:
            name, _ = figures[position]
            scaled = within(data.index, ranges) & data[name].notna()
            table.note("intake.scaled_format", name, data[name], scaled)


def _note_number_ids(table: ParsedTable, block: pd.DataFrame) -> None:
    """Tell of ids that stand as numbers among others that are text."""
    for name, place in table.layout.columns.items():
        cells = block[place.position]
        if columns_of(table.name)[name].role != "id" or cells.dtype != object:
            continue
        numbers = cells.map(_is_number)
        if numbers.any() and cells[~numbers].notna().any():
            texts = cells.map(cell_text, na_action="ignore")
            table.note("intake.number_ids", name, texts, numbers)


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not pd.isna(cell)


def _read_column(
    table: ParsedTable, name: str, written: pd.DataFrame, aside: pd.Series
) -> pd.Series:
    """Return the typed column; report cells that cannot be read and blanks in a required one."""
    column = columns_of(table.name)[name]
    role, codes = column.role, column.codes
    if name not in written:
        default = pd.Series(column.default, written.index, dtype="str")
        return read_cells(default, role, codes, 1).typed
    cells = written[name]
    stated = table.layout.columns[name].unit
    if role == "rate" and stated:
        cells = table.marks.shown_as_percent(cells, table.layout.columns[name].position)
    factor = (
        UNITS[role][stated] if stated else MONEY_UNITS[table.money_unit] if role == "money" else 1
    )
    typed = read_plain(cells, column, float(factor))
    if typed is not None:
        _report_blank(table, name, cells[cells.isna() & ~aside])
        return typed
    if role not in NUMERIC and not is_numeric_dtype(cells):
        cells = _plain_text(table, name, cells)
    doubtful = report_doubtful(table, name, cells, aside)
    cells = cells.mask(doubtful)
    reading = read_cells(cells, role, codes, float(factor), column.words)
    # What cannot be read for all that is told as that alone.
    converted = reading.converted & reading.typed.notna() & ~aside
    spelled = "intake.converted" if role in NUMERIC else "intake.spelled"
    spelled = "intake.spelled_id" if role == "id" else spelled
    if role == "year" and not is_numeric_dtype(cells):
        days = converted & matching(cells, DAY)
        table.note("intake.day_for_year", name, cells, days)
        converted &= ~days
    table.note("intake.missing_words", name, cells, reading.missing)
    table.note(spelled, name, cells, converted)
    table.note("intake.code_words", name, cells, reading.meant & ~aside)
    unreadable = cells.notna() & ~reading.missing & reading.typed.isna() & ~aside
    marked = unreadable & matching(cells, HOLDS_MARK) if unreadable.any() else unreadable
    table.report("tables.footnote_mark", name, cells[marked])
    table.report(f"tables.{role}", name, cells[unreadable & ~marked], codes=labels(codes))
    _report_blank(table, name, cells[(cells.isna() | reading.missing) & ~aside & ~doubtful])
    return reading.typed


def _report_blank(table: ParsedTable, name: str, blank: pd.Series) -> None:
    """Report the blanks of a column that must not have any."""
    column = columns_of(table.name)[name]
    if column.nullable:
        return
    usual = next((word for word, code in column.codes.items() if code == column.default), "")
    table.report("tables.blank_or_without" if usual else "tables.blank", name, blank, default=usual)


def _plain_text(table: ParsedTable, name: str, cells: pd.Series) -> pd.Series:
    """Return the cells without text that is no text, too long or with control characters.

    Signs that nobody sees are left out of the others.
    """
    long = cells.str.len() > limits.CELL_CHARACTERS
    table.report("tables.long_cell", name, cells[long], most=limits.CELL_CHARACTERS)
    cells = cells.mask(long)
    if contains(cells, CONTROL):
        strange = matching(cells, HOLDS_CONTROL)
        table.report("tables.control_character", name, cells[strange])
        cells = cells.mask(strange)
    if contains(cells, INVISIBLE):
        seen = rewritten(cells, without_invisible).str.strip()
        table.note("intake.invisible_signs", name, cells, cells.notna() & (seen != cells))
        cells = seen.mask(seen == "")
    return cells


def labels(codes: Mapping[str, str]) -> str:
    """Return the codes of a column in both languages, as one text."""
    return ", ".join(f"{zh} {code}" for zh, code in codes.items())


@cache
def _without_key(name: str) -> pa.DataFrameSchema:
    """Return the schema for some rows: keys are looked at when all have been read."""
    schema = copy.copy(TABLES[name].to_schema())
    schema.unique = None
    return schema


def _checked(table: ParsedTable, frame: pd.DataFrame, written: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the types of the schema; report cells that break one of its rules."""
    schema = _without_key(table.name)
    try:
        return schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    for (name, number), group in cases.groupby(["column", "check_number"], dropna=False):
        column, check = columns_of(table.name)[name], schema.columns[name].checks[int(number)]
        # Limits of money are shown in 元, as people write it.
        scale = FEN if column.role == "money" else 1
        shown = {key: value // scale for key, value in check.statistics.items() if scale > 1}
        values = check.statistics | shown | {"codes": labels(column.codes)}
        table.report(f"tables.{check.name}", name, written.loc[group["index"], name], **values)
    return frame
