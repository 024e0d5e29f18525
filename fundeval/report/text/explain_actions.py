"""Until when a result calls for something, and by which parameter."""

from __future__ import annotations

from fundeval.report.unit_view import View
from fundeval.results.rows import ActionRow


def explain_actions(view: View, why: str) -> list[str]:
    """Return the lines on what a reason, such as `restricted`, calls for of the unit."""
    lines = []
    for row in view.own(ActionRow, why=why):
        told = {
            "action": view.messages.code("action.", row.action),
            "who": view.messages.code("action_who.", row.who),
            "days": int(view.policy.parameters[row.parameter]["value"]),
        }
        due = f"{row.due:%Y-%m-%d}"
        lines.append(view.messages.say("explain.action", year=view.year, due=due, **told))
        lines.append(view.messages.cited(row.parameter))
    return lines
