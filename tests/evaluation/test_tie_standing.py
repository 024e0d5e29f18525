"""Who is judged, who is left out or counted as poor, and why nothing moves."""

from __future__ import annotations

import pandas as pd
import pytest
from build import budget, dataset, decide, unit
from tie_cases import DATE, KINDS, LINE, POLICY, YEAR, group, member, policy, settled

from fundeval.report.format.messages import Messages
from fundeval.report.text.curve_sums import write_points
from fundeval.report.unit_view import rows_of
from fundeval.results.rows import ScoreRow
from fundeval.workbench.suppose import suppose

EXCELLENT, POOR = 95, 50
UNSCORED = {
    "small": member("D3", 1e6, 95, visits=50),
    "new": member("D3", 1e6, None, rate_before=None),
    "not_scored": member("D3", 1e6, None),
}


def line(**changes):
    linked = {"evaluation_link": "neutral", "returned": {"by": "score", "points": LINE}}
    return policy("department", **({"withheld_share": 0.02} | linked | changes))


def departments(*scores, **more):
    return [member(f"D{n}", 1_000_000, score, **more) for n, score in enumerate(scores)]


def unjudged(reason, choice):
    reasons = POLICY.on(DATE).value("unjudged_units")
    return line(unjudged_units=reasons | {reason: choice})


@pytest.mark.parametrize("reason", ["small", "new"])
def test_who_cannot_be_judged_is_left_out_or_counts_as_poor_by_policy(reason):
    members = [*departments(100, 80), UNSCORED[reason]]
    data = group(members, "department")
    left_out = settled(data, unjudged(reason, "exempt")).loc["D3"]
    assert (left_out["standing"], left_out["reason"]) == (reason, reason)
    assert (left_out["next_budget"], left_out["group_count"]) == (1_000_000, 2)
    found = settled(data, unjudged(reason, "poor"))
    assert (found.loc["D3", "standing"], found.loc["D3", "reason"]) == (reason, "counted_as_poor")
    # 20 000 withheld of each; D0 wants 20 000, D1 half of it: λ = 2.
    assert found.loc[["D0", "D1", "D3"], "next_budget"].tolist() == [1_020_000, 1e6, 980_000]
    assert (found.loc["D0", "group_count"], found.loc["D0", "group_judged"]) == (3, 2)
    assert found.loc["D0", "factor"] == "2"


def test_data_that_were_owed_and_not_given_count_as_poor():
    members = [*departments(100, 80), UNSCORED["not_scored"]]
    found = settled(group(members, "department"), line())
    assert found.loc["D3", "standing"] in {"missing", "not_scored"}
    # Nothing was supplied of it at all: the rows were owed.
    assert (found.loc["D3", "standing"], found.loc["D3", "next_budget"]) == ("missing", 980_000)


def test_a_budget_that_was_cut_to_nothing_owes_no_data_and_stands_at_no_limit():
    members = [*departments(100, 80), member("D2", 0, None)]
    found = settled(group(members, "department"), line())
    last = found.loc["D2"]
    assert (last["standing"], last["reason"], last["limit"]) == ("zero_budget", "zero_budget", "")
    assert (last["next_budget"], last["group_count"]) == (0, 2)


@pytest.mark.parametrize(
    ("decimals", "result", "returned"),
    [(None, "80.0", "1/2"), (2, "80.0", "1/2"), (3, "79.998", "9999/20000")],
)
def test_a_score_is_returned_by_as_many_decimals_as_the_policy_says(decimals, result, returned):
    """79.998 of (60, 100): two decimals unless the policy says otherwise."""
    by = {"by": "score", "points": LINE} | ({"decimals": decimals} if decimals else {})
    found = settled(group(departments(79.998, 90), "department"), line(returned=by)).loc["D0"]
    assert (found["result"], found["returned"]) == (result, returned)


def test_only_judged_units_are_said_to_have_equal_returns():
    # D1 is below the start, D3 has no data: both get nothing back, but only D1 has a result.
    members = [*departments(100, 50), UNSCORED["not_scored"]]
    found = settled(group(members, "department"), line())
    assert found.loc["D3", "reason"] == "counted_as_poor"
    assert found.loc["D1", "reason"] == ""


def test_a_part_of_a_year_has_no_budget_and_moves_nobody():
    members = departments(100, 80, 60)
    data = group(members, "department", part_years=[
        {"units": ("D2",), "year": YEAR, "first_month": 1, "last_month": 6},
    ])  # fmt: skip
    found = decide(data, line(), YEAR)
    assert found.allocations.set_index("unit_id").index.tolist() == ["D0", "D1", "R"]
    last = found.budget.query("unit_id == 'D2' and step == 'next_budget'").iloc[0]
    assert last["reason"] == "part_year"


