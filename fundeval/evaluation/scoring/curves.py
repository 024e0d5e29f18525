"""Score curves: from the value of an indicator to the percent of its weight.

Computed for all units at once; `report.text.curve_sums` writes the same out for one unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Truths
from fundeval.evaluation.figures import Figures
from fundeval.indicator_registry import Direction
from fundeval.policy import Rules
from fundeval.policy.curves import (
    FULL,
    AnyCurve,
    Composed,
    Figure,
    Found,
    Segments,
    figures_of,
    simple,
)
from fundeval.policy.model import Scoring

DECIMALS = 12
COMPOSE: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "best": np.fmax, "worst": np.minimum, "mean": np.add, "sum": np.add,
}  # fmt: skip


class Scored(NamedTuple):
    """Percents of the weight, the figures that a curve goes through, and whom it covers."""

    percent: Floats
    figures: list[Floats]
    covered: Truths


@dataclass(frozen=True)
class Rows(Figures):
    """What figures are looked up in: rows of one indicator, and the policy.

    `frame` also has value, baseline, `peers`, the label of the group that the peers are, and
    `measure.NAME` for each supplied measure that a curve names.
    """

    direction: Direction

    def find(self, figure: Figure) -> Floats:
        """Return what the data hold: a figure of the unit, or a statistic of its peers."""
        if not isinstance(figure, Found) or figure.measure is not None:
            name = f"measure.{figure.measure}" if isinstance(figure, Found) else figure
            return self.frame[name].to_numpy("float64")
        value = self.frame["value"]
        groups = value.groupby(self.frame["peers"], dropna=True)
        enough = groups.transform("count") >= self.rules.value("minimum_peers")
        if figure.quantile is not None:
            found = groups.transform("quantile", figure.quantile)
        elif figure.mean_of_best is not None:
            sign = -1 if self.direction == "lower" else 1
            signed = (value * sign).groupby(self.frame["peers"], dropna=True)
            least = signed.transform("quantile", round(1 - figure.mean_of_best, DECIMALS))
            found = self._mean(value.where(value * sign >= least))
        else:
            found = self._mean(value) + (figure.mean_plus or 0) * groups.transform("std", ddof=0)
        return found.where(enough).to_numpy("float64")

    def _mean(self, values: pd.Series) -> pd.Series:
        """Return the mean of the peers; of equal values exactly theirs, whatever a sum rounds."""
        groups = values.groupby(self.frame["peers"], dropna=True)
        return groups.transform("mean").clip(groups.transform("min"), groups.transform("max"))


def apply_curve(frame: pd.DataFrame, rule: Scoring, rules: Rules) -> Scored:
    """Return what each value earns, 0 to 100, missing without a value or a figure.

    `frame` is as in `Rows`; figures are in the order of `policy.curves.figures_of`. A row that a
    map by code has no key for is not covered.
    """
    rows, figures = Rows(frame, rules, rule.direction), figures_of(rule.curve, rule.direction)
    numbers = [rows.look_up(figure, np.inf) for figure in figures]
    covered = ~np.logical_or.reduce([np.isinf(number) for number in numbers])
    numbers = [np.where(np.isinf(number), np.nan, number) for number in numbers]
    value = frame["value"].to_numpy("float64")
    percent = find_percents(rule, value, numbers)
    return Scored(percent, numbers, covered)


def find_percents(rule: Scoring, value: Floats, figures: list[Floats]) -> Floats:
    """Return what values earn, given the figures that the curve goes through at each of them."""
    curve = simple(rule.curve, rule.direction)
    percent = _percent(curve, rule.direction, value, iter(figures))
    return np.where(np.isnan(value), np.nan, percent).round(DECIMALS)


def _percent(
    curve: AnyCurve, direction: Direction, value: Floats, numbers: Iterator[Floats]
) -> Floats:
    """Return the percent at each value, taking the figures of each part in their order."""
    match curve:
        case Composed():
            parts = [_percent(part, direction, value, numbers) for part in curve.of]
            percent = reduce(COMPOSE[curve.kind], parts)
            percent = percent / len(parts) if curve.kind == "mean" else percent
        case Segments():
            points = curve.rising(direction)
            xs = [next(numbers) for _ in points]
            percent = _on_lines(value, xs, [height for _, height in points])
        case _:
            percent = _share_of_target(value, next(numbers), direction)
    if curve.step is not None:
        percent = np.floor((percent / curve.step).round(DECIMALS) + 0.5) * curve.step
    return percent.clip(curve.floor, curve.cap)


def _on_lines(value: Floats, xs: list[Floats], heights: list[float]) -> Floats:
    """Return heights on lines through points, flat outside; the better one where they jump.

    Missing where a point of the row is, or where its points do not rise.
    """
    found = np.full(len(value), heights[0])
    possible = ~np.isnan(xs[0])
    for (x, after), (low, high) in zip(pairwise(xs), pairwise(heights), strict=True):
        possible &= after >= x
        way = (value - x) / np.where(after > x, after - x, np.nan)
        line = np.where(value < after, low + way * (high - low), high)
        found = np.where(value > x, line, found)
        found = np.where((value == x) & (x == after), np.fmax(found, max(low, high)), found)
    return np.where(possible, found, np.nan)


def _share_of_target(value: Floats, target: Floats, direction: Direction) -> Floats:
    """Return value / target, or target / value for lower is better, as percent up to 100;
    missing where the target is negative, or 0 for higher."""
    if direction == "higher":
        share = value / np.where(target > 0, target, np.nan)
    else:
        # At or below 0 a value that should be small has reached its target.
        share = np.where(value > 0, target / np.where(value > 0, value, np.nan), 1.0)
        share = np.where(target >= 0, share, np.nan)
    return share.clip(0, 1) * FULL
