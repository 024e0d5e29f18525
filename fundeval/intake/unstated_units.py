"""Sheets of one layout of which some state the unit of their amounts and some do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fundeval.intake.mapping import MappingFile
from fundeval.intake.source_files import SourceTable
from fundeval.problems import Problem
from fundeval.tables.cells import MONEY_UNITS
from fundeval.tables.parsing.stated_units import read_unit_column
from fundeval.tables.schemas import columns_of_role


def units_not_stated(
    mapping: MappingFile, sources: Mapping[str, Sequence[SourceTable]]
) -> Iterator[Problem]:
    """Yield a note for each sheet without a unit of money where others of its source have one.

    Parameters
    ----------
    mapping
        The mapping; amounts whose unit it states itself need none in the file.
    sources
        The sheets of each source.
    """
    for name, tables in sources.items():
        if len(tables) < 2 or not _reads_amounts(mapping, name):
            continue
        stated = [_states_money(table) for table in tables]
        if not any(stated):
            continue
        for table, of in zip(tables, stated, strict=True):
            if not of:
                values = {"unit": mapping.dataset.money_unit, "others": sum(stated)}
                yield Problem("convert.unit_not_stated", table.file, values, table.sheet)


def _reads_amounts(mapping: MappingFile, source: str) -> bool:
    """Tell whether a mapping reads amounts of a source, and leaves their unit to the files."""
    for rule in mapping.tables:
        money = columns_of_role(rule.table, "money")
        columns = [rule.columns, *(part.columns for part in rule.melt)]
        reads = source in rule.sources or not (rule.sources or rule.rows)
        if reads and any(n in money and not c.unit for of in columns for n, c in of.items()):
            return True
    return False


def _states_money(table: SourceTable) -> bool:
    headers = [each for of in table.header_units.values() for each in of]
    if any(each.unit in MONEY_UNITS for each in (*headers, *table.units_around)):
        return True
    return any(
        units is not None and bool(set(units.dropna()) & {*MONEY_UNITS})
        for position, header in enumerate(table.headers)
        if position in table.cells
        for units in (read_unit_column(table.cells[position], header),)
    )
