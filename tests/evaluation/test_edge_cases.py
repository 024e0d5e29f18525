"""Each edge case of the domain reference has its behaviour (domain.md §4)."""

from __future__ import annotations

import pandas as pd
import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.problems import BadInputError

POLICY = load("national")
YEAR = 2024


def indicator(evaluation, name, unit_id="D", year=YEAR, scheme="all"):
    frame = evaluation.indicators
    rows = frame[
        (frame["unit_id"] == unit_id)
        & (frame["indicator"] == name)
        & (frame["year"] == year)
        & (frame["scheme"] == scheme)
    ]
    return rows.iloc[0]


def department(*budgets, **more):
    return decide(dataset(units=[unit("D")], budgets=list(budgets), **more), POLICY, YEAR)


def found(evaluation, finding):
    return evaluation.findings[evaluation.findings["finding"] == finding]


@pytest.mark.parametrize(
    ("executed", "adjusted", "reason"),
    [
        (0.0, 0.0, "zero_denominator"),
        (50.0, 0.0, "zero_denominator"),
        (50.0, None, "missing_denominator"),
        (None, 100.0, "missing_numerator"),
    ],
)
def test_no_denominator_or_numerator_gives_a_reason_not_a_number(executed, adjusted, reason):
    row = indicator(department(budget("D", YEAR, executed, adjusted)), "execution_rate")
    assert pd.isna(row["value"])
    assert (row["status"], row["reason"]) == ("not_judged", reason)


def test_executed_nothing_is_zero_but_blank_is_not():
    assert indicator(department(budget("D", YEAR, 0.0)), "execution_rate")["value"] == 0
    blank = indicator(department(budget("D", YEAR, None)), "execution_rate")
    assert pd.isna(blank["value"])


def test_a_unit_without_any_row_cannot_be_judged():
    evaluation = decide(
        dataset(units=[unit("D"), unit("E")], budgets=[budget("E", YEAR, 90.0)]), POLICY, YEAR
    )
    assert indicator(evaluation, "execution_rate")["reason"] == "no_data"
    grade = evaluation.grades.set_index("unit_id").loc["D"]
    assert pd.isna(grade["score"])
    assert grade["reason"] == "essential_missing"
    money = evaluation.budget.query("unit_id == 'D' and step == 'next_budget'").iloc[0]
    assert pd.isna(money["amount"])
    assert money["reason"] == "no_budget"


def test_a_budget_adjusted_in_the_year_is_scored_on_the_adjusted_one_and_shows_both():
    row = budget("D", YEAR, 90.0, 100.0, initial=120.0, reason="扩建推迟")
    evaluation = department(row | {"adjusted_on": pd.Timestamp("2024-08-01")})
    assert indicator(evaluation, "execution_rate")["value"] == 0.9
    assert indicator(evaluation, "execution_rate_initial")["value"] == 0.75
    note = found(evaluation, "budget_adjusted").iloc[0]
    assert (note["value"], note["expected"]) == (100.0, 120.0)
    assert note["detail"] == "2024-08-01 扩建推迟"


@pytest.mark.parametrize(
    ("date", "reason", "detail"),
    [("2024-08-01", None, "2024-08-01"), (None, "扩建推迟", "扩建推迟"), (None, None, "")],
)
def test_an_adjusted_budget_is_told_with_what_is_stated_of_its_adjustment(date, reason, detail):
    row = budget("D", YEAR, 90.0, 100.0, initial=120.0, reason=reason)
    note = found(department(row | {"adjusted_on": pd.Timestamp(date)}), "budget_adjusted").iloc[0]
    assert (note["value"], note["expected"], note["detail"]) == (100.0, 120.0, detail)


def test_carry_over_gives_a_rate_of_its_own():
    evaluation = department(budget("D", YEAR, 90.0, 100.0, carried_over=20.0))
    assert indicator(evaluation, "execution_rate")["value"] == 0.9
    assert indicator(evaluation, "execution_rate_with_carryover")["value"] == 0.75


def test_above_its_budget_points_are_capped_and_the_overrun_is_a_finding():
    evaluation = department(budget("D", YEAR, 120.0))
    score = evaluation.scores.query("indicator == 'execution_rate'").iloc[0]
    assert score["points"] == score["max"]
    assert found(evaluation, "above_budget")["value"].tolist() == [1.2]


def test_exactly_the_floor_is_not_below_it_and_just_below_is():
    at = department(budget("D", YEAR, 90_000.0, 100_000.0))
    below = department(budget("D", YEAR, 89_996.0, 100_000.0))
    assert found(at, "below_floor").empty
    assert found(below, "below_floor")["value"].tolist() == [0.89996]


