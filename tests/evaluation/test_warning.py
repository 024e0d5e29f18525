"""Early warning: levels at their thresholds, and what is missing is never called well.

The bands are those of the national policy: below 0.9 blue, from 1.05 on red.
"""

from __future__ import annotations

from typing import Any

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load

POLICY = load("national")
YEAR = 2024


def month(number: int, executed: Any, phased: Any = 100.0, **more: Any) -> dict[str, Any]:
    row = {"unit_id": "H", "year": YEAR, "month": number, "scheme": "employee"}
    return row | {"executed": executed, "phased_budget": phased} | more


def judged(rows, adjusted=1200.0, parts=()):
    """Return (scheme, month, progress, level, reason) of each row, None for a missing figure."""
    data = dataset(
        units=[unit("H", "hospital"), *(unit(part, "hospital") for part in parts)],
        budgets=[budget("H", YEAR, 1000.0, adjusted, scheme="employee")],
        monthly=rows,
    )
    frame = decide(data, POLICY, YEAR).warnings.astype(object)
    frame = frame.where(frame.notna(), None)
    return [
        tuple(row)
        for row in frame[["unit_id", "scheme", "month", "progress", "level", "reason"]].to_numpy()
    ]


@pytest.mark.parametrize(
    ("executed", "level"),
    [(89.99, "blue"), (90.0, "none"), (104.99, "none"), (105.0, "red"), (0.0, "blue")],
)
def test_a_threshold_belongs_to_the_band_above_it(executed, level):
    assert [row[4] for row in judged([month(1, executed)])] == [level]


def test_progress_is_that_of_all_months_to_date():
    """Month 2: (100 + 70) / (100 + 100) = 0.85; month 3: (170 + 160) / 300 = 1.1."""
    found = judged([month(3, 160.0), month(1, 100.0), month(2, 70.0)])
    assert [row[2:5] for row in found] == [(1, 1.0, "none"), (2, 0.85, "blue"), (3, 1.1, "red")]


def test_without_phased_budget_twelfths_of_the_adjusted_one_stand_in():
    """Months 1 and 2 of 1200: 200 to date, also for the month that has its own; 180 / 200."""
    found = judged([month(1, 90.0, 150.0), month(2, 90.0, None)])
    assert found[0][3:] == (0.6, "blue", "")
    assert found[1][3:] == (0.9, "none", "twelfths")


@pytest.mark.parametrize(
    ("row", "adjusted", "reason"),
    [
        (month(1, 90.0, None), None, "no_budget"),
        (month(1, 90.0, 0.0), 1200.0, "zero_denominator"),
        (month(1, None), 1200.0, "missing_numerator"),
    ],
)
def test_what_is_missing_is_undetermined(row, adjusted, reason):
    (found,) = judged([row], adjusted=adjusted)
    assert found[3:] == (None, "undetermined", reason)


def test_a_month_that_is_missing_leaves_it_and_all_after_it_undetermined():
    found = judged([month(1, 100.0), month(3, 100.0)])
    assert [row[2:] for row in found] == [
        (1, 1.0, "none", ""),
        (2, None, "undetermined", "month_missing"),
        (3, None, "undetermined", "month_missing"),
    ]


def test_who_stops_reporting_is_undetermined_up_to_the_latest_month_of_others():
    found = judged([month(1, 100.0), *(month(n, 100.0, unit_id="P") for n in (1, 2))], parts=["P"])
    assert [row[:3] + row[4:] for row in found if row[0] == "H"] == [
        ("H", "employee", 1, "none", ""),
        ("H", "employee", 2, "undetermined", "month_missing"),
    ]


def test_schemes_are_judged_apart():
    found = judged([month(1, 80.0), month(1, 120.0, scheme="resident")])
    assert [(row[1], row[4]) for row in found] == [("employee", "blue"), ("resident", "red")]
