"""What an indicator should reach: the value from which the policy gives it full marks."""

from __future__ import annotations

from fundeval.policy.curves import Quantiles, full_marks
from fundeval.policy.limits import limits_of
from fundeval.policy.model import IndicatorRule
from fundeval.report.unit_view import View

SIGNS = {"higher": "≥", "lower": "≤"}


def shown(view: View, indicator: str, value: float | None) -> str:
    """Return a value of an indicator, on its side of the limits that findings hold it against."""
    limits = map(view.policy.figure, limits_of(indicator))
    return view.numbers.indicator(indicator, value, *limits)


def target(view: View, indicator: str) -> str:
    """Return the value that earns full marks under the policy, with its sign: ≤ 5.00%."""
    rule = view.policy.rule(indicator)
    if isinstance(rule.curve, Quantiles):
        wanted = _quantile_of_peers(view, indicator, rule.curve.ends(rule.direction)[1])
    else:
        wanted = _stated(view, indicator, rule)
    if not wanted:
        return view.messages.say("report.missing")
    return f"{SIGNS.get(rule.direction, '')} {wanted}".strip()


def _stated(view: View, indicator: str, rule: IndicatorRule) -> str:
    full = full_marks(rule.curve, rule.direction, view.unit.level)
    return "–".join(view.numbers.indicator(indicator, view.policy.figure(x)) for x in full)


def _quantile_of_peers(view: View, indicator: str, rank: float) -> str:
    """Return a quantile by name, with its value where there are enough peers."""
    name = f"P{rank * 100:g}"
    value = getattr(view.peers(indicator), name.lower(), None)
    return name if value is None else f"{name} {view.numbers.indicator(indicator, value)}"
