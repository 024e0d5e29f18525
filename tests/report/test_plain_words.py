"""No word of the machine stands in what people read: every part, in both languages.

Ids of units, names of files and the code that a page keeps folded are told as they are.
"""

import datetime as dt
import re
from functools import cache

import pytest

from fundeval import tables
from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.policy.known import CHOICES, KNOWN
from fundeval.report.format.messages import Messages
from fundeval.report.format.parameter_values import name_parameter, value_in_words
from fundeval.report.pages.policy_page import render_policy
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.public.page import render_public, select
from fundeval.report.report import PARTS
from fundeval.report.text.policy import list_rules
from fundeval.report.text.used_rules import (
    OF_THE_PUBLIC_PAGE,
    USED_BY,
    USED_BY_GROUPS,
    parameters_of,
)
from fundeval.report.unit_view import View
from fundeval.report.workbook.sheets import sheets
from fundeval.results.descendants import summarize_descendants
from fundeval.tables.schemas import TABLES
from fundeval.words import LANGUAGES, has
from tests.report.plain_text import foreign_words, machine_words, texts

DATE = dt.date(2024, 12, 31)
UNITS = ("990100", "990101", "H99010000001", "H99010600001")
# What a sheet of the workbook holds for those who look a unit up or join tables.
IDS = ("unit_id", "parent_id", "project_id")


def check(page: str, lang: str) -> None:
    # A diagnosis may be named in a policy as data name it.
    wrong = {
        text[:120]: [*machine_words(text), *foreign_words(text.replace("糖尿病", ""), lang)]
        for text in texts(page)
    }
    assert not {text: words for text, words in wrong.items() if words}


@pytest.fixture(scope="module")
def below(evaluated_city):
    return summarize_descendants(evaluated_city)


@pytest.fixture(scope="module")
def drawn(evaluated_city, below):
    """Return what tells the texts of each part of a report: it is drawn once for all tests."""

    @cache
    def draw(unit: str, lang: str) -> dict[str, list[str]]:
        return texts_of_parts(View(evaluated_city, below, unit, lang))

    return draw


def texts_of_parts(view: View) -> dict[str, list[str]]:
    shown = {name: part(view) for name, part in PARTS.items()}
    return {name: texts(each.markup) if each else [] for name, each in shown.items()}


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("unit", UNITS)
def test_no_part_of_a_report_holds_a_word_of_the_machine(drawn, unit, lang):
    for name, shown in drawn(unit, lang).items():
        assert not [word for text in shown for word in machine_words(text)], name


@pytest.fixture(scope="module", params=[2015, 2024])
def published(request):
    found = evaluate(tables.load("sample:public"), load("retrospective"), request.param)
    return found, summarize_descendants(found)


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_of_published_figures_hold_no_word_of_the_machine_or_of_the_other_language(
    published, lang
):
    found, of_them = published
    names = "|".join(map(re.escape, found.units["name"]))
    for unit in found.units["unit_id"]:
        for name, shown in texts_of_parts(View(found, of_them, unit, lang)).items():
            for text in shown:
                wrong = [*machine_words(text), *foreign_words(re.sub(names, " ", text), lang)]
                assert not wrong, (unit, name, text)


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_each_part_in_chinese_holds_no_english_word(drawn, unit):
    for name, shown in drawn(unit, "zh").items():
        for text in shown:
            assert not foreign_words(text, "zh"), (name, text)


@pytest.fixture(scope="module")
def typed(city):
    """Return what finds texts of the data: names of groups and projects, reasons, remarks."""
    tables_of_city = [getattr(city, name) for name in TABLES]
    cells = {
        str(cell)
        for table in tables_of_city
        for column in table.select_dtypes(["object", "string"])
        for cell in table[column].dropna().unique()
    }
    cells |= {"考核留存", "糖尿病"}
    return re.compile("|".join(map(re.escape, sorted(cells, key=len, reverse=True))))


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_each_part_in_english_is_in_chinese_only_where_the_data_are(drawn, typed, unit):
    """Names of groups and projects, reasons, remarks and who checked: as they were typed."""
    for name, shown in drawn(unit, "en").items():
        for text in shown:
            # Most have nothing to look for.
            if foreign_words(text, "en"):
                assert not foreign_words(typed.sub(" ", text), "en"), (name, text)


