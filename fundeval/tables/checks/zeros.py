"""Zeros that probably stand for what is missing: beside years of large amounts."""

from __future__ import annotations

import pandas as pd

from fundeval.money import FEN
from fundeval.tables.schemas import key_of

# The amounts of a year that do not fall to nothing and come back, by table.
YEARLY = {"budgets": ("executed",), "funds": ("income", "expenditure")}
# A fund always takes in and spends; a department may spend nothing in its first or last year.
NEVER_ZERO = ("funds",)
# In 元: a year before or after with so much makes a zero beside it doubtful.
LARGE = 1_000_000


def zeros_taken_as_missing(
    table: pd.DataFrame, name: str, column: str, unit: int = FEN
) -> pd.Series:
    """Tell which zeros an evaluation takes as missing: between large amounts, and where none is.

    Parameters
    ----------
    table
        Rows of the table `name`, of all years; amounts in 分, or in what `unit` of makes a 元.

    Examples
    --------
    >>> years = pd.DataFrame({"unit_id": "U", "year": [2015, 2016, 2017], "scheme": "all"})
    >>> rows = years.assign(expenditure=[2e6, 0, 3e6])
    >>> zeros_taken_as_missing(rows, "funds", "expenditure", unit=1).tolist()
    [False, True, False]
    """
    before, after = _beside_large(table, name, column, unit)
    either = before | after
    return either if name in NEVER_ZERO else before & after & ~_explained(table)


def zeros_at_ends(table: pd.DataFrame, name: str, column: str, unit: int = FEN) -> pd.Series:
    """Tell which zeros before the first or after the last large amount stay zeros, yet doubtful.

    Examples
    --------
    >>> years = pd.DataFrame({"unit_id": "U", "year": [2016, 2017, 2018], "scheme": "all"})
    >>> rows = years.assign(executed=[2e6, 3e6, 0])
    >>> zeros_at_ends(rows, "budgets", "executed", unit=1).tolist()
    [False, False, True]
    """
    before, after = _beside_large(table, name, column, unit)
    return (before ^ after) & ~_explained(table)


def _explained(table: pd.DataFrame) -> pd.Series:
    """Tell which rows say why little or nothing was spent: their zero is meant."""
    given = pd.Series(False, table.index)
    for column in ("reason", "reason_code"):
        given |= table[column].notna() if column in table else False
    return given


def _beside_large(
    table: pd.DataFrame, name: str, column: str, unit: int
) -> tuple[pd.Series, pd.Series]:
    """Tell which zeros have a large amount as the nearest one before them, and after them.

    A smaller amount on one side makes a zero believable on both.
    """
    zero = (table[column] == 0).fillna(False).astype("bool")
    if not zero.any():
        return zero, zero
    # Rows that were added up may share a label.
    index, table = table.index, table.reset_index(drop=True)
    zero = zero.reset_index(drop=True)
    near = table[table["unit_id"].isin(table.loc[zero, "unit_id"])].sort_values("year")
    figures = near[column].astype("float64")
    figures = figures.where(figures != 0)
    of_series = figures.groupby([near[key] for key in key_of(name) if key != "year"], dropna=False)
    sides = (of_series.ffill(), of_series.bfill())
    small = (sides[0] < LARGE * unit) | (sides[1] < LARGE * unit)
    before, after = (
        ((side.notna() & ~small).reindex(zero.index, fill_value=False) & zero).set_axis(index)
        for side in sides
    )
    return before, after
