"""以收定支: settle next year's budgets from the top down, and move money by result inside.

Order (tie of evaluation and budget): what the envelope settles for a unit inside its parent's
next budget is its envelope E; a share of every E of a group is withheld and returned by result;
the evaluation plays no part in the envelope itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fundeval.arrays import find
from fundeval.evaluation.budget.groups import FIGURES, settle_groups
from fundeval.evaluation.budget.limits import set_limits, tighten_by_parts
from fundeval.evaluation.budget.sharing import allocate, levels
from fundeval.evaluation.budget.standing import judge_standing
from fundeval.evaluation.cells import is_among, positions
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.money import amounts, divide, integers, multiply
from fundeval.policy import Rules
from fundeval.policy.known import WITHHOLDING
from fundeval.tables.hierarchy import count_ancestors
from fundeval.tables.schemas import ALL_SCHEMES


def settle_budgets(
    needs: pd.DataFrame, results: Mapping[str, pd.DataFrame], inputs: Inputs, rules: Rules
) -> pd.DataFrame:
    """Settle every budget that can be drawn up: one row each, as `Allocations` names its columns.

    `results` as for `draw_up_budgets`. Budgets that cannot be drawn up keep only their reason.
    """
    frame = _with_parents(needs, inputs, rules)
    frame = judge_standing(frame, results, inputs, rules)
    frame = _with_added_percentages(frame, rules)
    frame = set_limits(frame, inputs, rules)
    frame, infeasible = _without_infeasible(frame)
    frame = _settle(_start(frame), rules)
    return pd.concat([frame.assign(retained_below=_retained(frame)), infeasible])


def _with_parents(needs: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Add the row of the parent's budget (-1: none), the siblings, the group, and the depth."""
    cells = inputs.cells
    frame = needs.reset_index(drop=True)
    own = cells.of(frame.assign(year=inputs.year))
    parents = frame[["scheme"]].assign(year=inputs.year, unit_id=frame["parent_id"])
    frame["above"] = find(cells.of(parents), own)
    frame["siblings"] = frame.groupby(["above", "kind"], sort=False, dropna=True).ngroup()
    by_level = frame["kind"].map(rules.value("evaluation_groups")) == "level"
    levels = frame["level"].where(by_level).fillna("")
    frame["group"] = frame.groupby([frame["siblings"], levels], sort=False, dropna=True).ngroup()
    frame["balance_rule"] = frame["kind"].map(rules.value("evaluation_link")).fillna("none")
    frame["depth"] = count_ancestors(inputs.parents)[positions(frame["unit_id"], cells.units)]
    # A row for all schemes under a parent whose budgets are kept by scheme.
    kept_apart = needs.loc[needs["scheme"] != ALL_SCHEMES, "unit_id"]
    apart = is_among(frame["parent_id"], kept_apart) & (frame["scheme"] == ALL_SCHEMES)
    # A budget whose parent has none to share out: it stands on its own as a topmost one does.
    orphaned = is_among(frame["parent_id"], inputs.units["unit_id"]) & (frame["above"] < 0)
    return frame.assign(apart=apart, orphaned=orphaned & ~apart)


