"""Charts of rates over the years and of amounts of money.

Each can be read in black and white and has a text alternative; bars start at zero. What it finds
is its title.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from math import isnan
from typing import Any

from fundeval.report.charts.canvas import ALERT, GREY, INK, Canvas, Reader, chart
from fundeval.report.charts.text_width import width_of, wrap
from fundeval.report.format.html_fragments import Html
from fundeval.report.format.numbers import MoneyScale
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import WarningRow

# More bars than this do not fit on a page.
MOST_BARS = 40
# Values by year and line style of each line, by title.
Series = Mapping[str, tuple[Mapping[int, float], dict[str, Any]]]
# Margin above and below the data, as a share of their range.
ROOM = 0.18
# Markers that tell lines apart without colour.
MARKS = "os^Dv"


def axis_range(*values: float | None, zero: bool = False) -> tuple[float, float]:
    """Return the ends of an axis with a margin around the values; `zero` includes 0.

    Examples
    --------
    >>> axis_range(1.0, 2.0, zero=True)
    (0.0, 2.36)
    """
    known = [value for value in values if value is not None] + [0.0] * zero
    low, high = min(known), max(known)
    room = (high - low or abs(high) or 1) * ROOM
    return (low - room * (low < 0 or not zero), high + room * (high > 0 or not zero))


def execution_dots(view: View, rates: Mapping[int, float]) -> Html:
    """Draw execution rates by year as dots, with lines at the policy's floor and at 100 %.

    The axis does not start at zero: rates that lie close together would look equal. A year
    without a rate has a question mark.
    """
    floor = view.policy.limit("execution_floor")
    years = list(range(min(rates), max(*rates, view.year) + 1))
    low, high = axis_range(*rates.values(), None if isnan(floor) else floor, 1.0)
    canvas = Canvas((-0.6, len(years) - 0.4), (low, high), height=190, bottom=36)
    canvas.y_axis(factor=100)
    canvas.hline(floor, linestyle="--")
    canvas.hline(1.0)
    # Beside a scale of extreme rates the two lines lie close together: their figures do not.
    named = [(1.0, "100%")]
    if not isnan(floor):
        named = sorted([*named, (floor, view.numbers.percent(floor, digits=0))])
    off = [0.0, *(max(0.0, 10 - (b[0] - a[0]) * canvas.y_scale) for a, b in pairwise(named))]
    for (at, text), up in zip(named, off, strict=False):
        canvas.text(canvas.x[1], at, text, "start", dx=4, dy=up - 3, size=8)
    shown = {year: view.numbers.percent(rate, floor, 1.0) for year, rate in rates.items()}
    marks: dict[bool, dict[str, Any]] = {
        False: {"marker": "o"}, True: {"marker": "D", "color": ALERT},
    }  # fmt: skip
    for is_low, mark in marks.items():
        own = [year for year, rate in rates.items() if (rate < floor) == is_low]
        places = [years.index(year) for year in own]
        look = {**mark, "linestyle": "none", "markersize": 7, "markeredgecolor": INK}
        if own:
            canvas.line(places, [rates[year] for year in own], **look)
    unknown = view.messages.code("path.", "undetermined")
    canvas.x_labels([f"{year}\n{shown.get(year, '?')}" for year in years])
    stated: dict[str, Any] = {
        "floor": view.numbers.percent(floor, digits=0),
        "year": view.year,
        "low": view.numbers.percent(low, digits=0),
        "high": view.numbers.percent(high, digits=0),
    }
    below = sum(rate < floor for rate in rates.values())
    told = view.messages.say(
        "chart.execution.found" if view.year in rates else "chart.execution.unknown",
        rate=shown.get(view.year), count=len(rates), below=below, **stated,
    )  # fmt: skip
    told += unjudged(view, len(years) - len(rates), "years")
    values = (f"{year}: {shown.get(year, unknown)}" for year in years)
    return chart(view, "execution", canvas, values, found=told, **stated)


def waterfall(  # noqa: PLR0913, PLR0917
    view: View,
    name: str,
    steps: Mapping[str, float],
    last: str,
    scale: MoneyScale,
    why: Mapping[str, str] | None = None,
    largest: tuple[str, float] | None = None,
) -> Html:
    """Draw a waterfall chart: a first level, changes of it, and the level they lead to.

    The two levels are lines, not bars: the axis need not start at zero, and a bar on a cut
    axis would mislead. A step that changes nothing is a grey dash.

    Parameters
    ----------
    name
        Name of the chart's messages.
    steps
        The first level and then its changes, by title.
    last
        Title of the last level.
    scale
        The scale that amounts are shown in.
    why
        Why steps change nothing, by title, where known.
    largest
        What the title calls the largest step, and its amount; None for the longest bar.
    """
    factor = scale.factor
    titles, amounts = [*steps, last], list(steps.values())
    levels = [sum(amounts[: at + 1]) for at in range(len(amounts))]
    texts = [scale.show(amounts[0])]
    texts += [scale.show(amount, sign=True) for amount in amounts[1:]]
    texts.append(scale.show(levels[-1]))
    names = [wrap(title, 440 / len(titles) / 8.5) for title in titles]
    bottom = 8 + 10 * max(name.count("\n") + 1 for name in names)
    canvas = Canvas(
        (-0.5, len(amounts) + 0.5),
        axis_range(*levels),
        height=206 + bottom,
        right=10,
        bottom=bottom,
    )
    canvas.y_axis(scale.name, 1 / factor)
    tops = [levels[0], *(max(pair) for pair in pairwise(levels)), levels[-1]]
    ends = {0, len(amounts)}
    raised = raise_texts(canvas, tops, texts, [6 if at in ends else 4 for at in range(len(tops))])
    still = {at for at, amount in enumerate(amounts) if at and not amount}
    for at, (before, after) in enumerate(pairwise(levels), start=1):
        if at in still:
            canvas.line((at - 0.3, at + 0.3), (before, after), color=GREY, linewidth=2)
        else:
            canvas.rectangle((at - 0.3, at + 0.3), (before, after), marked=after < before)
        color = GREY if at in still else INK
        canvas.text(at, max(before, after), texts[at], dy=raised[at], size=8, color=color)
    canvas.grid([((at, at + 1), (level, level)) for at, level in enumerate(levels)], GREY)
    for at, level in ((0, levels[0]), (len(amounts), levels[-1])):
        canvas.line((at - 0.35, at + 0.35), (level, level), linewidth=4)
        canvas.text(at, level, texts[at], dy=raised[at], size=8)
    for at, title in enumerate(names):
        color = GREY if at in still else INK
        canvas.text(at, canvas.y[0], title, dy=-12, size=8, color=color)
    values = (f"{title} {text}" for title, text in zip(titles, texts, strict=True))
    longest = max(range(1, len(amounts)), key=lambda at: abs(amounts[at]), default=0)
    step, amount = largest or (titles[longest], amounts[longest])
    change = view.numbers.change((levels[-1] - levels[0]) / levels[0]) if levels[0] else "—"
    told = view.messages.say(
        f"chart.{name}.found", last=texts[-1], unit=scale.name, change=change,
        step=step, amount=scale.show(amount, sign=True),
    )  # fmt: skip
    zero = view.messages.join(
        view.messages.say("report.because", what=titles[at], reason=reason)
        if (reason := (why or {}).get(titles[at]))
        else titles[at]
        for at in sorted(still)
    )
    zero = zero and view.messages.say("chart.zero", steps=zero)
    return chart(view, name, canvas, values, found=told, unit=scale.name, zero=zero)


def raise_texts(
    canvas: Canvas, tops: Sequence[float], texts: Sequence[str], least: Sequence[float]
) -> list[float]:
    """Return how far above the places 0, 1, 2 … their texts stand, so that none meets the last."""
    step, raised = canvas.x_scale, [*least]
    for at in range(1, len(tops)):
        wide = (width_of(texts[at]) + width_of(texts[at - 1])) * 4 + 3
        apart = (tops[at] - tops[at - 1]) * canvas.y_scale + raised[at] - raised[at - 1]
        if wide > step and abs(apart) < 11:
            raised[at] += 11 - apart
    return raised


def lines(  # noqa: PLR0913  # a chart is its series and its scale
    view: View,
    name: str,
    series: Series,
    show: Callable[[float], str],
    limit: float | None = None,
    *,
    unit_of_measure: str = "%",
    factor: float = 100,
    judged: Collection[str] | None = None,
) -> Html:
    """Draw a line chart by year, with a horizontal line at the limit if there is one.

    Parameters
    ----------
    name
        Name of the chart's messages.
    series
        Values by year and line style, by title; at least one.
    show
        Formats a value.
    limit
        The limit that the values are judged by, None for none.
    unit_of_measure, factor
        Label of the y axis, and what its values are multiplied by.
    judged
        Titles of those that are judged by the limit; all by default.
    """
    known = [value for values, _ in series.values() for value in values.values()]
    years = sorted({year for values, _ in series.values() for year in values})
    canvas = Canvas(
        (-0.4, len(years) - 0.6),
        axis_range(*known, limit, zero=True),
        height=max(210, 40 + 24 * len(series)),
        right=172,
        top=24,
    )
    canvas.y_axis(unit_of_measure, factor)
    canvas.hline(0, color=GREY, linewidth=0.8)
    if limit is not None:
        canvas.hline(limit, linestyle=":")
        canvas.text(canvas.x[0], limit, show(limit), "start", dx=4, dy=3, size=8)
    for values, style in series.values():
        canvas.line(range(len(years)), [values.get(year) for year in years], **style)
    canvas.x_labels([str(year) for year in years])
    canvas.label_lines([
        (title, style, years.index(max(values)), values[max(values)])
        for title, (values, style) in series.items()
    ])  # fmt: skip
    said = (f"{title} {year}: {show(value)}" for title, (values, _) in series.items()
            for year, value in values.items())  # fmt: skip
    of_series = {title: values for title, (values, _) in series.items()
                 if judged is None or title in judged}  # fmt: skip
    told = _found_by_lines(view, name, of_series, show, limit)
    stated = "" if limit is None else show(limit)
    return chart(view, name, canvas, said, found=told, limit=stated)


def _found_by_lines(
    view: View, name: str, series: Mapping[str, Mapping[int, float]],
    show: Callable[[float], str], limit: float | None,
) -> str:  # fmt: skip
    """Say which of the lines are beyond the limit in the year; without a limit, what moved most."""
    say, year = view.messages.say, view.year
    now = {title: values[year] for title, values in series.items() if year in values}
    if not now:
        return say("chart.unknown", year=year)
    missing = unjudged(view, len(series) - len(now), "series")
    if limit is not None:
        least, most = min(now, key=now.__getitem__), max(now, key=now.__getitem__)
        return say(
            f"chart.{name}.found", year=year, count=len(now), limit=show(limit),
            over=sum(value > limit for value in now.values()),
            under=sum(value < limit for value in now.values()),
            most=most, highest=show(now[most]), least=least, lowest=show(now[least]),
        ) + missing  # fmt: skip
    earlier = {
        title: {y: value for y, value in values.items() if y < year}
        for title, values in series.items()
        if title in now
    }
    before = {title: (min(values), values[min(values)])
              for title, values in earlier.items() if values}  # fmt: skip
    if not before:
        latest = view.messages.join(f"{title} {show(value)}" for title, value in now.items())
        return say(f"chart.{name}.single", year=year, latest=latest) + missing
    moved = max(before, key=lambda title: abs(now[title] - before[title][1]))
    return say(
        f"chart.{name}.found", year=year, moved=moved, first=before[moved][0],
        before=show(before[moved][1]),
        after=show(now[moved]),
    ) + missing  # fmt: skip


def line_styles(count: int) -> list[dict[str, Any]]:
    """Return line styles that differ in marker and dash."""
    dashes = ("-", "--", "-.", ":")
    return [
        {"marker": MARKS[n % len(MARKS)], "linestyle": dashes[n % len(dashes)]}
        for n in range(count)
    ]


def progress_lines(view: View, rows: Sequence[WarningRow], scale: MoneyScale) -> Html:
    """Draw executed and phased budget to date by month, one marker per scheme.

    Parameters
    ----------
    rows
        Rows of `warnings` with both amounts known.
    scale
        The scale that amounts are shown in.
    """
    most = max(certain(amount) for row in rows for amount in (row.executed, row.phased))
    months = sorted({row.month for row in rows})
    canvas = Canvas((months[0] - 0.5, months[-1] + 0.5), (0, most * 1.1), height=220, right=172)
    canvas.y_axis(scale.name, 1 / scale.factor)
    values, ends, shares = [], [], []
    titles = {
        "executed": view.messages.say("column.executed_to_date"),
        "phased": view.messages.say("column.phased"),
    }
    for scheme, mark in zip(dict.fromkeys(row.scheme for row in rows), MARKS, strict=False):
        own = [row for row in rows if row.scheme == scheme]
        for column, title in titles.items():
            style = {"marker": mark}
            if column == "phased":
                style |= {"linestyle": "--", "markerfacecolor": "white"}
            amounts = [getattr(row, column) for row in own]
            canvas.line([row.month for row in own], amounts, **style)
            named = f"{view.messages.code('scheme.', scheme)} {title}"
            ends.append((named, style, own[-1].month, certain(amounts[-1])))
            values.append(f"{named} {scale.show(amounts[-1])}")
        share = certain(own[-1].executed) / own[-1].phased if own[-1].phased else None
        shares.append(view.messages.say(
            "chart.progress.scheme", scheme=view.messages.code("scheme.", scheme),
            share=view.numbers.percent(share),
        ))  # fmt: skip
    for month in months:
        canvas.text(month, 0, str(month), dy=-12, size=8)
    canvas.label_lines(ends)
    told = view.messages.say(
        "chart.progress.found", month=months[-1], schemes=view.messages.join(shares)
    )
    return chart(view, "progress", canvas, values, found=told, unit=scale.name)


def fund_fan(view: View, scheme: str, closing: Mapping[str, Mapping[int, float]]) -> Html:
    """Draw the projected closing balance of a fund as a fan of scenarios.

    Parameters
    ----------
    scheme
        The scheme whose fund it is.
    closing
        Closing balances in 元 by scenario and year.
    """
    amounts = [amount for path in closing.values() for amount in path.values()]
    unit = view.numbers.scale
    years = sorted({year for path in closing.values() for year in path})
    canvas = Canvas(
        (years[0] - 0.4, years[-1] + 0.4), axis_range(*amounts, zero=True), height=210, right=120
    )
    canvas.y_axis(unit.name, 1 / unit.factor)
    around = [path for name, path in closing.items() if name != "gdp_line"]
    spread = [[path[year] for path in around if year in path] for year in years]
    canvas.band(years, [min(at) for at in spread], [max(at) for at in spread])
    styles = {
        "trend": {"marker": "o"},
        "gdp_line": {"marker": "s", "linestyle": "--", "markerfacecolor": "white"},
    }
    for name, style in styles.items():
        if name in closing:
            canvas.line(list(closing[name]), list(closing[name].values()), **style)
    canvas.hline(0, color=ALERT, linewidth=1.5)
    names = {name: view.messages.code("scenario.", name) for name in closing}
    for year in years:
        canvas.text(year, canvas.y[0], str(year), dy=-12, size=8)
    canvas.label_lines([
        (names[name], style, max(closing[name]), closing[name][max(closing[name])])
        for name, style in styles.items()
        if name in closing
    ])  # fmt: skip
    values = (
        f"{view.messages.code('scenario.', name)} {year}: {unit.show(amount)}"
        for name, path in closing.items()
        for year, amount in path.items()
    )
    stated = {"scheme": view.messages.code("scheme.", scheme), "unit": unit.name}
    trend = closing.get("trend", {})
    # Without a year beyond the evaluated one nothing is projected.
    ahead = {year: amount for year, amount in trend.items() if year > view.year}
    dry = [year for year, amount in ahead.items() if amount < 0]
    how = "unknown" if not ahead else "dry" if dry else "lasts"
    year = min(dry) if dry else max(ahead, default=view.year)
    told = view.messages.say(
        f"chart.projection.{how}", year=year, amount=unit.show(ahead.get(year)), **stated
    )
    return chart(view, "projection", canvas, values, f"-{scheme}", found=told, **stated)


def change_bars(view: Reader, changes: Sequence[tuple[str, float]]) -> Html:
    """Draw changes of amounts in 元 by name as bars, the largest gain first."""
    largest = sorted(changes, key=lambda change: -abs(change[1]))[:MOST_BARS]
    drawn = sorted(largest, key=lambda change: -change[1])
    unit = view.numbers.scale
    shown = [unit.show(amount, sign=True) for _, amount in drawn]
    low, high = axis_range(*(amount for _, amount in drawn), zero=True)
    room = (high - low) * 0.1
    canvas = Canvas((low - room * (low < 0), high + room), (len(drawn) - 0.4, -0.6),
                  height=40 + 22 * len(drawn), left=130, top=6)  # fmt: skip
    canvas.x_axis(unit.name, 1 / unit.factor)
    for at, (_, amount) in enumerate(drawn):
        canvas.rectangle((0, amount), (at - 0.3, at + 0.3), marked=amount < 0)
        side, off = ("start", 5) if amount >= 0 else ("end", -5)
        canvas.text(amount, at, shown[at], side, dx=off, dy=-3, size=8)
    canvas.vline(0, linewidth=1)
    canvas.y_labels([name for name, _ in drawn])
    values = (f"{name} {text}" for (name, _), text in zip(drawn, shown, strict=True))
    told = view.messages.say(
        "chart.what_if.found", count=len(drawn), up=sum(amount > 0 for _, amount in drawn),
        down=sum(amount < 0 for _, amount in drawn),
    )  # fmt: skip
    return chart(view, "what_if", canvas, values, found=told, unit=unit.name)


def unjudged(view: Reader, count: int, what: str = "units") -> str:
    """Return how many more of what cannot be judged, to follow a finding; nothing for none."""
    return view.messages.say(f"chart.unjudged.{what}", count=count) if count else ""
