"""What a report needs of all units below its own, however deep: states, restrictions, conflicts."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fundeval.results.frames import Evaluation

STATES = ("clear", "watch", "restricted", "released", "undetermined")
CONFLICT = "conflict_surplus_award"


@dataclass(frozen=True)
class Below:
    """Frames with a row for each unit at or above the one that the row is about.

    `states`: unit_id and the number of departments in each state in the evaluated year.
    `restricted`: every year of the departments restricted in the evaluated year, `conflicts`:
    the findings of that kind; both have the columns of their frame, and `below_id`, `name` and
    `above` of the unit that the row is about.
    """

    states: pd.DataFrame
    restricted: pd.DataFrame
    conflicts: pd.DataFrame

    def of(self, unit_id: str) -> Below:
        """Return the rows of one unit."""
        frames = (self.states, self.restricted, self.conflicts)
        return Below(*(frame[frame["unit_id"] == unit_id] for frame in frames))


def look_below(evaluation: Evaluation) -> Below:
    """Return what every unit must know of those below it; see `Below`."""
    units, rows = evaluation.units, evaluation.restrictions
    now = rows[rows["year"] == evaluation.about["year"]]
    restricted = now.loc[now["state"] == "restricted", "unit_id"]
    findings = evaluation.findings
    return Below(
        _count_states(at_and_above(units, now)),
        at_and_above(units, rows[rows["unit_id"].isin(restricted)]),
        at_and_above(units, findings[findings["finding"] == CONFLICT]),
    )


def at_and_above(units: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows once for their own unit, and once for each unit above it.

    Above a hospital stand its region and its alliance. `unit_id` becomes the upper unit.
    """
    links = pd.concat(
        units[["unit_id", column]].set_axis(["unit_id", "upper"], axis="columns")
        for column in ("parent_id", "alliance_id")
    ).dropna()
    own = units[["unit_id", "name", "parent_id"]].merge(
        units[["unit_id", "name"]].set_axis(["parent_id", "above"], axis="columns"), how="left"
    )
    found = rows.merge(own.drop(columns="parent_id"), on="unit_id")
    found = found.assign(below_id=found["unit_id"])
    levels = [found]
    while not found.empty:
        found = found.merge(links, on="unit_id").drop(columns="unit_id")
        found = found.rename(columns={"upper": "unit_id"})
        levels.append(found)
    # A hospital of an alliance reaches its region on two ways.
    return pd.concat(levels).drop_duplicates(ignore_index=True)[levels[0].columns]


def _count_states(rows: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(rows["unit_id"], rows["state"]).reindex(columns=STATES, fill_value=0)
    return counts.rename_axis(columns=None).reset_index().astype({"unit_id": "str"})