def test_growth_of_exactly_the_limit_passes():
    def rows(cost):
        return [
            {"unit_id": "D", "year": year, "setting": "outpatient", "care_level": "tertiary",
             "visits": 1000, "cost": amount}
            for year, amount in ((2023, 100_000.0), (2024, cost))
        ]  # fmt: skip

    assert found(department(services=rows(105_000.0)), "growth_above_limit").empty
    assert len(found(department(services=rows(105_000.01)), "growth_above_limit")) == 1


def test_a_part_of_a_year_is_shown_but_not_judged():
    evaluation = department(
        budget("D", YEAR, 40.0),
        part_years=[{"year": YEAR, "first_month": 1, "last_month": 6}],
    )
    row = indicator(evaluation, "execution_rate")
    assert (row["value"], row["status"], row["reason"]) == (0.4, "not_judged", "part_year")
    assert evaluation.grades["status"].tolist() == ["not_judged"]
    assert evaluation.budget.query("step == 'next_budget'")["reason"].tolist() == ["part_year"]


def fund(year, income, **more):
    row = {"unit_id": "R", "year": year, "scheme": "resident", "income": income}
    closing = None if income is None else income - 80.0
    return row | {"opening": 0.0, "expenditure": 80.0, "closing": closing} | more


def region(**tables):
    return decide(dataset(units=[unit("R", "region")], **tables), POLICY, YEAR)


def test_part_years_are_compared_with_the_same_months_only():
    first_half = {"first_month": 1, "last_month": 6}
    funds = [fund(2023, 100.0), fund(2024, 110.0)]
    same = region(funds=funds, part_years=[{"year": y} | first_half for y in (2023, 2024)])
    other = region(funds=funds, part_years=[{"year": 2024} | first_half])
    row = indicator(same, "income_growth", "R", scheme="resident")
    assert row["value"] == 0.1
    assert indicator(other, "income_growth", "R", scheme="resident")["reason"] == "other_months"


def test_a_changed_basis_suppresses_growth_with_the_reason():
    funds = [fund(2023, 100.0, basis="旧口径"), fund(2024, 110.0, basis="新口径")]
    row = indicator(region(funds=funds), "income_growth", "R", scheme="resident")
    assert pd.isna(row["value"])
    assert row["reason"] == "basis_changed"


def test_a_gap_between_years_gives_no_growth():
    funds = [fund(2022, 100.0), fund(2024, 110.0)]
    row = indicator(region(funds=funds), "income_growth", "R", scheme="resident")
    assert row["reason"] == "no_previous_year"


def test_a_deficit_is_said_and_pays_for_no_month():
    evaluation = region(funds=[fund(2024, 100.0, opening=-50.0, closing=-30.0)])
    row = indicator(evaluation, "payable_months", "R", scheme="resident")
    assert (row["value"], row["reason"]) == (0.0, "deficit")
    assert found(evaluation, "deficit")["value"].tolist() == [-30.0]
    assert found(evaluation, "payable_months_low").empty


def test_transfers_are_left_out_of_the_surplus_rate_and_both_rates_are_given():
    evaluation = region(funds=[fund(2024, 100.0, closing=45.0, transfer_in=25.0, transfer_out=0.0)])
    assert indicator(evaluation, "surplus_rate", "R", scheme="resident")["value"] == 0.2
    after = indicator(evaluation, "surplus_rate_after_transfers", "R", scheme="resident")
    assert after["value"] == 0.36


def test_schemes_are_never_netted_and_the_weakest_is_scored():
    funds = [fund(2024, 100.0, closing=90.0), fund(2024, 100.0) | {"scheme": "employee"}]
    evaluation = region(funds=funds)
    schemes = evaluation.indicators.query("indicator == 'payable_months'")["scheme"]
    assert sorted(schemes) == ["employee", "resident"]
    score = evaluation.scores.query("indicator == 'payable_months'").iloc[0]
    assert score["scheme"] == "employee"


def test_a_scheme_that_cannot_be_judged_is_not_hidden_by_one_that_can():
    funds = [fund(2024, 100.0), fund(2024, None, closing=None) | {"scheme": "employee"}]
    score = region(funds=funds).scores.query("indicator == 'payable_months'").iloc[0]
    assert (score["scheme"], score["reason"]) == ("employee", "missing_numerator")
    assert pd.isna(score["points"])


def test_a_balance_that_does_not_roll_forward_is_a_finding():
    evaluation = region(funds=[fund(2024, 100.0, closing=21.0)])
    row = found(evaluation, "submitted_differs").iloc[0]
    assert (row["value"], row["expected"], row["detail"]) == (21.0, 20.0, "balance")


