"""Why the cost of care changed: more visits, dearer visits, or graver cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.tables import KEY, Inputs, add_up_with_all

PARTS = ("volume", "mix", "price", "total")
FEN = 2


def split_cost_changes(inputs: Inputs) -> pd.DataFrame:
    """Return the change of cost since the year before in parts, in 元, summing exactly.

    With V visits, m case-mix index and p = cost / (V·m): volume = ΔV·m₀·p₀, mix = V₁·Δm·p₀,
    price = V₁·m₁·Δp, taken in this order; price is what remains to the total. Where no
    case-mix index is given, mix is missing and counts with the price. No parts where a year
    is missing, empty, or on another basis or other months: `reason` says so.
    """
    keys = [*KEY, "setting"]
    services = inputs.services[inputs.services["year"].isin([inputs.year - 1, inputs.year])]
    services = services.assign(weighted=services["visits"] * services["case_mix"])
    sums = add_up_with_all(services, keys, ["visits", "cost", "weighted"])
    sums = sums.merge(inputs.part_years, on=["unit_id", "year"], how="left")
    sums["months"] = sums["months"].fillna("")
    before = sums[sums["year"] == inputs.year - 1].assign(year=inputs.year)
    frame = sums[sums["year"] == inputs.year].merge(
        before, on=keys, how="left", suffixes=("", "_before"), indicator=True
    )
    frame["reason"] = _why_not(frame)
    comparable = frame["reason"] == ""
    per_visit = (frame["cost_before"] / frame["visits_before"]).where(comparable)
    mix = frame["weighted"] / frame["visits"]
    mix_before = frame["weighted_before"] / frame["visits_before"]
    frame["total"] = (frame["cost"] - frame["cost_before"]).where(comparable).round(FEN)
    frame["volume"] = ((frame["visits"] - frame["visits_before"]) * per_visit).round(FEN)
    graver = frame["visits"] * (mix / mix_before - 1) * per_visit
    frame["mix"] = graver.round(FEN)
    rest = frame["total"] - frame["volume"] - frame["mix"].fillna(0.0)
    frame["price"] = rest.round(FEN)
    parts = [
        frame[keys].assign(part=part, amount=frame[part], reason=_reason(frame, part))
        for part in PARTS
    ]
    order = ["unit_id", "scheme", "setting", "part"]
    columns = [*KEY, "setting", "part", "amount", "reason"]
    return pd.concat(parts).sort_values(order, ignore_index=True)[columns]


def _why_not(frame: pd.DataFrame) -> np.ndarray:
    known = frame[["visits", "cost", "visits_before", "cost_before"]].notna().all(axis=1)
    return np.select(
        [
            frame["_merge"] == "left_only",
            frame["basis"] != frame["basis_before"],
            frame["months"] != frame["months_before"],
            ~known,
            (frame["visits"] <= 0) | (frame["visits_before"] <= 0),
        ],
        [
            "no_previous_year",
            "basis_changed",
            "other_months",
            "missing_numerator",
            "zero_denominator",
        ],
        "",
    )


def _reason(frame: pd.DataFrame, part: str) -> pd.Series:
    if part != "mix":
        return frame["reason"]
    no_mix = (frame["reason"] == "") & frame["mix"].isna()
    return frame["reason"].mask(no_mix, "missing_case_mix")
