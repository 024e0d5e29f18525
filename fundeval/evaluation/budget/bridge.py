"""The bridge from this year's budget to the next: what each rule adds, to the 分.

The order is fixed, because the steps do not commute: the drivers of growth and the regional
float work on the base; the envelope brings what the units of a parent need down to what there
is; inside it a share of every budget is withheld and returned by result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.envelope import settle_budgets
from fundeval.evaluation.budget.needs import RATE, Needs, steps_of
from fundeval.evaluation.budget.ratchet import with_ratchet
from fundeval.evaluation.cells import is_among, positions
from fundeval.evaluation.inputs import FUND, Inputs, case_when
from fundeval.money import multiply
from fundeval.policy import Rules
from fundeval.policy.known import WITHHOLDING
from fundeval.results.frames import FRAMES, bridge_steps
from fundeval.tables.schemas import ALL_SCHEMES

# Each step of the bridge with the parameter that it rests on; that of a driver is `GROWTH`.
PARAMETERS = {
    "base": "budget_base",
    "regional_float": "regional_float",
    "ratchet_relief": "ratchet_cap",
    "grade": "grade_budget_rates",
    "execution_link": "execution_link",
    "envelope": "",
    "withheld": "withheld_share",
    "award": "returned",
    "next_budget": "",
}
GROWTH = "growth_drivers"
# What bound the envelope -> its parameter; income and a parent's budget are not parameters.
LIMITS = {"gdp": "gdp_ceiling", "floor": "budget_floor", "cap": "budget_cap"}
# What a kind of unit adds in percent before the envelope; not part of `allocations`.
ADDED = ("grade_rate", "grade_change", "added_link_rate", "link_change")


@dataclass(frozen=True)
class NextBudgets:
    """The bridge (`budget`) and how each budget was settled (`allocations`), money in 分."""

    budget: pd.DataFrame
    allocations: pd.DataFrame


def draw_up_budgets(
    needs: Needs, inputs: Inputs, results: Mapping[str, pd.DataFrame], rules: Rules
) -> NextBudgets:
    """Draw up next year's budget of each unit and scheme (R6 to R9).

    `results` are the frames indicators (of the evaluated year), scores, grades and restrictions.
    In `budget`, `year` is the budget year, and the steps of a unit sum to its `next_budget` to the
    分. A unit without a base, of whose drivers of growth none is known, or whose limits cannot all
    hold, has no budget but a reason.
    """
    drawn_up = needs.now[needs.now["reason"] == ""].drop(columns="reason")
    if drawn_up.empty:
        columns = pd.Index([*drawn_up, *FRAMES["allocations"], *ADDED])
        settled = drawn_up.reindex(columns=columns.unique())
        settled = settled.assign(budget_reason="")
    else:
        settled = settle_budgets(drawn_up, results, inputs, rules)
        settled = with_ratchet(settled, needs.if_spent, inputs, rules)
    settled = settled.assign(year=inputs.year + 1)
    steps = [
        *_steps(settled[settled["budget_reason"] == ""]),
        _not_drawn_up(needs.now, "reason"),
        _not_drawn_up(settled, "budget_reason"),
    ]
    own = pd.concat(steps, ignore_index=True).fillna({"reason": ""})
    own = pd.concat([own, _over_all_schemes(own)], ignore_index=True)
    frame = _with_alliances(own, inputs.units).assign(year=inputs.year + 1)
    drivers = rules.value(GROWTH)
    step = positions(frame["step"], pd.Index(bridge_steps(drivers)))
    cell, parameters = inputs.cells.of(frame), PARAMETERS | dict.fromkeys(drivers, GROWTH)
    frame = frame.iloc[np.lexsort((step, cell))].reset_index(drop=True)
    limit = frame["reason"].map(LIMITS).where(frame["step"] == "envelope")
    frame = frame.assign(
        parameter=limit.fillna(frame["step"].map(parameters)),
        status=case_when({"ok": frame["amount"].notna()}, "not_judged"),
    )
    return NextBudgets(frame[list(FRAMES["budget"])], _allocations(settled))


def _not_drawn_up(rows: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return the step of the budgets that cannot be drawn up: no amount, but the reason."""
    rows = rows[rows[reason] != ""]
    nothing = pd.Series(pd.NA, rows.index, dtype="Int64")
    return _step(rows, "next_budget", nothing, reason=rows[reason])


