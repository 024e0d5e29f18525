"""Rows that are kept as they are and told: each with its finding and what follows from it."""

from __future__ import annotations

import pandas as pd
import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load

NATIONAL = load("national")
UNITS = [unit("R", "region"), unit("H", "hospital", "R"), unit("D", parent="H")]


def evaluated(units=UNITS, year=2024, **tables):
    return decide(dataset(units=units, **tables), NATIONAL, year)


def told(evaluation, finding):
    """Return unit, subject, value, expected and detail of each finding of a kind."""
    rows = evaluation.findings[evaluation.findings["finding"] == finding]
    rows = rows[["unit_id", "subject", "value", "expected", "detail"]].astype("object")
    return rows.where(rows.notna(), None).to_numpy().tolist()


def rate(evaluation, indicator, year=2024, unit_id="D"):
    rows = evaluation.indicators.query(
        f"indicator == '{indicator}' and year == {year} and unit_id == '{unit_id}' "
        "and scheme == 'all'"
    )
    return rows[["value", "reason"]].iloc[0].tolist()


def test_a_cancelling_entry_is_kept_and_told():
    """−5 of 100: a rate of −5 %, below the floor, no points, and no growth to it."""
    found = evaluated(budgets=[budget("D", 2023, 80.0), budget("D", 2024, -5.0)])
    assert told(found, "negative_execution") == [["D", "budgets.executed", -5.0, None, ""]]
    assert rate(found, "execution_rate") == [-0.05, ""]
    drawn_up = found.budget.query("unit_id == 'D' and step == 'next_budget'")
    assert set(drawn_up["reason"]) == {"no_growth_driver"}
    points = found.scores.query("unit_id == 'D' and indicator == 'execution_rate'")["points"]
    assert points.tolist() == [0.0]


@pytest.mark.parametrize(
    ("adjusted", "initial", "is_told"),
    [(0.0, 50.0, True), (None, None, True), (None, 50.0, False), (100.0, None, False)],
)
def test_spending_without_a_budget_is_told(adjusted, initial, is_told):
    """7 spent against nothing; a blank adjusted budget beside an initial one is a gap, not none."""
    row = budget("D", 2024, 7.0, adjusted, initial=initial)
    expected = [["D", "budgets.executed", 7.0, None, ""]] if is_told else []
    assert told(evaluated(budgets=[row]), "spending_without_budget") == expected


def test_nothing_spent_without_a_budget_is_no_finding():
    assert told(evaluated(budgets=[budget("D", 2024, 0.0, 0.0)]), "spending_without_budget") == []


def test_all_schemes_beside_schemes_that_sum_to_something_else():
    """Employees 60 and residents 30 make 90, and 95 was submitted for all: both are shown, and
    95 of 100 counts over all schemes."""
    rows = [budget("D", 2024, 95.0), budget("D", 2024, 60.0, 70.0, scheme="employee"),
            budget("D", 2024, 30.0, 30.0, scheme="resident")]  # fmt: skip
    found = evaluated(budgets=rows)
    assert [row for row in told(found, "submitted_differs") if row[4] == "schemes"] == [
        ["D", "budgets.executed", 95.0, 90.0, "schemes"],
    ]  # fmt: skip
    assert rate(found, "execution_rate") == [0.95, ""]


def test_rows_after_the_end_are_told_to_the_unit_above_with_their_amount():
    """D ended in 2023 without a successor; the 80 of 2024 count for no unit, and H is told so."""
    units = [*UNITS[:2], unit("D", parent="H", valid_to="2023-12-31")]
    rows = [budget("D", 2023, 80.0), budget("D", 2024, 80.0), budget("H", 2024, 90.0)]
    found = evaluated(units, budgets=rows)
    assert told(found, "row_after_end") == [["H", "budgets.executed", 80.0, None, "D D"]]
    assert "D" not in set(found.units["unit_id"])
    # With a successor they are its.
    units = [*UNITS[:2], unit("D", parent="H", valid_to="2023-12-31", successor_id="E"),
             unit("E", parent="H")]  # fmt: skip
    assert told(evaluated(units, budgets=rows), "row_after_end") == []


