"""Charts that compare units: peer ranges, department rates, funnel plot, heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

from fundeval.report.charts.canvas import ALERT, GREY, INK, LIGHT, Canvas, chart
from fundeval.report.charts.text_width import cut, wrap
from fundeval.report.charts.time_and_money import axis_range
from fundeval.report.format.html_fragments import Html
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import PeerGroupRow, RestrictionRow, ScoreRow

# More rows than this do not fit on a page.
MOST_DEPARTMENTS = 20
MOST_HEAT_ROWS = 40
# Columns of `peers`, in rising order.
QUANTILES = ("minimum", "p10", "p25", "p50", "p75", "p90", "maximum")


def peer_ranges(view: View, rows: Sequence[tuple[ScoreRow, PeerGroupRow]]) -> Html:
    """Draw the unit's value within the range of its peers, one row per indicator.

    Each indicator has its own scale, from the smallest to the largest value.

    Parameters
    ----------
    rows
        Pairs of the row of `scores` and the row of `peers` of an indicator.
    """
    canvas = Canvas((0, 1), (len(rows) - 0.45, -0.55), height=16 + 36 * len(rows), left=170,
                  right=20, top=4, bottom=4)  # fmt: skip
    values = []
    for at, (own, peers) in enumerate(rows):
        value = certain(own.value)
        lowest = min(certain(peers.minimum), value)
        highest = max(certain(peers.maximum), value)
        span = (highest - lowest) or 1
        place = {name: (getattr(peers, name) - lowest) / span for name in QUANTILES}
        canvas.line((place["minimum"], place["maximum"]), (at, at), color=LIGHT, linewidth=2)
        canvas.line((place["p10"], place["p90"]), (at, at), color=GREY, linewidth=2)
        canvas.rectangle((place["p25"], place["p75"]), (at - 0.16, at + 0.16), facecolor=LIGHT,
                  edgecolor=GREY, zorder=3)  # fmt: skip
        canvas.line((place["p50"],) * 2, (at - 0.22, at + 0.22), linewidth=2, zorder=4)
        canvas.line([(value - lowest) / span], [at], marker="D", markersize=8, color=ALERT,
                   markeredgecolor=INK, zorder=4)  # fmt: skip
        shown = {
            name: view.numbers.indicator(own.indicator, getattr(peers, name)) for name in QUANTILES
        }
        for name in ("minimum", "maximum"):
            canvas.text(place[name], at + 0.4, shown[name], size=8, color=GREY,
                       anchor="start" if name == "minimum" else "end")  # fmt: skip
        title = view.messages.indicator(own.indicator)
        title_lines = wrap(title, 17)
        up = 5 * title_lines.count("\n") - 3
        canvas.text(0, at, title_lines, "end", dx=-10, dy=up, size=8.5)
        values.append(
            view.messages.say(
                "chart.peers.row",
                name=title,
                value=view.numbers.indicator(own.indicator, value),
                count=peers.count,
                **shown,
            )
        )
    return chart(view, "peers", canvas, values)


def department_rates(view: View, rows: Sequence[RestrictionRow]) -> Html:
    """Draw the execution rates of departments last year and this year, the lowest first.

    Parameters
    ----------
    rows
        Rows of `restrictions` with both rates known; the `MOST_DEPARTMENTS` lowest are drawn.
    """
    floor, previous = rows[0].floor, rows[0].previous_floor
    drawn = sorted(rows, key=lambda row: (row.rate, row.unit_id))[:MOST_DEPARTMENTS]
    names = [view.name(row.unit_id) for row in drawn]
    shown = [view.numbers.percent(row.rate, floor) for row in drawn]
    paths = [(certain(row.previous_rate), certain(row.rate)) for row in drawn]
    canvas = Canvas(
        axis_range(*(rate for path in paths for rate in path), floor, previous),
        (len(drawn) - 0.4, -0.6),
        height=44 + 17 * len(drawn),
        left=130,
        top=6,
    )
    canvas.x_axis(factor=100)
    for at, (row, (before, rate)) in enumerate(zip(drawn, paths, strict=True)):
        restricted = row.state == "restricted"
        style = {"color": ALERT if restricted else GREY, "linewidth": 2 if restricted else 1}
        style["marker"] = "s" if restricted else "o"
        canvas.line((before, rate), (at, at), **style, markevery=[1])
        canvas.line([before], [at], **style, markerfacecolor="white")
        side, off = ("end", -7) if rate < before else ("start", 7)
        canvas.text(rate, at, shown[at], side, dx=off, dy=-3, size=8)
    if floor is not None:
        canvas.vline(floor, linestyle=":")
    if previous is not None and previous != floor:
        canvas.vline(previous, linestyle="--", color=GREY)
    canvas.y_labels(names)
    values = (f"{name} {text}" for name, text in zip(names, shown, strict=True))
    return chart(
        view, "departments", canvas, values,
        first=view.year - 1, last=view.year, floor=view.numbers.percent(floor, digits=0),
        previous=view.numbers.percent(floor if previous is None else previous, digits=0),
        count=len(rows), lowest=len(drawn),
    )  # fmt: skip


def funnel(
    view: View, indicator: str, centre: float, points: Sequence[tuple[str, float, float]]
) -> Html:
    """Draw a funnel plot: the share of each unit against its volume.

    The band shows how far chance alone may move a share from `centre` at each volume: the
    normal approximation of the binomial with the policy's `interval_z`. Units below the
    policy's `minimum_volume` are not judged and drawn hollow.

    Parameters
    ----------
    indicator
        The indicator that the shares are values of.
    centre
        The share of all units together.
    points
        Name, volume and share of each unit; at least one.
    """
    least, z = view.policy.limit("minimum_volume"), view.policy.limit("interval_z")
    most = max(volume for _, volume, _ in points) * 1.05
    volumes = [most * step / 60 for step in range(1, 61)]
    chance = [z * sqrt(max(centre * (1 - centre), 0) / volume) for volume in volumes]
    shares = [share for _, _, share in points]
    canvas = Canvas((0, most), (0, max(*shares, centre) * 1.25), top=18, bottom=30, height=220)
    canvas.y_axis(factor=100)
    canvas.x_axis(view.messages.say("chart.funnel.volume"))
    top = canvas.y[1]
    canvas.band(
        volumes, [max(0, centre - w) for w in chance], [min(top, centre + w) for w in chance]
    )
    canvas.hline(centre, view.numbers.indicator(indicator, centre))
    canvas.vline(least, linestyle=":")
    outside = []
    for name, volume, share in points:
        beyond = abs(share - centre) > z * sqrt(max(centre * (1 - centre), 0) / volume)
        judged = volume >= least
        face = GREY if judged and not beyond else ALERT if judged else "white"
        mark = "D" if beyond else "o"
        canvas.line([volume], [share], marker=mark, markersize=6, markerfacecolor=face)
        if beyond and judged:
            outside.append(name)
            side, off = ("start", 6) if volume < most * 0.75 else ("end", -6)
            canvas.text(volume, share, cut(name, 12), side, dx=off, dy=-3, size=7.5)
    values = (
        view.messages.say(
            "chart.funnel.row",
            name=name,
            volume=view.numbers.number(volume, 0),
            value=view.numbers.indicator(indicator, share),
        )
        for name, volume, share in points
    )
    return chart(
        view, "funnel", canvas, values,
        indicator=view.messages.indicator(indicator), least=view.numbers.number(least, 0),
        count=len(points),
        outside=view.messages.join(outside) or view.messages.say("report.none"), z=f"{z:g}",
    )  # fmt: skip


def score_heat(
    view: View, rows: Sequence[tuple[str, Mapping[str, float]]], columns: Sequence[str],
    kind: str,
) -> Html:  # fmt: skip
    """Draw a heat map of points as a share of the maximum, by unit and indicator.

    Parameters
    ----------
    rows
        Name and shares by indicator title of each unit; `MOST_HEAT_ROWS` are drawn.
    columns
        Indicator titles in the order drawn.
    kind
        The kind of the units, for the title.
    """
    drawn = rows[:MOST_HEAT_ROWS]
    titles = [wrap(title, 380 / len(columns) / 7.5) for title in columns]
    bottom = 10 + 9 * max(title.count("\n") + 1 for title in titles)
    canvas = Canvas((-0.5, len(columns) - 0.5), (len(drawn) - 0.5, -0.5),
                  height=bottom + 4 + 18 * len(drawn), left=130, right=14, top=4,
                  bottom=bottom)  # fmt: skip
    shades: dict[int, list[tuple[float, float]]] = {}
    for at, (_, row) in enumerate(drawn):
        for across, title in enumerate(columns):
            if title in row:
                shades.setdefault(round(row[title] * 10), []).append((across, at))
                canvas.text(across, at, view.numbers.number(row[title] * 100, 0), dy=-3, size=8)
    for tenths, places in sorted(shades.items()):
        grey = f"{1 - tenths * 0.045:.3f}"
        canvas.tiles(places, facecolor=grey, edgecolor="white", linewidth=0.5)
    canvas.y_labels([name for name, _ in drawn])
    for across, title in enumerate(titles):
        canvas.text(across, canvas.y_start, title, dy=-11, size=7.5)
    lowest = {
        title: min((row[title], name) for name, row in drawn if title in row)
        for title in columns
        if any(title in row for _, row in drawn)
    }
    worst = sorted(lowest.items(), key=lambda item: item[1][0])[:3]
    values = (
        f"{name}, {title}: {view.numbers.percent(share, digits=0)}"
        for title, (share, name) in worst
    )
    return chart(
        view, "heat", canvas, values, count=len(drawn), kind=view.messages.code("kind.", kind)
    )
