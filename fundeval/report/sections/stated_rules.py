"""Parameters and scoring rules as tables: value in words, from when, on what source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fundeval.report.format.html_fragments import Html, render
from fundeval.report.format.parameter_values import name_parameter, value_in_words
from fundeval.report.tables.view_table import table
from fundeval.report.text.cited_rules import citation
from fundeval.report.text.indicator_definitions import state_formula
from fundeval.report.unit_view import View


class Stated(NamedTuple):
    """What a policy states: its name, its value in words, since when, and on what source."""

    name: str
    value: str
    since: str
    source: Mapping[str, Any]
    stale: bool
    origin: str
    note: str = ""


def state_parameter(view: View, entry: Mapping[str, Any], kind: str = "") -> Stated:
    """Return a parameter; for a kind of unit where its value differs by kind."""
    note = (entry["description"] or {}).get(view.messages.lang, "")
    return _stated(
        entry,
        name_parameter(view.messages, entry["name"]),
        value_in_words(view.messages, entry, kind),
        note,
    )


def state_scoring(view: View, entry: Mapping[str, Any], kind: str = "") -> Stated:
    """Return how an indicator is scored, with the formula of its value as the note."""
    definition = view.policy.definitions.get(entry["name"])
    formula = state_formula(definition, view.messages) if definition else ""
    return _stated(
        entry,
        view.messages.indicator(entry["name"]),
        value_in_words(view.messages, entry, kind),
        formula or view.messages.say("stated.supplied"),
    )


def state_definition(view: View, indicator: str) -> Stated:
    """Return an indicator that the policy declares, with its formula."""
    grouped: Mapping[str, Any] = view.policy.grouped
    each = grouped.get(indicator) or view.policy.definitions[indicator]
    source = each.source.model_dump(mode="json") if each.source else {}
    return Stated(
        view.messages.indicator(indicator),
        state_formula(each, view.messages),
        "",
        source,
        each.stale,
        each.origin,
    )


def stated_table(view: View, name: str, rows: Sequence[Stated], whole: bool = False) -> Html:
    """Return what is stated as a table; the `whole` policy with notes and who set what."""
    messages = view.messages
    columns = {
        "parameter": lambda row: row.name,
        "note": lambda row: row.note,
        "value_of": lambda row: row.value,
        "since": lambda row: row.since,
        "source": lambda row: messages.code("source.", row.source.get("kind", "")),
        "cite": lambda row: cite(view, row.source),
        "checked_on": lambda row: checked(view, row),
        "origin": lambda row: view.policy.set_by(row.origin, messages.lang),
    }
    left_out = () if whole else ("note", "origin")
    kept = {key: cell for key, cell in columns.items() if key not in left_out}
    if not any(row.since for row in rows):
        kept.pop("since")
    return table(view, name, rows, kept, policy=view.policy.title[messages.lang])


def cite(view: View, source: Mapping[str, Any]) -> Html | str:
    """Return a citation; marked as Chinese where a page in English has it in Chinese alone."""
    text = citation(view.messages, source) if source else ""
    if view.messages.lang == "zh" or not any("一" <= sign <= "鿿" for sign in text):
        return text
    return render("in_chinese.html.j2", text=text)


def checked(view: View, row: Stated) -> str:
    """Return when a source was last looked at, and whether that is too long ago."""
    date = str(row.source.get("checked_on", ""))
    return view.messages.say("sources.stale", date=date) if row.stale else date


def card_rules(view: View, card: str, kind: str = "") -> Iterable[Stated]:
    """Return what a further scorecard states: its parameters, then its indicators."""
    of_card = view.of_card(card)
    stated = view.policy.about_card(card)
    yield from (state_parameter(of_card, e, kind) for e in stated["parameters"] if e["value"])
    yield from (state_scoring(of_card, entry, kind) for entry in stated["indicators"])


def _stated(entry: Mapping[str, Any], name: str, value: str, note: str) -> Stated:
    return Stated(
        name, value, entry["since"], entry["source"], entry["stale"], entry["origin"], note
    )
