"""Sums of settlement records by disease: stays by group, and refills of chronic patients (R4)."""

from __future__ import annotations

import narwhals as nw

from fundeval.detail.columns import INPATIENT, OUTPATIENT, Frame, is_told
from fundeval.detail.exact_amounts import exact_amount
from fundeval.detail.readings import without_unseen

GROUPED = ("cost", "fund_paid", "drug_cost", "bed_days")
KEYS = ["year", "scheme", "disease_group"]


def sum_stays(records: Frame) -> Frame:
    """Sum the stays of each disease group by unit, department, year and scheme.

    Parameters
    ----------
    records
        Records with integer amounts, as `with_exact_amounts` returns them.

    Returns
    -------
    Frame
        `records`, and of each of `GROUPED` its sum in `SCALES` and `X_count`, the number of stays
        that have it.
    """
    stays = records.filter(nw.col("setting").is_in(INPATIENT) & is_told("disease_group"))
    stays = stays.with_columns(disease_group=without_unseen(nw.col("disease_group")))
    return (
        stays.group_by(["unit_id", "department_id", *KEYS])
        .agg(
            nw.len().alias("records"),
            *(exact_amount(name).count().alias(f"{name}_count") for name in GROUPED),
            *(exact_amount(name).sum().alias(name) for name in GROUPED),
        )
        .with_columns(nw.exclude(["unit_id", "department_id", *KEYS]).cast(nw.Int64))
    )


def sum_refills(records: Frame, unit: str) -> Frame:
    """Count the refills of each disease, with their days, by the unit that a column names.

    A refill is an outpatient record that says for how many days it supplies drugs, and for which
    disease. `named` is on how many of them a person stands, `patients` how many persons these are.
    """
    fills = records.filter(
        nw.col("setting").is_in(OUTPATIENT)
        & (exact_amount("days_supplied") > 0)
        & is_told("disease_group")
        & is_told(unit)
    ).with_columns(
        person=nw.when(is_told("person_id")).then(without_unseen(nw.col("person_id"))),
        disease_group=without_unseen(nw.col("disease_group")),
    )
    keys = ["unit_id", *KEYS]
    columns = {unit: "unit_id"} if unit != "unit_id" else {}
    chosen = fills.select(unit, *KEYS, "person", exact_amount("days_supplied").alias("days"))
    return (
        chosen.rename(columns)
        .group_by(keys)
        .agg(
            nw.len().alias("fills"),
            nw.col("person").count().alias("named"),
            nw.col("person").n_unique().alias("patients"),
            nw.col("days").sum().alias("days_supplied"),
            nw.col("days").max().alias("longest_days"),
        )
        .with_columns(nw.exclude(keys).cast(nw.Int64))
    )
