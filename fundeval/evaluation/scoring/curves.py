"""Score curves: from the value of an indicator to the percent of its weight.

Computed for all units at once; `report.text.curve_sums` writes the same out for one unit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.policy import Rules
from fundeval.policy.curves import FULL, Benchmark, Quantiles, Segments, Target
from fundeval.policy.model import IndicatorRule

DECIMALS = 12


def apply_curve(frame: pd.DataFrame, rule: IndicatorRule, rules: Rules) -> pd.DataFrame:
    """Return the frame with `percent` of the weight, 0 to 100, missing without a value.

    `frame` has value, baseline, level and `peers`, the label of the group that quantiles
    are taken within. `peer_low` and `peer_high` are the ends of the peers, where they decide.
    """
    frame = frame.assign(peer_low=np.nan, peer_high=np.nan)
    match rule.curve:
        case Segments() as curve:
            xs = [rules.figure(x) for x, _ in curve.points]
            percent = np.interp(frame["value"], xs, [y for _, y in curve.points])
            found = frame.assign(percent=percent)
        case Target() as curve:
            found = _share_of_target(frame, curve, rule, rules)
        case Quantiles() as curve:
            found = _between_quantiles(frame, curve, rule, rules.value("minimum_peers"))
        case Benchmark() as curve:
            found = _achieved_or_improved(frame, curve, rule, rules)
    return found.assign(percent=found["percent"].where(frame["value"].notna()).round(DECIMALS))


def _share_of_target(
    frame: pd.DataFrame, curve: Target, rule: IndicatorRule, rules: Rules
) -> pd.DataFrame:
    if isinstance(curve.target, dict):
        targets = {level: rules.figure(figure) for level, figure in curve.target.items()}
        target = frame["level"].map(targets).astype("float64")
    else:
        target = pd.Series(rules.figure(curve.target), frame.index)
    if rule.direction == "higher":
        share = frame["value"] / target
    else:
        # At or below 0 a value that should be small has reached its target.
        positive = frame["value"].where(frame["value"] > 0)
        share = (target / positive).mask((frame["value"] <= 0) & target.notna(), 1.0)
    return frame.assign(percent=share.clip(0, 1) * FULL)


def _between_quantiles(
    frame: pd.DataFrame, curve: Quantiles, rule: IndicatorRule, minimum_peers: int
) -> pd.DataFrame:
    groups = frame["value"].groupby(frame["peers"], dropna=True)
    low, high = (groups.transform("quantile", end) for end in curve.ends(rule.direction))
    apart = (high - low).where(high != low)
    position = ((frame["value"] - low) / apart).fillna(1.0).clip(0, 1)
    percent = curve.low_percent + position * (curve.high_percent - curve.low_percent)
    enough = groups.transform("count") >= minimum_peers
    return frame.assign(peer_low=low, peer_high=high, percent=percent.where(enough))


def _achieved_or_improved(
    frame: pd.DataFrame, curve: Benchmark, rule: IndicatorRule, rules: Rules
) -> pd.DataFrame:
    sign = 1 if rule.direction == "higher" else -1
    threshold, target = rules.figure(curve.threshold), rules.figure(curve.benchmark)
    achieved = ((frame["value"] - threshold) / (target - threshold)).clip(0, 1) * FULL
    improves = (sign * (target - frame["baseline"])) > 0
    way = (target - frame["baseline"]).where(improves)
    improved = ((frame["value"] - frame["baseline"]) / way).clip(0, 1) * curve.improvement_percent
    better = achieved.where(~(improved > achieved), improved)
    steps = np.floor((better / curve.step).round(DECIMALS) + 0.5) * curve.step
    return frame.assign(percent=steps.clip(lower=curve.floor))
