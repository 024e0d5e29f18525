import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from fundeval.batch.jobs import file_stem
from fundeval.report.pages import run_index
from fundeval.report.pages.index_parts import divide
from fundeval.report.pages.run_index import Entry
from tests.messages import says, word
from tests.report.pages import index_page

SCRIPT = "<script>alert(1)</script>"
ENTRIES = {
    "": Entry("reports/overview.html"),
    "H1": Entry("reports/H1.html"),
    "H2": Entry(error="ValueError: bad"),
}


def part(page, start, end):
    return page[page.index(start) : page.index(end)]


def quick(page):
    """Return word and count of each filter that is one click away, by its address."""
    found = re.findall(r'<li><a href="#([^"]*=[^"]*)">(.*?)</a> (\d+)</li>', page)
    return {address: (word, count) for address, word, count in found}


def texts(row):
    return [re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]


def test_units_are_a_tree_with_failed_ones_and_totals(evaluation):
    page = index_page(evaluation, ENTRIES, "zh")
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
    page = index_page(evaluation, ENTRIES, "en")
    levels = part(page, 'id="levels"', "</main>")
    rows = [texts(row) for row in part(levels, "<tbody>", "</tbody>").splitlines()[1:]]
    assert rows == [
        ["Level 1: Region", "1", "1", "1,030.01", "—", "—"],
        ["Level 2: Hospital", "2", "2", "2,060.02", "1,030.01", "-1,030.01"],
        ["Level 2: Region", "2", "0", "0.00", "1,030.01", "1,030.01"],
        ["Level 3: Department", "3", "3", "3,090.03", "2,060.02", "-1,030.01"],
    ]


def test_a_part_of_a_run_says_so_and_why_units_have_no_report(evaluation):
    skipped = {"H2": Entry(skipped="not_selected"), "R1": Entry(skipped="not_existing")}
    page = index_page(evaluation, ENTRIES | skipped, "zh")
    assert says(page, "index.part", count=2)
    assert word("index.state.not_selected") in page
    assert word("index.state.not_existing") in page
    assert not says(index_page(evaluation, ENTRIES, "zh"), "index.part")


def test_the_page_is_the_same_each_time_and_runs_only_its_own_script(evaluation):
    page = index_page(evaluation, {"H1": Entry(error=SCRIPT)}, "zh")
    assert page == index_page(evaluation, {"H1": Entry(error=SCRIPT)}, "zh")
    assert SCRIPT not in page
    (script,) = re.findall(r'<script type="module">(.*?)</script>', page, re.S)
    assert len(re.findall("<script", page)) == 2
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
    rows = part(index_page(evaluation, ENTRIES, lang), "<tbody>", "</tbody>")
    for reason in ("low_coverage", "no_budget"):
        assert word(f"reason.{reason}", lang) in rows
    assert "nan" not in rows


def test_a_run_within_the_year_lists_levels_progress_and_alerts(evaluated_city):
    """By unit the gravest scheme of the latest month, in shape and word; a filter of the words."""
    ids = ("990106", "H99010600001", "H99010500002")
    entries = {unit: Entry(f"reports/{unit}.html") for unit in ids}
    page = index_page(evaluated_city, entries, "zh", within_year=True)
    rows = [texts(row) for row in part(page, "<tbody>", "</tbody>").splitlines()[1:]]
    by_name = {row[0]: row for row in rows}
    hospital, over = by_name["霁山县人民医院"], by_name["禾浦县中医医院"]
    assert hospital[3] == f"◆ {word('warning.blue')}"
    assert "◆ 85.45%" in hospital[4]
    assert says(hospital[5], "index.alerts", count=3, unchecked=1, late=1)
    assert over[3] == f"■ {word('warning.red')}"
    assert over[5] == "—"
    assert f'<option value="blue">◆ {word("warning.blue")}</option>' in page
    assert quick(page)["warning=red"] == (f"■ {word('warning.red')}", "1")
    assert 'data-warning="red"' in page
    assert says(page, "index.levels_of_month", month=12)
    assert says(page, "periods.last_band", level=f"■ {word('warning.red')}", start="105%")
    for absent in ("index.totals.note", "index.column.grade", "index.levels"):
        assert f">{word(absent)}<" not in page


def data(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.S).group(1))


