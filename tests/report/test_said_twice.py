"""What a report says in two places is said alike: steps, counts, and units, in either language."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from fundeval import policy, report, tables
from fundeval.evaluation import evaluate
from fundeval.report.report import PARTS
from fundeval.report.sections.budget_steps import largest_step
from fundeval.results import parquet
from fundeval.results.rows import BudgetStepRow, FundInput, UnitRow
from tests.evaluation.build import budget, dataset, unit
from tests.messages import says, word
from tests.report.pages import rows_of

LANGS = ("zh", "en")
YEAR = 2024
REGIONS = ["990100", "990102", "990103", "990106", "990108"]
UNITS = [*REGIONS, "H99010000001", "H99010100001", "H99010300002"]


@pytest.fixture
def opened(city_run):
    return lambda unit_id, lang: report.open_unit(unit_id, city_run / "evaluation", lang)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    found = evaluate(tables.load("sample:public"), policy.load("retrospective"), 2015)
    parquet.write(found, folder)
    return folder


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("unit_id", UNITS)
def test_the_largest_step_of_a_budget_is_one_in_summary_and_chart(opened, unit_id, lang):
    shown = opened(unit_id, lang)
    view = shown.view
    steps = {row.step: row.amount for row in view.own(BudgetStepRow, scheme="all")}
    step, amount = largest_step(view, steps)
    told = view.numbers.money(amount, sign=True)
    assert says(shown.show("in_brief").markup, "in_brief.largest", lang, step=step, amount=told)
    bridge = shown.show("bridge").markup
    assert says(
        bridge, "chart.bridge.found", lang, step=step, unit=view.numbers.scale.name,
        amount=view.numbers.scale.show(amount, sign=True),
        last=view.numbers.scale.show(steps["next_budget"]),
    )  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_departments_are_counted_alike_wherever_they_are_counted(evaluated_city, opened, lang):
    """Every one counts; those without a rate and those without a state are told apart."""
    kinds = evaluated_city.units.set_index("unit_id")["kind"]
    count = str((kinds == "department").sum())
    states = evaluated_city.restrictions.query(f"year == {YEAR}")
    without = int(states["rate"].isna().sum())
    counts = states["state"].value_counts()
    assert (count, without, counts["undetermined"], counts["restricted"]) == ("614", 1, 3, 9)
    run, city = opened("", lang), opened("990100", lang)
    assert count in BeautifulSoup(run.show("overview").markup, "html.parser").get_text()
    for shown in (run.show("restricted").markup, city.show("restricted").markup):
        assert says(shown, "restricted.undetermined", lang, total=count, count=3)
    shown = city.show("verdict").markup
    assert says(shown, "fact.departments", lang, count=count, undetermined=3)
    for shown in (run.show("department_years").markup, city.show("department_years").markup):
        assert says(shown, "figure.department_years.found", lang, count=count, restricted=9)
        assert says(shown, "figure.department_years.without_rate", lang, count=without)
        assert says(shown, "figure.department_years.undetermined", lang, count=3)


def titles_of(view, part):
    shown = part(view)
    page = BeautifulSoup(shown.markup if shown else "", "html.parser")
    return [title.get_text() for title in page.select(".found")]


@pytest.mark.slow
@pytest.mark.parametrize("unit_id", ["", "H99010100001"])
def test_titles_of_charts_name_the_same_units_and_figures_in_both_languages(opened, unit_id):
    views = [opened(unit_id, lang).view for lang in LANGS]
    ids = [{unit.name: unit.unit_id for unit in view.everyone(UnitRow)} for view in views]
    count = 0
    for part in PARTS.values():
        for told in zip(*(titles_of(view, part) for view in views), strict=True):
            named = [
                {of[name] for name in of if name in text}
                for of, text in zip(ids, told, strict=True)
            ]
            # A name may be the beginning of another: what both titles name must have one in common.
            assert bool(named[0]) == bool(named[1]), told
            assert not named[0] or named[0] & named[1], told
            figures = [re.findall(r"-?\d[\d,]*\.?\d*%", text) for text in told]
            assert sorted(figures[0]) == sorted(figures[1]), told
            count += 1
    assert count > 8


@pytest.mark.parametrize("lang", LANGS)
def test_the_formula_of_a_fund_table_has_the_columns_that_are_there(opened, lang):
    """Only transfers paid were reported: the formula has them, not those received."""
    view = opened("990101", lang).view
    rows = view.own(FundInput)
    paid, received = (any(getattr(row, f"transfer_{way}") for row in rows) for way in ("out", "in"))
    assert (paid, received) == (True, False)
    page = BeautifulSoup(PARTS["fund_accounts"](view).markup, "html.parser")
    caption = page.caption.get_text()
    heads = [cell.get_text() for cell in page.select("thead th")]
    titles = {name: view.messages.say(f"column.{name}") for name in ("transfer_in", "transfer_out")}
    assert titles["transfer_out"] in heads
    assert titles["transfer_out"] in caption
    assert titles["transfer_in"] not in heads
    assert titles["transfer_in"] not in caption
    assert says(str(page), "fund_accounts.no_transfers", lang, columns=titles["transfer_in"])


@pytest.mark.parametrize("lang", LANGS)
def test_the_overview_of_units_of_several_years_is_not_the_screen_of_the_first(published, lang):
    """The first root has no figures of 2015, another has: the overview lists both."""
    overview = report.open_unit("", published, lang)
    assert overview.view.unit_id == "000000"
    shown = overview.show("overview", "overview_in_brief", "bridge", "regions").markup
    assert len(rows_of(shown, "table-ranking")) == 4
    assert says(shown, "bridge.several_roots", lang, count=5, year=2016)
    assert not says(shown, "in_brief.no_budget", lang, year=2016)
    title = overview.view.evaluation.about["dataset"]["title"][lang]
    assert says(shown, "overview.title", lang, name=title, year=2015)


def test_an_overview_without_any_figures_is_one_screen(tmp_path):
    given = dataset(units=[unit("R", "region")], budgets=[budget("R", 2022, 95.0)])
    parquet.write(evaluate(given, policy.load("national"), YEAR), tmp_path)
    shown = report.open_unit("", tmp_path).show("overview", "regions").markup
    assert says(shown, "no_data.elsewhere", year=YEAR)
    assert [row[1] for row in rows_of(shown, "table-no_data")] == ["2022"]
    assert 'id="table-ranking"' not in shown


@pytest.mark.parametrize("lang", LANGS)
def test_rows_counted_on_a_page_are_those_that_were_used(published, lang):
    """A unit has rows of 2013 alone: none of them was used, and the page says what counts."""
    shown = report.open_unit("000000", published, lang).show("verdict", "provenance").markup
    assert {"2013"} <= {row[1] for row in rows_of(shown, "table-no_data")}
    assert says(shown, "provenance.rows", lang)
    assert says(shown, "column.rows_used", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_money_of_a_scheme_is_said_to_follow_the_grade_of_all(evaluated_city, opened, lang):
    joint = evaluated_city.grades.set_index("unit_id")["grade"]
    funds = evaluated_city.card_grades.query(f"card == 'resident' and year == {YEAR}")
    apart = funds[funds["grade"] != funds["unit_id"].map(joint)].dropna(subset=["grade"])
    unit_id = next(one for one in apart["unit_id"] if one.startswith("H") and len(one) == 12)
    shown = opened(unit_id, lang).show("use_of_results").markup
    assert says(shown, "apply.joint", lang, grade=word(f"grade.{joint[unit_id]}", lang))
    assert "990101" not in set(apart["unit_id"])
    assert not says(opened("990101", lang).show("use_of_results").markup, "apply.joint", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_definition_calls_better_what_the_policy_scores(opened, lang):
    """Months that a balance covers are best within a range, wherever they are defined."""
    shown = opened("990101", lang).show("scorecard", "funds").markup
    page = BeautifulSoup(shown, "html.parser")
    name = word("indicator.payable_months", lang)
    told = [d.find_next("dd").get_text() for d in page.select("dt") if d.get_text() == name]
    assert len(told) == 2
    assert all(word("better.band", lang) in text for text in told)
    assert not [text for text in page.select("dd") if "。；" in text.get_text()]


@pytest.mark.parametrize("lang", LANGS)
def test_an_amount_said_to_be_paid_has_no_minus(opened, lang):
    shown = opened("990103", lang).show("findings").markup
    assert says(shown, "finding.provincial_adjustment.text", lang, detail=word("reason.paid", lang))
    assert not re.search(
        rf"{word('reason.paid', lang)} -", BeautifulSoup(shown, "html.parser").get_text()
    )


@pytest.mark.parametrize("lang", LANGS)
def test_a_float_that_a_region_states_is_cited_beside_its_amount(opened, lang):
    """990106 states 2 %, where the policy has 3 %."""
    shown = opened("990106", lang)
    step = shown.view.messages.step("regional_float")
    page = BeautifulSoup(shown.show("bridge").markup, "html.parser")
    [row] = [row for row in page.select("tbody tr") if row.find(["th", "td"]).get_text() == step]
    [cited] = [cell.get_text() for cell in row.find_all("td") if "context.csv" in cell.get_text()]
    assert re.search(r"\D0\.02$|\D2%$|\D2\.00%$", cited), cited


@pytest.mark.parametrize("lang", LANGS)
def test_both_heat_maps_count_the_fields_that_cannot_be_judged_alike(evaluated_city, opened, lang):
    """Pathway entry is not asked of the five centres of 990103, readmission is and lacks data."""
    rows = evaluated_city.scores
    own = evaluated_city.units.query("parent_id == '990103' and kind == 'hospital'")["unit_id"]
    asked = rows[rows["unit_id"].isin(own)]
    blank = int(asked["points"].isna().sum())
    assert blank == 5
    assert len(own) * asked["indicator"].nunique() - len(asked) == 5
    shown = opened("990103", lang)
    for name in ("heat", "points"):
        page = BeautifulSoup(shown.show(name).markup, "html.parser")
        assert says(page.select(".found")[-1].get_text(), "chart.unjudged.fields", lang, count=5)


@pytest.mark.parametrize("lang", LANGS)
def test_a_region_names_the_departments_on_watch_and_not_judged(evaluated_city, opened, lang):
    """One of 990101 is new: nothing can be supplied for it, and it is told so with its name."""
    states = evaluated_city.restrictions.query(f"year == {YEAR}").set_index("unit_id")["state"]
    own = states[states.index.str.startswith("H990101") & states.isin(["watch", "undetermined"])]
    assert own.value_counts().to_dict() == {"watch": 5, "undetermined": 1}
    shown = opened("990101", lang)
    named = rows_of(shown.show("restricted").markup, "table-noted")
    names = evaluated_city.units.set_index("unit_id")["name_en" if lang == "en" else "name"]
    assert sorted(row[0] for row in named) == sorted(names[own.index])
    [new] = own.index[own == "undetermined"]
    assert named[0][0] == names[new]
    assert word("reason.new_unit", lang) in " ".join(named[0])
    brief = shown.show("in_brief").markup
    advice = word("finding.restriction_undetermined.advice.new_unit", lang)
    assert says(brief, "in_brief.undetermined", lang, count=1, advice=advice)
    assert names[new] in BeautifulSoup(brief, "html.parser").get_text()
    assert not says(brief, "finding.restriction_undetermined.advice", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_score_below_that_of_each_scheme_is_explained(opened, lang):
    """Both growth rates of H99010400002 are higher over all schemes than in each of them."""
    shown = opened("H99010400002", lang).show("funds_graded").markup
    names = [word(f"indicator.{name}_cost_growth", lang) for name in ("inpatient", "outpatient")]
    [below] = says(shown, "scorecards.beyond.below", lang) and [
        text for note in BeautifulSoup(shown, "html.parser").select("p.note")
        if all(name in (text := note.get_text()) for name in names)
    ]  # fmt: skip
    assert word("indicator.average_stay", lang) not in below
    between = opened("990103", lang).show("funds_graded").markup
    assert not says(between, "scorecards.beyond.below", lang)