ENDED = [*UNITS[:2], unit("D", parent="H", valid_to="2023-12-31")]
MERGED = [*UNITS[:2], unit("D", parent="H", valid_to="2024-06-30", successor_id="E"),
          unit("E", parent="H")]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "rows", "subject", "amount"),
    [
        ("monthly", [{"month": 1, "executed": 30.0}, {"month": 2, "executed": 20.0}],
         "monthly.executed", 50.0),
        ("funds", [{"expenditure": 70.5}], "funds.expenditure", 70.5),
        ("services", [{"setting": "inpatient", "care_level": level, "cost": 40.0}
                      for level in ("secondary", "tertiary")], "services.cost", 80.0),
        ("settlements", [{"paid": 60.0}], "settlements.paid", 60.0),
        ("disease_groups", [{"group": "A", "cost": 10.0}], "disease_groups.cost", 10.0),
        ("purchases", [{"date": pd.Timestamp("2024-03-01"), "goods": "drugs", "amount": 5.0}],
         "purchases.amount", 5.0),
    ],
)  # fmt: skip
def test_money_of_a_unit_that_ended_is_told_with_its_amount(table, rows, subject, amount):
    """D ended in 2023: what any table says of its 2024 is told to H as one amount a scheme."""
    rows = [{"unit_id": "D", "year": 2024, **row} for row in rows]
    found = evaluated(ENDED, budgets=[budget("H", 2024, 90.0)], **{table: rows})
    assert told(found, "row_after_end") == [["H", subject, amount, None, "D D"]]
    assert told(found, "rows_left_out") == []


def test_rows_without_an_amount_are_counted():
    rows = [{"unit_id": "D", "year": 2024, "expenditure": None, "insured": 7}]
    found = evaluated(ENDED, budgets=[budget("H", 2024, 90.0)], funds=rows)
    assert told(found, "rows_left_out") == [["H", "funds", 1.0, None, "D D"]]


@pytest.mark.parametrize(("units", "told_to"), [(ENDED, "H"), (MERGED, "E")])
def test_a_measure_that_no_unit_takes_over_is_told_with_its_value(units, told_to):
    """92 % satisfied of D, which ended or merged into E within 2024: no sum, so nobody's."""
    rows = [{"unit_id": "D", "year": 2024, "measure": "satisfaction", "value": 0.92},
            {"unit_id": "D", "year": 2023, "measure": "satisfaction", "value": 0.91}]  # fmt: skip
    found = evaluated(units, budgets=[budget("H", 2024, 90.0)], measures=rows)
    assert told(found, "measure_left_out") == [[told_to, "satisfaction", 0.92, None, "D D"]]
    assert told(evaluated(units, 2023, measures=rows), "measure_left_out") == []


def test_what_is_stated_of_a_merged_unit_is_counted_and_told_to_its_successor():
    rows = [{"unit_id": "D", "year": 2024, "population": 9.0}]
    found = evaluated(MERGED, budgets=[budget("H", 2024, 90.0)], context=rows)
    assert told(found, "rows_left_out") == [["E", "context", 1.0, None, "D D"]]


def test_spending_without_a_budget_helps_no_verdict():
    """D was restricted by 60 of 100 in 2022 and 2023. In 2024 it has 0, and spends 70.

    There is no rate, so it is not released, has no grade, no points, and 0 for the next year:
    what was spent is no base. The 70 are told; H, at 190 of 200, stays at 95 %.
    """
    of_others = [budget("H", year, 190.0, 200.0) for year in (2022, 2023, 2024)]
    low = [budget("D", year, 60.0) for year in (2022, 2023)]
    found = evaluated(budgets=[*of_others, *low, budget("D", 2024, 70.0, 0.0)])
    states = found.restrictions.query("unit_id == 'D'")[["year", "state", "reason"]]
    assert states.to_numpy().tolist() == [
        [2022, "undetermined", "data_begin"], [2023, "restricted", ""],
        [2024, "undetermined", "zero_denominator"],
    ]  # fmt: skip
    assert told(found, "spending_without_budget") == [["D", "budgets.executed", 70.0, None, ""]]
    assert rate(found, "execution_rate")[1] == "zero_denominator"
    assert found.grades.query("unit_id == 'D'")["status"].item() == "not_judged"
    assert found.scores.query("unit_id == 'D'")["points"].isna().all()
    assert set(found.budget.query("unit_id == 'D'")["amount"]) == {0.0}
    assert rate(found, "execution_rate", unit_id="H") == [0.95, ""]


