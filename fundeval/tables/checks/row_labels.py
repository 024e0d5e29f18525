"""Name the row of a problem by its key where rows have no visible number, as in a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fundeval.problems import Problem
from fundeval.tables.cells import cell_text
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import key_of
from fundeval.tables.sources.data_source import SourceSheet

# A row of a database whose key another has too.
TWIN = "tables.repeated"


def add_row_keys(
    problems: Iterable[Problem],
    tables: Mapping[str, ParsedTable],
    sheets: Mapping[str, SourceSheet],
) -> list[Problem]:
    """Add the key of the row to problems of sheets that are not `numbered`.

    Such a sheet is read once more to find the keys.
    """
    problems = list(problems)
    for name, table in tables.items():
        if sheets[name].numbered:
            continue
        rows = {p.row for p in problems if p.file == table.file and p.row is not None}
        keys = _keys(sheets[name], table, rows - {table.layout.header_row}) if rows else {}
        problems = [
            _with_key(p, keys[p.row]) if p.file == table.file and p.row in keys else p
            for p in problems
        ]
    return problems


def _with_key(problem: Problem, key: str) -> Problem:
    """Return a problem with the key of its row; of its twin no number of a row is told either."""
    rule = TWIN if problem.rule == f"{TWIN}_key" else problem.rule
    return replace(problem, rule=rule, key=key)


def _keys(sheet: SourceSheet, table: ParsedTable, rows: set[int]) -> dict[int, str]:
    """Return, by row, the cells of the table's key as they stand in the source."""
    places = [place for n in key_of(table.name) if (place := table.layout.columns.get(n))]
    keys = {}
    for block in sheet.blocks():
        for row in rows.intersection(block.index):
            cells = block.loc[row].fillna("")
            keys[row] = ", ".join(f"{p.header} {cell_text(cells[p.position])}" for p in places)
    return keys
