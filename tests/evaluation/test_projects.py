"""The zero-base review of the project library (R25), worked out by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.problems import BadInputError
from fundeval.report.report import PARTS
from fundeval.report.sections.projects import reviewed as reviews
from fundeval.report.text.explain_project import explain_project
from fundeval.workbench.suppose import suppose
from tests.messages import says

POLICY = load("national")
YEAR, NEXT = 2024, 2025
UNITS = [unit("H", "hospital"), unit("D", parent="H"), unit("E", parent="H"), unit("R", "region")]
FINE = [budget(name, year, 95.0) for name in ("H", "D", "E") for year in (2023, YEAR)]
FULL = {"approved": 100.0, "spent": 100.0, "expected_benefit": 10.0, "measured_benefit": 10.0}


def project(project_id, unit_id="D", category="basic", stage="continued", **more):
    """Return a row of the library; a continued project did all that it promised."""
    did = FULL if stage == "continued" else {"appraisal": 80.0}
    return {"unit_id": unit_id, "year": NEXT, "project_id": project_id, "project": f"P{project_id}",
            "category": category, "stage": stage, "requested": 100.0} | did | more  # fmt: skip


def reviewed(*rows, envelope=1000.0, budgets=FINE, units=UNITS, **changes):
    """Return the evaluation and its projects by id."""
    stated = [{"unit_id": "H", "year": NEXT, "project_envelope": envelope}] if envelope else []
    data = dataset(units=units, budgets=budgets, projects=list(rows), context=stated)
    policy = suppose(POLICY, changes, dt.date(YEAR, 12, 31)) if changes else POLICY
    evaluation = decide(data, policy, YEAR)
    return evaluation, evaluation.project_reviews.set_index("project_id")


def test_the_score_is_the_sum_of_its_parts():
    """90 of 100 spent, 8 of 10 achieved. Achievement 80 % of 50 = 40; execution 90 % of 20 = 18;
    cost per benefit 0.9 / 0.8 = 1.125, of 30 from 1 (100 %) to 2 (0 %): 87.5 % = 26.25. In all
    84.25."""
    evaluation, found = reviewed(project("A", spent=90.0, measured_benefit=8.0))
    points = evaluation.project_parts.set_index("part")["points"].to_dict()
    assert points == {"achievement": 40.0, "execution": 18.0, "cost_per_benefit": 26.25}
    assert found.loc["A", ["score", "rank", "decision", "granted"]].tolist() == [
        84.25, 1, "kept", 100.0
    ]  # fmt: skip


def test_what_was_approved_or_spent_is_not_known_and_not_nothing():
    """0 approved has no execution as there was nothing to execute; a blank is missing."""
    rows = [project("A", approved=None), project("B", spent=None), project("C", approved=0.0)]
    evaluation, found = reviewed(*rows)
    parts = evaluation.project_parts.set_index(["project_id", "part"])["reason"]
    assert parts[:, "execution"].to_dict() == {
        "A": "no_project_execution", "B": "no_project_execution", "C": "nothing_approved",
    }  # fmt: skip
    assert parts[:, "cost_per_benefit"].to_dict() == {
        "A": "no_cost_per_benefit", "B": "no_cost_per_benefit", "C": "nothing_approved",
    }  # fmt: skip
    assert found["score"].isna().all()


def test_a_stated_rate_stands_for_the_two_figures():
    """80 % stated is 8 of 10; a new project is scored by its appraisal alone: 72."""
    none = {"expected_benefit": None, "measured_benefit": None}
    _, found = reviewed(
        project("A", spent=90.0, achievement=0.8, **none), project("B", stage="new", appraisal=72.0)
    )
    assert found["score"].to_dict() == {"A": 84.25, "B": 72.0}


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"measured_benefit": None}, "no_benefit"),
        ({"expected_benefit": 0.0, "measured_benefit": 0.0}, "no_benefit"),
        ({"spent": None}, "no_project_execution"),
        ({"approved": 0.0, "spent": 0.0}, "nothing_approved"),
        ({"stage": "new", "appraisal": None}, "no_appraisal"),
        ({"requested": None}, "no_requested"),
    ],
)
def test_what_is_missing_is_never_0(missing, reason):
    evaluation, found = reviewed(project("A", **missing), project("B"))
    row = found.loc["A"]
    assert (row["decision"], row["reason"]) == ("undetermined", reason)
    assert pd.isna(row["granted"])
    assert reason == "no_requested" or pd.isna(row["score"])
    assert found.loc["B", "granted"] == 100.0
    assert evaluation.findings.query("finding == 'project_unjudged'")["detail"].tolist() == ["A PA"]


def test_spending_without_benefit_scores_low_and_is_judged():
    """All spent, nothing achieved: 0 + 20 + 0 points (the cost of a benefit is beyond all)."""
    _, found = reviewed(project("A", measured_benefit=0.0))
    assert found.loc["A", ["score", "decision"]].tolist() == [20.0, "cut_low"]


@pytest.mark.parametrize(("spent", "points"), [(0.0, 0.0), (1.0, 0.2)])
def test_without_benefit_no_cost_is_worse_however_little_was_spent(spent, points):
    """0 of 10 achieved: 0 points, and 0 for the cost of it; 0 or 1 of 100 spent: 0 or 0.2."""
    evaluation, found = reviewed(project("A", spent=spent, measured_benefit=0.0))
    assert found.loc["A", ["score", "decision", "reason"]].tolist() == [points, "cut_low", ""]
    cost = evaluation.project_parts.set_index("part").loc["cost_per_benefit"]
    assert cost[["value", "points"]].tolist() == [float("inf"), 0.0]


def test_categories_come_in_their_order_and_ranks_within_them():
    """350 for four projects of 100: basic first, then gaps, then innovation, which gets the 50
    that are left of it (40 % of 350 are 140)."""
    _, found = reviewed(
        project("I", "D", "innovation"), project("G", "E", "gaps"),
        project("B1", "D", measured_benefit=9.0), project("B2", "E"), envelope=350.0,
    )  # fmt: skip
    assert found["decision"].to_dict() == {"B1": "kept", "B2": "kept", "G": "kept", "I": "part"}
    assert found["rank"].to_dict() == {"B1": 2, "B2": 1, "G": 1, "I": 1}
    assert found.loc["I", "granted"] == 50.0
    assert found["granted"].sum() == 350.0


def test_a_category_takes_no_more_than_its_share():
    """Innovation may take 40 % of 200.01: 80.004, downwards to the 分 80.00, though 100.01 stay
    unspent."""
    _, found = reviewed(
        project("I", category="innovation"), project("B", requested=20.0), envelope=200.01
    )
    assert found.loc["I", ["category_limit", "granted"]].tolist() == [80.0, 80.0]


@pytest.mark.parametrize(
    ("last", "granted"),
    [("part", {"B1": 100.0, "B2": 50.0, "B3": 0.0, "G": 0.0}),
     ("refused", {"B1": 100.0, "B2": 0.0, "B3": 0.0, "G": 30.0})],
)  # fmt: skip
def test_what_fits_in_part_is_given_the_rest_or_nothing(last, granted):
    """150 for 100 and 100: the rest of 50 goes to B2, or not. B3 asks for 20, which would fit, but
    stands behind B2; G of the next category takes its 30 if they are left."""
    _, found = reviewed(
        project("B1"), project("B2", measured_benefit=9.5),
        project("B3", measured_benefit=9.0, requested=20.0),
        project("G", "E", "gaps", requested=30.0), envelope=150.0, project_last=last,
    )  # fmt: skip
    assert found["granted"].to_dict() == granted
    assert found.loc["B3", "decision"] == "cut_envelope"


def test_low_and_duplicate_projects_are_cut_and_listed():
    """L: 40 % achieved of what was wholly spent: 20 + 20 + 0 = 40 points, below 60. C repeats B and
    ranks behind it. X repeats L, which is itself cut and stands in nobody's way. 60 is not low."""
    evaluation, found = reviewed(
        project("B"), project("C", "E", measured_benefit=9.0, overlaps_with="B"),
        project("L", measured_benefit=4.0), project("X", stage="new", overlaps_with="L"),
        project("N", stage="new", appraisal=60.0), project("U", overlaps_with="nowhere"),
    )  # fmt: skip
    assert found["decision"].to_dict() == {
        "B": "kept", "C": "cut_duplicate", "L": "cut_low", "X": "kept", "N": "kept", "U": "kept",
    }  # fmt: skip
    assert found.loc["C", "duplicate_of"] == "B"
    told = evaluation.findings[evaluation.findings["finding"].str.startswith("project_")]
    assert sorted(zip(told["finding"], told["unit_id"], told["detail"], strict=True)) == [
        ("project_duplicate", "E", "C PC—B"), ("project_low", "D", "L PL"),
        ("project_overlap_unknown", "D", "U PU"),
    ]  # fmt: skip


