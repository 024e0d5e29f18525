import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import nbformat
import pytest

from fundeval import report
from fundeval.report.pages.notebook_page import render, report_script
from fundeval.report.pages.standalone import hash_of
from fundeval.report.pages.unit_table import Listing
from fundeval.report.report import PARTS, Report
from fundeval.report.unit_view import View
from fundeval.report.workbook.sheets import results
from fundeval.results import parquet as store
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say
from tests.messages import pattern, says, unlinked, word
from tests.report.pages import FOLDER, executed, rows_of

SCRIPT = "<script>alert(1)</script>"
CHARTS = ("bridge", "execution", "growth", "peers", "departments")
CHANGES = {"withheld_share": {"region": 0.02, "hospital": 0.2, "department": 0.03}}
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture
def folder(evaluation, tmp_path):
    store.write(evaluation, tmp_path / "evaluation")
    return tmp_path / "evaluation"


class Balance(HTMLParser):
    """Checks that tags close in order and collects what a reader must not meet."""

    VOID = ("meta", "br", "link", "use", "img", "input")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def parse(page):
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    return parser


def assert_offline(page):
    """What runs is the page's own script, which its security policy names."""
    own = f'<script type="module">{report_script()}</script>'
    assert page.count(hash_of(report_script())) == page.count(own)
    parsed = parse(page.replace(own, ""))
    assert not parsed.tags & {"script", "link", "iframe"}
    assert "http://" not in page
    assert "https://" not in page
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    hrefs = [value for name, value in parsed.attributes if name == "href"]
    assert all(value.startswith(("#", "reports/")) for value in hrefs)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit_id", ["010000", "A1", "H1", "H1-1", "H2"])
def test_every_part_of_every_kind_of_unit(folder, unit_id, lang):
    opened = report.open_unit(unit_id, evaluation=folder, lang=lang)
    for part in PARTS:
        shown = opened.show(part)._repr_html_()
        parse(shown)
        assert "<script" not in shown
        assert ">nan<" not in shown.lower()
        assert ">None<" not in shown


def test_first_screen_says_the_verdict(folder):
    shown = report.open_unit("H1", evaluation=folder).show("verdict")._repr_html_()
    assert word("verdict.invented") in shown
    assert says(shown, "fact.score", score="89.996")
    assert says(shown, "fact.execution.below", floor="90%")
    assert says(shown, "fact.restricted", count=1)
    assert says(shown, "fact.change", change="+3.00%")
    assert "89.996%" in shown


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_capped_grade_names_what_caps_it_beside_the_score(evaluation, lang):
    grades = evaluation.grades.assign(veto="restricted", grade="good", stability=0.9)
    given = replace(evaluation, grades=grades)
    view = View(given, summarize_descendants(given), "H1", lang)
    told = say("fact.capped", lang, incident=view.messages.code("incident.", "restricted"))
    for part in ("verdict", "grade"):
        assert told[1:] in Report(view).show(part).markup
    listing = Listing(view)
    cell = listing.cells(listing.listed(["H1"])[0])["grade"]
    assert told in cell.text
    assert cell.code == "good"
    assert results(view).set_index("unit_id").loc["H1", "note"] == told


def test_names_are_escaped(folder):
    opened = report.open_unit("010000", evaluation=folder)
    pages = [
        opened.show("children")._repr_html_(),
        report.open_unit("H1", evaluation=folder).show("verdict")._repr_html_(),
    ]
    for page in pages:
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page


def test_steps_of_the_bridge_are_shown_to_the_cent(folder):
    shown = report.open_unit("H1", evaluation=folder).show("bridge")._repr_html_()
    for expected in ("1,000.00", "+40.05", "-10.04", word("reason.gdp"), "1,030.01"):
        assert expected in shown


def test_findings_come_by_severity_in_words(folder):
    shown = report.open_unit("H1", evaluation=folder).show("findings")._repr_html_()
    order = [shown.index(word(f"severity.{level}")) for level in ("severe", "warning", "note")]
    assert order == sorted(order)
    assert says(shown, "finding.below_floor.text", value="89.996%", expected="90.00%")
    assert "281,000,000.00 元" in shown
    assert "281,000,000.01 元" in shown
    restricted = pattern("finding.restricted.text", value="85.00%", expected="85.00%")
    assert re.search(f"内科.{restricted}", shown)


def test_undetermined_department_is_not_called_clear(folder):
    shown = report.open_unit("H2", evaluation=folder).show("departments")._repr_html_()
    state = say("report.because", "zh", what=word("state.undetermined"), reason=word("reason.gap"))
    assert f"? {state}" in shown
    assert word("state.clear") not in shown


