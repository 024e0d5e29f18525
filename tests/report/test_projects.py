"""The review of projects and the views of the two-year rule, as people read them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re

import pytest

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.problems import BadInputError
from fundeval.report import report
from fundeval.report.workbook.sheets import sheets
from fundeval.results import parquet
from fundeval.workbench.explain import explain_unit
from fundeval.workbench.suppose import suppose
from tests.messages import says

HOSPITAL, RESTRICTED, REGION = "H99010000001", "H99010000001-D05", "990103"


@pytest.fixture(scope="module")
def folder(city_run):
    return city_run / "evaluation"


def cells(markup):
    """Return the cells of each row of a table, by the id that its first cell begins with."""
    rows = re.findall(r"<tr>(.*?)</tr>", markup, re.DOTALL)
    texts = [[html.unescape(re.sub("<[^>]+>", "", c)).strip()
              for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
             for row in rows]  # fmt: skip
    return {row[0].split()[0]: row for row in texts if row}


@pytest.fixture(scope="module")
def left(evaluated_city):
    """What A06 is granted: 40 % of the envelope, downwards to the 分, less 2 600 000 for A05."""
    rows = evaluated_city.project_reviews.set_index("project_id")
    fen = round(rows.loc["A06", "envelope"] * 100) * 40 // 100 - 260_000_000
    return fen / 100


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hospital_sees_what_became_of_each_project(folder, lang, left):
    shown = report.open_unit(HOSPITAL, folder, lang).show("projects").markup
    rows = cells(shown)
    assert set(rows) >= {f"A0{n}" for n in range(1, 10)}
    assert rows["A01"][-2] == "120.00"
    assert rows["A06"][-2] == f"{left / 10_000:,.2f}"
    assert rows["A09"][-2] == "—"
    assert "2025" in rows["A03"][-1]
    assert "A01" in rows["A08"][-1]
    assert says(shown, "projects.sums_undetermined", lang=lang, count=1)


def test_a_department_sees_its_own(folder):
    shown = report.open_unit(RESTRICTED, folder).show("projects").markup
    assert "A03" in cells(shown)
    assert "A01" not in cells(shown)
    assert says(shown, "projects.restricted", until=2025)


def test_who_asks_for_nothing_is_told_so_and_without_a_library_that(folder, city, tmp_path):
    shown = report.open_unit("H99010000003", folder).show("projects").markup
    assert says(shown, "none.projects", next=2025)
    assert says(report.open_unit("990101", folder).show("projects").markup,
                "none.projects_of_region", next=2025)  # fmt: skip
    files = tuple(file for file in city.inputs if "projects" not in file.rows)
    without = dataclasses.replace(city, projects=city.projects.iloc[:0], inputs=files)
    parquet.write(evaluate(without, policy.load("national"), 2024), tmp_path)
    shown = report.open_unit(HOSPITAL, tmp_path).show("projects").markup
    assert says(shown, "none.projects_no_table")


def test_a_project_is_explained_by_its_cells_parts_and_place(folder):
    """A02: 1 260 000 of 1 400 000 spent (90 %, 18 points), 1 800 of 2 000 achieved (90 %, 45),
    cost per benefit 1 (30): 93. A01 took 1 200 000 before it."""
    text = explain_unit(folder, HOSPITAL, "project A02", "zh")
    assert "projects.csv" in text
    assert "1,260,000.00" in text
    assert "90 × 20 ÷ 100 = 18" in text
    assert "45 + 30 + 18 = 93" in text
    assert "1,200,000.00" in text


def test_a_department_is_told_of_the_envelope_it_shares(folder, left):
    text = explain_unit(folder, "H99010000001-D20", "项目 A06", "zh")
    assert "76 × 100 ÷ 100 = 76" in text
    assert f"{left:,.2f}" in text
    assert "2,600,000.00" in text


def test_a_stated_envelope_is_cited_by_its_cell(folder):
    assert "context.csv" in explain_unit(folder, REGION, "project R03", "en")


def test_an_unknown_project_is_refused_with_those_there_are(folder):
    with pytest.raises(BadInputError) as error:
        explain_unit(folder, REGION, "project A01", "en")
    assert "R01, R02, R03" in error.value.text("en")


def test_the_workbook_has_each_project(folder, left):
    view = report.open_unit("", folder, "en").view
    whole = dataclasses.replace(view.evaluation, **parquet.read(folder).frames())
    named = {sheet.title: sheet.frame for sheet in sheets(type(view)(
        whole, view.descendants, view.unit_id, "en"))}  # fmt: skip
    rows = named["Projects"].set_index("project_id")
    assert len(rows) == 15
    assert rows.loc["A06", "granted"] == left
    assert rows.loc["A03", "decision"].startswith("Refused")


def test_both_views_of_the_two_year_rule_stand_side_by_side(folder):
    shown = report.open_unit("H99010600001", folder).show("views").markup
    assert len(cells(shown)) == 1 + 3
    assert "90.477%" in shown or "90.48%" in shown
    assert not report.open_unit(HOSPITAL, folder).show("views").markup
    text = explain_unit(folder, "H99010600001-D09", "restriction", "zh")
    assert says(text, "explain.views")


def test_who_lifts_a_restriction_and_when_is_printed(folder):
    shown = report.open_unit(RESTRICTED, folder).show("departments").markup
    assert says(shown, "restriction.until", until=2025)
    assert "节约" in shown
    text = explain_unit(folder, RESTRICTED, "restriction", "zh")
    assert says(text, "explain.restriction_lift", years=1, until=2025)


def test_a_restriction_by_one_scheme_is_derived_from_its_cells(city, tmp_path):
    """By any scheme of 97 % the lowest decides, and only its rows are added up."""
    rules = suppose(
        policy.load("national"),
        {"restriction_by": "any_scheme", "execution_floor": 0.97}, dt.date(2024, 12, 31),
    )  # fmt: skip
    found = evaluate(city, rules, 2024)
    now = found.restrictions.query("year == 2024 and state == 'restricted' and scheme != 'all'")
    parquet.write(found, tmp_path)
    row = now.iloc[0]
    text = explain_unit(tmp_path, row["unit_id"], "restriction", "en")
    rates = re.findall(r"÷ [\d,.]+ = ([\d.]+)", text)
    assert [float(rate) for rate in rates] == pytest.approx([row["previous_rate"], row["rate"]])
