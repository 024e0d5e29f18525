"""Further scorecards such as credit (R17), what incidents take off, and each fund by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from build import Decided, decide

from fundeval import policy
from fundeval.problems import BadInputError
from fundeval.report.report import Report
from fundeval.report.text.explain import explain
from fundeval.report.text.explain_budget import explain_budget
from fundeval.report.text.explain_score import explain_score
from fundeval.report.unit_view import View
from fundeval.report.workbook.sheets import deductions as deductions_sheet
from fundeval.report.workbook.sheets import findings as findings_sheet
from fundeval.report.workbook.sheets import scorecards as scorecards_sheet
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say
from tests.evaluation.build import budget, dataset, unit
from tests.messages import says

HEAD = "id: own\ntitle: {zh: 本地, en: Local}\nextends: national\n"
SOURCE = "source: {kind: local, cite: test, checked_on: 2026-11-26}"
# A scorecard of two indicators: half for each point of a measure, and a grade at 60.
CARD = f"""
scorecards:
  conduct:
    title: {{zh: 行风, en: Conduct}}
    domains: {{one: {{zh: 甲, en: One}}}}
    parameters:
      deductions: {{values: [{{from: 2023-01-01, {SOURCE}, value: {{
        late: {{title: {{zh: 迟报, en: Late}}, points: 4, most: 10, repaired: 0.25}},
        untrue: {{title: {{zh: 不实, en: Untrue}}, points: 1, years: 2, grade_cap: fair}}}}}}]}}
    indicators:
      courtesy: {{title: {{zh: 礼貌, en: Courtesy}}, values: [{{from: 2023-01-01, {SOURCE},
        value: {{domain: one, weight: {{hospital: 100}}, direction: higher, missing: void,
        curve: {{kind: segments, points: [[0, 0], [1, 100]]}}}}}}]}}
"""
# Another one that names its own grades, one of them as the first does, and the same incident.
OWN = f"""  own:
    title: {{zh: 本级, en: Own}}
    domains: {{one: {{zh: 甲, en: One}}}}
    grades: {{top: {{zh: 优, en: Excellent}}, low: {{zh: 不合格, en: Failed}}}}
    parameters:
      grade_bands: {{values: [{{from: 2023-01-01, {SOURCE}, value: [
        {{from: 0, to: 50, result: low}}, {{from: 50, result: top}}]}}]}}
      deductions: {{values: [{{from: 2023-01-01, {SOURCE}, value: {{
        untrue: {{title: {{zh: 虚报, en: Overstated}}, points: 1, grade_cap: low}}}}}}]}}
    indicators:
      courtesy: {{title: {{zh: 礼貌, en: Courtesy}}, values: [{{from: 2023-01-01, {SOURCE},
        value: {{domain: one, weight: {{hospital: 100}}, direction: higher, missing: void,
        curve: {{kind: segments, points: [[0, 0], [1, 100]]}}}}}}]}}
