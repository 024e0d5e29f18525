"""Where a rule comes from, in words: its value, its date, the policy file, the citation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundeval.report.format.messages import Messages
from fundeval.report.format.parameter_values import name_parameter, value_in_words
from fundeval.report.unit_view import View


def citation(messages: Messages, source: Mapping[str, Any]) -> str:
    """Return the citation of a source in the language of the report, else as it was written."""
    return str((messages.lang == "en" and source.get("cite_en")) or source["cite"])


def cite_rule(view: View, what: str, entry: Mapping[str, Any], value: str) -> str:
    """Return a rule in words, its value if there is one to tell, its date and its source."""
    return view.messages.say(
        "explain.rule",
        what=view.messages.say("value.named", name=what, value=value) if value else what,
        origin=view.policy.set_by(entry["origin"], view.messages.lang),
        since=entry["since"],
        kind=view.messages.code("source.", entry["source"]["kind"]),
        cite=citation(view.messages, entry["source"]),
    )


def cite_entry(view: View, entry: Mapping[str, Any]) -> str:
    """Return a parameter by name with its value for the unit, and where it comes from."""
    value = value_in_words(view.messages, entry, view.unit.kind)
    return cite_rule(view, name_parameter(view.messages, entry["name"]), entry, value)
