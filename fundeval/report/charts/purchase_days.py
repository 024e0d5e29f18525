"""The chart of daily purchases as a share of their threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fundeval.report.charts.canvas import GREY, Canvas, chart
from fundeval.report.format.html_fragments import Html
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import PurchaseAlertRow

# Marks that differ in shape; the calm days are small.
MARKS: dict[str, dict[str, Any]] = {
    "unchecked": {"marker": "s", "markersize": 7}, "late": {"marker": "^", "markersize": 7},
    "undetermined": {"marker": "x", "markersize": 7}, "pending": {"marker": "D"},
    "in_time": {"marker": "o", "markerfacecolor": "white"},
    "not_due": {"marker": "o", "markersize": 2.5},
}  # fmt: skip


def draw_purchase_days(
    view: View, rows: Sequence[PurchaseAlertRow], states: Mapping[str, str]
) -> Html:
    """Draw the highest share of each day, by its check: what is not calm stands out by shape.

    Parameters
    ----------
    rows
        Rows of one unit with a share; at least one.
    states
        The states of a check, the gravest first, with their signs.
    """
    limit = view.policy.limit("purchase_warning")
    highest: dict[pd.Timestamp, PurchaseAlertRow] = {}
    for row in rows:
        if row.date not in highest or certain(row.share) > certain(highest[row.date].share):
            highest[row.date] = row
    days = {row.date: (row.date - min(highest)).days for row in highest.values()}
    most = max(1.0, *(certain(row.share) for row in highest.values()))
    canvas = Canvas((-1, max(days.values()) + 1), (0, most * 1.1), height=230, top=34, right=48)
    canvas.y_axis(factor=100)
    shown = view.numbers.percent(limit, digits=0)
    canvas.hline(limit, shown, linestyle="--")
    canvas.hline(1.0, "100%", color=GREY, linewidth=0.8)
    for date in dict.fromkeys([min(days), max(days)]):
        canvas.text(days[date], 0, date.strftime("%m-%d"), dy=-12, size=8)
    styles, values = {}, []
    for state in states:
        own = sorted(
            (row for row in highest.values() if row.check == state), key=lambda row: row.date
        )
        if not own:
            continue
        style = {"linestyle": "", **MARKS[state]}
        canvas.line([days[row.date] for row in own], [row.share for row in own], **style)
        word = view.messages.code("check.", state)
        styles[word] = style
        if state != "not_due":
            values += [
                f"{row.date:%Y-%m-%d} {view.numbers.percent(row.share, limit)} {word}"
                for row in own
            ]
    canvas.legend(styles)
    top = max(highest.values(), key=lambda row: certain(row.share))
    if not values:
        values = [f"{top.date:%Y-%m-%d} {view.numbers.percent(top.share, limit)}"]
    told = view.messages.say(
        "chart.purchase_days.found", count=len(highest), limit=shown,
        alerts=sum(row.level != "none" for row in highest.values()),
        date=f"{top.date:%Y-%m-%d}", share=view.numbers.percent(top.share, limit),
    )  # fmt: skip
    return chart(view, "purchase_days", canvas, values, found=told, limit=shown)
