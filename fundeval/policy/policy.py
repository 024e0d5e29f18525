"""A loaded policy, and the rules it puts in force on a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fundeval.citations import Bilingual, Source
from fundeval.indicator_declarations import dump_declared
from fundeval.indicator_registry import REGISTRY, Definition
from fundeval.policy.model import AnyUnit, DomainRule, IndicatorRule
from fundeval.problems import BadInputError, Problem


@dataclass(frozen=True)
class Value:
    """A value from a date on, its source, and the id of the policy file that set it."""

    since: dt.date
    value: Any
    source: Source
    origin: str


@dataclass(frozen=True)
class Entry:
    """A parameter or an indicator with all its values, dates rising."""

    unit_of_measure: AnyUnit | None
    description: Bilingual | None
    values: tuple[Value, ...]

    def on(self, date: dt.date) -> Value:
        """Return the value in force on a date, the first before any is."""
        return self.until(date)[-1]

    def until(self, date: dt.date) -> list[Value]:
        """Return the values that came into force up to a date, at least the first."""
        return [value for value in self.values if value.since <= date] or [self.values[0]]


def dates_of(entries: Iterable[Entry]) -> list[dt.date]:
    """Return the dates from which any entry has another value, rising."""
    return sorted({value.since for entry in entries for value in entry.values})


@dataclass(frozen=True)
class InForce:
    """The value of a parameter or indicator on a date; `stale` if it was not checked lately."""

    name: str
    # Written as `unit`, as in policy files.
    unit_of_measure: Annotated[AnyUnit | None, Field(serialization_alias="unit")]
    description: Bilingual | None
    value: Any
    since: dt.date
    source: Source
    origin: str
    stale: bool


# What a further scorecard does not take over: rules on the policy's domains and incidents.
NEUTRAL: dict[str, Any] = {"domain_rules": {}, "minimum_domains": 0, "deductions": {}}
IN_FORCE = TypeAdapter(list[InForce])
AS_WRITTEN: dict[str, Any] = {"mode": "json", "by_alias": True}  # keys as in policy files


@dataclass(frozen=True)
class Rules:
    """Everything in force on one date."""

    policy: str
    date: dt.date
    domains: dict[str, Bilingual]
    parameters: Mapping[str, InForce]
    indicators: Mapping[str, InForce]
    definitions: Mapping[str, Definition] = field(default_factory=lambda: REGISTRY)
    scorecards: Mapping[str, Rules] = field(default_factory=dict)
    # Those with a value for each group of a unit.
    grouped: Mapping[str, Definition] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """Return the value of a parameter."""
        return self.parameters[name].value

    def by_kind(self, name: str, kind: str) -> Any:
        """Return the value of a parameter for a kind of unit, None where it has none."""
        return self.value(name).get(kind)

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades, the lowest first."""
        return tuple(dict.fromkeys(band.result for band in self.value("grade_bands")))

    def rule(self, indicator: str) -> IndicatorRule:
        """Return how an indicator is scored."""
        rule: IndicatorRule = self.indicators[indicator].value
        return rule

    def domain(self, name: str) -> DomainRule:
        """Return how a domain counts."""
        rule: DomainRule = self.value("domain_rules").get(name, DomainRule())
        return rule


