"""Adjustment between regions whose surplus is short and those that can spare some (R14)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.sharing import allocate
from fundeval.evaluation.cells import as_texts, funds_of
from fundeval.evaluation.figures import spread
from fundeval.evaluation.inputs import FUND, Inputs
from fundeval.money import FEN
from fundeval.policy import Rules

NOISE = 6  # decimals of a 分


def adjust_regions(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Move surplus between regions: who receives and who pays, each group summing to zero (R14).

    Regions under one parent and scheme form a group. A region whose surplus rate is below
    `surplus_rate_adjustment` is short of (that rate − its own) × income. One above
    `surplus_rate_warning` can spare the policy's share of (its own − that rate) × income.
    What moves is the lesser of the two sums; it is paid and received in proportion. One row for
    each region and scheme that is short or can spare some; `amount` is positive where received.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> moved = evaluation.evaluate(city, rules, 2024).adjustments["amount"]
    >>> float(moved.max()), round(float(moved.sum()), 2)
    (11287106.09, 0.0)
    """
    rates = indicators[indicators["indicator"] == "surplus_rate"]
    regions = inputs.units.loc[
        inputs.units["kind"] == "region", ["unit_id", "parent_id", "kind", "level"]
    ]
    rates = as_texts(rates[rates["status"] == "ok"])
    frame = rates.merge(
        regions.dropna(subset="parent_id"), on="unit_id", validate="many_to_one"
    ).sort_values(FUND)
    rate, income = frame["value"], frame["denominator"]
    least, enough = (
        pd.Series(spread(rules.value(f"surplus_rate_{line}"), frame), frame.index)
        for line in ("adjustment", "warning")
    )
    short = (least - rate).clip(lower=0).fillna(0) * income
    spare = (rate - enough).clip(lower=0).fillna(0) * income
    short, spare = _down(short * FEN), _down(spare * rules.value("adjustment_share") * FEN)
    group = funds_of(frame, "parent_id")
    sums = (
        pd.DataFrame({"short": short, "spare": spare}).groupby(group, dropna=True).transform("sum")
    )
    moved = sums.min(axis=1)
    received, paid = (allocate([part * 0, part], moved, group) for part in (short, spare))
    amounts = {"short": short, "spare": spare, "amount": (received - paid).astype("Int64")}
    frame = frame.assign(rate=rate, **amounts)
    frame = frame[(frame["short"] > 0) | (frame["spare"] > 0)]
    return frame.reset_index(drop=True)


def _down(fen: pd.Series) -> pd.Series:
    """Round down to whole 分, up where only noise of binary arithmetic is missing."""
    rounded: pd.Series = np.floor(fen.round(NOISE))
    return rounded.astype("Int64")
