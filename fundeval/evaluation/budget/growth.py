"""Growth of past years, as budgets and projections carry it on."""

from __future__ import annotations

import pandas as pd

from fundeval.evaluation.inputs import FUND, Inputs
from fundeval.money import to_yuan
from fundeval.policy import Rules


def mean_growth(table: pd.DataFrame, column: str, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return unit_id, scheme, `mean` and `count` of the last yearly growth rates of a column.

    Rates of the policy's `history_years` up to the evaluated one (R7), between adjacent whole
    years on the same basis, if the table states one; none from zero or a missing value.
    """
    whole = inputs.join_months(table)
    whole = whole[(whole["months"] == "") & (whole["year"] <= inputs.year)]
    same = [*FUND, "year", *table.columns.intersection(["basis"])]
    before = whole.assign(year=whole["year"] + 1)
    pairs = whole.merge(before, on=same, suffixes=("", "_before"), validate="one_to_one")
    pairs = pairs[pairs["year"] > inputs.year - rules.value("history_years")]
    now, earlier = to_yuan(pairs[column]), to_yuan(pairs[f"{column}_before"])
    growth = now / earlier.where(earlier > 0) - 1
    rates = pairs[FUND].assign(growth=growth).groupby(FUND)["growth"]
    return pd.DataFrame({"mean": rates.mean(), "count": rates.count()}).reset_index()
