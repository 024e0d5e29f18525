"""The forms of a value: a ratio or total of one year, a growth or change between two.

All take and return frames keyed by unit_id, year and scheme. A value or a reason: where
`value` is missing, `reason` says why. Values keep 12 decimals: what lies below is noise of
binary arithmetic and must not decide whether exactly 5 % exceeds 5 %.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.tables import KEY
from fundeval.registry import Form

DECIMALS = 12


def level(frame: pd.DataFrame, form: Form) -> pd.DataFrame:
    """Return numerator / denominator of sums, never the mean of ratios; a total as it is.

    No value where one of the two is missing or the denominator is not positive. A
    `floored_ratio` below 0 is 0, with the reason `deficit`; of part of a year it has no
    value, because its denominator is a month's share of a whole one.
    """
    if form == "total":
        frame = frame.assign(denominator=1.0)
    denominator = frame["denominator"].where(frame["denominator"] > 0)
    frame["exact"] = frame["numerator"] / denominator
    part_year = (form == "floored_ratio") & (frame["months"] != "")
    frame["value"] = frame["exact"].round(DECIMALS).mask(part_year)
    deficit = (form == "floored_ratio") & (frame["value"] < 0)
    frame["reason"] = np.select(
        [
            frame["numerator"].isna(),
            frame["denominator"].isna(),
            frame["denominator"] <= 0,
            part_year,
            deficit,
        ],
        ["missing_numerator", "missing_denominator", "zero_denominator", "part_year", "deficit"],
        "",
    )
    return frame.assign(value=frame["value"].mask(deficit, 0.0))


def compare(levels: pd.DataFrame, form: Form, context: pd.DataFrame) -> pd.DataFrame:
    """Return each value beside that of the calendar year before, as the form combines them.

    `context` has `cpi` and `gdp_growth` by unit_id and year, as fractions. No value over a
    gap, across a changed basis, between different months, or from zero.
    """
    frame = _beside_year_before(levels).merge(context, on=["unit_id", "year"], how="left")
    now, before = frame["numerator"], frame["denominator"]
    match form:
        case "change":
            return frame.assign(value=(now - before).round(DECIMALS))
        case "growth":
            return _grown(frame, now)
        case "real_growth":
            return _adjusted(_grown(frame, now / (1 + frame["cpi"])), "cpi")
        case _:
            growth = _grown(frame, now)
            over = (growth["value"] - frame["gdp_growth"]).round(DECIMALS)
            return _adjusted(growth.assign(value=over), "gdp_growth")


def _grown(frame: pd.DataFrame, now: pd.Series) -> pd.DataFrame:
    grown = (now / frame["denominator"].where(frame["denominator"] > 0) - 1).round(DECIMALS)
    from_zero = (frame["reason"] == "") & (frame["denominator"] <= 0)
    return frame.assign(value=grown, reason=frame["reason"].mask(from_zero, "zero_denominator"))


def _adjusted(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    unknown = (frame["reason"] == "") & frame[column].isna()
    reason = frame["reason"].mask(unknown, f"missing_{column}")
    return frame.assign(adjusted_by=frame[column], reason=reason)


def _beside_year_before(levels: pd.DataFrame) -> pd.DataFrame:
    before = levels[[*KEY, "exact", "reason", "basis", "volume", "months"]].copy()
    before["year"] += 1
    frame = levels.merge(before, on=KEY, how="left", suffixes=("", "_before"), indicator=True)
    frame["reason"] = np.select(
        [
            frame["_merge"] == "left_only",
            frame["basis"] != frame["basis_before"],
            frame["months"] != frame["months_before"],
            frame["reason"].isin(["", "deficit"]),
        ],
        ["no_previous_year", "basis_changed", "other_months", frame["reason_before"].fillna("")],
        frame["reason"],
    )
    frame["numerator"] = frame["exact"]
    frame["denominator"] = frame["exact_before"].where(frame["reason"] == "")
    return frame[[*levels.columns, "volume_before"]]
