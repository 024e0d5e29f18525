"""Year-end settlement of institutions with a quota: surplus award or shared overrun."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.formulas import KEY
from fundeval.evaluate.tables import Inputs
from fundeval.policy import Rules


def settle(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the settlement of the evaluated year, long: amount = base × rate, in 元.

    Balance = quota − fee for service. A surplus earns an award at the policy's rate, at
    most its cap on the quota (R10); half of what is retained, or what the policy says, goes
    to staff and capability. An overrun is shared: where a reasonable part is stated, by
    its share, else band by band, each band's share of its own slice (R11).
    """
    table = inputs.settlements
    table = table[(table["year"] == inputs.year) & (table["quota"] > 0)]
    table = table.assign(balance=table["quota"] - table["fee_for_service"])
    table = table[table["balance"].notna()]
    surplus = table[table["balance"] > 0]
    overrun = table[table["balance"] < 0]
    reasoned = overrun["reasonable_overrun"].notna()
    steps = [
        _step(table, "balance", table["balance"], 1.0),
        *_award(surplus, rules),
        _reasonable(overrun[reasoned], rules),
        *_bands(overrun[~reasoned], rules),
    ]
    frame = pd.concat(steps, ignore_index=True)
    return frame.sort_values([*KEY, "item"], ignore_index=True)


def _award(surplus: pd.DataFrame, rules: Rules) -> list[pd.DataFrame]:
    award = surplus["balance"] * rules.value("surplus_award_rate")
    cap = surplus["quota"] * rules.value("surplus_award_cap")
    paid = award.where(award < cap, cap)
    return [
        _step(surplus, "surplus_award", surplus["balance"], paid / surplus["balance"]),
        _step(surplus, "award_to_staff", paid, rules.value("retained_to_staff_rate")),
    ]


def _reasonable(overrun: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    base = overrun[["reasonable_overrun"]].assign(all=-overrun["balance"]).min(axis=1)
    return _step(overrun, "reasonable_overrun", base, rules.value("reasonable_overrun_share"))


def _bands(overrun: pd.DataFrame, rules: Rules) -> list[pd.DataFrame]:
    steps = []
    for number, band in enumerate(rules.value("overrun_bands"), start=1):
        start = overrun["quota"] * band.start
        end = np.inf if band.end is None else overrun["quota"] * band.end
        base = (np.minimum(-overrun["balance"], end) - start).clip(lower=0)
        steps.append(_step(overrun, f"overrun_band_{number}", base, float(band.result)))
    return steps


def _step(table: pd.DataFrame, item: str, base: pd.Series, rate: pd.Series | float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **{key: table[key] for key in KEY},
            "item": item,
            "base": base.round(2),
            "rate": rate,
            "amount": (base * rate).round(2),
        }
    )
