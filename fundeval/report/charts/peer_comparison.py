"""Charts that compare units: peer ranges, department rates, funnel plot, heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from operator import itemgetter

from fundeval.report.charts.canvas import ALERT, GREY, INK, LIGHT, Canvas, chart
from fundeval.report.charts.text_width import fit, fit_columns, width_of
from fundeval.report.charts.time_and_money import axis_range, unjudged
from fundeval.report.format.html_fragments import Html
from fundeval.report.format.messages import Messages
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import PeerGroupRow, RestrictionRow, ScoreRow

# More rows than this do not fit on a page.
MOST_DEPARTMENTS = 20
MOST_HEAT_ROWS = 40
# The sign of a field that cannot be judged; one that does not apply is empty.
UNJUDGED = "?"
# Chinese signs of the figure beside a row.
OWN_ROOM = 13
# More fields than these are not read aloud, the lowest first.
MOST_TOLD = 12
BAD = "#8f2d00"
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
    canvas = Canvas((0, 1), (len(rows) - 0.45, -0.55), height=16 + 40 * len(rows), left=140,
                  right=118, top=4, bottom=4)  # fmt: skip
    values, better, worse = [], 0, 0
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
        for name, anchor in _ends(place, shown, canvas.x_scale):
            canvas.text(place[name], at + 0.37, shown[name], size=8, color=GREY, anchor=anchor)
        edge = width_of(shown["p50"]) * 4 / canvas.x_scale
        middle = min(max(place["p50"], edge), 1 - edge)
        canvas.text(middle, at - 0.27, shown["p50"], size=8)
        title = view.messages.indicator(own.indicator)
        lines = fit(title, 130 / 8.5)
        canvas.text(0, at, lines, "end", dx=-10, dy=5 * lines.count("\n") - 3, size=8.5)
        direction = view.policy.rule(own.indicator).direction
        side = view.messages.say(f"chart.peers.{direction}")
        figure = view.numbers.indicator(own.indicator, value)
        told = view.messages.say("chart.peers.own", value=figure)
        # Whose figure it is, the caption says of the mark; its unit is not cut off.
        told = told if width_of(told) <= OWN_ROOM else figure
        canvas.text(1, at, f"{told}\n{side}", "start", dx=10, dy=2, size=8)
        sign = {"higher": 1, "lower": -1}.get(direction, 0)
        lead = sign * (value - certain(peers.p50))
        better, worse = better + (lead > 0), worse + (lead < 0)
        values.append(
            view.messages.say(
                "chart.peers.row",
                name=title,
                value=view.numbers.indicator(own.indicator, value),
                count=peers.count,
                **shown,
            )
        )
    found = view.messages.say("chart.peers.found", count=len(rows), better=better, worse=worse)
    return chart(view, "peers", canvas, values, found=found)


def _ends(
    place: Mapping[str, float], shown: Mapping[str, str], scale: float
) -> list[tuple[str, str]]:
    """Return the ends of a range whose values are written: one where they would meet."""
    wide = sum(width_of(shown[name]) for name in ("minimum", "maximum")) * 8 + 6
    if (place["maximum"] - place["minimum"]) * scale >= wide:
        return [("minimum", "start"), ("maximum", "end")]
    # A range this short stands at an edge, the unit's own value at the other: its outer end.
    if place["minimum"] < 1 - place["maximum"]:
        return [("maximum", "start")]
    return [("minimum", "end")]


def department_rates(view: View, rows: Sequence[RestrictionRow], unknown: int = 0) -> Html:
    """Draw the execution rates of departments last year and this year, the lowest first.

    Parameters
    ----------
    rows
        Rows of `restrictions` with both rates known; the `MOST_DEPARTMENTS` lowest are drawn.
    unknown
        How many more departments have not both rates.
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
    told = view.messages.say(
        "chart.departments.found", count=len(rows), floor=view.numbers.percent(floor, digits=0),
        below=sum(row.floor is not None and certain(row.rate) < row.floor for row in rows),
        restricted=sum(row.state == "restricted" for row in rows),
    )  # fmt: skip
    return chart(
        view, "departments", canvas, values, found=told + unjudged(view, unknown),
        first=view.year - 1, last=view.year, floor=view.numbers.percent(floor, digits=0),
        previous=view.numbers.percent(floor if previous is None else previous, digits=0),
        count=len(rows),
        drawn=view.messages.say("chart.departments.lowest", lowest=len(drawn))
        if len(drawn) < len(rows)
        else view.messages.say("chart.departments.all"),
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
    judged, small = [], 0
    for name, volume, share in points:
        beyond = abs(share - centre) > z * sqrt(max(centre * (1 - centre), 0) / volume)
        counts = volume >= least
        face = GREY if counts and not beyond else ALERT if counts else "white"
        mark = "D" if beyond else "o"
        canvas.line([volume], [share], marker=mark, markersize=6, markerfacecolor=face)
        small += not counts
        if beyond and counts:
            judged.append((name, volume, share))
    # Numbered from the farthest off; those for which there is no room follow in the list.
    judged.sort(key=lambda point: (-abs(point[2] - centre), point[0]))
    numbered = [(volume, share, str(n)) for n, (_, volume, share) in enumerate(judged, start=1)]
    others = [
        (volume, share) for name, volume, share in points if (name, volume, share) not in judged
    ]
    canvas.label_marks(numbered, others, reach=(9, 18, 30, 44))
    names = [
        view.messages.say("chart.funnel.row", name=name, volume=view.numbers.number(volume, 0),
                          value=view.numbers.indicator(indicator, share))
        for name, volume, share in judged
    ]  # fmt: skip
    values = (
        view.messages.say(
            "chart.funnel.row",
            name=name,
            volume=view.numbers.number(volume, 0),
            value=view.numbers.indicator(indicator, share),
        )
        for name, volume, share in points
    )
    title = view.messages.indicator(indicator)
    told = (
        view.messages.say(
            "chart.funnel.found", count=len(points) - small, beyond=len(judged), indicator=title
        )
        + unjudged(view, small, "small")
        if small < len(points)
        else view.messages.say("chart.funnel.small", count=small, indicator=title)
    )
    return chart(
        view, "funnel", canvas, values, found=told, names=names,
        indicator=title, least=view.numbers.number(least, 0), z=f"{z:g}",
    )  # fmt: skip


def score_heat(
    view: View, rows: Sequence[tuple[str, Mapping[str, float | None]]], columns: Sequence[str],
    kind: str,
) -> Html:  # fmt: skip
    """Draw a heat map of points as a share of the maximum, by unit and indicator.

    What lies below the grades' lowest limit is dark and has a mark.

    Parameters
    ----------
    rows
        Name and shares by indicator title of each unit, the lowest first; `MOST_HEAT_ROWS` are
        drawn. A share is None where the unit cannot be judged; one that the policy does not ask
        of the unit is absent, and its field stays empty.
    columns
        Indicator titles in the order drawn.
    kind
        The kind of the units, for the title.
    """
    drawn = rows[:MOST_HEAT_ROWS]
    bad = heat_limit(view.messages)
    titles, names = fit_columns([*columns], 370 / len(columns) / 8)
    bottom = 10 + 10 * max(title.count("\n") + 1 for title in titles)
    canvas = Canvas((-0.5, len(columns) - 0.5), (len(drawn) - 0.5, -0.5),
                  height=bottom + 4 + 18 * len(drawn), left=130, right=14, top=4,
                  bottom=bottom)  # fmt: skip
    shades: dict[str, list[tuple[float, float]]] = {}
    for at, (_, row) in enumerate(drawn):
        for across, title in enumerate(columns):
            if title not in row:
                continue
            share = row[title]
            if share is None:
                canvas.text(across, at, UNJUDGED, dy=-3, size=8, color=INK)
                continue
            face = shade(share, bad)
            shades.setdefault(face, []).append((across, at))
            number = view.numbers.number(share * 100, 0)
            text = f"▼ {number}" if share < bad else number
            canvas.text(across, at, text, dy=-3, size=8, color="white" if share < bad else INK)
    for face, places in sorted(shades.items()):
        canvas.tiles(places, facecolor=face, edgecolor="white", linewidth=0.5)
    canvas.y_labels([name for name, _ in drawn])
    for across, title in enumerate(titles):
        canvas.text(across, canvas.y_start, title, dy=-11, size=8)
    # Of equal shares in the order drawn, which is the same in either language.
    cells = sorted(
        ((share, name, title) for name, row in rows for title in columns
         if (share := row.get(title)) is not None),
        key=itemgetter(0),
    )  # fmt: skip
    values = (f"{name}, {title}: {view.numbers.percent(share, digits=0)}"
              for share, name, title in cells[:MOST_TOLD])  # fmt: skip
    lowest, name, title = cells[0]
    alike = sum(share == lowest for share, _, _ in cells) - 1
    stated = {
        "kind": view.messages.code("kind.", kind),
        "bad": view.numbers.percent(bad, digits=0),
    }
    told = view.messages.say(
        "chart.heat.found", count=len(rows), name=name, indicator=title,
        low=sum(any(s is not None and s < bad for s in row.values()) for _, row in rows),
        share=view.numbers.percent(lowest, digits=0), **stated,
        alike=view.messages.say("chart.heat.alike", count=alike) if alike else "",
    )  # fmt: skip
    told += unjudged(view, sum(s is None for _, row in rows for s in row.values()), "fields")
    return chart(view, "heat", canvas, values, found=told, names=names, count=len(rows), **stated)


def heat_limit(messages: Messages) -> float:
    """Return below which share of its weight a field is bad: where the lowest grade ends.

    0 without a policy.
    """
    bands = messages.parameters.get("grade_bands", {}).get("value", [])
    return float(min((band["from"] for band in bands if band["from"]), default=0)) / 100


def shade(share: float, bad: float) -> str:
    """Return the colour of a field, the darker the lower; black text has contrast on all but the
    bad ones, white text on those."""
    if share < bad:
        return BAD
    # From white at full marks to a pale orange at the limit.
    far = min(max((1 - share) / (1 - bad), 0), 1)
    return "#" + "".join(f"{round(255 - far * (255 - part)):02x}" for part in (0xF6, 0xC9, 0xA4))