def rows_of(table):
    return [texts(row) for row in part(table, "<tbody>", "</tbody>").splitlines()[1:]]


def test_rows_are_found_by_codes_and_grades_are_sorted_best_first(evaluation):
    page = index_page(evaluation, ENTRIES, "zh")
    row = re.search('<tr data-id="H1".*', page).group()
    for found in ('data-in="010000"', 'data-kind="hospital"', 'data-grade="good"',
                  'data-report="made"', 'data-restricted="yes"'):  # fmt: skip
        assert found in row
    graded = quick(page)
    assert graded["grade=good"][0] == word("grade.good")
    grades = [name for name in graded if name.startswith("grade=")]
    order = ["excellent", "good", "fair", "poor", "none"]
    assert grades == [f"grade={code}" for code in order if f"grade={code}" in grades]


def test_restricted_departments_are_a_view_of_their_own(evaluation):
    page = index_page(evaluation, ENTRIES, "zh")
    table = part(page, 'id="restricted-departments"', 'id="levels"')
    (row,) = rows_of(table)
    assert row[0] == "内科"
    assert row[2:4] == ["85.00%", "85.00%"] or row[3] == "85.00%"
    assert '<a href="reports/H1.html">' in table
    assert 'href="#restricted-departments"' in page


def test_units_that_are_not_listed_are_found_by_the_one_above_them(evaluation):
    evaluation = replace(evaluation, units=evaluation.units.assign(name_en="Ward"))
    also = data(index_page(evaluation, ENTRIES, "zh"))["also"]
    assert also["H2"] == [["H2-1", "儿科", "Ward"]]
    assert "H1-1" not in also
    assert {unit for unit, *_ in also["010000"]} == {"R1", "R2", "A1"}


def test_a_page_in_english_names_units_in_english_and_finds_them_by_both_names(evaluation):
    english = evaluation.units["unit_id"].map({"H2": "Second Hospital", "H2-1": "Paediatrics"})
    evaluation = replace(evaluation, units=evaluation.units.assign(name_en=english))
    page = index_page(evaluation, ENTRIES, "en")
    assert "Second Hospital" in page
    assert data(page)["also"]["H2"] == [["H2-1", "Paediatrics", "儿科"]]
    assert re.search(r'<tr[^>]* data-other="乙医院"', page)
    # A unit without an English name keeps its own.
    assert "甲县" in page


def test_what_is_in_the_data_of_the_script_cannot_end_it(evaluation):
    page = index_page(evaluation, {"R1": Entry("reports/R1.html")}, "zh")
    inside = re.search(r'id="data">(.*?)</script>', page, re.S).group(1)
    assert SCRIPT[:8] not in inside
    assert ["H1", f"甲医院{SCRIPT}"] in data(page)["also"]["010000"]


TREE = [
    ("city", 0),
    *(each for county in "abc" for each in
      [(county, 1), *((f"{county}{n}", 2) for n in range(4))]),
    ("h1", 1), ("h2", 1),
]  # fmt: skip


@pytest.mark.parametrize("most", range(2, 20))
def test_a_divided_list_has_every_unit_on_one_page_and_no_page_is_longer_than_allowed(most):
    first = divide(TREE, most, str)
    parts = [*first.all()]
    assert all(len(each.rows) <= most for each in parts)
    assert len({each.address for each in parts}) == len(parts)
    assert sorted(unit for each in parts for unit in each.alone) == sorted(u for u, _ in TREE)
    for each in parts:
        below = [unit for part in each.parts for unit in part.covers]
        assert len(below) == len(set(below))
        assert sorted([*below, *each.alone]) == sorted(each.covers)


def test_a_list_is_divided_by_the_regions_below_the_top():
    first = divide(TREE, 8, str)
    assert [unit for unit, _ in first.rows] == ["city", "a", "b", "c", "h1", "h2"]
    assert [part.address for part in first.parts] == [f"index/{name}.html" for name in "abc"]
    assert first.parts[0].rows == [("a", 0), *((f"a{n}", 1) for n in range(4))]


def test_what_is_too_long_even_then_is_shared_out_among_numbered_pages():
    first = divide(TREE, 4, str)
    assert [part.address for part in first.parts] == ["index/city.1.html", "index/city.2.html"]
    assert [part.number for part in first.parts] == [1, 2]
    assert first.parts[0].parts[0].address == "index/a.html"
    assert first.parts[0].parts[0].parts[0].address == "index/a.1.html"


