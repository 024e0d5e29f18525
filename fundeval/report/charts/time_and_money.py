"""Charts of rates over the years and of amounts of money.

Each can be read in black and white and has a text alternative; bars start at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from fundeval.report.charts.canvas import ALERT, GREY, Canvas, Reader, chart
from fundeval.report.charts.text_width import wrap
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


def execution_bars(view: View, rates: Mapping[int, float]) -> Html:
    """Draw execution rates by year as bars, with lines at the policy's floor and at 100 %."""
    floor = view.policy.limit("execution_floor")
    canvas = Canvas((-0.6, len(rates) - 0.4), (0, max(1.15, *rates.values())), bottom=36)
    canvas.y_axis(factor=100)
    for at, rate in enumerate(rates.values()):
        canvas.rectangle((at - 0.28, at + 0.28), (0, rate), marked=rate < floor)
    canvas.hline(floor, view.numbers.percent(floor, digits=0), linestyle="--")
    canvas.hline(1.0, "100%")
    canvas.x_labels(
        [f"{year}\n{view.numbers.percent(rate, floor, 1.0)}" for year, rate in rates.items()]
    )
    values = (f"{year}: {view.numbers.percent(rate, floor, 1.0)}" for year, rate in rates.items())
    shown = view.numbers.percent(floor, digits=0)
    return chart(view, "execution", canvas, values, floor=shown, year=view.year)


def waterfall(
    view: View, name: str, steps: Mapping[str, float], last: str, scale: MoneyScale
) -> Html:
    """Draw a waterfall chart: a first level, changes of it, and the level they lead to.

    The two levels are lines, not bars: the axis need not start at zero, and a bar on a cut
    axis would mislead.

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
    """
    factor = scale.factor
    titles, amounts = [*steps, last], list(steps.values())
    levels = [sum(amounts[: at + 1]) for at in range(len(amounts))]
    texts = [scale.show(amounts[0])]
    texts += [scale.show_small(amount) for amount in amounts[1:]]
    texts.append(scale.show(levels[-1]))
    names = [wrap(title, 400 / len(titles) / 8) for title in titles]
    bottom = 8 + 10 * max(name.count("\n") + 1 for name in names)
    canvas = Canvas(
        (-0.5, len(amounts) + 0.5),
        axis_range(*levels),
        height=206 + bottom,
        right=10,
        bottom=bottom,
    )
    canvas.y_axis(scale.name, 1 / factor)
    for at, (before, after) in enumerate(pairwise(levels), start=1):
        canvas.rectangle((at - 0.3, at + 0.3), (before, after), marked=after < before)
        canvas.text(at, max(before, after), texts[at], dy=4, size=8)
    canvas.grid([((at, at + 1), (level, level)) for at, level in enumerate(levels)], GREY)
    for at, level in ((0, levels[0]), (len(amounts), levels[-1])):
        canvas.line((at - 0.35, at + 0.35), (level, level), linewidth=4)
        canvas.text(at, level, texts[at], dy=6, size=8)
    canvas.x_labels(names)
    values = (f"{title} {text}" for title, text in zip(titles, texts, strict=True))
    return chart(view, name, canvas, values, unit=scale.name)


def lines(  # noqa: PLR0913  # a chart is its series and its scale
    view: View,
    name: str,
    series: Series,
    show: Callable[[float], str],
    limit: float | None = None,
    *,
    unit_of_measure: str = "%",
    factor: float = 100,
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
    """
    known = [value for values, _ in series.values() for value in values.values()]
    years = sorted({year for values, _ in series.values() for year in values})
    canvas = Canvas(
        (-0.4, len(years) - 0.6),
        axis_range(*known, limit, zero=True),
        height=230,
        right=60,
        top=28 + 7 * len(series),
    )
    canvas.y_axis(unit_of_measure, factor)
    canvas.hline(0, color=GREY, linewidth=0.8)
    if limit is not None:
        canvas.hline(limit, show(limit), linestyle=":")
    for values, style in series.values():
        canvas.line(range(len(years)), [values.get(year) for year in years], **style)
    canvas.x_labels([str(year) for year in years])
    canvas.legend({title: style for title, (_, style) in series.items()})
    said = (f"{title} {year}: {show(value)}" for title, (values, _) in series.items()
            for year, value in values.items())  # fmt: skip
    return chart(view, name, canvas, said, limit="" if limit is None else show(limit))


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
    canvas = Canvas((months[0] - 0.5, months[-1] + 0.5), (0, most * 1.1), top=34, height=240)
    canvas.y_axis(scale.name, 1 / scale.factor)
    values, styles = [], {}
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
            styles[named] = style
            values.append(f"{named} {scale.show(amounts[-1])}")
    for month in months:
        canvas.text(month, 0, str(month), dy=-12, size=8)
    canvas.legend(styles)
    return chart(view, "progress", canvas, values, unit=scale.name)


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
    unit = view.numbers.scale_for_all(amounts)
    years = sorted({year for path in closing.values() for year in path})
    canvas = Canvas(
        (years[0] - 0.4, years[-1] + 0.4), axis_range(*amounts, zero=True), top=34, height=230
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
    canvas.legend({names[name]: style for name, style in styles.items() if name in closing})
    values = (
        f"{view.messages.code('scenario.', name)} {year}: {unit.show(amount)}"
        for name, path in closing.items()
        for year, amount in path.items()
    )
    stated = {"scheme": view.messages.code("scheme.", scheme), "unit": unit.name}
    return chart(view, "projection", canvas, values, f"-{scheme}", **stated)


def change_bars(view: Reader, changes: Sequence[tuple[str, float]]) -> Html:
    """Draw changes of amounts in 元 by name as bars, the largest gain first."""
    largest = sorted(changes, key=lambda change: -abs(change[1]))[:MOST_BARS]
    drawn = sorted(largest, key=lambda change: -change[1])
    unit = view.numbers.scale_for_all(amount for _, amount in drawn)
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
    return chart(view, "what_if", canvas, values, unit=unit.name)
