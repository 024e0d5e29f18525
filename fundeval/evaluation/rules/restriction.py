"""The two-year rule: a department below the execution floor two years running (R1)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.policy import Rules
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES


def judge_restrictions(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the state of each department in each year of the data.

    The rate is `execution_rate` over all schemes. Every year is judged by the floor of the
    evaluated one, so that a what-if of it holds for both years that the rule looks at. Only
    calendar-adjacent judged years count: a gap, a new unit or a year without budget leaves
    the state undetermined, never clear. Exactly the floor is not below it.
    """
    frame = _years_of_departments(inputs)
    rates = indicators[
        (indicators["indicator"] == "execution_rate") & (indicators["scheme"] == ALL_SCHEMES)
    ].set_index(["unit_id", "year"])
    judged = rates.loc[rates["status"] == "ok", "value"]
    unjudged = rates.loc[rates["status"] != "ok", "reason"]
    rate, previous, before_that = (_years_ago(frame, judged, years) for years in (0, 1, 2))
    why = _years_ago(frame, unjudged, 0).fillna("no_data")
    floor = rules.value("execution_floor")
    low, low_before = rate < floor, previous < floor
    reason = case_when(
        {
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
            "released": low_before & (before_that < floor),
        },
        "clear",
    )
    frame = frame.assign(
        rate=rate,
        previous_rate=previous,
        state=state,
        reason=reason.mask(reason == "unjudged", why),
    )
    return frame.sort_values(["unit_id", "year"], ignore_index=True)[list(FRAMES["restrictions"])]


def _years_of_departments(inputs: Inputs) -> pd.DataFrame:
    """Return each department with every year from its first, or the first of the data."""
    departments = inputs.units[inputs.units["kind"] == "department"]
    first_year = _first_year(inputs)
    years = pd.DataFrame({"year": np.arange(first_year, inputs.year + 1, dtype="int64")})
    start = departments["valid_from"].dt.year.fillna(first_year)
    first_row = inputs.budgets.groupby("unit_id")["year"].min()
    start = np.minimum(start, departments["unit_id"].map(first_row).fillna(np.inf))
    grid = departments[["unit_id"]].assign(start=start).merge(years, how="cross")
    grid = grid[grid["year"] >= grid["start"]]
    return grid.assign(first=grid["year"] == grid["start"])


def _first_year(inputs: Inputs) -> int:
    return min(inputs.budgets["year"], default=inputs.year)


def _years_ago(frame: pd.DataFrame, values: pd.Series, years: int) -> pd.Series:
    """Return the value of each row's unit so many years before, missing where there is none."""
    keys = pd.MultiIndex.from_arrays([frame["unit_id"], frame["year"] - years])
    return pd.Series(values.reindex(keys).array, frame.index)
