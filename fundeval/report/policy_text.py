"""A policy in words: what is in force on a date, and how two policies differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fundeval.policy import InForce, Policy, Rules
from fundeval.policy.model import Band, Benchmark, IndicatorRule, Quantiles, Segments, Target
from fundeval.report.forms import indicator_name
from fundeval.words import has, say

COLUMNS = (
    "parameter", "note", "value_of", "unit", "since", "source", "cite", "checked_on", "origin",
)  # fmt: skip


def latest_date(*policies: Policy) -> dt.date:
    """Return the day from which the newest value of these policies holds."""
    return max(
        value.since
        for policy in policies
        for entry in (policy.parameters | policy.indicators).values()
        for value in entry.values
    )


def list_rules(rules: Rules, lang: str) -> list[tuple[str, ...]]:
    """Return a row for each parameter and scored indicator in force; columns as `COLUMNS`."""
    return [_row(entry, rules, lang) for entry in _entries(rules).values()]


def list_differences(first: Rules, second: Rules, lang: str) -> list[tuple[str, ...]]:
    """Return a row for each parameter or indicator whose value differs.

    Columns: id, description, the value of the first and who set it from when, the same of the
    second; a dash where one has none.
    """
    one, other = _entries(first), _entries(second)
    rows: list[tuple[str, ...]] = []
    for name, entry in (one | other).items():
        a, b = one.get(name), other.get(name)
        if a is None or b is None or a.value != b.value:
            described = _title(entry, lang)
            rows.append((name, described, *_set_by(a, first, lang), *_set_by(b, second, lang)))
    return rows


def _entries(rules: Rules) -> dict[str, InForce]:
    return rules.parameters | rules.indicators


def _row(entry: InForce, rules: Rules, lang: str) -> tuple[str, ...]:
    source = entry.source
    checked = source.checked_on.isoformat()
    return (
        entry.name,
        _title(entry, lang),
        in_words(entry, rules, lang),
        say(f"unit.{entry.unit or 'rule'}", lang),
        entry.since.isoformat(),
        say(f"source.{source.kind}", lang),
        source.cite,
        say("sources.stale", lang, date=checked) if entry.stale else checked,
        entry.origin,
    )


def _set_by(entry: InForce | None, rules: Rules, lang: str) -> tuple[str, str]:
    if entry is None:
        return say("report.missing", lang), ""
    return in_words(entry, rules, lang), f"{entry.origin} {entry.since}"


def _title(entry: InForce, lang: str) -> str:
    described: Mapping[Any, str] = entry.description or {}
    return described.get(lang) or indicator_name(entry.name, lang)


def in_words(entry: InForce, rules: Rules, lang: str) -> str:
    """Return the value of a parameter, or the scoring rule of an indicator."""
    value = entry.value
    match entry.unit:
        case None:
            text = _rule(value, rules, lang)
        case "fraction" | "measure" | "fraction_or_measure":
            text = value if isinstance(value, str) else _percent(value)
        case "choice":
            text = f"{value} ({_code(value, 'choice.', lang)})"
        case "codes":
            text = ", ".join(_code(code, "care_level.", lang) for code in value)
        case "rates":
            rates = value.items()
            text = ", ".join(f"{_code(grade, 'grade.', lang)} {_percent(r)}" for grade, r in rates)
        case "bands":
            text = "; ".join(f"{_range(band)} → {_result(band.result, lang)}" for band in value)
        case _:
            text = f"{value:.12g}"
    return text


def _rule(rule: IndicatorRule, rules: Rules, lang: str) -> str:
    domain: Mapping[Any, str] = rules.domains[rule.domain]
    weights = [f"{say(f'kind.{kind}', lang)} {weight:g}" for kind, weight in rule.weight.items()]
    return say(
        "policy_text.rule",
        lang,
        domain=domain[lang],
        weights=", ".join(weights),
        better=say(f"better.{rule.direction}", lang),
        curve=_curve(rule, rules, lang),
        missing=say(f"when_missing.{rule.missing}", lang),
    )


def _curve(rule: IndicatorRule, rules: Rules, lang: str) -> str:
    match rule.curve:
        case Segments() as curve:
            return ", ".join(f"{_figure(x, rules)} → {y:g}%" for x, y in curve.points)
        case Target() as curve:
            targets = curve.target if isinstance(curve.target, dict) else {"": curve.target}
            shown = [f"{_code(k, 'level.', lang)} {_figure(v, rules)}" for k, v in targets.items()]
            target = ", ".join(shown).strip()
            return say(f"curve.target_{rule.direction}", lang, target=target)
        case Quantiles() as curve:
            low, high = f"P{curve.low * 100:g}", f"P{curve.high * 100:g}"
            ends = f"{low} → {curve.low_percent:g}%, {high} → {curve.high_percent:g}%"
            return say("curve.quantiles", lang, ends=ends)
        case Benchmark() as curve:
            return say(
                "curve.benchmark",
                lang,
                threshold=_figure(curve.threshold, rules),
                benchmark=_figure(curve.benchmark, rules),
                most=f"{curve.improvement_percent:g}",
                step=f"{curve.step:g}",
                floor=f"{curve.floor:g}",
            )


def _figure(figure: float | str, rules: Rules) -> str:
    """Return a number of a curve; with its name where a parameter holds it."""
    number = f"{rules.figure(figure):.12g}"
    return f"{number} ({figure})" if isinstance(figure, str) else number


def _percent(fraction: float) -> str:
    return f"{fraction * 100:.12g}%"


def _range(band: Band) -> str:
    return f"[{band.start:g}, {'∞' if band.end is None else f'{band.end:g}'})"


def _result(result: float | str, lang: str) -> str:
    if not isinstance(result, str):
        return _percent(result)
    return _code(result, "warning." if has(f"warning.{result}") else "grade.", lang)


def _code(code: str, prefix: str, lang: str) -> str:
    message = prefix + code
    return say(message, lang) if has(message) else code
