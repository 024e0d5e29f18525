"""Withheld and returned: how results move money inside an envelope that is settled.

Of every budget in a group a share is withheld; results give it back, multiplied by one factor
λ for the whole group, so that the group's sum stays what it was (`neutral`) or what is not
returned is retained (`within`). Whole numbers and exact fractions only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from fundeval.evaluation.budget.sharing import round_to_sum

Balance = Literal["within", "neutral"]


class Member(NamedTuple):
    """A unit of a group: what was withheld of it, what it earns back, and how far it may move.

    `withheld` is whole 分; `wanted` is what its result returns before λ, exactly. `lowest` and
    `highest` bound the change of its budget, in 分, at its floor and at its cap (of a restricted
    unit at what its execution link leaves it).
    """

    withheld: int
    wanted: Fraction
    lowest: int
    highest: int

    def net(self, factor: Fraction) -> Fraction:
        """Return the change of the unit's budget at a factor λ."""
        wanted = factor * self.wanted - self.withheld
        return min(max(wanted, Fraction(self.lowest)), Fraction(self.highest))


class Outcome(NamedTuple):
    """What became of a group: λ, the change of each unit in 分, what is retained, and why."""

    factor: Fraction
    nets: list[int]
    retained: int
    reason: str


def settle_group(members: Sequence[Member], balance: Balance) -> Outcome:
    """Settle one group of units that are compared with each other.

    Parameters
    ----------
    members
        The units in order of their ids, which decides ties of rounding.
    balance
        `neutral`: λ is the one value at which the changes sum to zero; where all who may receive
        are full, the rest is retained (`all_at_cap`). `within`: λ is 1 where the changes then
        sum to zero or less, and what is not returned is retained; else λ < 1 balances them.

    Returns
    -------
    Outcome
        Σ nets + retained = 0.

    Examples
    --------
    Three hospitals of 9.8 million, graded excellent, good, fair; a tenth is withheld:

    >>> envelope = 980_000_000
    >>> members = [
    ...     Member(98_000_000, Fraction(envelope, 10) * share, -490_000_000, 196_000_000)
    ...     for share in (Fraction(3, 2), 1, 1)
    ... ]
    >>> outcome = settle_group(members, "within")
    >>> outcome.factor, outcome.nets
    (Fraction(6, 7), [28000000, -14000000, -14000000])
    """
    if balance == "within" and _sum(members, Fraction(1)) <= 0:
        return _outcome(members, Fraction(1), "")
    full = sum(m.highest if m.wanted > 0 else m.net(Fraction(0)) for m in members)
    if full < 0:
        return _outcome(members, _breakpoints(members)[-1], "all_at_cap")
    return _outcome(members, _balancing_factor(members), "")


def _outcome(members: Sequence[Member], factor: Fraction, reason: str) -> Outcome:
    exact = [member.net(factor) for member in members]
    total = sum(exact, Fraction(0))
    # Halves away from zero, as everywhere.
    rounded = int((2 * abs(total) + 1) // 2) * (-1 if total < 0 else 1)
    return Outcome(factor, round_to_sum(exact, rounded), -rounded, reason)


def _sum(members: Sequence[Member], factor: Fraction) -> Fraction:
    return sum((member.net(factor) for member in members), Fraction(0))


def _breakpoints(members: Sequence[Member]) -> list[Fraction]:
    """Return, rising, each λ at which a unit leaves its lowest or reaches its highest change."""
    found = {Fraction(0)}
    for member in members:
        if member.wanted > 0:
            found |= {
                (bound + member.withheld) / member.wanted
                for bound in (member.lowest, member.highest)
                if bound + member.withheld > 0
            }
    return sorted(found)


def _balancing_factor(members: Sequence[Member]) -> Fraction:
    """Return the least λ at which the changes sum to zero."""
    wanted = sum((member.wanted for member in members), Fraction(0))
    if wanted > 0:
        # Where no unit is at a bound, λ is what was withheld over what is wanted.
        factor = sum(member.withheld for member in members) / wanted
        if all(m.lowest <= factor * m.wanted - m.withheld <= m.highest for m in members):
            return factor
    points = _breakpoints(members)
    low, high = 0, len(points) - 1
    if _sum(members, points[0]) >= 0:
        return points[0]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _sum(members, points[middle]) < 0 else (low, middle)
    below, above = _sum(members, points[low]), _sum(members, points[high])
    return points[low] + (points[high] - points[low]) * (-below) / (above - below)
