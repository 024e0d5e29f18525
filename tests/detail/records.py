"""Invented settlement records, the same for the same seed; also the benchmark's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

UNITS = 300


def invented(first: int, count: int, people: int) -> pa.Table:
    """Return records first … first + count − 1; amounts in 元 with two decimals.

    Some of the people come far more often than others.
    """
    chance = np.random.default_rng(first)
    unit = chance.integers(0, UNITS, count)
    stay = chance.random(count) < 0.15
    cost = np.where(stay, chance.gamma(2, 4000, count), chance.gamma(1.5, 200, count))
    cents = (cost * 100).astype("int64") + 1
    drug = (cents * chance.beta(2, 4, count)).astype("int64")
    exam = ((cents - drug) * 0.3 * chance.random(count)).astype("int64")
    paid = (cents * 0.7).astype("int64")
    number = np.arange(first, first + count)
    named = pa.array([f"H{each:011d}" for each in range(UNITS)])
    groups = pa.array(["K35", "I10", "E11", "J18", "K36", "O80"])
    days = pa.array(np.where(stay, chance.integers(1, 25, count), 0).astype("float64"), mask=~stay)
    weight = pa.array(np.round(chance.gamma(4, 0.25, count) + 0.01, 4), mask=~stay)
    person = (chance.random(count) ** 3 * people).astype("int64")
    return pa.table(
        {
            "record_id": pa.array([f"S{each:012d}" for each in number]),
            "person_id": pa.array([f"P{each:010d}" for each in person]),
            "unit_id": named.take(pa.array(unit)),
            "department_id": pa.array(
                [
                    "".join((f"H{u:011d}", "-", str(k))) if k else None
                    for u, k in zip(unit, number % 3, strict=True)
                ]
            ),
            "year": pa.array(2023 + number % 2),
            "scheme": pa.array(["employee", "resident"]).take(pa.array(unit % 2)),
            "setting": pa.array(["outpatient", "inpatient"]).take(pa.array(stay.astype(int))),
            "care_level": pa.array(["tertiary", "secondary", "township_center"]).take(
                pa.array(unit % 3)
            ),
            "cost": pa.array(cents / 100),
            "fund_paid": pa.array(paid / 100),
            "drug_cost": pa.array(drug / 100),
            "exam_cost": pa.array(exam / 100),
            "bed_days": days,
            "disease_group": groups.take(pa.array(chance.integers(0, 6, count))),
            "weight": weight,
        }
    )