"""


def load(folder: Path, text: str = CARD) -> policy.Policy:
    path = folder / "own.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return policy.load(path)


def courtesy(unit_id: str, value: float, year: int = 2024) -> dict:
    return {"unit_id": unit_id, "year": year, "measure": "courtesy", "value": value}


def incident(unit_id: str, code: str, times: float | None, repaired=None, year: int = 2024) -> dict:
    return {
        "unit_id": unit_id, "year": year, "incident": code, "times": times, "repaired": repaired,
    }  # fmt: skip


HOSPITALS = [unit(name, "hospital") for name in "ABCD"]
BUDGETS = [budget(name, year, 95) for name in "ABCD" for year in (2023, 2024)]


def judged(rules: policy.Policy, **tables):
    tables = {"units": HOSPITALS, "budgets": BUDGETS} | tables
    return decide(dataset(**tables), rules, 2024)


def of(frame, card: str, year: int = 2024):
    rows = frame[frame["card"] == card]
    return (rows[rows["year"] == year] if "year" in rows else rows).set_index("unit_id")


def test_a_scorecard_is_scored_by_its_own_indicators_and_incidents(tmp_path: Path) -> None:
    """A: 95. B: 95 less 4 × (2 − 1 × 0.75) = 5. C: at most 10 for five times. D: untrue, 94, fair.

    One of B's two late reports was repaired, and counts a quarter: 1.25 times.
    """
    found = judged(
        load(tmp_path),
        measures=[courtesy(name, 0.95) for name in "ABCD"],
        incidents=[
            incident("B", "late", 2, 1), incident("C", "late", 5), incident("D", "untrue", 1),
        ],
    )  # fmt: skip
    grades = of(found.card_grades, "conduct")
    assert grades["score"].to_dict() == {"A": 95, "B": 90, "C": 85, "D": 94}
    assert grades["grade"].to_dict() == {
        "A": "excellent",
        "B": "excellent",
        "C": "good",
        "D": "fair",
    }
    assert grades["veto"].to_dict() == {"A": "", "B": "", "C": "", "D": "untrue"}
    taken = found.deductions.set_index("unit_id")
    assert taken.loc["B", ["times", "repaired", "counting", "points"]].tolist() == [2, 1, 1.25, 5]
    # The score by which budgets are evaluated knows nothing of it.
    assert set(found.grades["deducted"]) == {0}


def test_an_incident_counts_as_many_years_as_the_policy_says(tmp_path: Path) -> None:
    """Untrue data of 2023 still count in 2024 (2 years), late reports of 2023 do not."""
    found = judged(
        load(tmp_path),
        measures=[courtesy("A", 0.9), courtesy("B", 0.9), courtesy("B", 0.9, 2023)],
        incidents=[
            incident("A", "late", 1, year=2023), incident("B", "untrue", 1, year=2023),
            incident("C", "untrue", 1, year=2022),
        ],
    )  # fmt: skip
    grades = of(found.card_grades, "conduct")
    assert grades["score"].dropna().to_dict() == {"A": 90, "B": 89}
    assert of(found.card_grades, "conduct", 2023)["score"].to_dict() == {"B": 89}
    assert found.deductions["unit_id"].tolist() == ["B"]


def test_what_is_not_put_right_is_told_of(tmp_path: Path) -> None:
    """A: two late reports, one repaired, so one is left. B: all repaired. C: untrue data cap the
    grade at fair: told by the cap. D's number is not known: told by the grade it lacks."""
    found = judged(
        load(tmp_path),
        measures=[courtesy(name, 0.95) for name in "ABCD"],
        incidents=[
            incident("A", "late", 2, 1), incident("B", "late", 2, 2), incident("C", "untrue", 1),
            incident("D", "late", None),
        ],
    ).findings  # fmt: skip
    told = found[found["finding"] == "incident_unrepaired"]
    columns = ["unit_id", "severity", "subject", "detail", "value"]
    assert told[columns].to_numpy().tolist() == [["A", "note", "conduct", "late", 1.0]]
    assert found.loc[found["finding"] == "grade_capped", "unit_id"].tolist() == ["C"]


def test_a_cap_at_the_lowest_grade_is_not_the_score(tmp_path: Path) -> None:
    """A: 94 capped at poor. B: 40, poor by its score, so that the cap takes nothing more."""
    found = judged(
        load(tmp_path, CARD.replace("grade_cap: fair", "grade_cap: poor")),
        measures=[courtesy("A", 0.95), courtesy("B", 0.41)],
        incidents=[incident("A", "untrue", 1), incident("B", "untrue", 1)],
    ).findings
    lowest = found[found["finding"].isin(["capped_to_lowest", "scorecard_lowest"])]
    assert lowest[["unit_id", "finding", "value", "detail"]].to_numpy().tolist() == [
        ["A", "capped_to_lowest", 94.0, "untrue"], ["B", "scorecard_lowest", 40.0, "poor"],
    ]  # fmt: skip


def test_incidents_are_shown_with_their_years(tmp_path: Path) -> None:
    """Untrue data count for 2 years: of 2023 until 2024, of 2024 until 2025; of 2025 not yet."""
    found = judged(
        load(tmp_path),
        measures=[courtesy(name, 0.95) for name in "AB"],
        incidents=[incident("A", "untrue", 1, year=year) for year in (2023, 2024, 2025)],
    )
    view = found.view("A", "zh")
    page = Report(view).show("scorecards").markup
    spans = [(2023, 2024), (2024, 2025), (2025, 2026)]
    told = [says(page, "incidents.until", year=year, until=until) for year, until in spans]
    assert told == [True, True, False]


