"""Needs grow by whatever the policy names, worked by hand to the 分, or not at all."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.policy.load import lay_over
from fundeval.policy.model import PolicyFile
from fundeval.problems import BadInputError
from fundeval.report import Report
from fundeval.report.text.explain_budget import explain_budget
from fundeval.report.workbook.writer import write_workbook
from fundeval.strict_yaml import parse
from fundeval.words import say
from fundeval.workbench.suppose import suppose

POLICY = load("national")
YEAR = 2024
DATE = dt.date(YEAR, 12, 31)
AGEING = {"zh": "老年就诊", "en": "Old age"}
FOUR = {
    "history": {"years": 1},
    "population": {"weight": 0.3},
    "technology": None,
    "visits": {"title": {"zh": "服务量", "en": "Visits"}, "weight": 0.2,
               "growth_of": "services.visits", "years": 2},
    "ageing": {"title": AGEING, "weight": 0.1, "growth_of": "measures.aged_visits"},
}  # fmt: skip
FREE = {"gdp_ceiling": "none"}
NOTHING = {"population": None, "technology": None}


def city(measures=(200.0, 206.0)):
    """Executed 100 → 105; visits 1000 → 1100 → 1155; aged visits +3 %; population +1 %."""
    return dataset(
        units=[unit("R", "region"), unit("H", "hospital", "R")],
        budgets=[
            budget(name, YEAR - 1 + n, amount * 1e6 * part, 110e6 * part)
            for name, part in (("R", 1), ("H", 0.1))
            for n, amount in enumerate((100, 105))
        ],
        services=[
            {"unit_id": "R", "year": YEAR - 2 + n, "setting": setting, "visits": count / 2}
            | {"care_level": "secondary"}
            for n, count in enumerate((1000.0, 1100.0, 1155.0))
            for setting in ("inpatient", "outpatient")
        ],
        measures=[
            {"unit_id": "R", "year": YEAR - 1 + n, "measure": "aged_visits", "value": value}
            for n, value in enumerate(measures)
        ],
        context=[
            {"unit_id": "R", "year": YEAR, "population": 1_000_000},
            {"unit_id": "R", "year": YEAR + 1, "population": 1_010_000},
        ],
    )


def evaluated(data, drivers):
    return decide(data, suppose(POLICY, {"growth_drivers": drivers} | FREE, DATE), YEAR)


def bridge(evaluation, unit_id="R"):
    rows = evaluation.budget
    return rows[(rows["unit_id"] == unit_id) & (rows["scheme"] == "all")].set_index("step")


def test_four_drivers_by_hand():
    """40 % × 5 %, 30 % × 1 %, 20 % × (10 % + 5 %) / 2, 10 % × 3 % of 110 million."""
    steps = bridge(evaluated(city(), FOUR))["amount"]
    assert steps.index.tolist()[:6] == [
        "base", "ageing", "history", "population", "visits", "regional_float",
    ]  # fmt: skip
    assert steps[["history", "population", "visits", "ageing"]].tolist() == [
        2_200_000.00, 330_000.00, 1_650_000.00, 330_000.00,
    ]  # fmt: skip
    assert steps["next_budget"] == 114_510_000.00


def test_what_is_not_known_leaves_its_weight_to_the_others_or_voids_the_budget():
    """Without the measure 40 % × 5 % × 100 / 90 = 2.2222… % of 110 million."""
    missing = city(measures=(200.0,))
    found = bridge(evaluated(missing, FOUR))
    assert found.loc["ageing", "reason"] == "driver_missing"
    assert found.loc["history", "amount"] == 2_444_444.44
    changes = {"growth_drivers": FOUR, "missing_driver": "void"} | FREE
    void = bridge(decide(missing, suppose(POLICY, changes, DATE), YEAR))
    assert void["reason"].tolist() == ["no_growth_driver"]


def test_context_and_measures_are_those_of_the_region_but_visits_a_units_own():
    """40 % × 5 %, 30 % × 1 % and 10 % × 3 %, each × 100 / 80, of 11 million."""
    steps = bridge(evaluated(city(), FOUR), "H")
    assert steps.loc["visits", "reason"] == "driver_missing"
    assert steps.loc[["history", "population", "ageing"], "amount"].tolist() == [
        275_000.00, 41_250.00, 41_250.00,
    ]  # fmt: skip


def test_a_supplied_measure_may_state_the_rate_itself():
    rate = {"title": AGEING, "weight": 0.5, "rate": "measures.aged_visits"}
    dropped = dict.fromkeys(("history", "population", "technology"))
    steps = bridge(evaluated(city(measures=(0.5, 0.02)), dropped | {"ageing": rate}))
    # The only driver has the weight that it states: 50 % × 2 % of 110 million.
    assert steps.loc["ageing", "amount"] == 1_100_000.00


@pytest.mark.parametrize("stated", ["none", dict.fromkeys(("history", "population", "technology"))])
def test_no_growth_is_stated_as_such_and_said(stated, tmp_path):
    evaluation = evaluated(city(), stated)
    steps = bridge(evaluation)
    assert steps.loc["next_budget", ["amount", "reason"]].tolist() == [110_000_000.00, ""]
    assert steps.index.tolist() == [
        "base", "regional_float", "envelope", "withheld", "award", "next_budget",
    ]  # fmt: skip
    for lang in ("zh", "en"):
        view = evaluation.view("R", lang)
        said = say("bridge.no_growth", lang)
        assert said in Report(view).show("bridge").markup
        assert said in explain_budget(view)[0]
        write_workbook(evaluation.whole, tmp_path / f"{lang}.xlsx", lang)
        sheet = openpyxl.load_workbook(tmp_path / f"{lang}.xlsx")[say("sheet.next_budget", lang)]
        assert said in sheet["A1"].value


def test_page_explanation_and_workbook_name_each_driver_and_its_figures(tmp_path):
    evaluation = evaluated(city(), FOUR)
    view = evaluation.view("R", "en")
    shown = Report(view).show("bridge").markup
    assert "Old age" in shown
    assert "20% × growth of visits (mean of 2 years)" in shown
    lines = explain_budget(view)[0]
    assert any("(1,100 ÷ 1,000 - 1 + 1,155 ÷ 1,100 - 1) ÷ 2) × 0.2 = 0.015" in x for x in lines)
    assert any("(206 ÷ 200 - 1) × 0.1 = 0.003" in line for line in lines)
    write_workbook(evaluation.whole, tmp_path / "book.xlsx", "en")
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")[say("sheet.next_budget", "en")]
    headings = [cell.value for cell in sheet[2]]
    assert "Old age × weight (%)" in headings
    needs = next(n for n, heading in enumerate(headings) if heading.startswith("Needs"))
    assert sheet[3][needs].value.count("+") == 6


def overlay(drivers=None, **parameters):
    source = {"kind": "local", "cite": "test", "checked_on": "2026-11-26"}
    parameters |= {} if drivers is None else {"growth_drivers": drivers}
    content = {
        "id": "o", "title": {"zh": "o", "en": "o"}, "extends": "national",
        "parameters": {
            name: {"values": [{"from": "2024-01-01", "value": value, "source": source}]}
            for name, value in parameters.items()
        },
    }  # fmt: skip
    return lay_over(POLICY, parse(PolicyFile, content, "o.yaml"), "o.yaml", "")


@pytest.mark.parametrize(
    ("drivers", "rule", "near"),
    [
        ({"history": {"weight": 1, "growth_of": "budgets.excuted"}}, "policy.unknown_column",
         "budgets.executed"),
        ({"technology": {"weight": 1, "rate": "context.gdp_grwth"}}, "policy.unknown_column",
         "context.gdp_growth"),
        ({"technology": {"weight": 1, "rate": "budgets.executed"}}, "policy.unknown_column", ""),
        ({"ageing": {"weight": 1, "rate": "measures.aged"}}, "policy.driver_untitled", ""),
        ({"award": {"weight": 1, "rate": "measures.aged"}}, "policy.driver_is_step", ""),
        ({"history": {"weight": 1, "growth_of": "budgets.executed", "years": "budget_cap"}},
         "policy.driver_years", ""),
    ],
)  # fmt: skip
def test_a_driver_over_nothing_known_is_refused_when_the_policy_is_read(drivers, rule, near):
    with pytest.raises(BadInputError) as refused:
        suppose(POLICY, {"growth_drivers": drivers}, DATE)
    problems = {problem.rule: problem for problem in refused.value.problems}
    assert near in str(problems[rule].values)


@pytest.mark.parametrize("former", ["history_weight", "technology_weight", "history_growth_of"])
def test_a_former_key_is_refused_with_what_to_write_instead(former):
    for refuse in (lambda: overlay(**{former: 0.5}), lambda: suppose(POLICY, {former: 0.5}, DATE)):
        with pytest.raises(BadInputError) as refused:
            refuse()
        assert refused.value.problems[0].rule == "policy.growth_is_by_drivers"
        assert "growth_drivers" in refused.value.text("en")


def test_an_overlay_states_no_growth_or_others_whole():
    for none in ("none", {}):
        assert overlay(none).on(DATE).value("growth_drivers") == {}
    stated = {"ageing": {"title": AGEING, "weight": 1, "rate": "measures.aged"}}
    assert list(overlay(stated).on(DATE).value("growth_drivers")) == ["ageing"]


def test_drivers_without_weight_are_no_growth_rather_than_no_budget():
    idle = suppose(POLICY, FREE | {"growth_drivers": {"history": {"weight": 0}} | NOTHING}, DATE)
    none = suppose(POLICY, FREE | {"growth_drivers": NOTHING | {"history": None}}, DATE)
    budgets = [
        decide(city(), policy, YEAR).allocations.set_index("unit_id")["next_budget"]
        for policy in (idle, none)
    ]
    assert budgets[0].to_dict() == budgets[1].to_dict()
    assert budgets[0].notna().all()
    found = decide(city(), idle, YEAR)
    page = Report(found.view("H", "zh"))
    assert page.show("bridge").markup