def _steps(made: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the steps of the budgets that are made: amount, and base × rate where it is that.

    A missing rate moves no money and says why.
    """
    base = made["base"].astype("Int64")
    yield _step(made, "base", base)
    for step in steps_of(made):
        rate = made[f"{step}{RATE}"]
        amount = multiply(base, rate.fillna(0.0))
        why = case_when({"driver_missing": rate.isna()})
        yield _step(made, step, amount, base=base, rate=rate, reason=why)
    relieved = made[made["ratchet_relief"] > 0]
    yield _step(relieved, "ratchet_relief", relieved["ratchet_relief"])
    added = made[made["balance_rule"] == "add"]
    running = added["needs"] + added["grade_change"]
    for step, change, of, rate, reason in (
        ("grade", added["grade_change"], added["needs"], added["grade_rate"], "grade_not_judged"),
        ("execution_link", added["link_change"], running, added["added_link_rate"],
         "rate_not_judged"),
    ):  # fmt: skip
        why = case_when({reason: rate.isna()})
        yield _step(added, step, change, base=of, rate=rate, reason=why)
    fitted = made["envelope"] - made["desired"]
    yield _step(made, "envelope", fitted, reason=made["envelope_by"])
    returned = made[made["balance_rule"].isin(WITHHOLDING)]
    why = returned["reason"].where(returned["withheld"] == 0, "")
    yield _step(returned, "withheld", -returned["withheld"], reason=why)
    yield _step(returned, "award", returned["award"], reason=returned["reason"])
    yield _step(made, "next_budget", made["next_budget"])


def _step(rows: pd.DataFrame, step: str, amount: pd.Series, **columns: pd.Series) -> pd.DataFrame:
    """Return a step of these budgets: `amount`, and `base`, `rate`, `reason` where it has them."""
    if "base" in columns:
        columns["base"] = columns["base"].astype("Int64")
    return rows[FUND].assign(step=step, amount=amount.astype("Int64"), **columns)


def _with_alliances(steps: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Add the package of each alliance: step by step the sum of its members (R18).

    A step that only some members have counts for those.
    """
    members = units.dropna(subset="alliance_id").set_index("unit_id")["alliance_id"]
    if members.empty:
        return steps
    own = steps[~is_among(steps["unit_id"], members)]
    theirs = own.assign(unit_id=own["unit_id"].map(members))
    whole = own["scheme"] == ALL_SCHEMES
    # With a member that tells no schemes apart, the package tells none apart either.
    joint = theirs.loc[~is_among(own["unit_id"], own.loc[~whole, "unit_id"]), "unit_id"]
    packages = _add_up(theirs[whole | ~is_among(theirs["unit_id"], joint)])
    reason = case_when({"member_missing": packages["amount"].isna()})
    return pd.concat([own, packages.assign(reason=reason)], ignore_index=True)


def _over_all_schemes(steps: pd.DataFrame) -> pd.DataFrame:
    """Add up the bridges of a unit that has several schemes.

    The reason is that of the first missing scheme, else the first there is.
    """
    apart = steps[steps["scheme"] != ALL_SCHEMES]
    if apart.empty:
        return apart
    added = _add_up(apart.assign(scheme=ALL_SCHEMES))
    told = apart.assign(known=apart["amount"].notna(), silent=apart["reason"] == "")
    told = told[~told["known"] | ~told["silent"]].sort_values(["known", "silent", "scheme"])
    keys = ["unit_id", "step"]
    reasons = told.drop_duplicates(keys)[[*keys, "reason"]]
    added = added.merge(reasons, on=keys, how="left", validate="one_to_one")
    return added.fillna({"reason": ""})


def _add_up(steps: pd.DataFrame) -> pd.DataFrame:
    """Add up each step of a unit and scheme, missing if one is missing.

    Without the next budget of one there is no bridge but that it is missing.
    """
    added = steps.groupby([*FUND, "step"], dropna=True)["amount"].sum(skipna=False).reset_index()
    final = added["step"] == "next_budget"
    missing = (final & added["amount"].isna()).groupby([added[key] for key in FUND], dropna=True)
    return added[final | ~missing.transform("any")]


def _allocations(settled: pd.DataFrame) -> pd.DataFrame:
    """Return how each budget was settled, fractions as text such as 6/7."""
    frame = settled.assign(
        reason=settled["reason"].where(settled["budget_reason"] == "", settled["budget_reason"]),
        returned=_as_text(settled["returned"]),
        link_rate=[float(rate) for rate in settled["link_rate"]],
        result=_as_text(settled["result"]),
        # A budget that could not be made stands in no group.
        **{count: settled[count].fillna(0) for count in ("group_count", "group_judged")},
    )
    frame = frame.reindex(columns=list(FRAMES["allocations"]))
    return frame.sort_values(["parent_id", "kind", "scheme", "unit_id"], ignore_index=True)


def _as_text(values: pd.Series) -> pd.Series:
    texts = [str(value) if pd.notna(value) else None for value in values]
    return pd.Series(texts, values.index, dtype="str")
