"""What an indicator should reach: the value from which the policy gives it full marks."""

from __future__ import annotations

from typing import Any

from fundeval.report.unit_view import View

SIGNS = {"higher": "≥", "lower": "≤"}
# What findings hold a value against, beside the score curve.
JUDGED_BY = {
    "execution_rate": "execution_floor",
    "outpatient_cost_growth": "cost_growth_limit",
    "inpatient_cost_growth": "cost_growth_limit",
    "exam_share": "exam_share_limit",
    "surplus_rate": "surplus_rate_warning",
    "payable_months": "payable_months_warning",
}


def shown(view: View, indicator: str, value: float | None) -> str:
    """Return a value of an indicator, on its side of the limit that findings hold it against."""
    limits = [view.policy.limit(JUDGED_BY[indicator])] if indicator in JUDGED_BY else []
    return view.numbers.indicator(indicator, value, *limits)


def target(view: View, indicator: str) -> str:
    """Return the value that earns full marks under the policy, with its sign: ≤ 5.00%."""
    rule = view.policy.rules[indicator]["value"]
    curve, sign = rule["curve"], SIGNS.get(rule["direction"], "")
    match curve["kind"]:
        case "target":
            wanted = curve["target"]
            if isinstance(wanted, dict):
                wanted = wanted.get(view.unit.level)
            return _signed(view, indicator, sign, wanted)
        case "benchmark":
            return _signed(view, indicator, sign, curve["benchmark"])
        case "quantiles":
            rank = curve["high"] if rule["direction"] == "higher" else 1 - curve["high"]
            name = f"P{rank * 100:g}"
            peers = view.peers(indicator)
            value = getattr(peers, name.lower(), None)
            bound = view.numbers.indicator(indicator, value) if value is not None else ""
            return f"{sign} {name} {bound}".strip()
        case _:
            full = [
                x for x, percent in curve["points"] if percent == max(y for _, y in curve["points"])
            ]
            if sign:
                return _signed(view, indicator, sign, full[0 if sign == "≥" else -1])
            return "–".join(view.numbers.indicator(indicator, _figure(view, x)) for x in full)


def _signed(view: View, indicator: str, sign: str, figure: Any) -> str:
    if figure is None:
        return view.messages.say("report.missing")
    return f"{sign} {view.numbers.indicator(indicator, _figure(view, figure))}"


def _figure(view: View, figure: float | str) -> float:
    """Return a number of a curve; one that a parameter holds is given by its name."""
    return view.policy.limit(figure) if isinstance(figure, str) else figure
