"""The units of measure that a sheet states for a whole table, held against its columns.

Amounts must be in the unit of the data set, unless a header says otherwise; counts and rates are
read in the unit that stands above them. What cannot be obeyed is told: a figure is never read in
another unit than its sheet says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.cells import MONEY_UNITS, UNITS
from fundeval.tables.parsing.header import Layout
from fundeval.tables.parsing.stated_units import StatedUnit, units_in_cells, units_in_name
from fundeval.tables.parsing.units_of_measure import FACTORS, is_meant_for
from fundeval.tables.schemas import columns_of
from fundeval.tables.sources.data_source import SourceSheet


@dataclass
class TableUnits:
    """A layout whose columns have the units stated above them, problems and notes."""

    layout: Layout
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def with_units_above(
    sheet: SourceSheet, above: pd.DataFrame, layout: Layout, money_unit: str
) -> TableUnits:
    """Give each column the unit that the rows above the header or a name state for it.

    Parameters
    ----------
    sheet
        The sheet, whose name and file may state a unit.
    above
        Its rows above the header.
    layout
        Its header.
    money_unit
        The unit of amounts for which no header states another.
    """
    place = (sheet.file, sheet.name)
    stated = [*units_in_name(*place), *units_in_cells(above, *place, in_brackets=True)]
    found = TableUnits(layout, list(_wrong_amounts(layout, stated, money_unit)))
    columns = dict(layout.columns)
    for name in _counts_and_rates(layout):
        meant = [each for each in stated if _is_for(layout, name, each)]
        differing = [each for each in meant if each.factor != meant[0].factor]
        for each in differing[:1]:
            values = {"unit": each.unit, "other": meant[0].unit, "place": meant[0].place}
            found.problems.append(each.problem("tables.units_differ", **values))
        if meant and not differing and meant[0].factor != 1:
            columns[name] = replace(columns[name], unit=meant[0].unit)
            header = columns[name].header
            values = {"unit": meant[0].unit, "header": header}
            found.notes.append(meant[0].problem("intake.unit_above", **values))
    found.layout = replace(layout, columns=columns)
    return found


def wrong_units_below(
    layout: Layout, rows: pd.DataFrame, place: tuple[str, str], money_unit: str
) -> Iterator[Problem]:
    """Yield the units in notes below a table in which its columns have not been read."""
    stated = list(units_in_cells(rows, *place, in_brackets=False))
    yield from _wrong_amounts(layout, stated, money_unit)
    for name in _counts_and_rates(layout):
        for each in stated:
            if _is_for(layout, name, each) and each.factor != 1:
                values = {"unit": each.unit, "header": layout.columns[name].header}
                yield each.problem("tables.unit_below", **values)


def _wrong_amounts(
    layout: Layout, stated: Iterable[StatedUnit], money_unit: str
) -> Iterator[Problem]:
    """Yield the units of money that are not that of the data set, if any column relies on it."""
    columns = columns_of(layout.table)
    if not any(columns[n].role == "money" and not p.unit for n, p in layout.columns.items()):
        return
    for each in stated:
        if each.factor is None:
            yield each.problem("tables.unknown_money_unit", unit=each.unit)
        elif each.unit in MONEY_UNITS and each.factor != MONEY_UNITS[money_unit]:
            yield each.problem("tables.other_money_unit", unit=money_unit)


def _counts_and_rates(layout: Layout) -> list[str]:
    """Return the columns of counts and rates whose header states no unit."""
    columns = columns_of(layout.table)
    return [
        name
        for name, place in layout.columns.items()
        if columns[name].role in ("number", "rate") and not place.unit
    ]


def _is_for(layout: Layout, name: str, stated: StatedUnit) -> bool:
    role = columns_of(layout.table)[name].role
    known = stated.unit in FACTORS and stated.unit in UNITS[role]
    return known and is_meant_for(name, role, stated.unit)
