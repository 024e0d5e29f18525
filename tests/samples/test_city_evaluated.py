"""The special cases of the invented city come out of an evaluation as their README says."""

import math

import pytest

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.evaluation.cells import as_texts
from fundeval.indicator_registry import REGISTRY
from fundeval.report.format.messages import Messages
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.text.curve_sums import write_points
from fundeval.results.frames import MODELS
from fundeval.tables import Dataset
from tests.samples.cases import CASES

# All that the evaluator can find, but for a stale parameter, a part of a year, and a fund
# that runs dry: the one in deficit is so already.
FINDINGS = {
    "above_budget", "action_due", "basis_changed", "below_floor", "budget_adjusted",
    "cannot_judge", "capped_to_lowest", "conflict_award_below", "conflict_restricted_result",
    "conflict_surplus_award", "deficit", "driver_missing", "exam_share_above_limit",
    "float_without_effect", "grade_capped", "group_beyond_limit",
    "growth_above_limit", "incident_unrepaired", "merged", "not_at_least", "not_settled",
    "payable_months_low", "points_lost", "project_duplicate", "project_low", "project_refused",
    "project_unjudged", "provincial_adjustment", "purchase_check_late", "purchase_check_unjudged",
    "purchase_unchecked", "purchase_unjudged", "restricted", "restriction_undetermined",
    "retained", "scorecard_lowest", "scorecard_not_judged", "settled_once",
    "share_up_volume_down", "small_volume", "structure_unknown", "submitted_differs",
    "surplus_low", "volume_up_share_down",
}  # fmt: skip

# By what rows stand in order, where it is not the key of their frame.
ORDER = {
    "allocations": ("year", "parent_id", "kind", "scheme", "unit_id"),
    "budget": ("unit_id", "year", "scheme"),
    "findings": ("unit_id", "year"),
    "project_parts": ("unit_id", "year", "project_id", "part"),
    "project_reviews": ("unit_id", "year", "project_id"),
    "warnings": ("unit_id", "year", "scheme", "month"),
}


@pytest.fixture(scope="module")
def evaluation(evaluated_city):
    return evaluated_city


@pytest.fixture(scope="module")
def states(evaluation):
    restrictions = evaluation.restrictions
    return restrictions[restrictions["year"] == 2024].set_index("unit_id")["state"]


def units_of(*cases: str) -> set[str]:
    return {unit for case in cases for unit in CASES[case]}


def found(evaluation, finding: str) -> set[str]:
    return set(evaluation.findings.loc[evaluation.findings["finding"] == finding, "unit_id"])


def test_every_indicator_has_a_value(evaluation):
    indicators = evaluation.indicators
    judged = indicators[(indicators["year"] == 2024) & (indicators["status"] == "ok")]
    assert set(REGISTRY) - set(judged["indicator"]) == set()
    assert "pathway_entry" in set(judged["indicator"])


@pytest.mark.parametrize("name", MODELS)
def test_rows_of_a_frame_stand_in_order(evaluation, name):
    key = [*(ORDER.get(name) or MODELS[name].to_schema().unique)]
    rows = as_texts(evaluation.frames()[name][key])
    assert len(rows) > 0
    assert rows.index.equals(rows.sort_values(key, kind="stable").index)


def test_every_derivation_of_a_score_is_true_and_ends_in_its_points(evaluation):
    functions = {"__builtins__": {}, "max": max, "min": min, "floor": math.floor}
    scores = evaluation.scores.dropna(subset="points")
    messages = Messages("zh")
    in_force = PolicyInForce(evaluation.about["policy"])
    calculated = 0
    for row in scores.itertuples():
        steps = write_points(row, in_force.rule(row.indicator), messages)
        for name in ("percent", "points"):
            written, _, result = steps[name].rpartition(" = ")
            value = eval(written, functions)
            assert value == pytest.approx(float(result), abs=1e-6), (row.unit_id, written)
            calculated += 1
        assert float(result) == pytest.approx(row.points, abs=1e-6)
    assert calculated > 4000


def test_every_finding_appears(evaluation):
    assert set(evaluation.findings["finding"]) == FINDINGS


def test_restricted_departments(states):
    merged = CASES["merged_into_new"][1]
    expected = units_of("two_years_below", "shown_as_90") | {merged}
    assert set(states.index[states == "restricted"]) == expected


def test_what_cannot_be_judged_is_neither_clear_nor_restricted(states):
    expected = units_of("missing_year", "zero_denominator", "new_in_2024")
    assert set(states.index[states == "undetermined"]) == expected


def test_the_other_states(states):
    assert set(states.index[states == "released"]) == units_of("released")
    assert units_of("watch") <= set(states.index[states == "watch"])
    assert states[CASES["exactly_90"][0]] == "clear"


def test_findings(evaluation):
    assert found(evaluation, "submitted_differs") == {"990100", "H99010400001"}
    assert found(evaluation, "payable_months_low") == units_of("payable_months_low")
    assert found(evaluation, "deficit") == units_of("deficit")
    assert units_of("volume_up_share_down") <= found(evaluation, "volume_up_share_down")
    assert units_of("basis_changed") <= found(evaluation, "basis_changed")
    assert units_of("small_volume") <= found(evaluation, "small_volume")
    assert CASES["saving_or_low_volume"][2] in found(evaluation, "conflict_surplus_award")
    assert CASES["above_budget"][1] in found(evaluation, "above_budget")
    alliance, member = CASES["member_without_quota"]
    assert found(evaluation, "not_settled") == {alliance, member, CASES["points_pool"][2]}
    assert units_of("capitation") <= found(evaluation, "settled_once")
    assert found(evaluation, "float_without_effect") == units_of("flag_without_effect")
    assert found(evaluation, "structure_unknown") == units_of("structure_unknown")
    assert units_of("adjusted_up", "adjusted_down") <= found(evaluation, "budget_adjusted")