def test_an_incident_of_a_merged_unit_stands_on_its_successor_with_its_year(tmp_path: Path) -> None:
    """W ended in 2023 in A: what was untrue in 2023 counts until 2024 against A, once."""
    merged = unit("W", "hospital", valid_to="2023-12-31", successor_id="A")
    found = judged(
        load(tmp_path),
        units=[*HOSPITALS, merged],
        measures=[courtesy("A", 0.95)],
        incidents=[incident("W", "untrue", 1, year=2023)],
    )
    view = found.view("A", "en")
    cells = next(row for row in shown(found, "A", "scorecards") if row[0] == "Untrue")
    assert cells[1] == say("incidents.until", "en", year=2023, until=2024)
    lines = explain_score(view.of_card("conduct"))
    assert any("2023 Untrue" in line and "1" in line for line in lines)


def shown(found, unit_id: str, part: str, lang: str = "en") -> list[list[str]]:
    """Return the rows of the tables of a part of a page as lists of cells."""
    page = Report(found.view(unit_id, lang)).show(part).markup
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    ]


def test_grades_and_incidents_have_the_names_of_their_scorecard(tmp_path: Path) -> None:
    """A: 95 excellent and top. B: 30 poor and low. C: 94, untrue: fair by the one, low by the
    other, each with its own name of the incident. D: no data."""
    found = judged(
        load(tmp_path, CARD + OWN),
        measures=[courtesy("A", 0.95), courtesy("B", 0.3), courtesy("C", 0.95)],
        incidents=[incident("C", "untrue", 1)],
    )
    assert shown(found, "A", "grades_counted") == [
        ["Scorecard", "Kind", "Excellent", "Good", "Fair", "Poor", "No grade"],
        ["Conduct", "Hospital", "1", "0", "1", "1", "1"],
        ["Scorecard", "Kind", "Excellent", "Failed", "No grade"],
        ["Own", "Hospital", "1", "2", "1"],
    ]
    view = found.view("B", "en")
    page = Report(view).show("findings").markup
    for card, grade in (("Own", "Failed"), ("Conduct", "Poor")):
        assert re.search(rf"{card}\b.{{0,200}}{grade}", page, re.DOTALL)
    told = findings_sheet(view).query("unit_id in ['B', 'C']")
    assert {*told.loc[told["subject"] == "Own", "note"]} == {"Failed", "Overstated"}
    assert {*told.loc[told["subject"] == "Conduct", "note"]} == {"Poor", "Untrue"}
    capped = say("fact.capped", "en", incident="Overstated")
    page = Report(view.at("C")).show("scorecards").markup
    assert says(page, "scorecards.verdict", "en", card="Own", grade=f"Failed ({capped})")
    columns = ["unit_id", "card", "grade", "veto"]
    graded = scorecards_sheet(view).query("unit_id != 'D'")
    assert graded[columns].fillna("").to_numpy().tolist() == [
        ["A", "Conduct", "Excellent", ""], ["B", "Conduct", "Poor", ""],
        ["C", "Conduct", "Fair", "Untrue"], ["A", "Own", "Excellent", ""],
        ["B", "Own", "Failed", ""], ["C", "Own", "Failed", "Overstated"],
    ]  # fmt: skip
    columns = ["card", "incident", "grade_cap"]
    assert deductions_sheet(view)[columns].to_numpy().tolist() == [
        ["Conduct", "Untrue", "Fair"], ["Own", "Overstated", "Failed"],
    ]  # fmt: skip


def test_money_by_a_further_scorecard_is_told_by_that_scorecard(tmp_path: Path) -> None:
    """A tenth of 100 is withheld. A: untrue, low, nothing returned: -10. B: how often it was
    untrue is not stated, which is all that lacks. C: top, one and a half times: +5."""
    returned = f"""
parameters:
  returned: {{values: [{{from: 2023-01-01, {SOURCE}, value: {{hospital: {{by: own,
    grades: {{top: 1.5, low: 0}}}}}}}}]}}
"""
    years = (2023, 2024)
    found = judged(
        load(tmp_path, CARD + OWN + returned),
        units=[unit("R", "region"), *(unit(name, "hospital", "R") for name in "ABC")],
        budgets=[budget("R", year, 285, 300) for year in years]
        + [budget(name, year, 95) for name in "ABC" for year in years],
        measures=[courtesy(name, 0.95) for name in "ABC"],
        incidents=[incident("A", "untrue", 1), incident("B", "untrue", None)],
    )
    views = {name: found.view(name, "en") for name in "ABC"}
    pages = {name: Report(view).show("use_of_results").markup for name, view in views.items()}
    told = {name: word for name, word in {"A": "Failed", "C": "Excellent"}.items()
            if says(pages[name], "apply.moved", "en", result=f"Own: {word}")}  # fmt: skip
    assert list(told) == ["A", "C"]
    why = say("reason.incident_count_missing", "en")
    lacks = say("report.because", "en", what="Overstated", reason=why)
    assert says(pages["B"], "apply.poor_instead", "en", data=lacks)
    # What lost money for want of data is not told to cut spending.
    assert says(pages["B"], "apply.moved_advice.unreported", "en")
    assert not says(pages["B"], "apply.moved_advice.down", "en")
    assert says(pages["A"], "apply.moved_advice.down", "en")
    group = re.sub("<[^>]+>", "", Report(views["A"]).show("group").markup)
    change = views["A"].numbers.money(5.0, sign=True)
    assert f"Best result: C (Own: Excellent, change {change}); worst: A (Own: Failed" in group
    assert "by Own: Excellent 1.5 times; Failed 0 times" in group
    assert any("Own Failed" in line for lines in explain_budget(views["A"]) for line in lines)


