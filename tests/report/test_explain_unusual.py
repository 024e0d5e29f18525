"""Pages and derivations of budgets in unusual places: no traceback, and true to the evaluation."""

import re

import pytest
from build import budget, dataset, unit
from tie_cases import DATE, POLICY, group, member, policy

from fundeval.evaluation import evaluate
from fundeval.problems import BadInputError
from fundeval.report.report import Report
from fundeval.report.text.explain_budget import explain_budget
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.workbench.suppose import suppose

PARTS = ("bridge", "shares", "group", "groups_below", "use_of_results")
RANKED = {"by": "score", "points": [[0, 1.5], [1, 0]], "rank": "highest_first"}


def rows(*given):
    return [budget(u, year, executed, adjusted) for u, executed, adjusted in given
            for year in (2023, 2024)]  # fmt: skip


def context(units, growth=0.0, **more):
    return [{"unit_id": u, "year": 2025, "technology_growth": growth} | more.get(u, {})
            for u in units]  # fmt: skip


def services(share_of_exams):
    return [{"unit_id": u, "year": 2024, "setting": "inpatient", "care_level": "secondary",
             "visits": 1000, "cost": 1e6, "exam_cost": share * 1e4}
            for u, share in share_of_exams.items()]  # fmt: skip


def hospitals(names, parent="R", **more):
    return [unit(name, "hospital", parent, **more) for name in names]


def told(evaluation, unit_id):
    """Return what `explain` prints of a unit, after its page was drawn in both languages."""
    descendants = summarize_descendants(evaluation)
    for lang in ("zh", "en"):
        assert Report(View(evaluation, descendants, unit_id, lang)).show(*PARTS).markup
    blocks = explain_budget(View(evaluation, descendants, unit_id, "zh"))
    return "\n".join(line for block in blocks for line in block)


def settled(evaluation):
    return evaluation.allocations.set_index("unit_id")


def test_a_child_that_cannot_be_drawn_up_does_not_stop_the_page_of_its_parent():
    data = dataset(
        units=[unit("R", "region"), unit("A", "region", "R"), unit("B", "region", "R")],
        budgets=rows(("R", 190.0, 200.0), ("A", 95.0, 100.0), ("B", 95.0, 100.0)),
        context=context("RAB", 0.03, A={"income_forecast": 40.0, "reserve_rate": 0.0}),
    )
    evaluation = evaluate(data, policy("region", ceiling_scope="each"), 2024)
    assert settled(evaluation).loc["A", "reason"] == "infeasible"
    told(evaluation, "R")
    told(evaluation, "A")


def test_a_unit_alone_in_its_ranking_says_why_it_has_no_place():
    ranked = RANKED | {"points": [[0, 1], [1, 0]]}
    rules = policy("hospital", evaluation_link="within", returned=ranked)
    evaluation = evaluate(group([member("A", 1000.0, 90), member("B", 1000.0, None)]), rules, 2024)
    assert settled(evaluation).loc["A", "reason"] == "only_unit"
    for unit_id in ("A", "B"):
        told(evaluation, unit_id)


def test_a_floor_leaves_out_what_was_retained():
    data = dataset(
        units=[unit("R", "region"), unit("C", "region", "R"), *hospitals("AB", "C")],
        budgets=[budget("R", 2024, 950.0, 1000.0), budget("C", 2024, 90.0, 100.0, retained=3.0),
                 budget("A", 2024, 45.0, 47.0), budget("B", 2024, 45.0, 50.0)],
        context=context("RCAB"),
    )  # fmt: skip
    evaluation = evaluate(data, policy(budget_floor=0.98, budget_cap=1.005), 2024)
    made = settled(evaluation)
    # 98 % of the 97.00 that the hospitals hold, not of the county's 100.00.
    assert made.loc["C", "floor"] == 95.06
    assert (made["reason"] != "infeasible").all()
    assert "97.00 × 0.98 = 95.06" in told(evaluation, "C")


def test_the_largest_cap_of_much_money_is_no_overflow():
    data = group([member("A", 1e14, 90), member("B", 1e14, 70)])
    evaluation = evaluate(data, suppose(policy(), {"budget_cap": 10}, DATE), 2024)
    assert settled(evaluation)["next_budget"].notna().all()


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_what_if_refuses_numbers_that_are_not_finite(value):
    for changes in ({"budget_cap": value}, {"withheld_share": {"region": value}}):
        with pytest.raises(BadInputError) as error:
            suppose(POLICY, changes, DATE)
        assert {problem.rule for problem in error.value.problems} == {"yaml.not_number"}


