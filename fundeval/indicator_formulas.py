"""The formulas of declared indicators: sums over columns of the tables, read and checked.

Apart from what declares them, because a policy without any needs no tables.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from fundeval.indicator_columns import columns_that_add_up
from fundeval.indicator_declarations import (
    COMPARING_KEYS,
    FORMULA_KEYS,
    OF_THE_LEVEL,
    Declared,
    Declaring,
    Place,
)
from fundeval.indicator_registry import REGISTRY, Amount, Definition, Formula, UnitOfMeasure
from fundeval.near import near
from fundeval.tables.schemas import CODE_GROUPS, TABLES, Column, columns_of, key_of

MEASURES = "measures"
# Keys of a table that tell no groups apart.
UNGROUPED = ("unit_id", "year", "month", "scheme", "measure")
Side = Literal["", "above", "below"]
# Parameters that hold codes of a column, as a filter names them.
CODE_PARAMETERS = {
    "care_level": ("@primary_care_levels",),
    "payment": ("@overrun_shared_payments",),
}
SUM = re.compile(
    r"(?:sum\(\s*(?P<columns>[^()]+?)(?:\s+where\s+(?P<where>[^()]+?))?\s*\)"
    r"|measures\.(?P<measure>[^\s()/]+))(?:\s*/\s*(?P<divisor>[1-9][0-9]*))?"
)
COLUMN = re.compile(r"(\w+)\.(\w+)")
CONDITION = re.compile(r"(\w+)\s*(?:(?:=\s*|\s+in\s+)(@?\w+)|\s+in\s*\[([^\[\]]+)\])")


def define(name: str, entry: Declared, declaring: Declaring) -> Definition:
    """Return what a declared indicator is made of; what a comparison names is not looked at."""
    place = Place(declaring.file, f"definitions.{name}")
    if name in REGISTRY:
        place.refuse("name_taken")
    keys = entry.formulas()
    if len(keys) != 1:
        place.refuse("one_formula", ", ".join(keys) or None, known=", ".join(FORMULA_KEYS))
    [key] = keys
    given: str | tuple[str, str] = getattr(entry, key)
    texts = (given,) if isinstance(given, str) else given
    named = key in COMPARING_KEYS and re.fullmatch(r"\w+", texts[0])
    sums = [_read_sum(text, place.at(key)) for text in texts if not named]
    if key == "share" and entry.by:
        sums.append(sums[0])
    elif key == "share":
        sums.append(_without_last_condition(sums[0], place.at(key)))
    if named:
        for field, stated in OF_THE_LEVEL.items():
            if field in entry.model_fields_set:
                place.at(stated).refuse("of_the_level", of=texts[0])
    elif entry.minimum_volume_of:
        _check_volume(sums[-1], entry.minimum_volume_of, place.at("minimum_volume_of"))
    if entry.by:
        _check_groups(sums, entry.by, place.at("by"))
    side, limit = _read_limit(entry, bool(entry.by or named), place)
    return Definition(
        id=name,
        formula=FORMULA_KEYS[key],
        rule=entry.source.cite,
        numerator=sums[0] if sums else None,
        denominator=sums[1] if sums[1:] else None,
        of=texts[0] if named else "",
        unit_of_measure=entry.unit_of_measure or _unit(FORMULA_KEYS[key], sums),
        direction=entry.direction,
        kinds=entry.kinds,
        volume=entry.minimum_volume_of,
        by_scheme=entry.by_scheme,
        title=entry.title,
        caveat=entry.caveat,
        written=f"{key}: {given}" if isinstance(given, str) else f"{key}: [{', '.join(given)}]",
        source=entry.source,
        origin=declaring.origin,
        by=entry.by,
        of_all_groups=bool(entry.by and key == "share"),
        limit=limit,
        side=side,
    )


def _without_last_condition(amount: Amount, place: Place) -> Amount:
    """Return the sum that a share is a part of."""
    if not amount.where or amount.table == MEASURES:
        place.refuse("share_of_all")
    *others, _ = amount.where.items()
    return replace(amount, where=dict(others))


def _read_sum(text: str, place: Place) -> Amount:
    """Return the sum that a text states."""
    found = SUM.fullmatch(text.strip())
    if found is None:
        place.refuse("no_sum", text)
    divisor = int(found["divisor"] or 1)
    if found["measure"]:
        return Amount(MEASURES, ("value",), where={"measure": (found["measure"],)}, divisor=divisor)
    first, *others = re.split(r"([+-])", found["columns"])
    terms = [("+", first), *zip(others[::2], others[1::2], strict=True)]
    signed = [(sign, COLUMN.fullmatch(term.strip())) for sign, term in terms]
    columns = [(sign, column[1], column[2]) for sign, column in signed if column]
    if len(columns) < len(terms):
        place.refuse("no_sum", text)
    table = columns[0][1]
    _check_columns(table, [(of, name) for _, of, name in columns], place)
    return Amount(
        table,
        plus=tuple(name for sign, _, name in columns if sign == "+"),
        minus=tuple(name for sign, _, name in columns if sign == "-"),
        where=_read_conditions(table, found["where"] or "", place),
        divisor=divisor,
    )


def _check_columns(table: str, columns: Collection[tuple[str, str]], place: Place) -> None:
    """Refuse columns that cannot be added up: of several tables, or no amounts or counts."""
    summed = columns_that_add_up(table)
    if not summed or table == MEASURES:
        others = {*TABLES, "institutions"} - {MEASURES}
        known = filter(columns_that_add_up, others)
        place.refuse("unknown_table", table, near=near(table, known))
    for other, name in columns:
        if other != table:
            place.refuse("several_tables", f"{table}, {other}")
        if name not in summed:
            rule = "not_summed" if name in _given_columns(table) else "unknown_column"
            place.refuse(rule, f"{table}.{name}", near=near(name, summed))
    if len({summed[name] for _, name in columns}) > 1:
        place.refuse("money_and_counts", ", ".join(name for _, name in columns))


def _read_conditions(table: str, text: str, place: Place) -> dict[str, tuple[str, ...]]:
    """Return the codes that each column of a filter keeps."""
    where: dict[str, tuple[str, ...]] = {}
    columns = {name: c.codes.values() for name, c in _given_columns(table).items()
               if c.role == "code"}  # fmt: skip
    for condition in re.split(r"\s+and\s+", text) if text else ():
        found = CONDITION.fullmatch(condition.strip())
        if found is None or found[1] in where:
            place.refuse("no_condition", condition)
        column = found[1]
        if column not in columns:
            place.refuse("unknown_filter", column, near=near(column, columns))
        groups = CODE_GROUPS.get(column, {})
        known = [*columns[column], *groups, *CODE_PARAMETERS.get(column, ())]
        given = [code.strip() for code in (found[2] or found[3]).split(",")]
        for code in given:
            if code not in known:
                place.refuse("unknown_code", code, near=near(code, known))
        where[column] = tuple(code for each in given for code in groups.get(each, (each,)))
    return where


def _check_volume(amount: Amount, column: str, place: Place) -> None:
    """Refuse a volume that is no count of the table that the denominator is summed from."""
    known = [name for name, is_money in columns_that_add_up(amount.table).items() if not is_money]
    if column not in known:
        place.refuse("unknown_volume", column, near=near(column, known))


def _check_groups(sums: list[Amount], by: str, place: Place) -> None:
    """Refuse groups by what tells no rows apart within a unit, year and scheme."""
    for amount in sums:
        keys = key_of(amount.table) if amount.table in TABLES else []
        known = [name for name in keys if name not in UNGROUPED]
        if by not in known:
            place.refuse("unknown_group", f"{amount.table}.{by}", near=near(by, known))


def _read_limit(entry: Declared, grouped: bool, place: Place) -> tuple[Side, float | str | None]:
    """Return on which side of what no group may lie."""
    stated: dict[Side, float | str | None] = {"above": entry.above, "below": entry.below}
    given = {side: limit for side, limit in stated.items() if limit is not None}
    if not given:
        return "", None
    [side, *others] = given
    limit = given[side]
    if others or not grouped:
        place.at(side).refuse("limit_of_groups", limit)
    return side, limit


def _unit(formula: Formula, sums: list[Amount]) -> UnitOfMeasure:
    """Return the unit of measure that follows from a formula and from what it is made of."""
    if formula in ("growth", "real_growth"):
        return "fraction"
    if formula == "growth_over_gdp" or not sums:
        return "points"
    part = sums[0]
    is_money = [columns_that_add_up(amount.table)[amount.plus[0]] for amount in sums]
    if part.table == MEASURES and len(sums) == 1:
        return "points" if formula == "change" else "fraction"
    if formula in ("total", "change"):
        return "money" if is_money[0] else "count"
    return "money" if is_money == [True, False] else "fraction"


def _given_columns(table: str) -> Mapping[str, Column]:
    return columns_of(table) if table in TABLES else {}
