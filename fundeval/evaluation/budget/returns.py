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
        """Return the change of the unit's budget at a factor λ, in 分."""
        return Fraction(self.parts(factor, scale), factor.denominator * scale)

    def parts(self, factor: Fraction, scale: int) -> int:
        """Return the same change in whole parts of a 分: the denominator of λ × `scale` of them."""
        whole = factor.denominator * scale
        change = factor.numerator * self.wanted - self.withheld * whole
        return min(max(change, self.lowest * whole), self.highest * whole)


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
    one = Fraction(1)
    if balance == "within" and _sum(members, one, scale) <= 0:
        return _outcome(members, one, scale, "")
    full = sum(m.highest if m.wanted > 0 else m.net(Fraction(0), scale) for m in members)
    if full < 0:
        last = max((point for point, _ in _breakpoints(members, scale)), default=Fraction(0))
        return _outcome(members, last, scale, "all_at_cap")
    return _outcome(members, _balancing_factor(members, scale), scale, "")


def _outcome(members: Sequence[Member], factor: Fraction, scale: int, reason: str) -> Outcome:
    """Round the changes at λ to whole 分 with their sum."""
    parts = factor.denominator * scale
    changes = [member.parts(factor, scale) for member in members]
    total = round_half_up(sum(changes), parts)
    return Outcome(factor, round_to_sum(changes, parts, total), -total, reason)


def _sum(members: Sequence[Member], factor: Fraction, scale: int) -> int:
    """Return the sum of the changes at λ, in the parts of `Member.parts`."""
    return sum(member.parts(factor, scale) for member in members)


def _breakpoints(members: Sequence[Member], scale: int) -> list[tuple[Fraction, int]]:
    """Return, rising, each λ at which a unit starts to move, with what it wants, or stops, less it.

    A unit that moves from λ = 0 on starts there.
    """
    points = []
    for member in members:
        start, end = member.lowest + member.withheld, member.highest + member.withheld
        if member.wanted > 0 and end > 0:
            points.append((Fraction(max(start, 0) * scale, member.wanted), member.wanted))
            points.append((Fraction(end * scale, member.wanted), -member.wanted))
    return sorted(points)


def _balancing_factor(members: Sequence[Member], scale: int) -> Fraction:
    """Return the least λ at which the changes sum to zero.

    Where no unit is at a bound it is what was withheld over what is wanted. Else λ rises from
    breakpoint to breakpoint; between two, the sum rises by what the units that move want.
    """
    wanted = sum(member.wanted for member in members)
    held = sum(member.withheld for member in members)
    if wanted > 0 and _sum(members, Fraction(held * scale, wanted), scale) == 0:
        return Fraction(held * scale, wanted)
    factor, rise = Fraction(0), 0
    short = -Fraction(_sum(members, factor, scale))
    for point, change in _breakpoints(members, scale):
        if short <= 0 or (rise and short <= (point - factor) * rise):
            break
        short -= (point - factor) * rise
        factor, rise = point, rise + change
    return factor + max(short, Fraction(0)) / rise if rise else factor
