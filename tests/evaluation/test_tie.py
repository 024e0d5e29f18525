"""The worked examples of the tie of evaluation and budget, to the 分: mechanism and chain."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from build import decide
from tie_cases import LINE, STEPS_OF_GRADES, YEAR, fen, fraction, group, member, policy, settled

from fundeval.evaluation.budget.returns import Member, settle_group
from fundeval.evaluation.budget.schedules import Schedule
from fundeval.evaluation.budget.sharing import round_to_sum
from fundeval.tables import load
from fundeval.tables.schemas import columns_of_role

EXCELLENT, GOOD, FAIR, POOR = 95, 85, 70, 50


def mechanism(envelopes, share, returned, links=None, caps=None, restricted=(), floors=None):
    """Return λ, next budgets in 分 and what is retained, from figures written in 元."""

    def settle(balance):
        members = []
        for place, envelope in enumerate(envelopes):
            e, link = fen(envelope), fraction((links or {}).get(place, 0))
            top = fen(caps) if caps else 2 * e
            if place in restricted:
                top = min(top, int(e * (1 + link)))
            held = e * (fraction(share) - link)
            wanted = e * fraction(share) * returned[place] * scale
            assert wanted.denominator == 1
            members.append(
                Member(int(held + Fraction(1, 2)), int(wanted), (floors or e // 2) - e, top - e)
            )
        outcome = settle_group(members, balance, scale)
        after = [fen(e) + net for e, net in zip(envelopes, outcome.nets, strict=True)]
        return outcome.factor, after, outcome.retained

    scale = 10**8
    return settle


def by_line(*scores):
    curve = Schedule(LINE)
    return [curve.at(fraction(score)) for score in scores]


def test_mechanism_a_and_a2():
    steps = [Fraction(3, 2), Fraction(1), Fraction(1)]
    found = mechanism([9_800_000] * 3, 0.1, steps)("within")
    assert found == (Fraction(6, 7), [1008000000, 966000000, 966000000], 0)
    found = mechanism([10_300_000] * 3, 0.1, steps)("within")
    assert found == (Fraction(6, 7), [1059428572, 1015285714, 1015285714], 0)


def test_mechanism_b():
    envelopes = [2_970_000, 2_376_000, 1_782_000, 1_188_000]
    returned = [Fraction(3, 2), Fraction(1), Fraction(1), Fraction(0)]
    links = {1: -0.01, 3: -0.03}
    found = mechanism(envelopes, 0.1, returned, links, restricted=(1,))("within")
    assert found == (1, [311850000, 235224000, 178200000, 103356000], 2970000)


def test_mechanism_c():
    envelopes = [312_000_000, 206_000_000, 103_333_333.33]
    found = mechanism(envelopes, 0.02, by_line(92.5, 84, 71.3), {1: -0.01})("neutral")
    assert found[1:] == ([31479875295, 20422706061, 10230751977], 0)


def test_mechanism_d():
    envelopes = [119_950_000, 104_000_000, 104_000_000]
    found = mechanism(envelopes, 0.02, by_line(96, 80, 62), {2: -0.03}, 120_000_000)("neutral")
    assert found == (Fraction(3615, 572), [12000000000, 10849272727, 9945727273], 0)


def test_mechanism_e_and_f():
    found = mechanism([10_000_000] * 3, 0.1, [Fraction(0)] * 3)("within")
    assert found == (1, [900000000] * 3, 300000000)
    found = mechanism([100_000_000] * 3, 0.02, by_line(95, 70, 65), {0: -0.01}, restricted=(0,))
    assert found("neutral") == (Fraction(20, 3), [9900000000, 10133333333, 9966666667], 0)


def test_largest_remainder_ties_go_to_the_first():
    assert round_to_sum([5, 5, 5, 5], 10, 2) == [1, 1, 0, 0]
    assert round_to_sum([-5, -5, 10], 10, 0) == [0, -1, 1]


def nexts(found, names):
    return [round(amount, 2) for amount in found.loc[list(names), "next_budget"]]


def hospitals(*scores, base=10_000_000, growth=0.04, **more):
    return [member(f"H{n}", base, score, growth=growth, **more) for n, score in enumerate(scores)]


def test_example_a_through_the_chain():
    data = group(hospitals(EXCELLENT, GOOD, FAIR), envelope=29_400_000)
    found = settled(data, policy())
    assert nexts(found, ["H0", "H1", "H2"]) == [10_080_000.00, 9_660_000.00, 9_660_000.00]
    first = found.loc["H0"]
    assert (first["envelope"], first["withheld"], first["award"]) == (9.8e6, 980_000, 1_260_000)
    assert (first["factor"], first["group_wanted"], first["group_withheld"]) == (
        "6/7", 3_430_000, 2_940_000,
    )  # fmt: skip
    assert (first["needs"], first["envelope_by"], first["net"]) == (10_400_000, "parent", 280_000)
    assert found.loc["R", "envelope_by"] == "income"
    assert found.loc["R", "retained_below"] == 0
    assert found["grade"].drop("R").tolist() == ["excellent", "good", "fair"]
    assert found.loc[["H1", "H2"], "reason"].tolist() == ["equal_returns", "equal_returns"]
    assert (found.loc["R", "reason"], first["reason"]) == ("root", "")


def test_the_printed_steps_of_example_a_sum_to_the_next_budget():
    data = group(hospitals(EXCELLENT, GOOD, FAIR), envelope=29_400_000)
    budgets = decide(data, policy(), YEAR).budget
    steps = budgets.pivot_table(index="unit_id", columns="step", values="amount")
    assert steps.loc["H0", "technology"] == 400_000
    assert steps.loc["H0", ["envelope", "withheld", "award"]].tolist() == [-6e5, -98e4, 126e4]
    for name in ("H0", "H1", "H2", "R"):
        parts = steps.loc[name].drop("next_budget").sum()
        assert fen(parts) == fen(steps.loc[name, "next_budget"])


def test_the_unit_that_money_is_written_in_changes_no_fen(tmp_path):
    """The same figures in 元 and in 万元, read from files."""
    found = []
    for unit, parts in (("元", 1), ("万元", 10_000)):

        def written(amount, parts=parts):
            return str(Decimal(int(amount)) / 100 / parts)

        data = group(hospitals(EXCELLENT, GOOD, FAIR), envelope=29_400_000.07)
        folder = tmp_path / str(parts)
        folder.mkdir()
        info = data.info.model_dump(mode="json") | {"money_unit": unit}
        (folder / "dataset.yaml").write_text(json.dumps(info), encoding="utf-8")
        for name in ("units", "budgets", "services", "context"):
            money = columns_of_role(name, "money")
            table = getattr(data, name)
            figures = {column: table[column].map(written, na_action="ignore") for column in money}
            table.assign(**figures).to_csv(folder / f"{name}.csv", index=False)
        found.append(decide(load(folder), policy(), YEAR))
    assert fen(found[0].allocations["group_envelope"].max()) == 2_940_000_007
    for name in ("allocations", "budget"):
        pd.testing.assert_frame_equal(*(getattr(f, name) for f in found), check_exact=True)


def test_example_a2_through_the_chain():
    data = group(hospitals(EXCELLENT, GOOD, GOOD), envelope=30_900_000)
    found = settled(data, policy())
    assert nexts(found, ["H0", "H1", "H2"]) == [10_594_285.72, 10_152_857.14, 10_152_857.14]


def test_example_b_through_the_chain():
    members = [
        member("D1", 3_000_000, EXCELLENT, growth=0.03),
        member("D2", 2_400_000, EXCELLENT, growth=0.03, rate=0.85, rate_before=0.85),
        member("D3", 1_800_000, GOOD, growth=0.03),
        member("D4", 1_200_000, POOR, growth=0.03, rate=0.75),
        member("D5", 600_000, GOOD, growth=0.03, visits=50),
    ]
    rules = policy(
        "department", evaluation_link="within", withheld_share=0.1,
        returned={"by": "grade", "grades": STEPS_OF_GRADES},
    )  # fmt: skip
    found = settled(group(members, "department", envelope=8_910_000), rules)
    assert nexts(found, ["D1", "D2", "D3", "D4", "D5"]) == [
        3_118_500.00, 2_352_240.00, 1_782_000.00, 1_033_560.00, 594_000.00,
    ]  # fmt: skip
    assert found.loc["R", "retained_below"] == 29_700.00
    assert found["link_rate"].drop("R").tolist() == [0, -0.01, 0, -0.03, 0]
    assert found["factor"].drop("R").tolist() == ["1"] * 5
    assert found.loc["D5", ["reason", "standing"]].tolist() == ["small", "small"]
    assert found.loc["D2", "limit"] == "link"
    assert (found.loc["D1", "group_count"], found.loc["D1", "group_judged"]) == (4, 4)


def line(share=0.02, **changes):
    return policy(
        "department", evaluation_link="neutral", withheld_share=share,
        returned={"by": "score", "points": LINE}, **changes,
    )  # fmt: skip


def test_example_c_through_the_chain():
    members = [
        member("D1", 312_000_000, 92.50),
        member("D2", 206_000_000, 84.00, rate=0.85),
        member("D3", 103_333_333.33, 71.30),
    ]
    found = settled(group(members, "department"), line())
    names = ["D1", "D2", "D3"]
    assert found.loc[names, "withheld"].tolist() == [6_240_000.00, 6_180_000.00, 2_066_666.67]
    awards = [9_038_752.95, 4_407_060.61, 1_040_853.11]
    assert found.loc[names, "award"].tolist() == pytest.approx(awards, abs=1e-6)
    assert nexts(found, names) == [314_798_752.95, 204_227_060.61, 102_307_519.77]
    assert found.loc[names, "returned"].tolist() == ["13/16", "3/5", "113/400"]


def test_example_d_through_the_chain():
    members = [
        member("D1", 100_000_000, 96, growth=0.1995),
        member("D2", 100_000_000, 80, growth=0.04),
        member("D3", 100_000_000, 62, growth=0.04, rate=0.75),
    ]
    data = group(members, "department", envelope=327_950_000)
    found = settled(data, line())
    names = ["D1", "D2", "D3"]
    assert found.loc[names, "envelope"].tolist() == [119_950_000, 104_000_000, 104_000_000]
    assert nexts(found, names) == [120_000_000.00, 108_492_727.27, 99_457_272.73]
    assert set(found.loc[names, "factor"]) == {"3615/572"}
    assert found.loc[names, "limit"].tolist() == ["cap", "", ""]


def test_example_e_through_the_chain():
    data = group(hospitals(POOR, POOR, POOR, growth=0.0))
    found = settled(data, policy())
    assert nexts(found, ["H0", "H1", "H2"]) == [9_000_000.00] * 3
    assert found.loc["R", "retained_below"] == 3_000_000.00
    assert found.loc["R", "next_budget"] == 30_000_000.00


def test_example_f_through_the_chain():
    members = [
        member("D1", 100_000_000, 95, rate=0.85, rate_before=0.85),
        member("D2", 100_000_000, 70),
        member("D3", 100_000_000, 65),
    ]
    found = settled(group(members, "department"), line())
    names = ["D1", "D2", "D3"]
    assert nexts(found, names) == [99_000_000.00, 101_333_333.33, 99_666_666.67]
    assert set(found.loc[names, "factor"]) == {"20/3"}
    assert bool(found.loc["D1", "capped"])
    as_others = settled(group(members, "department"), line(restricted_units="as_others"))
    # Returns 7/8, 1/4, 1/8 of 2 000 000; 7 000 000 withheld: λ = 2.8.
    assert set(as_others.loc[names, "factor"]) == {"14/5"}
    assert nexts(as_others, names) == [101_900_000.00, 99_400_000.00, 98_700_000.00]


def test_a_restricted_unit_is_returned_at_most_what_was_withheld():
    """100 000 of it, and 150 000 of the others: λ = 310 000 / 400 000."""
    members = [
        member("D1", 1_000_000, EXCELLENT, rate=0.85, rate_before=0.85),
        member("D2", 1_000_000, EXCELLENT),
        member("D3", 1_000_000, EXCELLENT),
    ]
    rules = policy(
        "department", evaluation_link="within", withheld_share=0.1,
        returned={"by": "grade", "grades": STEPS_OF_GRADES},
    )  # fmt: skip
    found = settled(group(members, "department"), rules)
    names = ["D1", "D2", "D3"]
    assert found.loc[names, "returned"].tolist() == ["1", "3/2", "3/2"]
    assert set(found.loc[names, "factor"]) == {"31/40"}
    assert nexts(found, names) == [967_500.00, 1_016_250.00, 1_016_250.00]
