"""Why the cost of care changed: more visits, dearer visits, or graver cases."""

from __future__ import annotations

import pandas as pd

from fundeval.evaluation.inputs import KEY, Inputs, add_up_with_all, case_when
from fundeval.money import whole
from fundeval.results.frames import FRAMES


def split_cost_changes(inputs: Inputs) -> pd.DataFrame:
    """Split the change of cost since the year before into volume, mix and price, summing exactly.

    With V visits, m case-mix index and p = cost / (V·m): volume = ΔV·m₀·p₀, mix = V₁·Δm·p₀,
    price = V₁·m₁·Δp, taken in this order; price is what remains to the total. Where no
    case-mix index is given, mix is missing and counts with the price.

    Parameters
    ----------
    inputs
        The tables of the data set, prepared for the evaluated year.

    Returns
    -------
    pandas.DataFrame
        One row for each unit, scheme, setting and part (volume, mix, price, total); columns as
        `FRAMES["cost_changes"]`, `amount` in 分 (`Int64`). No parts where a year is missing,
        empty, or on another basis or other months: `reason` says so.

    Examples
    --------
    >>> from fundeval import tables
    >>> from fundeval.evaluation.inputs import prepare
    >>> parts = split_cost_changes(prepare(tables.load("sample:city"), 2024)).head(4)
    >>> [int(amount) for amount in parts.set_index("part")["amount"][["volume", "mix", "price"]]]
    [10778840, 1740350924, 12253732736]
    >>> int(parts.set_index("part")["amount"]["total"])
    14004862500
    """
    keys = [*KEY, "setting"]
    services = inputs.services[inputs.services["year"] >= inputs.year - 1]
    services = services.assign(weighted=services["visits"] * services["case_mix"])
    sums = inputs.join_months(add_up_with_all(services, keys, ["visits", "cost", "weighted"]))
    before = inputs.rows_of_year(sums, offset=-1).assign(year=inputs.year)
    frame = inputs.rows_of_year(sums).merge(
        before,
        on=keys,
        how="left",
        suffixes=("", "_before"),
        indicator=True,
        validate="one_to_one",
    )
    frame["reason"] = _find_incomparable(frame)
    comparable = frame["reason"] == ""
    per_visit = (frame["cost_before"].astype("float64") / frame["visits_before"]).where(comparable)
    mix = frame["weighted"] / frame["visits"]
    mix_before = frame["weighted_before"] / frame["visits_before"]
    total = (frame["cost"] - frame["cost_before"]).where(comparable)
    volume = whole((frame["visits"] - frame["visits_before"]) * per_visit)
    graver = whole(frame["visits"] * (mix / mix_before - 1) * per_visit)
    price = total - volume - graver.fillna(0)
    no_mix = comparable & graver.isna()
    parts = {"volume": volume, "mix": graver, "price": price, "total": total}
    rows = [
        frame[[*keys, "reason"]].assign(part=part, amount=amount) for part, amount in parts.items()
    ]
    rows[1]["reason"] = rows[1]["reason"].mask(no_mix, "missing_case_mix")
    order = ["unit_id", "scheme", "setting", "part"]
    found = pd.concat(rows).sort_values(order, ignore_index=True)
    return found[list(FRAMES["cost_changes"])]


def _find_incomparable(frame: pd.DataFrame) -> pd.Series:
    """Return why two years are not compared, empty where they are."""
    known = frame[["visits", "cost", "visits_before", "cost_before"]].notna().all(axis=1)
    return case_when(
        {
            "no_previous_year": frame["_merge"] == "left_only",
            "basis_changed": frame["basis"] != frame["basis_before"],
            "other_months": frame["months"] != frame["months_before"],
            "missing_numerator": ~known,
            "zero_denominator": (frame["visits"] <= 0) | (frame["visits_before"] <= 0),
        }
    )
