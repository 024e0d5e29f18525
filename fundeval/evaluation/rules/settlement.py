"""Year-end settlement: surplus award, shared overrun, pay by outcome, clearing by points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.schedules import Schedule
from fundeval.evaluation.budget.sharing import allocate
from fundeval.evaluation.cells import Floats
from fundeval.evaluation.figures import Figures
from fundeval.evaluation.inputs import KEY, Inputs, ancestors, case_when
from fundeval.evaluation.scoring.bands import find_bands
from fundeval.money import (
    FEN,
    RATE_SCALE,
    amounts,
    divide,
    integers,
    multiply,
    scale_rates,
    to_fen,
    to_yuan,
)
from fundeval.policy import Rules

PACKAGE = "package"
TAKEN = ("prepaid", "deposit", "violations")
AMOUNTS = ("quota", "fee_for_service", "paid", "reasonable_overrun")
# What an award is made of, with what holds for a unit for which the policy has no figure.
AWARD = {
    "surplus_award_rate": 0.0, "surplus_award_factor": 1.0, "surplus_award_cap": np.inf,
    "surplus_award_deduction": 0.0,
}  # fmt: skip


@dataclass(frozen=True)
class Shares(Figures):
    """What shares are looked up in: rows of settlements, the policy, measures and scores."""

    inputs: Inputs
    scores: pd.Series

    def of(self, share: Any, rows: pd.DataFrame, otherwise: float) -> pd.Series:
        """Return a share, or the parameter of that name, for each of these rows."""
        return pd.Series(replace(self, frame=rows).look_up(share, otherwise), rows.index)

    def find(self, figure: Any) -> Floats:
        """Return a supplied measure or the score, or what a schedule has there."""
        if not isinstance(figure, str):
            places = pd.Series(self.find(figure.by), self.frame.index)
            return Schedule(figure.points).at_each(places).to_numpy("float64")
        if figure == "score":
            return self.frame["unit_id"].map(self.scores).to_numpy("float64")
        return self.inputs.supplied(figure, self.frame["unit_id"]).to_numpy("float64")

    def amount(self, name: str, rows: pd.DataFrame) -> pd.Series:
        """Return an amount in 分: one of settlements, or a supplied measure in 元."""
        return rows[name] if name in AMOUNTS else to_fen(self.of(name, rows, np.nan))


def settle(inputs: Inputs, grades: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Settle the evaluated year with institutions, step by step: amount = base × rate.

    Balance = quota − fee for service; within the policy's corridors nothing is shared. The members
    of an alliance with a package budget share one balance (R18). See `_award` (R10),
    `_overrun` (R11), `_outcome` (R19) and `_points` (R12). One row for each unit, scheme and step
    (`item`) that it has; `base` and `rate` are figures for people, money among them in 元. Where a
    parameter names what is not known of a unit, the amount is missing and `lacking` names the
    parameter. No rows for part of a year.

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
    table["lacking"] = ""
    units = inputs.units[["unit_id", "kind", "level", "flags"]]
    table = table.merge(units, how="left", on="unit_id", validate="many_to_one")
    is_region = table["kind"] == "region"
    institutions, regions = table[~is_region], table[is_region]
    # Without any package the map has no type of its own.
    alliance = institutions["unit_id"].map(_packages(inputs.units, rules)).astype("str")
    quotas = institutions.assign(
        alliance_id=alliance, balance=institutions["quota"] - institutions["fee_for_service"]
    )
    quotas = quotas[(quotas["quota"] > 0).fillna(False)]
    pooled = _pool(quotas.dropna(subset="alliance_id"))
    pooled = pooled.merge(units, on="unit_id", validate="many_to_one")
    alone = pd.concat([quotas[quotas["alliance_id"].isna()], pooled], ignore_index=True)
    shares = Shares(table, rules, inputs, grades.set_index("unit_id")["score"])
    balances = pd.concat([quotas, pooled])
    award = _award(alone[(alone["balance"] > 0).fillna(False)], shares)
    steps = [
        _step(balances, "balance", balances["balance"], 1.0),
        *award,
        _within_alliances(quotas, award[0]),
        *_overrun(alone[(alone["balance"] < 0).fillna(False)], shares),
        _outcome(institutions, shares),
        *_points(institutions, regions, shares),
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
    return pooled.assign(payment=PACKAGE, lacking="")


def _within_alliances(quotas: pd.DataFrame, award: pd.DataFrame) -> pd.DataFrame:
    """Share an alliance's award among the members with a surplus, in proportion, to the 分."""
    packages = award[[*KEY, "amount", "lacking"]].rename(columns={"unit_id": "alliance_id"})
    surplus = quotas[(quotas["balance"] > 0).fillna(False)].drop(columns="lacking")
    keys = ["alliance_id", "year", "scheme"]
    earned = surplus.merge(packages, on=keys, validate="many_to_one")
    group = earned["alliance_id"] + "/" + earned["scheme"]
    balance = earned["balance"]
    part = allocate([balance * 0, balance], earned["amount"].fillna(0), group)
    return _step_of(earned, "alliance_award", earned["balance"], part.astype("Int64"))


