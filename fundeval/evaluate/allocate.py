"""Share out an amount among units, exact to the 分."""

from __future__ import annotations

import numpy as np
import pandas as pd


def allocate(wanted: pd.Series, base: pd.Series, target: pd.Series, group: pd.Series) -> pd.Series:
    """Return amounts in 分 that sum to the target of each group.

    All in whole 分; `target` is the same for all rows of a group. When there is too little,
    increases over the base are cut first, in proportion; what must still go is cut from
    all in proportion. When there is more than was wanted, all rise in proportion. The 分
    left by rounding go to the largest fractions (largest remainder), ties in order of rows.
    A group in which nobody wants anything gets nothing.
    """

    def sums(amounts: pd.Series) -> pd.Series:
        return amounts.groupby(group).transform("sum")

    protected = pd.Series(np.minimum(wanted, base), index=wanted.index)
    increase = wanted - protected
    all_wanted, all_protected = sums(wanted), sums(protected)
    exact = np.select(
        [target >= all_wanted, target >= all_protected],
        [
            wanted * _quotient(target, all_wanted),
            protected + increase * _quotient(target - all_protected, all_wanted - all_protected),
        ],
        default=protected * _quotient(target, all_protected),
    )
    return _round_to_sum(pd.Series(exact, index=wanted.index), target, group)


def _round_to_sum(exact: pd.Series, target: pd.Series, group: pd.Series) -> pd.Series:
    whole = np.floor(exact)
    left = target - whole.groupby(group).transform("sum")
    rank = (whole - exact).groupby(group).rank(method="first")
    rounded: pd.Series = (whole + (rank <= left)).astype("int64")
    return rounded


def _quotient(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    return (numerator / denominator.where(denominator != 0)).fillna(0.0)
