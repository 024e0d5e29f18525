"""Aggregate settlement records once, then build the tables from the sums.

Narwhals expressions only, so that DuckDB and Spark run the same ones.
"""

from __future__ import annotations

import narwhals as nw

from fundeval.detail.columns import AMOUNTS, INPATIENT, OF_SERVICES, SCALES, Frame, is_told
from fundeval.detail.exact_amounts import exact_amount
from fundeval.detail.screen import FREQUENT, eligible, flagged, select_frequent_stays
from fundeval.policy import Policy

KEYS = ["unit_id", "department_id", "year", "scheme", "setting", "care_level"]
SERVICES = ["unit_id", "year", "scheme", "setting", "care_level"]
SETTLEMENTS = ["unit_id", "year", "scheme"]


def sum_records(records: Frame, policy: Policy) -> Frame:
    """Sum settlement records by unit, department, year, scheme, setting and level of care.

    This is the only pass over all records.

    Parameters
    ----------
    records
        Records with integer amounts, as `with_exact_amounts` returns them.
    policy
        Policy with the screening limits (R24), taken as in force at the end of a record's year.

    Returns
    -------
    Frame
        One row per combination of `KEYS`, codes as the records spell them, with 64-bit integers:
        `records`, `wrong` and `ungrouped`, the numbers of records, of invalid ones, and of stays
        that name no disease; for each amount X its
        sum `X` in `SCALES` and `X_count`, the number of records that have it; for each screening
        rule S `S_eligible`, `S_flagged` and `S_cost`, the cost of the flagged records in 分.
        The rule `frequent_stays` has only `S_eligible` here, see `sum_frequent_stays`.
    """
    counted = {f"{name}_eligible": condition for name, condition in eligible(policy).items()}
    counted |= {f"{name}_flagged": condition for name, condition in flagged(policy).items()}
    costs = {f"{name}_cost": condition for name, condition in flagged(policy).items()}
    ungrouped = nw.col("setting").is_in(INPATIENT) & ~is_told("disease_group")
    marked = records.with_columns(
        nw.when("wrong").then(1).alias("wrong"),
        nw.when(ungrouped).then(1).alias("ungrouped"),
        *(nw.when(condition).then(1).alias(name) for name, condition in counted.items()),
        *(nw.when(each).then(exact_amount("cost")).alias(name) for name, each in costs.items()),
    )
    return _sum_by_key(
        marked,
        nw.len().alias("records"),
        nw.col("wrong", "ungrouped", *counted).count(),
        nw.col(*costs).sum(),
        *(exact_amount(name).count().alias(f"{name}_count") for name in AMOUNTS),
        *(exact_amount(name).sum().alias(name) for name in AMOUNTS),
    )


def sum_frequent_stays(records: Frame, policy: Policy) -> Frame:
    """Count the stays of persons with too many stays, and sum their cost, by `KEYS`."""
    return _sum_by_key(
        select_frequent_stays(records, policy),
        nw.len().alias(f"{FREQUENT}_flagged"),
        exact_amount("cost").sum().alias(f"{FREQUENT}_cost"),
    )


def _sum_by_key(records: Frame, *sums: nw.Expr) -> Frame:
    """Group by `KEYS` and cast the sums to 64 bits; DuckDB sums in 128 bits."""
    return records.group_by(KEYS).agg(*sums).with_columns(nw.exclude(KEYS).cast(nw.Int64))


def build_services(sums: Frame) -> Frame:
    """Build the table `services` from the sums of records.

    Parameters
    ----------
    sums
        Sums as `sum_records` returns them.

    Returns
    -------
    Frame
        One row per combination of `SERVICES`: `visits`, amounts with money in 元, and
        `case_mix`, the mean weight of the stays that have one. An amount is missing where one
        of its records has no value.
    """
    grouped = _regroup(sums, SERVICES)
    weighted = (nw.col("weight_count") > 0) & nw.col("setting").is_in(INPATIENT)
    mean = nw.col("weight") / nw.col("weight_count") / SCALES["weight"]
    return grouped.select(
        *SERVICES,
        nw.col("records").alias("visits"),
        *(_sum_if_complete(name, nw.col("records")) for name in OF_SERVICES),
        nw.when(weighted).then(mean).round(6).alias("case_mix"),
    )


def build_settlements(sums: Frame) -> Frame:
    """Build the table `settlements` from the sums of records.

    Only what records know about the year-end clearing: what is paid in the end under a package
    or by points comes with the clearing and is left out.

    Parameters
    ----------
    sums
        Sums as `sum_records` returns them.

    Returns
    -------
    Frame
        One row per combination of `SETTLEMENTS`: `cases`, the number of records;
        `fee_for_service`, the payments of the fund record by record, in 元; `points`, the
        weights of the stays, missing unless every stay has one.
    """
    stays = nw.col("setting").is_in(INPATIENT)
    of_stays = sums.with_columns(
        stays=nw.when(stays).then(nw.col("records")).otherwise(0),
        weight=nw.when(stays).then(nw.col("weight")).otherwise(0),
        weight_count=nw.when(stays).then(nw.col("weight_count")).otherwise(0),
    )
    grouped = _regroup(of_stays, SETTLEMENTS)
    return grouped.select(
        *SETTLEMENTS,
        nw.col("records").alias("cases"),
        _sum_if_complete("fund_paid", nw.col("records")).alias("fee_for_service"),
        nw.when(nw.col("stays") > 0)
        .then(_sum_if_complete("weight", nw.col("stays")))
        .alias("points"),
    )


def _regroup(sums: Frame, keys: list[str]) -> Frame:
    """Sum the sums by fewer keys."""
    numbers = [name for name in sums.collect_schema().names() if name not in KEYS]
    return sums.group_by(keys).agg(nw.col(*numbers).sum())


def _sum_if_complete(name: str, records: nw.Expr) -> nw.Expr:
    """Scale a sum back to its unit, missing unless all of the records have a value."""
    complete = nw.col(f"{name}_count") == records
    return nw.when(complete).then(nw.col(name) / SCALES[name]).alias(name)
