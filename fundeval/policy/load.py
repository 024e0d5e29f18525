"""Read a policy and the policies it extends; check what a single file cannot show."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fundeval import workspace
from fundeval.policy.known import CHOICES, GRADES, KNOWN, LEAST, RESULTS, VALUES
from fundeval.policy.model import (
    Backdate,
    Benchmark,
    Curve,
    Dated,
    Indicator,
    IndicatorRule,
    Parameter,
    PolicyFile,
    Segments,
    Target,
    check_bands,
)
from fundeval.policy.policy import Entry, Policy, Value
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import parse, read_mapping

FULL_WEIGHT = 100
WHAT_IF = "what-if"


def load(name: str | Path) -> Policy:
    """Return the policy of this name (params/policy/NAME.yaml) or path, overlays merged.

    Raises BadInputError with every mistake found, each with its file and key.
    """
    policy = _load(_find(str(name)), seen=())
    _check(policy)
    return policy


def suppose(policy: Policy, changes: Mapping[str, Any], date: dt.date) -> Policy:
    """Return the policy as it would be with other values in force on a date.

    `changes` has the name of a parameter with its value, or `indicators.NAME` with the keys
    of its rule that change. They are laid over the policy like an overlay file, each marked
    as an assumption, and checked like one; raises BadInputError.
    """
    in_force = policy.on(date)
    content: dict[str, Any] = {"id": WHAT_IF, "title": policy.title, "parameters": {}}
    content["indicators"] = {}
    for name, value in changes.items():
        indicator = name.removeprefix("indicators.")
        if indicator in in_force.indicators and isinstance(value, Mapping):
            rule = in_force.rule(indicator).model_dump(by_alias=True) | dict(value)
            content["indicators"][indicator] = _supposed(rule, date)
        else:
            content["parameters"][name] = _supposed(value, date)
    supposed = _lay_over(policy, parse(PolicyFile, content, WHAT_IF), WHAT_IF, sha256="")
    _check(supposed)
    return supposed


def _supposed(value: Any, date: dt.date) -> dict[str, Any]:
    source = {"kind": "assumption", "cite": WHAT_IF, "checked_on": date}
    return {"values": [{"from": date, "value": value, "source": source}]}


def _check(policy: Policy) -> None:
    """Refuse what a single file cannot show: weights, curves, domains, what is missing."""
    problems = [*_wrong_weights(policy), *_unknown_figures(policy), *_unknown_domains(policy)]
    problems += _wrong_floats(policy)
    problems += [
        Problem("policy.parameter_missing", policy.files[-1][0], column=f"parameters.{known}")
        for known in KNOWN
        if known not in policy.parameters
    ]
    if not policy.indicators:
        problems.append(Problem("policy.no_indicators", policy.files[-1][0], column="indicators"))
    if problems:
        raise BadInputError(problems)


def _find(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    try:
        return workspace.find(f"params/policy/{name}.yaml")
    except FileNotFoundError as error:
        values = {"places": str(error)}
        raise BadInputError([Problem("policy.not_found", f"{name}.yaml", values=values)]) from None


def _load(path: Path, seen: tuple[str, ...]) -> Policy:
    file = parse(PolicyFile, read_mapping(path), path.name)
    if path.name in seen:
        raise BadInputError(
            [Problem("policy.extends_itself", path.name, {"chain": " → ".join((*seen, path.name))})]
        )
    base = _base_of(file, path, (*seen, path.name))
    return _lay_over(base, file, path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def _lay_over(base: Policy, file: PolicyFile, name: str, sha256: str) -> Policy:
    """Return the policy that a file makes of the one it extends."""
    problems = list(_wrong_entries(file, name, base))
    if problems:
        raise BadInputError(problems)
    return Policy(
        id=file.id,
        title=file.title,
        check_again_after_years=file.check_again_after_years or base.check_again_after_years,
        domains=base.domains | file.domains,
        parameters=_merge(base.parameters, file.parameters, file),
        indicators=_merge(base.indicators, file.indicators, file),
        files=(*base.files, (name, sha256)),
    )


def _base_of(file: PolicyFile, path: Path, seen: tuple[str, ...]) -> Policy:
    if file.extends is None:
        if file.check_again_after_years is None:
            raise BadInputError(
                [Problem("yaml.missing_key", path.name, column="check_again_after_years")]
            )
        return Policy("", {}, file.check_again_after_years, {}, {}, {}, ())
    beside = path.parent / f"{file.extends}.yaml"
    return _load(beside if beside.exists() else _find(file.extends), seen)


def _wrong_entries(file: PolicyFile, name: str, base: Policy) -> Iterator[Problem]:
    """Yield what is wrong with the entries of one file, given what it extends."""
    for key, parameter in file.parameters.items():
        place = f"parameters.{key}"
        unit = KNOWN.get(key)
        if unit is None:
            yield Problem("policy.unknown_parameter", name, column=place)
            continue
        if key not in base.parameters and (parameter.unit is None or parameter.description is None):
            yield Problem("policy.not_described", name, column=place)
        if parameter.unit not in (None, unit):
            yield Problem(
                "policy.wrong_unit", name, {"unit": unit}, column=place, value=parameter.unit
            )
            continue
        for position, dated in enumerate(parameter.values):
            wrong = _wrong_value(key, dated)
            if wrong:
                at = f"{place}.values[{position}].value"
                yield Problem("yaml.bad_value", name, {"expected": wrong}, column=at)


def _wrong_value(key: str, dated: Dated) -> str:
    """Return why a value does not suit its parameter, or an empty text."""
    try:
        value = VALUES[KNOWN[key]].validate_python(dated.value)
        if KNOWN[key] == "bands":
            check_bands(value, with_codes=key in RESULTS)
    except ValidationError as error:
        return "; ".join(str(entry["msg"]) for entry in error.errors())
    except ValueError as error:
        return str(error)
    if key in RESULTS and not {band.result for band in value} <= set(RESULTS[key]):
        return ", ".join(RESULTS[key])
    if value not in CHOICES.get(key, (value,)):
        return ", ".join(CHOICES[key])
    if key in LEAST and value < LEAST[key]:
        return f"≥ {LEAST[key]}"
    if key == "grade_budget_rates" and set(value) != set(GRADES):
        return ", ".join(GRADES)
    return ""


def _merge(
    base: Mapping[str, Entry],
    entries: Mapping[str, Parameter] | Mapping[str, Indicator],
    file: PolicyFile,
) -> dict[str, Entry]:
    """Lay the entries of a file over those it inherits."""
    merged = {name: _backdated(entry, file.backdate, file.id) for name, entry in base.items()}
    for name, entry in entries.items():
        inherited = merged.get(name)
        values = tuple(_value(name, dated, file.id) for dated in entry.values)
        if inherited is not None:
            kept = tuple(value for value in inherited.values if value.since < values[0].since)
            merged[name] = replace(inherited, values=kept + values)
        elif isinstance(entry, Parameter):
            merged[name] = Entry(entry.unit, entry.description, values)
        else:
            merged[name] = Entry(None, entry.title, values)
    return merged


def _value(name: str, dated: Dated, origin: str) -> Value:
    unit = KNOWN.get(name)
    value = VALUES[unit].validate_python(dated.value) if unit else dated.value
    return Value(dated.since, value, dated.source, origin)


def _backdated(entry: Entry, backdate: Backdate | None, origin: str) -> Entry:
    first = entry.values[0]
    if backdate is None or first.since <= backdate.to:
        return entry
    earlier = Value(backdate.to, first.value, backdate.source, origin)
    return replace(entry, values=(earlier, *entry.values))


def _wrong_weights(policy: Policy) -> Iterator[Problem]:
    """Yield the dates on which the weights of a kind of unit do not sum to 100."""
    entries = policy.indicators.values()
    for date in sorted({value.since for entry in entries for value in entry.values}):
        sums: dict[str, float] = {}
        for entry in entries:
            in_force = [value.value for value in entry.values if value.since <= date]
            for kind, weight in in_force[-1].weight.items() if in_force else ():
                sums[kind] = sums.get(kind, 0) + weight
        for kind, total in sums.items():
            if round(total, 9) != FULL_WEIGHT:
                values = {"kind": kind, "total": f"{total:g}", "date": date.isoformat()}
                yield Problem("policy.weights", policy.files[-1][0], values, column="indicators")


def _unknown_figures(policy: Policy) -> Iterator[Problem]:
    """Yield the names in curves that are not parameters holding a number, and falling points."""
    for name, entry in policy.indicators.items():
        for value, following in zip_longest(entry.values, entry.values[1:]):
            place = f"indicators.{name} ({value.since})"
            figures = _figures(value.value.curve)
            unknown = [f for f in figures if isinstance(f, str) and not _is_number(policy, f)]
            for figure in unknown:
                yield Problem(
                    "policy.unknown_figure", policy.files[-1][0], column=place, value=figure
                )
            if unknown:
                continue
            end = following.since if following else dt.date.max
            dates = [value.since, *_changes(policy, figures, value.since, end)]
            if any(_is_impossible(policy, value.value, figures, date) for date in dates):
                yield Problem("policy.curve_falls", policy.files[-1][0], column=place)


def _changes(
    policy: Policy, figures: list[float | str], start: dt.date, end: dt.date
) -> list[dt.date]:
    """Return when parameters that a curve names change, between two dates."""
    named = [policy.parameters[figure] for figure in figures if isinstance(figure, str)]
    dates = {value.since for parameter in named for value in parameter.values}
    return sorted(date for date in dates if start < date < end)


def _is_impossible(
    policy: Policy, rule: IndicatorRule, figures: list[float | str], date: dt.date
) -> bool:
    """Tell whether the points of a curve do not rise, or its ends lie against its direction."""
    numbers = [_number(policy, figure, date) for figure in figures]
    match rule.curve:
        case Benchmark() if rule.direction == "lower":
            return numbers[1] >= numbers[0]
        case Segments() | Benchmark():
            return any(b <= a for a, b in pairwise(numbers))
        case _:
            return False


def _wrong_floats(policy: Policy) -> Iterator[Problem]:
    """Yield a regional float beyond its limit, on the dates that either changes."""
    names = ("regional_float", "regional_float_limit")
    if not policy.parameters.keys() >= set(names):
        return
    for date in sorted({v.since for name in names for v in policy.parameters[name].values}):
        size, limit = (_number(policy, name, date) for name in names)
        if abs(size) > limit:
            yield Problem(
                "yaml.bad_value", policy.files[-1][0],
                {"expected": f"-{limit:g} … {limit:g} ({names[1]}, {date})"},
                column=f"parameters.{names[0]}", value=size,
            )  # fmt: skip


def _unknown_domains(policy: Policy) -> Iterator[Problem]:
    for name, entry in policy.indicators.items():
        for value in entry.values:
            if value.value.domain not in policy.domains:
                place = f"indicators.{name} ({value.since})"
                values = {"known": ", ".join(policy.domains)}
                yield Problem(
                    "policy.unknown_domain", policy.files[-1][0], values, column=place,
                    value=value.value.domain,
                )  # fmt: skip


def _figures(curve: Curve) -> list[float | str]:
    match curve:
        case Segments():
            return [x for x, _ in curve.points]
        case Target():
            by_level = curve.target
            return list(by_level.values()) if isinstance(by_level, dict) else [by_level]
        case Benchmark():
            return [curve.threshold, curve.benchmark]
        case _:
            return []


def _is_number(policy: Policy, name: str) -> bool:
    return KNOWN.get(name) in {"fraction", "months", "count"} and name in policy.parameters


def _number(policy: Policy, figure: float | str, date: dt.date) -> float:
    if not isinstance(figure, str):
        return figure
    values = [v for v in policy.parameters[figure].values if v.since <= date]
    return float((values or policy.parameters[figure].values)[-1].value)
