"""A year that is measured once and judged by several policies is judged as if alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from build import decide

from fundeval.evaluation import evaluate, judge, judge_outcomes, measure
from fundeval.evaluation.rules.settlement import settle
from fundeval.evaluation.stages import Stages
from fundeval.plain_texts import as_usual_texts
from fundeval.policy import load
from fundeval.workbench.suppose import suppose
from tests.report.small_city import small_city

POLICY = load("national")
DATE = dt.date(2024, 12, 31)
CHANGES: list[dict[str, Any]] = [
    {"execution_floor": 0.95, "withheld_share": {"hospital": 0.05}},
    {"primary_care_levels": ["primary"], "minimum_volume": 500},
    {"payable_months_balance": "with_personal_accounts", "projection_years": 2,
     "indicators.exam_share": {"missing": "void"}, "overrun_shared_payments": ["drg"]},
]  # fmt: skip


@pytest.fixture(scope="module")
def measured():
    return measure(small_city(), 2024)


@pytest.mark.slow
@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: "+".join(changes) or "none")
def test_a_policy_is_judged_as_if_it_were_the_first(changes, measured):
    policy = suppose(POLICY, changes, DATE)
    judge(measured, POLICY)
    found, alone = judge(measured, policy), evaluate(small_city(), policy, 2024)
    for name, frame in alone.frames().items():
        pd.testing.assert_frame_equal(found.frames()[name], frame, check_exact=True)
    outcomes = judge_outcomes(measured, policy)
    for name in ("units", "grades", "restrictions", "budget"):
        of_outcomes = as_usual_texts(getattr(outcomes, name))
        pd.testing.assert_frame_equal(of_outcomes, getattr(alone, name), check_exact=True)


def test_a_frame_asked_for_by_itself_is_that_of_the_evaluation(city, evaluated_city):
    """As most tests of the rules ask for it."""
    found = decide(city, POLICY, 2024)
    for name, frame in evaluated_city.frames().items():
        pd.testing.assert_frame_equal(getattr(found, name), frame, check_exact=True)


def test_what_a_policy_does_not_change_is_not_computed_again(measured):
    first = judge(measured, POLICY)
    other = judge(measured, suppose(POLICY, {"grade_bands": GRADE_BANDS}, DATE))
    assert other.indicators is first.indicators
    assert other.grades is not first.grades


def test_a_what_if_computes_only_what_is_compared():
    measured = measure(small_city(), 2024)
    first = judge_outcomes(measured, POLICY)
    assert settle not in measured.stages.kept
    heavier = {"indicators.average_stay": {"weight": {"hospital": 15}}}
    other = judge_outcomes(measured, suppose(POLICY, heavier, DATE))
    # The floor is stated again by what is supposed, and says the same.
    assert other.restrictions is first.restrictions
    assert other.grades is not first.grades


def test_a_stage_runs_again_only_where_what_it_read_differs():
    stages, runs = Stages(), []

    def read_floor(rules):
        runs.append(rules.value("execution_floor"))
        return runs[-1]

    policies = [POLICY, suppose(POLICY, {"minimum_volume": 7}, DATE)]
    policies.append(suppose(POLICY, {"execution_floor": 0.8}, DATE))
    assert [stages.run(read_floor, policy.on(DATE)) for policy in policies] == [0.9, 0.9, 0.8]
    assert runs == [0.9, 0.8]


GRADE_BANDS = [
    {"from": 0, "to": 50, "result": "poor"},
    {"from": 50, "to": 60, "result": "fair"},
    {"from": 60, "to": 70, "result": "good"},
    {"from": 70, "result": "excellent"},
]
