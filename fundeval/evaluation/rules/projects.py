"""The project library reviewed from a zero base: scored, ranked, kept within an envelope (R25)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from fundeval.evaluation.cells import as_texts
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.evaluation.scoring.curves import DECIMALS, apply_curve
from fundeval.money import exact, multiply
from fundeval.policy import Rules
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES

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
    units = inputs.units.set_index("unit_id")
    kind, parent = (frame["unit_id"].map(units[column]) for column in ("kind", "parent_id"))
    now = inputs.rows_of_year(restrictions).set_index("unit_id")
    execution = _divide(frame["spent"], frame["approved"])
    achievement = frame["achievement"].fillna(
        _divide(frame["measured_benefit"], frame["expected_benefit"])
    )
    frame = frame.assign(
        pool_id=parent.where((kind == "department") & parent.notna(), frame["unit_id"]),
        execution=execution,
        achievement=achievement,
        # What was spent for what came of it, against what was to be spent for what was expected.
        cost_per_benefit=_divide(execution, achievement, by_nothing=np.inf),
        benefit_unit=frame["benefit_unit"].fillna(""),
        overlaps_with=frame["overlaps_with"].fillna(""),
        state=frame["unit_id"].map(now["state"]).fillna(""),
        until=frame["unit_id"].map(now["until"]),
        known=kind.notna(),
    )
    parts = _score_parts(frame, rules)
    scores = parts.groupby("project_id", dropna=True)["points"].agg(lambda p: p.sum(skipna=False))
    lacking = parts[parts["reason"] != ""].groupby("project_id", dropna=True)["reason"].first()
    order = {code: place for place, code in enumerate(rules.value("project_category_order"))}
    frame["score"] = frame["project_id"].map(scores).round(DECIMALS - 3)
    frame["lacking"] = lacking.reindex(frame["project_id"], fill_value="").to_numpy()
    frame["place"] = frame["category"].map(order)
    frame = frame.sort_values(
        ["place", "score", "requested", "project_id"], ascending=[True, False, True, True],
        ignore_index=True,
    )  # fmt: skip
    ranked = frame[frame["score"].notna()]
    frame["rank"] = ranked.groupby(["pool_id", "category"], dropna=True).cumcount() + 1
    refused = (frame["state"] == "restricted") & (frame["stage"] == "new")
    frame["decision"] = case_when(
        {
            "refused_restricted": refused,
            "undetermined": ~frame["known"] | frame["score"].isna() | frame["requested"].isna(),
            "cut_low": frame["score"] < rules.value("project_minimum_score"),
        }
    )
    frame["duplicate_of"] = _duplicates(frame)
    frame.loc[frame["duplicate_of"] != "", "decision"] = "cut_duplicate"
    frame = _share_out(_with_envelopes(frame, budget, inputs, rules), rules)
    frame["reason"] = case_when(
        {
            "": frame["granted"].notna(),
            "unit_ended": ~frame["known"],
            "no_requested": frame["requested"].isna(),
            "unscored": frame["lacking"] != "",
        },
        "no_envelope",
    )
    frame["reason"] = frame["reason"].mask(frame["reason"] == "unscored", frame["lacking"])
    frame = frame.sort_values(["unit_id", "project_id"], ignore_index=True)
    parts = parts.sort_values(["unit_id", "project_id", "part"], ignore_index=True)
    return Reviewed(frame[list(FRAMES["project_reviews"])], parts[list(FRAMES["project_parts"])])


def _divide(numbers: pd.Series, by: pd.Series, by_nothing: float = np.nan) -> pd.Series:
    """Return quotients; of a positive number by 0 what is said, of 0 by 0 nothing."""
    numbers, by = numbers.astype("float64"), by.astype("float64")
    none = pd.Series(np.where(numbers > 0, by_nothing, np.nan), numbers.index)
    return (numbers / by.where(by > 0)).where(by != 0, none)


def _score_parts(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return each part of each project's score; one without a value has no points but a reason."""
    found = []
    for name, part in rules.value("project_parts").items():
        weights = frame["stage"].map(part.weight).astype("float64").fillna(0.0)
        rows = frame[weights > 0]
        value = rows[part.figure].astype("float64")
        percent = apply_curve(rows[["unit_id"]].assign(value=value), part, rules).percent
        points = weights[weights > 0] * percent / 100
        found.append(
            rows[["unit_id", "year", "project_id"]].assign(
                part=name, value=value, percent=percent, weight=weights[weights > 0],
                points=points.round(DECIMALS - 3),
                reason=case_when({LACKING[part.figure]: points.isna()}),
            )
        )  # fmt: skip
    return pd.concat(found, ignore_index=True)


def _duplicates(frame: pd.DataFrame) -> pd.Series:
    """Return the better ranked project that each open one overlaps with, "" for none.

    `frame` is in the order of ranks. One that is itself refused or cut stands in nobody's way.
    """
    overlaps = {tuple(sorted(pair)) for pair in
                zip(frame["project_id"], frame["overlaps_with"], strict=True)}  # fmt: skip
    kept: list[str] = []
    found = []
    for project, decision in zip(frame["project_id"], frame["decision"], strict=True):
        better = (one for one in kept if tuple(sorted((project, one))) in overlaps)
        other = next(better, "") if decision == "" else ""
        found.append(other)
        if decision == "" and not other:
            kept.append(project)
    return pd.Series(found, frame.index, dtype="str")


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
    """Decide on what is open, in the order of ranks, and say what each project is granted."""
    # `frame` has its places for an index.
    settled = {
        place: outcome
        for _, pool in frame[frame["decision"] == ""].groupby("pool_id", dropna=True)
        for place, outcome in _of_pool(pool, rules.value("project_last") == "part")
    }
    decisions = [settled.get(place, (of, 0))[0] for place, of in enumerate(frame["decision"])]
    granted = pd.array(
        [settled.get(place, ("", 0))[1] for place in range(len(frame))], dtype="Int64"
    )
    frame = frame.assign(decision=decisions, granted=granted)
    return frame.assign(granted=frame["granted"].mask(frame["decision"] == "undetermined"))


def _of_pool(pool: pd.DataFrame, in_part: bool) -> Iterator[tuple[int, tuple[str, int]]]:
    """Yield place, decision and grant of the open projects of a pool."""
    if pool["envelope"].isna().any():
        yield from ((place, ("undetermined", 0)) for place in pool.index)
        return
    left = int(pool["envelope"].iloc[0])
    columns = ["category", "requested"]
    rooms = {str(category): int(limit) for category, limit in
             zip(pool["category"], pool["category_limit"], strict=True)}  # fmt: skip
    spent, full = dict.fromkeys(rooms, 0), set()
    for place, category, requested in pool[columns].itertuples():
        room = 0 if category in full else min(left, rooms[category] - spent[category])
        granted = requested if requested <= room else room if in_part else 0
        if requested > room:
            full.add(category)
        left -= granted
        spent[category] += granted
        decision = "kept" if granted == requested else "part" if granted else "cut_envelope"
        yield place, (decision, int(granted))
