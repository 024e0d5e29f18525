"""A good policy with its overlays, and one bad file for each way of being bad."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from fundeval.policy import load
from fundeval.problems import BadInputError
from tests.messages import pattern

SOURCE = '{kind: local, cite: "测试", checked_on: 2024-01-01}'
HEAD = 'id: test\ntitle: {zh: "测试", en: "Test"}\nextends: national\n'


def overlay(tmp_path: Path, body: str, name: str = "test.yaml", head: str = HEAD) -> Path:
    path = tmp_path / name
    path.write_text(head + body, encoding="utf-8")
    return path


def parameter(name: str, value: str, since: str = "2024-01-01") -> str:
    return (
        f"parameters:\n  {name}:\n    values:\n"
        f"      - {{from: {since}, value: {value}, source: {SOURCE}}}\n"
    )


def indicator(name: str, rule: str, title: str = "") -> str:
    return (
        f"indicators:\n  {name}:\n{title}    values:\n"
        f"      - {{from: 2024-01-01, value: {rule}, source: {SOURCE}}}\n"
    )


def rule(curve: str = "{kind: target, target: 1}", weight: int | str = 10, missing: str = "spread"):
    return (
        f"{{domain: satisfaction, weight: {{hospital: {weight}}}, direction: higher, "
        f"missing: {missing}, curve: {curve}}}"
    )


def rules(path, year=2024):
    return load(path).on(dt.date(year, 12, 31))


def test_an_overlay_holds_only_what_a_region_changes(tmp_path):
    path = overlay(tmp_path, parameter("execution_floor", "0.85"))
    before, after = rules(path, 2023), rules(path, 2024)
    assert (before.value("execution_floor"), after.value("execution_floor")) == (0.9, 0.85)
    assert after.parameters["execution_floor"].origin == "test"
    assert after.parameters["execution_floor"].description["zh"].startswith("预算执行率下限")
    assert after.parameters["exam_share_limit"].origin == "national"


def test_an_overlay_of_an_overlay(tmp_path):
    overlay(tmp_path, parameter("execution_floor", "0.85"), "province.yaml")
    head = 'id: city\ntitle: {zh: "市", en: "City"}\nextends: province\n'
    path = overlay(tmp_path, parameter("exam_share_limit", "0.25"), "city.yaml", head)
    in_force = rules(path)
    assert (in_force.value("execution_floor"), in_force.value("exam_share_limit")) == (0.85, 0.25)
    assert [name for name, _ in load(path).files] == [
        "national.yaml", "province.yaml", "city.yaml",
    ]  # fmt: skip


def test_a_backdated_policy_marks_its_values_as_an_assumption():
    floor = load("retrospective").on(dt.date(2015, 12, 31)).parameters["execution_floor"]
    assert (floor.value, floor.source.kind, floor.origin) == (0.9, "assumption", "retrospective")


def test_a_value_that_was_not_checked_lately_is_stale(tmp_path):
    path = overlay(tmp_path, parameter("execution_floor", "0.85"))
    assert not rules(path, 2027).parameters["execution_floor"].stale
    assert rules(path, 2028).parameters["execution_floor"].stale


BAD = {
    "unknown key": (
        "colour: red\n", "“colour”：“red”。不认识的键",
    ),
    "unknown key within a parameter": (
        parameter("execution_floor", "0.85").replace("values", "wert"),
        "parameters.execution_floor.wert",
    ),
    "duplicate key": (
        parameter("execution_floor", "0.85") + "parameters: {}\n", "同一个键出现两次",
    ),
    "bad date": (
        parameter("execution_floor", "0.85", since="2024-13-01"), "",
    ),
    "dates that do not rise": (
        parameter("execution_floor", "0.85")
        + f"      - {{from: 2024-01-01, value: 0.8, source: {SOURCE}}}\n",
        "日期没有逐个递增",
    ),
    "no source": (
        parameter("execution_floor", "0.85").replace(f", source: {SOURCE}", ""),
        "parameters.execution_floor.values[0].source”。缺少必填的键",
    ),
    "source of an unknown kind": (
        parameter("execution_floor", "0.85").replace("kind: local", "kind: rumour"),
        "source.kind”：“rumour”。取值应为",
    ),
    "unknown parameter": (
        parameter("execution_flor", "0.85"), "“parameters.execution_flor”。没有这个参数",
    ),
    "a fraction written as percent": (
        parameter("execution_floor", "90"), "parameters.execution_floor.values[0].value",
    ),
    "text for a number": (
        parameter("execution_floor", "high"), "parameters.execution_floor.values[0].value",
    ),
    "overlapping bands": (
        parameter("grade_bands", "[{from: 0, to: 70, result: poor}, {from: 60, result: good}]"),
        "各档在 60.0 处重叠",
    ),
    "gapped bands": (
        parameter("grade_bands", "[{from: 0, to: 50, result: poor}, {from: 60, result: good}]"),
        "50.0 与 60.0 之间没有档",
    ),
    "a level of warning that nothing knows": (
        parameter("warning_bands", "[{from: 0, result: orange}]"), "none, blue, yellow, red",
    ),
    "no bands at all": (
        parameter("execution_link", "[]"), "至少要有一档",
    ),
    "a band that results in text": (
        parameter("execution_link", "[{from: 0, result: less}]"), "一档的结果应为数字，不是“less”",
    ),
    "a float beyond its limit": (
        parameter("regional_float", "-0.08"), "regional_float_limit",
    ),
    "a check without a draw": (
        parameter("sensitivity_draws", "0"), "1 … 10000",
    ),
    "more points than there are": (
        parameter("project_minimum_score", "600"), "0 … 100",
    ),
    "a cap of 120 times the base for one of 120 percent": (
        parameter("budget_cap", "120"), "0 … 10",
    ),
    "days beyond a year": (
        parameter("talk_within_days", "1000000000"), "0 … 366",
    ),
    "bounds below zero": (
        parameter("sensitivity_weights", "-0.1"), "≥ 0",
    ),
    "cut points of which a better one earns less": (
        indicator("satisfaction", rule(
            "{kind: cut_points, below: 0, cut_points: [[0.5, 60], [0.8, 40]]}"
        )),
        "更好的档次得分反而更低",
    ),
    "a curve by scheme of what is not kept by scheme": (
        parameter("exam_share_limit", "{employee: 0.3, resident: 0.2}"), "不分险种计分",
    ),
    "quantiles that do not rise": (
        indicator("satisfaction", rule(
            "{kind: quantiles, low: 0.9, low_percent: 50, high: 0.1, high_percent: 100}"
        )),
        "low 须小于 high",
    ),
    "quantiles that meet": (
        indicator("satisfaction", rule(
            "{kind: quantiles, low: 0.5, low_percent: 50, high: 0.5, high_percent: 100}"
        )),
        "low 须小于 high",
    ),
    "a target that lies in a band": (
        indicator("satisfaction", rule().replace("higher", "band")), "曲线须为 segments",
    ),
    "a benchmark at its threshold": (
        indicator("satisfaction", rule(
            "{kind: benchmark, threshold: 1, benchmark: 1, improvement_percent: 9, step: 1}"
        )),
        "没有递增",
    ),
    "a curve that falls once a parameter changes": (
        parameter("cost_growth_limit", "0.12", since="2025-01-01"),
        "indicators.outpatient_cost_growth",
    ),
    "a value that is not one of the choices": (
        parameter("budget_base", "guess"), "adjusted, executed, average",
    ),
    "a grade without its rate": (
        parameter("grade_budget_rates", "{excellent: 0.05}")
        + parameter("evaluation_link", "{hospital: add}").removeprefix("parameters:\n"),
        "poor, fair, good, excellent",
    ),
    "weights that sum to 99": (
        indicator("satisfaction", rule(weight=9)),
        "自 2024-01-01 起，hospital 的指标权重合计为 99，不是 100",
    ),
    "a curve that names no parameter": (
        indicator("satisfaction", rule("{kind: target, target: no_such}")),
        "曲线引用了不存在",
    ),
    "a curve that falls": (
        indicator("satisfaction", rule("{kind: segments, points: [[1, 0], [0, 100]]}")),
        "没有递增",
    ),
    "a factor beyond all amounts": (parameter("budget_cap", "1.0e+300"), "不得大于"),
    "a target of nothing": (
        indicator("satisfaction", rule("{kind: target, target: {tertiary: 0, other: 1}}")),
        "目标值须大于 0",
    ),
    "a code that is none, beside other": (
        indicator("satisfaction", rule("{kind: target, target: {三级: 0.9, other: 0.8}}")),
        "tertiary, secondary",
    ),
    "a figure that is true": (
        indicator("satisfaction", rule("{kind: target, target: true}")), "curve.target”：“True",
    ),
    "a key called unlike the kind of its curve": (
        indicator("satisfaction", rule("{kind: target, target: 1, capp: 90}")), "curve.capp",
    ),
    "a measure without a name": (
        indicator("satisfaction", rule('{kind: target, target: {measure: ""}}')), "curve.target",
    ),
    "weights by scheme": (
        indicator("satisfaction", rule(weight="{employee: 10, other: 10}")), "不能按险种区分",
    ),
    "a key of a domain that is none": (
        parameter("domain_rules", "{output: {weigth: 10}}"), "domain_rules.values[0].value.output",
    ),
    "more judged indicators than there are": (
        parameter("domain_rules", "{output: {minimum_judged: 99}}"), "只有 8 个指标",
    ),
    "a name in one language": (
        'grades: {pass: {zh: "合格"}}\n', "grades.pass",
    ),
    "grades that begin above nothing": (
        parameter("grade_bands", "[{from: 10, to: 60, result: poor}, {from: 60, result: good}]"),
        "没有覆盖 0 至 100 分",
    ),
    "grades that end below full marks": (
        parameter("grade_bands", "[{from: 0, to: 60, result: poor}, "
                  "{from: 60, to: 100, result: good}]"),
        "没有覆盖 0 至 100 分",
    ),
    "an overrun below nothing": (
        parameter("overrun_bands", "[{from: -0.1, to: 0.1, result: 0.5}]"), "from ≥ 0",
    ),
    "a driver that needs more years than it looks at": (
        parameter("growth_drivers", "{history: {weight: 1, growth_of: budgets.executed, "
                  "years: 2, minimum_years: 3}}"),
        "minimum_years 大于 years",
    ),
    "a driver with two columns": (
        parameter("growth_drivers", "{history: {weight: 1, growth_of: budgets.executed, "
                  "rate: context.technology_growth}}"),
        "growth_of 和 rate 须写且只写一个",
    ),
    "points above the maximum": (
        indicator("satisfaction", rule("{kind: segments, points: [[0, 0], [1, 101]]}")),
        "points[1][1]",
    ),
    "an unknown rule for missing values": (
        indicator("satisfaction", rule(missing="zero")),
        "取值应为",
    ),
    "a negative floor of execution": (
        parameter("execution_floor", "-0.1"), "≥ 0",
    ),
    "a negative share of an award": (
        parameter("surplus_award_rate", "-0.5"), "≥ 0",
    ),
    "a link that gives": (
        parameter("execution_link", "[{from: 0, result: 0.01}]"), "-1 … 0",
    ),
    "a link that takes more than all": (
        parameter("execution_link", "{points: [[0, -3], [1, 0]]}"), "-1 … 0",
    ),
    "a link whose bands overlap": (
        parameter("execution_link", "[{from: 0, to: 0.9, result: -0.03}, {from: 0.8, result: 0}]"),
        "各档在 0.8 处重叠",
    ),
    "a link with three points at one place": (
        parameter("execution_link", "{points: [[0.9, -0.03], [0.9, -0.01], [0.9, 0]]}"),
        "同一横坐标上最多两点",
    ),
    "a floor above the cap": (
        parameter("budget_floor", "1.3"), "≤ 1.2 (budget_cap",
    ),
    "a negative share withheld": (
        parameter("withheld_share", "{hospital: -0.1}"),
        "withheld_share.values[0].value.hospital”：“-0.1”。取值不得小于 0",
    ),
    "a share withheld written as percent": (
        parameter("withheld_share", "{hospital: 10}"), "取值必须小于 1",
    ),
    "a negative return": (
        parameter("returned", "{hospital: {by: score, points: [[0, -1], [100, 1]]}}"),
        "returned.values[0].value.hospital.points[0][1]”：“-1”。取值不得小于 0",
    ),
    "returns that run back": (
        parameter("returned", "{hospital: {by: score, points: [[100, 1], [60, 0]]}}"),
        "各点的横坐标没有从小到大",
    ),
    "three returns at one place": (
        parameter("returned", "{hospital: {by: score, points: [[60, 0], [60, 0.5], [60, 1]]}}"),
        "同一横坐标上最多两点",
    ),
    "returns by grade that leave one out": (
        parameter("returned", "{hospital: {by: grade, grades: {excellent: 1}}}"),
        "poor, fair, good, excellent",
    ),
    "a ratchet of more than all": (
        parameter("ratchet_cap", "1.5"), "取值不得大于 1",
    ),
    "the former ceiling": (
        parameter("gdp_ceiling", "bind"), "gdp_ceiling 不再有 bind",
    ),
    "percentages by grade that nothing adds": (
        parameter("grade_budget_rates", "{excellent: 0.05, good: 0, fair: 0, poor: -0.1}"),
        "withheld_share",
    ),
    "a reason that is not one of those decided": (
        parameter("unjudged_units", "{small: exempt}"), "not_scored",
    ),
    "a kind of unit that has no results": (
        parameter("evaluation_link", "{alliance: within}"), "evaluation_link",
    ),
    "no limit written as infinity": (
        parameter("budget_cap", ".inf"), "parameters.budget_cap.values[0].value”：“inf”",
    ),
    "not a number within a map": (
        parameter("withheld_share", "{region: .nan}"),
        "parameters.withheld_share.values[0].value.region",
    ),
    "not YAML": ("parameters: [\n", "不是有效的 YAML"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_overlay_is_refused_naming_file_and_key(tmp_path, case):
    body, expected = BAD[case]
    with pytest.raises(BadInputError) as error:
        load(overlay(tmp_path, body))
    text = error.value.text("zh")
    assert "test.yaml" in text
    assert expected.replace("，", ",") in text.replace("，", ",")


@pytest.mark.parametrize("case", BAD)
def test_a_refusal_in_chinese_is_chinese(tmp_path, case):
    """Names of keys and codes aside, no sentence of a library shows through."""
    with pytest.raises(BadInputError) as error:
        load(overlay(tmp_path, BAD[case][0]))
    assert not re.search(r"[a-z]+ (should|must|be|is|are|at|than|to) ", error.value.text("zh"))


@pytest.mark.parametrize("name", ["regional_float", "cost_growth_limit"])
def test_a_fall_may_be_what_a_policy_wants(tmp_path, name):
    assert rules(overlay(tmp_path, parameter(name, "-0.01"))).value(name) == -0.01


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path):
    body = parameter("execution_floor", "90") + (
        f"  exam_share_limit:\n    values:\n"
        f"      - {{from: 2024-01-01, value: much, source: {SOURCE}}}\n"
    )
    with pytest.raises(BadInputError) as error:
        load(overlay(tmp_path, body))
    assert len(error.value.problems) == 2


def test_a_policy_that_is_not_there_names_the_places_tried():
    with pytest.raises(BadInputError, match=pattern("policy.not_found")):
        load("atlantis")


def test_a_policy_that_extends_itself(tmp_path):
    head = 'id: test\ntitle: {zh: "测试", en: "Test"}\nextends: test\n'
    with pytest.raises(BadInputError, match=pattern("policy.extends_itself")):
        load(overlay(tmp_path, "", head=head))


def test_a_policy_of_its_own_must_be_complete(tmp_path):
    head = 'id: test\ntitle: {zh: "测试", en: "Test"}\ncheck_again_after_years: 3\n'
    with pytest.raises(BadInputError) as error:
        load(overlay(tmp_path, "", head=head))
    assert "parameters.execution_floor" in error.value.text("zh")


@pytest.mark.parametrize(("years", "stale"), [(1, True), (2, False)])
def test_a_value_is_stale_in_the_year_after_so_many(tmp_path, years, stale):
    head = f"{HEAD}check_again_after_years: {years}\n"
    path = overlay(tmp_path, parameter("execution_floor", "0.85"), head=head)
    in_force = load(path).on(dt.date(2026, 1, 1)).parameters["execution_floor"]
    assert in_force.stale == stale


def test_no_policy_is_checked_again_after_no_year(tmp_path):
    head = f"{HEAD}check_again_after_years: 0\n"
    with pytest.raises(BadInputError) as error:
        load(overlay(tmp_path, parameter("execution_floor", "0.85"), head=head))
    assert [p.column for p in error.value.problems] == ["check_again_after_years"]