def test_a_successor_without_an_end_is_told():
    units = [*UNITS[:2], unit("D", parent="H", successor_id="E"), unit("E", parent="H")]
    found = evaluated(units, budgets=[budget("D", 2024, 80.0)])
    assert told(found, "successor_without_end") == [["D", "units", None, None, "E"]]


@pytest.mark.parametrize(
    ("figures", "is_doubtful"),
    [((2e6, 0.0, 3e6), True), ((2e6, 0.0, 9e5), False), ((9e5, 0.0, 3e6), False),
     ((2e6, None, 3e6), False)],
)  # fmt: skip
def test_a_zero_between_large_years_counts_as_missing(figures, is_doubtful):
    """0 between 2 000 000 and 3 000 000 元: no value, and no growth into or out of the year.

    Beside a year below a million it may be right, and falls by 100 %.
    """
    rows = [{"unit_id": "R", "year": 2022 + n, "expenditure": figure}
            for n, figure in enumerate(figures)]  # fmt: skip
    of_year, later = (evaluated(year=year, funds=rows) for year in (2023, 2024))
    expected = [["R", "funds.expenditure", 0.0, None, ""]] if is_doubtful else []
    assert told(of_year, "zero_between") == expected
    growth = rate(later, "expenditure_growth", 2023, "R")
    if is_doubtful:
        assert growth[1] == "missing_numerator"
        assert rate(later, "expenditure_growth", 2024, "R")[1] == "missing_numerator"
    elif figures[1] == 0:
        assert growth == [-1.0, ""]


@pytest.mark.parametrize(("kind", "finding"), [("department", "merged"),
                                               ("hospital", "merged_unlike")])  # fmt: skip
def test_what_a_merged_unit_executed_is_named(kind, finding):
    """40 of 2022 and 50 of 2023: also where the successor is of another kind than the unit."""
    units = [*UNITS, unit("A", parent="H", valid_to="2023-12-31", successor_id="S"),
             unit("S", kind, "R" if kind == "hospital" else "H")]  # fmt: skip
    rows = [budget("A", 2022, 40.0), budget("A", 2023, 50.0), budget("S", 2024, 90.0)]
    found = evaluated(units, budgets=rows)
    assert told(found, finding) == [["S", "units", 90.0, None, "A"]]


@pytest.mark.parametrize("figures", [(2e6, 3e6, 0.0), (3e6, 0.0)])
def test_a_zero_at_an_end_is_told_and_stays(figures):
    """0 after 3 000 000 元: nothing was executed, or nothing was submitted."""
    rows = [budget("D", 2023 + n, figure, 3e6) for n, figure in enumerate(figures)]
    year = 2023 + figures.index(0.0)
    found = evaluated(year=year, budgets=rows)
    assert told(found, "zero_at_end") == [["D", "budgets.executed", 0.0, None, ""]]
    assert rate(found, "execution_rate", year) == [0.0, ""]
    rows[figures.index(0.0)]["reason"] = "停诊"
    assert told(evaluated(year=year, budgets=rows), "zero_at_end") == []


def test_a_fund_that_spends_nothing_after_large_years_has_no_figure():
    rows = [{"unit_id": "R", "year": 2022 + n, "expenditure": figure}
            for n, figure in enumerate((2e6, 3e6, 0.0))]  # fmt: skip
    found = evaluated(funds=rows)
    assert told(found, "zero_between") == [["R", "funds.expenditure", 0.0, None, ""]]
    assert rate(found, "expenditure_growth", 2024, "R")[1] == "missing_numerator"