def test_of_two_that_name_each_other_one_is_kept():
    _, found = reviewed(project("A", overlaps_with="B"), project("B", overlaps_with="A"))
    assert sorted(found["decision"]) == ["cut_duplicate", "kept"]


def test_what_gets_nothing_cuts_no_duplicate():
    """A asks for 2 000 of 1 000 and is given nothing; of its category nothing goes to those behind
    it, B1 among them, but B2 of the next, which overlaps with A too, takes its 100."""
    _, found = reviewed(
        project("A", requested=2000.0), project("B1", measured_benefit=9.0, overlaps_with="A"),
        project("B2", "E", "gaps", overlaps_with="A"), project_last="refused",
    )  # fmt: skip
    assert found["decision"].to_dict() == {"A": "cut_envelope", "B1": "cut_envelope", "B2": "kept"}
    assert (found["duplicate_of"] == "").all()


def test_a_better_one_that_cannot_be_judged_leaves_its_duplicate_open():
    """R has no envelope, so A, the best, is undecided, and B of H with it. C overlaps with B, D
    lacks its score and may be better than E; F is of a better category than G, which is unscored.
    """
    evaluation, found = reviewed(
        project("A", "R"), project("B", measured_benefit=9.9, overlaps_with="A"),
        project("C", measured_benefit=9.8, overlaps_with="B"),
        project("D", spent=None), project("E", overlaps_with="D"),
        project("F", overlaps_with="G"), project("G", "E", "gaps", spent=None),
    )  # fmt: skip
    open_ = found[found["decision"] == "undetermined"]
    assert open_["reason"].to_dict() == {
        "A": "no_envelope", "B": "duplicate_of_unjudged", "C": "duplicate_of_unjudged",
        "D": "no_project_execution", "E": "duplicate_of_unjudged", "G": "no_project_execution",
    }  # fmt: skip
    assert open_["granted"].isna().all()
    assert found.loc["F", "granted"] == 100.0
    told = evaluation.findings.query("finding == 'project_unjudged'")["detail"]
    assert {"B PB—A", "C PC—B", "E PE—D"} <= {*told}


