"""A policy in words: what is in force on a date, and how two policies differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import chain
from math import nan
from typing import Any

from fundeval.citations import Source
from fundeval.indicator_registry import Definition
from fundeval.policy import InForce, Policy, Rules
from fundeval.policy.curves import BASELINE, Figure, figures_of
from fundeval.policy.model import IndicatorRule
from fundeval.policy.policy import AS_WRITTEN, IN_FORCE
from fundeval.policy.varying import leaves
from fundeval.report.charts.score_curve import in_blocks
from fundeval.report.format.messages import Messages
from fundeval.report.format.parameter_values import value_in_words
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.text.cited_rules import citation
from fundeval.report.unit_view import certain

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


def list_rules(policy: Policy, date: dt.date, lang: str) -> list[tuple[str, ...]]:
    """Return a row for each parameter, scored indicator and declared one, then those of further
    scorecards; columns as `COLUMNS`."""
    rules = policy.on(date)
    messages = _messages(policy, rules, lang)
    return [
        *(_row(entry, rules, messages) for entry in _entries(rules).values()),
        *(_declared_row(name, each, messages) for name, each in _declared(rules).items()),
        *(
            (f"{place}{name}", *_row(entry, card, words)[1:])
            for place, card, entries, words in _scorecards(policy, rules, lang)
            for name, entry in entries.items()
        ),
    ]


def list_differences(
    first: Policy, second: Policy, date: dt.date, lang: str
) -> list[tuple[str, ...]]:
    """Return a row for each parameter, indicator or declaration of one that differs.

    Columns: id, description, the value of the first and who set it from when, the same of the
    second; a dash where one has none.
    """
    both = first.on(date), second.on(date)
    words = [_messages(p, rules, lang) for p, rules in zip((first, second), both, strict=True)]
    sides = [
        {"": (rules, _entries(rules), said)}
        | {place: (card, entries, own) for place, card, entries, own in _scorecards(p, rules, lang)}
        for p, rules, said in zip((first, second), both, words, strict=True)
    ]
    rows: list[tuple[str, ...]] = []
    for place in sides[0] | sides[1]:
        here, there = (side.get(place, (rules, {}, said))
                       for side, rules, said in zip(sides, both, words, strict=True))  # fmt: skip
        for name in here[1] | there[1]:
            a, b = here[1].get(name), there[1].get(name)
            if a is None or b is None or a.value != b.value:
                title = _title(certain(a or b), here[2] if a else there[2])
                values = *_set_by(a, here[0], here[2]), *_set_by(b, there[0], there[2])
                rows.append((f"{place}{name}", title, *values))
    declared = [_declared(rules) for rules in both]
    nothing = (words[0].say("report.missing"), "")
    for name, definition in (declared[0] | declared[1]).items():
        pair = [side.get(name) for side in declared]
        if pair[0] != pair[1]:
            texts = ((each.written, each.origin) if each else nothing for each in pair)
            title = words[name not in declared[0]].indicator(definition.id)
            rows.append((name, title, *chain(*texts)))
    return rows


def _messages(policy: Policy, rules: Rules, lang: str) -> Messages:
    """Return the messages with the titles that a policy states, of grades and measures too."""
    return Messages(lang, PolicyInForce(policy.describe(rules)))


def _entries(rules: Rules) -> dict[str, InForce]:
    return {**rules.parameters, **rules.indicators}


def _scorecards(
    policy: Policy, rules: Rules, lang: str
) -> Iterator[tuple[str, Rules, dict[str, InForce], Messages]]:
    """Yield the place of each further scorecard, its rules, what it states, and its messages."""
    for name, card in rules.scorecards.items():
        stated = policy.scorecards[name].parameters
        entries = {n: entry for n, entry in card.parameters.items() if n in stated}
        messages = _messages(policy.scorecard(name), card, lang)
        yield f"scorecards.{name}.", card, {**entries, **card.indicators}, messages


def _declared(rules: Rules) -> dict[str, Definition]:
    """Return the indicators that the policy declares, by their keys in its file."""
    declared = (*rules.definitions.values(), *rules.grouped.values())
    return {f"definitions.{d.id}": d for d in declared if d.origin}


def _declared_row(name: str, definition: Definition, messages: Messages) -> tuple[str, ...]:
    source = certain(definition.source)
    return (
        name,
        messages.indicator(definition.id),
        definition.written,
        messages.say(f"unit.{definition.unit_of_measure}"),
        "",
        messages.say(f"source.{source.kind}"),
        citation(messages, source.model_dump()),
        _checked(source, definition.stale, messages),
        definition.origin,
    )


def _checked(source: Source, stale: bool, messages: Messages) -> str:
    """Return when a source was last looked at, and whether that is too long ago."""
    checked = source.checked_on.isoformat()
    return messages.say("sources.stale", date=checked) if stale else checked


def _row(entry: InForce, rules: Rules, messages: Messages) -> tuple[str, ...]:
    source = entry.source
    return (
        entry.name,
        _title(entry, messages),
        _in_words(entry, rules, messages),
        messages.say(f"unit.{entry.unit_of_measure or 'rule'}"),
        entry.since.isoformat(),
        messages.say(f"source.{source.kind}"),
        citation(messages, source.model_dump()),
        _checked(source, entry.stale, messages),
        entry.origin,
    )


def _set_by(entry: InForce | None, rules: Rules, messages: Messages) -> tuple[str, str]:
    if entry is None:
        return messages.say("report.missing"), ""
    return _in_words(entry, rules, messages), f"{entry.origin} {entry.since}"


def _title(entry: InForce, messages: Messages) -> str:
    described: Mapping[Any, str] = entry.description or {}
    return described.get(messages.lang) or messages.indicator(entry.name)


def _in_words(entry: InForce, rules: Rules, messages: Messages) -> str:
    """Return the value of a parameter, or the scoring rule of an indicator with its curve drawn."""
    [stated] = IN_FORCE.dump_python([entry], **AS_WRITTEN)
    text, rule = value_in_words(messages, stated), entry.value
    if not isinstance(rule, IndicatorRule):
        return text
    drawn = in_blocks(rule, [_number(x, rules) for x in figures_of(rule.curve, rule.direction)])
    return messages.say("curve.drawn", text=text, drawn=drawn) if drawn else text


def _number(figure: Figure, rules: Rules) -> float:
    """Return a figure that a drawing can go through: of what differs by code the first."""
    is_name = isinstance(figure, str) and figure != BASELINE
    value = next(leaves(rules.value(str(figure)) if is_name else figure))
    return float(value) if isinstance(value, int | float) else nan
