"""In which unit of measure a column of a source is: as its file states, its mapping, or both.

A file may state it in a column of units, in the header, or around the table. Where two
statements differ nobody can tell which is right, so that nothing is converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pandas as pd

from fundeval.intake.source_files import SourceTable
from fundeval.problems import Problem
from fundeval.tables.cells import MONEY_UNITS, UNITS
from fundeval.tables.parsing.stated_units import StatedUnit, read_unit_column
from fundeval.tables.parsing.units_of_measure import FACTORS, is_meant_for
from fundeval.tables.schemas import Role
from fundeval.words import Named


def in_yuan(amount: str, money_unit: str) -> str:
    """Return an amount that a mapping states itself in 元: it is in the unit of the data set.

    Examples
    --------
    >>> in_yuan("1.5", "万元"), in_yuan("1,200", "万元"), in_yuan("3 元", "万元")
    ('15000', '1,200万元', '3 元')
    """
    plain = re.fullmatch(r"\s*[-+]?\d+(\.\d+)?\s*", amount, re.ASCII)
    if plain:
        exact = Decimal(amount.strip()) * MONEY_UNITS[money_unit]
        return f"{exact.normalize():f}"
    return f"{amount}{money_unit}" if amount[-1:].isdecimal() else amount


@dataclass(frozen=True)
class Target:
    """A column to be made: name and role, and where in the mapping it stands.

    `unit` is the one that the mapping gives, `usual` the one where nothing is stated. `called` is
    what messages call the column.
    """

    name: str
    role: Role
    unit: str
    usual: str
    place: str
    called: Named | str = ""

    def takes(self, unit: str) -> bool:
        """Tell whether figures of this column can be in a unit; an unknown amount is money."""
        if unit not in FACTORS:
            return self.role == "money"
        return unit in UNITS.get(self.role, {})

    def is_meant_by(self, unit: str) -> bool:
        """Tell whether a unit that is stated for a whole table is meant for this column."""
        return is_meant_for(self.name, self.role, unit)


@dataclass
class ColumnUnits:
    """The unit of each row of a column, what is wrong with it, and what is to be noted."""

    units: pd.Series
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def find_units(source: SourceTable, position: int, target: Target) -> ColumnUnits:
    """Find the unit of measure of each row of a column.

    Parameters
    ----------
    source
        The rows of a sheet that are kept, with the units that stand around them.
    position
        The column of the sheet that the figures are in.
    target
        The column that they become. Its unit, if the mapping gives one, must be that of the
        nearest statement: in the row, else in the header, else around the table.

    Returns
    -------
    The units. There is a problem, with both places, if two statements differ, and one if a unit
    cannot be read and the mapping gives none.
    """
    rows = _unit_columns(source, position, target)
    in_rows = [each for column in rows for each in _in_rows(source, column)]
    header = [each for each in source.header_units.get(position, ()) if target.takes(each.unit)]
    around = [each for each in source.units_around if target.is_meant_by(each.unit)]
    whole = [*header, *around]
    found = ColumnUnits(pd.Series(target.unit or target.usual, source.cells.index, dtype=object))
    if target.unit:
        found.problems += _against_mapping(target, in_rows, header or around)
        return found
    blank = [each for column in rows for each in _blank_units(source, column)]
    found.problems += _unread(target, [*in_rows, *blank, *whole])
    found.problems += found.problems or _differing(source, rows, in_rows, whole)
    if found.problems:
        return found
    if whole:
        found.units[:] = whole[0].unit
    for column in rows:
        found.units.update(column)
    converted = [each for each in [*in_rows, *whole] if each.factor != FACTORS.get(target.usual, 1)]
    found.notes += [each.problem("convert.unit_stated", unit=each.unit) for each in converted[:1]]
    return found


def units_of_parts(
    source: SourceTable, positions: Iterable[int], target: Target
) -> Iterator[Problem]:
    """Yield the units that keep a product or quotient from being in the usual unit.

    That is any amount, and any number of which one is not one.
    """
    for position in positions:
        amount = replace(target, role="money", unit="")
        rows = _unit_columns(source, position, amount)
        in_rows = [each for column in rows for each in _in_rows(source, column)]
        around = [each for each in source.units_around if amount.takes(each.unit)]
        for each in [*in_rows, *source.header_units.get(position, ()), *around]:
            if amount.takes(each.unit) or each.factor != 1:
                yield each.problem(
                    "convert.unit_of_result", column=target.called, place=target.place
                )


def _unit_columns(source: SourceTable, position: int, target: Target) -> list[pd.Series]:
    """Return the unit of each row that has a figure, by the nearest columns of such units.

    One unit holds for all rows, as its cell may be merged over them.
    """
    columns: dict[int, list[pd.Series]] = {}
    for other, header in enumerate(source.headers):
        units = read_unit_column(source.cells[other], header) if other != position else None
        if units is not None and _concern(target, units):
            columns.setdefault(abs(other - position), []).append(units)
    filled = source.cells[position].notna()
    nearest = columns[min(columns)] if columns else []
    return [
        (units.ffill().bfill() if len(set(units.dropna())) == 1 else units)[filled]
        for units in nearest
    ]


def _concern(target: Target, units: pd.Series) -> bool:
    """Tell whether units in a column of their own are meant for the target, some at least."""
    return target.role == "rate" or any(map(target.is_meant_by, set(units.dropna())))


def _in_rows(source: SourceTable, column: pd.Series) -> list[StatedUnit]:
    """Return each unit of a column of units at the first row that has it."""
    position = int(str(column.name))
    return [
        StatedUnit(unit, unit, source.file, source.sheet, int(str(row)), position)
        for row, unit in column.dropna().drop_duplicates().items()
    ]


def _blank_units(source: SourceTable, column: pd.Series) -> list[StatedUnit]:
    """Return the first row whose unit is blank among rows of several units."""
    rows = column.index[column.isna() & (len(set(column.dropna())) > 1)]
    position = int(str(column.name))
    return [
        StatedUnit("", "", source.file, source.sheet, int(str(row)), position) for row in rows[:1]
    ]


def _against_mapping(
    target: Target, in_rows: list[StatedUnit], whole: list[StatedUnit]
) -> Iterator[Problem]:
    """Yield what contradicts the mapping: a row of another unit, or else all other statements."""
    stated = in_rows or whole
    differing = [each for each in stated if each.factor not in (None, FACTORS[target.unit])]
    if in_rows or len(differing) == len(stated):
        for each in differing[:1]:
            values = {"unit": each.unit, "other": target.unit, "place": target.place}
            yield each.problem("convert.units_differ", **values)


def _unread(target: Target, stated: list[StatedUnit]) -> list[Problem]:
    """Return the statements that cannot be used for the column; a rate may be in 元 or 天."""
    known = ", ".join(filter(None, UNITS.get(target.role, {})))
    return [
        each.problem("convert.unit_unread", column=target.called, known=known)
        for each in stated
        if each.factor is None
        or not (target.takes(each.unit) or (target.role == "rate" and each.factor == 1))
    ]


def _differing(
    source: SourceTable, rows: list[pd.Series], in_rows: list[StatedUnit], whole: list[StatedUnit]
) -> list[Problem]:
    """Return the first statement that differs from another one which holds for the same cells."""
    pairs = [(other, whole[0]) for other in [*whole, *in_rows]] if whole else []
    for column in rows[1:]:
        differing = column.index[column.map(FACTORS) != rows[0].map(FACTORS)][:1]
        pairs += zip(
            _in_rows(source, column[differing]), _in_rows(source, rows[0][differing]), strict=True
        )
    return [
        one.problem("convert.units_differ", unit=one.unit, other=other.unit, place=other.place)
        for one, other in pairs
        if one.factor != other.factor
    ][:1]
