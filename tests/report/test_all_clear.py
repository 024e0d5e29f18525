"""A report says that there is none only where it was looked for."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from fundeval import policy, report
from fundeval.evaluation import evaluate
from fundeval.report.pages.run_index import Entry
from fundeval.report.report import Report
from fundeval.report.unit_view import View
from fundeval.results import parquet
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation
from tests.messages import says, word
from tests.report.pages import index_page
from tests.report.small_city import ALLIANCE, YEAR, small_city

# The year, rate and floor of the restricted department, however they are worded.
LIMITED = r"2024[^<]*85\.00%[^<]*90%"


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
        assert re.search(LIMITED, shown(evaluation, unit_id, "restricted"))

    def test_none_of_those_that_were_judged(self, evaluation, unit_id):
        clear = with_states(evaluation, H1_1="clear", H1_2="clear", H2_1="clear")
        assert shown(clear, unit_id, "restricted") == f"<p>{word('none.restricted')}</p>"

    def test_none_of_some_with_the_rest_not_judged(self, evaluation, unit_id):
        partly = with_states(evaluation, H1_1="clear", H1_2="undetermined", H2_1="clear")
        text = shown(partly, unit_id, "restricted")
        assert says(text, "none.restricted")
        total = 3 if unit_id == "010000" else 2
        assert says(text, "restricted.undetermined", total=total, count=1)

    def test_not_looked_for_without_a_judged_department(self, evaluation, unit_id):
        unknown = with_states(evaluation, **dict.fromkeys(("H1_1", "H1_2", "H2_1"), "undetermined"))
        text = shown(unknown, unit_id, "restricted")
        assert says(text, "none.restricted_undetermined")
        assert not says(text, "none.restricted")
        assert not says(shown(unknown, unit_id, "verdict"), "fact.restricted", count=0)

    def test_not_looked_for_without_departments(self, evaluation, unit_id):
        text = shown(without_rows(evaluation, "restrictions"), unit_id, "restricted")
        assert says(text, "none.restricted_no_departments")


def test_the_index_does_not_count_departments_that_were_not_judged(evaluation):
    unknown = with_states(evaluation, H2_1="undetermined")
    page = index_page(unknown, {"H2": Entry("reports/H2.html")}, "zh")
    assert says(page, "index.undetermined", total=1)


@pytest.mark.parametrize("unit_id", ["010000", "A1", "H1"])
class TestConflicts:
    def test_some(self, evaluation, unit_id):
        assert "25.00 " in shown(evaluation, unit_id, "conflicts")

    def test_none_where_execution_and_settlement_are_known(self, evaluation, unit_id):
        text = shown(without_conflicts(evaluation), unit_id, "conflicts")
        assert says(text, "none.conflicts")
        # The second hospital has no settlement.
        assert says(text, "conflicts.rest", count=1) == (unit_id == "010000")

    @pytest.mark.parametrize(
        ("frames", "why"),
        [
            (["settlement"], "no_settlement"),
            (["indicators", "restrictions"], "no_execution"),
            (["settlement", "indicators", "restrictions"], "no_data"),
        ],
    )
    def test_not_looked_for_without_data(self, evaluation, unit_id, frames, why):
        text = shown(without_rows(without_conflicts(evaluation), *frames), unit_id, "conflicts")
        assert says(text, "none.conflicts_unchecked", why=word(f"conflicts.{why}"))


def test_no_conflict_is_looked_for_where_no_institution_has_both(evaluation):
    rows = evaluation.settlement
    other = replace(without_conflicts(evaluation), settlement=rows[rows["unit_id"] == "A1"])
    rates = other.indicators[other.indicators["unit_id"] == "H2"]
    states = other.restrictions[other.restrictions["unit_id"] == "H2-1"]
    apart = replace(other, indicators=rates, restrictions=states)
    assert says(shown(apart, "010000", "conflicts"), "conflicts.not_both")


def test_an_alliance_is_rewarded_beside_a_restricted_department_of_a_member(tmp_path):
    evaluation = evaluate(small_city(), policy.load("national"), YEAR)
    awards = evaluation.settlement
    awards = awards[(awards["unit_id"] == ALLIANCE) & (awards["item"] == "surplus_award")]
    assert awards["amount"].gt(0).all()
    assert len(awards) == 2
    parquet.write(evaluation, tmp_path)
    for unit_id in (ALLIANCE, "990103", "990100"):
        text = report.open_unit(unit_id, tmp_path).show("conflicts").markup
        [name] = evaluation.units.query("unit_id == @ALLIANCE")["name"]
        assert text.count(name) == 2


@pytest.mark.parametrize("part", ["findings", "advice"])
def test_nothing_to_draw_attention_to_is_said_where_something_was_judged(evaluation, part):
    assert says(shown(without_rows(evaluation, "findings"), "H2", part), "none.findings")
    text = shown(unjudged(evaluation), "H2", part)
    assert says(text, "none.findings_unjudged")
    assert word("reason.no_data") in text
    assert says(shown(evaluation, "H1", part), "finding.below_floor")


def test_full_marks_and_judged_indicators_need_scores(evaluation):
    low = replace(evaluation, scores=evaluation.scores.assign(points=1.0))
    assert says(shown(low, "H1", "practices"), "none.practices")
    assert says(shown(unjudged(evaluation), "H1", "practices"), "none.practices_unjudged")
    assert says(shown(evaluation, "H2", "practices"), "practices.line", value="102.00%")
    ok = replace(evaluation, scores=evaluation.scores.assign(status="ok"))
    assert says(shown(ok, "H1", "other"), "none.other")
    assert not says(shown(without_rows(evaluation, "scores"), "H1", "other"), "none.other")


def test_peers_are_not_called_few_where_nothing_could_be_compared(evaluation):
    assert says(shown(unjudged(evaluation), "H1", "peers"), "none.compared")
    assert says(shown(without_rows(evaluation, "peers"), "H1", "peers"), "none.peers", few=2)


def fund(name: str, value: float, status: str = "ok", reason: str = "") -> dict[str, object]:
    return {
        "unit_id": "010000", "year": YEAR, "scheme": "employee", "indicator": name,
        "value": value, "status": status, "reason": reason,
    }  # fmt: skip


def test_the_balance_calls_for_no_warning_only_where_it_is_known(evaluation):
    assert says(shown(evaluation, "010000", "standing"), "none.standing_unjudged")
    rows = pd.DataFrame([fund("payable_months", 9.0)])
    known = replace(evaluation, indicators=pd.concat([evaluation.indicators, rows]))
    assert says(shown(known, "010000", "standing"), "none.standing")
    deficit = evaluation.findings.iloc[:1].assign(
        unit_id="010000", finding="deficit", severity="severe", subject="payable_months", value=-9.0
    )
    broke = replace(known, findings=pd.concat([evaluation.findings, deficit]))
    assert not says(shown(broke, "010000", "standing"), "none.standing")


def test_no_check_is_due_only_of_those_with_data_on_purchases(evaluation):
    assert says(shown(evaluation, "010000", "checks"), "none.purchases")
    bought = {"unit_id": "H1", "year": YEAR, "date": pd.Timestamp(YEAR, 3, 5), "goods": "both",
              "share": 0.5, "level": "none", "check": "not_due", "reason": ""}  # fmt: skip
    rows = pd.DataFrame([bought], columns=evaluation.purchase_alerts.columns)
    text = shown(replace(evaluation, purchase_alerts=rows), "H1", "checks")
    assert says(text, "purchases.none_raised", judged=1)
    unknown = rows.assign(level="undetermined", reason="purchase_threshold_missing", share=None)
    text = shown(replace(evaluation, purchase_alerts=unknown), "H1", "checks")
    assert says(text, "purchases.none_judged", count=1)
    assert not says(text, "purchases.none_raised")


def test_no_adjustment_is_said_where_the_surplus_rate_is_known(evaluation):
    none = without_rows(evaluation, "adjustments")
    assert says(shown(none, "R1", "adjustment"), "none.adjustment_rates")
    rate = pd.DataFrame([fund("surplus_rate", 0.1) | {"unit_id": "R1"}])
    known = replace(none, indicators=pd.concat([none.indicators, rate]))
    assert says(shown(known, "R1", "adjustment"), "none.adjustment")
    assert "+12.50" in shown(evaluation, "R1", "adjustment")


def test_the_overview_of_several_regions_looks_at_all_of_them(evaluation, tmp_path):
    """Without the city its counties and hospitals stand side by side."""
    units = evaluation.units[evaluation.units["unit_id"] != "010000"]
    units = units.assign(parent_id=units["parent_id"].replace("010000", None))
    parquet.write(replace(evaluation, units=units), tmp_path)
    opened = report.open_unit("", tmp_path)
    assert opened.view.unit_id == "R1"
    assert re.search(LIMITED, opened.show("restricted").markup)
    assert says(opened.show("restricted").markup, "restricted.undetermined", total=3, count=1)
    assert opened.show("conflicts").markup.count("25.00 ") == 1
    alone = report.open_unit("R1", tmp_path)
    assert says(alone.show("restricted").markup, "none.restricted_no_departments")


def test_who_was_looked_at_for_conflicts(evaluated_city):
    """A990103 has no package: its 7 members are settled, each by itself. A990102 has one: of the
    package and 7 members, one member lacks the quota of residents, and so does the package."""
    checks = summarize_descendants(evaluated_city).checks.set_index("unit_id")
    columns = ["institution_count", "settled_count", "checked_count"]
    assert checks.loc["A990103", columns].tolist() == [7, 7, 7]
    assert checks.loc["A990102", columns].tolist() == [8, 6, 6]
