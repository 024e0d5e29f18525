"""The ratchet: what one yuan left unspent takes from a unit's next budget.

Shown beside the bridge, never hidden in it: its own next budget had it spent its adjusted
budget, less its next budget, over what it left unspent. Its score, its siblings and the budget of
its parent are held; its own history, ceiling and execution link are drawn up again.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.limits import set_limits
from fundeval.evaluation.budget.needs import as_if_spent
from fundeval.evaluation.budget.schedules import Schedule
from fundeval.evaluation.budget.sharing import levels
from fundeval.evaluation.inputs import FUND, Inputs
from fundeval.policy import Rules
from fundeval.policy.known import WITHHOLDING

DECIMALS = 4


def with_ratchet(
    settled: pd.DataFrame, if_spent: pd.DataFrame, inputs: Inputs, rules: Rules
) -> pd.DataFrame:
    """Add `unspent` (分, 0 where all was spent) and `ratchet`, yuan lost a yuan unspent.

    The ratchet is computed in floats and kept to 4 decimals: it explains, it moves no money.
    Missing where nothing was left unspent or no budget was made.
    """
    unspent = (settled["adjusted"] - settled["executed"]).clip(lower=0).fillna(0)
    settled = settled.assign(unspent=unspent.astype("int64"))
    made = (settled["budget_reason"] == "") & (settled["unspent"] > 0)
    if not made.any():
        return settled.assign(ratchet=np.nan)
    spent = if_spent[if_spent["reason"] == ""].set_index(FUND)
    keys = pd.MultiIndex.from_frame(settled[FUND])
    other = settled.assign(
        base=spent["base"].reindex(keys).array,
        needs=spent["needs"].reindex(keys).array,
        executed=settled["adjusted"].where(settled["unspent"] > 0, settled["executed"]),
    )
    known = other["base"].notna() & (settled["budget_reason"] == "")
    other = set_limits(other[known], as_if_spent(inputs), rules)
    now = settled[known]
    change = _next_budget_if_spent(now, other, rules) - now["next_budget"]
    ratio = (change / now["unspent"].where(now["unspent"] > 0)).round(DECIMALS)
    return settled.assign(ratchet=(ratio + 0.0).reindex(settled.index))


def _next_budget_if_spent(now: pd.DataFrame, other: pd.DataFrame, rules: Rules) -> pd.Series:
    """Return each unit's next budget, in 分 as floats, had it alone spent all it had."""
    envelope = _envelope_if_spent(now, other)
    moved = now["balance_rule"].isin(WITHHOLDING) & (now["factor"] != "")
    counted = moved & now["returned"].notna()
    share = now["kind"].map(rules.value("withheld_share")).astype("float64").fillna(0.0)
    no_link = float(Schedule(rules.value("execution_link").points).at(Fraction(1)))
    link = pd.Series([float(rate) for rate in now["link_rate"]], now.index)
    link = link.where(now["unspent"] == 0, no_link)
    returned = pd.Series([float(r or 0) for r in now["returned"]], now.index)
    withheld = envelope * (share - link)
    wanted = envelope * share * returned
    factor = _factor_if_spent(now, withheld, wanted, share, returned)
    left = np.maximum(other["floor"], np.minimum(other["cap"], envelope * (1 + link)))
    top = other["cap"].where(~now["capped"], left)
    net = (factor * wanted - withheld).clip(other["floor"] - envelope, top - envelope)
    return envelope + net.where(counted, 0.0)


def _envelope_if_spent(now: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Return what the envelope would settle for each unit, with what it settles for the others."""
    desired = other["needs"].astype("float64") + now["desired"] - now["needs"].astype("float64")
    held = desired.clip(other["floor"], other["cap"])
    own = levels(other["floor"], other["base"].astype("float64"), held, other["cap"])
    before = now["desired"].clip(now["floor"], now["cap"])
    given = levels(now["floor"], now["base"], before, now["cap"])
    group = now["siblings"]
    sums = [_others(level, group) + mine for level, mine in zip(given, own, strict=True)]
    target = now["envelope"].groupby(group, dropna=True).transform("sum").astype("float64")
    wanted = sums[2]
    # A group that is only a part of its parent may take what its units need.
    target = target.where(
        now["complete"] | (wanted <= target) | (now["envelope_by"] == "parent"), wanted
    )
    found = own[0].astype("float64")
    for (low, high), (lower, upper) in zip(pairwise(sums), pairwise(own), strict=True):
        room = (high - low).astype("float64")
        share = ((target - low) / room.where(room > 0)).clip(0, 1).fillna(0.0)
        found = found + (upper - lower) * share
    return found.where(now["above"] >= 0, held).astype("float64")


def _factor_if_spent(
    now: pd.DataFrame, withheld: pd.Series, wanted: pd.Series, share: pd.Series, returned: pd.Series
) -> pd.Series:
    """Return λ with one unit's own figures changed, the others where they stand.

    Units at a bound stay there; the others move with λ.
    """
    known = {text: float(Fraction(text or 0)) for text in now["factor"].unique()}
    counted = now["returned"].notna()
    inside = counted & (now["limit"] == "")
    group = now["group"]
    fixed = _others(now["net"].where(counted & ~inside, 0), group)
    held = _others(now["withheld"].where(inside, 0).astype("float64"), group)
    moving = _others((now["envelope"] * share * returned).where(inside, 0.0), group)
    balance = (held + withheld - fixed) / (moving + wanted).replace(0, np.nan)
    within = now["balance_rule"] == "within"
    return balance.where(~within, balance.clip(upper=1)).fillna(now["factor"].map(known))


def _others(figures: pd.Series, group: pd.Series) -> pd.Series:
    """Return what the other rows of each row's group sum to."""
    sums: pd.Series = figures.groupby(group, dropna=True).transform("sum") - figures
    return sums
