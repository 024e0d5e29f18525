"""Score curves: from the value of an indicator to the percent of its weight.

Each curve is stated twice, side by side: computed for all units at once, and written out
with the numbers of one unit so that a reader can do the sum again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fundeval.indicator_registry import plain
from fundeval.policy import Rules
from fundeval.policy.curves import FULL, Benchmark, Quantiles, Segments, Target
from fundeval.policy.model import IndicatorRule

DECIMALS = 12


def apply_curve(frame: pd.DataFrame, rule: IndicatorRule, rules: Rules) -> pd.DataFrame:
    """Return the frame with `percent` of the weight, 0 to 100, missing without a value.

    `frame` has value, baseline, level and `peers`, the label of the group that quantiles
    are taken within. Further columns hold what the calculation used.
    """
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


def write_out(row: Any, rule: IndicatorRule, rules: Rules) -> str:
    """Return the calculation of one row of `apply_curve` as arithmetic, numbers filled in."""
    x = plain(row.value)
    match rule.curve:
        case Segments() as curve:
            return _line(row.value, [(rules.figure(p), y) for p, y in curve.points])
        case Target():
            share = f"{x} / {plain(row.target)}"
            if rule.direction == "lower":
                share = f"{plain(row.target)} / {x}" if row.value > 0 else "1"
            return f"max(0, min(1, {share})) * 100"
        case Quantiles() as curve:
            low, high = plain(row.peer_low), plain(row.peer_high)
            rise = f"({x} - {low}) / ({high} - {low})" if row.peer_low != row.peer_high else "1"
            width = plain(curve.high_percent - curve.low_percent)
            return f"{plain(curve.low_percent)} + max(0, min(1, {rise})) * {width}"
        case Benchmark() as curve:
            ways = [f"max(0, min(1, {_rise(x, row.threshold, row.target)})) * 100"]
            if row.improves:
                rise = _rise(x, row.baseline, row.target)
                most = plain(curve.improvement_percent)
                ways.append(f"max(0, min(1, {rise})) * {most}")
            step = plain(curve.step)
            better = f"max({', '.join(ways)}, 0)"
            return f"max({plain(curve.floor)}, floor({better} / {step} + 0.5) * {step})"


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
    return frame.assign(target=target, percent=share.clip(0, 1) * FULL)


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
    return frame.assign(
        threshold=threshold, target=target, improves=improves, percent=steps.clip(lower=curve.floor)
    )


def _line(value: float, points: list[tuple[float, float]]) -> str:
    """Write the straight line between the two points that a value lies between."""
    (first, lowest), (last, highest) = points[0], points[-1]
    if value <= first or value >= last:
        return plain(lowest if value <= first else highest)
    upper = next(n for n, (x, _) in enumerate(points) if value <= x)
    (x0, y0), (x1, y1) = points[upper - 1], points[upper]
    rise = _rise(plain(value), x0, x1)
    return f"{plain(y0)} + {rise} * ({plain(y1)} - {plain(y0)})"


def _rise(x: str, start: float, end: float) -> str:
    return f"({x} - {plain(start)}) / ({plain(end)} - {plain(start)})"
