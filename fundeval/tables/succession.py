"""When units exist, and to which unit the rows of one that has ended belong."""

from __future__ import annotations

import pandas as pd

from fundeval.money import to_yuan
from fundeval.tables.schemas import ALL_SCHEMES

# The tables whose rows follow merged units, with the rest of their keys.
FOLLOWING = {
    "budgets": [], "monthly": ["month"], "services": ["setting", "care_level"], "funds": [],
    "settlements": [], "supervision": [], "disease_groups": ["group"], "refills": ["disease"],
    "populations": ["dimension", "segment"], "screening": ["rule"],
}  # fmt: skip

# The amount that is named where rows of a table count for no unit, or for another one.
AMOUNTS_OF = {
    "budgets": "executed", "monthly": "executed", "services": "cost", "funds": "expenditure",
    "settlements": "paid", "supervision": "violations_found", "disease_groups": "cost",
    "populations": "cost", "screening": "cost_flagged", "purchases": "amount",
}  # fmt: skip


def exists(units: pd.DataFrame, year: int) -> pd.Series:
    """Tell which units exist in a year: from `valid_from` to `valid_to`, both included."""
    first = units["valid_from"].dt.year.fillna(year)
    last = units["valid_to"].dt.year.fillna(year)
    within: pd.Series = (first <= year) & (last >= year)
    return within


def successors(units: pd.DataFrame, year: int) -> pd.Series:
    """Map each unit that ended before the end of `year` to the last of the chain of successors.

    One that ended within the year counts with its successor in it: together they are what the
    successor is at the end of the year.

    Examples
    --------
    >>> ends = pd.to_datetime(["2022-12-31", "2023-06-30", None])
    >>> units = pd.DataFrame(
    ...     {"unit_id": ["A", "B", "C"], "successor_id": ["B", "C", None], "valid_to": ends}
    ... ).assign(valid_from=pd.NaT)
    >>> successors(units, 2023).to_dict()
    {'A': 'C', 'B': 'C'}
    """
    last_day = pd.Timestamp(year, 12, 31)
    ended = units[units["successor_id"].notna() & (units["valid_to"] < last_day)]
    # Where the successor begins later, the unit is judged in its last year itself.
    begun = units.loc[exists(units, year), "unit_id"]
    ended = ended[(ended["valid_to"].dt.year < year) | ended["successor_id"].isin(begun)]
    following = ended.set_index("unit_id")["successor_id"]
    last: pd.Series = following
    # Who is followed in a circle has no last successor: `check` refuses it, and here it stays.
    for _ in following:
        onward = last.map(following)
        if onward.isna().all():
            break
        last = onward.fillna(last)
    return last[~last.isin(following.index)]


def executed_by(budgets: pd.DataFrame, unit_ids: pd.Index) -> pd.Series:
    """Return what units executed in all years, in 元: over all schemes, or the sum of schemes."""
    by = [budgets["unit_id"], budgets["scheme"] == ALL_SCHEMES]
    sums = to_yuan(budgets["executed"]).groupby(by, dropna=True).sum(min_count=1)
    return sums.groupby(level=0, dropna=True).max().reindex(unit_ids)