@pytest.mark.parametrize("merged", [False, True])
def test_spending_without_a_budget_lifts_no_rate(merged):
    """70 of 100 in one scheme and 60 of 0 in another, or by a merged unit: 70 %, not 130."""
    other = {"unit_id": "A"} if merged else {"scheme": "resident"}
    mine = {} if merged else {"scheme": "employee"}
    units = [*UNITS, unit("A", parent="H", valid_to="2023-12-31", successor_id="D")]
    rows = [budget("D", 2024, 70.0, **mine), {**budget("D", 2024, 60.0, 0.0), **other}]
    found = evaluated(units, budgets=rows)
    assert rate(found, "execution_rate") == [0.7, ""]


ALLIANCE = [
    unit("R", "region"), unit("A", "alliance", "R"),
    *(unit(each, "hospital", "R", alliance_id="A") for each in ("H1", "H2")),
]  # fmt: skip


def test_members_that_spent_without_budgets_in_two_schemes_are_each_told():
    """494 + 294 and 194 + 94, all without a budget: the alliance has 688 and 388."""
    spent = {("H1", "employee"): 494.0, ("H1", "resident"): 294.0,
             ("H2", "employee"): 194.0, ("H2", "resident"): 94.0}  # fmt: skip
    rows = [budget(one, 2024, money, 0.0, scheme=of) for (one, of), money in spent.items()]
    found = evaluated(ALLIANCE, budgets=rows)
    assert [(row[0], row[2]) for row in told(found, "spending_without_budget")] == [
        ("A", 688.0), ("A", 388.0), ("H1", 494.0), ("H1", 294.0), ("H2", 194.0), ("H2", 94.0),
    ]  # fmt: skip


def next_budgets(found):
    rows = found.budget[found.budget["step"] == "next_budget"]
    return {(row.unit_id, row.scheme): row.reason for row in rows.itertuples()}


def test_a_member_without_a_budget_leaves_its_alliance_none_in_any_scheme():
    """H1 states nothing, H2 one scheme: of the two together there is one row, with the reason."""
    found = evaluated(ALLIANCE, budgets=[budget("H2", 2024, 90.0, scheme="employee")])
    named = next_budgets(found)
    assert named["A", "all"] == "member_missing"
    assert ("A", "employee") not in named
    assert named["H1", "all"] == "no_budget"


def test_an_alliance_is_whole_where_one_member_tells_no_schemes_apart():
    """H1 has 100 for all schemes, 90 spent; H2 60 and 40, 57 and 38 spent: 200, 185 spent.

    A row for all schemes of H2 beside its two, and one of H1 of a year before, change nothing.
    """
    rows = [
        budget("H1", 2024, 90.0), budget("H2", 2024, 57.0, 60.0, scheme="employee"),
        budget("H2", 2024, 38.0, 40.0, scheme="resident"),
    ]  # fmt: skip
    for more in ([], [budget("H2", 2024, 95.0), budget("H1", 2023, 1.0)]):
        found = evaluated(ALLIANCE, budgets=[*rows, *more])
        rows_of = found.indicators.query(
            "indicator == 'execution_rate' and unit_id == 'A' and year == 2024"
        )
        columns = ["scheme", "numerator", "denominator", "value"]
        assert rows_of[columns].values.tolist() == [["all", 185.0, 200.0, 0.925]]
        assert {scheme for unit_id, scheme in next_budgets(found) if unit_id == "A"} == {"all"}


def test_balances_of_merged_funds_that_do_not_add_up():
    """Two funds of a unit that took over another, both off by 1: two findings, and no stop."""
    units = [unit("R", "region"), unit("Q", "region", valid_to="2023-12-31", successor_id="R")]
    rows = [{"unit_id": name, "year": 2024, "scheme": scheme, "opening": 10.0, "income": 5.0,
             "expenditure": 4.0, "closing": 10.5}
            for name in ("R", "Q") for scheme in ("employee", "resident")]  # fmt: skip
    found = told(evaluated(units, funds=rows), "submitted_differs")
    assert [row[:4] for row in found] == [["R", "funds.closing", 21.0, 22.0]] * 2
