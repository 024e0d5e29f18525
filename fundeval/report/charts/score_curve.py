"""A score curve drawn: percent of the weight over values, with the value of a unit marked."""

from __future__ import annotations

import numpy as np

from fundeval.policy.curves import Target
from fundeval.policy.model import IndicatorRule
from fundeval.report.charts.text_width import width_of
from fundeval.report.format.html_fragments import Html, render
from fundeval.report.text.curve_sums import numbers_of
from fundeval.report.unit_view import View
from fundeval.results.rows import ScoreRow

# So many values are looked up for a line; stairs of rounding stay stairs.
SAMPLES = 241
# Drawn no wider than this in pixels, so that its texts of 12 have 11 on a telephone too.
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 340, 130, 44, 14, 28
BLOCKS = "▁▂▃▄▅▆▇█"
# Room left and right of the figures of a curve, as a share of how far they lie apart.
ROOM = 0.15
# Room between two labels, in points.
APART = 6


def sample(
    rule: IndicatorRule, figures: list[float], more: tuple[float, ...] = (), count: int = SAMPLES
) -> tuple[list[float], list[float]]:
    """Return values, a little beyond the figures of a curve, and what each earns.

    A figure that is missing (NaN) leaves out the curve that needs it where the better of several
    counts; where that leaves nothing, there are no points.

    Examples
    --------
    >>> from fundeval.policy.curves import Segments
    >>> lines = Segments(points=((0, 0), (1, 100)))
    >>> rule = IndicatorRule(
    ...     domain="d", weight={}, direction="higher", curve=lines, missing="spread"
    ... )
    >>> sample(rule, [0.0, 1.0], count=3)[1]
    [0.0, 50.0, 100.0]
    """
    # Loaded where a curve is drawn: a run with nothing to do needs no arithmetic.
    from fundeval.evaluation.scoring.curves import find_percents  # noqa: PLC0415

    known = [figure for figure in (*figures, *more) if not np.isnan(figure)]
    if not known:
        return [], []
    low, high = min(known), max(known)
    room = (high - low or abs(high) or 1.0) * ROOM
    values = np.linspace(low - room, high + room, count)
    if count == SAMPLES:
        # Jumps are upright: a value on each side.
        step = room * 1e-6
        values = np.sort(np.concatenate([values, *([x - step, x, x + step] for x in known)]))
    percents = find_percents(rule, values, [np.full(len(values), x) for x in figures])
    drawn = ~np.isnan(percents)
    return values[drawn].tolist(), percents[drawn].tolist()


def in_blocks(rule: IndicatorRule, figures: list[float]) -> str:
    """Return a curve in one line of text: the first value, blocks as high as percents, the last."""
    values, percents = sample(rule, figures, count=16)
    if not values:
        return ""
    blocks = "".join(BLOCKS[min(int(percent / 100 * len(BLOCKS)), 7)] for percent in percents)
    return f"{values[0]:.4g} {blocks} {values[-1]:.4g}"


def score_curve(view: View, row: ScoreRow) -> Html | None:
    """Draw the curve of a judged score, the unit's value marked; None where it has no points."""
    rule = view.policy.rule(row.indicator)
    figures = [np.nan if number is None else number for number in numbers_of(row)]
    if row.value is None or row.percent_of_weight is None:
        return None
    # A target alone would be drawn as a point: from nothing to its double.
    is_target = isinstance(rule.curve, Target)
    around = (0.0, 2 * figures[0]) if is_target else ()
    values, percents = sample(rule, figures, (row.value, *around))
    if not values:
        return None
    first, scale = values[0], (WIDTH - LEFT - 22) / ((values[-1] - values[0]) or 1)

    def across(value: float) -> float:
        return round(LEFT + (value - first) * scale, 2)

    def up(percent: float) -> float:
        return round(TOP + (HEIGHT - BOTTOM - TOP) * (1 - percent / 100), 2)

    ticks: list[tuple[float, str]] = []
    end = 0.0
    for number in sorted({x for x in figures if not np.isnan(x)}):
        label = view.numbers.indicator(row.indicator, number)
        half = width_of(label) * 6
        if across(number) - half >= end:
            ticks.append((min(across(number), WIDTH - half), label))
            end = across(number) + half + APART
    value = view.numbers.indicator(row.indicator, row.value)
    percent = f"{row.percent_of_weight:.4g}%"
    return render(
        "score_curve.html.j2",
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        bottom=HEIGHT - BOTTOM,
        path=" ".join(f"{across(x):g},{up(y):g}" for x, y in zip(values, percents, strict=True)),
        ticks=ticks,
        heights=[(up(at), f"{at}%") for at in (0, 50, 100)],
        at=(across(row.value), up(row.percent_of_weight)),
        title=view.messages.say("chart.score_curve", value=value, percent=percent),
    )
