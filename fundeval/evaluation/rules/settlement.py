"""Year-end settlement: surplus award, shared overrun, pay by outcome, clearing by points."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.sharing import allocate
from fundeval.evaluation.inputs import KEY, Inputs, ancestors
from fundeval.evaluation.scoring.bands import find_bands
from fundeval.money import (
    FEN,
    RATE_SCALE,
    amounts,
    divide,
    integers,
    multiply,
    scale_rates,
    to_yuan,
)
from fundeval.policy import Rules

PACKAGE = "package"
TAKEN = ("prepaid", "deposit", "violations")


def settle(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Settle the evaluated year with institutions, step by step: amount = base × rate.

    Balance = quota − fee for service; within the policy's corridor nothing is shared. The members
    of an alliance with a package budget share one balance (R18). See `_award` (R10),
    `_overrun` (R11), `_outcome` (R19) and `_points` (R12). One row for each unit, scheme and step
    (`item`) that it has; `base` and `rate` are figures for people, money among them in 元. No rows
    for part of a year.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> steps = evaluation.evaluate(city, rules, 2024).settlement.set_index("item")
    >>> steps.loc["surplus_award", ["base", "rate", "amount"]].values.tolist()[0]
    [3367197.0, 0.25, 841799.25]
    """
    table = inputs.rows_of_year(inputs.settlements)
    table = table[inputs.is_whole(table)].fillna({"payment": PACKAGE}).reset_index(drop=True)
    is_region = table["unit_id"].map(inputs.units.set_index("unit_id")["kind"]) == "region"
    institutions, regions = table[~is_region], table[is_region]
    # Without any package the map has no type of its own.
    alliance = institutions["unit_id"].map(_packages(inputs.units, rules)).astype("str")
    quotas = institutions.assign(
        alliance_id=alliance, balance=institutions["quota"] - institutions["fee_for_service"]
    )
    quotas = quotas[(quotas["quota"] > 0).fillna(False)]
    pooled = _pool(quotas.dropna(subset="alliance_id"))
    alone = pd.concat([quotas[quotas["alliance_id"].isna()], pooled], ignore_index=True)
    corridor = multiply(alone["quota"], _figure("settlement_corridor", alone, inputs, rules))
    shared = alone[~(alone["balance"].abs() < corridor).fillna(False)]
    award = _award(shared[(shared["balance"] > 0).fillna(False)], inputs, rules)
    balances = pd.concat([quotas, pooled])
    steps = [
        _step(balances, "balance", balances["balance"], 1.0),
        *award,
        _within_alliances(quotas, award[0]),
        *_overrun(shared[(shared["balance"] < 0).fillna(False)], rules),
        _outcome(institutions, inputs, rules),
        *_points(institutions, regions, inputs, rules),
    ]
    frame = pd.concat(steps, ignore_index=True)
    return frame.sort_values([*KEY, "item"], ignore_index=True)


def _packages(units: pd.DataFrame, rules: Rules) -> pd.Series:
    """Return the alliance of each member whose alliance has a package budget.

    Where all six being unified is the `precondition`, only flagged alliances have one.
    """
    alliances = units[units["kind"] == "alliance"]
    if rules.value("alliance_gate") == "precondition":
        alliances = alliances[alliances["flags"].fillna("").str.contains("six_unified")]
    members = units[units["alliance_id"].isin(alliances["unit_id"])]
    return members.set_index("unit_id")["alliance_id"]


def _pool(members: pd.DataFrame) -> pd.DataFrame:
    """Add up the members of each alliance: one package, settled as one institution."""
    keys = ["alliance_id", "year", "scheme"]
    summed = ["quota", "fee_for_service", "balance", "reasonable_overrun"]
    sums = members.groupby(keys, dropna=True)[summed].sum(skipna=False)
    pooled = sums.reset_index().rename(columns={"alliance_id": "unit_id"})
    return pooled.assign(payment=PACKAGE)


def _within_alliances(quotas: pd.DataFrame, award: pd.DataFrame) -> pd.DataFrame:
    """Share an alliance's award among the members with a surplus, in proportion, to the 分."""
    packages = award[[*KEY, "amount"]].rename(columns={"unit_id": "alliance_id"})
    surplus = quotas[(quotas["balance"] > 0).fillna(False)]
    keys = ["alliance_id", "year", "scheme"]
    earned = surplus.merge(packages, on=keys, validate="many_to_one")
    group = earned["alliance_id"] + "/" + earned["scheme"]
    balance = earned["balance"]
    part = allocate([balance * 0, balance], earned["amount"], group)
    return _step_of(earned, "alliance_award", earned["balance"], part.astype("Int64"))