def test_groups(evaluation):
    values = evaluation.group_values[evaluation.group_values["scheme"] == "all"]
    growth = values[values["indicator"] == "disease_cost_growth"]
    drugs = values[values["indicator"] == "disease_drug_share"]
    assert set(growth.loc[growth["beyond"], "unit_id"]) == units_of("group_dearer")
    assert set(drugs.loc[drugs["beyond"], "unit_id"]) == units_of("group_drugs")
    few = growth[(growth["group"] == "G06") & (growth["status"] != "ok")].set_index("unit_id")
    told = few["reason"].reindex(CASES["group_few"]).tolist()
    assert told == ["small_volume", "few_cases"]
    regrouped = set(growth.loc[growth["reason"] == "basis_changed", "unit_id"])
    assert units_of("group_regrouped") <= regrouped


def test_refills(evaluation):
    values = evaluation.group_values
    longest = values[values["indicator"] == "refill_longest"].set_index("unit_id")
    hospitals = longest[longest["beyond"] & longest.index.str.startswith("H")]
    assert set(hospitals.index) == units_of("long_refills")
    few = longest[(longest["group"] == "J44") & (longest["reason"] == "few_cases")]
    assert units_of("few_patients") <= set(few.index)


@pytest.mark.parametrize("kind", ["region", "hospital", "department"])
def test_grades_are_spread_out(evaluation, kind):
    of_kind = evaluation.units.loc[evaluation.units["kind"] == kind, "unit_id"]
    grades = evaluation.grades.set_index("unit_id").loc[of_kind, "grade"]
    assert set(grades.dropna()) == {"excellent", "good", "fair", "poor"}
    assert grades.value_counts(normalize=True).max() < 0.7


def test_the_grade_moves_the_next_budget_of_hospitals(evaluation):
    steps = evaluation.budget[evaluation.budget["scheme"] == "all"]
    steps = steps.pivot_table("amount", "unit_id", "step", observed=True)
    change = steps["next_budget"] / steps["base"] - 1
    hospitals = evaluation.grades[evaluation.grades["unit_id"].str.fullmatch(r"H\d{11}")]
    by_grade = change[hospitals["unit_id"]].groupby(hospitals.set_index("unit_id")["grade"])
    typical = by_grade.median()
    assert typical["excellent"] > typical["good"] + 0.01
    assert typical["poor"] < typical["good"] - 0.05


def test_alerts_on_purchases_are_the_documented_ones(evaluation):
    """By unit: how many of each state of the check; the limit itself raises no alert."""
    alerts = evaluation.purchase_alerts
    checks = alerts[alerts["level"] == "yellow"].groupby("check")["unit_id"].agg(set)
    assert checks["in_time"] == units_of("purchase_checked")
    assert checks["late"] == units_of("purchase_late")
    assert checks["unchecked"] == units_of("purchase_unchecked")
    assert checks["pending"] == units_of("purchase_pending")
    assert checks["undetermined"] == units_of("purchase_cannot_judge")
    unjudged = alerts[alerts["level"] == "undetermined"]
    assert {*unjudged["unit_id"]} == units_of("purchase_cannot_judge")
    assert sorted(unjudged["reason"]) == ["purchase_amount_missing", "purchase_threshold_missing"]
    at_limit = alerts[alerts["share"] == 0.8]
    assert {*at_limit["unit_id"]} == units_of("purchase_at_limit")
    assert at_limit["level"].tolist() == ["none"]
    of_year = alerts.loc[alerts["threshold_from"] == "year", "unit_id"]
    assert {*of_year} <= units_of("purchase_checked")


def test_projects_are_kept_cut_and_refused(evaluation):
    found = evaluation.project_reviews.set_index("project_id")
    by_case = {
        "projects_restricted": "refused_restricted", "projects_duplicate": "cut_duplicate",
        "projects_low_benefit": "cut_low", "projects_cannot_judge": "undetermined",
        "projects_envelope": "part",
    }  # fmt: skip
    for case, decision in by_case.items():
        assert set(found.loc[found["decision"] == decision, "unit_id"]) == set(CASES[case])
    assert found.loc[["A03", "B01"], "until"].tolist() == [2025, 2025]
    # 1 800 000 + 1 000 000 + 200 000 of the 3 000 000 that are stated.
    assert found.loc[found["pool_id"] == "990103", "granted"].sum() == 3_000_000


def test_schemes_and_their_sum_differ_where_the_case_says(evaluation):
    views = evaluation.restriction_views.groupby("unit_id")["state"].nunique()
    assert set(views.index[views > 1]) == set(CASES["schemes_differ"])


@pytest.mark.slow
@pytest.mark.parametrize("year", [2023, 2025])
def test_another_year_of_the_city_is_evaluated(city: Dataset, year: int) -> None:
    """A year before tables such as the project library begin, and one after the last budgets."""
    found = evaluate(city, policy.load("national"), year)
    assert found.about["year"] == year
    assert len(found.units) > 600
    rates = found.indicators.query("indicator == 'execution_rate' and year == @year")
    assert rates["value"].notna().any() == (year == 2023)