def test_a_derivation_names_the_scorecard_whose_rule_it_is(evaluated_city) -> None:
    """Credit and performance both weigh execution: each derivation cites its own rule, and a fund
    by itself shows its own rows."""
    city = View(evaluated_city, summarize_descendants(evaluated_city), "H99010700004", "zh")
    lines = {card: explain(city.of_card(card), "execution_rate") for card in ("credit", "employee")}
    own = say("explain.rule_of_score", "zh", name="预算执行率（调整预算）")
    of_card = say("explain.rule_of_card", "zh", card="信用评价", name="预算执行率（调整预算）")
    assert any(of_card in line for line in lines["credit"])
    assert not any(own in line for line in lines["credit"])
    assert any(own in line for line in explain(city, "execution_rate"))
    # 2 145 194 of 2 282 000 are 94.005 %: what the employees' fund earned its points for.
    assert "2145194 / 2282000" in "".join(lines["employee"])
    assert not any("8518655" in line for line in lines["employee"])


def test_how_often_must_be_known(tmp_path: Path) -> None:
    found = judged(
        load(tmp_path),
        measures=[courtesy("A", 1.0), courtesy("B", 1.0)],
        incidents=[incident("A", "late", None), incident("B", "unheard_of", 3)],
    )
    grades = of(found.card_grades, "conduct")
    assert grades.loc["A", "reason"] == "incident_count_missing"
    assert grades.loc["B", "score"] == 100
    told = found.findings.set_index("finding")
    assert told.loc["incident_not_counted", ["unit_id", "detail"]].tolist() == ["B", "unheard_of"]
    unjudged = told.loc["scorecard_not_judged"].set_index("unit_id")
    assert unjudged.loc["A", ["subject", "detail"]].tolist() == [
        "conduct",
        "incident_count_missing",
    ]


def test_a_repaired_incident_caps_no_grade(tmp_path: Path) -> None:
    """Untrue once and put right since: nothing of it counts (`repaired: 0`), no cap."""
    found = judged(
        load(tmp_path), measures=[courtesy("A", 1.0)], incidents=[incident("A", "untrue", 1, 1)]
    )
    assert of(found.card_grades, "conduct").loc["A", ["score", "grade"]].tolist() == [
        100,
        "excellent",
    ]


def test_money_is_returned_by_the_grade_of_a_scorecard(tmp_path: Path) -> None:
    """Withheld 10 %; excellent returns all of it, poor nothing; A is 95, B 50."""
    returned = f"""
parameters:
  returned: {{values: [{{from: 2023-01-01, {SOURCE}, value: {{hospital: {{by: conduct,
    grades: {{excellent: 1, good: 1, fair: 1, poor: 0}}}}}}}}]}}
"""
    hospitals = [unit("R", "region"), *(unit(name, "hospital", "R") for name in "AB")]
    budgets = [budget(u, y, 95) for u in "AB" for y in (2023, 2024)]
    found = judged(
        load(tmp_path, returned + CARD),
        units=hospitals,
        budgets=[*budgets, *(budget("R", y, 200, adjusted=400.0) for y in (2023, 2024))],
        measures=[courtesy("A", 0.95), courtesy("B", 0.5)],
    )
    shares = found.allocations.set_index("unit_id")
    assert shares.loc[["A", "B"], "result"].tolist() == ["excellent", "poor"]
    assert shares.loc[["A", "B"], "returned"].tolist() == ["1", "0"]


