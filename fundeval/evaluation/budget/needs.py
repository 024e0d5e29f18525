"""What a unit needs next year: its base, the drivers of growth, the regional float (R7, R8)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.growth import growth_by
from fundeval.evaluation.cells import covers_schemes, is_among
from fundeval.evaluation.inputs import FUND, Inputs, case_when
from fundeval.money import RATE_DECIMALS, amounts, divide, integers, multiply
from fundeval.policy import Rules
from fundeval.tables.schemas import ALL_SCHEMES

# Ends the columns that hold the rate of a step that leads from the base to what a unit needs.
RATE = ".rate"
# The flag of a region under economic stress.
STRESS = "economic_stress"


class Needs(NamedTuple):
    """What each unit needs next year, and what it would had it spent its budget, and no more."""

    now: pd.DataFrame
    if_spent: pd.DataFrame


def draw_up_needs(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Draw up what each unit needs next year, before any limit, in 分.

    One row for each unit and scheme: `base`, `reason` (why nothing can be drawn up, else ""), for
    each driver and the float a column `STEP.rate` (a share of the base, missing where it is
    unknown), and `needs`: the base and what each rate makes of it, `ratchet_relief` among them.
    """
    frame = _draw_up_rates(inputs, rules)
    needs, cap = _sum_up(frame), rules.value("ratchet_cap")
    relief = needs * 0
    if cap != "none":
        relief = _relief(frame.assign(needs=needs), inputs, rules, float(cap))
    return frame.assign(ratchet_relief=relief, needs=needs + relief)


def draw_up_both(inputs: Inputs, rules: Rules) -> Needs:
    """Draw up the needs as they are, and as if every unit had spent its adjusted budget."""
    return Needs(draw_up_needs(inputs, rules), draw_up_needs(as_if_spent(inputs), rules))


def as_if_spent(inputs: Inputs, *, at_least: bool = False) -> Inputs:
    """Return the inputs as they were had every unit spent its adjusted budget of the year, and no
    more; what was overspent stays so where they spent `at_least` that."""
    budgets = inputs.budgets
    known = (budgets["year"] == inputs.year) & budgets["adjusted"].notna()
    changed = budgets["executed"] < budgets["adjusted"] if at_least else budgets["executed"].notna()
    executed = budgets["executed"].mask(known & changed.fillna(False), budgets["adjusted"])
    return replace(inputs, budgets=budgets.assign(executed=executed))


