"""What results call for: on whom, why, and until when."""

from __future__ import annotations

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.report.report import Report
from fundeval.report.text.explain_restriction import explain_restriction
from fundeval.report.text.explain_score import explain_score
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say
from tests.messages import says

YEAR = 2024
UNITS = [unit("H", "hospital", level="tertiary"), unit("D", parent="H"), unit("E", parent="H")]


def evaluated(satisfaction: float | None, tmp_path, days: int = 30):
    """Evaluate a hospital that is scored by satisfaction alone: 0.5 earns 0 points, 1 all."""
    path = tmp_path / "satisfied.yaml"
    source = "source: {kind: local, cite: test, checked_on: 2026-11-26}"
    path.write_text(
        "id: satisfied\ntitle: {zh: 满意, en: Satisfied}\nextends: national\n"
        "drop: [indicators.*]\nparameters:\n"
        f"  talk_within_days: {{values: [{{from: 2023-01-01, value: {days}, {source}}}]}}\n"
        "indicators:\n  satisfied:\n    title: {zh: 满意, en: Satisfied}\n    values:\n"
        "      - from: 2023-01-01\n        value: {domain: satisfaction, weight: {hospital: 100}, "
        "direction: higher, curve: {kind: segments, points: [[0.5, 0], [1, 100]]}, "
        f"missing: void}}\n        {source}\n",
        encoding="utf-8",
    )
    rows = [budget("D", year, 80.0) for year in (2023, 2024)]
    rows += [budget("E", 2024, 80.0), budget("H", 2024, 160.0, 200.0)]
    supplied = {"unit_id": "H", "year": YEAR, "measure": "satisfied", "value": satisfaction}
    return decide(dataset(units=UNITS, budgets=rows, measures=[supplied]), load(path), YEAR)


@pytest.mark.parametrize(
    ("days", "due"), [(30, "2025-01-30"), (0, "2024-12-31"), (59, "2025-02-28")]
)
def test_the_head_of_a_poor_institution_is_called_in(tmp_path, days, due):
    """0.75 earns (0.75 − 0.5) ÷ 0.5 = 50 points, poor: a talk so many days after 31 December.

    D is below 90 % in two years and reports its measures; E has one year and is not judged.
    """
    found = evaluated(0.75, tmp_path, days)
    actions = found.actions.assign(due=found.actions["due"].dt.strftime("%Y-%m-%d"))
    rows = actions.set_index("unit_id")[["action", "why", "due", "who"]]
    assert rows.loc["H"].tolist() == ["talk", "lowest_grade", due, "head_of_institution"]
    assert rows.loc["D"].tolist() == ["report", "restricted", "2025-01-30", "head_of_department"]
    assert list(rows.index) == ["D", "H"]
    told = found.findings.query("finding == 'action_due'")
    assert told[["unit_id", "subject", "detail"]].to_numpy().tolist() == [
        ["D", "report", "2025-01-30"], ["H", "talk", due],
    ]  # fmt: skip
    view = found.view("H", "en")
    page = Report(view).show("actions").markup
    assert due in page
    assert "head of the institution" in page
    assert any(says(line, "explain.action", "en", days=days, due=due)
               for line in explain_score(view))  # fmt: skip
    assert any(says(line, "explain.action", "en", due="2025-01-30")
               for line in explain_restriction(view.at("D")))  # fmt: skip


def test_no_talk_with_a_fair_one_and_no_word_of_one_not_judged(tmp_path):
    """0.8 earns 60 points, fair; without a value there is no grade, and that is said."""
    assert list(evaluated(0.8, tmp_path).actions["unit_id"]) == ["D"]
    found = evaluated(None, tmp_path)
    assert list(found.actions["unit_id"]) == ["D"]
    view = found.view("E", "en")
    assert says(Report(view).show("actions").markup, "none.actions_unjudged", "en")


def test_a_lowest_credit_grade_calls_for_a_talk_of_its_own(evaluated_city):
    """西镇 of 青禾县 is fair (60.95), and poor by credit (51.04): called in for its credit alone.

    白蘅县人民医院 is poor by both: two reasons, one finding.
    """
    actions = evaluated_city.actions
    talks = actions[actions["action"] == "talk"].groupby("unit_id")["why"].agg(list)
    assert talks["H99010300004"] == ["lowest_card"]
    assert talks["H99010400001"] == ["lowest_card", "lowest_grade"]
    cards, grades = evaluated_city.card_grades, evaluated_city.grades
    poor = cards[(cards["card"] == "credit") & (cards["year"] == YEAR) & (cards["grade"] == "poor")]
    called = actions.loc[actions["why"] == "lowest_card", "unit_id"]
    assert sorted(called) == sorted(poor["unit_id"])
    assert set(talks.index) - set(called) <= set(grades.loc[grades["grade"] == "poor", "unit_id"])
    told = evaluated_city.findings.query("finding == 'action_due'")
    assert (told["unit_id"] == "H99010400001").sum() == 1
    view = View(evaluated_city, summarize_descendants(evaluated_city), "H99010300004", "zh")
    page = Report(view)
    why = say("action.why_card", "zh", card="信用评价")
    assert why in page.show("actions").markup
    assert says(page.show("use_of_results").markup, "apply.talk", why=why, due="2025-01-30")
    assert says(page.show("verdict").markup, "scorecards.verdict", card="信用评价", score="51.04")
    assert any(says(line, "explain.action") for line in explain_score(view.of_card("credit")))
    # Its grade of performance calls for nothing, and a single fund is graded for no talk.
    for other in (view, view.of_card("employee")):
        assert not any(says(line, "explain.action") for line in explain_score(other))


def test_a_region_says_how_far_down_it_lists(evaluated_city):
    view = View(evaluated_city, summarize_descendants(evaluated_city), "990104", "zh")
    assert says(Report(view).show("actions").markup, "actions.below")
    assert not says(Report(view.at("H99010400001")).show("actions").markup, "actions.below")
