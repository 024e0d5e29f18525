"""The bridge from this year's budget to the next: what each rule adds, to the 分.

The order is fixed, because the steps do not commute: the drivers of growth and the regional
float work on the base; the envelope brings what the units of a parent need down to what there
is; inside it a share of every budget is withheld and returned by result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.envelope import settle_budgets
from fundeval.evaluation.budget.needs import DRIVERS, NEEDS, draw_up_needs
from fundeval.evaluation.budget.ratchet import with_ratchet
from fundeval.evaluation.cells import is_among, positions
from fundeval.evaluation.inputs import FUND, Inputs, case_when
from fundeval.money import multiply
from fundeval.policy import Rules
from fundeval.policy.known import WITHHOLDING
from fundeval.results.frames import BRIDGE_STEPS, FRAMES
from fundeval.tables.schemas import ALL_SCHEMES

# Each step of the bridge with the parameter that it rests on.
PARAMETERS = {
    "base": "budget_base",
    **DRIVERS,
    "regional_float": "regional_float",
    "ratchet_relief": "ratchet_cap",
    "grade": "grade_budget_rates",
    "execution_link": "execution_link",
    "envelope": "",
    "withheld": "withheld_share",
    "award": "returned",
    "next_budget": "",
}
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
    inputs: Inputs, results: Mapping[str, pd.DataFrame], rules: Rules
) -> NextBudgets:
    """Draw up next year's budget of each unit and scheme (R6 to R9).

    `results` are the frames indicators (of the evaluated year), scores, grades and restrictions. In
    `budget`, `year` is the budget year, and the steps of a unit sum to its `next_budget` to the 分.
    A unit without a base, without any driver of growth, or whose limits cannot all hold, has no
    budget but a reason.
    """
    needs = draw_up_needs(inputs, rules)
    drawn_up = needs[needs["reason"] == ""].drop(columns="reason")
    if drawn_up.empty:
        columns = pd.Index([*drawn_up, *FRAMES["allocations"], *ADDED])
        settled = drawn_up.reindex(columns=columns.unique())
        settled = settled.assign(budget_reason="")
    else:
        settled = settle_budgets(drawn_up, results, inputs, rules)
        settled = with_ratchet(settled, inputs, rules)
    settled = settled.assign(year=inputs.year + 1)
    steps = pd.concat(
        [
            _steps(settled[settled["budget_reason"] == ""]),
            _not_drawn_up(needs, "reason"),
            _not_drawn_up(settled, "budget_reason"),
        ],
        ignore_index=True,
    )
    steps = _with_alliances(steps, inputs.units)
    frame = pd.concat([steps, _over_all_schemes(steps)], ignore_index=True)
    frame = frame.assign(year=inputs.year + 1)
    cell, step = inputs.cells.of(frame), positions(frame["step"], pd.Index(BRIDGE_STEPS))
    frame = frame.iloc[np.lexsort((step, cell))].reset_index(drop=True)
    limit = frame["reason"].map(LIMITS).where(frame["step"] == "envelope")
    frame = frame.assign(
        parameter=limit.fillna(frame["step"].map(PARAMETERS)),
        status=case_when({"ok": frame["amount"].notna()}, "not_judged"),
    )
    return NextBudgets(frame[list(FRAMES["budget"])], _allocations(settled))


def _not_drawn_up(rows: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return the step of the budgets that cannot be drawn up: no amount, but the reason."""
    rows = rows[rows[reason] != ""]
    nothing = pd.Series(pd.NA, rows.index, dtype="Int64")
    return _step(rows, "next_budget", nothing, reason=rows[reason])


