"""The project library reviewed from a zero base: scored, ranked, kept within an envelope (R25)."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pandas as pd

from fundeval.evaluation.cells import as_texts, ratio
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.evaluation.scoring.curves import DECIMALS, apply_curve
from fundeval.money import exact, multiply
from fundeval.policy import Rules
from fundeval.tables.schemas import ALL_SCHEMES
from fundeval.tables.succession import exists

# Why a part of a score has no value, by its figure.
LACKING = {
    "achievement": "no_benefit", "execution": "no_project_execution",
    "cost_per_benefit": "no_cost_per_benefit", "appraisal": "no_appraisal",
}  # fmt: skip


class Reviewed(NamedTuple):
    """The projects of the budget year with their decisions, and the parts of their scores."""

    projects: pd.DataFrame
    parts: pd.DataFrame


def review_projects(
    inputs: Inputs, restrictions: pd.DataFrame, budget: pd.DataFrame, rules: Rules
) -> Reviewed:
    """Review the projects that are asked for the year after the evaluated one (R25).

    No project is kept because it was there before. New ones of a restricted department are
    refused (R1). What cannot be scored, or states no amount, is not decided on. What scores below
    `project_minimum_score` is cut; of projects that overlap the lower ranked is. The others of a
    pool, the hospital of their departments or the unit itself, take what they ask for out of its
    envelope, category by category in `project_category_order` and by rank, while it lasts and
    their category's share does. The first that does not fit is given what is left, or nothing
    (`project_last`), and those ranked behind it in its category nothing. Money in 分.
    """
    frame = inputs.rows_of_year(inputs.projects, offset=1).reset_index(drop=True)
    units, asked = inputs.every_unit.set_index("unit_id"), frame["asked_by"]
    kind, parent = (asked.map(units[column]) for column in ("kind", "parent_id"))
    pool = parent.where((kind == "department") & parent.notna(), asked)
    now = inputs.rows_of_year(restrictions).set_index("unit_id")
    execution = ratio(frame["spent"], frame["approved"])
    achievement = frame["achievement"].fillna(
        ratio(frame["measured_benefit"], frame["expected_benefit"])
    )
    # What was spent for what came of it, against what was to be spent for what was expected: where
    # nothing came of it no cost is worse, however little was spent.
    cost = ratio(execution, achievement).mask((achievement == 0) & execution.notna(), np.inf)
    frame = frame.assign(
        asked_by=asked.map(units["name"]).fillna(asked),
        pool_id=pool,
        pool=pool.map(units["name"]).fillna(pool),
        execution=execution,
        achievement=achievement,
        cost_per_benefit=cost,
        benefit_unit=frame["benefit_unit"].fillna(""),
        overlaps_with=frame["overlaps_with"].fillna(""),
        state=asked.map(now["state"]).astype("object").fillna(""),
        until=asked.map(now["until"]),
        known=asked.isin(units.index[exists(units, inputs.year + 1)]),
    )
    parts = _score_parts(frame, rules)
    scores = parts.groupby("project_id", dropna=True)["points"].agg(lambda p: p.sum(skipna=False))
    lacking = parts[parts["reason"] != ""].groupby("project_id", dropna=True)["reason"].first()
    order = {code: place for place, code in enumerate(rules.value("project_category_order"))}
    frame["score"] = frame["project_id"].map(scores).round(DECIMALS - 3)
    frame["lacking"] = lacking.reindex(frame["project_id"], fill_value="").to_numpy()
    frame["place"] = frame["category"].map(order)
    # What lacks its score or amount may be the better one: it comes before those that have both.
    frame = frame.sort_values(
        ["place", "score", "requested", "project_id"], ascending=[True, False, True, True],
        na_position="first", ignore_index=True,
    )  # fmt: skip
    ranked = frame[frame["score"].notna()]
    frame["rank"] = ranked.groupby(["pool_id", "category"], dropna=True).cumcount() + 1
    refused = (frame["state"] == "restricted") & (frame["stage"] == "new")
    frame["decision"] = case_when(
        refused_restricted=refused,
        undetermined=~frame["known"] | frame["score"].isna() | frame["requested"].isna(),
        cut_low=frame["score"] < rules.value("project_minimum_score"),
    )
    frame = _share_out(_with_envelopes(frame, budget, inputs, rules), rules)
    frame["reason"] = case_when(
        {
            "": frame["granted"].notna(),
            "unit_ended": ~frame["known"],
            "no_requested": frame["requested"].isna(),
            "unscored": frame["lacking"] != "",
            "duplicate_of_unjudged": frame["duplicate_of"] != "",
        },
        "no_envelope",
    )
    frame["reason"] = frame["reason"].mask(frame["reason"] == "unscored", frame["lacking"])
    frame = frame.sort_values(["unit_id", "project_id"], ignore_index=True)
    parts = parts.sort_values(["unit_id", "project_id", "part"], ignore_index=True)
    return Reviewed(frame, parts)


def _score_parts(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return each part of each project's score; one without a value has no points but a reason."""
    found = []
    for name, part in rules.value("project_parts").items():
        weights = frame["stage"].map(part.weight).astype("float64").fillna(0.0)
        rows = frame[weights > 0]
        value = rows[part.figure].astype("float64")
        percent = apply_curve(rows[["unit_id"]].assign(value=value), part, rules).percent
        points = weights[weights > 0] * percent / 100
        of_nothing = (rows["approved"] == 0) & (part.figure in ("execution", "cost_per_benefit"))
        found.append(
            rows[["unit_id", "year", "project_id"]].assign(
                part=name, value=value, percent=percent, weight=weights[weights > 0],
                points=points.round(DECIMALS - 3),
                reason=case_when({
                    "": points.notna(), "nothing_approved": of_nothing.fillna(False),
                }, LACKING[part.figure]),
            )
        )  # fmt: skip
    return pd.concat(found, ignore_index=True)


