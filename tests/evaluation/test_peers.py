"""Peers are of one kind, level and tier, and of one fund where funds are never netted."""

from __future__ import annotations

import pytest
from build import decide

from fundeval.policy import load
from tests.evaluation.build import budget, dataset, unit

YEAR = 2024
DISTRICTS = [f"R{n}" for n in range(1, 6)]


@pytest.fixture(scope="module")
def peers():
    """A prefecture and its five districts execute 50 and 91 to 95 of 100; two funds of each
    district spend 12 a year and hold 12 n (employee) or n (resident) at its end."""
    units = [unit("R", "region"), *(unit(r, "region", "R") for r in DISTRICTS)]
    budgets = [budget("R", YEAR, 50.0)]
    budgets += [budget(r, YEAR, 90.0 + n) for n, r in enumerate(DISTRICTS, 1)]
    funds = [
        {"unit_id": r, "year": YEAR, "scheme": scheme, "income": 12.0, "expenditure": 12.0,
         "closing": closing * n}
        for n, r in enumerate(DISTRICTS, 1)
        for scheme, closing in (("employee", 12.0), ("resident", 1.0))
    ]  # fmt: skip
    found = decide(dataset(units=units, budgets=budgets, funds=funds), load("national"), YEAR)
    return found.peers.set_index(["indicator", "tier", "scheme"])


def test_a_prefecture_is_no_peer_of_its_districts(peers):
    """Districts 91 … 95 %: five, median 93 %; the prefecture alone, 50 %."""
    of = peers.loc["execution_rate"]
    assert of[["count", "minimum", "p50"]].to_dict("index") == {
        (0, "all"): {"count": 1, "minimum": 0.5, "p50": 0.5},
        (1, "all"): {"count": 5, "minimum": 0.91, "p50": 0.93},
    }


def test_payable_months_of_different_funds_are_not_mixed(peers):
    """12 n / (12 / 12) = 12 n months for employees, n for residents: medians 36 and 3."""
    of = peers.loc["payable_months"]
    assert of["p50"].to_dict() == {(1, "employee"): 36.0, (1, "resident"): 3.0}
    assert set(of["count"]) == {5}
