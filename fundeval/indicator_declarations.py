"""Indicators that a policy declares: what is stated of each, inherited and replaced by name.

The section `definitions` of a policy file names a formula for each. `sum(services.visits where
setting = outpatient and care_level in [tertiary, secondary])` is a sum over rows, `measures.NAME`
a supplied measure. What comes out is a `Definition` like those built in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, NoReturn, Protocol

from pydantic import Field, TypeAdapter

from fundeval.citations import Bilingual, Source
from fundeval.indicator_registry import (
    EVERY_KIND,
    Definition,
    Direction,
    Formula,
    Kind,
    UnitOfMeasure,
)
from fundeval.near import near
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import StrictModel

DeclaredName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
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
OF_THE_LEVEL = {
    "kinds": "kinds", "by_scheme": "by_scheme", "minimum_volume_of": "minimum_volume_of",
    "unit_of_measure": "unit", "by": "by",
}  # fmt: skip


class Declared(StrictModel):
    """An indicator that a policy declares: one formula, and what is said of it.

    A level is `total`, `ratio` ([numerator, denominator]), `floored_ratio` (at least 0), or
    `share`: of the sum with all conditions in the sum without the last one. The others compare
    a level, by its name or as a sum, with the year before.

    One `by` a column of its table has a value for each group of a unit, such as a disease group,
    which may be held against a limit: none may lie `above`, or `below`, a number or a parameter.
    A share by groups is that of each group in all of them.
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
    by: str = ""
    above: float | str | None = None
    below: float | str | None = None

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


class Scored(Protocol):
    """A scored indicator; what has a description of its own is a supplied measure."""

    @property
    def description(self) -> Mapping[Any, str] | None:
        """Its title, None for what is defined elsewhere."""


@dataclass(frozen=True)
class Declaring:
    """A policy file that declares indicators.

    Attributes
    ----------
    file, origin
        Name and id of the file.
    scored
        The scored indicators of the policy: none with a title, which makes it a supplied measure,
        can be declared too.
    """

    file: str
    origin: str
    scored: Mapping[str, Scored] = field(default_factory=dict)


def declare(
    entries: Mapping[str, Declared], base: Mapping[str, Definition], declaring: Declaring
) -> tuple[dict[str, Definition], list[Problem]]:
    """Add the indicators that a policy file declares to those that it inherits, by name.

    Parameters
    ----------
    entries
        What the file declares.
    base
        Inherited definitions, those built in among them; a declared one is replaced by name.
    declaring
        The file.

    Returns
    -------
    tuple
        The definitions, and every mistake, each at its key: a formula that cannot be read, what the
        tables do not have (with what is near), a name that is taken, a growth of a growth. Where
        there are mistakes the definitions are those inherited.

    Examples
    --------
    >>> from fundeval.indicator_registry import REGISTRY
    >>> source = {"kind": "local", "cite": "example", "checked_on": "2025-01-01"}
    >>> both = {"source": source, "title": {"zh": "床日", "en": "Bed days"}}
    >>> days = both | {"total": "sum(services.bed_days)"}
    >>> growth = both | {"growth_of": "days"}
    >>> entries = {"days": days, "more_days": growth}
    >>> entries = {name: Declared.model_validate(entry) for name, entry in entries.items()}
    >>> found, mistakes = declare(entries, REGISTRY, Declaring("county.yaml", "county"))
    >>> found["days"].numerator.plus, found["more_days"].of, mistakes
    (('bed_days',), 'days', [])
    """
    definitions, problems = dict(base), list[Problem]()
    if entries:
        # What reads formulas needs the tables, which take a while to import.
        from fundeval.indicator_formulas import define  # noqa: PLC0415
    for name, entry in entries.items():
        try:
            definitions[name] = define(name, entry, declaring)
        except BadInputError as error:
            problems += error.problems
    problems += _wrong_levels(definitions, entries, declaring.file)
    problems += [
        Place(declaring.file, f"definitions.{name}").problem("measure_too")
        for name, scored in declaring.scored.items()
        if scored.description and name in definitions and definitions[name].origin
    ]
    if problems:
        return dict(base), problems
    return {name: _as_its_level(found, definitions) for name, found in definitions.items()}, []


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
        if level is not None and found.side and not level.by:
            yield Place(file, f"definitions.{name}.{found.side}").problem("limit_of_groups")
        if level is not None and not level.is_level:
            yield place.problem("compares_a_comparison", found.of)
        elif found.of not in known:
            yield place.problem("unknown_level", found.of, near=near(found.of, known))


def _as_its_level(definition: Definition, definitions: Mapping[str, Definition]) -> Definition:
    """Return a declared comparison for the units and schemes of its level, and in its unit."""
    if not definition.of or not definition.origin:
        return definition
    level, unit = definitions[definition.of], definition.unit_of_measure
    if definition.formula == "change":
        unit = "points" if level.unit_of_measure == "fraction" else level.unit_of_measure
    return replace(
        definition, kinds=level.kinds, by_scheme=level.by_scheme, unit_of_measure=unit, by=level.by
    )
