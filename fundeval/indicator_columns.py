"""Which columns of a table add up: its amounts and counts, given or derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from fundeval.indicator_registry import DERIVED_COLUMNS, Definition
from fundeval.tables.schemas import TABLES, columns_of, columns_of_role


@cache
def columns_that_add_up(table: str) -> Mapping[str, bool]:
    """Return the amounts and counts of a table as in files, then derived: whether each is money.

    Rates do not add up, but for the value of a measure, of which a unit and year has one. There
    are none for a table without years, as that of units, nor for one that does not exist.

    Examples
    --------
    >>> columns_that_add_up("monthly")
    {'executed': True, 'phased_budget': True, 'yearly_budget': True}
    """
    if table == "measures":
        return {"value": False}
    derived = {c.name: c.is_money for c in DERIVED_COLUMNS.values() if c.table == table}
    if table not in TABLES:
        return derived
    if "year" not in columns_of(table):
        return derived
    money = columns_of_role(table, "money")
    given = columns_of_role(table, "money", "number")
    return {name: name in money for name in given} | derived


def summed_columns(definitions: Iterable[Definition]) -> dict[str, list[str]]:
    """Return the columns that indicators sum by table: given ones as in files, then derived."""
    summed: dict[str, set[str]] = {}
    for definition in definitions:
        for amount in definition.sums:
            volume = {definition.volume} - {""} if amount is definition.sums[-1] else set()
            summed.setdefault(amount.table, set()).update(amount.plus, amount.minus, volume)
    return {
        table: [name for name in columns_that_add_up(table) if name in columns]
        for table, columns in summed.items()
    }
