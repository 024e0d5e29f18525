"""Year-end settlement: surplus award, shared overrun, pay by outcome, clearing by points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Truths
from fundeval.evaluation.budget.schedules import Schedule
from fundeval.evaluation.budget.sharing import allocate, share_in_proportion
from fundeval.evaluation.cells import funds_of, is_among
from fundeval.evaluation.figures import Figures
from fundeval.evaluation.inputs import KEY, Inputs, case_when
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
from fundeval.tables.hierarchy import ancestors
from fundeval.tables.schemas import ALL_SCHEMES, PAYMENTS

PACKAGE = "package"
CAPITATION, OUTCOME = "capitation", "outcome"
# Payments by points, which an institution in a pool must have stated.
BY_POINTS = "drg|dip"
TAKEN = ("prepaid", "deposit", "violations")
AMOUNTS = ("quota", "fee_for_service", "paid", "reasonable_overrun")
BALANCE = ("quota", "fee_for_service")
# What an institution states to be settled.
FIGURES = (*BALANCE, "reasonable_overrun", "points", "heads", *TAKEN)
# Begins, in `lacking`, the way by which what is left out is settled already.
ALREADY = "by_"
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

    Each institution and scheme is settled once, in the first way of `settlement_order` that it
    has: in the package of its alliance (R18), by points in a region's pool (`_points`, R12), by
    heads (`_per_head`, R19), or by its own quota (`_award`, R10; `_overrun`, R11). One row for
    each unit, scheme and step (`item`); `base` and `rate` are figures for people, money among
    them in 元. An amount that cannot be known is missing, and `lacking` names why: a parameter
    whose figure the unit does not have, a column that is blank, that the year is not whole, or, of
    what is left out, the way that settles it already.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> steps = evaluation.evaluate(city, rules, 2024).settlement.set_index("item")
    >>> steps.loc["surplus_award", ["base", "rate", "amount"]].values.tolist()[0]
    [3367197.0, 0.25, 841799.25]
    """
    units = inputs.units[["unit_id", "kind", "level", "flags"]]
    table = inputs.rows_of_year(inputs.settlements).drop(columns="cell")
    members = _packages(inputs.units, rules)
    kinds = table["unit_id"].map(inputs.units.set_index("unit_id")["kind"])
    # An alliance is the sum of its members, whatever a row of its own says.
    own = table[(kinds != "region") & ~is_among(table["unit_id"], inputs.units["alliance_id"])]
    own = _with_absent(_without_totals(own, FIGURES), members)
    regions = _without_totals(table[kinds == "region"], ["quota"])
    table = pd.concat([own, regions], ignore_index=True)
    table = table.merge(units, how="left", on="unit_id", validate="many_to_one")
    is_part = pd.Series(~inputs.is_whole(table), table.index)
    table = table.fillna({"payment": PACKAGE}).assign(lacking=case_when({"whole_year": is_part}))
    is_region = table["kind"] == "region"
    shares = Shares(table, rules, inputs, grades.set_index("unit_id")["score"])
    rows, pooled = _choose(table[~is_region], table[is_region], members, shares)
    left_out = [*_in_no_way(rows), *_left_out(rows)]
    rows, pooled = _without_unknown(rows), _without_unknown(pooled)
    quotas = _with_balance(rows[rows["way"].isin(["package", "quota"])])
    packages = _pool(quotas[quotas["way"] == "package"])
    packages = _with_balance(packages.merge(units, on="unit_id", validate="many_to_one"))
    alone = pd.concat([quotas[quotas["way"] == "quota"], packages], ignore_index=True)
    balances = pd.concat([quotas, packages], ignore_index=True)
    award = _award(alone[(alone["balance"] > 0).fillna(False)], shares)
    steps = [
        _step(balances, "balance", balances["balance"], 1.0),
        _unknown(balances, "balance"),
        *award,
        _within_alliances(quotas, award[0]),
        *_overrun(alone[(alone["balance"] < 0).fillna(False)], shares),
        *_per_head(rows[rows["way"] == "per_head"], shares),
        *_points(pooled[pooled["way"] == "points"], shares),
        *left_out,
    ]
    frame = pd.concat([step for step in steps if len(step)] or steps, ignore_index=True)
    return frame.sort_values([*KEY, "item"], ignore_index=True)


