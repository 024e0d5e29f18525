"""The change of next year's budgets against the score, over one group of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fundeval.report.charts.canvas import ALERT, GREY, INK, WIDTH, Canvas, chart
from fundeval.report.charts.text_width import cut, width_of
from fundeval.report.charts.time_and_money import axis_range
from fundeval.report.format.html_fragments import Html
from fundeval.report.unit_view import View

SIZE = 7.5
MOST_LABELLED = 12
MOST_TOLD = 40
NAME_ROOM = 11
# Half the width of a mark with some room around it, in points.
MARK = 5
# The least that the axis of changes spans.
LEAST = 0.001
SCORE_ROOM = 2.0
Box = tuple[float, float, float, float]


class Change(NamedTuple):
    """A unit of the group: its score, the change as a share of its budget, and how to draw it."""

    name: str
    score: float
    change: float
    this: bool
    restricted: bool
    held: bool


def budget_changes(view: View, changes: Sequence[Change], key: str, **stated: object) -> Html:
    """Draw changes against scores; `key` tells the charts of a page apart.

    This unit is a diamond, restricted ones are squares; who stands at a limit is hollow.
    """
    scores, shares = [c.score for c in changes], [c.change for c in changes]
    low, high = axis_range(*shares, zero=True)
    low, high = min(low, -LEAST), max(high, LEAST)
    across = (min(scores) - SCORE_ROOM, max(scores) + SCORE_ROOM)
    canvas = Canvas(across, (low, high), height=240, bottom=32, right=44)
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
    return chart(view, "budget_change", canvas, values, key, count=len(changes), **stated)


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
    places = {id(c): _place(canvas, c) for c in changes}
    taken: list[Box] = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in places.values()]
    order = sorted(changes, key=lambda c: (not c.this, -abs(c.change), -c.score, c.name))
    for change in order[:MOST_LABELLED]:
        x, y = places[id(change)]
        name = cut(change.name, NAME_ROOM)
        wide = width_of(name) * SIZE
        for anchor, left, dx, dy in (
            ("start", x + 8, 8, -3), ("end", x - 8 - wide, -8, -3),
            ("middle", x - wide / 2, 0, 9), ("middle", x - wide / 2, 0, -15),
        ):  # fmt: skip
            box = (left, y + dy - 2, left + wide, y + dy + SIZE)
            inside = box[0] > canvas.left and box[2] < WIDTH - 2 and box[1] > canvas.bottom
            own = (x - MARK, y - MARK, x + MARK, y + MARK)
            free = all(not _meet(box, other) for other in taken if other != own)
            if inside and free and box[3] < canvas.height - 4:
                canvas.text(change.score, change.change, name, anchor, dx, dy, SIZE)
                taken.append(box)
                break


def _place(canvas: Canvas, change: Change) -> tuple[float, float]:
    """Return where a mark stands, in points from the left and the bottom of the figure."""
    return (
        canvas.left + (change.score - canvas.x[0]) * canvas.x_scale,
        canvas.bottom + (change.change - canvas.y[0]) * canvas.y_scale,
    )


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
