"""Zeros that probably stand for what is missing: between years of large amounts."""

from __future__ import annotations

import pandas as pd

from fundeval.money import FEN
from fundeval.tables.schemas import key_of

# The amounts of a year that do not fall to nothing and come back, by table.
YEARLY = {"budgets": ("executed",), "funds": ("income", "expenditure")}
# In 元: a year before and one after with so much make a zero between them doubtful.
LARGE = 1_000_000


def zeros_between(table: pd.DataFrame, name: str, column: str, unit: int = FEN) -> pd.Series:
    """Tell which rows hold a zero while the same unit has large amounts before and after it.

    Parameters
    ----------
    table
        Rows of the table `name`, of all years; amounts in 分, or in what `unit` of makes a 元.

    Examples
    --------
    >>> years = pd.DataFrame({"unit_id": "U", "year": [2015, 2016, 2017], "scheme": "all"})
    >>> rows = years.assign(expenditure=[2e6, 0, 3e6])
    >>> zeros_between(rows, "funds", "expenditure", unit=1).tolist()
    [False, True, False]
    """
    zero = (table[column] == 0).fillna(False).astype("bool")
    if not zero.any():
        return zero
    near = table[table["unit_id"].isin(table.loc[zero, "unit_id"])].sort_values("year")
    figures = near[column].astype("float64")
    large = figures.where(figures >= LARGE * unit)
    of_series = large.groupby([near[key] for key in key_of(name) if key != "year"], dropna=False)
    between = of_series.ffill().notna() & of_series.bfill().notna()
    return zero & between.reindex(table.index, fill_value=False)
