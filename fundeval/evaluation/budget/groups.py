"""The groups of units whose results are compared, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import NamedTuple, cast

import pandas as pd

from fundeval.evaluation.budget.returns import Balance, Member, Outcome, settle_group
from fundeval.evaluation.budget.standing import JUDGED
from fundeval.money import exact, round_half_up
from fundeval.policy import Rules


class Unit(NamedTuple):
    """A budget of a group: the columns of the frame that settling it needs."""

    unit_id: str
    group: int
    kind: str
    balance_rule: str
    envelope: int
    floor: int
    cap: int
    returned: Fraction | None
    link_rate: Fraction
    capped: bool
    standing: str
    result: object

    @property
    def top(self) -> int:
        """The most it may end with: its cap; restricted, what its link leaves above its floor."""
        if not self.capped:
            return self.cap
        left = int(self.envelope * (1 + self.link_rate) // 1)
        return max(self.floor, min(self.cap, left))


class Settled(NamedTuple):
    """What changed for one budget of a group, in 分, and the figures of the group."""

    withheld: int
    award: int
    net: int
    top: int
    next_budget: int
    limit: str
    reason: str
    factor: str
    group_reason: str
    group_count: int
    group_judged: int
    group_envelope: int
    group_withheld: int
    group_wanted: int
    group_retained: int


# Figures of a group that each of its rows bears, in 分 but the first two.
FIGURES = Settled._fields[-6:]


def settle_groups(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Settle all groups of a depth: withhold, and return by result.

    `frame` are budgets with the columns of `Unit`, of groups whose `balance_rule` withholds.
    Returns the columns of `Settled` for the same rows.
    """
    columns = [frame[name].tolist() for name in Unit._fields]
    groups: dict[int, list[tuple[Unit, int]]] = {}
    for place, unit in enumerate(map(Unit._make, zip(*columns, strict=True))):
        groups.setdefault(unit.group, []).append((unit, place))
    found: list[Settled | None] = [None] * len(frame)
    for group in groups.values():
        group.sort(key=lambda member: member[0].unit_id)
        outcomes = _settle([unit for unit, _ in group], rules)
        for (_, place), settled in zip(group, outcomes, strict=True):
            found[place] = settled
    return pd.DataFrame(found, index=frame.index, columns=list(Settled._fields))


def _settle(units: list[Unit], rules: Rules) -> Iterator[Settled]:
    share = exact(float(rules.by_kind("withheld_share", units[0].kind) or 0))
    part = [unit for unit in units if unit.returned is not None]
    shares = [unit.returned or Fraction(0) for unit in part]
    parts = lcm(*(returned.denominator for returned in shares))
    scale = share.denominator * parts
    members = []
    for unit, returned in zip(part, shares, strict=True):
        held = share - unit.link_rate if unit.link_rate else share
        wanted = share.numerator * returned.numerator * (parts // returned.denominator)
        members.append(
            Member(
                withheld=round_half_up(unit.envelope * held.numerator, held.denominator),
                wanted=unit.envelope * wanted,
                lowest=unit.floor - unit.envelope,
                highest=unit.top - unit.envelope,
            )
        )
    reason = _why_nothing_moves(part, members)
    outcome = Outcome(Fraction(0), [0] * len(part), 0, reason)
    if part and not reason:
        outcome = settle_group(members, cast("Balance", units[0].balance_rule), scale)
    figures = {
        "factor": "" if reason or not part else str(outcome.factor),
        "group_reason": outcome.reason,
        "group_count": len(part),
        "group_judged": sum(unit.standing == JUDGED for unit in part),
        "group_envelope": sum(unit.envelope for unit in part),
        "group_withheld": sum(member.withheld for member in members),
        "group_wanted": round_half_up(sum(member.wanted for member in members), scale),
        "group_retained": outcome.retained,
    }
    results: dict[tuple[int, int], set[object]] = {}
    for unit, returned in zip(part, shares, strict=True):
        if unit.standing == JUDGED:
            results.setdefault(returned.as_integer_ratio(), set()).add(unit.result)
    moved = zip(members, outcome.nets, strict=True)
    for unit in units:
        counted = unit.returned is not None
        member, net = next(moved) if counted else (None, 0)
        withheld = member.withheld if member and not reason else 0
        yield Settled(
            withheld=withheld,
            award=net + withheld,
            net=net,
            top=unit.top,
            next_budget=unit.envelope + net,
            limit=_limit(unit, net) if counted and not reason else "",
            reason=reason if counted and reason else _own_reason(unit, results),
            **figures,  # type: ignore[arg-type]
        )


def _why_nothing_moves(part: list[Unit], members: list[Member]) -> str:
    """Return why a neutral group moves no money: it takes a difference between two results."""
    if not part or part[0].balance_rule != "neutral":
        return ""
    if sum(unit.standing == JUDGED for unit in part) < 2:
        return "only_unit"
    if not any(member.wanted for member in members):
        return "none_above_start"
    alike = {(unit.returned, unit.link_rate, unit.capped) for unit in part}
    return "all_equal" if len(alike) == 1 else ""


def _own_reason(unit: Unit, results: dict[tuple[int, int], set[object]]) -> str:
    """Return why a unit's budget did not move, or what else its reader must know."""
    if unit.returned is None:
        # Judged, yet nothing is returned: alone it has no rank.
        return unit.standing if unit.standing != JUDGED else "only_unit"
    if unit.standing != JUDGED:
        return "counted_as_poor"
    return "equal_returns" if len(results[unit.returned.as_integer_ratio()]) > 1 else ""


def _limit(unit: Unit, net: int) -> str:
    """Return the bound that a unit stands at: its floor, its cap, or what its link leaves."""
    if not unit.envelope:
        return ""
    if net == unit.floor - unit.envelope:
        return "floor"
    if net == unit.top - unit.envelope:
        return "cap" if unit.top == unit.cap else "link"
    return ""
