"""Year-end settlement: surplus award, shared overrun, pay by outcome, clearing by points."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.allocation import allocate
from fundeval.evaluation.inputs import CENTS, FEN, KEY, Inputs, ancestors, look_up
from fundeval.evaluation.scoring.bands import band_of
from fundeval.policy import Rules

PACKAGE = "package"
TAKEN = ("prepaid", "deposit", "violations")


def settle(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the settlement of the evaluated year, long: amount = base × rate, in 元.

    Institutions only, and no part of a year. Balance = quota − fee for service; within the
    policy's corridor nothing is shared. The members of an alliance with a package budget
    share one balance (R18). See `_award` (R10), `_overrun` (R11), `_outcome`
    (R19) and `_points` (R12).
    """
    table = inputs.with_months(inputs.of_year(inputs.settlements))
    table = table[table["months"] == ""].fillna({"payment": PACKAGE})
    is_region = look_up(table["unit_id"], inputs.units.set_index("unit_id")["kind"]) == "region"
    institutions, regions = table[~is_region], table[is_region]
    alliance = look_up(institutions["unit_id"], _packages(inputs.units, rules))
    quotas = institutions.assign(
        alliance_id=alliance, balance=institutions["quota"] - institutions["fee_for_service"]
    )
    quotas = quotas[quotas["quota"] > 0]
    pooled = _pool(quotas.dropna(subset="alliance_id"))
    alone = pd.concat([quotas[quotas["alliance_id"].isna()], pooled], ignore_index=True)
    corridor = alone["quota"] * _figure("settlement_corridor", alone, inputs, rules)
    shared = alone[~(alone["balance"].abs() < corridor.round(CENTS))]
    award = _award(shared[shared["balance"] > 0], inputs, rules)
    balances = pd.concat([quotas, pooled])
    steps = [
        _step(balances, "balance", balances["balance"]),
        *award,
        _within_alliances(quotas, award[0]),
        *_overrun(shared[shared["balance"] < 0], rules),
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
    amounts = ["quota", "fee_for_service", "balance", "reasonable_overrun"]
    sums = members.sort_values([*keys, "unit_id"]).groupby(keys)[amounts].sum(skipna=False)
    pooled = sums.round(CENTS).reset_index().rename(columns={"alliance_id": "unit_id"})
    return pooled.assign(payment=PACKAGE)


def _within_alliances(quotas: pd.DataFrame, award: pd.DataFrame) -> pd.DataFrame:
    """Share an alliance's award among the members with a surplus, in proportion, to the 分."""
    packages = award[[*KEY, "amount"]].rename(columns={"unit_id": "alliance_id"})
    earned = quotas[quotas["balance"] > 0].merge(packages, on=["alliance_id", "year", "scheme"])
    group = earned["alliance_id"] + "/" + earned["scheme"]
    surplus = (earned["balance"] * FEN).round()
    part = allocate([surplus * 0, surplus], (earned["amount"] * FEN).round(), group) / FEN
    return _step(earned, "alliance_award", earned["balance"], part / earned["balance"])


def _figure(name: str, table: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.Series:
    """Return a parameter for each row: one number, or the supplied measure that it names."""
    value = rules.value(name)
    if not isinstance(value, str):
        return pd.Series(value, table.index)
    rows = inputs.of_year(inputs.measures[inputs.measures["measure"] == value])
    return look_up(table["unit_id"], rows.set_index("unit_id")["value"])


def _award(surplus: pd.DataFrame, inputs: Inputs, rules: Rules) -> list[pd.DataFrame]:
    """A surplus earns an award at the policy's rate, at most its cap on the quota; what a
    programme withholds is taken off, and a share of the award goes to staff and capability."""
    award = surplus["balance"] * _figure("surplus_award_rate", surplus, inputs, rules)
    cap = surplus["quota"] * rules.value("surplus_award_cap")
    award = award.where(~(award > cap), cap) * (1 - rules.value("surplus_award_deduction"))
    staff = rules.value("retained_to_staff_rate")
    return [
        _step(surplus, "surplus_award", surplus["balance"], award / surplus["balance"]),
        _step(surplus, "award_to_staff", award, staff),
    ]


def _overrun(overrun: pd.DataFrame, rules: Rules) -> list[pd.DataFrame]:
    """An overrun is shared only under the payments that the policy lists (超支不补 under
    capitation): where a reasonable part is stated, by its share, else band by band, each
    band's share of its own slice."""
    overrun = overrun[overrun["payment"].isin(rules.value("overrun_shared_payments"))]
    reasoned = overrun[overrun["reasonable_overrun"].notna()]
    rest = overrun[overrun["reasonable_overrun"].isna()]
    base = reasoned[["reasonable_overrun"]].assign(all=-reasoned["balance"]).min(axis=1)
    share = rules.value("reasonable_overrun_share")
    steps = [_step(reasoned, "reasonable_overrun", base, share)]
    for number, band in enumerate(rules.value("overrun_bands"), start=1):
        start = rest["quota"] * band.start
        end = np.inf if band.end is None else rest["quota"] * band.end
        slice_ = (np.minimum(-rest["balance"], end) - start).clip(lower=0)
        steps.append(_step(rest, f"overrun_band_{number}", slice_, float(band.result)))
    return steps


def _outcome(table: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Pay by outcome: heads × the sum for the band that the supplied measure lies in."""
    paid = table[table["payment"] == "outcome"]
    outcome = _figure("outcome_measure", paid, inputs, rules)
    sums = band_of(outcome, rules.value("outcome_pay_bands")).astype("float64")
    return _step(paid, "outcome_pay", paid["cases"].where(sums.notna()), sums)


def _points(
    table: pd.DataFrame, regions: pd.DataFrame, inputs: Inputs, rules: Rules
) -> list[pd.DataFrame]:
    """Clear by points in regions that state a quota.

    Point value = (quota − reserve) / Σ points of the region's institutions; clearing =
    points × value − prepaid − deposit forfeited − violations; a negative clearing is
    recovered next year. An institution counts with the nearest such region above it.
    """
    pools = regions.loc[regions["quota"] > 0, [*KEY, "quota"]]
    pools = pools.rename(columns={"unit_id": "ancestor_id"})
    above = ancestors(inputs.units).reset_index(names="distance")
    joined = table[table["points"] > 0].merge(above, on="unit_id")
    joined = joined.drop(columns="quota").merge(pools, on=["ancestor_id", "year", "scheme"])
    nearest = joined.sort_values([*KEY, "distance"]).drop_duplicates(KEY)
    pool = [nearest[key] for key in ("ancestor_id", "year", "scheme")]
    available = nearest["quota"] * (1 - rules.value("point_reserve_rate"))
    value = available / nearest["points"].groupby(pool).transform("sum")
    payable = (nearest["points"] * value).round(CENTS)
    clearing = payable - nearest[[*TAKEN]].sum(axis=1, skipna=False)
    return [
        _step(nearest, "points_payable", nearest["points"], value),
        *(_step(nearest, f"less_{name}", nearest[name], -1.0) for name in TAKEN),
        _step(nearest, "clearing", clearing),
        _step(nearest, "recovered_next_year", -clearing.where(clearing < 0)),
    ]


def _step(
    table: pd.DataFrame, item: str, base: pd.Series, rate: pd.Series | float = 1.0
) -> pd.DataFrame:
    """Return base × rate of each row that has a base."""
    frame = table[KEY].assign(
        item=item, base=base.round(CENTS), rate=rate, amount=(base * rate).round(CENTS)
    )
    return frame.dropna(subset="base")
