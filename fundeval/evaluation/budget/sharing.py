"""Share out amounts of whole 分 exactly: the proportional rule, and the largest remainder."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from fundeval.money import integers


def levels(floor: pd.Series, base: pd.Series, wanted: pd.Series, cap: pd.Series) -> list[pd.Series]:
    """Return the levels that an envelope is shared out between: bases are cut after increases."""
    return [floor, base.clip(floor, wanted), wanted, cap]


def allocate(levels: Sequence[pd.Series], target: pd.Series, group: pd.Series) -> pd.Series:
    """Share out the target of each group between rising levels, stage by stage.

    Increases are cut before anybody's base is, and floors and caps hold: the target lies between
    the sums of two neighbouring levels; every unit gets the lower one and the same share of its
    way to the upper one (the proportional rule of claims problems, W. Thomson, Math. Soc. Sci.
    45, 2003). The 分 left by rounding go to the largest remainders, ties in order of rows.

    Parameters
    ----------
    levels
        Amounts in 分 that rise row by row, for instance floor, base, needs, cap.
    target
        What the rows of a group sum to, the same for all of its rows; beyond the lowest or
        highest level every unit stays there.
    group
        The group of each row.

    Returns
    -------
    pandas.Series
        Whole 分 (`int64`).

    Examples
    --------
    >>> levels = [pd.Series([0, 0]), pd.Series([100, 200])]
    >>> allocate(levels, pd.Series([100, 100]), pd.Series(["a", "a"])).tolist()
    [33, 67]
    """
    amounts = [integers(level) for level in levels]
    targets = integers(target)
    shared = np.array(amounts[0], dtype=object)
    for rows in group.groupby(group, sort=False, dropna=True).indices.values():
        stages = [[int(level[row]) for row in rows] for level in amounts]
        shared[rows] = _share_out(stages, int(targets[rows[0]]))
    return pd.Series(shared.astype("int64"), levels[0].index)


def _share_out(stages: list[list[int]], target: int) -> list[int]:
    for lower, upper in pairwise(stages):
        low, high = sum(lower), sum(upper)
        if target < high or upper is stages[-1]:
            if high <= low or target <= low:
                return lower
            left, room = min(target, high) - low, high - low
            rises = [(b - a) * left for a, b in zip(lower, upper, strict=True)]
            shared = round_to_sum(rises, room, left)
            return [a + part for a, part in zip(lower, shared, strict=True)]
    return stages[-1]


def share_in_proportion(parts: pd.Series, total: pd.Series, group: pd.Series) -> pd.Series:
    """Share out the total of each group in proportion to whole parts, exact to the 分.

    Parameters
    ----------
    parts
        Whole numbers, 0 or more (dtype object, so that none is too large).
    total
        In 分, the same for all rows of a group.
    group
        The group of each row.

    Examples
    --------
    >>> rows = pd.Series([1, 2], dtype="object"), pd.Series([100, 100]), pd.Series(["a", "a"])
    >>> share_in_proportion(*rows).tolist()
    [33, 67]
    """
    shared = np.zeros(len(parts), dtype=object)
    for rows in group.groupby(group, sort=False, dropna=True).indices.values():
        of = [int(parts.iloc[row]) for row in rows]
        whole = int(total.iloc[rows[0]])
        if sum(of):
            shared[rows] = round_to_sum([part * whole for part in of], sum(of), whole)
    return pd.Series(shared.astype("int64"), parts.index)


def round_to_sum(amounts: Sequence[int], parts: int, total: int) -> list[int]:
    """Round down, and give the units that are left to the largest remainders, ties by order.

    Parameters
    ----------
    amounts
        Amounts in 1/`parts` of a unit that sum to `total` units, or to within half a unit of it.

    Examples
    --------
    >>> round_to_sum([1, 1, 6], 2, 4)
    [1, 0, 3]
    """
    whole, remainders = zip(*(divmod(amount, parts) for amount in amounts), strict=True)
    rounded = list(whole)
    left = total - sum(whole)
    for row in sorted(range(len(rounded)), key=lambda row: -remainders[row])[:left]:
        rounded[row] += 1
    return rounded