@pytest.mark.parametrize("most", [6, 20])
@pytest.mark.parametrize("within_year", [False, True])
def test_the_pages_of_an_index_add_up(evaluated_city, monkeypatch, most, within_year):
    """Units, reports, grades, restricted departments and budgets, on every page with parts."""
    monkeypatch.setattr(run_index, "MOST_ROWS", most)
    units = evaluated_city.units
    ids = units.loc[units["kind"].isin(["region", "hospital"]), "unit_id"]
    entries = {unit: Entry(f"reports/{unit}.html") for unit in ids}
    entries["H99010600001"] = Entry(error="ValueError")
    pages = run_index.render_index(
        evaluated_city, entries, "zh", within_year, stem=file_stem
    )  # fmt: skip
    assert "index/search.html" in pages
    divided = {name: page for name, page in pages.items() if 'id="parts"' in page}
    assert divided
    for name, page in divided.items():
        *lines, total = rows_of(part(page, 'id="parts"', 'id="how"'))
        counts = slice(1, None if within_year else -1)
        for column in zip(*(line[counts] for line in [*lines, total]), strict=True):
            *shares, whole = (int(text.replace(",", "")) for text in column)
            assert sum(shares) == whole, name
        for address, units_of in re.findall(
            r'<th scope="row"><a href="(?:../)?(index/[^"]+)">.*?</a></th><td[^>]*>(\d+)<',
            part(page, 'id="parts"', 'id="how"'),
        ):
            below = pages[address]
            if 'id="parts"' in below:
                (*_, last) = rows_of(part(below, 'id="parts"', 'id="how"'))
                assert last[1] == units_of
            else:
                assert len(re.findall("<tr data-id=", below)) == int(units_of)
    first = rows_of(part(pages["index.html"], 'id="parts"', 'id="how"'))
    assert first[-1][1:4] == ["69", "68", "1"]
    listed = [unit for page in pages.values() for unit in re.findall('<tr data-id="([^"]+)"', page)]
    assert set(listed) == set(ids)


def test_levels_of_the_pages_add_up_to_those_of_the_first(evaluated_city, monkeypatch):
    monkeypatch.setattr(run_index, "MOST_ROWS", 20)
    ids = evaluated_city.units.query("kind in ['region', 'hospital']")["unit_id"]
    entries = {unit: Entry(f"reports/{unit}.html") for unit in ids}
    pages = run_index.render_index(evaluated_city, entries, "zh", stem=file_stem)
    levels = {
        name: {row[0]: row for row in rows_of(page[page.index('id="levels"') :])}
        for name, page in pages.items()
        if 'id="levels"' in page
    }
    first = levels.pop("index.html")
    for level, row in first.items():
        found = [each[level] for each in levels.values() if level in each]
        if not level.startswith("第 3 级：定点"):
            continue
        assert sum(int(each[1]) for each in found) == int(row[1])
        assert sum(float(each[3].replace(",", "")) for each in found) == pytest.approx(
            float(row[3].replace(",", "")), abs=0.05
        )


def test_the_page_that_searches_knows_every_unit_and_where_it_stands(evaluated_city, monkeypatch):
    monkeypatch.setattr(run_index, "MOST_ROWS", 20)
    entries = {"H99010600001": Entry("reports/H99010600001.html"), "990106": Entry(error="E")}
    entries |= {
        unit: Entry("reports/x.html")
        for unit in evaluated_city.units.query("kind == 'hospital'")["unit_id"]
        if unit != "H99010600001"
    }
    pages = run_index.render_index(evaluated_city, entries, "zh", stem=file_stem)
    found = data(pages["index/search.html"])
    units = {unit[0]: unit for unit in found["units"]}
    assert set(units) == set(evaluated_city.units["unit_id"])
    hospital = units["H99010600001"]
    assert found["units"][hospital[2]][0] == "990106"
    assert found["pages"][hospital[3]] == "../index/990106.html"
    assert hospital[4] == 1
    assert units["990106"][4] == 0
    assert units["H99010500002"][4] == "../reports/x.html"
    department = next(unit for unit in units if unit.startswith("H99010600001-"))
    assert units[department][3] == hospital[3]