def test_charts_hold_real_text_and_an_alternative(folder):
    opened = report.open_unit("H1", evaluation=folder)
    for part in CHARTS:
        svg = re.search(r"<svg.*?</svg>", opened.show(part)._repr_html_(), re.S).group()
        assert 'role="img"' in svg
        assert re.search(r"<title id=.*?>[^<]+</title>", svg)
        assert re.search(r"<desc id=.*?>.{20,}</desc>", svg)
        assert re.search(r"<text[^>]*>[^<]*[0-9一-鿿]", svg)
        assert "<metadata" not in svg


def test_ids_of_charts_do_not_meet_in_one_page(folder):
    opened = report.open_unit("H1", evaluation=folder)
    ids = re.findall(r' id="([^"]+)"', opened.show(*CHARTS)._repr_html_())
    assert len(ids) == len(set(ids))


def test_charts_are_the_same_bytes_again(folder):
    first, again = (
        report.open_unit("H1", evaluation=folder).show("execution", "growth") for _ in range(2)
    )
    assert first == again


def test_names_with_unknown_signs_do_not_break_a_chart(evaluation, recwarn):
    name = "$x_{$ <b> 😀 مستشفى"
    units = evaluation.units.replace({"name": {"内科": name}})
    changed = replace(evaluation, units=units)
    shown = (
        Report(View(changed, summarize_descendants(changed), "H1", "zh")).show("departments").markup
    )
    parse(shown)
    assert re.search(r"<text [^>]*>\$x_\{\$ &lt;b&gt; 😀 مستشفى</text>", shown)
    assert not list(recwarn)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_clean(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in cells) == 1
    coded = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in coded)
    # Every chapter says in both languages what it shows, and the page leaves that out.
    noted = [cell for cell in cells if cell["cell_type"] == "markdown"]
    assert len(noted) >= 2
    assert all(cell["metadata"]["tags"] == ["page-hide"] for cell in noted)
    assert all(set(cell["metadata"]) <= {"tags"} for cell in cells)
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    nbformat.validate(nbformat.from_dict(notebook))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("name", "unit_id"),
    [
        ("region", "010000"),
        ("hospital", "H1"),
        ("hospital", "H1-1"),
        ("hospital", "A1"),
        ("overview", ""),
    ],
)
def test_notebooks_render_to_one_offline_page(folder, name, unit_id, lang):
    page = render(executed(name, folder, unit_id, lang), lang)
    assert_offline(page)
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page
    assert "Content-Security-Policy" in page
    assert page.count("<h1>") == 1
    assert page.count("<h2") >= 5
    assert re.search(r"<title>(?!fundeval<)\S", page)


def test_errors_in_a_notebook_are_escaped_and_without_colours():
    cell = nbformat.v4.new_code_cell("1/0")
    cell.outputs = [
        nbformat.v4.new_output("error", ename="E", evalue="x", traceback=["\x1b[31m<b>bad</b>"]),
        nbformat.v4.new_output("stream", name="stdout", text=SCRIPT),
    ]
    page = render(nbformat.v4.new_notebook(cells=[cell]), "zh", "标题")
    assert "&lt;b&gt;bad&lt;/b&gt;" in page
    assert_offline(page)
    assert "<title>标题</title>" in page


def test_unit_without_budget_or_grade_cannot_be_judged(evaluation):
    grades = evaluation.grades.assign(grade=None, score=float("nan"), reason="low_coverage")
    budget = evaluation.budget.assign(amount=float("nan"), reason="no_budget", status="not_judged")
    changed = replace(evaluation, grades=grades, budget=budget)
    opened = Report(View(changed, summarize_descendants(changed), "H1", "zh"))
    shown = opened.show("verdict", "bridge")._repr_html_()
    assert word("reason.low_coverage") in shown
    assert says(shown, "report.cannot", reason=word("reason.no_budget"))


def test_domains_come_in_the_order_of_the_form_and_add_up_to_the_score(folder):
    shown = report.open_unit("H1", evaluation=folder).show("grade", "domains")._repr_html_()
    order = [shown.index(name) for name in ("79%", "预算执行", "产出", word("domains.sum"))]
    assert order == sorted(order)
    assert "89.996" in shown


def test_parts_of_a_cost_change_say_why_one_is_missing(folder):
    shown = report.open_unit("H1", evaluation=folder).show("cost_changes")._repr_html_()
    for expected in ("+10.00", "-4.50", "+5.50"):
        assert expected in shown
    assert says(shown, "report.cannot", reason=word("reason.missing_case_mix"))


