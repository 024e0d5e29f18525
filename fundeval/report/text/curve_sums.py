"""How a score curve makes points of a value, written out so that a reader can do the sum again.

Each curve of `policy.curves` has its text here and its arithmetic in `evaluation.scoring.curves`;
tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Callable

from fundeval.indicator_registry import Direction, plain
from fundeval.policy.curves import (
    FULL,
    AnyCurve,
    Benchmark,
    Figure,
    Quantiles,
    Segments,
    Target,
)
from fundeval.policy.model import IndicatorRule
from fundeval.report.unit_view import certain
from fundeval.results.rows import ScoreRow

Figures = Callable[[Figure], float]


def write_points(
    row: ScoreRow, rule: IndicatorRule, figure: Figures, level: str | None
) -> dict[str, str]:
    """Return the steps from a value to its points by name: curve, percent, points."""
    percent = plain(certain(row.percent_of_weight))
    return {
        "curve": describe(rule.curve, rule.direction, figure),
        "percent": f"{write_out(row, rule, figure, level)} = {percent}",
        "points": f"{percent} / {FULL:g} * {plain(row.max)} = {plain(certain(row.points))}",
    }


def describe(curve: AnyCurve, direction: Direction, figure: Figures) -> str:
    """Return what a curve promises: value → percent of the weight, flat outside."""
    match curve:
        case Segments():
            return ", ".join(f"{figure(x):.12g} → {y:g}%" for x, y in curve.points)
        case Target():
            return "x / target" if direction == "higher" else "target / x"
        case Quantiles():
            low, high = f"P{curve.low * FULL:g}", f"P{curve.high * FULL:g}"
            return f"{low} → {curve.low_percent:g}%, {high} → {curve.high_percent:g}%"
        case Benchmark():
            start, end = figure(curve.threshold), figure(curve.benchmark)
            most = curve.improvement_percent
            return f"{start:g} → 0%, {end:g} → 100%; baseline → 0%, {end:g} → {most:g}%"


def write_out(row: ScoreRow, rule: IndicatorRule, figure: Figures, level: str | None) -> str:
    """Return the percent of the weight that a value earns as arithmetic, numbers filled in.

    Parameters
    ----------
    row
        A judged score: its value, baseline, and the ends of its peers.
    figure
        Looks up a number of a curve, or the parameter that holds it.
    level
        The level of the unit, by which a target may differ.
    """
    value, before = certain(row.value), row.baseline
    x = plain(value)
    match rule.curve:
        case Segments() as curve:
            return _line(value, [(figure(p), y) for p, y in curve.points])
        case Target() as curve:
            target = plain(figure(curve.of_level(level) or 0.0))
            share = f"{x} / {target}"
            if rule.direction == "lower":
                share = f"{target} / {x}" if value > 0 else "1"
            return f"max(0, min(1, {share})) * 100"
        case Quantiles() as curve:
            low, high = plain(certain(row.peer_low)), plain(certain(row.peer_high))
            rise = f"({x} - {low}) / ({high} - {low})" if row.peer_low != row.peer_high else "1"
            width = plain(curve.high_percent - curve.low_percent)
            return f"{plain(curve.low_percent)} + max(0, min(1, {rise})) * {width}"
        case Benchmark() as curve:
            threshold, target_, before = (
                figure(curve.threshold),
                figure(curve.benchmark),
                row.baseline,
            )
            ways = [f"max(0, min(1, {_rise(x, threshold, target_)})) * 100"]
            ahead = 0.0 if before is None else target_ - before
            if ahead > 0 if rule.direction == "higher" else ahead < 0:
                most = plain(curve.improvement_percent)
                ways.append(f"max(0, min(1, {_rise(x, before or 0.0, target_)})) * {most}")
            step = plain(curve.step)
            better = f"max({', '.join(ways)}, 0)"
            return f"max({plain(curve.floor)}, floor({better} / {step} + 0.5) * {step})"


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
