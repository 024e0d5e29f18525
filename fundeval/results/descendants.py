"""What a report needs to know of the units at every level below its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from fundeval.results.frames import STATES, Evaluation, restricted_in

CONFLICTS = ("conflict_surplus_award", "conflict_award_below")
# What a row is repeated with for each unit above the one that it is about.
PLACED = (
    "name", "name_en", "kind", "above_id", "above", "above_en", "above_kind", "below_id",
)  # fmt: skip
# Departments that are named beside the restricted ones.
NOTED = ("watch", "undetermined")
INSTITUTIONS = ("hospital", "alliance")
# What tells whether a settlement awards anything.
AWARDED = ("balance", "surplus_award", "alliance_award")
# Not `settled` alone: that is an amount in the tables that indicators are summed from.
COUNTS = (
    "department_count", "undetermined_count", "institution_count", "judged_count",
    "settled_count", "checked_count",
)  # fmt: skip


@dataclass(frozen=True)
class DescendantSummary:
    """Rows of departments and hospitals, repeated for every unit above them.

    Attributes
    ----------
    states
        The number of departments in each state in the evaluated year, by unit_id.
    restricted
        Every year of the departments that are restricted in the evaluated year; of those on watch
        or not judged in it that year alone.
    conflicts
        The findings of low execution beside a surplus award, of the institution or below it.
    checks
        What the two others rest on, by unit_id: the number of departments and of those whose
        state is undetermined; the number of institutions that are settled by themselves or with
        a package, of those with a judged execution, of those whose settlement lacks no figure
        that an award rests on, and of those with both.

    `restricted` and `conflicts` have the columns of their frame. `unit_id` is the unit above,
    `below_id` the unit that the row is about, `name`, `name_en` and `kind` are its own, `above`,
    `above_en`, `above_id` and `above_kind` names, id and kind of its parent.
    """

    states: pd.DataFrame
    restricted: pd.DataFrame
    conflicts: pd.DataFrame
    checks: pd.DataFrame

    def of(self, unit_id: str) -> DescendantSummary:
        """Return the rows of one unit."""
        frames = vars(self).items()
        return DescendantSummary(**{name: f[f["unit_id"] == unit_id] for name, f in frames})


def of_whole_run(
    summary: DescendantSummary, unit_id: str, roots: Collection[str]
) -> DescendantSummary:
    """Return the summary in which one unit stands for all units without a unit above.

    Only the first row of what two roots share is kept. `states` stays as it is.
    """
    top = {
        name: frame[frame["unit_id"].isin(roots)].assign(unit_id=unit_id)
        for name, frame in vars(summary).items()
    }
    checks = top["checks"].groupby("unit_id")[[*COUNTS]].sum().reset_index()
    return DescendantSummary(
        summary.states,
        top["restricted"].drop_duplicates(ignore_index=True),
        top["conflicts"].drop_duplicates(ignore_index=True),
        checks,
    )


def summarize_descendants(evaluation: Evaluation) -> DescendantSummary:
    """Summarize for every unit the departments and hospitals below it."""
    units, rows = evaluation.units, evaluation.restrictions
    now = rows[rows["year"] == evaluation.about["year"]]
    held = rows[rows["unit_id"].isin(restricted_in(rows, evaluation.about["year"]))]
    noted = now[now["state"].isin(NOTED)]
    findings = evaluation.findings
    states = _count_states(roll_up(units, now))
    return DescendantSummary(
        states,
        roll_up(units, pd.concat([held, noted], ignore_index=True)),
        roll_up(units, findings[findings["finding"].isin(CONFLICTS)]),
        _count_checks(evaluation, now, states),
    )


def roll_up(units: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Repeat each row for its unit and for every unit above that, in the column `unit_id`.

    Both the region and the alliance of a hospital are above it.
    """
    links = pd.concat(
        units[["unit_id", column]].set_axis(["unit_id", "upper"], axis="columns")
        for column in ("parent_id", "alliance_id")
    ).dropna()
    parents = units[["unit_id", "name", "name_en", "kind"]].set_axis(
        ["parent_id", "above", "above_en", "above_kind"], axis="columns"
    )
    own = units[["unit_id", "name", "name_en", "kind", "parent_id"]].merge(
        parents, on="parent_id", how="left", validate="many_to_one"
    )
    own = own.rename(columns={"parent_id": "above_id"})
    found = rows.merge(own, on="unit_id", validate="many_to_one")
    found = found.assign(below_id=found["unit_id"])
    levels = [found]
    while not found.empty:
        found = found.merge(links, on="unit_id", validate="many_to_many").drop(columns="unit_id")
        found = found.rename(columns={"upper": "unit_id"})
        levels.append(found)
    # A hospital of an alliance reaches its region on two ways.
    return pd.concat(levels).drop_duplicates(ignore_index=True)[levels[0].columns]


def _count_states(rows: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(rows["unit_id"], rows["state"]).reindex(columns=STATES, fill_value=0)
    return counts.rename_axis(columns=None).reset_index().astype({"unit_id": "str"})


def _count_checks(evaluation: Evaluation, now: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Count at and below each unit the departments and institutions that were looked at."""
    units, year = evaluation.units, evaluation.about["year"]
    rates = evaluation.indicators
    rates = rates[(rates["indicator"] == "execution_rate") & (rates["scheme"] == "all")]
    rates = rates[(rates["year"] == year) & (rates["status"] == "ok")]
    known = pd.concat([rates["unit_id"], now.loc[now["state"] != "undetermined", "unit_id"]])
    judged = roll_up(units, known.drop_duplicates().to_frame())["unit_id"]
    steps = evaluation.settlement
    steps = steps[steps["year"] == year]
    awarded = steps["item"].isin(AWARDED) | (steps["lacking"] == "quota")
    unknown = steps.loc[awarded & steps["amount"].isna(), "unit_id"]
    settled = set(steps["unit_id"]) - set(unknown)
    # An alliance without a package is not settled: its members are, each by itself.
    counted = (units["kind"] == "hospital") | units["unit_id"].isin(steps["unit_id"])
    institutions = units.loc[counted & units["kind"].isin(INSTITUTIONS), ["unit_id"]]
    flags = institutions.assign(
        institution_count=1,
        judged_count=institutions["unit_id"].isin(judged).astype("int64"),
        settled_count=institutions["unit_id"].isin(settled).astype("int64"),
    )
    flags = flags.assign(checked_count=flags["judged_count"] * flags["settled_count"])
    by_state = states.set_index("unit_id")
    departments = pd.DataFrame({
        "department_count": by_state[[*STATES]].sum(axis=1),
        "undetermined_count": by_state["undetermined"],
    })  # fmt: skip
    checks = roll_up(units, flags).drop(columns=[*PLACED])
    checks = checks.groupby("unit_id").sum().join(departments, how="outer")
    checks = checks.fillna(0).astype("int64").rename_axis("unit_id").reset_index()
    return checks[["unit_id", *COUNTS]].astype({"unit_id": "str"})
