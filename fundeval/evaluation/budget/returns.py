"""Withheld and returned: how results move money inside an envelope that is settled.

Of every budget in a group a share is withheld; results give it back, multiplied by one factor
λ for the whole group, so that the group's sum stays what it was (`neutral`) or what is not
returned is retained (`within`). Whole numbers and exact fractions only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Literal, NamedTuple

from fundeval.evaluation.budget.sharing import round_to_sum
from fundeval.money import round_half_up

Balance = Literal["within", "neutral"]


class Member(NamedTuple):
    """A unit of a group: what was withheld of it, what it earns back, and how far it may move.

    `withheld` is whole 分; `wanted` is what its result returns before λ, in the smallest parts
    of a 分 that the group counts in (`scale`). `lowest` and `highest` bound the change of its
    budget, in 分, at its floor and at its cap (of a restricted unit at what its execution link
    leaves it).
    """

    withheld: int
    wanted: int
    lowest: int
    highest: int

    def net(self, factor: Fraction, scale: int) -> Fraction:
        """Return the change of the unit's budget at a factor λ."""
        change = factor * self.wanted / scale - self.withheld
        return min(max(change, Fraction(self.lowest)), Fraction(self.highest))


class Outcome(NamedTuple):
    """What became of a group: λ, the change of each unit in 分, what is retained, and why."""

    factor: Fraction
    nets: list[int]
    retained: int
    reason: str


def settle_group(members: Sequence[Member], balance: Balance, scale: int = 1) -> Outcome:
    """Settle one group of units that are compared with each other.

    Parameters
    ----------
    members
        The units in order of their ids, which decides ties of rounding.
    balance
        `neutral`: λ is the one value at which the changes sum to zero; where all who may receive
        are full, the rest is retained (`all_at_cap`). `within`: λ is 1 where the changes then
        sum to zero or less, and what is not returned is retained; else λ < 1 balances them.
    scale
        The parts of a 分 that `wanted` counts.

    Returns
    -------
    Outcome
        Σ nets + retained = 0.

    Examples
    --------
    Three hospitals of 9.8 million, graded excellent, good, fair; a tenth is withheld:

    >>> tenth = 98_000_000
    >>> members = [Member(tenth, tenth * share, -490_000_000, 196_000_000) for share in (3, 2, 2)]
    >>> outcome = settle_group(members, "within", scale=2)
    >>> outcome.factor, outcome.nets
    (Fraction(6, 7), [28000000, -14000000, -14000000])
    """
    if balance == "within":
        whole = _where_nobody_is_bound(members, 1, scale)
        total = Fraction(sum(whole), scale) if whole else _sum(members, Fraction(1), scale)
        if total <= 0:
            return _outcome(members, Fraction(1), scale, "", whole)
    wanted = sum(member.wanted for member in members)
    if wanted > 0:
        # Where no unit is at a bound, λ is what was withheld over what is wanted.
        held = sum(member.withheld for member in members)
        whole = _where_nobody_is_bound(members, held, wanted)
        if whole:
            return _outcome(members, Fraction(held * scale, wanted), wanted, "", whole)
    full = sum(m.highest if m.wanted > 0 else m.net(Fraction(0), scale) for m in members)
    if full < 0:
        return _outcome(members, _breakpoints(members, scale)[-1], scale, "all_at_cap")
    return _outcome(members, _balancing_factor(members, scale), scale, "")


def _where_nobody_is_bound(members: Sequence[Member], held: int, parts: int) -> list[int] | None:
    """Return the changes `wanted × held / parts − withheld`, in 1/`parts` 分, if none is bound."""
    changes = [member.wanted * held - member.withheld * parts for member in members]
    free = all(
        member.lowest * parts <= change <= member.highest * parts
        for member, change in zip(members, changes, strict=True)
    )
    return changes if free else None


def _outcome(
    members: Sequence[Member],
    factor: Fraction,
    parts: int,
    reason: str,
    changes: list[int] | None = None,
) -> Outcome:
    """Round the changes, in 1/`parts` 分 where they are given, to whole 分 with their sum."""
    if changes is None:
        exact = [member.net(factor, parts) for member in members]
        parts = lcm(*(change.denominator for change in exact))
        changes = [change.numerator * (parts // change.denominator) for change in exact]
    total = sum(changes)
    rounded = round_half_up(total, parts)
    return Outcome(factor, round_to_sum(changes, parts, rounded), -rounded, reason)


def _factor_with_bounds(members: Sequence[Member], scale: int) -> Fraction | None:
    """Guess λ by holding units at the bounds they overstep; it is right where it balances."""
    free, fixed = list(members), 0
    while free:
        wanted = sum(member.wanted for member in free)
        held = sum(member.withheld for member in free) - fixed
        if wanted <= 0 or held <= 0:
            return None
        kept = []
        for member in free:
            change = member.wanted * held - member.withheld * wanted
            if change > member.highest * wanted:
                fixed += member.highest
            elif change < member.lowest * wanted:
                fixed += member.lowest
            else:
                kept.append(member)
        if len(kept) == len(free):
            return Fraction(held * scale, wanted)
        free = kept
    return None


def _sum(members: Sequence[Member], factor: Fraction, scale: int) -> Fraction:
    return sum((member.net(factor, scale) for member in members), Fraction(0))


def _breakpoints(members: Sequence[Member], scale: int) -> list[Fraction]:
    """Return, rising, each λ at which a unit leaves its lowest or reaches its highest change."""
    found = {Fraction(0)}
    for member in members:
        if member.wanted > 0:
            found |= {
                Fraction((bound + member.withheld) * scale, member.wanted)
                for bound in (member.lowest, member.highest)
                if bound + member.withheld > 0
            }
    return sorted(found)


def _balancing_factor(members: Sequence[Member], scale: int) -> Fraction:
    """Return the least λ at which the changes sum to zero."""
    guess = _factor_with_bounds(members, scale)
    if guess is not None and _sum(members, guess, scale) == 0:
        return guess
    points = _breakpoints(members, scale)
    low, high = 0, len(points) - 1
    if _sum(members, points[0], scale) >= 0:
        return points[0]
    while high - low > 1:
        middle = (low + high) // 2
        short = _sum(members, points[middle], scale) < 0
        low, high = (middle, high) if short else (low, middle)
    below, above = (_sum(members, points[place], scale) for place in (low, high))
    return points[low] + (points[high] - points[low]) * (-below) / (above - below)
