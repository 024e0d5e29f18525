"""Legal but unusual data: mixed schemes, later years, rows that are there only in part."""

from __future__ import annotations

import pandas as pd
import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load

POLICY = load("national")
YEAR = 2024
YEARS = (2023, YEAR)


def evaluated(*units, **tables):
    return decide(dataset(units=list(units), **tables), POLICY, YEAR)


def step(evaluation, unit_id, name, scheme="all"):
    rows = evaluation.budget
    rows = rows[(rows["unit_id"] == unit_id) & (rows["scheme"] == scheme)]
    return rows[rows["step"] == name].squeeze()


def test_each_scheme_is_judged_on_its_own_volume():
    rows = [
        {"unit_id": "H", "year": YEAR, "scheme": scheme, "setting": "inpatient",
         "care_level": "tertiary", "visits": visits, "cost": visits * 100.0, "exam_cost": visits}
        for scheme, visits in (("employee", 10), ("resident", 5000))
    ]  # fmt: skip
    found = evaluated(unit("H", "hospital"), services=rows).indicators
    status = found[found["indicator"] == "exam_share"].set_index("scheme")["status"]
    assert status.to_dict() == {"all": "ok", "employee": "uncertain", "resident": "ok"}


def test_what_was_executed_after_the_evaluated_year_is_no_history():
    rows = [budget("R", year, 100.0) for year in YEARS]
    later = budget("R", 2025, 500.0)
    known, tempted = (
        evaluated(unit("R", "region"), budgets=budgets) for budgets in (rows, [*rows, later])
    )
    pd.testing.assert_frame_equal(tempted.budget, known.budget)


def test_a_population_is_not_compared_with_that_of_the_region_above():
    context = [
        {"unit_id": "P", "year": YEAR, "population": 5_000_000},
        {"unit_id": "P", "year": 2025, "population": 5_050_000},
        {"unit_id": "C", "year": 2025, "population": 500_000},
    ]
    units = unit("P", "region"), unit("C", "region", "P")
    rows = [budget(name, year, 100.0) for name in "PC" for year in YEARS]
    evaluation = evaluated(*units, budgets=rows, context=context)
    # 1 % of the region above, with 30 of the 70 % of weight that are known.
    assert step(evaluation, "C", "population")["amount"] == 0.43


def test_a_row_for_all_schemes_beside_rows_by_scheme_is_not_counted_twice():
    rows = [
        budget("R", year, 90.0 * parts, 100.0 * parts, scheme=scheme)
        for year in YEARS
        for scheme, parts in (("employee", 1), ("resident", 1), ("all", 2))
    ]
    evaluation = evaluated(unit("R", "region"), budgets=rows)
    assert not evaluation.budget.duplicated(["unit_id", "scheme", "step"]).any()
    assert step(evaluation, "R", "next_budget")["amount"] == 200.0


def test_a_missing_scheme_leaves_no_sum_and_its_reason():
    rows = [
        budget("R", year, 90.0, adjusted, scheme=scheme)
        for year in YEARS
        for scheme, adjusted in (("employee", 100.0), ("resident", None))
    ]
    found = step(evaluated(unit("R", "region"), budgets=rows), "R", "next_budget")
    assert pd.isna(found["amount"])
    assert found["reason"] == "missing_base"


@pytest.mark.parametrize(("rate", "expected"), [(0.05, 85.5), (None, 90.0)])
def test_a_reserve_stated_for_all_schemes_holds_for_the_forecast_of_each(rate, expected):
    context = [
        {"unit_id": "R", "year": 2025, "scheme": "employee", "income_forecast": 90.0},
        {"unit_id": "R", "year": 2025, "scheme": "all", "reserve_rate": rate},
    ]
    rows = [budget("R", year, 99.0, scheme="employee") for year in YEARS]
    evaluation = evaluated(unit("R", "region"), budgets=rows, context=context)
    assert step(evaluation, "R", "next_budget", "employee")["amount"] == expected


def test_departments_of_a_merged_hospital_lie_in_its_successor():
    units = [
        unit("R", "region", flags="economic_stress"),
        unit("A", "hospital", "R", valid_to="2023-12-31", successor_id="B"),
        unit("B", "hospital", "R"),
        unit("D", parent="A"),
    ]
    rows = [budget(name, year, 99.0) for name in "RBD" for year in YEARS]
    evaluation = evaluated(*units, budgets=rows)
    assert evaluation.units.set_index("unit_id").loc["D", "parent_id"] == "B"
    assert step(evaluation, "D", "regional_float")["amount"] == 3.0


def test_data_without_any_finding_give_an_empty_list():
    context = [
        {"unit_id": "A", "year": YEAR, "population": 100},
        {"unit_id": "A", "year": 2025, "population": 101, "technology_growth": 0.01},
    ]
    rows = [budget("A", year, 99.0) for year in YEARS]
    assert evaluated(unit("A", "alliance"), budgets=rows, context=context).findings.empty


@pytest.mark.parametrize(
    ("adjusted", "part_years", "reason"),
    [
        (100.0, [{"year": YEAR, "first_month": 1, "last_month": 6}], "part_year"),
        (0.0, [], "zero_denominator"),
    ],
)
def test_an_undetermined_restriction_says_why_the_rate_is_missing(adjusted, part_years, reason):
    rows = [budget("D", 2023, 90.0), budget("D", YEAR, 40.0, adjusted)]
    states = evaluated(unit("D"), budgets=rows, part_years=part_years).restrictions
    last = states[states["year"] == YEAR].squeeze()
    assert (last["state"], last["reason"]) == ("undetermined", reason)


def test_half_a_year_of_spending_gives_no_payable_months():
    fund = {"unit_id": "R", "year": YEAR, "scheme": "employee", "expenditure": 40.0,
            "closing": 60.0}  # fmt: skip
    half = [{"year": YEAR, "first_month": 1, "last_month": 6}]
    found = evaluated(unit("R", "region"), funds=[fund], part_years=half).indicators
    row = found[found["indicator"] == "payable_months"].squeeze()
    assert pd.isna(row["value"])
    assert row["reason"] == "part_year"
