"""The bridge from this year's budget to the next: what each rule adds, to the 分.

The order is fixed, because the steps do not commute: the drivers of growth work on the
base; the grade works on what they lead to, and the execution link on that again; last, the
envelope brings the sum of the units down to what there is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.envelope import FEN, fit_envelope
from fundeval.evaluate.scores import band_of
from fundeval.evaluate.tables import ALL_SCHEMES, KEY, Inputs, from_ancestors, look_up
from fundeval.policy import Rules

DRIVERS = ("history", "population", "technology")
STEPS = (
    "base", *DRIVERS, "regional_float", "grade", "execution_link", "envelope", "next_budget",
)  # fmt: skip
PARAMETERS = {
    "base": "budget_base",
    "history": "history_weight",
    "population": "population_weight",
    "technology": "technology_weight",
    "regional_float": "regional_float",
    "grade": "grade_budget_rates",
    "execution_link": "execution_link",
}
# What bound the envelope -> its parameter; income and a parent's budget are not parameters.
LIMITS = {"gdp": "gdp_ceiling", "floor": "budget_floor", "cap": "budget_cap"}


def draw_up_budgets(
    inputs: Inputs, indicators: pd.DataFrame, grades: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Return next year's budget of each unit and scheme as a bridge, long, in 元.

    `year` is the budget year. The steps of a unit sum to its `next_budget` to the 分. A
    unit without a base, or without any driver of growth, has no budget but a reason. A
    missing grade or execution rate moves no money and says so.
    """
    bridge = _bases(inputs, rules)
    bridge = bridge.merge(_growth_rates(inputs, bridge, rules), on=["unit_id", "scheme"])
    bridge = bridge.merge(_judgements(indicators, grades, inputs.year), how="left")
    bridge = _with_steps(bridge, inputs, rules)
    bridge = _with_envelope(bridge, inputs, rules)
    return _long(bridge, inputs)


