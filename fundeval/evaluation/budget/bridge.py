"""The bridge from this year's budget to the next: what each rule adds, to the 分.

The order is fixed, because the steps do not commute: the drivers of growth work on the
base; the grade works on what they lead to, and the execution link on that again; last, the
envelope brings the sum of the units down to what there is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.envelope import fit_envelope
from fundeval.evaluation.budget.growth import mean_growth
from fundeval.evaluation.inputs import (
    FUND,
    Inputs,
    case_when,
    from_ancestors,
)
from fundeval.evaluation.scoring.bands import band_of
from fundeval.money import RATE_DECIMALS, amounts, divide, integers, multiply
from fundeval.policy import Rules
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES

# The drivers of growth, with their weights (R7).
DRIVERS = {
    "history": "history_weight",
    "population": "population_weight",
    "technology": "technology_weight",
}
# Each step of the bridge, in order, with the parameter that it rests on.
PARAMETERS = {
    "base": "budget_base",
    **DRIVERS,
    "regional_float": "regional_float",
    "grade": "grade_budget_rates",
    "execution_link": "execution_link",
    "envelope": "",
    "next_budget": "",
}
# What bound the envelope -> its parameter; income and a parent's budget are not parameters.
LIMITS = {"gdp": "gdp_ceiling", "floor": "budget_floor", "cap": "budget_cap"}


def draw_up_budgets(
    inputs: Inputs, indicators: pd.DataFrame, grades: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Return next year's budget of each unit and scheme as a bridge, long, in 分.

    `year` is the budget year. The steps of a unit sum to its `next_budget` to the 分. A
    unit without a base, or without any driver of growth, has no budget but a reason. A
    missing grade or execution rate moves no money and says so. The rate is that of the unit
    over all its schemes, whichever scheme's budget it works on.
    """
    bases = _bases(inputs, rules)
    bases = bases.merge(_judgements(indicators, grades, inputs), on="unit_id", how="left")
    rates = _driver_rates(bases, inputs, rules)
    without = (bases["reason"] == "") & rates.isna().all(axis=1)
    bases["reason"] = bases["reason"].mask(without, "no_growth_driver")
    drawn_up = bases["reason"] == ""
    steps = _steps(bases[drawn_up], rates[drawn_up], inputs, rules)
    missing = bases.loc[~drawn_up, [*FUND, "reason"]]
    missing = missing.merge(pd.DataFrame({"step": [*PARAMETERS]}), how="cross")
    frame = pd.concat([steps, missing], ignore_index=True)
    frame = _with_alliances(frame, inputs.units)
    frame = pd.concat([frame, _over_all_schemes(frame)], ignore_index=True)
    limit = frame["reason"].map(LIMITS).where(frame["step"] == "envelope")
    frame = frame.assign(
        year=inputs.year + 1,
        parameter=limit.fillna(frame["step"].map(PARAMETERS)),
        status=case_when({"ok": frame["amount"].notna()}, "not_judged"),
        order=frame["step"].map({step: n for n, step in enumerate(PARAMETERS)}),
    )
    frame = frame.sort_values([*FUND, "order"], ignore_index=True)
    return frame[list(FRAMES["budget"])]