def test_a_restricted_department_may_be_graded_good_at_most(tmp_path: Path) -> None:
    """Full points but for execution, 85 % two years running: (40 × 85 % + 40) of 80 = 92.5, yet
    good. Effects, 20 of 100, cannot be judged."""
    cap = f"""
parameters:
  deductions: {{values: [{{from: 2023-01-01, {SOURCE}, value: {{restricted: {{
    title: {{zh: 受限, en: Restricted}}, grade_cap: good}}}}}}]}}
"""
    units = [unit("H", "hospital"), unit("D", "department", "H")]
    budgets = [budget("D", year, 85) for year in (2023, 2024)]
    found = decide(
        dataset(
            units=units,
            budgets=budgets,
            services=[
                {"unit_id": "D", "year": y, "setting": s, "care_level": "tertiary", "visits": 1000,
                 "cost": 1000.0, "exam_cost": 100.0}
                for y in (2023, 2024) for s in ("outpatient", "inpatient")
            ],
        ),
        load(tmp_path, cap),
        2024,
    )  # fmt: skip
    row = found.grades.set_index("unit_id").loc["D"]
    assert (row["score"], row["grade"], row["veto"]) == (92.5, "good", "restricted")


def by_fund(**executed: float) -> Decided:
    """Evaluate a department that executed so much of 100 by scheme, with its output in full."""
    services = [
        {"unit_id": "D", "year": y, "scheme": s, "setting": t, "care_level": "tertiary",
         "visits": 1000, "cost": 1000.0, "exam_cost": 100.0}
        for y in (2023, 2024) for s in executed for t in ("outpatient", "inpatient")
    ]  # fmt: skip
    rows = [
        budget("D", y, amount, scheme=s) for y in (2023, 2024) for s, amount in executed.items()
    ]
    units = [unit("H", "hospital"), unit("D", "department", "H")]
    data = dataset(units=units, budgets=rows, services=services)
    return decide(data, policy.load("national"), 2024)


def test_each_fund_is_graded_by_itself() -> None:
    """Employees execute 100 of 100, residents 50 of 100: 40 points and 20 of departments' 40.

    Output is 40 of 40, effects cannot be judged: (40 + 40) and (20 + 40) of 80. Jointly 75 %:
    (30 + 40) of 80 = 87.5.
    """
    found = by_fund(employee=100, resident=50)
    assert found.grades.set_index("unit_id").loc["D", "score"] == 87.5
    funds = found.card_grades[found.card_grades["unit_id"] == "D"].set_index("card")
    assert funds["score"].to_dict() == {"employee": 100, "resident": 75}
    assert funds["grade"].to_dict() == {"employee": "excellent", "resident": "fair"}


@pytest.mark.parametrize(
    ("executed", "joint", "told"),
    [
        # (0 + 40) of 80; jointly (20 + 40) of 80. The grade fair begins at 60.
        ({"employee": 100, "resident": 0}, "fair", [["D", "resident", 50.0, "poor"]]),
        ({"employee": 100, "resident": 50}, "good", []),
        # Who is poor in all is told so once.
        ({"employee": 0, "resident": 0}, "poor", []),
    ],
)
def test_a_fund_of_the_lowest_grade_is_told_unless_all_are(executed, joint, told) -> None:
    found = by_fund(**executed)
    assert found.grades.set_index("unit_id").loc["D", "grade"] == joint
    rows = found.findings.query("finding == 'fund_graded_lowest'")
    assert rows[["unit_id", "subject", "value", "detail"]].to_numpy().tolist() == told


def test_one_scheme_alone_is_not_evaluated_twice() -> None:
    found = judged(policy.load("national"))
    assert not {"employee", "resident"} & {*found.card_grades["card"]}


@pytest.mark.parametrize(
    ("text", "rule", "column"),
    [
        (CARD.replace("hospital: 100", "hospital: 90"), "policy.weights",
         "scorecards.conduct.indicators"),
        (CARD.replace("grade_cap: fair", "grade_cap: superb"), "yaml.bad_value",
         "scorecards.conduct.parameters.deductions.untrue.grade_cap"),
        (CARD.replace("points: 1, years: 2, grade_cap: fair", "years: 2"),
         "policy.deduction_without_effect",
         "scorecards.conduct.parameters.deductions.values[0].value.untrue"),
        (CARD.replace("domain: one", "domain: two"), "policy.unknown_domain",
         "scorecards.conduct.indicators.courtesy (2023-01-01)"),
        (CARD.replace("  conduct:", "  resident:"), "policy.scorecard_name",
         "scorecards.resident"),
    ],
)  # fmt: skip
def test_what_is_wrong_of_a_scorecard_is_told_at_its_place(
    tmp_path: Path, text: str, rule: str, column: str
) -> None:
    with pytest.raises(BadInputError) as raised:
        load(tmp_path, text)
    assert [(each.rule, each.column) for each in raised.value.problems] == [(rule, column)]