def _bases(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the base of each unit and scheme; a unit of this year without row gets none.

    Of a unit with rows by scheme a row for all schemes is left out: it would count twice.
    """
    budgets = inputs.budgets[inputs.budgets["year"] == inputs.year]
    of_all = budgets["scheme"] == ALL_SCHEMES
    budgets = budgets[~of_all | ~budgets["unit_id"].isin(budgets.loc[~of_all, "unit_id"])]
    choices = {
        "adjusted": budgets["adjusted"],
        "executed": budgets["executed"],
        "average": (budgets["adjusted"] + budgets["executed"]) / 2,
    }
    frame = budgets[["unit_id", "scheme", "executed"]].assign(
        base=choices[rules.value("budget_base")]
    )
    units = inputs.units[["unit_id", "kind", "parent_id"]]
    frame = units.merge(frame, on="unit_id", how="left")
    part_year = inputs.part_years.loc[inputs.part_years["year"] == inputs.year, "unit_id"]
    frame["reason"] = np.select(
        [frame["scheme"].isna(), frame["unit_id"].isin(part_year), frame["base"].isna()],
        ["no_budget", "part_year", "missing_base"],
        default="",
    )
    return frame.assign(
        scheme=frame["scheme"].fillna(ALL_SCHEMES),
        base=frame["base"].where(frame["reason"] == ""),
    )


def _growth_rates(inputs: Inputs, bridge: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the rate of each driver and its weight, weights of missing ones spread."""
    pairs = bridge[["unit_id", "scheme"]]
    rates = pairs.merge(_past_growth(inputs, rules), how="left")
    growth = _growth_around(inputs)
    rates["population_rate"] = look_up(rates["unit_id"], growth["population"])
    rates["technology_rate"] = look_up(rates["unit_id"], growth["technology"])
    known = pd.DataFrame(
        {d: rates[f"{d}_rate"].notna() * rules.value(f"{d}_weight") for d in DRIVERS}
    )
    whole = sum(rules.value(f"{d}_weight") for d in DRIVERS)
    share = known.sum(axis=1)
    spread = whole / share.where(share > 0)
    if rules.value("missing_driver") == "void":
        spread = spread.where(np.isclose(share, whole))
    for driver in DRIVERS:
        rates[f"{driver}_weight"] = known[driver] * spread
    return rates


def _past_growth(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the mean of the last yearly growth rates of what was executed (R7)."""
    part_years = pd.MultiIndex.from_frame(inputs.part_years[["unit_id", "year"]])
    years = pd.MultiIndex.from_frame(inputs.budgets[["unit_id", "year"]])
    executed = inputs.budgets.loc[~years.isin(part_years), [*KEY, "executed"]]
    before = executed.assign(year=executed["year"] + 1)
    pairs = executed.merge(before, on=KEY, suffixes=("", "_before"))
    growth = pairs["executed"] / pairs["executed_before"].where(pairs["executed_before"] > 0) - 1
    recent = pairs["year"] > inputs.year - rules.value("history_years")
    rates = pairs.assign(history_rate=growth)[recent & growth.notna()]
    groups = rates.groupby(["unit_id", "scheme"])["history_rate"]
    enough = groups.count() >= rules.value("minimum_growth_years")
    means: pd.DataFrame = groups.mean()[enough].reset_index()
    return means


def _growth_around(inputs: Inputs) -> pd.DataFrame:
    """Return growth of population and technology to the budget year, a unit's own or of its
    region; the population of one unit is never compared with that of another."""
    of_all = inputs.context[inputs.context["scheme"] == ALL_SCHEMES]
    now, following = (
        of_all[of_all["year"] == year].set_index("unit_id")
        for year in (inputs.year, inputs.year + 1)
    )
    population = following["population"] / now["population"].where(now["population"] > 0) - 1
    known = {"population": population, "technology": following["technology_growth"]}
    return pd.DataFrame(
        {name: from_ancestors(inputs.units, growth.dropna()) for name, growth in known.items()}
    )


def _judgements(indicators: pd.DataFrame, grades: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return grade and execution rate (over all schemes) of each unit, missing if unjudged."""
    rates = indicators[
        (indicators["indicator"] == "execution_rate")
        & (indicators["scheme"] == ALL_SCHEMES)
        & (indicators["year"] == year)
        & (indicators["status"] == "ok")
    ]
    return grades[["unit_id", "grade"]].merge(
        rates[["unit_id", "value"]].rename(columns={"value": "execution_rate"}), how="left"
    )


def _with_steps(bridge: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Add the amount of each step before the envelope, in 分, and its rate."""
    weights = bridge[[f"{driver}_weight" for driver in DRIVERS]]
    no_driver = (bridge["reason"] == "") & weights.isna().all(axis=1)
    bridge["reason"] = bridge["reason"].mask(no_driver, "no_growth_driver")
    drawn_up = bridge["reason"] == ""
    base = _to_fen(bridge["base"].where(drawn_up, 0.0))
    bridge["base_fen"] = base
    running = base.copy()
    for driver in DRIVERS:
        rate = (bridge[f"{driver}_weight"] * bridge[f"{driver}_rate"]).where(drawn_up)
        running = running + _put(bridge, driver, base, rate)
    stressed = look_up(bridge["unit_id"], _is_stressed(inputs.units))
    float_rate = pd.Series(np.where(stressed, rules.value("regional_float"), 0.0), bridge.index)
    running = running + _put(bridge, "regional_float", base, float_rate)
    running = running + _put(
        bridge, "grade", running, bridge["grade"].map(rules.value("grade_budget_rates"))
    )
    link = band_of(bridge["execution_rate"], rules.value("execution_link")).astype("float64")
    running = running + _put(bridge, "execution_link", running, link)
    return bridge.assign(desired_fen=running)


def _put(bridge: pd.DataFrame, step: str, base: pd.Series, rate: pd.Series) -> pd.Series:
    """Record base × rate as a step and return it; a missing rate moves no money."""
    amount = _half_up(base * rate.fillna(0.0))
    bridge[f"{step}_fen"] = amount
    bridge[f"{step}_on"] = base / FEN
    bridge[f"{step}_applied"] = rate
    return amount


def _with_envelope(bridge: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    bridge = fit_envelope(bridge, inputs, rules)
    final = bridge["final_fen"].fillna(0).astype("int64")
    return bridge.assign(
        envelope_fen=final - bridge["desired_fen"], next_budget_fen=final, envelope_applied=np.nan
    )


def _is_stressed(units: pd.DataFrame) -> pd.Series:
    """Tell which units are, or lie in, a region flagged as under economic stress."""
    flagged = units[
        (units["kind"] == "region") & units["flags"].fillna("").str.contains("economic_stress")
    ]
    marks = pd.Series(True, index=flagged["unit_id"])
    return from_ancestors(units, marks).notna()


def _long(bridge: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return the bridge with one row a step, and a bridge over all schemes where there are
    several."""
    drawn_up = bridge["reason"] == ""
    parts = []
    for step in STEPS:
        amount = bridge[f"{step}_fen"].where(drawn_up) / FEN
        parts.append(
            pd.DataFrame(
                {
                    "unit_id": bridge["unit_id"],
                    "scheme": bridge["scheme"],
                    "step": step,
                    "amount": amount,
                    "base": bridge.get(f"{step}_on", np.nan),
                    "rate": bridge.get(f"{step}_applied", np.nan),
                    "reason": _reason_of(bridge, step),
                }
            )
        )
    frame = _with_alliances(pd.concat(parts, ignore_index=True), inputs.units)
    frame = pd.concat([frame, _over_all_schemes(frame)], ignore_index=True)
    frame["year"] = inputs.year + 1
    limit = frame["reason"].map(LIMITS).where(frame["step"] == "envelope")
    frame["parameter"] = frame["step"].map(PARAMETERS).fillna(limit).fillna("")
    frame["status"] = np.where(frame["amount"].isna(), "not_judged", "ok")
    columns = [
        "unit_id", "year", "scheme", "step", "amount", "base", "rate", "parameter", "status",
        "reason",
    ]  # fmt: skip
    frame["order"] = frame["step"].map({step: n for n, step in enumerate(STEPS)})
    return frame.sort_values(["unit_id", "scheme", "order"], ignore_index=True)[columns]


def _reason_of(bridge: pd.DataFrame, step: str) -> pd.Series:
    """Say why a step has no amount, moves no money, or what bound it."""
    if step == "envelope":
        return bridge["reason"].where(bridge["reason"] != "", bridge["bound_by"].fillna(""))
    rate = bridge.get(f"{step}_applied")
    if rate is None:
        return bridge["reason"]
    why = {"grade": "grade_not_judged", "execution_link": "rate_not_judged"}
    missing = pd.Series(np.where(rate.isna(), why.get(step, "driver_missing"), ""), bridge.index)
    return bridge["reason"].where(bridge["reason"] != "", missing)


def _with_alliances(frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Add the package of each alliance: step by step the sum of its members (R18)."""
    members = units.loc[units["alliance_id"].notna(), ["unit_id", "alliance_id"]]
    parts = frame.merge(members, on="unit_id").sort_values(["alliance_id", "unit_id", "scheme"])
    keys = ["alliance_id", "scheme", "step"]
    sums = parts.groupby(keys)["amount"].sum(skipna=False).round(2).reset_index()
    sums = sums.rename(columns={"alliance_id": "unit_id"})
    sums["reason"] = np.where(sums["amount"].isna(), "member_missing", "")
    own = frame[~frame["unit_id"].isin(members["alliance_id"])]
    return pd.concat([own, sums], ignore_index=True)


def _over_all_schemes(frame: pd.DataFrame) -> pd.DataFrame:
    """Add up the bridges of a unit that has several schemes; missing if one is missing.

    The reason is that of the first missing scheme, else the first there is.
    """
    kept_apart = frame[frame["scheme"] != ALL_SCHEMES]
    kept_apart = kept_apart.assign(
        known=kept_apart["amount"].notna(), silent=kept_apart["reason"] == ""
    )
    order = ["unit_id", "step", "known", "silent", "scheme"]
    groups = kept_apart.sort_values(order).groupby(["unit_id", "step"])
    added = groups["amount"].sum(skipna=False).round(2).to_frame()
    added["reason"] = groups["reason"].first()
    return added.reset_index().assign(scheme=ALL_SCHEMES, base=np.nan, rate=np.nan)


def _to_fen(amounts: pd.Series) -> pd.Series:
    return _half_up(amounts * FEN)


def _half_up(amounts: pd.Series) -> pd.Series:
    """Round to whole 分, halves away from zero."""
    rounded: pd.Series = np.sign(amounts) * np.floor(amounts.abs().round(6) + 0.5)
    return rounded.astype("int64")
