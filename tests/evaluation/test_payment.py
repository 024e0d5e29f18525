"""Payment by case (R16): rates as published, and peers of what is not scored."""

from __future__ import annotations

import pytest
from build import decide

from fundeval.policy import load
from tests.evaluation.build import budget, dataset, unit

YEAR = 2024
HOSPITALS = [f"H{n}" for n in range(5)]


def settled(unit_id: str, year: int, grouped: float | None, major: float | None) -> dict:
    """Return a settlement of 10 000 submitted cases and as many operations."""
    return {
        "unit_id": unit_id, "year": year, "scheme": "employee", "cases": 10_000,
        "submitted_cases": 10_000, "grouped_cases": grouped, "operations": 10_000,
        "major_operations": major, "paid": 50_139.17, "fee_for_service": 51_395.69,
    }  # fmt: skip


@pytest.fixture(scope="module")
def found():
    rows = [
        settled("R", YEAR - 1, 9_924, 5_407),
        settled("R", YEAR, 9_993, 6_466),
        *(settled(h, YEAR, 9_900 + 10 * n, None) for n, h in enumerate(HOSPITALS)),
    ]
    units = [unit("R", "region"), *(unit(h, "hospital", "R", level="tertiary") for h in HOSPITALS)]
    budgets = [budget(u["unit_id"], YEAR, 90.0) for u in units]
    data = dataset(units=units, budgets=budgets, settlements=rows)
    return decide(data, load("national"), YEAR)


@pytest.mark.parametrize(
    ("indicator", "year", "expected"),
    [
        ("entry_rate", YEAR - 1, 0.9924),
        ("entry_rate", YEAR, 0.9993),
        ("major_operation_share", YEAR - 1, 0.5407),
        ("major_operation_share", YEAR, 0.6466),
    ],
)
def test_rates_are_those_that_qingyang_published(found, indicator, year, expected):
    rows = found.indicators.set_index(["unit_id", "indicator", "year", "scheme"])
    assert rows.loc[("R", indicator, year, "all"), "value"] == expected


def test_the_payout_ratio_is_that_of_qingyang(found):
    """50 139.17 / 51 395.69 = 97.56 %."""
    rows = found.indicators.set_index(["unit_id", "indicator", "year", "scheme"])
    assert round(rows.loc[("R", "payout_ratio", YEAR, "all"), "value"], 4) == 0.9756


def test_operations_that_nobody_stated_give_a_reason(found):
    rows = found.indicators.set_index(["unit_id", "indicator", "year", "scheme"])
    row = rows.loc[("H0", "major_operation_share", YEAR, "all")]
    assert row["reason"] == "missing_numerator"


def test_peers_are_compared_though_nothing_of_it_is_scored(found):
    """99.00 to 99.40 %: the median is 99.20 %."""
    peers = found.peers.set_index(["indicator", "kind"])
    row = peers.loc[("entry_rate", "hospital")]
    assert (row["count"], row["p50"]) == (5, 0.992)
    assert "entry_rate" not in set(found.scores["indicator"])
