"""Which units are above which."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.arrays import Whole


def ancestors(units: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of a unit and one above it, the nearest first: unit_id, ancestor_id.

    Parameters
    ----------
    units
        Units with `parent_id`, none of them above itself.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["D", "H", "R"], "parent_id": ["H", "R", None]})
    >>> ancestors(units).values.tolist()
    [['D', 'H'], ['H', 'R'], ['D', 'R']]
    """
    parents = units.set_index("unit_id")["parent_id"]
    pairs, ancestor = [parents.dropna()], parents
    while ancestor.notna().any():
        ancestor = ancestor.map(parents)
        pairs.append(ancestor.dropna())
    every: pd.Series = pd.concat(pairs).rename("ancestor_id").rename_axis("unit_id")
    return every.reset_index()


def nearest_of(unit_ids: pd.Series, units: pd.DataFrame, existing: pd.DataFrame) -> pd.Series:
    """Return units that exist, in place of others the nearest unit above them that does."""
    parents = units.set_index("unit_id")["parent_id"]
    while (gone := ~unit_ids.isin(existing["unit_id"]) & unit_ids.map(parents).notna()).any():
        unit_ids = unit_ids.mask(gone, unit_ids.map(parents))
    return unit_ids


def count_ancestors(parents: Whole, kinds: Whole | None = None) -> Whole:
    """Return how many ancestors each unit has, given the place of its parent; only those of its
    own kind, given kinds."""
    depth, ancestor = np.zeros(len(parents), "int64"), parents
    while (ancestor >= 0).any():
        depth += (ancestor >= 0) & (kinds is None or kinds[ancestor] == kinds)
        ancestor = np.where(ancestor >= 0, parents[ancestor], -1)
    return depth