@pytest.mark.parametrize("unit", UNITS)
def test_each_part_in_english_names_units_in_english(evaluated_city, drawn, unit):
    names = set(evaluated_city.units["name"])
    # The name of a department may be a part of that of a project or disease.
    of_institutions = [each for each in names if each.startswith(("望澜", "霁山", "映川"))]
    for name, shown in drawn(unit, "en").items():
        assert names.isdisjoint(shown), name
        whole = " ".join(shown)
        assert not [each for each in of_institutions if each in whole], name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_of_the_policy_and_for_the_public_hold_none(evaluated_city, lang):
    check(render_policy(evaluated_city, lang), lang)
    check(render_public(evaluated_city, lang, select(evaluated_city)), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sheet_of_the_workbook_holds_one(evaluated_city, below, lang):
    view, names = View(evaluated_city, below, "", lang), set(evaluated_city.units["name"])
    for sheet in sheets(view):
        name, frame = sheet.title, sheet.frame
        words = [c for c in frame if c not in IDS and not c.endswith("_format")]
        for column in words:
            if frame[column].dtype.kind not in "OUT":
                continue
            found = {str(cell) for cell in frame[column].dropna()}
            assert lang == "zh" or not found & names, (name, column)
            wrong = [word for cell in found for word in machine_words(cell)]
            assert not wrong, (name, column)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("policy", ["national", "retrospective", "examples/county"])
def test_each_value_of_a_policy_is_told_in_words(policy, lang):
    for name, _, value, *_ in list_rules(load(policy), DATE, lang):
        if not name.startswith("definitions."):
            assert not [*machine_words(value)], name


def test_each_parameter_has_a_name_and_each_choice_a_word():
    assert [name for name in KNOWN if not has(f"parameter.{name}")] == []
    for name, choices in CHOICES.items():
        for choice in choices:
            groups = (f"value.{name}.", "choice.", "cause.")
            assert any(has(f"{group}{choice}") for group in groups), (name, choice)


def test_each_parameter_stands_in_the_report_whose_figures_it_moves():
    """By the rows that rest on it, or by an indicator that names it."""
    policy = load("national")
    in_force = PolicyInForce(policy.describe(policy.on(DATE)))
    known = {*in_force.definitions, *in_force.rules}
    groups = [*USED_BY.values(), *USED_BY_GROUPS.values()]
    used = {name for names in groups for name in names}
    used |= {name for one in known for name in parameters_of(in_force, one)}
    by_action = {"talk_within_days", "report_within_days"}
    assert used | by_action | {*OF_THE_PUBLIC_PAGE} == {*KNOWN}


@pytest.mark.parametrize(
    ("entry", "zh", "en"),
    [
        (("execution_floor", "fraction", 0.9), "90%", "90%"),
        (("execution_floor", "fraction", {"tertiary": 0.95, "other": 0.9}),
         "三级 95%；其余 90%", "Tertiary 95%; others 90%"),
        (("payable_months_warning", "months", 7.0), "7 个月", "7 months"),
        (("capitation_rate", "money", 1400.0), "1,400 元", "1,400 yuan"),
        (("sensitivity_seed", "count", 2024), "2024", "2024"),
        (("aged_cost_weight", "factor", 4.17), "4.17 倍", "4.17 times"),
        (("purchase_warning", "fraction", 0.005), "0.5%", "0.5%"),
        (("ratchet_cap", "fraction_or_none", "none"), "不设上限", "no limit"),
        (("withheld_share", "fractions_by_kind", {"hospital": 0.1}),
         "定点医疗机构：10%", "Hospital: 10%"),
        (("execution_link", "schedule",
          {"points": [[0, -0.03], [0.8, -0.03], [0.8, 0], [1, 0], [1.2, 0.01]]}),
         "按执行率，不足 80%：扣减 3%；80%至不足 100%：不扣减；"
         "100%至 120%：由 不扣减按直线升至 增加 1%；120%及以上：增加 1%",
         "by execution rate: below 80% deducts 3%; 80% to below 100% no deduction; "
         "100% to 120% rising from no deduction to adds 1% in a straight line; "
         "120% and more adds 1%"),
        (("overrun_bands", "shares_in_bands",
          [{"from": 0, "to": 0.2, "result": 0.5}, {"from": 0.2, "to": None, "result": 0}]),
         "不足 20%：50%；20%及以上：0%", "below 20% 50%; 20% and more 0%"),
        (("refill_days_limit", "number_by_code",
          {"E11": 30, "diabetes": 30, "糖尿病": 30, "高血压": 84, "other": 84}),
         "E11、糖尿病 30 天；高血压、其余 84 天", "E11, diabetes 30 days; 高血压, others 84 days"),
        (("overrun_corridor", "fraction_or_measure", "settlement_corridor"),
         "不奖不补区间", "corridor of surpluses"),
    ],
)  # fmt: skip
def test_values_have_their_units(entry, zh, en):
    stated = dict(zip(("name", "unit", "value"), entry, strict=True))
    assert value_in_words(Messages("zh"), stated) == zh
    assert value_in_words(Messages("en"), stated) == en


def test_weights_have_the_digits_that_they_were_typed_with():
    rule = {
        "direction": "higher", "domain": "output", "missing": "spread",
        "weight": {"hospital": 2.5, "region": {"tertiary": 4.17, "other": 0}},
        "curve": {"kind": "target", "target": 0.8},
    }  # fmt: skip
    told = value_in_words(Messages("en"), {"name": "drug_share", "unit": None, "value": rule})
    assert [figure for figure in ("2.5", "4.17", "80%") if figure not in told] == []


@pytest.mark.parametrize("policy", ["national", "retrospective"])
def test_each_citation_of_the_shipped_policies_is_in_english_too(policy):
    rules = load(policy).on(DATE)
    stated = [*rules.parameters.values(), *rules.indicators.values()]
    stated += [*rules.scorecards["credit"].indicators.values()]
    sources = [entry.source for entry in stated]
    declared = (*rules.definitions.values(), *rules.grouped.values())
    sources += [each.source for each in declared if each.source]
    assert [source.cite for source in sources if not source.cite_en] == []
    assert name_parameter(Messages("en"), "minimum_group_volume") != "minimum_group_volume"