def _steps(made: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of the budgets that are made: amount, and base × rate where it is that.

    A missing rate moves no money and says why.
    """
    frames = [_step(made, "base", made["base"])]
    for step in NEEDS:
        rate = made[f"{step}_rate"]
        amount = multiply(made["base"].astype("Int64"), rate.fillna(0.0))
        reason = case_when({"driver_missing": rate.isna()})
        frames.append(_step(made, step, amount, made["base"], rate, reason))
    relieved = made[made["ratchet_relief"] > 0]
    frames.append(_step(relieved, "ratchet_relief", relieved["ratchet_relief"]))
    added = made[made["balance_rule"] == "add"]
    running = added["needs"] + added["grade_change"]
    frames += [
        _step(added, "grade", added["grade_change"], added["needs"], added["grade_rate"],
              case_when({"grade_not_judged": added["grade_rate"].isna()})),
        _step(added, "execution_link", added["link_change"], running, added["added_link_rate"],
              case_when({"rate_not_judged": added["added_link_rate"].isna()})),
        _step(made, "envelope", made["envelope"] - made["desired"], reason=made["envelope_by"]),
    ]  # fmt: skip
    returned = made[made["balance_rule"].isin(WITHHOLDING)]
    frames += [
        _step(
            returned,
            "withheld",
            -returned["withheld"],
            reason=returned["reason"].where(returned["withheld"] == 0, ""),
        ),
        _step(returned, "award", returned["award"], reason=returned["reason"]),
        _step(made, "next_budget", made["next_budget"]),
    ]
    return pd.concat(frames)


def _as_text(values: pd.Series) -> pd.Series:
    texts = [str(value) if pd.notna(value) else None for value in values]
    return pd.Series(texts, values.index, dtype="str")


def _step(  # noqa: PLR0913, PLR0917  # the columns of a step
    rows: pd.DataFrame,
    step: str,
    amount: pd.Series,
    base: pd.Series | None = None,
    rate: pd.Series | None = None,
    reason: pd.Series | None = None,
) -> pd.DataFrame:
    return rows[FUND].assign(
        step=pd.Series(step, rows.index, dtype="str"),
        amount=amount.astype("Int64"),
        base=pd.Series(base, rows.index, dtype="Int64"),
        rate=pd.Series(rate, rows.index, dtype="float64"),
        reason=pd.Series("" if reason is None else reason, rows.index, dtype="str"),
    )


def _with_alliances(frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Add the package of each alliance: step by step the sum of its members (R18).

    A step that only some members have counts for those. Without the next budget of one there
    is no package.
    """
    members = units.dropna(subset="alliance_id").set_index("unit_id")["alliance_id"]
    alliance = frame["unit_id"].map(members)
    parts = frame.assign(member=frame["unit_id"], unit_id=alliance)[alliance.notna()]
    sums = (
        parts.sort_values("member")
        .groupby([*FUND, "step"], dropna=True)["amount"]
        .sum(skipna=False)
    )
    packages = sums.reset_index()
    whole = packages[packages["step"] == "next_budget"].set_index(FUND)["amount"]
    incomplete = whole[whole.isna()].index
    keys = pd.MultiIndex.from_frame(packages[FUND])
    packages = packages[~keys.isin(incomplete) | (packages["step"] == "next_budget")]
    packages["reason"] = case_when({"member_missing": packages["amount"].isna()})
    own = frame[~is_among(frame["unit_id"], members)]
    return pd.concat([own, packages], ignore_index=True)


def _over_all_schemes(frame: pd.DataFrame) -> pd.DataFrame:
    """Add up the bridges of a unit that has several schemes; missing if one is missing.

    The reason is that of the first missing scheme, else the first there is.
    """
    apart = frame[frame["scheme"] != ALL_SCHEMES]
    keys = ["unit_id", "step"]
    added = apart.groupby(keys, dropna=True)["amount"].sum(skipna=False).to_frame()
    told = apart.assign(known=apart["amount"].notna(), silent=apart["reason"] == "")
    told = told[~told["known"] | ~told["silent"]].sort_values(["known", "silent", "scheme"])
    reasons = told.groupby(keys, dropna=True)["reason"].first().reindex(added.index)
    added = added.assign(reason=reasons.fillna("")).reset_index()
    without = added.loc[added["amount"].isna() & (added["step"] == "next_budget"), "unit_id"]
    kept = ~is_among(added["unit_id"], without) | (added["step"] == "next_budget")
    return added[kept].assign(scheme=ALL_SCHEMES)


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
    columns = list(FRAMES["allocations"])
    frame = frame.reindex(columns=columns)
    return frame.sort_values(["parent_id", "kind", "scheme", "unit_id"], ignore_index=True)
