"""The chart of progress by month against the bands of the warning levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fundeval.report.charts.canvas import GREY, Canvas, chart
from fundeval.report.charts.time_and_money import axis_range, line_styles
from fundeval.report.format.html_fragments import Html
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import WarningRow


def draw_progress_bands(
    view: View, rows: Sequence[WarningRow], bands: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> Html:
    """Draw progress to date by month, a line a scheme, between lines where the level changes.

    Parameters
    ----------
    rows
        Rows of `warnings` with a progress; at least one.
    bands
        The bands of the policy, from the lowest up.
    names
        Their levels in shape and word, written beside the chart.
    """
    edges = [band["from"] for band in bands if band["from"]]
    values = [certain(row.progress) for row in rows]
    low, high = axis_range(*values, *edges)
    months = sorted({row.month for row in rows})
    canvas = Canvas((months[0] - 0.5, months[-1] + 0.5), (low, high), height=210, right=200)
    canvas.y_axis(factor=100, places=edges)
    for edge in edges:
        # Up to the names of the levels.
        across = (canvas.x[0], canvas.x[1] + (canvas.right - 4) / canvas.x_scale)
        canvas.line(across, (edge, edge), linestyle="--", color=GREY)
    for band, name in zip(bands, names, strict=True):
        start, end = max(band["from"], low), min(band.get("to") or high, high)
        if start < end:
            canvas.text(canvas.x[1], (start + end) / 2, name, "end", canvas.right - 4, -3, 8)
    schemes = dict.fromkeys(row.scheme for row in rows)
    ends, said, latest = [], [], []
    limits = view.policy.limits("warning_bands")
    levels = {band["result"]: name for band, name in zip(bands, names, strict=True)}
    for scheme, style in zip(schemes, line_styles(len(schemes)), strict=True):
        own = {row.month: row for row in rows if row.scheme == scheme}
        shares = {month: certain(row.progress) for month, row in own.items()}
        canvas.line(months, [shares.get(month) for month in months], **style)
        name, last = view.messages.code("scheme.", scheme), max(shares)
        ends.append((name, style, last, shares[last]))
        said += [
            f"{name} {month}: {view.numbers.percent(value, *limits)}"
            for month, value in shares.items()
        ]
        latest.append(view.messages.say(
            "chart.progress_bands.scheme", scheme=name, level=levels.get(own[last].level, ""),
            progress=view.numbers.percent(shares[last], *limits),
        ))  # fmt: skip
    for month in months:
        canvas.text(month, low, str(month), dy=-12, size=8)
    canvas.label_lines(ends)
    told = view.messages.say(
        "chart.progress_bands.found", month=months[-1], levels=view.messages.join(latest)
    )
    return chart(view, "progress_bands", canvas, said, found=told)
