"""The formulas of a value: a ratio or total of one year, a growth or change between two.

All take and return frames keyed by indicator, unit_id, year and scheme. A value or a reason:
where `value` is missing, `reason` says why. Values keep 12 decimals: what lies below is noise
of binary arithmetic and must not decide whether exactly 5 % exceeds 5 %.
"""

from __future__ import annotations

import pandas as pd

from fundeval.evaluation.inputs import KEY, case_when
from fundeval.indicator_registry import Formula

DECIMALS = 12
INDICATOR_KEY = [*KEY, "indicator"]


def compute_levels(frame: pd.DataFrame, floored: pd.Series) -> pd.DataFrame:
    """Return numerator / denominator of sums, never the mean of ratios.

    No value where one of the two is missing or the denominator is not positive. What is
    `floored` and below 0 is 0, with the reason `deficit`; of part of a year it has no
    value, because its denominator is a month's share of a whole one.
    """
    numerator, denominator = frame["numerator"], frame["denominator"]
    exact = numerator / denominator.where(denominator > 0)
    part_year = floored & (frame["months"] != "")
    value = exact.round(DECIMALS).mask(part_year)
    deficit = floored & (value < 0)
    reason = case_when(
        {
            "missing_numerator": numerator.isna(),
            "missing_denominator": denominator.isna(),
            "zero_denominator": denominator <= 0,
            "part_year": part_year,
            "deficit": deficit,
        }
    )
    return frame.assign(exact=exact, value=value.mask(deficit, 0.0), reason=reason)


def join_previous_year(levels: pd.DataFrame) -> pd.DataFrame:
    """Return each level as `numerator` over that of the calendar year before, `denominator`.

    A reason, and no denominator, over a gap, across a changed basis, between different
    months, or where one of the two years has no value.
    """
    before = levels[[*INDICATOR_KEY, "exact", "reason", "basis", "volume", "months"]]
    frame = levels.merge(
        before.assign(year=before["year"] + 1),
        on=INDICATOR_KEY, how="left", suffixes=("", "_before"), indicator=True,
        validate="one_to_one",
    )  # fmt: skip
    incomparable = case_when(
        {
            "no_previous_year": frame["_merge"] == "left_only",
            "basis_changed": frame["basis"] != frame["basis_before"],
            "other_months": frame["months"] != frame["months_before"],
        }
    )
    missing = frame["reason"].where(
        ~frame["reason"].isin(["", "deficit"]), frame["reason_before"].fillna("")
    )
    frame["reason"] = incomparable.where(incomparable != "", missing)
    frame["numerator"] = frame["exact"]
    frame["denominator"] = frame["exact_before"].where(frame["reason"] == "")
    return frame[[*levels.columns, "volume_before"]]


def compare_years(frame: pd.DataFrame, formula: Formula) -> pd.DataFrame:
    """Return the value of each row of `join_previous_year`, as the formula combines the years.

    The frame has `cpi` and `gdp_growth` too, as fractions. No growth from zero.
    """
    now, before = frame["numerator"], frame["denominator"]
    match formula:
        case "change":
            return frame.assign(value=(now - before).round(DECIMALS))
        case "growth":
            return _growth(frame, now)
        case "real_growth":
            return _with_adjustment(_growth(frame, now / (1 + frame["cpi"])), "cpi")
        case _:
            growth = _growth(frame, now)
            over = (growth["value"] - frame["gdp_growth"]).round(DECIMALS)
            return _with_adjustment(growth.assign(value=over), "gdp_growth")


def _growth(frame: pd.DataFrame, now: pd.Series) -> pd.DataFrame:
    before = frame["denominator"]
    from_zero = (frame["reason"] == "") & (before <= 0)
    return frame.assign(
        value=(now / before.where(before > 0) - 1).round(DECIMALS),
        reason=frame["reason"].mask(from_zero, "zero_denominator"),
    )


def _with_adjustment(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    unknown = (frame["reason"] == "") & frame[column].isna()
    reason = frame["reason"].mask(unknown, f"missing_{column}")
    return frame.assign(adjusted_by=frame[column], reason=reason)
