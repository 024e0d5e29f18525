"""Growth of past years, as budgets and projections carry it on."""

from __future__ import annotations

import pandas as pd

from fundeval.evaluation.cells import as_texts
from fundeval.evaluation.inputs import FUND, Inputs
from fundeval.money import to_yuan
from fundeval.policy import Rules


def mean_growth(table: pd.DataFrame, column: str, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return unit_id, scheme, `mean` and `count` of the last yearly growth rates of a column.

    Rates of the policy's `history_years` up to the evaluated one (R7), between adjacent whole
    years on the same basis, if the table states one; none from zero or a missing value.
    """
    cells, year = inputs.cells, len(inputs.cells.schemes)
    whole = table[inputs.is_whole(table) & (table["year"] <= inputs.year)]
    rows = pd.DataFrame({"figure": to_yuan(whole[column]).array}, cells.of(whole))
    rows["basis"] = whole["basis"].fillna("").array if "basis" in whole else ""
    rows = rows.sort_index()
    before = rows.reindex(rows.index - year).set_axis(rows.index)
    pairs = rows["basis"] == before["basis"]
    pairs &= cells.year_of(rows.index.to_numpy()) > inputs.year - rules.value("history_years")
    earlier = before["figure"].where(before["figure"] > 0)
    growth = (rows["figure"] / earlier - 1)[pairs]
    # Whatever the year: by unit and scheme, in the order of years.
    keys = as_texts(cells.keys(growth.index.to_numpy()))[FUND]
    rates = keys.assign(growth=growth.array).groupby(FUND, dropna=True)["growth"]
    return pd.DataFrame({"mean": rates.mean(), "count": rates.count()}).reset_index()
