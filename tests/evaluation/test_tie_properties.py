"""What must hold of withholding and returning, whatever the figures; and an oracle for λ."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tie_cases import DATE, POLICY

from fundeval.evaluation.budget.groups import Groups, settle_groups
from fundeval.evaluation.budget.returns import Member, settle_group
from fundeval.workbench.suppose import suppose

GROUPS = 2500
SCALE = 12


def sum_at(members, factor, scale):
    """Σ of the clipped changes at λ, written again from the specification."""
    total = Fraction(0)
    for m in members:
        change = factor * Fraction(m.wanted, scale) - m.withheld
        total += max(Fraction(m.lowest), min(Fraction(m.highest), change))
    return total


def nets_by_enumeration(members, scale):
    """Try every set of units at floor, free, at top: the one that is consistent balances.

    Returns the changes as fractions, or None where nothing balances.
    """
    for sides in product((-1, 0, 1), repeat=len(members)):
        sided = list(zip(sides, members, strict=True))
        fixed = sum(m.lowest if side < 0 else m.highest for side, m in sided if side)
        free = [m for side, m in sided if side == 0]
        slope = Fraction(sum(m.wanted for m in free), scale)
        need = sum(m.withheld for m in free) - fixed
        if slope == 0:
            if need != 0:
                continue
            factors = _factors_between(members, scale)
        else:
            factors = [need / slope]
        for factor in factors:
            if factor < 0:
                continue
            changes = [factor * Fraction(m.wanted, scale) - m.withheld for m in members]
            consistent = all(
                {-1: change <= m.lowest, 0: m.lowest <= change <= m.highest,
                 1: change >= m.highest}[side]
                for side, m, change in zip(sides, members, changes, strict=True)
            )  # fmt: skip
            if consistent:
                return [
                    max(Fraction(m.lowest), min(Fraction(m.highest), change))
                    for m, change in zip(members, changes, strict=True)
                ]
    return None


def _factors_between(members, scale):
    marks = {Fraction(0)}
    for m in members:
        if m.wanted:
            marks |= {
                Fraction((bound + m.withheld) * scale, m.wanted) for bound in (m.lowest, m.highest)
            }
    return sorted(marks)


def largest_remainder(changes, total):
    whole = [change.numerator // change.denominator for change in changes]
    order = sorted(range(len(changes)), key=lambda n: (-(changes[n] - whole[n]), n))
    for n in order[: total - sum(whole)]:
        whole[n] += 1
    return whole


def half_away(total):
    size = (2 * abs(total) + 1) // 2
    return int(-size if total < 0 else size)


def random_group(rng):
    members = []
    for _ in range(rng.randint(1, 4)):
        envelope = rng.choice([rng.randint(0, 60), rng.randint(1, 10**6), 7 * 10**9])
        share, link = rng.choice([0, 2, 10]), rng.choice([0, 0, 1, 3])
        returned = rng.choice([0, 0, 5, 6, 12, 12, 18, 7])
        floor = envelope - rng.choice([0, envelope // 2, envelope // 100, envelope // 40])
        cap = envelope + rng.choice([0, envelope // 5, envelope // 1000, 1])
        if rng.random() < 0.2:
            returned = min(returned, 12)
            cap = max(floor, min(cap, envelope * (100 - link) // 100))
        withheld = (2 * envelope * (share + link) + 100) // 200
        members.append(
            Member(withheld, envelope * share * returned, floor - envelope, cap - envelope)
        )
    return members


@pytest.mark.parametrize("balance", ["neutral", "within"])
def test_the_factor_and_every_net_agree_with_an_oracle(balance):
    rng = random.Random(20241125)
    kinds = dict.fromkeys(("balanced", "retained", "all_at_cap", "zero", "cut"), 0)
    scale = 1200
    for _ in range(GROUPS):
        members = random_group(rng)
        found = settle_group(members, balance, scale)
        assert sum(found.nets) + found.retained == 0
        for m, net in zip(members, found.nets, strict=True):
            assert m.lowest <= net <= m.highest
        at_one = sum_at(members, Fraction(1), scale)
        if balance == "within" and at_one <= 0:
            kinds["retained"] += at_one < 0
            assert found.factor == 1
            changes = [m.net(Fraction(1), scale) for m in members]
            assert found.retained == -half_away(at_one)
            assert found.nets == largest_remainder(changes, -found.retained)
            continue
        changes = nets_by_enumeration(members, scale)
        if changes is None:
            kinds["all_at_cap"] += 1
            assert found.reason == "all_at_cap"
            expected = [
                m.highest if m.wanted else max(m.lowest, min(m.highest, -m.withheld))
                for m in members
            ]
            assert found.nets == expected
            assert found.retained == -sum(expected) > 0
            # λ is printed as the least at which nobody can take more.
            assert sum_at(members, found.factor, scale) == sum(expected)
            continue
        kinds["balanced"] += 1
        kinds["cut"] += found.factor < 1
        kinds["zero"] += not any(m.wanted for m in members)
        assert found.reason == ""
        assert found.retained == 0
        assert sum_at(members, found.factor, scale) == 0
        assert found.factor < 1 or balance == "neutral"
        assert found.nets == largest_remainder(changes, 0)
    needed = ("retained", "cut") if balance == "within" else ("balanced", "all_at_cap", "zero")
    assert all(kinds[kind] > 20 for kind in needed), kinds


def test_groups_settled_at_once_agree_with_each_by_itself():
    rng, scale = random.Random(20241126), 1200
    groups = [random_group(rng) for _ in range(GROUPS)]
    balance = np.array([rng.choice(["within", "neutral"]) for _ in groups], "object")
    figures = zip(*(member for members in groups for member in members), strict=True)
    sizes = [len(members) for members in groups]
    at_once = Groups(
        *(np.array(figure, "object") for figure in figures), scale, np.repeat(range(GROUPS), sizes)
    )
    at_once.settle(np.ones(GROUPS, "bool"), balance)
    nets = np.split(at_once.nets, np.cumsum(sizes)[:-1])
    for group, members in enumerate(groups):
        found = settle_group(members, balance[group], scale)
        factor = Fraction(at_once.numerator[group], at_once.denominator[group])
        assert (factor, nets[group].tolist()) == (found.factor, found.nets)
        assert (at_once.retained[group], at_once.reason[group]) == (found.retained, found.reason)


def test_the_sum_over_a_flat_stretch_takes_the_least_factor():
    # Both at their bounds from λ = 1 to λ = 2: the first full at 1, the second starts at 2.
    members = [Member(10, 20, -10, 10), Member(20, 10, -10, 100)]
    found = settle_group(members, "neutral")
    assert (found.factor, found.nets) == (Fraction(1), [10, -10])


def rules(share):
    shares = {"region": 0.02, "hospital": 0.1, "department": share}
    return suppose(POLICY, {"withheld_share": shares}, DATE)


RULES = {share: rules(share).on(DATE) for share in (0.02, 0.1)}
LINKS = [Fraction(0), Fraction(0), Fraction(-1, 100), Fraction(-3, 100)]
RETURNS = [None, Fraction(0), Fraction(1, 4), Fraction(13, 16), Fraction(1), Fraction(3, 2)]


@st.composite
def one_unit(draw, name):
    envelope = draw(st.sampled_from([1, 99, 10_050, 98_000_001, 3 * 10**10 + 7]))
    below = draw(st.sampled_from([0, envelope // 200, envelope // 2]))
    above = draw(st.sampled_from([0, envelope // 200, envelope // 5]))
    returned, capped = draw(st.sampled_from(RETURNS)), draw(st.booleans())
    if capped and returned is not None:
        returned = min(returned, Fraction(1))
    return {
        "unit_id": name, "kind": "department", "envelope": envelope, "floor": envelope - below,
        "cap": envelope + above, "returned": returned, "link_rate": draw(st.sampled_from(LINKS)),
        "capped": capped, "standing": "judged" if returned is not None else "small",
        "result": None if returned is None else str(returned),
    }  # fmt: skip


@st.composite
def one_group(draw):
    """A group; some have a twin of the first that is better in result or link."""
    units = [draw(one_unit(f"U{n}")) for n in range(draw(st.integers(1, 7)))]
    twin = units[0] | {"unit_id": draw(st.sampled_from(["A", "Z"]))}
    if twin["returned"] is not None:
        better = [r for r in RETURNS[1:] if r >= twin["returned"]]
        twin["returned"] = draw(st.sampled_from(better))
        if twin["capped"]:
            twin["returned"] = min(twin["returned"], Fraction(1))
        twin["result"] = str(twin["returned"])
        links = [link for link in LINKS if link >= twin["link_rate"]]
        twin["link_rate"] = draw(st.sampled_from(links))
        units.append(twin)
    return units


@settings(max_examples=60)
@given(
    st.lists(one_group(), min_size=1, max_size=6),
    st.sampled_from(["within", "neutral"]),
    st.sampled_from([0.02, 0.1]),
    st.randoms(use_true_random=False),
)
def test_what_must_hold_of_every_group(groups, balance, share, rng):
    rows = [
        unit | {"group": f"G{n}", "balance_rule": balance}
        for n, units in enumerate(groups)
        for unit in units
    ]
    frame = pd.DataFrame(rows).astype({"returned": "object", "link_rate": "object"})
    frame["returned"] = [row["returned"] for row in rows]
    found = settle_groups(frame, RULES[share])
    both = frame.join(found)
    shuffled = frame.sample(frac=1, random_state=rng.randrange(2**31))
    pd.testing.assert_frame_equal(settle_groups(shuffled, RULES[share]).loc[frame.index], found)
    assert (both["next_budget"] >= both["floor"]).all()
    assert (both["next_budget"] <= both["cap"]).all()
    assert (both["next_budget"] == both["envelope"] + both["net"]).all()
    assert (both["award"] == both["net"] + both["withheld"]).all()
    for _, group in both.groupby("group"):
        retained = group["group_retained"].iloc[0]
        assert group["next_budget"].sum() + retained == group["envelope"].sum()
        assert retained >= 0
    left_out = both[both["returned"].isna()]
    assert (left_out["net"] == 0).all()
    assert (left_out["reason"] == "small").all()
    capped = both[both["capped"]]
    most = [max(row.floor, int(row.envelope * (1 + row.link_rate))) for row in capped.itertuples()]
    moved = capped["withheld"].to_numpy() > 0
    assert (capped["next_budget"].to_numpy()[moved] <= pd.Series(most).to_numpy()[moved]).all()
    assert (capped["net"] <= 0).all()
    twins = both[both["unit_id"].isin(["A", "Z"])].set_index("group")
    first = both[both["unit_id"] == "U0"].set_index("group").loc[twins.index]
    gap = twins["next_budget"] - first["next_budget"]
    # Of equal twins the last 分 goes to the first unit_id.
    alike = (twins["returned"] == first["returned"]) & (twins["link_rate"] == first["link_rate"])
    assert (gap[~alike] >= 0).all()
    assert (gap[alike].abs() <= 1).all()


def test_the_last_fen_goes_to_the_first_unit_id_whatever_the_order_of_rows():
    """0.01 withheld of each; two alike earn 0.015 of it each."""
    alike = {
        "group": "G", "kind": "department", "balance_rule": "neutral", "envelope": 10, "floor": 0,
        "cap": 20, "link_rate": Fraction(0), "capped": False, "standing": "judged",
    }  # fmt: skip
    returns = {"B": Fraction(1), "A": Fraction(1), "C": Fraction(0)}
    rows = [alike | {"unit_id": n, "returned": r, "result": str(r)} for n, r in returns.items()]
    found = settle_groups(pd.DataFrame(rows), RULES[0.1])
    assert found["net"].tolist() == [0, 1, -1]
    assert set(found["factor"]) == {"3/2"}