def _reaching(corridor: str, table: pd.DataFrame, shares: Shares) -> pd.DataFrame:
    """Return the rows whose balance reaches a corridor, or may, as its size is not known."""
    least = multiply(table["quota"], shares.of(corridor, table, 0.0))
    reached = table[~(table["balance"].abs() < least).fillna(False)]
    return _lacking(reached, {corridor: least[reached.index]})


def _award(surplus: pd.DataFrame, shares: Shares) -> list[pd.DataFrame]:
    """A surplus earns an award at the policy's rate and factor, at most its cap on the quota; what
    a programme withholds is taken off before or after the cap, and a share of the award goes to
    staff and capability."""
    surplus = _reaching("settlement_corridor", surplus, shares)
    found = {name: shares.of(name, surplus, otherwise) for name, otherwise in AWARD.items()}
    index, free = surplus.index, np.isinf(found["surplus_award_cap"])
    rates = (scale_rates(figure.replace(np.inf, 0.0), index) for figure in found.values())
    rate, factor, cap, deduction = rates
    earned = integers(surplus["balance"]) * rate * factor * RATE_SCALE
    paid, most = RATE_SCALE - deduction, integers(surplus["quota"]) * cap * RATE_SCALE**2
    most = np.where(free, earned, most)
    if shares.rules.value("surplus_award_order") == "cap_then_deduction":
        award = np.minimum(earned, most) * paid
    else:
        award = np.minimum(earned * paid, most * RATE_SCALE)
    surplus = _lacking(surplus, found)
    amount = amounts(divide(award, RATE_SCALE**4), index, surplus["lacking"] != "")
    staff = shares.of("retained_to_staff_rate", surplus, 0.0)
    awarded = _lacking(surplus, {"retained_to_staff_rate": staff})
    return [
        _step_of(surplus, "surplus_award", surplus["balance"], amount),
        _step(awarded, "award_to_staff", amount, staff),
    ]


def _overrun(overrun: pd.DataFrame, shares: Shares) -> Iterator[pd.DataFrame]:
    """An overrun is shared only under the payments that the policy lists (超支不补 under
    capitation): where a reasonable part is stated, by its share, else band by band, each
    band's share of its own slice. Of the rest an institution bears at most its limits."""
    overrun = overrun[overrun["payment"].isin(shares.rules.value("overrun_shared_payments"))]
    overrun = _reaching("overrun_corridor", overrun, shares)
    borne = -overrun["balance"]
    for item, base, name, share in _slices(overrun, shares.rules):
        rate = shares.of(share, overrun, 0.0)
        overrun = _lacking(overrun, {name: rate.where(base.notna(), 0.0)})
        yield _step(overrun, item, base, rate)
        borne = (borne - multiply(base, rate)).where(base.notna(), borne)
    limits = shares.rules.value("overrun_limits")
    least = borne
    for limit in limits:
        rate = shares.of(limit.share, overrun, np.inf)
        most = multiply(shares.amount(limit.of, overrun), rate.replace(np.inf, 0.0))
        most = most.mask(np.isinf(rate), borne)
        overrun = _lacking(overrun, {"overrun_limits": most})
        least = least.clip(upper=most)
    if limits:
        yield _step_of(overrun, "overrun_beyond_limit", borne, borne - least)
        yield _step_of(overrun, "overrun_borne", -overrun["balance"], least)


def _slices(overrun: pd.DataFrame, rules: Rules) -> Iterator[tuple[str, pd.Series, str, Any]]:
    """Yield the parts of an overrun that are shared: item, amount, parameter and its share."""
    whole, reasonable = -overrun["balance"], overrun["reasonable_overrun"]
    name = "reasonable_overrun_share"
    yield name.removesuffix("_share"), reasonable.clip(upper=whole), name, rules.value(name)
    for number, band in enumerate(rules.value("overrun_bands"), start=1):
        part = whole.mask(reasonable.notna())
        if band.end is not None:
            part = part.clip(upper=multiply(overrun["quota"], band.end))
        part = (part - multiply(overrun["quota"], band.start)).clip(lower=0)
        yield f"overrun_band_{number}", part, "overrun_bands", band.result