def _figure(name: str, table: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.Series:
    """Return a parameter for each row: one number, or the supplied measure that it names."""
    value = rules.value(name)
    if not isinstance(value, str):
        return pd.Series(value, table.index)
    rows = inputs.rows_of_year(inputs.measures[inputs.measures["measure"] == value])
    return table["unit_id"].map(rows.set_index("unit_id")["value"])


def _award(surplus: pd.DataFrame, inputs: Inputs, rules: Rules) -> list[pd.DataFrame]:
    """A surplus earns an award at the policy's rate, at most its cap on the quota; what a
    programme withholds is taken off, and a share of the award goes to staff and capability."""
    index = surplus.index
    rate, cap, deduction = (
        _figure(f"surplus_award_{figure}", surplus, inputs, rules)
        for figure in ("rate", "cap", "deduction")
    )
    earned = integers(surplus["balance"]) * scale_rates(rate, index)
    most = integers(surplus["quota"]) * scale_rates(cap, index)
    paid = scale_rates(1 - deduction, index)
    unknown = surplus["balance"].isna() | rate.isna() | cap.isna() | deduction.isna()
    award = amounts(divide(np.minimum(earned, most) * paid, RATE_SCALE**2), index, unknown)
    staff = rules.value("retained_to_staff_rate")
    return [
        _step_of(surplus, "surplus_award", surplus["balance"], award),
        _step(surplus, "award_to_staff", award, staff),
    ]


def _overrun(overrun: pd.DataFrame, rules: Rules) -> list[pd.DataFrame]:
    """An overrun is shared only under the payments that the policy lists (超支不补 under
    capitation): where a reasonable part is stated, by its share, else band by band, each
    band's share of its own slice."""
    overrun = overrun[overrun["payment"].isin(rules.value("overrun_shared_payments"))]
    reasoned = overrun[overrun["reasonable_overrun"].notna()]
    rest = overrun[overrun["reasonable_overrun"].isna()]
    whole = -reasoned["balance"]
    base = reasoned["reasonable_overrun"].where(reasoned["reasonable_overrun"] < whole, whole)
    share = rules.value("reasonable_overrun_share")
    steps = [_step(reasoned, "reasonable_overrun", base, share)]
    for number, band in enumerate(rules.value("overrun_bands"), start=1):
        overrun_ = -rest["balance"]
        if band.end is not None:
            end = multiply(rest["quota"], band.end)
            overrun_ = overrun_.where(overrun_ < end, end)
        slice_ = (overrun_ - multiply(rest["quota"], band.start)).clip(lower=0)
        steps.append(_step(rest, f"overrun_band_{number}", slice_, float(band.result)))
    return steps


def _outcome(table: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Pay by outcome: heads × the sum for the band that the supplied measure lies in."""
    paid = table[table["payment"] == "outcome"]
    outcome = _figure("outcome_measure", paid, inputs, rules)
    sums = find_bands(outcome, rules.value("outcome_pay_bands")).astype("float64")
    pay = divide(
        scale_rates(paid["cases"], paid.index) * scale_rates(sums * FEN, paid.index), RATE_SCALE**2
    )
    unknown = paid["cases"].isna() | sums.isna()
    amount = amounts(pay, paid.index, unknown)
    return _found(paid, "outcome_pay", paid["cases"], sums, amount)


def _points(
    table: pd.DataFrame, regions: pd.DataFrame, inputs: Inputs, rules: Rules
) -> list[pd.DataFrame]:
    """Clear by points in regions that state a quota.

    Point value = (quota − reserve) / Σ points of the region's institutions; clearing =
    points × value − prepaid − deposit forfeited − violations; a negative clearing is
    recovered next year. An institution counts with the nearest such region above it.
    """
    pools = regions.loc[(regions["quota"] > 0).fillna(False), [*KEY, "quota"]]
    pools = pools.rename(columns={"unit_id": "ancestor_id"})
    above = ancestors(inputs.units).reset_index(names="distance")
    keys = ["ancestor_id", "year", "scheme"]
    joined = table[table["points"] > 0].merge(above, on="unit_id", validate="many_to_many")
    joined = joined.drop(columns="quota").merge(pools, on=keys, validate="many_to_one")
    nearest = joined.sort_values([*KEY, "distance"]).drop_duplicates(KEY)
    pool = [nearest[key] for key in keys]
    all_points = nearest["points"].groupby(pool, dropna=True).transform("sum")
    reserve = scale_rates(1 - rules.value("point_reserve_rate"), nearest.index)
    available = integers(nearest["quota"]) * reserve
    shares = divide(
        available * scale_rates(nearest["points"], nearest.index),
        RATE_SCALE * scale_rates(all_points, nearest.index),
    )
    payable = amounts(shares, nearest.index)
    value = to_yuan(pd.Series(available.astype("float64") / RATE_SCALE, nearest.index)) / all_points
    clearing = payable
    for name in TAKEN:
        clearing = clearing - nearest[name]
    return [
        _found(nearest, "points_payable", nearest["points"], value, payable),
        *(_step(nearest, f"less_{name}", nearest[name], -1.0) for name in TAKEN),
        _step(nearest, "clearing", clearing, 1.0),
        _step(nearest, "recovered_next_year", -clearing.where(clearing < 0), 1.0),
    ]


def _step(table: pd.DataFrame, item: str, base: pd.Series, rate: float) -> pd.DataFrame:
    """Return the step base × rate, to the 分, of each row that has a base."""
    return _found(table, item, to_yuan(base), rate, multiply(base, rate))


def _step_of(table: pd.DataFrame, item: str, base: pd.Series, amount: pd.Series) -> pd.DataFrame:
    """Return the step with an amount that is settled, as a share of its base."""
    share = amount.astype("float64") / base.astype("float64")
    return _found(table, item, to_yuan(base), share, amount)


def _found(
    table: pd.DataFrame, item: str, base: pd.Series, rate: pd.Series | float, amount: pd.Series
) -> pd.DataFrame:
    """Return the step with base and rate as people read them: pieces × 元, or 元 × share."""
    frame = table[KEY].assign(item=item, base=base, rate=rate, amount=amount)
    return frame[amount.notna()]
