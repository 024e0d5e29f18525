"""Other values of a policy, supposed for a what-if: an overlay that is stated in Python."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from fundeval.batch.jobs import OFFICIAL, WhatIfInReportError
from fundeval.near import near
from fundeval.policy import InForce, Policy, Rules
from fundeval.policy.check import check
from fundeval.policy.model import PolicyFile
from fundeval.policy.overlay import lay_over, plain
from fundeval.policy.policy import Entry
from fundeval.policy.varying import codes_in
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import parse
from fundeval.words import DEFAULT_LANGUAGE, say

WHAT_IF = "what-if"
INDICATORS = "indicators."
# What a scoring rule that nothing is known of must state at least.
NEEDED = ("domain", "weight", "direction", "curve")
SUPPOSED: dict[str, Any] = {"missing": "spread"}


def suppose(policy: Policy, changes: Mapping[str, Any], date: dt.date) -> Policy:
    """Suppose other values in place of those in force on a date.

    Parameters
    ----------
    policy
        The policy to change; it stays as it is.
    changes
        Name of a parameter → its value, or `indicators.NAME` → keys of its scoring rule. In a
        map only what is named changes, and a key given as None is left out. A further indicator
        over a supplied measure states domain, weight, direction and curve. Where a weight
        changes and the weights of its kind no longer sum to 100, those that are not named give
        or take the rest in proportion.
    date
        Each supposed value of a parameter replaces the dated value in force then, from the day
        from which that one holds: a floor of 2023 that is supposed in 2024 changes in both
        years. Scoring rules are supposed on the date.

    Returns
    -------
    Policy
        Every supposed value is marked as an assumption, and checked like that of an overlay.

    Raises
    ------
    BadInputError
        For a value that an overlay file could not have either, or a name that is not known.

    Examples
    --------
    >>> from fundeval.policy import load
    >>> date = dt.date(2024, 12, 31)
    >>> heavier = {"indicators.execution_rate": {"weight": {"hospital": 30}}}
    >>> rules = suppose(load("national"), heavier, date).on(date)
    >>> weights = [rules.rule(name).weight.get("hospital", 0) for name in rules.indicators]
    >>> round(sum(weights), 9)
    100.0
    """
    refuse_in_report()
    today = _until(policy, date)
    in_force = today.on(date)
    parameters, given = split_changes(changes, in_force)
    content = {
        "id": WHAT_IF,
        "title": policy.title,
        "other_weights": "in_proportion",
        "parameters": {
            name: _parameter(in_force.parameters.get(name), value, date)
            for name, value in parameters.items()
        },
        "indicators": {
            name: _indicator(in_force, name, keys, date) for name, keys in given.items()
        },
    }
    supposed = lay_over(today, parse(PolicyFile, content, WHAT_IF), WHAT_IF, sha256="")
    check(supposed)
    return supposed


def refuse_in_report() -> None:
    """Raise WhatIfInReportError where official reports are made."""
    if os.environ.get(OFFICIAL):
        raise WhatIfInReportError(say("workbench.what_if_in_report", DEFAULT_LANGUAGE))


def split_changes(
    changes: Mapping[str, Any], in_force: Rules
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return what is changed of parameters by name, and of scoring rules by indicator.

    A scoring rule is named `indicators.NAME`, or by the name of an indicator that is scored.

    Raises
    ------
    BadInputError
        For what is no map of names, a rule stated twice, weights that are no map of numbers.
    """
    if not isinstance(changes, Mapping):
        raise _refused("workbench.no_map", "changes", changes)
    parameters: dict[str, Any] = {}
    rules: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        if not isinstance(name, str):
            raise _refused("workbench.no_map", "changes", name)
        indicator = name.removeprefix(INDICATORS)
        if indicator == name and name not in in_force.indicators:
            parameters[name] = value
        elif indicator in rules:
            raise _refused("workbench.stated_twice", name)
        else:
            _check_weights(name, value)
            rules[indicator] = dict(value)
    return parameters, rules


def list_weights(now: Rules, then: Rules) -> pd.DataFrame:
    """Return the weights that differ between two policies, of 100 a kind of unit.

    Columns: `kind`, `level` ("" where none differs by level, else also for those not named),
    `indicator`, `weight`, `other_weight`; 0 where an indicator is not scored.
    """
    weights = [
        (kind, weight)
        for rules in (now, then)
        for name in rules.indicators
        for kind, weight in rules.rule(name).weight.items()
    ]
    of_levels = {(kind, "") for kind, _ in weights} | {
        (kind, level) for kind, weight in weights for level in codes_in(weight)
    }
    rows = [
        {"kind": kind, "level": level, "indicator": name, "weight": old, "other_weight": new}
        for kind, level in sorted(of_levels)
        for name in dict.fromkeys((*now.indicators, *then.indicators))
        if (old := _weight(now, name, kind, level)) != (new := _weight(then, name, kind, level))
    ]
    return pd.DataFrame(rows, columns=["kind", "level", "indicator", "weight", "other_weight"])


def _until(policy: Policy, date: dt.date) -> Policy:
    """Return the policy without the values that come into force later."""

    def cut(entries: Mapping[str, Entry]) -> dict[str, Entry]:
        return {n: replace(entry, values=tuple(entry.until(date))) for n, entry in entries.items()}

    return replace(policy, parameters=cut(policy.parameters), indicators=cut(policy.indicators))


def _parameter(known: InForce | None, value: Any, date: dt.date) -> dict[str, Any]:
    """Return the entry that is supposed of a parameter."""
    if known is None:
        return _dated("value", value, date)
    within = isinstance(value, Mapping) and isinstance(plain(known.value), Mapping)
    return _dated("change" if within else "value", value, known.since)


def _indicator(
    in_force: Rules, name: str, given: Mapping[str, Any], date: dt.date
) -> dict[str, Any]:
    """Return the entry that is supposed of an indicator.

    One that is not scored so far has the title that is given, or its name.
    """
    keys = {key: value for key, value in given.items() if key not in {"title", "unit"}}
    if name in in_force.indicators:
        return _dated("change", keys, date)
    missing = [key for key in NEEDED if key not in keys]
    if missing:
        values = {"near": near(name, in_force.indicators), "missing": ", ".join(missing)}
        place = INDICATORS + name
        raise BadInputError([Problem("workbench.no_indicator", WHAT_IF, values, column=place)])
    if name in in_force.definitions:
        return _dated("value", SUPPOSED | keys, date)
    named = {"title": given.get("title", {"zh": name, "en": name}), "unit": given.get("unit")}
    return _dated("value", SUPPOSED | keys, date) | named


def _check_weights(name: str, rule: Any) -> None:
    """Refuse a scoring rule that is no map, and weights that are no map of numbers."""
    weights = rule.get("weight", {}) if isinstance(rule, Mapping) else None
    if not isinstance(weights, Mapping):
        raise _refused("workbench.no_map", name, rule)
    for kind, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise _refused("yaml.not_number", f"{name}.weight.{kind}", weight)


def _refused(rule: str, place: str, value: object = None) -> BadInputError:
    shown = None if value is None else str(value)
    return BadInputError([Problem(rule, WHAT_IF, column=place, value=shown)])


def _weight(rules: Rules, name: str, kind: str, level: str) -> float:
    return rules.rule(name).weight_of(kind, level) if name in rules.indicators else 0.0


def _dated(key: str, value: Any, since: dt.date) -> dict[str, Any]:
    source = {"kind": "assumption", "cite": WHAT_IF, "checked_on": since}
    return {"values": [{"from": since, key: value, "source": source}]}
