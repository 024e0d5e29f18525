"""What an indicator should reach: the value from which the policy gives it full marks."""

from __future__ import annotations

from fundeval.policy.curves import Found, figures_of, full_marks
from fundeval.policy.limits import limits_of
from fundeval.report.text.curve_sums import name_figure, numbers_of
from fundeval.report.unit_view import View
from fundeval.results.rows import ScoreRow

SIGNS = {"higher": "≥", "lower": "≤"}


def shown(view: View, indicator: str, value: float | None) -> str:
    """Return a value of an indicator, on its side of the limits that findings hold it against."""
    limits = map(view.policy.figure, limits_of(indicator))
    return view.numbers.indicator(indicator, value, *limits)


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