def _outcome(table: pd.DataFrame, shares: Shares) -> pd.DataFrame:
    """Pay by outcome: heads × the sum for the band that the supplied measure lies in."""
    paid = table[table["payment"] == "outcome"]
    outcome = shares.of("outcome_measure", paid, np.nan)
    sums = find_bands(outcome, shares.rules.value("outcome_pay_bands")).astype("float64")
    pay = divide(
        scale_rates(paid["cases"], paid.index) * scale_rates(sums * FEN, paid.index), RATE_SCALE**2
    )
    unknown = paid["cases"].isna() | sums.isna()
    amount = amounts(pay, paid.index, unknown)
    paid = _lacking(paid, {"outcome_measure": outcome})
    return _found(paid, "outcome_pay", paid["cases"], sums, amount)


def _points(table: pd.DataFrame, regions: pd.DataFrame, shares: Shares) -> list[pd.DataFrame]:
    """Clear by points in regions that state a quota.

    Point value = (quota − reserve) / Σ points of the region's institutions; clearing =
    points × value − prepaid − deposit forfeited − violations; a negative clearing is
    recovered next year. An institution counts with the nearest such region above it.
    """
    pools = regions.loc[(regions["quota"] > 0).fillna(False), [*KEY, "quota"]]
    pools = pools.assign(kept=1 - shares.of("point_reserve_rate", pools, 0.0))
    pools = pools.rename(columns={"unit_id": "ancestor_id"})
    above = ancestors(shares.inputs.units).reset_index(names="distance")
    keys = ["ancestor_id", "year", "scheme"]
    joined = table[table["points"] > 0].merge(above, on="unit_id", validate="many_to_many")
    joined = joined.drop(columns="quota").merge(pools, on=keys, validate="many_to_one")
    nearest = joined.sort_values([*KEY, "distance"]).drop_duplicates(KEY)
    pool = [nearest[key] for key in keys]
    all_points = nearest["points"].groupby(pool, dropna=True).transform("sum")
    available = integers(nearest["quota"]) * scale_rates(nearest["kept"], nearest.index)
    parts = divide(
        available * scale_rates(nearest["points"], nearest.index),
        RATE_SCALE * scale_rates(all_points, nearest.index),
    )
    payable = amounts(parts, nearest.index, nearest["kept"].isna())
    value = to_yuan(pd.Series(available.astype("float64") / RATE_SCALE, nearest.index)) / all_points
    clearing = payable
    for name in TAKEN:
        clearing = clearing - nearest[name]
    known = _lacking(nearest, {"point_reserve_rate": nearest["kept"]})
    return [
        _found(known, "points_payable", nearest["points"], value, payable),
        *(_step(nearest, f"less_{name}", nearest[name], -1.0) for name in TAKEN),
        _step(nearest, "clearing", clearing, 1.0),
        _step(nearest, "recovered_next_year", -clearing.where(clearing < 0), 1.0),
    ]


def _lacking(table: pd.DataFrame, found: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return rows with what each lacks: what it lacked before, else the first that is missing."""
    missing = case_when({name: figures.isna() for name, figures in found.items()})
    return table.assign(lacking=table["lacking"].where(table["lacking"] != "", missing))


def _step(table: pd.DataFrame, item: str, base: pd.Series, rate: pd.Series | float) -> pd.DataFrame:
    """Return the step base × rate, to the 分, of each row that has a base."""
    return _found(table, item, to_yuan(base), rate, multiply(base, rate))


def _step_of(table: pd.DataFrame, item: str, base: pd.Series, amount: pd.Series) -> pd.DataFrame:
    """Return the step with an amount that is settled, as a share of its base."""
    share = amount.astype("float64") / base.astype("float64")
    return _found(table, item, to_yuan(base), share, amount)


def _found(
    table: pd.DataFrame, item: str, base: pd.Series, rate: pd.Series | float, amount: pd.Series
) -> pd.DataFrame:
    """Return the step with base and rate as people read them: pieces × 元, or 元 × share.

    Where a row lacks what a parameter names, its amount is not known.
    """
    lacks = table["lacking"] != ""
    frame = table[KEY].assign(item=item, base=base, rate=rate, amount=amount.mask(lacks))
    return frame.assign(lacking=table["lacking"])[amount.notna() | (lacks & base.notna())]
