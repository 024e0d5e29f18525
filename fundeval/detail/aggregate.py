"""From records to tables: one grouping of the records, and what is made of its sums.

Narwhals expressions only, so that DuckDB and Spark run the same ones.
"""

from __future__ import annotations

import narwhals as nw

from fundeval.detail.columns import AMOUNTS, INPATIENT, SCALES, Frame
from fundeval.detail.exact import amount
from fundeval.detail.screen import FREQUENT, flagged, frequent_stays, looked
from fundeval.policy import Policy

KEYS = ["unit_id", "department_id", "year", "scheme", "setting", "care_level"]
SERVICES = ["unit_id", "year", "scheme", "setting", "care_level"]
SETTLEMENTS = ["unit_id", "year", "scheme"]


def totals(records: Frame, policy: Policy) -> Frame:
    """Return the sums of `exact` records by `KEYS`, as written: the one pass over all of them.

    `records` and `wrong` count them. Each amount X has its sum X and the count X_given; each
    screen S has the counts S_looked and S_flagged, and S_cost, the cost of the flagged.
    """
    counted = {f"{name}_looked": condition for name, condition in looked(policy).items()}
    counted |= {f"{name}_flagged": condition for name, condition in flagged(policy).items()}
    costs = {f"{name}_cost": condition for name, condition in flagged(policy).items()}
    marked = records.with_columns(
        nw.when("wrong").then(1).alias("wrong"),
        *(nw.when(condition).then(1).alias(name) for name, condition in counted.items()),
        *(nw.when(each).then(amount("cost")).alias(name) for name, each in costs.items()),
    )
    return _by_key(
        marked,
        nw.len().alias("records"),
        nw.col("wrong", *counted).count(),
        nw.col(*costs).sum(),
        *(amount(name).count().alias(f"{name}_given") for name in AMOUNTS),
        *(amount(name).sum().alias(name) for name in AMOUNTS),
    )


def frequent(records: Frame, policy: Policy) -> Frame:
    """Return, by `KEYS`, the count and the cost of the stays of persons with too many."""
    return _by_key(
        frequent_stays(records, policy),
        nw.len().alias(f"{FREQUENT}_flagged"),
        amount("cost").sum().alias(f"{FREQUENT}_cost"),
    )


def _by_key(records: Frame, *sums: nw.Expr) -> Frame:
    """Return sums by `KEYS`; DuckDB adds up in 128 bits."""
    return records.group_by(KEYS).agg(*sums).with_columns(nw.exclude(KEYS).cast(nw.Int64))


def services(sums: Frame) -> Frame:
    """Return the table `services` of `totals`, money in 元, codes as they are there.

    An amount is missing where one of its records has none. `case_mix` is the mean weight of
    the stays that have one.
    """
    folded = _fold(sums, SERVICES)
    weighted = (nw.col("weight_given") > 0) & nw.col("setting").is_in(INPATIENT)
    mean = nw.col("weight") / nw.col("weight_given") / SCALES["weight"]
    amounts = [name for name in AMOUNTS if name != "weight"]
    return folded.select(
        *SERVICES,
        nw.col("records").alias("visits"),
        *(_sum_where_all_given(name, nw.col("records")) for name in amounts),
        nw.when(weighted).then(mean).round(6).alias("case_mix"),
    )


def settlements(sums: Frame) -> Frame:
    """Return the table `settlements` of `totals`: what records know of the year-end clearing.

    `cases` are all records. `fee_for_service` is what the fund pays item by item, as each
    record was settled; what is paid in the end under a package or by points comes with the
    clearing and is left out. `points` are the weights of the stays, missing unless each stay
    has one.
    """
    stays = nw.col("setting").is_in(INPATIENT)
    of_stays = sums.with_columns(
        stays=nw.when(stays).then(nw.col("records")).otherwise(0),
        weight=nw.when(stays).then(nw.col("weight")).otherwise(0),
        weight_given=nw.when(stays).then(nw.col("weight_given")).otherwise(0),
    )
    folded = _fold(of_stays, SETTLEMENTS)
    return folded.select(
        *SETTLEMENTS,
        nw.col("records").alias("cases"),
        _sum_where_all_given("fund_paid", nw.col("records")).alias("fee_for_service"),
        nw.when(nw.col("stays") > 0)
        .then(_sum_where_all_given("weight", nw.col("stays")))
        .alias("points"),
    )


def _fold(sums: Frame, keys: list[str]) -> Frame:
    """Return the sums by fewer keys."""
    numbers = [name for name in sums.collect_schema().names() if name not in KEYS]
    return sums.group_by(keys).agg(nw.col(*numbers).sum())


def _sum_where_all_given(name: str, records: nw.Expr) -> nw.Expr:
    whole = nw.col(f"{name}_given") == records
    return nw.when(whole).then(nw.col(name) / SCALES[name]).alias(name)
