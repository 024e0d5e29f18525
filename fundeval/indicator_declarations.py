"""Indicators that a policy declares: formulas over columns of the tables, read and checked.

The section `definitions` of a policy file names a formula for each. `sum(services.visits where
setting = outpatient and care_level in [tertiary, secondary])` is a sum over rows, `measures.NAME`
a supplied measure. What comes out is a `Definition` like those built in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, TypeAdapter

from fundeval.citations import Bilingual, Source
from fundeval.indicator_columns import columns_that_add_up
from fundeval.indicator_registry import (
    EVERY_KIND,
    REGISTRY,
    Amount,
    Definition,
    Direction,
    Formula,
    Kind,
    UnitOfMeasure,
)
from fundeval.near import near
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import StrictModel
from fundeval.tables.schemas import CODE_GROUPS, TABLES, Column, columns_of

DeclaredName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
MEASURES = "measures"
# Parameters that hold codes of a column, as a filter names them.
CODE_PARAMETERS = {
    "care_level": ("@primary_care_levels",),
    "payment": ("@overrun_shared_payments",),
}
DECLARED = TypeAdapter(list[Definition])
# What each key of a formula makes of its sum, or of what it compares.
LEVEL_KEYS: dict[str, Formula] = {
    "total": "total", "ratio": "ratio", "floored_ratio": "floored_ratio", "share": "ratio",
}  # fmt: skip
COMPARING_KEYS: dict[str, Formula] = {
    "growth_of": "growth", "real_growth_of": "real_growth", "change_of": "change",
    "growth_over_gdp_of": "growth_over_gdp",
}  # fmt: skip
FORMULA_KEYS = LEVEL_KEYS | COMPARING_KEYS
# What an indicator that compares two years takes from the one that it compares.
OF_THE_LEVEL = ("kinds", "by_scheme", "minimum_volume_of")
SUM = re.compile(
    r"(?:sum\(\s*(?P<columns>[^()]+?)(?:\s+where\s+(?P<where>[^()]+?))?\s*\)"
    r"|measures\.(?P<measure>[^\s()/]+))(?:\s*/\s*(?P<divisor>[1-9][0-9]*))?"
)
COLUMN = re.compile(r"(\w+)\.(\w+)")
CONDITION = re.compile(r"(\w+)\s*(?:(?:=\s*|\s+in\s+)(@?\w+)|\s+in\s*\[([^\[\]]+)\])")


class Declared(StrictModel):
    """An indicator that a policy declares: one formula, and what is said of it.

    A level is `total`, `ratio` ([numerator, denominator]), `floored_ratio` (at least 0), or
    `share`: of the sum with all conditions in the sum without the last one. The others compare
    a level, by its name or as a sum, with the year before.
    """

    title: Bilingual = Field(min_length=1)
    source: Source
    total: str | None = None
    ratio: tuple[str, str] | None = None
    floored_ratio: tuple[str, str] | None = None
    share: str | None = None
    growth_of: str | None = None
    real_growth_of: str | None = None
    change_of: str | None = None
    growth_over_gdp_of: str | None = None
    unit_of_measure: UnitOfMeasure | None = Field(None, alias="unit")
    direction: Direction | Literal["neither"] = "neither"
    caveat: Bilingual = Field(default_factory=dict)
    kinds: tuple[Kind, ...] = Field(EVERY_KIND, min_length=1)
    by_scheme: bool = False
    minimum_volume_of: str = ""

    def formulas(self) -> list[str]:
        """Return the keys of the formulas that are given."""
        return [key for key in FORMULA_KEYS if getattr(self, key) is not None]


def dump_declared(definitions: Mapping[str, Definition]) -> list[dict[str, Any]]:
    """Return the declared ones among definitions as plain values, as JSON holds them."""
    declared = [each for each in definitions.values() if each.origin]
    plain: list[dict[str, Any]] = DECLARED.dump_python(declared, mode="json")
    return plain


def read_declared(plain: object) -> list[Definition]:
    """Return the definitions that `dump_declared` made plain values of."""
    return DECLARED.validate_python(plain)


@dataclass(frozen=True)
class Place:
    """Where a declaration stands, to tell what is wrong there: the file, and the key in it."""

    file: str
    key: str

    def at(self, key: str) -> Place:
        """Return the place of a key within."""
        return replace(self, key=f"{self.key}.{key}")

    def problem(self, rule: str, value: object = None, **values: object) -> Problem:
        """Return what is wrong here."""
        return Problem(f"declared.{rule}", self.file, values, column=self.key, value=value)

    def refuse(self, rule: str, value: object = None, **values: object) -> NoReturn:
        """Raise BadInputError: what is wrong here."""
        raise BadInputError([self.problem(rule, value, **values)])


@dataclass(frozen=True)
class Declaring:
    """A policy file that declares indicators.

    Attributes
    ----------
    file, origin
        Name and id of the file.
    supplied
        Indicators that the policy calls supplied measures: none of them can be declared too.
    """

    file: str
    origin: str
    supplied: Collection[str] = ()


def declare(
    entries: Mapping[str, Declared], base: Mapping[str, Definition], declaring: Declaring
) -> dict[str, Definition]:
    """Add the indicators that a policy file declares to those that it inherits, by name.

    Parameters
    ----------
    entries
        What the file declares.
    base
        Inherited definitions, those built in among them; a declared one is replaced by name.
    declaring
        The file.

    Raises
    ------
    BadInputError
        With every mistake, each at its key: a formula that cannot be read, what the tables do not
        have (with what is near), a name that is taken, a growth of a growth.

    Examples
    --------
    >>> source = {"kind": "local", "cite": "example", "checked_on": "2025-01-01"}
    >>> days = {"title": {"en": "Bed days"}, "source": source, "total": "sum(services.bed_days)"}
    >>> growth = {"title": {"en": "Growth"}, "source": source, "growth_of": "days"}
    >>> entries = {"days": days, "more_days": growth}
    >>> entries = {name: Declared.model_validate(entry) for name, entry in entries.items()}
    >>> found = declare(entries, REGISTRY, Declaring("county.yaml", "county"))
    >>> found["days"].numerator.plus, found["more_days"].of
    (('bed_days',), 'days')
    """
    definitions, problems = dict(base), list[Problem]()
    for name, entry in entries.items():
        try:
            definitions[name] = _define(name, entry, declaring)
        except BadInputError as error:
            problems += error.problems
    problems += _wrong_levels(definitions, entries, declaring.file)
    problems += [
        Place(declaring.file, f"definitions.{name}").problem("measure_too")
        for name in declaring.supplied
        if name in definitions and definitions[name].origin
    ]
    if problems:
        raise BadInputError(problems)
    return {name: _as_its_level(found, definitions) for name, found in definitions.items()}


def _define(name: str, entry: Declared, declaring: Declaring) -> Definition:
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
    if key == "share":
        sums.append(_without_last_condition(sums[0], place.at(key)))
    if named:
        for stated in OF_THE_LEVEL:
            if stated in entry.model_fields_set:
                place.at(stated).refuse("of_the_level", of=texts[0])
    elif entry.minimum_volume_of:
        _check_volume(sums[-1], entry.minimum_volume_of, place.at("minimum_volume_of"))
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
    )


def _without_last_condition(amount: Amount, place: Place) -> Amount:
    """Return the sum that a share is a part of."""
    if not amount.where or amount.table == MEASURES:
        place.refuse("share_of_all")
    *others, _ = amount.where.items()
    return replace(amount, where=dict(others))


def _wrong_levels(
    definitions: Mapping[str, Definition], entries: Collection[str], file: str
) -> Iterator[Problem]:
    """Yield comparisons of what is not there, or is itself a comparison: so there is no circle."""
    known = {*entries, *(name for name, found in definitions.items() if found.is_level)}
    for name, found in definitions.items():
        if not found.of or not found.origin:
            continue
        place = Place(file, f"definitions.{name}.{found.written.partition(':')[0]}")
        level = definitions.get(found.of)
        if level is not None and not level.is_level:
            yield place.problem("compares_a_comparison", found.of)
        elif found.of not in known:
            yield place.problem("unknown_level", found.of, near=near(found.of, known))


def _as_its_level(definition: Definition, definitions: Mapping[str, Definition]) -> Definition:
    """Return a declared comparison for the units and schemes of its level, and in its unit."""
    if not definition.of or not definition.origin:
        return definition
    level, unit = definitions[definition.of], definition.unit_of_measure
    if definition.formula == "change" and unit == "points" and level.unit_of_measure != "fraction":
        unit = level.unit_of_measure
    return replace(definition, kinds=level.kinds, by_scheme=level.by_scheme, unit_of_measure=unit)


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