def test_a_unit_merged_lately_is_left_out_as_merged():
    """D9 went into D2 at the end of last year; its growth cannot be compared."""
    members = [*departments(100, 80), member("D2", 1e6, None)]
    data = group(
        members, "department",
        units=[unit("D9", parent="R", valid_to=f"{YEAR - 1}-12-31", successor_id="D2")],
        budgets=[budget("D9", YEAR - 1, 0.0, 0.0)],
    )  # fmt: skip
    found = settled(data, line()).loc["D2"]
    assert (found["standing"], found["reason"], found["next_budget"]) == ("merged", "merged", 1e6)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([95], "only_unit"),
        ([80, 80, 80], "all_equal"),
        ([60, 50, 40], "none_above_start"),
    ],
)
def test_why_a_neutral_group_moves_nothing(scores, reason):
    found = settled(group(departments(*scores), "department"), line()).drop("R")
    assert set(found["reason"]) == set(found["group_reason"]) == {reason}
    assert found["net"].tolist() == found["withheld"].tolist() == [0] * len(scores)
    assert set(found["factor"]) == {""}
    assert set(found["group_retained"]) == {0}
    assert found["next_budget"].tolist() == [1e6] * len(scores)


@pytest.mark.parametrize(
    ("score", "line"),
    [
        (25, "0 + (0.25 - 0) / (0.5 - 0) * (80 - 0) = 40"),
        (50, "0 + (0.5 - 0) / (0.5 - 0) * (80 - 0) = 80"),
        (70, "80 + (0.7 - 0.5) / (1 - 0.5) * (100 - 80) = 88"),
        (100, "100 = 100"),
    ],
)
def test_points_between_two_points_of_a_curve_are_written_out(score, line):
    curve = {"kind": "segments", "points": [[0, 0], [0.5, 80], [1, 100]]}
    rule = {"weight": dict.fromkeys(KINDS, 100), "direction": "higher", "curve": curve}
    rules = suppose(policy(), {"indicators.exam_share": rule}, DATE)
    scores = decide(group([member("H", 1e6, score)]), rules, YEAR).scores
    (row,) = rows_of(scores[scores["unit_id"] == "H"].dropna(subset="points"), ScoreRow)
    steps = write_points(row, rules.on(DATE).rule("exam_share"), Messages("zh"))
    assert steps["percent"] == line
    assert row.points == float(line.partition(" = ")[2])


def test_equal_results_with_different_links_do_move():
    members = [*departments(80, 80), member("D2", 1_000_000, 80, rate=0.75)]
    found = settled(group(members, "department"), line()).drop("R")
    # λ = (60 000 + 30 000) / 30 000 = 3: 10 000 more each, 20 000 less.
    assert found["next_budget"].tolist() == [1_010_000, 1_010_000, 980_000]
    assert set(found["factor"]) == {"3"}


def test_equal_returns_of_different_results_are_told():
    found = settled(group(departments(100, 60, 30), "department"), line())
    assert found.loc[["D0", "D1", "D2"], "reason"].tolist() == ["", "equal_returns"] * 1 + [
        "equal_returns"
    ]
    assert found.loc["D1", "next_budget"] == found.loc["D2", "next_budget"] == 980_000


def test_one_poor_hospital_alone_loses_under_within():
    found = settled(group([member("H", 1e6, POOR)]), policy())
    assert (found.loc["H", "next_budget"], found.loc["R", "retained_below"]) == (900_000, 100_000)
    assert found.loc["H", "group_reason"] == ""


def test_a_row_for_all_schemes_below_a_parent_by_scheme_is_not_compared():
    data = group(departments(100, 60), "department")
    rows = data.budgets.assign(
        scheme=data.budgets["scheme"].mask(data.budgets["unit_id"] == "R", "resident")
    )
    found = settled(type(data)(**(vars(data) | {"budgets": rows})), line())
    assert found.loc[["D0", "D1"], "reason"].tolist() == ["scheme_all"] * 2
    assert found.loc[["D0", "D1"], "next_budget"].tolist() == [1e6, 1e6]


def by_scheme(rates):
    """Return two departments with budgets of two schemes; rates[unit][scheme]."""
    schemes = ("employee", "resident")
    units = [unit("R", "region"), *(unit(name, parent="R") for name in rates)]
    budgets = [
        budget("R", y, 190.0 * len(rates) / 2, 100.0 * len(rates), scheme=s)
        for y in (YEAR - 1, YEAR) for s in schemes
    ]  # fmt: skip
    for name, of_scheme in rates.items():
        budgets += [
            budget(name, year, of_scheme[scheme] * 100, 100.0, scheme=scheme)
            for year in (YEAR - 1, YEAR) for scheme in schemes
        ]  # fmt: skip
    data = group([member("X", 1, 95)], "department")
    services = pd.concat([data.services.assign(unit_id=name) for name in rates])
    return units, budgets, services