def _with_envelopes(
    frame: pd.DataFrame, budget: pd.DataFrame, inputs: Inputs, rules: Rules
) -> pd.DataFrame:
    """Add what the projects of each pool may take, and what their category may: 分, or missing.

    The envelope that is stated for the unit and the budget year, else a share of its next budget.
    """
    rows = inputs.rows_of_year(inputs.context, offset=1)
    rows = rows[rows["scheme"] == ALL_SCHEMES].set_index("unit_id")
    final = budget[(budget["step"] == "next_budget") & (budget["scheme"] == ALL_SCHEMES)]
    final = as_texts(final[["unit_id", "amount"]]).set_index("unit_id")
    pools = pd.Series(frame["pool_id"].unique(), dtype="str")
    share = multiply(
        pools.map(final["amount"]).astype("Int64"), rules.value("project_envelope_share")
    )
    of_pool = pools.map(rows["project_envelope"]).astype("Int64").fillna(share).set_axis(pools)
    frame = frame.assign(envelope=frame["pool_id"].map(of_pool).astype("Int64"))
    shares = rules.value("project_category_shares")
    limits = [
        envelope if pd.isna(envelope) else int(envelope * exact(float(shares.get(category, 1))))
        for envelope, category in zip(frame["envelope"], frame["category"], strict=True)
    ]
    return frame.assign(category_limit=pd.array(limits, dtype="Int64"))


def _share_out(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Decide on what is open, in the order of ranks over all pools, and say what each is granted.

    Of projects that overlap the better one stands in the way if it is granted something; as long
    as it cannot be judged, neither can the other.
    """
    overlapping: defaultdict[str, set[str]] = defaultdict(set)
    for project, other in zip(frame["project_id"], frame["overlaps_with"], strict=True):
        overlapping[project].add(other)
        overlapping[other].add(project)
    left = dict(zip(frame["pool_id"], frame["envelope"], strict=True))
    spent: defaultdict[tuple[str, str], int] = defaultdict(int)
    full, in_part = set(), rules.value("project_last") == "part"
    # What stands in the way of others: whether it is yet to be judged, place and name.
    standing: dict[str, tuple[bool, int, str]] = {}
    found = []
    columns = ["project_id", "pool_id", "category", "requested", "category_limit", "decision",
               "known"]  # fmt: skip
    for place, name, pool, category, requested, limit, given, known in frame[columns].itertuples():
        rivals = sorted(standing[other] for other in overlapping[name] & standing.keys())
        own, decision, granted, rival = (pool, category), given, 0, ""
        if decision == "" and rivals:
            unjudged, _, rival = rivals[0]
            decision = "undetermined" if unjudged else "cut_duplicate"
        elif decision == "" and pd.isna(left[pool]):
            decision = "undetermined"
        elif decision == "":
            room = 0 if own in full else min(left[pool], limit - spent[own])
            granted = int(requested if requested <= room else room if in_part else 0)
            if requested > room:
                full.add(own)
            left[pool] -= granted
            spent[own] += granted
            decision = "kept" if granted == requested else "part" if granted else "cut_envelope"
        if granted or (decision == "undetermined" and known):
            standing[name] = decision == "undetermined", place, name
        found.append((decision, granted if decision != "undetermined" else pd.NA, rival))
    shared = pd.DataFrame(found, frame.index, ["decision", "granted", "duplicate_of"])
    return frame.assign(**shared.astype({"granted": "Int64", "duplicate_of": "str"}))
