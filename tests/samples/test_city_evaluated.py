"""The special cases of the invented city come out of an evaluation as their README says."""

import pytest

from fundeval import policy
from fundeval.evaluate import evaluate
from fundeval.samples.making.cases import CASES, OVERSPENT, SAVING_HOSPITAL
from fundeval.tables import load


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(load("sample:city"), policy.load("national"), 2024)


@pytest.fixture(scope="module")
def states(evaluation):
    restrictions = evaluation.restrictions
    return restrictions[restrictions["year"] == 2024].set_index("unit_id")["state"]


def units_of(*cases: str) -> set[str]:
    return {unit for case in cases for unit in CASES[case][0]}


def found(evaluation, finding: str) -> set[str]:
    return set(evaluation.findings.loc[evaluation.findings["finding"] == finding, "unit_id"])


def test_restricted_departments(states):
    merged = CASES["merged_into_new"][0][1]
    expected = units_of("two_years_below", "shown_as_90") | {merged}
    assert set(states.index[states == "restricted"]) == expected


def test_what_cannot_be_judged_is_neither_clear_nor_restricted(states):
    expected = units_of("missing_year", "zero_denominator", "new_in_2024")
    assert set(states.index[states == "undetermined"]) == expected


def test_the_other_states(states):
    assert set(states.index[states == "released"]) == units_of("released")
    assert units_of("watch") <= set(states.index[states == "watch"])
    assert states[CASES["exactly_90"][0][0]] == "clear"


def test_findings(evaluation):
    assert found(evaluation, "submitted_differs") == {"990100", "H99010400001"}
    assert found(evaluation, "deficit") == units_of("deficit")
    assert units_of("volume_up_share_down") <= found(evaluation, "volume_up_share_down")
    assert units_of("basis_changed") <= found(evaluation, "basis_changed")
    assert units_of("small_volume") <= found(evaluation, "small_volume")
    assert SAVING_HOSPITAL in found(evaluation, "conflict_surplus_award")
    assert OVERSPENT in found(evaluation, "above_budget")
    assert units_of("adjusted_up", "adjusted_down") <= found(evaluation, "budget_adjusted")


def test_grades_are_spread_out(evaluation):
    kinds = evaluation.grades.merge(evaluation.units[["unit_id", "kind"]], on="unit_id")
    graded = kinds[kinds["kind"].isin(["region", "hospital"])]["grade"]
    assert set(graded.dropna()) == {"excellent", "good", "fair", "poor"}
