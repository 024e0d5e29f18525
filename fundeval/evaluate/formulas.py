"""The few forms that every indicator has: a ratio, a total, a growth, a change.

Each takes and returns frames keyed by unit_id, year and scheme. A value or a reason: where
`value` is missing, `reason` says why. Values keep 12 decimals: what lies below is noise of
binary arithmetic and must not decide whether exactly 5 % exceeds 5 %.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

KEY = ["unit_id", "year", "scheme"]
DECIMALS = 12


def ratio(table: pd.DataFrame, numerator: str, denominator: str, volume: str = "") -> pd.DataFrame:
    """Return numerator / denominator of the sums in `table`, never the mean of ratios.

    No value where one of the two is missing or the denominator is not positive. `volume`
    names the column whose size decides whether the value is judged.
    """
    frame = table[[*KEY, "basis"]].copy()
    frame["numerator"] = table[numerator]
    frame["denominator"] = table[denominator]
    frame["volume"] = table[volume] if volume else np.nan
    frame["value"] = _divide(frame["numerator"], frame["denominator"])
    frame["reason"] = np.select(
        [
            frame["numerator"].isna(),
            frame["denominator"].isna(),
            frame["denominator"] <= 0,
        ],
        ["missing_numerator", "missing_denominator", "zero_denominator"],
        "",
    )
    return frame


def total(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a sum as a value."""
    return ratio(table.assign(one=1.0), column, "one")


def growth(levels: pd.DataFrame) -> pd.DataFrame:
    """Return value / value of the calendar year before − 1; numerator and denominator are
    the two values. No value over a gap, across a changed basis or from zero."""
    frame = _beside_year_before(levels)
    frame["value"] = (_divide(frame["numerator"], frame["denominator"]) - 1).round(DECIMALS)
    reason = np.where(frame["denominator"] <= 0, "zero_denominator", frame["reason"])
    return frame.assign(reason=np.where(frame["reason"] == "", reason, frame["reason"]))


def change(levels: pd.DataFrame) -> pd.DataFrame:
    """Return value − value of the calendar year before, as `growth` does."""
    frame = _beside_year_before(levels)
    frame["value"] = (frame["numerator"] - frame["denominator"]).round(DECIMALS)
    return frame


def _beside_year_before(levels: pd.DataFrame) -> pd.DataFrame:
    before = levels[[*KEY, "value", "reason", "basis", "volume", "months"]].copy()
    before["year"] += 1
    frame = levels.merge(before, on=KEY, how="left", suffixes=("", "_before"), indicator=True)
    frame["reason"] = np.select(
        [
            frame["_merge"] == "left_only",
            frame["basis"] != frame["basis_before"],
            frame["months"] != frame["months_before"],
            frame["reason"] != "",
            frame["reason_before"].fillna("") != "",
        ],
        [
            "no_previous_year",
            "basis_changed",
            "other_months",
            frame["reason"],
            frame["reason_before"],
        ],
        "",
    )
    comparable = frame["reason"] == ""
    frame["numerator"] = frame["value"]
    frame["denominator"] = frame["value_before"].where(comparable)
    frame["volume"] = frame[["volume", "volume_before"]].min(axis=1, skipna=False)
    return frame[levels.columns]


def _divide(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    return (numerator / denominator.where(denominator > 0)).round(DECIMALS)
