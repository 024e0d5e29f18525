"""The largest deviations from peers and past, and the use of results rule by rule."""

from __future__ import annotations

import pytest

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report.report import Report
from fundeval.report.sections.deviations import beside_past, beside_peers
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from tests.evaluation.build import budget, dataset, unit
from tests.messages import says

NATIONAL = load("national")
YEAR = 2024


def hospitals(shares, years=(YEAR,)):
    """Return a view of hospitals whose drugs are these shares of their inpatient cost."""
    units = [unit("R", "region")]
    units += [{**unit(f"H{n}", "hospital", "R"), "level": "secondary"} for n in range(len(shares))]
    services = [
        {"unit_id": f"H{n}", "year": year, "setting": "inpatient", "care_level": "secondary",
         "admissions": 1000.0, "cost": 1e6, "drug_cost": 1e6 * of_year[place]}
        for n, of_year in enumerate(shares) for place, year in enumerate(years)
    ]  # fmt: skip
    found = evaluate(dataset(units=units, services=services), NATIONAL, YEAR)
    return View(found, summarize_descendants(found), "H0", "zh")


def test_the_distance_from_peers_is_in_their_interquartile_ranges():
    """Drug shares of 40, 20, 22, 24 and 26 %: the median is 24, the quartiles are 22 and 26.
    (40 − 24) ÷ (26 − 22) = 4, and a lower share is better."""
    view = hospitals([[0.40], [0.20], [0.22], [0.24], [0.26]])
    found = beside_peers(view, view.row("drug_share", YEAR))
    assert (round(found.distance, 6), found.verdict) == (4.0, "worse")
    assert beside_peers(view.at("H1"), view.at("H1").row("drug_share", YEAR)).verdict == "better"


def test_too_few_peers_are_said_to_be_so():
    view = hospitals([[0.40], [0.20], [0.22], [0.24]])
    assert beside_peers(view, view.row("drug_share", YEAR)) is None
    assert says(Report(view).show("deviations").markup, "none.deviations_peers", few=5)


def test_the_distance_from_the_past_is_in_the_spread_of_up_to_three_years():
    """50 % in 2020 no longer counts; 30, 32 and 34 have a mean of 32 and a spread of 4:
    (24 − 32) ÷ 4 = −2, which is better."""
    view = hospitals([[0.50, 0.30, 0.32, 0.34, 0.24]], range(2020, 2025))
    found = beside_past(view, view.row("drug_share", YEAR))
    assert (round(found.distance, 6), found.last, found.verdict) == (-2.0, 0.34, "better")


@pytest.mark.parametrize(
    "shares", [[[0.30, 0.24]], [[0.30, 0.30, 0.24]], [[0.30001, 0.30002, 0.24]]]
)
def test_one_earlier_year_or_years_all_alike_have_no_spread(shares):
    view = hospitals(shares, range(YEAR + 1 - len(shares[0]), YEAR + 1))
    assert beside_past(view, view.row("drug_share", YEAR)) is None


@pytest.mark.parametrize(
    ("executed", "state"),
    [((80.0, 85.0), "restricted"), ((95.0, 85.0), "free"), ((None, 85.0), "undetermined")],
)
def test_the_rule_of_two_years_says_its_outcome(executed, state):
    """80 % and 85 % of 100: below 90 % twice. Without the year before nothing can be said."""
    rows = [budget("D", year, amount) for year, amount in zip((2023, YEAR), executed, strict=True)
            if amount is not None]  # fmt: skip
    units = [unit("H", "hospital"), unit("D", parent="H")]
    found = evaluate(dataset(units=units, budgets=rows), NATIONAL, YEAR)
    shown = Report(View(found, summarize_descendants(found), "D", "en")).show("by_rule").markup
    said = {each for each in ("restricted", "free", "undetermined")
            if says(shown, f"by_rule.state.{each}", "en")}  # fmt: skip
    assert state in said
    assert "free" not in said - {state}


def test_a_tiny_spread_gives_no_huge_multiple():
    """30.0 and 30.1 % have a mean of 30.05 and a spread of 0.1: 24 % is 60.5 spreads below."""
    view = hospitals([[0.300, 0.301, 0.24]], range(YEAR - 2, YEAR + 1))
    found = beside_past(view, view.row("drug_share", YEAR))
    assert round(found.distance, 6) == -60.5
    assert says(Report(view).show("deviations").markup, "deviations.beyond", distance="-10")
