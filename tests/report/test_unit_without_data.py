"""A unit without figures of the year gets one screen; what a unit has of funds and measures."""

from __future__ import annotations

import pytest

from fundeval import policy, tables
from fundeval.evaluation import evaluate
from fundeval.report.report import PARTS, Report
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from tests.evaluation.build import budget, dataset, unit
from tests.messages import says, word
from tests.report.pages import rows_of

UNITS = [
    unit("R", "region"), unit("C", "region", "R"), unit("H", "hospital", "C"),
    unit("O", "hospital", "R"), unit("N", "hospital", "R"), unit("P", "hospital", "R"),
]  # fmt: skip
BUDGETS = [budget("H", year, 95.0) for year in (2023, 2024)] + [budget("O", 2022, 95.0)]
FUNDS = [
    {"unit_id": "R", "year": 2023, "scheme": "employee", "opening": 1e7, "income": 5e6,
     "expenditure": 4e6, "closing": 1.1e7, "transfer_in": 2e5, "transfer_out": 1e5},
    {"unit_id": "R", "year": 2024, "scheme": "employee", "opening": 1.1e7, "income": 5e6,
     "expenditure": 4e6, "closing": 1.2e7},
]  # fmt: skip
MEASURES = [
    {"unit_id": "H", "year": year, "measure": "calls", "value": 12.0 * n}
    for n, year in enumerate((2023, 2024), start=1)
]
PROJECTS = [
    {"unit_id": "P", "year": 2025, "project_id": "P1", "project": "新设科室", "category": "basic",
     "stage": "new", "requested": 1e6, "appraisal": 80.0},
]  # fmt: skip


@pytest.fixture(scope="module")
def show():
    given = dataset(units=UNITS, budgets=BUDGETS, funds=FUNDS, measures=MEASURES, projects=PROJECTS)
    found = evaluate(given, policy.load("national"), 2024)
    below = summarize_descendants(found)
    return lambda unit_id, *parts, lang="zh": (
        Report(View(found, below, unit_id, lang)).show(*parts).markup
    )


def test_units_above_one_with_data_are_not_without(show):
    for unit_id in ("R", "C", "H"):
        assert not says(show(unit_id, "verdict"), "no_data.elsewhere", year=2024)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_unit_without_data_has_one_screen_that_says_which_years_have_some(show, lang):
    shown = show("O", *PARTS, lang=lang)
    assert says(shown, "no_data.elsewhere", lang, name="O", year=2024)
    assert [row[1] for row in rows_of(shown, "table-no_data")] == ["2022"]
    assert shown.count("<table") <= 3
    assert says(show("N", *PARTS, lang=lang), "no_data.nowhere", lang, name="N", year=2024)
    assert show("O", "scorecard") == ""


def test_a_unit_that_only_asks_for_projects_shows_them(show):
    shown = show("P", "verdict", "projects")
    assert not says(shown, "no_data.nowhere", name="P", year=2024)
    assert "P1 新设科室" in shown


def test_published_figures_say_of_each_unit_when_they_have_some():
    about = evaluate(tables.load("sample:public"), policy.load("retrospective"), 2015).about
    without = about["dataset"]["elsewhere"]
    assert set(without) == {"000000", "621000", "COUNTY-2023", "ZJ-PILOT"}
    assert without["000000"]["budgets"] == [2013]
    assert without["COUNTY-2023"]["budgets"] == [2023, 2024]
    assert without["ZJ-PILOT"] == {"measures": [2022]}


def test_a_fund_says_what_it_took_in_spent_and_holds_and_what_does_not_add_up(show):
    """1 000 + 500 + 20 − 400 − 10 = 1 110 万元 and not 1 100; 1 100 + 500 − 400 = 1 200."""
    shown = show("R", "fund_accounts")
    rows = rows_of(shown, "table-fund_accounts")
    assert rows[0][1:] == [
        "1,000.00", "500.00", "20.00", "400.00", "10.00", "+110.00", "1,100.00",
    ]  # fmt: skip
    assert rows[1][-2:] == ["+100.00", "1,200.00"]
    assert says(shown, "fund_accounts.differs", year=2023, amount="-10.00 万元")
    assert not says(shown, "fund_accounts.differs", year=2024)
    assert show("H", "fund_accounts") == ""


def test_a_measure_without_score_and_unit_is_shown_as_supplied_and_never_as_percent(show):
    [row] = rows_of(show("H", "declared"), "table-supplied")
    assert row[1:] == ["24", "12", word("report.missing")]
