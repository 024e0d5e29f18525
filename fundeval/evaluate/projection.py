"""Income, expenditure and balance of the next years under stated scenarios (R21)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.tables import ALL_SCHEMES, KEY, Inputs, add_up, from_ancestors, look_up
from fundeval.evaluation import FRAMES
from fundeval.policy import Rules

GDP_LINE = "gdp_line"
MONTHS = 12


def project(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return each fund's next years by scenario, in 元, from the evaluated year on.

    Income and expenditure grow by the mean of their last growth rates (`history_years`); a
    scenario moves the growth of expenditure by its points. On the `gdp_line` expenditure
    grows with the GDP instead (R9). Closing = opening + income − expenditure; a negative one
    pays for no month. A fund without balance or without two comparable years gets no row.
    """
    funds = add_up(inputs.funds, KEY, ["income", "expenditure", "closing"])
    base = funds[(funds["year"] == inputs.year) & funds["closing"].notna()]
    base = base.merge(_growth(funds, inputs, rules), on=["unit_id", "scheme"])
    context = inputs.context[
        (inputs.context["year"] == inputs.year + 1) & (inputs.context["scheme"] == ALL_SCHEMES)
    ].set_index("unit_id")
    gdp = look_up(base["unit_id"], from_ancestors(inputs.units, context["gdp_growth"].dropna()))
    growths = {
        name: base["expenditure_growth"] + points
        for name, points in rules.value("projection_scenarios").items()
    }
    growths[GDP_LINE] = gdp
    paths = [_path(base, name, growth, rules) for name, growth in growths.items()]
    frame = pd.concat(paths, ignore_index=True)
    frame = frame[frame["expenditure"].notna()]
    order = ["unit_id", "scheme", "scenario", "year"]
    return frame[list(FRAMES["projections"])].sort_values(order, ignore_index=True)


def _growth(funds: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the mean yearly growth of income and expenditure between comparable years."""
    part_years = pd.MultiIndex.from_frame(inputs.part_years[["unit_id", "year"]])
    whole = funds[~pd.MultiIndex.from_frame(funds[["unit_id", "year"]]).isin(part_years)]
    before = whole.assign(year=whole["year"] + 1)
    pairs = whole.merge(before, on=[*KEY, "basis"], suffixes=("", "_before"))
    recent = pairs["year"].between(inputs.year - rules.value("history_years") + 1, inputs.year)
    pairs = pairs[recent]
    rates = pd.DataFrame(
        {
            f"{name}_growth": pairs[name] / pairs[f"{name}_before"].where(lambda x: x > 0) - 1
            for name in ("income", "expenditure")
        }
    )
    return rates.groupby([pairs["unit_id"], pairs["scheme"]]).mean().dropna().reset_index()


def _path(base: pd.DataFrame, scenario: str, growth: pd.Series, rules: Rules) -> pd.DataFrame:
    """Roll the balance forward year by year."""
    rows = [base.assign(scenario=scenario)]
    for _ in range(rules.value("projection_years")):
        last = rows[-1]
        income = (last["income"] * (1 + base["income_growth"])).round(2)
        expenditure = (last["expenditure"] * (1 + growth)).round(2)
        closing = (last["closing"] + income - expenditure).round(2)
        rows.append(
            last.assign(
                year=last["year"] + 1, income=income, expenditure=expenditure, closing=closing
            )
        )
    frame = pd.concat(rows, ignore_index=True)
    monthly = frame["expenditure"].where(frame["expenditure"] > 0) / MONTHS
    return frame.assign(payable_months=np.maximum(frame["closing"], 0.0) / monthly)