def test_a_rank_counts_the_results_of_all_and_is_told_so():
    data = dataset(
        units=[unit("R", "region"), *hospitals("ABCD")],
        budgets=rows(("R", 950.0, 1000.0), *((h, 95.0, 100.0) for h in "ABC"), ("D", 0.01, 0.01)),
        context=context("RABCD", 0.03),
        services=services({"A": 90, "B": 80, "C": 70, "D": 85}),
    )
    rules = policy("hospital", returned=RANKED, evaluation_link="within", budget_floor=1.001,
                   budget_cap=1.05)  # fmt: skip
    evaluation = evaluate(data, rules, 2024)
    assert "受限" not in told(evaluation, "B")
    assert "2 ÷ 3" in told(evaluation, "B")


def test_the_tightest_kind_of_complete_parts_is_told_alone():
    data = dataset(
        units=[unit("R", "region"), unit("C", "region", "R"), unit("D", "region", "R"),
               *hospitals("HK")],
        budgets=rows(("R", 190.0, 200.0), ("C", 80.0, 100.0), ("D", 99.0, 100.0),
                     *((h, 95.0, 100.0) for h in "HK")),
        context=context("RCDHK", 0.04, R={"gdp_growth": 0.3}, C={"gdp_growth": 0.05},
                        D={"gdp_growth": 0.05}),
    )  # fmt: skip
    rules = policy(budget_cap=1.05, gdp_ceiling="executed", ceiling_scope="each")
    evaluation = evaluate(data, rules, 2024)
    assert settled(evaluation).loc["R", "cap"] == 187.95
    assert "84.00 + 103.95 = 187.95" in told(evaluation, "R")


def test_a_package_is_its_members_whatever_a_row_of_its_own_says():
    data = dataset(
        units=[unit("R", "region"), unit("L", "alliance", "R"),
               *hospitals("AB", alliance_id="L"), *hospitals("E")],
        budgets=rows(("R", 285.0, 300.0), ("L", 190.0, 200.0), *((h, 95.0, 100.0) for h in "ABE")),
        context=context("RLABE", 0.03), services=services({"A": 90, "B": 50, "E": 70}),
    )  # fmt: skip
    evaluation = evaluate(data, policy(), 2024)
    assert "L" not in settled(evaluation).index
    final = evaluation.budget.query("step == 'next_budget'").set_index("unit_id")["amount"]
    assert final["L"] == round(final["A"] + final["B"], 2)
    told(evaluation, "L")


def test_a_unit_below_one_without_a_budget_is_not_called_topmost():
    data = dataset(
        units=[unit("R", "region"), unit("C", "region", "R"), *hospitals("HK", "C")],
        budgets=[*rows(("R", 95.0, 100.0), ("H", 47.0, 50.0), ("K", 47.0, 50.0)),
                 budget("C", 2024, 95.0, None)],
        context=context("RCHK", 0.5),
    )  # fmt: skip
    evaluation = evaluate(data, policy(), 2024)
    made = settled(evaluation)
    assert made.loc[["H", "K"], "reason"].tolist() == ["parent_without_budget"] * 2
    assert made.loc["R", "reason"] == "root"
    told(evaluation, "H")


def test_an_average_that_was_rounded_still_makes_up_its_parent():
    data = dataset(
        units=[unit("R", "region"), *hospitals("AB")],
        budgets=rows(("R", 180.02, 200.0), ("A", 90.01, 100.0), ("B", 90.01, 100.0)),
        context=context("RAB", R={"technology_growth": 0.1}),
        services=services({"A": 90, "B": 70}),
    )
    evaluation = evaluate(data, policy(budget_base="average"), 2024)
    made = settled(evaluation)
    assert made.loc[["A", "B"], "complete"].all()
    total = round(made.loc[["A", "B"], "next_budget"].sum() + made.loc["R", "retained_below"], 2)
    assert total == made.loc["R", "next_budget"]
    assert made.loc[["A", "B"], "envelope"].tolist() == [104.51, 104.5]
    told(evaluation, "A")


def test_a_row_for_all_schemes_below_a_parent_by_scheme_has_no_ceiling_of_the_topmost():
    schemes = ("employee", "resident")
    budgets = [budget("C", y, 95.0, 100.0) for y in (2023, 2024)]
    budgets += [budget(u, y, size * 0.95, size, scheme=s) for s in schemes for y in (2023, 2024)
                for u, size in (("R", 100.0), ("D", 50.0))]  # fmt: skip
    data = dataset(
        units=[unit("R", "region"), unit("C", "region", "R"), unit("D", "region", "R")],
        budgets=budgets,
        context=context("RCD", 0.1, C={"income_forecast": 40.0, "reserve_rate": 0.0}),
    )
    evaluation = evaluate(data, policy("region"), 2024)
    row = settled(evaluation).loc["C"]
    assert (row["reason"], row["income_reason"]) == ("scheme_all", "")
    assert not re.search("收入上限", told(evaluation, "C"))
