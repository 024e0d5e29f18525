"""The figures and texts of findings as a page shows them."""

from __future__ import annotations

import re

import pytest

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report.format.indicator_formats import number_formats_of_finding
from fundeval.report.report import Report
from fundeval.report.sections.advice import CASES, case_of
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.rows import FindingRow
from fundeval.words import catalogue, say
from tests.evaluation.build import budget, dataset, unit
from tests.messages import says, word
from tests.report.pages import rows_of, text_at

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


def regions(*funds):
    """Return the view of a region over four: resident funds of (income, expenditure, closing)."""
    units = [unit("P", "region"), *(unit(f"R{n}", "region", "P") for n, _ in enumerate(funds))]
    rows = [
        {"unit_id": f"R{n}", "year": YEAR, "scheme": "resident", "income": income,
         "expenditure": spent, "opening": closing - income + spent, "closing": closing}
        for n, (income, spent, closing) in enumerate(funds)
    ]  # fmt: skip
    found = evaluate(dataset(units=units, funds=rows), load("national"), YEAR)
    return View(found, summarize_descendants(found), "P", "zh")


def test_who_pays_into_the_adjustment_is_not_told_that_its_surplus_is_low():
    """R0 spends 99 of 100 and is below the line of 5 %; R1 and R2 have 40 and 30 of 100 left."""
    view = regions((100e6, 99e6, 10e6), (100e6, 60e6, 90e6), (100e6, 70e6, 90e6))
    moved = view.rows(FindingRow, finding="provincial_adjustment")
    way = {row.unit_id: case_of(view, row) for row in moved}
    assert way == {"R0": "received", "R1": "paid", "R2": "paid"}
    shown = Report(view).show("advice").markup
    title = "finding.provincial_adjustment"
    for case, names in (("received", "R0"), ("paid", "R1；R2")):
        text = say("advice.rest", "zh", who=names, advice=say(f"{title}.advice.{case}", "zh"))
        assert says(shown, title)
        assert text in shown


@pytest.mark.parametrize(
    ("spent", "case"),
    [(101e6, "deficit"), (97e6, "below_adjustment"), (90e6, "above_adjustment")],
)
def test_a_low_surplus_is_advised_on_by_how_low_it_is(spent, case):
    """Of an income of 100: −1 %, 3 % and 10 %; the line of adjustment is 5 %, of warning 15 %."""
    view = regions((100e6, spent, 50e6))
    (row,) = view.rows(FindingRow, finding="surplus_low")
    assert case_of(view, row) == case


def test_every_case_that_advice_names_belongs_to_a_kind_that_has_cases():
    named = {
        name.split(".")[1] for name in catalogue()
        if re.fullmatch(r"finding\.\w+\.advice\.\w+", name)
    }  # fmt: skip
    assert named == {*CASES}


def test_what_has_a_value_is_not_called_without_one(city):
    """Average stay of the four tertiary hospitals: too few to be ranked, not without data."""
    page = Report(city).show("findings").markup
    assert rows_of(page, "finding-cannot_judge-valued") == [
        ["望澜市中医医院", "9.16 天"], ["望澜市第一人民医院", "8.67 天"],
        ["望澜市妇幼保健院", "8.12 天"], ["望澜市中心医院", "7.97 天"],
    ]  # fmt: skip
    assert word("reason.too_few_peers") in text_at(page, "finding-cannot_judge-valued")


def test_the_worst_come_first_and_the_rest_is_folded(city):
    """13 growths above 5 %: the unit's own first, then by how far above; five are open."""
    page = Report(city).show("findings").markup
    rows = rows_of(page, "finding-growth_above_limit")
    assert len(rows) == 13
    gaps = [float(row[-1].removesuffix(" 个百分点")) for row in rows]
    assert gaps[0] == 0.03
    assert gaps[1:] == sorted(gaps[1:], reverse=True)
    at = page.index('id="finding-growth_above_limit"')
    opened = page[at : page.index("<details>", at)]
    assert opened.count("<tr>") == 1 + 5


def test_places_of_findings_are_there_once_and_advice_leads_to_them(city):
    page = Report(city).show("findings", "advice").markup
    places = re.findall(r'id="(finding-[^"]+)"', page)
    assert len(places) == len({*places})
    assert {*re.findall(r'href="#(finding-[^"]+)"', page)} <= {*places}


def test_an_award_without_a_reason_asks_for_one_and_with_one_for_proof(city):
    cases = {
        (row.unit_id, case_of(city, row)): bool(row.detail)
        for row in city.everyone(FindingRow, finding="conflict_award_below")
    }
    assert {is_given: case for (_, case), is_given in cases.items()} == {True: "given", False: ""}
