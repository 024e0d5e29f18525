"""以收定支: bring next year's budgets within what there is, from the top down.

Each unit has a floor and a cap, shares of its base; a region also a ceiling, the lower of
its income forecast less reserve and this year's expenditure grown with GDP (R9). Children of
one kind that make up the whole of their parent's base sum to its budget exactly; children
that are a part of it get at most the same part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from fundeval.evaluate.allocate import allocate
from fundeval.evaluate.tables import ALL_SCHEMES, Inputs, look_up
from fundeval.policy import Rules
from fundeval.problems import BadInputError, Problem

FEN = 100


def fit_envelope(bridge: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return `final_fen` of each row of the bridge, and `bound_by`: what held or raised it.

    `bridge` has unit_id, scheme, kind, parent_id, executed, base_fen, desired_fen and reason
    (empty where a budget is drawn up). Raises BadInputError where the floors of some units
    do not fit under a ceiling, naming both.
    """
    frame = bridge[bridge["reason"] == ""].copy()
    frame["own"] = frame["unit_id"] + "/" + frame["scheme"]
    above = frame["parent_id"] + "/" + frame["scheme"]
    frame["above"] = above.where(above.isin(frame["own"]))
    depths = look_up(frame["unit_id"], _depths(inputs.units))
    frame = _with_limits(frame, inputs, rules)
    frame = _with_limits_of_parts(frame, depths)
    _refuse_infeasible(frame)
    frame["final_fen"] = frame["desired_fen"].clip(frame["floor"], frame["cap"])
    frame["bound_by"] = _name_limit(frame)
    for depth in range(1, int(depths.max() if len(depths) else 0) + 1):
        frame = _fit_children(frame, depths == depth)
    found = frame[["final_fen", "bound_by"]]
    return bridge.join(found)


def _with_limits(frame: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Add `floor` and `cap` in 分, and what sets them: `floor_by`, `cap_by`."""
    context = inputs.context[inputs.context["year"] == inputs.year + 1]
    of_all = context.loc[context["scheme"] == ALL_SCHEMES].set_index("unit_id")
    # A reserve may stand with the forecast or hold for every scheme; where none is stated,
    # the forecast itself is the most there is.
    reserve = context["reserve_rate"].fillna(look_up(context["unit_id"], of_all["reserve_rate"]))
    income = context["income_forecast"] * (1 - reserve.fillna(0.0))
    income.index = context["unit_id"] + "/" + context["scheme"]
    region = frame["kind"] == "region"
    by_income = look_up(frame["own"], income).where(region)
    grown = frame["executed"] * (1 + look_up(frame["unit_id"], of_all["gdp_growth"]))
    by_gdp = grown.where(region & (rules.value("gdp_ceiling") == "bind"))
    lowest = pd.DataFrame({"income": by_income, "gdp": by_gdp}).min(axis=1)
    ceiling = np.floor((lowest * FEN).round(6))
    most = np.floor((frame["base_fen"] * rules.value("budget_cap")).round(6))
    frame = frame.assign(floor_by="floor")
    return frame.assign(
        floor=np.ceil((frame["base_fen"] * rules.value("budget_floor")).round(6)),
        cap=most.where(~(ceiling < most), ceiling),
        cap_by=np.select([~(ceiling < most), by_income == lowest], ["cap", "income"], "gdp"),
    )


def _with_limits_of_parts(frame: pd.DataFrame, depths: pd.Series) -> pd.DataFrame:
    """Tighten a parent's limits to the sums of its parts, from the bottom up.

    What the parts cannot take the whole cannot spend, and what they are sure of it must.
    """
    frame["complete"] = _is_complete(frame)
    for depth in range(int(depths.max() if len(depths) else 0), 0, -1):
        parts = frame[(depths == depth) & frame["complete"]]
        sums = parts.groupby("above")[["floor", "cap"]].sum()
        floor, cap = look_up(frame["own"], sums["floor"]), look_up(frame["own"], sums["cap"])
        higher, lower = floor > frame["floor"], cap < frame["cap"]
        frame["floor"] = frame["floor"].mask(higher, floor)
        frame["floor_by"] = frame["floor_by"].mask(higher, "parts_limit")
        frame["cap"] = frame["cap"].mask(lower, cap)
        frame["cap_by"] = frame["cap_by"].mask(lower, "parts_limit")
    return frame


def _is_complete(frame: pd.DataFrame) -> pd.Series:
    """Tell which rows belong to children of one kind that make up their parent's base."""
    groups = frame.groupby(["above", "kind"])["base_fen"]
    parent_base = look_up(frame["above"], frame.set_index("own")["base_fen"])
    return groups.transform("sum") == parent_base


def _refuse_infeasible(frame: pd.DataFrame) -> None:
    rows: Iterable[Any] = frame[frame["floor"] > frame["cap"]].itertuples()
    problems = [
        Problem(
            "budget.infeasible",
            row.unit_id,
            {"floor": f"{row.floor / FEN:.2f}", "cap": f"{row.cap / FEN:.2f}"},
            column=row.scheme,
        )
        for row in rows
    ]
    if problems:
        raise BadInputError(problems)


def _name_limit(frame: pd.DataFrame) -> np.ndarray:
    desired = frame["desired_fen"]
    return np.select(
        [desired > frame["cap"], desired < frame["floor"]],
        [frame["cap_by"], frame["floor_by"]],
        "",
    )


def _fit_children(frame: pd.DataFrame, at_depth: pd.Series) -> pd.DataFrame:
    """Fit the units of one depth into the budgets of their parents, which are settled."""
    children = frame[at_depth & frame["above"].notna()]
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
