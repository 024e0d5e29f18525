"""A report says that there is none only where it was looked for."""

from dataclasses import replace

import pandas as pd
import pytest

from fundeval import policy, report
from fundeval.evaluation import evaluate
from fundeval.report.pages.run_index import Entry, render_index
from fundeval.report.report import Report
from fundeval.report.unit_view import View
from fundeval.results import parquet
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation
from tests.report.small_city import ALLIANCE, YEAR, small_city

REASON = "没有数据"


def shown(evaluation: Evaluation, unit_id: str, part: str) -> str:
    view = View(evaluation, summarize_descendants(evaluation), unit_id, "zh")
    return Report(view).show(part).markup


def with_states(evaluation: Evaluation, **states: str) -> Evaluation:
    """Return the evaluation with other states of departments, by id without the dash."""
    rows = evaluation.restrictions
    given = rows["unit_id"].str.replace("-", "_").map(states)
    return replace(evaluation, restrictions=rows.assign(state=given.fillna(rows["state"])))


def without_rows(evaluation: Evaluation, *frames: str) -> Evaluation:
    return replace(evaluation, **{name: getattr(evaluation, name).iloc[:0] for name in frames})


def without_conflicts(evaluation: Evaluation) -> Evaluation:
    rows = evaluation.findings
    return replace(evaluation, findings=rows[rows["finding"] != "conflict_surplus_award"])


