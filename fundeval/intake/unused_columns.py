"""Name the columns of the sources that a mapping makes nothing of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.mapping import TableRule
from fundeval.intake.source_files import ANY_COLUMN, SourceTable
from fundeval.problems import Problem
from fundeval.tables.cells import as_text
from fundeval.tables.parsing.header import normalize_header
from fundeval.tables.parsing.stated_units import read_unit_column
from fundeval.tables.schemas import NOT_READ


def columns_left(
    rules: Sequence[TableRule], sources: Mapping[str, Sequence[SourceTable]]
) -> Iterator[Problem]:
    """Yield a note for each set of columns with cells that no rule used, at the first sheet.

    Numbers of rows, remarks and what is computed from other columns are not named, nor texts
    where items may stand in any column.

    Parameters
    ----------
    rules
        The rules on tables.
    sources
        The sheets of each source, once all columns were read.
    """
    anywhere = {name for rule in rules if rule.items == ANY_COLUMN for name in rule.sources}
    by_sheet: dict[tuple[str, str], list[SourceTable]] = {}
    texts_used: set[tuple[str, str]] = set()
    for name, tables in sources.items():
        for table in tables:
            by_sheet.setdefault((table.file, table.sheet), []).append(table)
            if name in anywhere:
                texts_used.add((table.file, table.sheet))
    places: dict[str, list[tuple[str, str]]] = {}
    for place, tables in by_sheet.items():
        used = {position for table in tables for position in table.used}
        names = [
            _name(table, position)
            for table in tables
            for position in range(len(table.headers))
            if position not in used and _holds_anything(table, position, place in texts_used)
        ]
        if names:
            places.setdefault("、".join(dict.fromkeys(names)), []).append(place)
    for shown, found in places.items():
        values = {"names": shown, "sheets": len(found)}
        yield Problem("convert.columns_left", found[0][0], values, found[0][1])


def _name(table: SourceTable, position: int) -> str:
    letter = xl_col_to_name(position)
    return table.headers[position] or f"{letter}:{letter}"


def _holds_anything(table: SourceTable, position: int, texts_used: bool) -> bool:
    """Tell whether a column has cells that somebody may miss."""
    if position not in table.cells or normalize_header(table.headers[position]) in NOT_READ:
        return False
    texts = as_text(table.cells[position].dropna())
    if texts_used:
        texts = texts[texts.str.contains(r"\d", regex=True)]
    return len(texts) > 0 and read_unit_column(table.cells[position], "") is None
