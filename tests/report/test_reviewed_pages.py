"""What a reviewer asks of a page: which unit, which unit of measure, of what, and why."""

from __future__ import annotations

import re
from dataclasses import replace

import nbformat
import pytest
from bs4 import BeautifulSoup

from fundeval import report
from fundeval.report import Report
from fundeval.report.report import PARTS
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.rows import AllocationRow
from fundeval.words import catalogue
from tests.messages import says, word
from tests.report.pages import FOLDER, rows_of

LANGS = ("zh", "en")
YEAR = 2024


@pytest.fixture
def opened(city_run):
    return lambda unit_id, lang: report.open_unit(unit_id, city_run / "evaluation", lang)


def heads_of(page, place):
    cells = BeautifulSoup(page, "html.parser").find(id=place).select("thead th")
    return [cell.get_text() for cell in cells]


@pytest.mark.parametrize("lang", LANGS)
def test_a_change_by_the_result_says_what_it_is_a_share_of(opened, lang):
    """The base and the budget after the envelope differ, and so do shares of the two."""
    shown = opened("990101", lang)
    rows = shown.view.own(AllocationRow, scheme="employee")
    [share] = [shown.view.numbers.change(row.net / row.envelope) for row in rows]
    assert share == "-1.34%"
    text = shown.show("use_of_results").markup
    assert says(text, "apply.moved", lang, share=share)
    told = catalogue()["apply.moved"][lang]
    assert {"zh": "总额约束后", "en": "after the envelope"}[lang] in told


@pytest.mark.parametrize("lang", LANGS)
def test_a_conflict_with_an_award_names_the_departments_that_are_low(opened, evaluated_city, lang):
    """The hospital itself executes well; General Surgery is restricted."""
    hospital, department = "H99010100001", "H99010100001-D03"
    state = evaluated_city.restrictions.query(f"year == {YEAR}").set_index("unit_id")["state"]
    assert state[state.index.str.startswith(hospital) & (state == "restricted")].index == [
        department
    ]
    units = evaluated_city.units.set_index("unit_id")["name_en" if lang == "en" else "name"]
    for part in ("in_brief", "advice"):
        assert says(
            opened("990101", lang).show(part).markup, "conflicts.with_departments", lang,
            name=units[hospital], departments=units[department],
        )  # fmt: skip
    own = BeautifulSoup(opened(hospital, lang).show("advice").markup, "html.parser")
    title = word("finding.conflict_award_below", lang)
    [line] = [item.get_text() for item in own.select("li") if title in item.get_text()]
    assert units[department] in line


@pytest.mark.parametrize("lang", LANGS)
def test_a_supplied_measure_is_defined_and_the_quantiles_are_explained(opened, lang):
    shown = opened("990101", lang)
    page = BeautifulSoup(shown.show("scorecard").markup, "html.parser")
    told = {name.get_text(): name.find_next("dd").get_text() for name in page.select("dt")}
    satisfaction = told[shown.view.messages.indicator("satisfaction")]
    assert word("definition.supplied", lang) in satisfaction
    assert word("better.higher", lang) in satisfaction
    rows = rows_of(str(page), "table-scorecard")
    assert len(told) == len({row[0].split("（")[0].split(" (Emp")[0] for row in rows})
    assert says(str(page), "scorecard.quantiles", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_chapters_of_a_report_have_headings_that_differ_and_problems_one_of_their_own(lang):
    for name in ("region", "hospital"):
        cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
        source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        calls = re.findall(r"r\.(chapter|section|sections)\(([^)]*)\)", source)
        keys = [
            key
            for way, given in calls
            for key in re.findall(r'"(\w+)"', given)[: None if way == "sections" else 1]
        ]
        texts = [word(f"heading.{key}", lang) for key in keys]
        assert len(texts) == len(set(texts))
        assert keys.index("problems") == keys.index("practices") + 1
        # Not the same words in another order or with one more.
        funds, accounts = (word(f"heading.{key}", lang) for key in ("funds", "fund_accounts"))
        assert funds[:4] != accounts[:4]


@pytest.mark.parametrize("lang", LANGS)
def test_a_gap_has_the_unit_of_what_it_is_a_gap_in(opened, lang):
    """A refill of diabetes covers 60 days, 30 more than may be."""
    shown = opened("990101", lang).show("findings").markup
    rows = rows_of(shown, "table-finding-group_beyond_limit-warning")
    assert says(rows[0][-1], "report.days", lang, value="+30.00")


@pytest.mark.parametrize("lang", LANGS)
def test_departments_below_have_a_state_and_other_units_a_number_of_them(opened, lang):
    state, number = (word(f"column.{name}", lang) for name in ("state", "restricted"))
    hospital = heads_of(opened("H99010400002", lang).show("children").markup, "table-children")
    assert (state in hospital, number in hospital) == (True, False)
    region = heads_of(opened("990101", lang).show("children").markup, "table-children")
    assert (state in region, number in region) == (False, True)


@pytest.mark.parametrize("lang", LANGS)
def test_all_departments_drawn_are_not_called_the_lowest(opened, lang):
    shown = opened("H99010400002", lang).show("departments").markup
    assert says(shown, "chart.departments.all", lang)
    assert not says(shown, "chart.departments.lowest", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_grade_on_part_of_the_weight_says_so_beside_it(opened, evaluated_city, lang):
    """Centres have no figure of readmission, which weighs 10 of 95."""
    grades = evaluated_city.grades.set_index("unit_id")["coverage"]
    partly, whole = "H99010300003", "990103"
    assert grades[partly] < 1 == grades[whole]
    shown = opened(partly, lang)
    coverage = shown.view.numbers.percent(float(grades[partly]), 1)
    assert says(shown.show("verdict").markup, "fact.partial", lang, coverage=coverage)
    assert not says(opened(whole, lang).show("verdict").markup, "fact.partial", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_float_taken_from_the_policy_for_want_of_a_stated_one_says_so(evaluated_city, lang):
    """990106 is under economic stress; 990103 is not, and needs no float."""
    tables = dict(evaluated_city.tables)
    tables["context"] = tables["context"].assign(budget_float=float("nan"))
    given = replace(evaluated_city, tables=tables)
    descendants = summarize_descendants(given)
    for unit_id, told in (("990106", True), ("990103", False)):
        view = View(given, descendants, unit_id, lang)
        shown = Report(view).show("bridge").markup
        assert says(shown, "explain.float_of_policy", lang, year=YEAR + 1) == told


@pytest.mark.parametrize("lang", LANGS)
def test_tables_that_were_not_supplied_are_named_at_the_end(opened, evaluation, lang):
    """The hand-made evaluation has units alone; the city has every table."""
    view = View(evaluation, summarize_descendants(evaluation), "010000", lang)
    [line] = [
        note.get_text()
        for note in BeautifulSoup(PARTS["provenance"](view).markup, "html.parser").select("p")
        if says(note.get_text(), "provenance.absent", lang)
    ]
    assert {"zh": "医疗服务", "en": "services"}[lang] in line
    assert not says(opened("990101", lang).show("provenance").markup, "provenance.absent", lang)