def _bases(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the base of each unit and scheme; a unit of this year without row gets none.

    Of a unit with rows by scheme a row for all schemes is left out: it would count twice.
    """
    budgets = inputs.rows_of_year(inputs.budgets)
    budgets = budgets[~covers_schemes(budgets)]
    adjusted, executed = budgets["adjusted"], budgets["executed"]
    # What was retained stands in the adjusted budget of a parent, and was not spent.
    retained = budgets["retained"].fillna(0)
    twice, twice_retained = {
        "adjusted": (adjusted * 2, retained * 2),
        "executed": (executed * 2, retained * 0),
        "average": (adjusted + executed, retained),
    }[rules.value("budget_base")]
    budgets = budgets[[*FUND, "adjusted", "executed"]].assign(
        base=_half(twice), retained_in_base=_half(twice_retained),
        twice_base=twice, twice_retained=twice_retained,
    )  # fmt: skip
    # The package of an alliance is the sum of its members' budgets, whatever a row of its own says.
    budgets = budgets[~is_among(budgets["unit_id"], inputs.units["alliance_id"])]
    units = inputs.units[["unit_id", "kind", "level", "parent_id"]]
    frame = units.merge(budgets, on="unit_id", how="left", validate="one_to_many")
    reason = case_when(
        no_budget=frame["scheme"].isna(),
        part_year=inputs.of_part_year(frame["unit_id"]),
        missing_base=frame["base"].isna(),
    )
    return frame.assign(scheme=frame["scheme"].fillna(ALL_SCHEMES), reason=reason)


def _half(twice: pd.Series) -> pd.Series:
    return amounts(divide(integers(twice), 2), twice.index, twice.isna())


def _draw_up_rates(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Draw up the base of each unit and scheme, and what each driver and the float add to it; the
    weights of missing drivers spread (R7).

    Where the policy has no driver, needs do not grow. The regional float is for regions under
    economic stress and all that lies in them (R8).
    """
    bases, drivers = _bases(inputs, rules), rules.value("growth_drivers")
    rates = pd.DataFrame(
        {name: growth_by(driver, bases, inputs, rules) for name, driver in drivers.items()},
        index=bases.index, dtype="float64",
    )  # fmt: skip
    weights = pd.Series({name: d.weight for name, d in drivers.items()}, dtype="float64")
    known_weights = rates.notna() * weights
    share = known_weights.sum(axis=1)
    spread = weights.sum() / share.where(share > 0)
    if rules.value("missing_driver") == "void":
        spread = spread.where(np.isclose(share, weights.sum()))
    rates = (known_weights.mul(spread, axis=0) * rates).round(RATE_DECIMALS)
    moved = is_stressed(bases, inputs) * float_of(bases, inputs, rules)
    without = (bases["reason"] == "") & rates.isna().all(axis=1) & (weights.sum() > 0)
    return bases.assign(
        reason=bases["reason"].mask(without, "no_growth_driver"),
        **{f"{name}{RATE}": rates[name] for name in drivers},
        **{f"regional_float{RATE}": moved.round(RATE_DECIMALS)},
    )


def steps_of(needs: pd.DataFrame) -> list[str]:
    """Return the steps that lead from the base to the needs, each a rate of the base."""
    return [column.removesuffix(RATE) for column in needs.columns if column.endswith(RATE)]


def float_of(rows: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.Series:
    """Return the float that would hold for each row's unit: stated for the budget year for it or
    the nearest region above, else the policy's; never beyond the limit in either direction (R8)."""
    stated = inputs.inherit(inputs.stated("budget_float"))
    most = rules.value("regional_float_limit")
    found = inputs.of_units(rows["unit_id"], stated, offset=1)
    return found.fillna(rules.value("regional_float")).clip(-most, most)


def is_stressed(bases: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Return 1.0 for what lies in a region flagged as under economic stress (R8), else 0.0."""
    units = inputs.units
    flagged = units["flags"].fillna("").str.split(";").map(lambda of: STRESS in of)
    stressed = units.loc[flagged & (units["kind"] == "region"), "unit_id"]
    flags = np.where(inputs.cells.units.isin(stressed), 1.0, np.nan)
    return bases["unit_id"].map(pd.Series(inputs.inherit(flags), inputs.cells.units)).fillna(0.0)


def _sum_up(frame: pd.DataFrame) -> pd.Series:
    total = frame["base"]
    for step in steps_of(frame):
        total = total + multiply(frame["base"], frame[f"{step}{RATE}"].fillna(0.0))
    return total


def _relief(frame: pd.DataFrame, inputs: Inputs, rules: Rules, cap: float) -> pd.Series:
    """Give back what saving took from the needs beyond the policy's share of what was saved.

    Only where services did not fall: who saved by treating fewer people gets no relief.
    """
    spent = as_if_spent(inputs, at_least=True)
    needs = _sum_up(_draw_up_rates(spent, rules))
    unspent = (frame["adjusted"] - frame["executed"]).clip(lower=0)
    beyond = needs - frame["needs"] - multiply(unspent, cap)
    now, before = (
        inputs.rows_of_year(inputs.services, offset).groupby("unit_id")["visits"].sum(min_count=1)
        for offset in (0, -1)
    )
    kept = frame["unit_id"].map(now) >= frame["unit_id"].map(before)
    return beyond.clip(lower=0).where(kept, 0).fillna(0).astype("Int64")
