"""Why the cost of care changed: more visits, dearer visits, or graver cases."""

from __future__ import annotations

import pandas as pd

from fundeval.evaluation.cells import as_texts
from fundeval.evaluation.indicators.aggregates import Sums
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.indicator_registry import Amount
from fundeval.money import whole
from fundeval.tables.schemas import SETTINGS


def split_cost_changes(inputs: Inputs, sums: Sums) -> pd.DataFrame:
    """Split the change of cost since the year before into volume, mix and price, summing exactly.

    With V visits, m case-mix index and p = cost / (V·m): volume = ΔV·m₀·p₀, mix = V₁·Δm·p₀,
    price = V₁·m₁·Δp, taken in this order; price is what remains to the total. Where no
    case-mix index is given, mix is missing and counts with the price. No parts where a year is
    missing, empty, or on another basis or other months: `reason` says so.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> changes = evaluation.evaluate(city, rules, 2024).cost_changes.head(4)
    >>> parts = changes.set_index("part")["amount"]
    >>> parts[["volume", "mix", "price", "total"]].tolist()
    [107788.4, 17403509.24, 122537327.36, 140048625.0]
    """
    found = [_split(setting, inputs, sums) for setting in SETTINGS.values()]
    order = ["unit_id", "scheme", "setting", "part"]
    return pd.concat(found).sort_values(order, ignore_index=True)


def _split(setting: str, inputs: Inputs, sums: Sums) -> pd.DataFrame:
    """Split the changes of one setting."""
    cells = inputs.cells
    rows = sums.rows(Amount("services", ("cost",), where={"setting": (setting,)}), by_scheme=False)
    rows = rows[["visits", "cost", "weighted_visits", "basis"]]
    rows = rows.assign(months=inputs.months[rows.index.to_numpy() // len(cells.schemes)])
    now = rows[cells.year_of(rows.index.to_numpy()) == inputs.year]
    before = rows.reindex(now.index - len(cells.schemes)).set_axis(now.index)
    reason = _find_incomparable(now, before)
    comparable = reason == ""
    per_visit = (before["cost"].astype("float64") / before["visits"]).where(comparable)
    mix, mix_before = (year["weighted_visits"] / year["visits"] for year in (now, before))
    total = (now["cost"] - before["cost"]).where(comparable)
    volume = whole((now["visits"] - before["visits"]) * per_visit)
    graver = whole(now["visits"] * (mix / mix_before - 1) * per_visit)
    price = total - volume - graver.fillna(0)
    no_mix = reason.mask(comparable & graver.isna(), "missing_case_mix")
    keys = as_texts(cells.keys(now.index.to_numpy())).set_axis(now.index).assign(setting=setting)
    parts = {"volume": volume, "mix": graver, "price": price, "total": total}
    return pd.concat(
        keys.assign(part=part, amount=amount, reason=no_mix if part == "mix" else reason)
        for part, amount in parts.items()
    )


def _find_incomparable(now: pd.DataFrame, before: pd.DataFrame) -> pd.Series:
    """Return why two years are not compared, empty where they are."""
    figures = [year[figure] for year in (now, before) for figure in ("visits", "cost")]
    return case_when(
        no_previous_year=before["basis"].isna(),
        basis_changed=now["basis"] != before["basis"],
        other_months=now["months"] != before["months"],
        missing_numerator=pd.concat(figures, axis=1).isna().any(axis=1),
        zero_denominator=(now["visits"] <= 0) | (before["visits"] <= 0),
    )