def test_tiny_volumes_are_uncertain_and_not_scored():
    rows = [
        {"unit_id": "D", "year": year, "setting": "outpatient", "care_level": "tertiary",
         "visits": 20, "cost": cost}
        for year, cost in ((2023, 100.0), (2024, 300.0))
    ]  # fmt: skip
    evaluation = department(services=rows)
    row = indicator(evaluation, "outpatient_cost_growth")
    assert (row["value"], row["status"], row["reason"]) == (2.0, "uncertain", "small_volume")
    score = evaluation.scores.query("indicator == 'outpatient_cost_growth'").iloc[0]
    assert pd.isna(score["points"])
    assert found(evaluation, "growth_above_limit").empty


def test_low_execution_punished_and_surplus_rewarded_are_shown_together():
    settlement = {"unit_id": "H", "year": YEAR, "quota": 100.0, "fee_for_service": 80.0,
                  "cases": 500}  # fmt: skip
    evaluation = decide(
        dataset(
            units=[unit("H", "hospital")],
            budgets=[budget("H", YEAR, 80.0, reason="服务量不足")],
            settlements=[settlement],
        ),
        POLICY,
        YEAR,
    )
    row = found(evaluation, "conflict_surplus_award").iloc[0]
    assert (row["value"], row["detail"]) == (3.0, "服务量不足")
    assert found(evaluation, "conflict_award_below").empty


def test_an_award_is_not_called_low_execution_of_another_scheme():
    settled = [
        {"unit_id": "H", "year": YEAR, "scheme": scheme, "quota": 100.0, "cases": 500,
         "fee_for_service": 80.0}
        for scheme in ("employee", "resident")
    ]  # fmt: skip
    rows = [budget("H", YEAR, 99.0, scheme="employee"), budget("H", YEAR, 89.0, scheme="resident")]
    evaluation = decide(
        dataset(units=[unit("H", "hospital")], budgets=rows, settlements=settled), POLICY, YEAR
    )
    # Over both schemes 188 of 200 are spent.
    assert found(evaluation, "conflict_surplus_award")["scheme"].tolist() == ["resident"]


def test_an_award_above_a_restricted_department_is_not_called_the_hospitals_own_low_execution():
    settlement = {"unit_id": "H", "year": YEAR, "quota": 100.0, "fee_for_service": 80.0,
                  "cases": 500}  # fmt: skip
    rows = [budget("H", YEAR, 95.0, reason="节约")]
    rows += [budget("H-1", year, 85.0) for year in (YEAR - 1, YEAR)]
    evaluation = decide(
        dataset(
            units=[unit("H", "hospital"), unit("H-1", "department", parent_id="H")],
            budgets=rows,
            settlements=[settlement],
        ),
        POLICY,
        YEAR,
    )
    assert found(evaluation, "conflict_surplus_award").empty
    row = found(evaluation, "conflict_award_below").iloc[0]
    assert (row["unit_id"], row["value"], row["expected"], row["detail"]) == ("H", 3.0, 1, "节约")


def test_the_reason_of_an_adjustment_is_none_for_low_execution():
    """H was adjusted from 90 to 100 for its own reason; the restricted department gives one, and
    another department, which is not low, does not speak of it. A code makes H's reason count."""
    settlement = {"unit_id": "H", "year": YEAR, "quota": 100.0, "fee_for_service": 80.0,
                  "cases": 500}  # fmt: skip
    units = [unit("H", "hospital"), *(unit(each, "department", "H") for each in ("H-1", "H-2"))]
    rows = [budget("H-1", YEAR - 1, 85.0), budget("H-1", YEAR, 85.0, reason="医师调离"),
            budget("H-2", YEAR, 100.0, reason="别的")]  # fmt: skip

    def reason(**own):
        adjusted = budget("H", YEAR, 95.0, initial=90.0, reason="年中调整", **own)
        data = dataset(units=units, budgets=[*rows, adjusted], settlements=[settlement])
        return found(decide(data, POLICY, YEAR), "conflict_award_below")["detail"].tolist()

    assert reason() == ["医师调离"]
    assert reason(reason_code="saving") == ["年中调整"]


def test_a_merged_department_carries_its_history_to_the_successor():
    units = [unit("A", valid_to="2023-12-31", successor_id="D"), unit("D")]
    rows = [
        budget("A", 2023, 60.0), budget("D", 2023, 96.0), budget("D", 2024, 170.0, 200.0),
    ]  # fmt: skip
    evaluation = decide(dataset(units=units, budgets=rows), POLICY, YEAR)
    assert "A" not in set(evaluation.units["unit_id"])
    state = evaluation.restrictions.query("year == 2024").iloc[0]
    assert (state["previous_rate"], state["rate"], state["state"]) == (0.78, 0.85, "restricted")
    assert found(evaluation, "merged")["detail"].tolist() == ["A"]


def test_a_year_before_the_policy_is_an_error_naming_the_first_date():
    with pytest.raises(BadInputError) as error:
        decide(dataset(units=[unit("D")]), POLICY, 2019)
    assert "2023-01-01" in error.value.text("zh")