def _with_added_percentages(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Add percentages by grade and execution rate before the envelope, for kinds that do so."""
    added = frame["balance_rule"] == "add"
    grade_rate = (
        frame["grade"].map(rules.value("grade_budget_rates")).where(added).astype("float64")
    )
    link = pd.Series([float(rate) for rate in frame["link_rate"]], frame.index)
    link_rate = link.where(added & frame["execution_rate"].notna())
    grade_change = multiply(frame["needs"], grade_rate.fillna(0.0))
    running = frame["needs"] + grade_change
    link_change = multiply(running, link_rate.fillna(0.0))
    return frame.assign(
        grade_rate=grade_rate, grade_change=grade_change, added_link_rate=link_rate,
        link_change=link_change, desired=(running + link_change).astype("int64"),
        base=frame["base"].astype("int64"),
    )  # fmt: skip


def _without_infeasible(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set aside budgets whose floor lies above their cap, and all that lies below them.

    What is left is tightened by its parts, which may show the next one; so until all fit.
    """
    aside: list[pd.DataFrame] = []
    while True:
        tight = tighten_by_parts(frame)
        wrong = tight["floor"] > tight["cap"]
        if not wrong.any():
            return tight, pd.concat(aside) if aside else tight.iloc[:0]
        # The deepest first: without it what lies above may fit.
        wrong &= tight["depth"] == tight.loc[wrong, "depth"].max()
        below = tight["above"].isin(tight.index[wrong])
        while (more := tight["above"].isin(tight.index[below]) & ~below).any():
            below |= more
        out = tight[wrong | below]
        why = case_when({"infeasible": out["floor"] > out["cap"]}, "above_infeasible")
        aside.append(out.assign(budget_reason=why))
        frame = frame[~(wrong | below)]


def _start(frame: pd.DataFrame) -> pd.DataFrame:
    """Begin with every budget within its own limits; roots stay so."""
    desired = frame["desired"]
    within = desired.clip(frame["floor"], frame["cap"])
    held, raised = desired > frame["cap"], desired < frame["floor"]
    left_out = case_when(
        scheme_all=frame["apart"],
        parent_without_budget=frame["orphaned"],
        root=frame["above"] < 0,
        no_link=frame["balance_rule"] == "none",
        added=frame["balance_rule"] == "add",
    )
    return frame.assign(
        budget_reason="",
        envelope=within,
        envelope_by=frame["cap_by"].where(held, frame["floor_by"].where(raised, "")),
        parent_effect=0, withheld=0, award=0, net=0, next_budget=within,
        reason=left_out, top=frame["cap"], limit="", factor="", group_reason="",
        **dict.fromkeys(FIGURES, 0),
    )  # fmt: skip


def _settle(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Settle from the top down: fit units into their parents' budgets, then return by result."""
    depths = frame["depth"].to_numpy()
    above = frame.index.get_indexer(pd.Index(frame["above"]))
    base, wanted = frame["base"].to_numpy(), frame["envelope"].to_numpy()
    envelope, final, effect = wanted.copy(), wanted.copy(), np.zeros_like(wanted)
    moves = (frame["reason"] == "") & frame["balance_rule"].isin(WITHHOLDING)
    found = []
    for depth in np.unique(depths):
        rows = np.flatnonzero((depths == depth) & (above >= 0))
        children, parents = frame.take(rows), above[rows]
        fitted = _fit(children, final[parents], base[parents])
        effect[rows] = fitted - _fit(children, envelope[parents], base[parents])
        envelope[rows] = final[rows] = fitted
        moved = rows[moves.to_numpy()[rows]]
        if len(moved):
            settled = settle_groups(frame.take(moved).assign(envelope=envelope[moved]), rules)
            final[moved] = settled["next_budget"]
            found.append(settled)
    frame = frame.assign(
        envelope=envelope, envelope_by=frame["envelope_by"].mask(envelope != wanted, "parent"),
        parent_effect=effect, next_budget=final,
    )  # fmt: skip
    if found:
        settled = pd.concat(found)
        frame.loc[settled.index, settled.columns] = settled
    return frame


def _fit(children: pd.DataFrame, parent: np.ndarray, parent_base: np.ndarray) -> pd.Series:
    """Fit children into budgets of their parents: all of it, or the part that they make up."""
    group, wanted = children["siblings"], children["envelope"]
    sums = children.groupby(group, dropna=True)[["base", "envelope"]].transform("sum")
    budget, whole = parent.astype(object), parent_base.astype(object)
    part = np.minimum(integers(sums["base"]), whole)
    at_most = divide(budget * part, np.maximum(whole, 1))
    at_most = np.minimum(integers(sums["envelope"]), at_most)
    target = np.where(children["complete"].to_numpy(), budget, at_most)
    stages = levels(children["floor"], children["base"], wanted, children["cap"])
    return allocate(stages, amounts(target, children.index), group)


def _retained(frame: pd.DataFrame) -> pd.Series:
    """Return what each unit retains of what its children's results did not return."""
    groups = frame[frame["group_retained"] != 0].drop_duplicates("group")
    held = groups.groupby("above", dropna=True)["group_retained"].sum()
    return held.reindex(frame.index).fillna(0).astype("int64")
