"""The least and the most that each kind of value may be: at an end it holds, beyond it does not."""

from __future__ import annotations

from typing import Any

import pytest

from fundeval.policy.check import wrong_value
from fundeval.policy.known import ENDS


def holds(name: str, value: Any) -> bool:
    return not wrong_value(name, value, "test.yaml", name)


# Values that hold, and the next ones beyond each end that do not.
ENDS_BY_NAME: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    # Points, draws, hours of a leap year, multiples of a base, days, years.
    "project_minimum_score": ((0, 100), (-1, 101)),
    "sensitivity_draws": ((1, 10_000), (0, 10_001)),
    "onsite_check_hours": ((0, 8784), (-1, 8785)),
    "budget_floor": ((0.001, 10), (0, -1, 10.001)),
    "budget_cap": ((0.001, 10), (0, 10.001)),
    "talk_within_days": ((0, 366), (-1, 367)),
    "report_within_days": ((0, 366), (-1, 367)),
    "screening_yearly_stays": ((0, 366), (367,)),
    "screening_stay_days": ((0, 366), (367,)),
    "refill_days_limit": (({"E11": 366, "other": 0},), ({"E11": 367, "other": 0}, {"other": -1})),
    "projection_years": ((1, 30), (0, 31)),
    "history_years": ((1, 30), (0, 31)),
    "gdp_plan_years": ((1, 30), (0, 31)),
    "restriction_lifted_after": ((1, 30), (0, 31)),
    "outcome_pay_bands": (
        ([{"from": 0, "result": 0}], [{"from": 0, "result": 1_000_000}]),
        ([{"from": 0, "result": -0.01}], [{"from": 0, "result": 1_000_000.01}]),
    ),
    # A fraction; one that may be negative; one with a code for none.
    "execution_floor": ((0, 1, {"tertiary": 0.5, "other": 1}), (-0.001, 1.001, {"other": 1.1})),
    "cost_growth_limit": ((-1, 1), (-1.001, 1.001)),
    "regional_float": ((-1, 0, 1), (1.001,)),
    "ratchet_cap": ((0, 1, "none"), (-0.001, 1.001, "some")),
    "interval_z": ((0.001, 1_000_000), (0, 1_000_001)),
    "payable_months_warning": ((0, 12.5), (-0.001,)),
    "minimum_peers": ((0, 7), (-1, 1.5)),
    "disclosed_step": ((0, 1e9), (-0.01,)),
    "gdp_plan_start": ((1990, 2100), (1989, 2101)),
    "withheld_share": (({"hospital": 0}, {"region": 0.999}), ({"hospital": 1}, {"region": -0.001})),
    "projection_scenarios": (({"low": -1, "high": 1},), ({"low": -1.001}, {"high": 1.001})),
    "surplus_award_rate": ((0, 1, "a_measure", 0.5), (-0.001, 1.001, True)),
    # What is taken off for low execution: nothing, or all.
    "execution_link": (
        ({"points": [[0, -1], [1, 0]]},),
        ({"points": [[0, -1.001], [1, 0]]}, {"points": [[0, -1], [1, 0.001]]}),
    ),
    "project_category_shares": (({"basic": 0},), ({"basic": -0.001}, {"other": 0.1})),
    # Each grade is a code; the bands leave out no score from 0 to 100.
    "grade_bands": (
        (
            [{"from": 0, "to": 60, "result": "poor"}, {"from": 60, "result": "good"}],
            [{"from": -1, "to": 60, "result": "poor"},
             {"from": 60, "to": 100.01, "result": "good"}],
        ),
        (
            [{"from": 0.01, "result": "poor"}],
            [{"from": 0, "to": 60, "result": "poor"}, {"from": 60, "to": 100, "result": "good"}],
            [{"from": 0, "to": 60, "result": "poor"}, {"from": 60, "result": 1}],
            [{"from": 0, "to": 0, "result": "poor"}, {"from": 0, "result": "good"}],
            [{"from": 0, "to": 60, "result": "poor"}, {"from": 59.9, "result": "good"}],
            [{"from": 0, "to": 60, "result": "poor"}, {"from": 60.1, "result": "good"}],
        ),
    ),
    "overrun_bands": (
        ([{"from": 0, "to": 0.05, "result": 0.5}],),
        ([{"from": -0.01, "result": 0.5}], [{"from": 0, "result": 1.01}]),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (good, _) in ENDS_BY_NAME.items() for value in good]
)
def test_a_value_at_its_end_holds(name, value):
    assert holds(name, value)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (_, bad) in ENDS_BY_NAME.items() for value in bad]
)
def test_a_value_beyond_its_end_is_refused(name, value):
    assert not holds(name, value)


def test_the_ends_of_each_parameter_are_tried():
    assert ENDS.keys() <= ENDS_BY_NAME.keys()
