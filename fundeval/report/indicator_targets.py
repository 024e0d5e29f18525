"""What an indicator should reach: the value from which the policy gives it full marks."""

from __future__ import annotations

from collections.abc import Mapping

from fundeval.indicator_registry import Direction
from fundeval.policy.curves import AnyCurve, Found, figures_of, parts_of, points_of
from fundeval.policy.limits import LIMITS, STATED
from fundeval.policy.varying import pick
from fundeval.report.format.curve_words import name_figure
from fundeval.report.text.curve_sums import numbers_of
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import ScoreRow

SIGNS = {"higher": "≥", "lower": "≤"}


def shown(view: View, indicator: str, value: float | None, *targets: float) -> str:
    """Return a value of an indicator, on its side of its `targets` and of the limits that findings
    hold it against."""
    stated = (limit_of(view, indicator, key) for key in STATED)
    limits = [*map(view.policy.figure, limits_of(indicator)), *(x for x in stated if x is not None)]
    return view.numbers.indicator(indicator, value, *targets, *limits)


def targets(view: View, row: ScoreRow) -> list[float]:
    """Return the values from which, or between which, an indicator has full marks."""
    rule, numbers = view.policy.rule(row.indicator), numbers_of(row)
    found = (numbers[place] for place in full_marks(rule.curve, rule.direction))
    return [number for number in found if number is not None]


def full_marks(curve: AnyCurve, direction: Direction) -> list[int]:
    """Return the places, among the figures of a curve, where full marks begin.

    One; all with full marks where the best values form a `band`. Of composed curves the first
    one's.
    """
    heights = [height for _, height in points_of(next(parts_of(curve, direction)), direction)]
    full = [place for place, height in enumerate(heights) if height == max(heights)]
    return {"higher": full[:1], "lower": full[-1:]}.get(direction, full)


def limits_of(indicator: str) -> list[float | str]:
    """Return what an indicator is held against: numbers, or the parameters that hold them.

    Examples
    --------
    >>> limits_of("execution_rate")
    ['execution_floor', 1.0]
    """
    held = (limit.limit for limit in LIMITS if indicator in limit.indicators)
    return list(dict.fromkeys(limit for limit in held if not isinstance(limit, Mapping)))


def limit_of(view: View, indicator: str, key: str) -> float | None:
    """Return what the rule of an indicator states as `at_least` or `at_most` for the unit."""
    if indicator not in view.policy.rules:
        return None
    stated = getattr(view.policy.rule(indicator), key)
    stated = pick(stated, kind=view.unit.kind, level=view.unit.level, scheme=ALL)
    return None if stated is None else view.policy.figure(stated)


def target(view: View, row: ScoreRow) -> str:
    """Return the value that earns full marks under the policy, with its sign: ≤ 5.00%."""
    rule = view.policy.rule(row.indicator)
    numbers, figures = numbers_of(row), figures_of(rule.curve, rule.direction)
    wanted = []
    for place in full_marks(rule.curve, rule.direction):
        number, figure = numbers[place], figures[place]
        shown = [] if number is None else [view.numbers.indicator(row.indicator, number)]
        if isinstance(figure, Found) and figure.measure is None:
            shown.insert(0, name_figure(view.messages, figure))
        wanted.append(" ".join(shown))
    text = "–".join(filter(None, wanted))
    if not text:
        return view.messages.say("report.missing")
    return f"{SIGNS.get(rule.direction, '')} {text}".strip()
