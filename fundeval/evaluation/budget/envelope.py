"""以收定支: bring next year's budgets within what there is, from the top down.

Each unit has a floor and a cap, shares of its base; a region also a ceiling, the lower of
its income forecast less reserve and this year's expenditure grown with GDP (R9). Children of
one kind that make up the whole of their parent's base sum to its budget exactly; children
that are a part of it get at most the same part.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.allocation import allocate, down
from fundeval.evaluation.inputs import Inputs, first_that_holds, look_up
from fundeval.money import FEN
from fundeval.policy import Rules
from fundeval.problems import BadInputError, Problem
from fundeval.tables.schemas import ALL_SCHEMES


def fit_envelope(bridge: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return `final_fen` of each row of the bridge, and `bound_by`: what held or raised it.

    `bridge` has unit_id, scheme, kind, parent_id, executed, base_fen and desired_fen. Raises
    BadInputError where the floors of some units do not fit under a ceiling, naming both.
    """
    frame = bridge.assign(own=bridge["unit_id"] + "/" + bridge["scheme"])
    above = frame["parent_id"] + "/" + frame["scheme"]
    frame["above"] = above.where(above.isin(frame["own"]))
    frame["depth"] = look_up(frame["unit_id"], _depths(inputs.units))
    frame = _with_limits(frame, inputs, rules)
    frame = _with_limits_of_parts(frame)
    _refuse_infeasible(frame)
    desired = frame["desired_fen"]
    frame["final_fen"] = desired.clip(frame["floor"], frame["cap"])
    held, raised = desired > frame["cap"], desired < frame["floor"]
    frame["bound_by"] = frame["cap_by"].where(held, frame["floor_by"].where(raised, ""))
    for depth in sorted(frame["depth"].unique()):
        frame = _fit_children(frame, depth)
    return frame


def _with_limits(frame: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Add `floor` and `cap` in 分, and what sets them: `floor_by`, `cap_by`."""
    context = inputs.of_year(inputs.context, later=1)
    of_all = context.loc[context["scheme"] == ALL_SCHEMES].set_index("unit_id")
    # A reserve may stand with the forecast or hold for every scheme; where none is stated,
    # the forecast itself is the most there is.
    reserve = context["reserve_rate"].fillna(look_up(context["unit_id"], of_all["reserve_rate"]))
    income = context["income_forecast"].astype("float64") * (1 - reserve.fillna(0.0))
    income.index = context["unit_id"] + "/" + context["scheme"]
    region = frame["kind"] == "region"
    by_income = look_up(frame["own"], income).where(region)
    grown = frame["executed"] * (1 + look_up(frame["unit_id"], of_all["gdp_growth"]))
    by_gdp = grown.where(region & (rules.value("gdp_ceiling") == "bind"))
    lowest = pd.DataFrame({"income": by_income, "gdp": by_gdp}).min(axis=1)
    ceiling, most = down(lowest), down(frame["base_fen"] * rules.value("budget_cap"))
    capped = ~(ceiling < most)
    return frame.assign(
        floor=-down(-frame["base_fen"] * rules.value("budget_floor")),
        cap=ceiling.mask(capped, most),
        floor_by="floor",
        cap_by=first_that_holds({"cap": capped, "income": by_income == lowest}, "gdp"),
    )


def _with_limits_of_parts(frame: pd.DataFrame) -> pd.DataFrame:
    """Tighten a parent's limits to the sums of its parts, from the bottom up.

    What the parts cannot take the whole cannot spend, and what they are sure of it must.
    """
    frame["complete"] = _is_complete(frame)
    for depth in sorted(frame["depth"].unique(), reverse=True):
        parts = frame[(frame["depth"] == depth) & frame["complete"]]
        sums = parts.groupby("above")[["floor", "cap"]].sum()
        floor, cap = (look_up(frame["own"], sums[limit]) for limit in ("floor", "cap"))
        for limit, sum_, tighter in (
            ("floor", floor, floor > frame["floor"]), ("cap", cap, cap < frame["cap"]),
        ):  # fmt: skip
            frame[limit] = frame[limit].mask(tighter, sum_)
            frame[f"{limit}_by"] = frame[f"{limit}_by"].mask(tighter, "parts_limit")
    return frame


def _is_complete(frame: pd.DataFrame) -> pd.Series:
    """Tell which rows belong to children of one kind that make up their parent's base."""
    groups = frame.groupby(["above", "kind"])["base_fen"]
    parent_base = look_up(frame["above"], frame.set_index("own")["base_fen"])
    return groups.transform("sum") == parent_base


def _refuse_infeasible(frame: pd.DataFrame) -> None:
    impossible = frame[frame["floor"] > frame["cap"]]
    columns = [impossible[name] for name in ("unit_id", "scheme", "floor", "cap")]
    problems = [
        Problem(
            "budget.infeasible",
            unit_id,
            {"floor": f"{floor / FEN:.2f}", "cap": f"{cap / FEN:.2f}"},
            column=scheme,
        )
        for unit_id, scheme, floor, cap in zip(*columns, strict=True)
    ]
    if problems:
        raise BadInputError(problems)


def _fit_children(frame: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Fit the units of one depth into the budgets of their parents, which are settled."""
    children = frame[(frame["depth"] == depth) & frame["above"].notna()]
    if children.empty:
        return frame
    parents = frame.set_index("own")
    parent_base = look_up(children["above"], parents["base_fen"])
    parent_final = look_up(children["above"], parents["final_fen"])
    group = children["above"] + "/" + children["kind"]
    sums = children[["base_fen", "final_fen"]].groupby(group).transform("sum")
    part = (sums["base_fen"] / parent_base.where(parent_base > 0)).clip(upper=1).fillna(0)
    at_most = np.minimum(sums["final_fen"], np.floor(parent_final * part + 0.5))
    target = at_most.where(~children["complete"], parent_final)
    wanted = children["final_fen"]
    kept = children["base_fen"].clip(children["floor"], wanted)
    fitted = allocate([children["floor"], kept, wanted, children["cap"]], target, group)
    moved = fitted[fitted != wanted].index
    frame.loc[fitted.index, "final_fen"] = fitted
    frame.loc[moved, "bound_by"] = "parent"
    return frame


def _depths(units: pd.DataFrame) -> pd.Series:
    """Return how many ancestors each unit has among the units of the year."""
    parents = units.set_index("unit_id")["parent_id"]
    depth = pd.Series(0, index=parents.index)
    ancestor = parents.where(parents.isin(parents.index))
    while ancestor.notna().any():
        depth += ancestor.notna()
        ancestor = look_up(ancestor, parents)
    return depth
