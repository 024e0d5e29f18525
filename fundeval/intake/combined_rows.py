"""Rows of one key made one: items in rows, sums, and parts that come from two files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pandas as pd

from fundeval.tables.cells import as_text

# Where a row comes from: the number of its origin, and its row there; by column where the cells
# of a row come from several.
ORIGIN, ROW, CELLS = "@origin", "@row", "@cells"
OWN = (ORIGIN, ROW, CELLS)


@dataclass
class Combined:
    """The rows, each key once but where its cells differ; what was found on the way.

    `blanks` are the places (column, origin, row) of blank parts of a sum, `differing` those of
    two cells of one key that are not equal.
    """

    rows: pd.DataFrame
    count: int = 0
    blanks: list[tuple[str, object, object]] = field(default_factory=list)
    differing: list[tuple[str, object, object]] = field(default_factory=list)


def combine(
    rows: pd.DataFrame, key: Sequence[str], figures: Sequence[str], *, add: bool,
    zero: Collection[str] = (),
) -> Combined:  # fmt: skip
    """Make one row of those that share a key.

    Parameters
    ----------
    rows
        Rows with their places `ORIGIN` and `ROW`.
    key
        Columns that are equal; a blank one is a value of its own.
    figures
        Columns that a sum is made of.
    add
        Whether figures that stand in several rows are added; otherwise they must be one.
    zero
        The columns whose blanks are zero in a sum; of others a sum with a blank is missing.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": ["A", "A"], "executed": [60, 35], ORIGIN: 0, ROW: [2, 3]})
    >>> combine(rows, ["unit"], ["executed"], add=True).rows["executed"].tolist()
    [95.0]
    """
    combined = Combined(rows)
    made = []
    for _, group in rows.groupby(_identified(rows, key), sort=False, dropna=False):
        if len(group) == 1:
            made.append(group.iloc[0])
            continue
        combined.count += 1
        one, cells = group.iloc[0].copy(), {}
        for column in rows.columns.difference([*key, *OWN]):
            held = group[column].dropna()
            if len(held):
                cells[column] = tuple(group.loc[held.index[0], [ORIGIN, ROW]])
                one[column] = held.iloc[0]
            if add and column in figures and len(held):
                one[column] = _sum(combined, group, column, column in zero)
            elif len(as_text(held).unique()) > 1:
                combined.differing.append((column, *group.loc[held.index[-1], [ORIGIN, ROW]]))
        one[CELLS] = cells
        made.append(one)
    combined.rows = pd.DataFrame(made, columns=[*rows.columns.drop(CELLS, errors="ignore"), CELLS])
    combined.rows = combined.rows.astype(object).reset_index(drop=True)
    return combined


def _sum(combined: Combined, group: pd.DataFrame, column: str, zero: bool) -> object:
    """Return the sum of a column; missing, or what cannot be read, where a part is."""
    numbers = pd.to_numeric(group[column], errors="coerce").astype("float64")
    unread = group.loc[numbers.isna() & group[column].notna(), column]
    if len(unread):
        return unread.iloc[0]
    gaps = group[numbers.isna()]
    combined.blanks += [(column, row[ORIGIN], row[ROW]) for _, row in gaps.iterrows()]
    if len(gaps) and not zero:
        return None
    return float(numbers.sum())


def _identified(rows: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    """Return a number for each key, the same for rows that share it."""
    texts = [as_text(rows[column]).fillna("").tolist() for column in key]
    numbers: dict[tuple[str, ...], int] = {}
    found = [numbers.setdefault(texts, len(numbers)) for texts in zip(*texts, strict=True)]
    return pd.Series(found if key else 0, rows.index, dtype="int64")


def shared_keys(rows: pd.DataFrame, key: Sequence[str], by: str) -> pd.Series:
    """Tell which rows have a key that rows of another value in the column `by` have too."""
    return (
        rows[by].groupby(_identified(rows, key), sort=False, dropna=False).transform("nunique") > 1
    )