def _without_totals(rows: pd.DataFrame, figures: Sequence[str]) -> pd.DataFrame:
    """Leave out the row for all schemes of a unit that states such figures by scheme too."""
    of_all = rows["scheme"] == ALL_SCHEMES
    by_scheme = rows.loc[~of_all & rows[[*figures]].notna().any(axis=1), "unit_id"]
    return rows[~of_all | ~is_among(rows["unit_id"], by_scheme)]


def _with_absent(table: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    """Add a blank row of each member in each scheme that its alliance settles without it."""
    alliance = table["unit_id"].map(members)
    settled = table.assign(alliance_id=alliance)[["alliance_id", *KEY[1:]]].drop_duplicates()
    every = members.reset_index().merge(settled, on="alliance_id", validate="many_to_many")
    blank = every.loc[~is_among(funds_of(every), funds_of(table)), KEY]
    return pd.concat([table, blank], ignore_index=True) if len(blank) else table


def _choose(
    table: pd.DataFrame, regions: pd.DataFrame, members: pd.Series, shares: Shares
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the institutions with their alliance and the `way` that settles them, "" for none.

    `has_…` tells which ways there would be; a department is settled with its hospital. The
    second frame are those in a pool, each with the region's amounts. A package is settled in the
    schemes in which a member has a quota. Where merged institutions are paid in different ways,
    only a package can be settled.
    """
    table = table.assign(alliance_id=table["unit_id"].map(members))
    has_quota = (table["quota"] > 0).fillna(False)
    package = has_quota.groupby([table[key] for key in ("alliance_id", "year", "scheme")],
                                dropna=False).transform("any")  # fmt: skip
    pooled = _find_pools(table, regions, shares)
    by_heads = (table["payment"] == CAPITATION) & (table["heads"].notna() | ~has_quota)
    has: dict[str, pd.Series | Truths] = {
        "package": table["alliance_id"].notna() & package,
        "points": is_among(funds_of(table), funds_of(pooled)),
        "per_head": by_heads | (table["payment"] == OUTCOME),
        "quota": has_quota,
    }
    order = shares.rules.value("settlement_order")
    units, above = shares.inputs.units, ancestors(shares.inputs.units)
    hospitals = units.loc[units["kind"] == "hospital", "unit_id"]
    below = above.loc[is_among(above["ancestor_id"], hospitals), "unit_id"]
    is_within = is_among(table["unit_id"], below) & (table["kind"] == "department")
    ways = {"institution": is_within} | {name: has[name] for name in order}
    rows = table.assign(way=case_when(ways))
    for name, holds in has.items():
        rows[f"has_{name}"] = holds
    is_one = rows["payment"].isin(PAYMENTS.values()) | (rows["way"] == "package")
    rows = _lacking(rows, {"payment": rows["payment"].where(is_one)})
    return rows, pooled.merge(rows, on=KEY, validate="one_to_one")


def _without_unknown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows without the figures of those that cannot be settled for what they lack."""
    unknown = rows["lacking"] != ""
    return rows.assign(**{name: rows[name].mask(unknown) for name in (*FIGURES, "cases")})


def _with_balance(rows: pd.DataFrame) -> pd.DataFrame:
    """Add balance = quota − fee for service, and which of the two is blank."""
    rows = rows.assign(balance=rows["quota"] - rows["fee_for_service"])
    return _lacking(rows, {name: rows[name] for name in BALANCE})


def _left_out(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield what an institution has besides the way that settles it: it is not paid twice."""
    heads = rows["heads"].fillna(rows["cases"])
    for way, figure in (
        ("points", rows["points"]), ("per_head", heads), ("quota", to_yuan(rows["quota"])),
    ):  # fmt: skip
        # A member's quota is what its package is made of.
        left = rows[f"has_{way}"] & ~rows["way"].isin([way, "package" if way == "quota" else way])
        told = rows[left].assign(lacking=ALREADY + rows.loc[left, "way"])
        nothing = pd.Series(pd.NA, told.index, dtype="Int64")
        yield _found(told, f"{way}_left_out", figure[left].astype("float64"), np.nan, nothing)


def _in_no_way(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield what is stated and no way settles: points without a pool, a row without a quota."""
    rows = rows[rows["way"] == ""]
    by_points, is_stated = _is_by_points(rows), rows[[*FIGURES]].notna().any(axis=1)
    points = rows["points"].where(by_points, 0)
    rows = _lacking(rows, {"points": points, "quota": pd.Series(np.nan, rows.index)})
    yield _unknown(rows[by_points], "points_payable")
    yield _unknown(rows[~by_points & is_stated & rows["quota"].isna()], "balance")


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
    """Add up the members of each alliance: one package, settled as one institution.

    Without the quota or the cost of a member there is none of the package.
    """
    keys = ["alliance_id", "year", "scheme"]
    summed = [*BALANCE, "reasonable_overrun"]
    sums = members.groupby(keys, dropna=True)[summed].sum(skipna=False)
    pooled = sums.reset_index().rename(columns={"alliance_id": "unit_id"})
    lacking = members.groupby(keys, dropna=True)["lacking"].max()
    return pooled.assign(payment=PACKAGE, lacking=lacking.array)


def _within_alliances(quotas: pd.DataFrame, award: pd.DataFrame) -> pd.DataFrame:
    """Share an alliance's award among the members with a surplus, in proportion, to the 分."""
    packages = award[[*KEY, "amount", "lacking"]].rename(columns={"unit_id": "alliance_id"})
    surplus = quotas[(quotas["balance"] > 0).fillna(False)].drop(columns="lacking")
    keys = ["alliance_id", "year", "scheme"]
    earned = surplus.merge(packages, on=keys, validate="many_to_one")
    group = funds_of(earned, "alliance_id")
    balance = earned["balance"]
    part = allocate([balance * 0, balance], earned["amount"].fillna(0), group)
    return _step_of(earned, "alliance_award", earned["balance"], part.astype("Int64"))


def _reaching(corridor: str, table: pd.DataFrame, shares: Shares) -> pd.DataFrame:
    """Return the rows whose balance reaches a corridor, or may, as its size is not known."""
    least = multiply(table["quota"], shares.of(corridor, table, 0.0))
    reached = table[~(table["balance"].abs() < least).fillna(False)]
    return _lacking(reached, {corridor: least[reached.index]})


def _award(surplus: pd.DataFrame, shares: Shares) -> list[pd.DataFrame]:
    """A surplus earns an award to staff at the policy's rate and factor, at most its cap on the
    quota; what a programme withholds is taken off before or after the cap.

    Another base has what goes to staff and capability at least: the surplus that the institution
    retains, of which the award is a part.
    """
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
    awarded = _known(surplus)
    kept = shares.of("surplus_retained_rate", awarded, 0.0)
    retained = multiply(awarded["balance"], kept)
    retained = retained.mask((retained < amount[awarded.index]).fillna(False), amount)
    awarded = _lacking(awarded, {"surplus_retained_rate": kept})
    least = _known(awarded)
    staff = shares.of("retained_to_staff_rate", least, 0.0)
    least = _lacking(least, {"retained_to_staff_rate": staff})
    beyond = (multiply(retained[least.index], staff) - amount[least.index]).clip(lower=0)
    return [
        _step_of(surplus, "surplus_award", surplus["balance"], amount),
        _step_of(awarded, "surplus_retained", awarded["balance"], retained),
        _step(least, "staff_and_capability", retained, staff),
        _step(_known(least), "beyond_award", beyond, 1.0),
    ]


def _overrun(overrun: pd.DataFrame, shares: Shares) -> Iterator[pd.DataFrame]:
    """An overrun is shared only under the payments that the policy lists (超支不补 under
    capitation), from the corridor on: where a reasonable part is stated, by its share, else band
    by band, each band's share of its own slice. The institution bears the rest, at most its
    limits."""
    is_shared = overrun["payment"].isin(shares.rules.value("overrun_shared_payments"))
    shared = _reaching("overrun_corridor", overrun[is_shared], shares)
    borne, unshared = -shared["balance"], overrun.drop(index=shared.index)
    rate = shares.of("overrun_corridor_borne", unshared, 1.0).where(is_shared, 1.0)
    unshared = _lacking(unshared, {"overrun_corridor_borne": rate})
    yield _step(unshared, "overrun_borne", -unshared["balance"], rate)
    for item, base, name, share in _slices(shared, shares.rules):
        rate = shares.of(share, shared, 0.0)
        shared = _lacking(shared, {name: rate.where(base.notna(), 0.0)})
        yield _step(shared, item, base, rate)
        borne = (borne - multiply(base, rate)).where(base.notna(), borne)
    limits, least = shares.rules.value("overrun_limits"), borne
    for limit in limits:
        rate = shares.of(limit.share, shared, np.inf)
        most = multiply(shares.amount(limit.of, shared), rate.replace(np.inf, 0.0))
        most = most.mask(np.isinf(rate), borne)
        shared = _lacking(shared, {"overrun_limits": most})
        least = least.clip(upper=most)
    if limits:
        yield _step_of(shared, "overrun_beyond_limit", borne, borne - least)
    yield _step_of(shared, "overrun_borne", -shared["balance"], least)


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


def _per_head(table: pd.DataFrame, shares: Shares) -> Iterator[pd.DataFrame]:
    """Pay by heads, not by cases (R19): heads × the sum of a year.

    By capitation the sum is the policy's; what care cost less the institution keeps, what it cost
    more it bears (结余留用、超支不补). By outcome it is the sum of the band that the supplied
    measure lies in; where no heads are stated, the cases are the people treated.
    """
    heads = table[table["payment"] == CAPITATION]
    rate = pd.Series(float(shares.rules.value("capitation_rate")), heads.index)
    heads = _lacking(heads, {"heads": heads["heads"]})
    pay = _times(heads["heads"], rate)
    yield _unknown(heads, "capitation_pay")
    yield _found(heads, "capitation_pay", heads["heads"], rate, pay)
    heads = _lacking(heads, {"fee_for_service": heads["fee_for_service"]})
    left = pay - heads["fee_for_service"]
    yield _unknown(heads[pay.notna()], "capitation_kept")
    yield _step(heads, "capitation_kept", left.where(left >= 0), 1.0)
    yield _step(heads, "overrun_borne", -left.where(left < 0), 1.0)
    paid = table[table["payment"] == OUTCOME]
    people = paid["heads"].fillna(paid["cases"])
    outcome = shares.of("outcome_measure", paid, np.nan)
    sums = find_bands(outcome, shares.rules.value("outcome_pay_bands")).astype("float64")
    paid = _lacking(paid, {"heads": people, "outcome_measure": outcome})
    yield _unknown(paid[people.isna()], "outcome_pay")
    yield _found(paid, "outcome_pay", people, sums, _times(people, sums))


def _times(pieces: pd.Series, yuan: pd.Series) -> pd.Series:
    """Return pieces × 元 in 分, half-up, missing where either is."""
    index, missing = pieces.index, pieces.isna() | yuan.isna()
    fen = scale_rates(pieces.astype("float64"), index) * scale_rates(yuan * FEN, index)
    return amounts(divide(fen, RATE_SCALE**2), index, missing)


def _find_pools(table: pd.DataFrame, regions: pd.DataFrame, shares: Shares) -> pd.DataFrame:
    """Return the institutions in the pool of the nearest region above them that states a quota.

    `pool` is the region's quota, `kept` the share of it that is not held in reserve, `pool_lacks`
    what the region lacks.
    """
    pools = regions.loc[(regions["quota"] > 0).fillna(False), [*KEY, "quota", "lacking"]]
    pools = pools.assign(kept=1 - shares.of("point_reserve_rate", pools, 0.0))
    pools = pools.set_axis(["ancestor_id", *KEY[1:], "pool", "pool_lacks", "kept"], axis="columns")
    above = ancestors(shares.inputs.units).reset_index(names="distance")
    joined = table.loc[_is_by_points(table), KEY]
    joined = joined.merge(above, on="unit_id", validate="many_to_many")
    joined = joined.merge(pools, on=["ancestor_id", *KEY[1:]], validate="many_to_one")
    return joined.sort_values([*KEY, "distance"]).drop_duplicates(KEY).reset_index(drop=True)


def _is_by_points(rows: pd.DataFrame) -> pd.Series:
    """Tell who has points, or is paid by them whether or not there are any."""
    return (rows["points"] > 0) | rows["payment"].str.contains(BY_POINTS)


def _points(rows: pd.DataFrame, shares: Shares) -> Iterator[pd.DataFrame]:
    """Clear by points in regions that state a quota.

    Point value = (quota − reserve) / Σ points of the region's institutions that are settled by
    points; clearing = payable − prepaid − deposit forfeited − violations + overrun compensation
    (+ reserve released); a negative clearing is recovered next year. Whoever has not stated
    points leaves the pool without a point value.
    """
    pool = funds_of(rows, "ancestor_id")
    rows = _lacking(rows, {"points": rows["points"], "point_reserve_rate": rows["kept"]})
    lacking = rows["lacking"].where(rows["lacking"] != "", rows["pool_lacks"])
    rows = rows.assign(lacking=lacking.groupby(pool, dropna=True).transform("max"))
    all_points = rows["points"].groupby(pool, dropna=True).transform("sum")
    all_points = all_points.where((rows["lacking"] == "") & (all_points > 0))
    available = multiply(rows["pool"], rows["kept"]).fillna(0)
    scaled = pd.Series(scale_rates(rows["points"], rows.index), rows.index, dtype="object")
    payable = share_in_proportion(scaled, available, pool).astype("Int64")
    payable = payable.mask(rows["lacking"] != "")
    value = to_yuan(available) / all_points
    known = _known(rows)
    yield _step(known, "pool_available", known["pool"], known["kept"])
    yield _found(known, "point_value", all_points, value,
                 available.where(all_points.notna())[known.index])  # fmt: skip
    yield _unknown(rows[rows["points"].isna()], "points_payable")
    yield _found(rows, "points_payable", rows["points"], value, payable)
    for name in TAKEN:
        yield _step(rows.assign(lacking=""), f"less_{name}", rows[name], -1.0)
    rows, compensation, released, steps = _clear_reserve(rows, payable, shares)
    yield from steps
    clearing = payable + compensation + released
    for name in TAKEN:
        clearing = clearing - rows[name]
    rows = _lacking(rows, {name: rows[name] for name in TAKEN})
    yield _step(_known(rows), "clearing", clearing, 1.0)
    yield _unknown(rows, "clearing")
    yield _step(_known(rows), "recovered_next_year", -clearing.where(clearing < 0), 1.0)


def _clear_reserve(
    rows: pd.DataFrame, payable: pd.Series, shares: Shares
) -> tuple[pd.DataFrame, pd.Series, pd.Series, list[pd.DataFrame]]:
    """Compensate stated reasonable overruns from the reserve, and clear what is left of it.

    Compensation = the part of an overrun beyond the points payable that is stated to be reasonable
    × `reasonable_overrun_share`, under the payments whose overruns are shared; beyond the reserve
    all are cut in proportion. What is left is released in proportion to what is payable, or kept
    (`point_reserve_left`). Of each institution its compensation and its part of the reserve are
    returned, with the rows, which lack what was missing, and the steps.
    """
    rules, pool = shares.rules, funds_of(rows, "ancestor_id")
    whole = (rows["fee_for_service"] - payable).clip(lower=0)
    stated = (rows["reasonable_overrun"] > 0).fillna(False)
    stated &= rows["payment"].isin(rules.value("overrun_shared_payments"))
    share = shares.of("reasonable_overrun_share", rows, 0.0).where(stated, 0.0)
    base = rows["reasonable_overrun"].where(stated, 0)
    base = base.mask(stated & (base > whole).fillna(True), whole)
    asked = multiply(base, share)
    cost = rows["fee_for_service"].where(stated, 0)
    own = _lacking(rows, {"fee_for_service": cost, "reasonable_overrun_share": share})
    sums = (payable.fillna(0), asked.fillna(0))
    of_pool, wanted = (each.groupby(pool, dropna=True).transform("sum") for each in sums)
    unknown = (own["lacking"] != "").groupby(pool, dropna=True).transform("any")
    reserve = (rows["pool"] - of_pool).clip(lower=0)
    paid = allocate([asked.fillna(0) * 0, asked.fillna(0)], reserve, pool).astype("Int64")
    left = reserve - wanted.clip(upper=reserve)
    part = paid * 0
    is_released = rules.value("point_reserve_left") == "released"
    if is_released:
        weights = payable.fillna(0).astype("object")
        part = share_in_proportion(weights, left, pool).astype("Int64")
    # Whatever of the pool is unknown leaves open what its reserve is worth to each.
    own = _lacking(own, {"reserve": reserve.mask(unknown & (stated | is_released))})
    first = pool.drop_duplicates().index
    regions = rows.loc[first].assign(unit_id=rows["ancestor_id"])
    regions = _lacking(regions, {"reserve": reserve.mask(unknown)[first]})
    known, ours = _known(regions), _known(own)
    spent = wanted.clip(upper=reserve)
    steps = [
        _step_of(ours[stated[ours.index]], "overrun_compensation", base, paid),
        _unknown(own[stated], "overrun_compensation"),
        _step(ours, "reserve_released", part.where(part > 0), 1.0),
        _step_of(known, "reserve", known["pool"], reserve[known.index]),
        _step(known, "reserve_to_overruns", spent.where(spent > 0), -1.0),
        _step(known, "reserve_released" if is_released else "reserve_kept", left, 1.0),
        _unknown(regions, "reserve"),
    ]
    return own, paid, part, steps


def _lacking(table: pd.DataFrame, found: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return rows with what each lacks: what it lacked before, else the first that is missing."""
    missing = case_when({name: figures.isna() for name, figures in found.items()})
    return table.assign(lacking=table["lacking"].where(table["lacking"] != "", missing))


def _known(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that lack nothing."""
    return table[table["lacking"] == ""]


def _unknown(table: pd.DataFrame, item: str) -> pd.DataFrame:
    """Return the step without base or amount of each row that lacks what it rests on."""
    lacks = table[table["lacking"] != ""]
    nothing = pd.Series(pd.NA, lacks.index, dtype="Int64")
    frame = lacks[KEY].assign(item=item, base=np.nan, rate=np.nan, amount=nothing)
    return frame.assign(lacking=lacks["lacking"])


def _step(table: pd.DataFrame, item: str, base: pd.Series, rate: pd.Series | float) -> pd.DataFrame:
    """Return the step base × rate, to the 分, of each row that has a base."""
    base = base[table.index]
    return _found(table, item, to_yuan(base), rate, multiply(base, rate))


def _step_of(table: pd.DataFrame, item: str, base: pd.Series, amount: pd.Series) -> pd.DataFrame:
    """Return the step with an amount that is settled, as a share of its base."""
    base, amount = base[table.index], amount[table.index]
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
