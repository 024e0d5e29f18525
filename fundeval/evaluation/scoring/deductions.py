"""What incidents take off a score, and the grades that they leave at most."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.cells import is_among
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.policy import Rules
from fundeval.policy.model import Deduction

# The incident that the two-year rule makes of itself: a restricted department (R1).
RESTRICTED = "restricted"
COLUMNS = ["unit_id", "incident", "times", "repaired", "counting", "points", "grade_cap", "reason"]


def take_off(inputs: Inputs, rules: Rules, restricted: pd.Series | None = None) -> pd.DataFrame:
    """Return what incidents take off the score of each unit, a row for each kind of incident.

    points = min(most, points each × counting), where each time counts whole and a repaired one by
    the policy's share; an incident counts in its year and as long as the policy says. A kind that
    is not repaired whole may cap the grade (`grade_cap`). Where it is not known how often
    something happened, `points` is missing with a reason, and the unit has no score.

    Parameters
    ----------
    inputs
        Their `incidents` up to the evaluated year count.
    rules
        State `deductions` by incident.
    restricted
        Units that are restricted in the year (R1), an incident of its own if the rules state it.
    """
    known: dict[str, Deduction] = rules.value("deductions")
    rows = inputs.incidents
    ids = inputs.units["unit_id"]
    own = pd.DataFrame({"unit_id": ids[:0] if restricted is None else restricted})
    own = own.assign(year=inputs.year, incident=RESTRICTED, times=1.0, repaired=0.0)
    rows = pd.concat([rows[rows["incident"] != RESTRICTED], own], ignore_index=True)
    rows = rows[rows["incident"].isin(known) & is_among(rows["unit_id"], ids)]
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS).astype({"unit_id": ids.dtype, "points": "float64"})
    rule = rows["incident"].map(known)
    age = inputs.year - rows["year"]
    rows = rows[(age >= 0) & (age < [each.years for each in rule])]
    rows = rows.assign(repaired=rows["repaired"].fillna(0).clip(upper=rows["times"]))
    groups = rows.groupby(["unit_id", "incident"], dropna=True)[["times", "repaired"]]
    sums = groups.sum(skipna=False).reset_index().astype({"incident": "str"})
    rule = sums["incident"].map(known)
    share, each, most = (
        pd.Series([getattr(one, what) for one in rule], sums.index, dtype="float64")
        for what in ("repaired", "points", "most")
    )
    counting = sums["times"] - sums["repaired"] * (1 - share)
    points = (counting * each).clip(upper=most.fillna(np.inf))
    caps = pd.Series([one.grade_cap for one in rule], sums.index, dtype="object")
    return sums.assign(
        counting=counting,
        points=points,
        grade_cap=caps.where(sums["times"] > sums["repaired"], None),
        reason=case_when({"incident_count_missing": points.isna()}),
    )[COLUMNS]


def sum_up(deductions: pd.DataFrame, unit_ids: pd.Index, grades: tuple[str, ...]) -> pd.DataFrame:
    """Return by unit what is taken off in all (`deducted`), NaN where it is not known, with the
    incident that leaves the lowest grade (`veto`) and the place of that grade (`highest`)."""
    if deductions.empty:
        nothing = {"deducted": 0.0, "veto": "", "highest": len(grades)}
        return pd.DataFrame(nothing, unit_ids).astype({"veto": "str"})
    of_unit = deductions.groupby("unit_id", dropna=True)["points"].sum(skipna=False)
    caps = deductions.dropna(subset="grade_cap")
    place = caps["grade_cap"].map({grade: place for place, grade in enumerate(grades)})
    caps = caps.assign(highest=place).sort_values(["unit_id", "highest", "incident"])
    caps = caps.drop_duplicates("unit_id").set_index("unit_id").reindex(unit_ids)
    deducted = of_unit.reindex(unit_ids, fill_value=0.0).astype("float64")
    return deducted.to_frame("deducted").assign(
        veto=caps["incident"].fillna("").astype("str"),
        highest=caps["highest"].fillna(len(grades)).astype("int64"),
    )
