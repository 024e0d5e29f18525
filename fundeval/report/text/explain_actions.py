"""Until when a result calls for something, and by which parameter."""

from __future__ import annotations

from fundeval.report.text.cited_rules import cite_entry
from fundeval.report.unit_view import View
from fundeval.results.rows import ActionRow, CardGradeRow

CARD = "lowest_card"


def lowest_cards(view: View, unit_id: str) -> list[CardGradeRow]:
    """Return the further scorecards of the year by which a unit has the lowest grade."""
    return [
        row
        for row in view.everyone(CardGradeRow, unit_id=unit_id, year=view.year)
        if row.card in view.policy.scorecards
        and row.grade == view.policy.scorecard(row.card).lowest_grade
    ]


def why_called(view: View, row: ActionRow) -> str:
    """Return why an action is called for; which scorecard it is that gives the lowest grade."""
    if row.why != CARD:
        return view.messages.code("action_why.", row.why)
    return view.messages.join(
        view.messages.say("action.why_card", card=view.messages.card(card.card))
        for card in lowest_cards(view, row.unit_id)
    )


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
        lines.append(cite_entry(view, entry))
    return lines
