"""Income, expenditure and balance of the next years under stated scenarios (R21)."""

from __future__ import annotations

import pandas as pd

from fundeval.evaluation.budget.growth import mean_rates, of_rows
from fundeval.evaluation.inputs import MONTHS, Inputs
from fundeval.money import multiply, to_yuan
from fundeval.policy import Rules

GDP_LINE = "gdp_line"


def project(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Project each fund's next years by scenario, from the evaluated year on (R21).

    Income and expenditure grow by the mean of their last growth rates (`history_years`); a
    scenario moves the growth of expenditure by its points. On the `gdp_line` expenditure
    grows with the GDP instead (R9). Closing = opening + income − expenditure; a negative one
    pays for no month. A fund without balance or without two comparable years gets no row, nor does
    a scenario whose growth is not known.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> projected = evaluation.evaluate(city, rules, 2024).projections
    >>> projected.loc[0, ["unit_id", "scheme", "scenario"]].tolist()
    ['990100', 'employee', 'gdp_line']
    """
    base = inputs.rows_of_year(inputs.funds).dropna(subset="closing")
    years = inputs.year - rules.value("history_years"), inputs.year
    whole = inputs.funds[inputs.is_whole(inputs.funds)]
    for amount in ("income", "expenditure"):
        found = mean_rates(whole, amount, inputs, years)
        base = base.assign(**{f"{amount}_growth": of_rows(found, base, inputs)})
        base = base.dropna(subset=f"{amount}_growth")
    gdp = inputs.of_units(base["unit_id"], inputs.inherit(inputs.stated("gdp_growth")), offset=1)
    growths = {
        name: base["expenditure_growth"] + points
        for name, points in rules.value("projection_scenarios").items()
    }
    growths[GDP_LINE] = gdp
    paths = [base.assign(scenario=name, growth=growth) for name, growth in growths.items()]
    # Without its growth a scenario has no years to come: it is left out.
    frame = _roll_forward(pd.concat(paths, ignore_index=True).dropna(subset="growth"), rules)
    frame = frame[frame["expenditure"].notna()]
    order = ["unit_id", "scheme", "scenario", "year"]
    return frame.sort_values(order, ignore_index=True)


def _roll_forward(base: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Roll the balance of each scenario forward year by year."""
    years = [base]
    for _ in range(rules.value("projection_years")):
        last = years[-1]
        income = multiply(last["income"], 1 + base["income_growth"])
        expenditure = multiply(last["expenditure"], 1 + base["growth"])
        closing = last["closing"] + income - expenditure
        amounts = {"income": income, "expenditure": expenditure, "closing": closing}
        years.append(last.assign(year=last["year"] + 1, **amounts))
    frame = pd.concat(years, ignore_index=True)
    expenditure, closing = to_yuan(frame["expenditure"]), to_yuan(frame["closing"])
    monthly = expenditure.where(expenditure > 0) / MONTHS
    return frame.assign(payable_months=closing.clip(lower=0) / monthly)
