"""The half page after the first screen: what it says, and what it must never say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report.report import Report
from fundeval.report.sections import in_brief
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.rows import ActionRow, BudgetStepRow
from tests.evaluation.build import dataset, unit
from tests.messages import says, word
from tests.report.pages import executed

LANGS = ("zh", "en")


@pytest.fixture(scope="module")
def summary(evaluated_city):
    return summarize_descendants(evaluated_city)


def brief(evaluation, summary, unit_id, lang="zh", part="in_brief", month=None):
    view = View(evaluation, summary, unit_id, lang, month)
    return view, Report(view).show(part).markup


@pytest.mark.parametrize("lang", LANGS)
def test_a_region_reads_its_budget_the_largest_step_and_whom_to_call_in(
    evaluated_city, summary, lang
):
    view, shown = brief(evaluated_city, summary, "990107", lang)
    steps = {row.step: row.amount for row in view.own(BudgetStepRow, scheme="all")}
    money, change = view.numbers.money, steps["next_budget"] / steps["base"] - 1
    assert says(shown, "in_brief.change", lang, year=2025, amount=money(steps["next_budget"]),
                base=money(steps["base"]), share=view.numbers.change(change))  # fmt: skip
    net = round(steps.pop("withheld") + steps.pop("award"), 2)
    assert says(shown, "in_brief.by_result", lang, amount=money(net, sign=True))
    parts = {name: amount for name, amount in steps.items() if name not in {"base", "next_budget"}}
    largest = max(parts, key=lambda name: abs(parts[name]))
    assert abs(parts[largest]) > abs(net)
    step = view.messages.step(largest)
    amount = money(parts[largest], sign=True)
    assert says(shown, "in_brief.largest", lang, step=step, amount=amount)
    called = [row.unit_id for row in view.rows(ActionRow, action="talk")]
    names = view.messages.join(view.name(each) for each in sorted({*called}))
    assert says(shown, "in_brief.talk", lang, names=names)


def test_the_gravest_come_first(evaluated_city, summary):
    _, shown = brief(evaluated_city, summary, "990100")
    assert re.findall(r'href="#finding-([^"]+)"', shown) == [
        "deficit",
        "surplus_low",
        "surplus_low",
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_not_judged_is_not_called_fine(lang):
    """A hospital without any data: neither "nothing grave" nor "none to be called in"."""
    found = evaluate(dataset(units=[unit("H", "hospital")]), load("national"), 2024)
    # A unit without any data has one screen, without this part; here it is asked for all the same.
    shown = in_brief.in_brief(View(found, summarize_descendants(found), "H", lang)).markup
    assert says(shown, "none.findings_unjudged", lang)
    assert says(shown, "in_brief.no_budget", lang, year=2025)
    assert says(shown, "in_brief.talk_unknown", lang)
    assert not says(shown, "in_brief.nothing_grave", lang)


def test_what_is_judged_and_has_no_grave_finding_is_said_so(evaluated_city, summary):
    rows = evaluated_city.findings
    calm = replace(evaluated_city, findings=rows[rows["severity"] == "note"])
    _, shown = brief(calm, summary, "H99010600001")
    assert says(shown, "in_brief.nothing_grave")


def test_a_month_says_levels_below_and_their_measures(evaluated_city, summary):
    """Every warning level of a region or of what is below it comes with its measure."""
    rows = evaluated_city.warnings
    child = "H99010300001"
    at = (rows["unit_id"] == child) & (rows["month"] == 6)
    slow = replace(evaluated_city, warnings=rows.assign(level=rows["level"].mask(at, "blue")))
    view, shown = brief(slow, summary, "990103", part="monitor_in_brief", month=6)
    assert says(shown, "in_brief.measure", names=view.name(child), measure=word("measure.blue"))
    assert not says(shown, "in_brief.on_course")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("notebook", "unit_id"), [("region", "990107"), ("hospital", "H99010600001"), ("overview", "")]
)
def test_what_a_summary_links_to_is_on_its_page(city_run, notebook, unit_id):
    cells = executed(notebook, str(city_run / "evaluation"), unit_id, "zh").cells
    page = "".join(
        output.data.get("text/html", "") for cell in cells for output in cell.get("outputs", [])
    )
    own = page[page.index('<div class="in-brief">') :]
    linked = {*re.findall(r'href="#([^"]+)"', own[: own.index("</div>")])}
    assert linked
    assert linked <= {*re.findall(r'id="([^"]+)"', page)}


@pytest.mark.parametrize("is_provisional", [False, True])
@pytest.mark.parametrize("part", ["domains", "form"])
def test_points_without_a_grade_are_said_to_be_provisional(evaluated_city, part, is_provisional):
    grades = evaluated_city.grades
    scored = grades[grades["unit_id"].isin(evaluated_city.domains["unit_id"])]
    row = scored[scored["grade"].isna() == is_provisional].iloc[0]
    view = View(evaluated_city, summarize_descendants(evaluated_city), row["unit_id"], "zh")
    shown = Report(view).show(part).markup
    assert says(shown, "domains.provisional") is is_provisional, row["unit_id"]
