"""The change of next year's budgets against the score, over one group of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fundeval.report.charts.canvas import ALERT, GREY, INK, Canvas, chart
from fundeval.report.charts.text_width import cut_each
from fundeval.report.charts.time_and_money import axis_range
from fundeval.report.format.html_fragments import Html
from fundeval.report.unit_view import View

MOST_LABELLED = 12
MOST_TOLD = 40
NAME_ROOM = 11
# The least that the axis of changes spans.
LEAST = 0.001
SCORE_ROOM = 2.0


class Change(NamedTuple):
    """A unit of the group: its score, the change as a share of its budget, and how to draw it."""

    name: str
    score: float
    change: float
    this: bool
    restricted: bool
    held: bool


def budget_changes(view: View, changes: Sequence[Change], key: str, **stated: Any) -> Html:
    """Draw changes against scores; `key` tells the charts of a page apart.

    This unit is a diamond, restricted ones are squares; who stands at a limit is hollow.
    """
    scores, shares = [c.score for c in changes], [c.change for c in changes]
    low, high = axis_range(*shares, zero=True)
    low, high = min(low, -LEAST), max(high, LEAST)
    across = (min(scores) - SCORE_ROOM, max(scores) + SCORE_ROOM)
    canvas = Canvas(across, (low, high), height=210, bottom=32, right=44)
    canvas.y_axis(factor=100)
    canvas.x_axis(view.messages.say("chart.budget_change.x"))
    canvas.hline(0, color=GREY, linewidth=0.8)
    for style, of_style in _styles(changes):
        xs, ys = [c.score for c in of_style], [c.change for c in of_style]
        canvas.line(xs, ys, linestyle="none", zorder=3, **style)
    _label(canvas, changes)
    told = sorted(changes, key=lambda c: (not c.this, -c.change, c.name))[:MOST_TOLD]
    values = (
        view.messages.say(
            "chart.budget_change.row",
            name=c.name,
            score=view.numbers.number(c.score),
            change=view.numbers.change(c.change),
        )
        for c in told
    )
    own = [view.numbers.change(c.change) for c in changes if c.this]
    found = view.messages.say(
        "chart.budget_change.found", count=len(changes), up=sum(c.change > 0 for c in changes),
        down=sum(c.change < 0 for c in changes),
        own=view.messages.say("chart.budget_change.own", change=own[0]) if own else "", **stated,
    )  # fmt: skip
    return chart(
        view, "budget_change", canvas, values, key, found=found, count=len(changes), **stated
    )


def _styles(changes: Sequence[Change]) -> list[tuple[dict[str, Any], list[Change]]]:
    """Return the units by mark: others, restricted ones, this one on top."""
    found: dict[tuple[bool, bool, bool], list[Change]] = {}
    for change in changes:
        found.setdefault((change.this, change.restricted, change.held), []).append(change)
    return [(_style(*key), found[key]) for key in sorted(found)]


def _style(this: bool, restricted: bool, held: bool) -> dict[str, Any]:
    face = ALERT if this or restricted else GREY
    return {
        "marker": "D" if this else "s" if restricted else "o",
        "markersize": 9 if this else 6,
        "markerfacecolor": "white" if held else face,
        "markeredgecolor": INK,
    }


def _label(canvas: Canvas, changes: Sequence[Change]) -> None:
    """Write names beside marks where there is room: this unit first, then the farthest off."""
    order = sorted(changes, key=lambda c: (not c.this, -abs(c.change), -c.score, c.name))
    names = cut_each([c.name for c in order], NAME_ROOM)
    marks = [(c.score, c.change, name) for c, name in zip(order, names, strict=True)]
    others = [(score, change) for score, change, _ in marks[MOST_LABELLED:]]
    canvas.label_marks(marks[:MOST_LABELLED], others)