def test_findings_of_one_kind_below_are_one_table_the_worst_first(folder):
    shown = report.open_unit("H1", evaluation=folder).show("findings").markup
    table = rows_of(shown, "finding-exam_share_above_limit")
    assert [row[:2] for row in table] == [["外科 & 骨科", "35.00%"], ["内科", "21.00%"]]


def test_the_conflict_and_the_path_stand_in_the_restriction_section_of_every_level(folder):
    for unit_id in ("010000", "A1", "H1"):
        shown = report.open_unit(unit_id, evaluation=folder).section(
            "restriction", "restricted", "conflicts"
        )
        assert re.search(r"2024[^<]*85\.00%[^<]*90%", shown.markup)
        assert word("finding.conflict_surplus_award") in shown.markup
        assert "25.00 万元" in shown.markup


def test_a_section_that_does_not_apply_is_left_out(folder):
    assert report.open_unit("H2", evaluation=folder).section("primary", "primary").markup == ""


def test_an_uncertain_value_comes_with_its_interval(evaluation):
    scores = evaluation.scores.assign(status="uncertain", reason="small_volume")
    indicators = evaluation.indicators.assign(low=0.85, high=0.93)
    changed = replace(evaluation, scores=scores, indicators=indicators)
    shown = (
        Report(View(changed, summarize_descendants(changed), "H1", "zh")).show("scorecard").markup
    )
    value, small = "89.996% [85.00%, 93.00%]", word("reason.small_volume")
    assert says(shown, "report.because", what=value, reason=small)


def test_a_projection_names_the_first_year_a_fund_runs_dry(folder):
    shown = report.open_unit("010000", evaluation=folder).show("projection").markup
    higher = {"income": "0.00%", "expenditure": "+10.00%", "year": 2026}
    assert says(shown, "projection.dry", scenario=word("scenario.higher"), **higher)
    trend = {"income": "0.00%", "expenditure": "+5.00%", "years": 2}
    assert says(shown, "projection.lasts", scenario=word("scenario.trend"), **trend)
    assert shown.count(f"<td>{word('projection.deficit')}</td>") == 1
    years = {"name": word("parameter.projection_years"), "value": "2 年"}
    assert says(shown, "report.stated", **years)
    assert re.search(rf"<desc id=.*?>[^<]*{word('scenario.higher')} 2026: -5.00", shown)


def test_adjustment_sums_to_zero_over_the_regions_and_stands_in_each(folder):
    shown = report.open_unit("010000", evaluation=folder).show("adjustment").markup
    assert "+12.50" in shown
    assert "-12.50" in shown
    assert re.search(rf"{word('report.total')}</th>.*>0\.00</td></tr>", shown)
    own = report.open_unit("R2", evaluation=folder).show("adjustment").markup
    assert "-12.50" in own
    assert "甲县" not in own
    assert report.open_unit("H1", evaluation=folder).show("adjustment").markup == ""


def test_who_gave_adds_up_by_kind_beside_the_unit_itself(folder):
    shown = unlinked(report.open_unit("H1", evaluation=folder).show("shares").markup)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", shown)[1:]
    cells = [re.findall(r">([^<>]+)</t", row) for row in rows]
    assert [row[1:5] for row in cells[:2]] == [["1,040.05", "-10.04", "0.00", "1,030.01"]] * 2
    assert cells[2][:5] == [
        say("report.total_of", "zh", kind=word("kind.department"), count=2),
        "2,080.10", "-20.08", "0.00", "2,060.02",
    ]  # fmt: skip
    assert cells[3][0] == word("report.own")
    assert word("reason.gdp") in cells[0]


def test_steps_of_the_bridge_name_their_parameter_and_its_source(folder):
    shown = report.open_unit("H1", evaluation=folder).show("bridge").markup
    named, local = word("step.history"), word("source.local")
    assert re.search(rf"{named}.40%[^<]*{local}", shown)


def test_an_alliance_says_whether_it_has_a_package(folder):
    opened = report.open_unit("A1", evaluation=folder)
    shown = opened.show("alliance", "inside").markup
    assert says(shown, "alliance.not_unified")
    assert says(shown, "alliance.no_package")
    total, employees = word("report.total"), word("scheme.employee")
    assert re.search(rf"{total}</th><td>{employees}</td>.*25\.00", shown)
    assert report.open_unit("H1", evaluation=folder).show("alliance").markup == ""