def _bases(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the base of each unit and scheme; a unit of this year without row gets none.

    Of a unit with rows by scheme a row for all schemes is left out: it would count twice.
    """
    budgets = inputs.of_year(inputs.budgets)
    of_all = budgets["scheme"] == ALL_SCHEMES
    by_scheme = budgets.loc[~of_all, "unit_id"].unique()
    budgets = budgets[~of_all | ~budgets["unit_id"].isin(by_scheme)]
    choices = {
        "adjusted": budgets["adjusted"],
        "executed": budgets["executed"],
        "average": _average(budgets["adjusted"], budgets["executed"]),
    }
    budgets = budgets[[*FUND, "executed"]].assign(base=choices[rules.value("budget_base")])
    frame = inputs.units[["unit_id", "kind", "parent_id"]].merge(budgets, how="left")
    part_year = inputs.of_year(inputs.part_years)["unit_id"]
    reason = case_when(
        {
            "no_budget": frame["scheme"].isna(),
            "part_year": frame["unit_id"].isin(part_year),
            "missing_base": frame["base"].isna(),
        }
    )
    return frame.assign(scheme=frame["scheme"].fillna(ALL_SCHEMES), reason=reason)


def _average(first: pd.Series, second: pd.Series) -> pd.Series:
    total = first + second
    return amounts(divide(integers(total), 2), total.index, total.isna())


def _judgements(indicators: pd.DataFrame, grades: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return grade and execution rate (over all schemes) of each unit, missing if unjudged."""
    rates = inputs.of_year(indicators[indicators["indicator"] == "execution_rate"])
    rates = rates[(rates["scheme"] == ALL_SCHEMES) & (rates["status"] == "ok")]
    rate = grades["unit_id"].map(rates.set_index("unit_id")["value"])
    return grades[["unit_id", "grade"]].assign(execution_rate=rate)


def _driver_rates(bases: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return what each driver adds to the base, weights of missing ones spread (R7).

    Past growth is that of what was executed. Growth of population and technology is that of
    the unit or of its region; the population of one unit is never compared with another's.
    """
    context = inputs.context[inputs.context["scheme"] == ALL_SCHEMES].set_index("unit_id")
    now, coming = inputs.of_year(context), inputs.of_year(context, later=1)
    growth = {
        "population": coming["population"] / now["population"].where(now["population"] > 0) - 1,
        "technology": coming["technology_growth"],
    }
    past = mean_growth(inputs.budgets, "executed", inputs, rules)
    past = past[past["count"] >= rules.value("minimum_growth_years")].set_index(FUND)["mean"]
    rates = pd.DataFrame({"history": past.reindex(pd.MultiIndex.from_frame(bases[FUND])).array})
    for driver, known in growth.items():
        around = from_ancestors(inputs.units, known.dropna())
        rates[driver] = around.reindex(bases["unit_id"]).array
    rates.index = bases.index
    weights = pd.Series({driver: rules.value(weight) for driver, weight in DRIVERS.items()})
    known_weights = rates.notna() * weights
    share = known_weights.sum(axis=1)
    spread = weights.sum() / share.where(share > 0)
    if rules.value("missing_driver") == "void":
        spread = spread.where(np.isclose(share, weights.sum()))
    return known_weights.mul(spread, axis=0) * rates


def _steps(bases: pd.DataFrame, rates: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the steps of the budgets that are drawn up: amount = base × rate.

    A missing rate moves no money and says why.
    """
    base = bases["base"]
    frames, running = [_step(bases, "base", base)], base
    drivers = [(driver, rates[driver], "driver_missing") for driver in DRIVERS]
    stressed = from_ancestors(inputs.units, _stressed(inputs.units))
    moved = bases["unit_id"].map(stressed).fillna(0.0) * rules.value("regional_float")
    link = band_of(bases["execution_rate"], rules.value("execution_link")).astype("float64")
    grade = bases["grade"].map(rules.value("grade_budget_rates"))
    for step, rate, why_none in (
        *drivers,
        ("regional_float", moved, ""),
        ("grade", grade, "grade_not_judged"),
        ("execution_link", link, "rate_not_judged"),
    ):
        on = running if step in ("grade", "execution_link") else base
        amount = multiply(on, rate.fillna(0.0))
        why = case_when({why_none: rate.isna()})
        frames.append(_step(bases, step, amount, on, rate.round(RATE_DECIMALS)).assign(reason=why))
        running = running + amount
    given = {"base_fen": base, "desired_fen": running, "executed": bases["executed"]}
    given = {name: amount.astype("float64") for name, amount in given.items()}
    fitted = fit_envelope(bases.assign(**given), inputs, rules)
    final = fitted["final_fen"].astype("Int64")
    envelope = _step(bases, "envelope", final - running).assign(reason=fitted["bound_by"])
    return pd.concat([*frames, envelope, _step(bases, "next_budget", final)])


def _step(
    bases: pd.DataFrame,
    step: str,
    amount: pd.Series,
    on: pd.Series | None = None,
    rate: pd.Series | float = np.nan,
) -> pd.DataFrame:
    """Return one step of each unit."""
    based = pd.Series(on, bases.index, dtype="Int64")
    return bases[FUND].assign(step=step, amount=amount, base=based, rate=rate, reason="")


def _stressed(units: pd.DataFrame) -> pd.Series:
    """Return 1 for each region that is flagged as under economic stress (R8)."""
    flagged = units["flags"].fillna("").str.contains("economic_stress")
    return pd.Series(1.0, units.loc[flagged & (units["kind"] == "region"), "unit_id"])


def _with_alliances(frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Add the package of each alliance: step by step the sum of its members (R18)."""
    members = units.dropna(subset="alliance_id").set_index("unit_id")["alliance_id"]
    alliance = frame["unit_id"].map(members)
    parts = frame.assign(member=frame["unit_id"], unit_id=alliance)[alliance.notna()]
    sums = parts.sort_values("member").groupby([*FUND, "step"])["amount"].sum(skipna=False)
    packages = sums.reset_index()
    packages["reason"] = case_when({"member_missing": packages["amount"].isna()})
    own = frame[~frame["unit_id"].isin(members)]
    return pd.concat([own, packages], ignore_index=True)


def _over_all_schemes(frame: pd.DataFrame) -> pd.DataFrame:
    """Add up the bridges of a unit that has several schemes; missing if one is missing.

    The reason is that of the first missing scheme, else the first there is.
    """
    apart = frame[frame["scheme"] != ALL_SCHEMES]
    apart = apart.assign(known=apart["amount"].notna(), silent=apart["reason"] == "")
    groups = apart.sort_values(["known", "silent", "scheme"]).groupby(["unit_id", "step"])
    sums = groups["amount"].sum(skipna=False)
    added = pd.DataFrame({"amount": sums, "reason": groups["reason"].first()}).reset_index()
    return added.assign(scheme=ALL_SCHEMES)