def unjudged(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation without any value or point."""
    missing = {"value": float("nan"), "status": "not_judged", "reason": "no_data"}
    return replace(
        without_rows(evaluation, "findings"),
        indicators=evaluation.indicators.assign(**missing),
        scores=evaluation.scores.assign(points=float("nan"), **missing),
    )


@pytest.mark.parametrize("unit_id", ["010000", "A1", "H1"])
class TestRestrictedDepartments:
    def test_some(self, evaluation, unit_id):
        assert "2024 年 85.00%（下限 90%）限制" in shown(evaluation, unit_id, "restricted")

    def test_none_of_those_that_were_judged(self, evaluation, unit_id):
        clear = with_states(evaluation, H1_1="clear", H1_2="clear", H2_1="clear")
        assert shown(clear, unit_id, "restricted") == "<p>没有受限科室。</p>"

    def test_none_of_some_with_the_rest_not_judged(self, evaluation, unit_id):
        partly = with_states(evaluation, H1_1="clear", H1_2="undetermined", H2_1="clear")
        text = shown(partly, unit_id, "restricted")
        assert "没有受限科室。" in text
        assert f"{3 if unit_id == '010000' else 2} 个科室中另有 1 个无法判定" in text

    def test_not_looked_for_without_a_judged_department(self, evaluation, unit_id):
        unknown = with_states(evaluation, **dict.fromkeys(("H1_1", "H1_2", "H2_1"), "undetermined"))
        text = shown(unknown, unit_id, "restricted")
        assert "均无法判定" in text
        assert "没有受限科室" not in text
        assert "0 个科室受限" not in shown(unknown, unit_id, "verdict")

    def test_not_looked_for_without_departments(self, evaluation, unit_id):
        text = shown(without_rows(evaluation, "restrictions"), unit_id, "restricted")
        assert "没有科室的执行数据，无法判定是否有受限科室" in text


def test_the_index_does_not_count_departments_that_were_not_judged(evaluation):
    unknown = with_states(evaluation, H2_1="undetermined")
    page = render_index(unknown, {"H2": Entry("reports/H2.html")}, "zh")
    assert "无法判定（1 个科室）" in page


@pytest.mark.parametrize("unit_id", ["010000", "A1", "H1"])
class TestConflicts:
    def test_some(self, evaluation, unit_id):
        assert "25.00 元" in shown(evaluation, unit_id, "conflicts")

    def test_none_where_execution_and_settlement_are_known(self, evaluation, unit_id):
        text = shown(without_conflicts(evaluation), unit_id, "conflicts")
        assert "没有低执行与结余奖励并存的情形" in text
        # The second hospital has no settlement.
        assert ("另有 1 家机构缺少" in text) == (unit_id == "010000")

    @pytest.mark.parametrize(
        ("frames", "why"),
        [
            (["settlement"], "没有可计算结余的清算数据"),
            (["indicators", "restrictions"], "没有执行数据"),
            (["settlement", "indicators", "restrictions"], "没有执行数据，也没有可计算结余"),
        ],
    )
    def test_not_looked_for_without_data(self, evaluation, unit_id, frames, why):
        text = shown(without_rows(without_conflicts(evaluation), *frames), unit_id, "conflicts")
        assert "无法判定是否有低执行与结余奖励并存的情形" in text
        assert why in text


def test_no_conflict_is_looked_for_where_no_institution_has_both(evaluation):
    rows = evaluation.settlement
    other = replace(without_conflicts(evaluation), settlement=rows[rows["unit_id"] == "A1"])
    rates = other.indicators[other.indicators["unit_id"] == "H2"]
    states = other.restrictions[other.restrictions["unit_id"] == "H2-1"]
    apart = replace(other, indicators=rates, restrictions=states)
    assert "没有一家机构同时有" in shown(apart, "010000", "conflicts")


def test_an_alliance_is_rewarded_beside_a_restricted_department_of_a_member(tmp_path):
    evaluation = evaluate(small_city(), policy.load("national"), YEAR)
    awards = evaluation.settlement
    awards = awards[(awards["unit_id"] == ALLIANCE) & (awards["item"] == "surplus_award")]
    assert awards["amount"].gt(0).all()
    assert len(awards) == 2
    parquet.write(evaluation, tmp_path)
    for unit_id in (ALLIANCE, "990103", "990100"):
        text = report.open_unit(unit_id, tmp_path).show("conflicts").markup
        assert text.count("青禾县医共体") == 2


@pytest.mark.parametrize("part", ["findings", "advice"])
def test_nothing_to_draw_attention_to_is_said_where_something_was_judged(evaluation, part):
    assert "没有需要提请注意的问题" in shown(without_rows(evaluation, "findings"), "H2", part)
    text = shown(unjudged(evaluation), "H2", part)
    assert "无法判定有无问题" in text
    assert REASON in text
    assert "执行率低于下限" in shown(evaluation, "H1", part)


def test_full_marks_and_judged_indicators_need_scores(evaluation):
    low = replace(evaluation, scores=evaluation.scores.assign(points=1.0))
    assert "没有得满分的指标" in shown(low, "H1", "practices")
    assert "无法判定有无满分指标" in shown(unjudged(evaluation), "H1", "practices")
    assert "得满分" in shown(evaluation, "H2", "practices")
    ok = replace(evaluation, scores=evaluation.scores.assign(status="ok"))
    assert "各项指标均已评价" in shown(ok, "H1", "other")
    assert "各项指标均已评价" not in shown(without_rows(evaluation, "scores"), "H1", "other")


def test_peers_are_not_called_few_where_nothing_could_be_compared(evaluation):
    assert "没有可与同类单位比较的指标" in shown(unjudged(evaluation), "H1", "peers")
    assert "同类单位不足" in shown(without_rows(evaluation, "peers"), "H1", "peers")


def fund(name: str, value: float, status: str = "ok", reason: str = "") -> dict[str, object]:
    return {
        "unit_id": "010000", "year": YEAR, "scheme": "employee", "indicator": name,
        "value": value, "status": status, "reason": reason,
    }  # fmt: skip


def test_the_balance_calls_for_no_warning_only_where_it_is_known(evaluation):
    assert "无法判定基金结余" in shown(evaluation, "010000", "standing")
    rows = pd.DataFrame([fund("payable_months", 9.0)])
    known = replace(evaluation, indicators=pd.concat([evaluation.indicators, rows]))
    assert "均未触发预警" in shown(known, "010000", "standing")
    deficit = evaluation.findings.iloc[:1].assign(
        unit_id="010000", finding="deficit", severity="severe", subject="payable_months", value=-9.0
    )
    broke = replace(known, findings=pd.concat([evaluation.findings, deficit]))
    assert "均未触发预警" not in shown(broke, "010000", "standing")


def test_no_check_is_due_only_of_those_with_data_on_purchases(evaluation):
    assert "没有提供药品耗材日采购的数据" in shown(evaluation, "010000", "checks")
    bought = {"unit_id": "H1", "year": YEAR, "scheme": "all", "progress": 0.5, "level": "none",
              "reason": ""}  # fmt: skip
    rows = pd.DataFrame([bought], columns=evaluation.warnings.columns)
    text = shown(replace(evaluation, warnings=rows), "010000", "checks")
    assert "有日采购数据的 1 个单位中" in text


def test_no_adjustment_is_said_where_the_surplus_rate_is_known(evaluation):
    none = without_rows(evaluation, "adjustments")
    assert "无法判定是否调剂" in shown(none, "R1", "adjustment")
    rate = pd.DataFrame([fund("surplus_rate", 0.1) | {"unit_id": "R1"}])
    known = replace(none, indicators=pd.concat([none.indicators, rate]))
    assert "无须调出或调入" in shown(known, "R1", "adjustment")
    assert "+12.50" in shown(evaluation, "R1", "adjustment")


def test_the_overview_of_several_regions_looks_at_all_of_them(evaluation, tmp_path):
    """Without the city its counties and hospitals stand side by side."""
    units = evaluation.units[evaluation.units["unit_id"] != "010000"]
    units = units.assign(parent_id=units["parent_id"].replace("010000", None))
    parquet.write(replace(evaluation, units=units), tmp_path)
    opened = report.open_unit("", tmp_path)
    assert opened.view.unit_id == "R1"
    assert "2024 年 85.00%（下限 90%）限制" in opened.show("restricted").markup
    assert "3 个科室中另有 1 个无法判定" in opened.show("restricted").markup
    assert opened.show("conflicts").markup.count("25.00 元") == 1
    alone = report.open_unit("R1", tmp_path)
    assert "没有科室的执行数据" in alone.show("restricted").markup
