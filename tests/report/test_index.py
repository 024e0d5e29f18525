import base64
import hashlib
import re

import pytest

from fundeval.report.pages.run_index import Entry, render_index
from tests.messages import says, word

SCRIPT = "<script>alert(1)</script>"
ENTRIES = {
    "": Entry("reports/overview.html"),
    "H1": Entry("reports/H1.html"),
    "H2": Entry(error="ValueError: bad"),
}


def part(page, start, end):
    return page[page.index(start) : page.index(end)]


def texts(row):
    return [re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]


def test_units_are_a_tree_with_failed_ones_and_totals(evaluation):
    page = render_index(evaluation, ENTRIES, "zh")
    rows = [texts(row) for row in part(page, "<tbody>", "</tbody>").splitlines()[1:]]
    assert [row[0] for row in rows] == [
        "甲市",
        "甲医院&lt;script&gt;alert(1)&lt;/script&gt;",
        "乙医院",
    ]
    city, first, second = rows
    kind, grade = word("kind.hospital"), word("grade.good")
    assert first[1:7] == ["甲市", kind, grade, "89.996", "89.996%", "1／2"]
    assert first[-2:] == ["+3.00%", word("index.state.made")]
    assert second[-1] == f"{word('index.state.failed')}: ValueError: bad"
    assert city[-1] == word("index.state.none")
    assert "reports/H2" not in page
    assert texts(part(page, "<tfoot>", "</tfoot>"))[6:9] == ["1", "1,030.01", "+3.00%"]


def test_each_level_is_held_against_the_budget_above_it(evaluation):
    page = render_index(evaluation, ENTRIES, "en")
    levels = part(page, "Totals against the envelope", "</main>")
    rows = [texts(row) for row in part(levels, "<tbody>", "</tbody>").splitlines()[1:]]
    assert rows == [
        ["Level 1: Region", "1", "1", "1,030.01", "—", "—"],
        ["Level 2: Hospital", "2", "2", "2,060.02", "1,030.01", "-1,030.01"],
        ["Level 2: Region", "2", "0", "0.00", "1,030.01", "1,030.01"],
        ["Level 3: Department", "3", "3", "3,090.03", "2,060.02", "-1,030.01"],
    ]


def test_a_part_of_a_run_says_so_and_why_units_have_no_report(evaluation):
    skipped = {"H2": Entry(skipped="not_selected"), "R1": Entry(skipped="not_existing")}
    page = render_index(evaluation, ENTRIES | skipped, "zh")
    assert says(page, "index.part", count=2)
    assert word("index.state.not_selected") in page
    assert word("index.state.not_existing") in page
    assert not says(render_index(evaluation, ENTRIES, "zh"), "index.part")


def test_the_page_is_the_same_each_time_and_runs_only_its_own_script(evaluation):
    page = render_index(evaluation, {"H1": Entry(error=SCRIPT)}, "zh")
    assert page == render_index(evaluation, {"H1": Entry(error=SCRIPT)}, "zh")
    assert SCRIPT not in page
    (script,) = re.findall(r"<script.*?>(.*?)</script>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    outside = page.replace(script, "")
    assert "http://" not in outside
    assert "https://" not in outside


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_unit_that_cannot_be_judged_says_why(evaluation, lang):
    evaluation.grades[["grade", "score"]] = [None, float("nan")]
    evaluation.grades["reason"] = "low_coverage"
    evaluation.budget["amount"] = float("nan")
    evaluation.budget["reason"] = "no_budget"
    rows = part(render_index(evaluation, ENTRIES, lang), "<tbody>", "</tbody>")
    for reason in ("low_coverage", "no_budget"):
        assert word(f"reason.{reason}", lang) in rows
    assert "nan" not in rows


def test_a_run_within_the_year_lists_levels_progress_and_alerts(evaluated_city):
    """By unit the gravest scheme of the latest month, in shape and word; a filter of the words."""
    ids = ("990106", "H99010600001", "H99010500002")
    entries = {unit: Entry(f"reports/{unit}.html") for unit in ids}
    page = render_index(evaluated_city, entries, "zh", within_year=True)
    rows = [texts(row) for row in part(page, "<tbody>", "</tbody>").splitlines()[1:]]
    by_name = {row[0]: row for row in rows}
    hospital, over = by_name["霁山县人民医院"], by_name["禾浦县中医医院"]
    assert hospital[3] == f"◆ {word('warning.blue')}"
    assert "◆ 85.45%" in hospital[4]
    assert says(hospital[5], "index.alerts", count=3, unchecked=1, late=1)
    assert over[3] == f"■ {word('warning.red')}"
    assert over[5] == "—"
    assert f"<option>◆ {word('warning.blue')}</option>" in page
    assert says(page, "index.levels_of_month", month=12)
    assert says(page, "periods.last_band", level=f"■ {word('warning.red')}", start="105%")
    for absent in ("index.totals.note", "index.column.grade", "index.levels"):
        assert f">{word(absent)}<" not in page