@pytest.mark.parametrize(("by", "links"), [("scheme", [0, -0.01]), ("all", [0, 0])])
def test_schemes_are_never_netted_in_the_link_unless_the_policy_says_so(by, links):
    """98 % and 83 % are 90.5 % over all: fine together, not so by scheme."""
    rates = {name: {"employee": 0.98, "resident": 0.83} for name in ("D0", "D1")}
    units, budgets, services = by_scheme(rates)
    context = [{"unit_id": "R", "year": YEAR + 1, "technology_growth": 0.0}]
    data = dataset(units=units, budgets=budgets, context=context)
    data = type(data)(**(vars(data) | {"services": services}))
    found = decide(data, line(execution_link_by=by), YEAR).allocations
    own = found[found["unit_id"] == "D0"].set_index("scheme")
    assert own.loc[["employee", "resident"], "link_rate"].tolist() == links


def test_levels_are_compared_apart_where_the_policy_says_so():
    members = [
        member("H0", 1e6, EXCELLENT, unit={"level": "tertiary"}),
        member("H1", 1e6, EXCELLENT, unit={"level": "tertiary"}),
        member("H2", 1e6, POOR, unit={"level": "secondary"}),
    ]
    together = settled(group(members), policy())
    # 100 000 withheld of each, 150 000 wanted twice: λ = 1 leaves Σ net = 0.
    assert together.loc[["H0", "H1", "H2"], "next_budget"].tolist() == [1.05e6, 1.05e6, 9e5]
    apart = settled(group(members), policy(evaluation_groups="level"))
    assert apart.loc[["H0", "H1", "H2"], "next_budget"].tolist() == [1e6, 1e6, 9e5]
    assert apart.loc[["H0", "H1", "H2"], "factor"].tolist() == ["2/3", "2/3", "1"]
    assert apart.loc["R", "retained_below"] == 100_000


def test_a_package_is_the_sum_of_its_members_and_its_steps_are_what_is_retained():
    members = [member(f"H{n}", 1e6, POOR, unit={"alliance_id": "Y"}) for n in range(3)]
    data = group(members, units=[unit("Y", "alliance", "R")])
    found = decide(data, policy(), YEAR).budget
    package = found[found["unit_id"] == "Y"].set_index("step")["amount"]
    assert (package["next_budget"], package["withheld"], package["award"]) == (2.7e6, -3e5, 0)
    assert package.drop("next_budget").sum() == package["next_budget"]


def test_money_retained_makes_the_next_years_group_complete():
    """A parent of 3 000 000, of which 300 000 were retained, and 2 700 000 in its units."""
    members = [member(f"H{n}", 9e5, EXCELLENT) for n in range(3)]

    def found(retained, **changes):
        data = group(members, own=3e6)
        of_parent = data.budgets["unit_id"] == "R"
        rows = data.budgets.assign(
            retained=data.budgets["retained"].mask(of_parent, round(retained * 100)),
            # Nothing was executed but by its units: 95 % of 2 700 000.
            executed=data.budgets["executed"].mask(of_parent, 256_500_000),
        )
        return settled(type(data)(**(vars(data) | {"budgets": rows})), policy(**changes))

    complete = found(3e5)
    assert complete.loc[["H0", "H1", "H2"], "next_budget"].tolist() == [1e6] * 3
    assert complete.loc["H0", "envelope"] == 1e6
    # Nothing that was retained is in a base of what was executed, half of it in the average:
    # 3 000 000 and 2 565 000 make 2 782 500.
    for base, expected in (("executed", 855_000), ("average", 927_500)):
        settled_on = found(3e5, budget_base=base)
        assert settled_on["next_budget"].drop("R").tolist() == [expected] * 3
    # Without it they are a part of something larger, and get what they need.
    assert found(0).loc[["H0", "H1", "H2"], "next_budget"].tolist() == [9e5] * 3


def test_the_results_of_a_parent_pass_through_as_a_part_of_the_envelope():
    """Two counties of 1 000 000, scores 100 and 60, under the line of 2 %; one hospital each."""
    rules = policy(
        "region", evaluation_link="neutral", withheld_share=0.02,
        returned={"by": "score", "points": LINE},
    )  # fmt: skip
    members = [member("C0", 1e6, 100), member("C1", 1e6, 60)]
    more = {
        "units": [unit("H0", "hospital", "C0"), unit("H1", "hospital", "C1")],
        "budgets": [budget(h, y, 95e4, 1e6) for h in ("H0", "H1") for y in (YEAR - 1, YEAR)],
        "context": [
            {"unit_id": h, "year": YEAR + 1, "technology_growth": 0.0} for h in ("H0", "H1")
        ],
    }
    found = settled(group(members, "region", **more), rules)
    assert found.loc[["C0", "C1"], "next_budget"].tolist() == [1_020_000, 980_000]
    assert found.loc[["H0", "H1"], "envelope"].tolist() == [1_020_000, 980_000]
    assert found.loc[["H0", "H1"], "parent_effect"].tolist() == [20_000, -20_000]
