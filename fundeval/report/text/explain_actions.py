"""Until when a result calls for something, and by which parameter."""

from __future__ import annotations

from fundeval.report.text.settled_budgets import cite_rule
from fundeval.report.unit_view import View
from fundeval.results.rows import ActionRow


def explain_actions(view: View, why: str) -> list[str]:
    """Return the lines on what a reason, such as `restricted`, calls for of the unit."""
    lines = []
    for row in view.own(ActionRow, why=why):
        entry = view.policy.parameters[row.parameter]
        told = {
            "action": view.messages.code("action.", row.action),
            "who": view.messages.code("action_who.", row.who),
            "days": int(entry["value"]),
        }
        due = f"{row.due:%Y-%m-%d}"
        lines.append(view.messages.say("explain.action", year=view.year, due=due, **told))
        lines.append(cite_rule(view, entry["description"][view.messages.lang], entry, ""))
    return lines
