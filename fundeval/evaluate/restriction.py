"""The two-year rule: a department below the execution floor two years running (R1)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.tables import Inputs
from fundeval.policy import Rules

JUDGED = ["clear", "watch", "restricted", "released"]


def judge_restrictions(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the state of each department in each year of the data.

    The rate is `execution_rate` over all schemes. Only calendar-adjacent judged years
    count: a gap, a new unit or a year without budget leaves the state undetermined, never
    clear. Exactly the floor is not below it.
    """
    grid = _years_of_departments(inputs)
    rates = indicators[
        (indicators["indicator"] == "execution_rate") & (indicators["scheme"] == "all")
    ]
    judged = rates.loc[rates["status"] == "ok", ["unit_id", "year", "value"]]
    unjudged = rates.loc[rates["status"] != "ok", ["unit_id", "year", "reason"]]
    frame = grid.merge(_shifted(judged, 0, "rate"), how="left")
    frame = frame.merge(unjudged.rename(columns={"reason": "why"}), how="left")
    frame = frame.merge(_shifted(judged, 1, "previous_rate"), how="left")
    frame = frame.merge(_shifted(judged, 2, "rate_before_that"), how="left")

    floor = rules.value("execution_floor")
    low, low_before = frame["rate"] < floor, frame["previous_rate"] < floor
    was_restricted = low_before & (frame["rate_before_that"] < floor)
    has_row = frame["why"].notna() & (frame["why"] != "no_data")
    frame["reason"] = np.select(
        [
            has_row,
            frame["rate"].isna(),
            frame["previous_rate"].notna(),
            frame["year"] == _first_year(inputs),
            frame["first"],
        ],
        [frame["why"], "no_budget", "", "data_begin", "new_unit"],
        default="gap",
    )
    frame["state"] = np.select(
        [frame["reason"] != "", low & low_before, low, was_restricted],
        ["undetermined", "restricted", "watch", "released"],
        default="clear",
    )
    columns = ["unit_id", "year", "rate", "previous_rate", "state", "reason"]
    return frame[columns].sort_values(["unit_id", "year"], ignore_index=True)


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
    return grid.assign(first=grid["year"] == grid["start"])[["unit_id", "year", "first"]]


def _first_year(inputs: Inputs) -> int:
    return min(inputs.budgets["year"], default=inputs.year)


def _shifted(rates: pd.DataFrame, years: int, name: str) -> pd.DataFrame:
    return rates.assign(year=rates["year"] + years).rename(columns={"value": name})
