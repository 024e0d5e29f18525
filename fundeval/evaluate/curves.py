"""Score curves: from the value of an indicator to the percent of its weight."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.policy import Rules
from fundeval.policy.model import IndicatorRule, Quantiles, Segments, Target

FULL = 100.0


def apply_curve(
    values: pd.Series, peers: pd.Series, rule: IndicatorRule, rules: Rules
) -> pd.Series:
    """Return the percent of the weight, 0 to 100, for each value.

    `peers` labels the group that a value is compared within by quantiles; a group smaller
    than the policy's `minimum_peers` gets no percent.
    """
    match rule.curve:
        case Segments() as curve:
            xs = [rules.figure(x) for x, _ in curve.points]
            percent = pd.Series(np.interp(values, xs, [y for _, y in curve.points]), values.index)
        case Target() as curve:
            percent = _share_of_target(values, rules.figure(curve.target), rule.direction)
        case Quantiles() as curve:
            percent = _between_quantiles(
                values, peers, curve, rule.direction, rules.value("minimum_peers")
            )
    return percent.where(values.notna())


def describe_curve(rule: IndicatorRule, rules: Rules) -> str:
    """Return the curve in symbols, numbers filled in, as derivations print it."""
    match rule.curve:
        case Segments() as curve:
            points = [f"{rules.figure(x):.12g}→{y:.12g}%" for x, y in curve.points]
            return "line(" + ", ".join(points) + ")"
        case Target() as curve:
            target = f"{rules.figure(curve.target):.12g}"
            quotient = f"x / {target}" if rule.direction == "higher" else f"{target} / x"
            return f"min(1, {quotient})"
        case Quantiles() as curve:
            ends = (
                f"P{curve.low * FULL:g}→{curve.low_percent:g}%, "
                f"P{curve.high * FULL:g}→{curve.high_percent:g}%"
            )
            return f"peers({ends}, {rule.direction})"


def _share_of_target(values: pd.Series, target: float, direction: str) -> pd.Series:
    if direction == "higher":
        share = values / target
    else:
        # At or below 0 a value that should be small has reached its target.
        share = (target / values.where(values > 0)).mask(values <= 0, 1.0)
    return share.clip(0, 1) * FULL


def _between_quantiles(
    values: pd.Series, peers: pd.Series, curve: Quantiles, direction: str, minimum_peers: int
) -> pd.Series:
    sign = 1 if direction == "higher" else -1
    oriented = values * sign
    groups = oriented.groupby(peers)
    low = groups.transform("quantile", curve.low)
    high = groups.transform("quantile", curve.high)
    position = ((oriented - low) / (high - low).where(high > low)).fillna(1.0).clip(0, 1)
    percent = curve.low_percent + position * (curve.high_percent - curve.low_percent)
    return percent.where(groups.transform("count") >= minimum_peers)