def test_of_a_ring_of_overlaps_the_best_is_kept_and_of_a_chain_its_ends():
    """A–B–C–A: A is best. X–Y–Z: Y is cut for X, so Z stands beside none that is kept."""
    rows = [
        project("A", overlaps_with="B"), project("B", "E", measured_benefit=9.9, overlaps_with="C"),
        project("C", measured_benefit=9.8, overlaps_with="A"),
        project("X", category="gaps"), project("Y", "E", "innovation", overlaps_with="X"),
        project("Z", category="innovation", measured_benefit=9.0, overlaps_with="Y"),
    ]  # fmt: skip
    for given in (rows, rows[::-1]):
        _, found = reviewed(*given)
        assert found["duplicate_of"].to_dict() == {
            "A": "", "B": "A", "C": "A", "X": "", "Y": "X", "Z": ""
        }  # fmt: skip
        assert found.loc[["A", "X", "Z"], "decision"].eq("kept").all()


def test_a_unit_that_begins_in_the_budget_year_asks_under_the_one_above():
    """N begins in 2025, O ended in 2023: both stand under H, which reviews them; O is not judged.
    V, a hospital that begins in 2025, has an envelope of its own: none."""
    units = [
        *UNITS, unit("N", parent="H", valid_from="2025-01-01"),
        unit("O", parent="H", valid_to="2023-12-31"),
        unit("V", "hospital", "R", valid_from="2025-01-01"),
    ]  # fmt: skip
    evaluation, found = reviewed(
        project("A"), project("B", "N", stage="new"), project("C", "O"), project("D", "V"),
        units=units, envelope=150.0,
    )  # fmt: skip
    rows = found[["unit_id", "asked_by", "pool_id", "decision", "reason"]].T.to_dict("list")
    assert rows == {
        "A": ["D", "D", "H", "kept", ""], "B": ["H", "N", "H", "part", ""],
        "C": ["H", "O", "H", "undetermined", "unit_ended"],
        "D": ["R", "V", "V", "undetermined", "no_envelope"],
    }  # fmt: skip
    told = evaluation.findings.query("finding == 'project_unjudged'")
    assert sorted(zip(told["unit_id"], told["detail"], strict=True)) == [
        ("H", "C PC"),
        ("R", "D PD"),
    ]
    for unit_id, shown in (("H", {"B", "C"}), ("R", {"D"})):
        view = evaluation.view(unit_id, "en")
        page = PARTS["projects"](view).markup
        assert all(f"{name} P{name}" in page for name in shown)
        row = next(row for row in reviews(view) if row.project_id in {"C", "D"})
        assert says("\n".join(explain_project(view, row)), "explain.project_decision", "en")