def test_an_overlay_drops_a_scorecard_or_changes_one_value_of_it(tmp_path: Path) -> None:
    assert not load(tmp_path, "drop: [scorecards.credit]\n").scorecards
    changed = load(
        tmp_path,
        "scorecards: {credit: {title: {zh: 信用, en: Credit}, indicators: {violation_deductions: {"
        f"values: [{{from: 2024-01-01, {SOURCE}, change: {{missing: void}}}}]}}}}}}}}\n",
    ).scorecard("credit")
    assert changed.indicators["violation_deductions"].values[-1].value.missing == "void"
    assert len(changed.indicators) == 20


BY_CARD = f"""
parameters:
  returned: {{values: [{{from: 2023-01-01, {SOURCE}, value: {{hospital: {{by: conduct,
    grades: {{excellent: 1.5, good: 1, fair: 1, poor: 0}}}}}}}}]}}
"""


def test_who_is_returned_by_a_scorecard_without_data_owes_none(tmp_path: Path) -> None:
    """Nobody has the measure: the scorecard is not used, and nobody counts as poor."""
    found = judged(load(tmp_path, BY_CARD + CARD))
    assert set(found.allocations["standing"]) == {"not_scored"}
    assert found.card_grades.query("card == 'conduct'").empty
    # With one graded, data were owed by the others.
    found = judged(load(tmp_path, BY_CARD + CARD), measures=[courtesy("A", 0.95)])
    standing = found.allocations.set_index("unit_id")["standing"]
    assert standing[["A", "B"]].tolist() == ["judged", "missing"]


def test_an_incident_is_told_although_nobody_can_be_graded(tmp_path: Path) -> None:
    found = judged(load(tmp_path), incidents=[incident("A", "late", 1)])
    row = found.deductions.query("card == 'conduct'").iloc[0]
    assert (row["unit_id"], row["points"]) == ("A", 4)
    assert of(found.card_grades, "conduct").loc["A", "reason"] == "essential_missing"


def test_an_incident_of_a_unit_that_no_scorecard_scores_is_told(tmp_path: Path) -> None:
    """The scorecard is for hospitals; the department's incident takes nothing off anywhere."""
    units = [*HOSPITALS, unit("X", parent="A")]
    measures = [courtesy(name, 0.95) for name in "ABCD"]
    found = judged(
        load(tmp_path), units=units, measures=measures, incidents=[incident("X", "late", 1)]
    )
    assert found.deductions.query("card == 'conduct'").empty
    told = found.findings.query("finding == 'incident_not_counted'")
    assert told[["unit_id", "detail"]].to_numpy().tolist() == [["X", "late"]]


def test_an_unknown_deduction_is_not_nothing(tmp_path: Path) -> None:
    found = judged(
        load(tmp_path), measures=[courtesy("A", 0.95)], incidents=[incident("A", "late", None)]
    )
    row = of(found.card_grades, "conduct").loc["A"]
    assert (row["deducted"], row["reason"]) == (pytest.approx(float("nan"), nan_ok=True),
                                                "incident_count_missing")  # fmt: skip
    view = found.view("A", "en")
    assert ">0.00<" not in str(Report(view).show("scorecards").markup)


def test_each_year_of_a_scorecard_knows_who_was_restricted_in_it(tmp_path: Path) -> None:
    """80 % in all years: restricted from 2022 on, which caps the grade in each of three years."""
    card = CARD.replace("hospital: 100", "department: 100").replace(
        "late: {title",
        "restricted: {title: {zh: 受限, en: Restricted}, points: 0, grade_cap: fair}, late: {title",
    )
    found = judged(
        load(tmp_path, card),
        units=[unit("A", "hospital"), unit("X", parent="A")],
        budgets=[budget("X", year, 80) for year in range(2021, 2025)],
        measures=[courtesy("X", 0.95, year) for year in (2022, 2023, 2024)],
    )
    rows = found.card_grades.query("card == 'conduct'").sort_values("year")
    assert rows[["year", "grade", "veto"]].to_numpy().tolist() == [
        [year, "fair", "restricted"] for year in (2022, 2023, 2024)
    ]