@dataclass(frozen=True)
class Policy:
    """A policy with its overlays merged.

    Attributes
    ----------
    id, title
        The id of its file, and its title in Chinese and English.
    check_again_after_years
        After how many years a source counts as stale.
    domains, grades
        Titles of the domains of scored indicators, and of grades that the catalogue does not name.
    parameters, indicators
        Entries by name, with all their dated values: parameters, and scoring rules.
    files
        (name, sha256) of each file, the base first.
    definitions
        What each indicator is, by name: those built in, and those that the policy declares.
    scorecards
        The further scorecards by name, each with what it states itself: see `scorecard`.

    Examples
    --------
    >>> from fundeval.policy import load
    >>> rules = load("national").on(dt.date(2024, 12, 31))
    >>> rules.rule("execution_rate").direction
    'higher'
    """

    id: str
    title: Bilingual
    check_again_after_years: int
    domains: dict[str, Bilingual]
    grades: dict[str, Bilingual]
    parameters: dict[str, Entry]
    indicators: dict[str, Entry]
    files: tuple[tuple[str, str], ...]
    definitions: Mapping[str, Definition] = field(default_factory=lambda: REGISTRY)
    scorecards: Mapping[str, Policy] = field(default_factory=dict)

    def scorecard(self, name: str) -> Policy:
        """Return the policy that a further scorecard is scored by: this one, as far as the
        scorecard does not state its own."""
        card = self.scorecards[name]
        neutral = {
            name: replace(
                entry, values=tuple(replace(v, value=NEUTRAL[name]) for v in entry.values)
            )
            for name, entry in self.parameters.items()
            if name in NEUTRAL
        }
        return replace(
            self,
            title=card.title,
            domains=card.domains,
            grades=self.grades | card.grades,
            parameters=self.parameters | neutral | card.parameters,
            indicators=card.indicators,
            scorecards={},
        )

    def on(self, date: dt.date) -> Rules:
        """Return the rules in force on a date.

        Raises BadInputError where values begin later: how many, the first of them, and from when
        all are there.
        """
        entries = self.parameters | self.indicators
        late = {n: e.values[0].since for n, e in entries.items() if e.values[0].since > date}
        if late:
            name = next(iter(late))
            told = {"date": date, "first": late[name], "count": len(late),
                    "all": max(late.values()), "policy": self.id}  # fmt: skip
            file = self.files[-1][0]
            raise BadInputError([Problem("policy.not_yet_in_force", file, told, column=name)])
        return Rules(
            self.id,
            date,
            self.domains,
            {name: self._in_force(name, entry, date) for name, entry in self.parameters.items()},
            {name: self._in_force(name, entry, date) for name, entry in self.indicators.items()},
            {n: self._looked_at(d, date) for n, d in self.definitions.items() if not d.by},
            {name: self.scorecard(name).on(date) for name in self.scorecards},
            {n: self._looked_at(d, date) for n, d in self.definitions.items() if d.by},
        )

    def describe(self, rules: Rules) -> dict[str, Any]:
        """Return what the policy puts in force, as plain values: what reports read of it."""
        return {
            "id": self.id,
            "domains": {name: dict(title) for name, title in self.domains.items()},
            "grades": {grade: dict(self.grades.get(grade, {})) for grade in rules.grades},
            "title": dict(self.title),
            "files": [{"name": name, "sha256": sha256} for name, sha256 in self.files],
            "parameters": IN_FORCE.dump_python([*rules.parameters.values()], **AS_WRITTEN),
            "indicators": IN_FORCE.dump_python([*rules.indicators.values()], **AS_WRITTEN),
            "definitions": dump_declared({**rules.definitions, **rules.grouped}),
            "scorecards": {n: self._describe_card(n, r) for n, r in rules.scorecards.items()},
        }

    def _describe_card(self, name: str, rules: Rules) -> dict[str, Any]:
        """Return what a further scorecard states itself."""
        described = self.scorecard(name).describe(rules)
        stated = self.scorecards[name].parameters.keys() | NEUTRAL.keys()
        own = [entry for entry in described["parameters"] if entry["name"] in stated]
        kept = ("title", "domains", "grades", "indicators")
        return {key: described[key] for key in kept} | {"parameters": own}

    def _in_force(self, name: str, entry: Entry, date: dt.date) -> InForce:
        value = entry.on(date)
        stale = self._is_stale(value.source, date)
        return InForce(name, entry.unit_of_measure, entry.description, **vars(value), stale=stale)

    def _looked_at(self, definition: Definition, date: dt.date) -> Definition:
        """Return a definition that says whether its source is stale; what is built in has none."""
        source = definition.source
        return replace(definition, stale=self._is_stale(source, date)) if source else definition

    def _is_stale(self, source: Source, date: dt.date) -> bool:
        return date.year > source.checked_on.year + self.check_again_after_years
