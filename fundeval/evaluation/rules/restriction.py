"""The two-year rule: a department below the execution floor two years running (R1)."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from fundeval.evaluation.cells import Truths
from fundeval.evaluation.figures import spread
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.money import exact, integers, to_fen
from fundeval.policy.policy import Entry
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES


def judge_restrictions(indicators: pd.DataFrame, inputs: Inputs, floor: Entry) -> pd.DataFrame:
    """Judge each department in each year of the data by the two-year rule (R1).

    Each year is judged by the `floor` in force at its end (before the first date by the first), so
    that two reports never contradict each other on the same year. Only calendar-adjacent judged
    years count: a gap, a new unit or a year without budget leaves the state undetermined, never
    clear. Exactly the floor is not below it; amounts are compared as whole numbers, so that no
    rounding decides.
    """
    frame = _years_of_departments(inputs)
    rates = indicators[
        (indicators["indicator"] == "execution_rate") & (indicators["scheme"] == ALL_SCHEMES)
    ]
    judged = rates[rates["status"] == "ok"]

    def floors(rows: pd.DataFrame, ago: int = 0) -> pd.Series:
        """Return the floor of each row's year, or of so many years before."""
        found = pd.Series(np.nan, rows.index)
        for year in rows["year"].unique():
            value = floor.on(dt.date(min(int(year) - ago, inputs.year), 12, 31)).value
            of_year = inputs.with_kinds(rows.loc[rows["year"] == year, ["unit_id"]])
            found[of_year.index] = spread(value, of_year.assign(scheme=ALL_SCHEMES))
        return found

    judged = judged.assign(below=_is_below(judged, floors(judged)))
    ago = [frame.assign(year=frame["year"] - n, scheme=ALL_SCHEMES) for n in range(3)]
    rate, previous = (inputs.look_up(judged, "value", rows) for rows in ago[:2])
    low, low_before, low_before_that = (
        inputs.look_up(judged, "below", rows).eq(True) for rows in ago
    )
    why = inputs.look_up(rates[rates["status"] != "ok"], "reason", ago[0]).fillna("no_data")
    now, before = floors(frame), floors(frame, ago=1)
    reason = case_when(
        {
            "no_floor": now.isna() | before.isna(),
            "": rate.notna() & previous.notna(),
            "unjudged": why != "no_data",
            "no_budget": rate.isna(),
            "data_begin": frame["year"] == _first_year(inputs),
            "new_unit": frame["first"],
        },
        "gap",
    )
    state = case_when(
        {
            "undetermined": reason != "",
            "restricted": low & low_before,
            "watch": low,
            "released": low_before & low_before_that,
        },
        "clear",
    )
    frame = frame.assign(
        rate=rate,
        floor=now,
        previous_rate=previous,
        previous_floor=before,
        state=state,
        reason=reason.mask(reason == "unjudged", why),
    )
    return frame.sort_values(["unit_id", "year"], ignore_index=True)[list(FRAMES["restrictions"])]


def _is_below(rates: pd.DataFrame, floors: pd.Series) -> Truths:
    """Tell which execution rates lie below their floors, on whole 分."""
    executed, budget = (integers(to_fen(rates[part])) for part in ("numerator", "denominator"))
    below = np.zeros(len(rates), "bool")
    for size in floors.dropna().unique():
        held, floor = floors.to_numpy() == size, exact(float(size))
        below[held] = executed[held] * floor.denominator < budget[held] * floor.numerator
    return below


def _years_of_departments(inputs: Inputs) -> pd.DataFrame:
    """Return each department with every year from its first, or the first of the data."""
    departments = inputs.units[inputs.units["kind"] == "department"]
    first_year = _first_year(inputs)
    years = np.arange(first_year, inputs.year + 1, dtype="int64")
    start = departments["valid_from"].dt.year.fillna(first_year)
    first_row = inputs.budgets.groupby("unit_id")["year"].min()
    start = np.minimum(start, departments["unit_id"].map(first_row).fillna(np.inf))
    grid = departments[["unit_id"]].assign(start=start)
    grid = grid.loc[grid.index.repeat(len(years))].reset_index(drop=True)
    grid = grid.assign(year=np.tile(years, len(departments)))
    grid = grid[grid["year"] >= grid["start"]]
    return grid.assign(first=grid["year"] == grid["start"])


def _first_year(inputs: Inputs) -> int:
    return min(inputs.budgets["year"], default=inputs.year)
