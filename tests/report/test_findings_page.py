"""The figures and texts of findings as a page shows them."""

from __future__ import annotations

import pytest

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report.format.indicator_formats import number_formats_of_finding
from fundeval.report.report import Report
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from tests.evaluation.build import budget, dataset, unit
from tests.messages import says

YEAR = 2024
SCORED = ("grade_capped", "scorecard_lowest", "capped_to_lowest", "fund_graded_lowest")


@pytest.fixture(scope="module")
def city(evaluated_city):
    return View(evaluated_city, summarize_descendants(evaluated_city), "990100", "zh")


@pytest.mark.parametrize("finding", SCORED)
def test_a_score_is_points_in_both_languages(city, finding):
    """66.06 points of 100 are no 6,606 %."""
    number_format, _ = number_formats_of_finding(finding, "credit")
    assert city.numbers.format_as(number_format, 66.0601) == "66.06 分"


def test_no_score_of_the_city_is_shown_as_a_percent(city):
    """Every figure of a finding that is more than 50 is an amount, a number or a score."""
    units, formats = city.policy.units, {}
    for row in city.evaluation.findings.itertuples():
        found = number_formats_of_finding(row.finding, row.subject, units)
        for figure, number_format in zip((row.value, row.expected), found, strict=True):
            if number_format in {"percent", "points"} and abs(figure) > 50:
                formats[row.finding] = figure
    assert not formats
    shown = Report(city.at("H99010700004")).show("findings").markup
    assert says(shown, "finding.grade_capped.text", value="66.06 分")
    assert "6,606" not in shown


@pytest.mark.parametrize(
    ("executed", "shown"),
    [((89_996.0, 80_004.0), ("89.996%", "80.00%")), ((89_960.0, 89_960.4), ("89.96%", "89.96%"))],
)
def test_both_rates_of_a_restriction_are_held_against_their_floors(executed, shown):
    """89.996 % needs three decimals beside a floor of 90 %; 80.004 % and 89.9604 % need two."""
    units = [unit("H", "hospital"), unit("D", parent="H")]
    rows = [budget("D", year, each, 100_000.0)
            for year, each in zip((YEAR - 1, YEAR), executed, strict=True)]  # fmt: skip
    found = evaluate(dataset(units=units, budgets=rows), load("national"), YEAR)
    view = View(found, summarize_descendants(found), "D", "en")
    page = Report(view).show("findings").markup
    assert says(page, "finding.restricted.text", "en", expected=shown[0], value=shown[1])