def test_a_restricted_department_gets_no_new_project():
    """D is at 85 % in 2023 and 2024: its new project is refused until the evaluation of 2025 at
    the earliest; what it goes on with is reviewed like any other. E is not restricted."""
    low = [budget("D", year, 85.0) for year in (2023, YEAR)]
    rows = [row for row in FINE if row["unit_id"] != "D"] + low
    evaluation, found = reviewed(
        project("N", stage="new", appraisal=99.0), project("C"), project("E", "E", stage="new"),
        budgets=rows,
    )  # fmt: skip
    assert found["decision"].to_dict() == {"N": "refused_restricted", "C": "kept", "E": "kept"}
    assert found.loc["N", ["granted", "until"]].tolist() == [0.0, NEXT]
    [told] = evaluation.findings.query("finding == 'project_refused'").to_dict("records")
    assert (told["unit_id"], told["value"], told["expected"]) == ("D", 100.0, NEXT)


def test_a_refused_project_takes_nothing_of_the_envelope():
    low = [budget("D", year, 85.0) for year in (2023, YEAR)]
    rows = [row for row in FINE if row["unit_id"] != "D"] + low
    _, found = reviewed(
        project("N", stage="new", appraisal=99.0), project("E", "E"), budgets=rows, envelope=100.0
    )
    assert found.loc["E", "granted"] == 100.0


def test_without_a_stated_envelope_it_is_a_share_of_the_next_budget():
    """1 % of the hospital's next budget, half-up to the 分; a unit without either has no envelope
    and nothing is decided."""
    evaluation, found = reviewed(project("A"), project("R1", "R"), envelope=None)
    final = evaluation.budget.query("unit_id == 'H' and step == 'next_budget' and scheme == 'all'")
    assert found.loc["A", "envelope"] == round(final["amount"].item() / 100 + 1e-9, 2)
    assert found.loc["A", "pool_id"] == "H"
    assert found.loc["R1", ["pool_id", "decision", "reason"]].tolist() == [
        "R", "undetermined", "no_envelope"
    ]  # fmt: skip


def test_only_projects_of_the_budget_year_are_reviewed():
    _, found = reviewed(project("A"), project("A0", year=YEAR))
    assert found.index.tolist() == ["A"]


def test_without_a_library_nothing_is_reviewed():
    evaluation, found = reviewed()
    assert found.empty
    assert evaluation.project_parts.empty


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project_category_order", ["basic", "gaps"]),
        ("project_category_shares", {"basic": -0.1}),
        ("project_category_shares", {"other": 0.5}),
        ("project_parts", {"appraisal": {"weight": {"new": 50}}}),
    ],
)
def test_a_policy_that_cannot_review_is_refused(name, value):
    with pytest.raises(BadInputError):
        suppose(POLICY, {name: value}, dt.date(YEAR, 12, 31))
