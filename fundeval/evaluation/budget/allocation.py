"""Whole 分: round amounts to them, and share out an amount among units exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

NOISE = 6  # decimals of a 分; what lies below is noise of binary arithmetic


def allocate(levels: Sequence[pd.Series], target: pd.Series, group: pd.Series) -> pd.Series:
    """Return amounts in 分 that sum to the target of each group.

    `levels` rise row by row: from what each unit is sure of (its floor) by way of what it
    keeps (its base) to what is drawn up for it, and what it may get at most (its cap). The
    target lies between the sums of two neighbouring levels; every unit gets the lower one
    and the same share of its way to the upper one: the proportional rule of claims problems
    (W. Thomson, Math. Soc. Sci. 45, 2003), stage by stage. So increases are cut before
    anybody's base is, and floors and caps hold. The 分 left by rounding go to the largest
    fractions (largest remainder), ties in order of rows. `target` is the same for all rows
    of a group; beyond the lowest or highest level every unit stays there.
    """
    exact = levels[0].astype("float64")
    for lower, upper in pairwise(levels):
        low, high = _sums(lower, group), _sums(upper, group)
        share = ((target - low) / (high - low).where(high > low)).clip(0, 1).fillna(0.0)
        exact = exact + (upper - lower) * share
    within = target.clip(_sums(levels[0], group), _sums(levels[-1], group))
    return _round_to_sum(exact, within, group)


def down(amounts: pd.Series) -> pd.Series:
    """Round down to whole 分, up where only noise is missing."""
    rounded: pd.Series = np.floor(amounts.round(NOISE))
    return rounded


def _round_to_sum(exact: pd.Series, target: pd.Series, group: pd.Series) -> pd.Series:
    whole = down(exact)
    left = target - _sums(whole, group)
    rank = (whole - exact).groupby(group).rank(method="first")
    rounded: pd.Series = (whole + (rank <= left)).astype("int64")
    return rounded


def _sums(amounts: pd.Series, group: pd.Series) -> pd.Series:
    sums: pd.Series = amounts.groupby(group).transform("sum")
    return sums
