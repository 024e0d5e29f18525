"""Programmes of other payers, stated in the keys of a policy, with figures worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from build import dataset, decide, unit
from tie_cases import DATE, YEAR, group, member, policy, settled

from fundeval.policy import load
from fundeval.workbench.suppose import suppose

PROGRAMMES = Path(__file__).parent / "programmes"


def programme(name, measure, bases, values):
    members = [member(f"H{n}", base, 80) for n, base in enumerate(bases)]
    measures = [
        {"unit_id": f"H{n}", "year": YEAR, "measure": measure, "value": value}
        for n, value in enumerate(values)
        if value is not None
    ]
    rules = policy(of=load(PROGRAMMES / f"{name}.yaml"))
    return settled(group(members, measures=measures), rules)


def test_value_based_purchasing_has_a_neutral_slope_over_the_total_score():
    """4 000 000 withheld, 1 000 000 + 300 000 + 200 000 wanted: a slope of 8/3."""
    found = programme(
        "value-based-purchasing", "total_performance_score", [100e6, 50e6, 50e6], [50, 30, 20]
    )
    assert set(found["factor"].drop("R")) == {"8/3"}
    nexts = found["next_budget"].drop("R").tolist()
    assert nexts == [100_666_666.67, 49_800_000.00, 49_533_333.33]
    assert found["result_by"].drop("R").unique().tolist() == ["total_performance_score"]
    assert found["result"].drop("R").tolist() == ["50.0", "30.0", "20.0"]


def test_the_worst_quartile_loses_one_percent():
    """Of eight the two highest scores; who is not scored is not of the eight."""
    scores = [0.1, 0.9, 0.3, 0.8, 0.2, 0.7, 0.4, 0.6]
    found = programme("worst-quartile", "condition_score", [1e6] * 8, scores)
    lost = found.index[found["next_budget"] == 990_000].tolist()
    assert lost == ["H1", "H3"]
    assert found.loc["H5", "next_budget"] == 1_000_000
    assert found.loc["R", "retained_below"] == 20_000


def test_equal_ranks_share_the_worse_place():
    """Two equal worst of eight both lose; three equal would be places 7/7 each."""
    scores = [0.1, 0.9, 0.3, 0.9, 0.9, 0.7, 0.4, 0.6]
    found = programme("worst-quartile", "condition_score", [1e6] * 8, scores)
    assert found.index[found["next_budget"] == 990_000].tolist() == ["H1", "H3", "H4"]


@pytest.mark.parametrize("first", ["A", "S"])
def test_levels_compared_apart_are_ranked_apart(first):
    """The worse of two is at place 1 of its level; among all four the second worst is at 2/3.
    So it is where their region comes before them in order, and where it comes after."""
    scores, levels = [0.1, 0.9, 0.2, 0.8], ["tertiary", "tertiary", "secondary", "secondary"]
    names = [f"{first}{n}" for n in range(4)]
    members = [
        member(name, 1e6, 100, unit={"level": level})
        for name, level in zip(names, levels, strict=True)
    ]
    measures = [
        {"unit_id": name, "year": YEAR, "measure": "condition_score", "value": score}
        for name, score in zip(names, scores, strict=True)
    ]
    rules = policy(of=load(PROGRAMMES / "worst-quartile.yaml"), evaluation_groups="level")
    apart = settled(group(members, measures=measures), rules)
    assert apart.loc[names, "next_budget"].tolist() == [1e6, 990_000, 1e6, 990_000]
    rules = policy(of=load(PROGRAMMES / "worst-quartile.yaml"))
    together = settled(group(members, measures=measures), rules)
    assert together.loc[names, "next_budget"].tolist() == [1e6, 990_000, 1e6, 1e6]


def test_a_lone_unit_has_no_rank_and_says_so():
    found = programme("worst-quartile", "condition_score", [1e6], [0.5]).loc["H0"]
    assert (found["next_budget"], found["reason"]) == (1_000_000, "only_unit")


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (100, 1_000_000), (80, 1_000_000), (79, 998_500), (75, 992_500), (60, 970_000),
        (59.99, 950_000), (0, 950_000),
    ],
)  # fmt: skip
def test_a_deposit_with_a_jump_at_60(score, expected):
    rules = policy(of=load(PROGRAMMES / "deposit.yaml"))
    found = settled(group([member("H", 1_000_000, score)]), rules)
    assert found.loc["H", "next_budget"] == expected
    assert found.loc["R", "retained_below"] == 1_000_000 - expected


def test_paid_by_the_share_delivered_and_nothing_where_it_was_not_reported():
    found = programme("quality-payment", "share_delivered", [4e6, 4e6, 4e6], [0.6, 1.0, None])
    nexts = found["next_budget"].drop("R").tolist()
    assert nexts == [3_980_000, 4_000_000, 3_950_000]
    assert found.loc["H2", ["standing", "reason"]].tolist() == ["missing", "counted_as_poor"]
    assert found.loc["R", "retained_below"] == 70_000


def test_an_award_by_rate_cap_and_deduction_of_each_unit():
    """Saved 100 000: half of it, at most 4 % of the quota; a tenth of that is withheld."""
    names = {
        "surplus_award_rate": "shared", "surplus_award_cap": "most",
        "surplus_award_deduction": "sequestered",
    }  # fmt: skip
    figures = {
        "H0": {"shared": 0.5, "most": 0.04, "sequestered": 0.1},
        "H1": {"shared": 0.3, "most": 0.04, "sequestered": 0.02},
        "H2": {"shared": 0.3, "most": 0.04},
    }
    rows = [
        {"unit_id": name, "year": YEAR, "measure": measure, "value": value}
        for name, values in figures.items()
        for measure, value in values.items()
    ]
    quotas = [
        {"unit_id": name, "year": YEAR, "cases": 100, "quota": 1e6, "fee_for_service": 9e5}
        for name in figures
    ]
    rules = policy()
    rules = suppose(rules, names, DATE)
    data = dataset(
        units=[unit(name, "hospital") for name in figures], settlements=quotas, measures=rows
    )
    found = decide(data, rules, YEAR).settlement
    found = found[found["item"] == "surplus_award"].set_index("unit_id")["amount"]
    assert found[["H0", "H1"]].tolist() == [36_000.00, 29_400.00]
    # Where a figure is not supplied the award is not known; it is not zero.
    assert "H2" not in found.dropna().index
