"""Lay a policy file over the policy that it extends: drop, replace, change, make room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from fundeval.citations import Source
from fundeval.indicator_declarations import Declaring, declare
from fundeval.near import near
from fundeval.policy.check import FULL_WEIGHT, wrong_value
from fundeval.policy.known import KNOWN, REPLACED, type_of
from fundeval.policy.model import (
    Dated,
    DatedRule,
    IndicatorRule,
    Parameter,
    PolicyFile,
    Scorecard,
)
from fundeval.policy.policy import Entry, Policy, Value, dates_of
from fundeval.policy.varying import DIMENSIONS, OTHER, codes_in, pick
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import parse

GRADE_RATES = "grade_budget_rates"
# Units of parameters whose values are maps from the kind of unit.
BY_KIND = ("choices_by_kind", "fractions_by_kind", "returns")
# Keys that say of which kind a map is: where another is given, nothing of the old one holds.
DISCRIMINATORS = ("kind", "by")
LEVELS = {*DIMENSIONS["level"]}


def lay_over(base: Policy, file: PolicyFile, name: str, sha256: str) -> Policy:
    """Return the policy that a file makes of the one it extends.

    Raises BadInputError that names every entry of the file that cannot be.
    """
    laying = _Laying(base, file, name)
    merged = Policy(
        id=file.id,
        title=file.title,
        check_again_after_years=file.check_again_after_years or base.check_again_after_years,
        domains=laying.kept("domains") | file.domains,
        grades=base.grades | file.grades,
        parameters=laying.merged("parameters"),
        indicators=laying.merged("indicators"),
        files=(*base.files, (name, sha256)),
    )
    declaring = Declaring(name, file.id, merged.indicators)
    definitions, wrong = declare(file.definitions, laying.kept("definitions"), declaring)
    laying.problems += wrong
    laying.check_drops(merged)
    for key, entry in file.indicators.items():
        known = definitions[key].unit_of_measure if key in definitions else None
        if None not in (known, entry.unit_of_measure) and known != entry.unit_of_measure:
            laying.refuse("policy.wrong_unit", f"indicators.{key}.unit", unit=known)
    link = merged.parameters.get("evaluation_link")
    added = not link or any("add" in value.value.values() for value in link.values)
    if base.files and GRADE_RATES in file.parameters and not added:
        # Percentages by grade that no kind of unit adds any more.
        laying.refuse("policy.grade_rates_replaced", f"parameters.{GRADE_RATES}")
    merged = replace(merged, indicators=laying.with_room(merged), definitions=definitions)
    cards = laying.kept("scorecards") | file.scorecards
    made = {card: laying.scorecard(card, merged) for card in cards}
    if laying.problems:
        raise BadInputError(laying.problems)
    return replace(merged, scorecards={card: each for card, each in made.items() if each})


def merge(now: Any, given: Any) -> Any:
    """Return a value in which only what is given differs.

    Maps are merged key by key; one of another kind replaces the present one; a key given as
    None is left out.

    Examples
    --------
    >>> merge({"hospital": 20, "region": 30}, {"hospital": 15})
    {'hospital': 15, 'region': 30}
    >>> merge({"kind": "target", "target": 1}, {"kind": "segments", "points": []})
    {'kind': 'segments', 'points': []}
    """
    now = plain(now)
    if not (isinstance(now, Mapping) and isinstance(given, Mapping)):
        return given
    if any(key in given and given[key] != now.get(key) for key in DISCRIMINATORS):
        now = {}
    merged = dict(now) | {key: merge(now.get(key), value) for key, value in given.items()}
    return {key: plain(value) for key, value in merged.items() if value is not None}


def plain(value: Any) -> Any:
    """Return a value as it is written in a file."""
    is_model = isinstance(value, BaseModel)
    return value.model_dump(by_alias=True, exclude_none=True) if is_model else value


def make_room(
    weights: Mapping[str, float], takers: Iterable[str], whole: float
) -> dict[str, float]:
    """Return the weights with which the takers, in proportion, make up a whole.

    Nothing where they have no weight or the others alone exceed it.

    Examples
    --------
    >>> make_room({"a": 40, "b": 40, "c": 40}, ["b", "c"], whole=100)
    {'b': 30.0, 'c': 30.0}
    """
    others = {name: weights[name] for name in takers if weights.get(name)}
    rest = sum(others.values())
    left = whole - (sum(weights.values()) - rest)
    made: dict[str, float] = {}
    for name, weight in others.items() if left >= 0 else ():
        # The last takes what is left, so that the sum is exact.
        made[name] = left if weight == rest else weight * left / rest
        left, rest = left - made[name], rest - weight
    return made


@dataclass
class _Laying:
    """A file laid over what it extends, with the mistakes found in it."""

    base: Policy
    file: PolicyFile
    name: str
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, rule: str, column: str, value: object = None, **told: object) -> None:
        """Take note of a mistake, once."""
        problem = Problem(rule, self.name, told, column=column, value=value)
        self.problems += [problem] if problem not in self.problems else []

    def kept(self, section: str) -> dict[str, Any]:
        """Return what is inherited of a section and not dropped."""
        dropped = {d.partition(".")[2] for d in self.file.drop if d.startswith(f"{section}.")}
        inherited = getattr(self.base, section)
        return {key: entry for key, entry in inherited.items() if not dropped & {key, "*"}}

    def scorecard(self, name: str, merged: Policy) -> Policy | None:
        """Return a further scorecard: what it inherits, with what the file states of it."""
        inherited, stated = self.base.scorecards.get(name), self.file.scorecards.get(name)
        if inherited and not stated and not self.file.backdate:
            return inherited
        card = inherited or replace(merged, domains={}, grades={}, indicators={}, parameters={})
        file = PolicyFile.model_construct(
            id=self.file.id,
            backdate=self.file.backdate,
            **dict(stated or Scorecard(title=card.title)),
        )
        base = replace(card, parameters=merged.parameters | card.parameters, scorecards={})
        try:
            laid = lay_over(base, file, self.name, "")
        except BadInputError as error:
            wrong = (replace(p, column=f"scorecards.{name}.{p.column}") for p in error.problems)
            self.problems += wrong
            return None
        own = {*card.parameters, *file.parameters}
        return replace(laid, parameters={n: e for n, e in laid.parameters.items() if n in own})

    def check_drops(self, merged: Policy) -> None:
        """Refuse to drop what is not inherited, stated, in use, or a parameter."""
        known = [f"{section}.{key}" for section in ("indicators", "domains", "scorecards")
                 for key in ("*", *getattr(self.base, section))]  # fmt: skip
        known += [f"definitions.{d.id}" for d in self.base.definitions.values() if d.origin]
        for position, dropped in enumerate(self.file.drop):
            section, _, key = dropped.partition(".")
            place = f"drop[{position}]"
            if section == "parameters":
                self.refuse("policy.drop_parameter", place, dropped)
            elif dropped not in known:
                self.refuse("policy.drop_unknown", place, dropped, near=near(dropped, known))
            elif key in getattr(self.file, section):
                self.refuse("policy.drop_stated", place, dropped)
        for domain in self.base.domains.keys() - merged.domains.keys():
            users = ", ".join(name for name, entry in merged.indicators.items()
                              if domain in {v.value.domain for v in entry.values})  # fmt: skip
            if users:
                self.refuse("policy.domain_in_use", f"domains.{domain}", indicators=users)

    def merged(self, section: str) -> dict[str, Entry]:
        """Return the entries of a section, those of the file laid over those it inherits."""
        merged = {key: self._backdated(entry) for key, entry in self.kept(section).items()}
        for key, entry in getattr(self.file, section).items():
            place, inherited = f"{section}.{key}", merged.get(key)
            is_parameter = isinstance(entry, Parameter)
            if is_parameter and not self._is_known(key, entry, place):
                continue
            values = inherited.values if inherited else ()
            for position, dated in enumerate(entry.values):
                made = self._made(values, inherited, key, dated, f"{place}.values[{position}]")
                earlier = [value for value in values if value.since < dated.since]
                values = (*earlier, *made)
            if inherited is not None:
                unit = entry.unit_of_measure or inherited.unit_of_measure
                kept = values or inherited.values
                merged[key] = replace(inherited, unit_of_measure=unit, values=kept)
            elif values:
                described = entry.description if is_parameter else entry.title
                merged[key] = Entry(entry.unit_of_measure, described, values)
        return merged

    def _is_known(self, key: str, parameter: Parameter, place: str) -> bool:
        unit, given = KNOWN.get(key), parameter.unit_of_measure
        if unit is None:
            rule = REPLACED.get((key, ""), "policy.unknown_parameter")
            self.refuse(rule, place, near=near(key, KNOWN))
            return False
        if key not in self.base.parameters and None in (given, parameter.description):
            self.refuse("policy.not_described", place)
        if given not in (None, unit):
            self.refuse("policy.wrong_unit", place, given, unit=unit)
            return False
        return True

    def _made(
        self, values: tuple[Value, ...], inherited: Entry | None, key: str, dated: Dated, place: str
    ) -> list[Value]:
        """Return what follows from a date on: one whole value, or each value changed."""
        now = [value for value in values if value.since <= dated.since][-1:]
        later = [value for value in values if value.since > dated.since]
        if dated.change is None:
            read = self._read(key, dated, dated.value, f"{place}.value")
            # One stated by kind of unit keeps the kinds that are only inherited.
            if read is not None and inherited and inherited.unit_of_measure in BY_KIND:
                read = inherited.on(dated.since).value | read
            made = [(dated.since, read)]
        elif dated.change == {}:
            self.refuse("policy.empty_change", f"{place}.change")
            made = []
        elif now and isinstance(plain(now[0].value), Mapping):
            made = [
                (max(dated.since, value.since), self._read(key, dated, changed, f"{place}.change"))
                for value in (*now, *later)
                for changed in [merge(value.value, dated.change)]
            ]
        else:
            rule = "policy.nothing_within" if now else "policy.nothing_to_change"
            self.refuse(rule, f"{place}.change", first=values[0].since if values else "—")
            made = []
        return [
            Value(since, value, dated.source, self.file.id)
            for since, value in made if value is not None
        ]  # fmt: skip

    def _read(self, key: str, dated: Dated, value: Any, place: str) -> Any:
        """Return a value as its rules have it, None where it cannot be."""
        if isinstance(dated, DatedRule):
            try:
                return value if dated.value else parse(IndicatorRule, value, self.name, place)
            except BadInputError as error:
                self.problems += error.problems
                return None
        replaced = REPLACED.get((key, value)) if isinstance(value, str) else None
        if replaced:
            self.refuse(replaced, place, value)
            return None
        wrong = wrong_value(key, value, self.name, place)
        self.problems += wrong
        return None if wrong else type_of(key).validate_python(value)

    def _backdated(self, entry: Entry) -> Entry:
        first, backdate = entry.values[0], self.file.backdate
        if backdate is None or first.since <= backdate.to:
            return entry
        earlier = Value(backdate.to, first.value, backdate.source, self.file.id)
        return replace(entry, values=(earlier, *entry.values))

    def with_room(self, merged: Policy) -> dict[str, Entry]:
        """Return the indicators, the weights changed of those that the file lets make room.

        On each date the weights of a kind that the file states stay as they are, and so do those
        within a domain that has a weight of its own: they only share it.
        """
        made, known = dict(merged.indicators), merged.parameters.get("domain_rules")
        for date in dates_of(made.values()):
            domains = {
                name: rule.weight
                for name, rule in (known.on(date).value if known else {}).items()
                if rule.weight is not None
            }
            rules = {
                name: rule
                for name, entry in merged.indicators.items()
                if entry.values[0].since <= date
                and (rule := entry.on(date).value).domain not in domains
            }
            for kind in sorted({kind for rule in rules.values() for kind in rule.weight}):
                stated = self._stated(kind, date)
                takers = [n for n in self._takers(stated, made) if n not in stated]
                source = next((dated.source for dated in stated.values()), None)
                by_level = [*domains.values(), *(rule.weight.get(kind) for rule in rules.values())]
                levels = sorted({code for weight in by_level for code in codes_in(weight)} & LEVELS)
                weights: dict[str, dict[str, float]] = {}
                for level in (*levels, None):
                    now = {name: rule.weight_of(kind, level) for name, rule in rules.items()}
                    own = (pick(weight, kind=kind, level=level) for weight in domains.values())
                    whole = FULL_WEIGHT - sum(weight or 0 for weight in own)
                    full = round(sum(now.values()) - whole, 9) == 0
                    now |= {} if full else make_room(now, takers, whole)
                    for name in rules.keys() - stated.keys():
                        weights.setdefault(name, {})[level or OTHER] = now[name]
                for name, weight in weights.items():
                    rule = made[name].on(date).value
                    if weight != {code: rule.weight_of(kind, code) for code in weight}:
                        one = weight[OTHER] if len({*weight.values()}) == 1 else weight
                        made[name] = self._weighing(made[name], {kind: one}, date, source)
        return made

    def _stated(self, kind: str, date: dt.date) -> dict[str, DatedRule]:
        """Return what the file states of the weights of a kind up to a date, by indicator."""
        return {
            name: dated
            for name, indicator in self.file.indicators.items()
            for dated in indicator.values
            if dated.since <= date
            and (dated.change is None or kind in dated.change.get("weight", {}))
        }

    def _takers(self, stated: Mapping[str, DatedRule], scored: Iterable[str]) -> tuple[str, ...]:
        """Return the indicators that make room for the weights that are stated."""
        given = self.file.other_weights
        named = {others for dated in stated.values() if (others := dated.other_weights or given)}
        if len(named) > 1:
            self.refuse("policy.other_weights_differ", "other_weights")
        others = named.pop() if named else given
        takers = tuple(scored) if isinstance(others, str) else others or ()
        for name in sorted(set(takers).difference(scored)):
            self.refuse("policy.unknown_taker", "other_weights", name, near=near(name, scored))
        return takers

    def _weighing(
        self, entry: Entry, weight: dict[str, Any], date: dt.date, source: Source | None
    ) -> Entry:
        """Return an indicator with another weight from a date on."""
        now = entry.on(date)
        local = {"kind": "local", "cite": f"{self.file.id}: drop, other_weights", "cite_en": None}
        rule = now.value.model_copy(update={"weight": now.value.weight | weight})
        value = Value(date, rule, source or now.source.model_copy(update=local), self.file.id)
        others = [other for other in entry.values if other.since != date]
        return replace(entry, values=tuple(sorted([*others, value], key=lambda v: v.since)))
