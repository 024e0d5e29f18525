"""Choose what to hide beside small figures, so that nobody can work them out, and no more.

First figures are hidden beside those that lie within too narrow bounds (`protection`), until none
does; then each is shown again without which all others stay protected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from fundeval.report.public.figures import Figure
from fundeval.report.public.protection import CENT, LARGEST, Audit, Need, Protection
from fundeval.report.public.sums import Sums, is_rest, may_be_negative, row_of


@dataclass(frozen=True)
class Request:
    """What is to be hidden, and what may be.

    Attributes
    ----------
    sums
        The amounts and what a reader knows of them.
    small
        How much each small figure must be able to grow, as a factor above 1.
    hidden
        Figures that are hidden whatever else: the small ones, and those that were before.
    known
        Figures that were published before: to hide them would hide nothing.
    protection
        By which share of itself each small figure must be able to be larger and smaller, and by
        which the bounds of any other hidden figure must lie apart.
    largest
        Most hidden figures that are moved at once.
    unlisted
        Figures that nobody was told and that need no room of their own.
    """

    sums: Sums
    small: Mapping[Figure, float]
    hidden: frozenset[Figure]
    known: frozenset[Figure]
    protection: float
    largest: int = LARGEST
    unlisted: frozenset[Figure] = frozenset()

    def needs(self) -> dict[Figure, Need]:
        """Return what every figure needs when it is hidden."""
        found = {}
        for cell, amount in self.sums.amounts.items():
            share = max(abs(amount) * self.protection, CENT)
            if cell in self.known or cell in self.unlisted:
                continue
            if cell in self.small:
                out = cell in self.sums.near
                # Of what is out rounded, no more than that leaves.
                less, more = self.sums.room(cell)
                up = share if out else max(abs(amount) * (self.small[cell] - 1), share)
                found[cell] = Need(min(up, more), min(share, max(amount, 0), less))
            elif cell in self.sums.told or cell in self.sums.near:
                continue
            elif not is_rest(cell) and not may_be_negative(cell):
                found[cell] = Need(width=share if amount > 0 else 0)
        return found


@dataclass
class Choice:
    """The figures to hide, each with the one that it protects, and the last audit of them.

    `lost` are small figures that follow from what was published before, whatever is hidden now.
    """

    hidden: set[Figure]
    lost: list[Figure] = field(default_factory=list)
    protects: dict[Figure, Figure] = field(default_factory=dict)
    audit: Audit = field(default_factory=Audit)


def choose(request: Request) -> Choice:
    """Return the figures to hide: those requested, and what protects them.

    Where nothing more can be hidden, the audit of the choice still has what is exposed.
    """
    sums, needs = request.sums.with_supposed(), request.needs()
    protection = Protection(sums, needs, request.largest)
    choice = Choice(set(request.hidden) - request.known)
    if request.known or sums.told:
        everything = sums.amounts.keys() - request.known
        choice.lost = protection.audit(everything).exposed
        left = {cell: need for cell, need in needs.items() if cell not in choice.lost}
        protection = Protection(sums, left, request.largest)
    _hide_more(request, protection, choice)
    _show_again(request, protection, choice)
    if choice.lost and request.sums.supposed:
        # Of what no longer holds against all suppositions, what is certain is still kept from.
        asked = {cell: needs[cell] for cell in choice.lost}
        certain = Protection(request.sums, asked, request.largest)
        lost = certain.audit(everything).exposed
        asked = {cell: need for cell, need in asked.items() if cell not in lost}
        _hide_more(request, Protection(request.sums, asked, request.largest), choice)
        _hide_more(request, protection, choice)
    choice.audit = protection.audit(choice.hidden)
    return choice


def audit(request: Request, hidden: Collection[Figure]) -> Audit:
    """Return the bounds of everything hidden, of small figures even where they are shown."""
    needs = request.needs()
    protection = Protection(request.sums.with_supposed(), needs, request.largest)
    return protection.audit(set(hidden) - request.known)


def _hide_more(request: Request, protection: Protection, choice: Choice) -> None:
    near: Iterable[Figure] | None = None
    while True:
        exposed = protection.audit(choice.hidden, near).exposed
        more: dict[Figure, Figure] = {}
        # One beside each; what turns out to be too much is shown again in the end.
        for cell in sorted(exposed, key=lambda each: (-_most(protection.needs[each]), each)):
            chosen = _beside(request, protection, choice.hidden | more.keys(), cell)
            if chosen:
                rows = row_of(chosen, request.sums.amounts) - request.known
                more |= dict.fromkeys(rows - choice.hidden, cell)
        if not more:
            return
        choice.protects |= more
        choice.hidden |= more.keys()
        near = [*more, *exposed]


def _show_again(request: Request, protection: Protection, choice: Choice) -> None:
    """Show again what all others are protected without, the largest first."""
    amounts = request.sums.amounts
    rows = {row_of(cell, amounts) - request.known for cell in choice.protects}
    for row in sorted(rows, key=lambda row: (-max(amounts[cell] for cell in row), min(row))):
        if row <= choice.hidden and not row & request.hidden:
            choice.hidden = _without(row, request, protection, choice.hidden)
    for cell in choice.protects.keys() - choice.hidden:
        del choice.protects[cell]


def _without(
    row: frozenset[Figure], request: Request, protection: Protection, hidden: set[Figure]
) -> set[Figure]:
    """Return what stays hidden if a row is shown, with what was hidden for its sake alone; all of
    it if that exposes anything that has to be hidden."""
    left, shown = hidden - row, set(row)
    while True:
        exposed = protection.audit(left, shown).exposed
        if not exposed:
            return left
        more = {cell for each in exposed for cell in row_of(each, request.sums.amounts)}
        if more & request.hidden or any(map(is_rest, exposed)):
            return hidden
        left, shown = left - more, shown | more


def _most(need: Need) -> float:
    return max(need.up, need.down, need.width)


def _beside(
    request: Request, protection: Protection, hidden: Collection[Figure], exposed: Figure
) -> Figure | None:
    """Return the next figure to hide beside an exposed one.

    First in an equation of its own that leaves too little room, then in one that has a single
    unknown, then in any that has to do with it. Of those large enough one that equations with a
    single unknown wait for; a part rather than a total; the smallest. Where none is, the largest.
    """
    amounts, need = request.sums.amounts, _most(protection.needs[exposed])
    unknown = {*hidden, exposed}

    def is_unknown(cell: Figure) -> bool:
        return cell in unknown or cell in protection.rests

    def alone(number: int) -> bool:
        return sum(map(is_unknown, protection.sums.equations[number])) == 1

    def room(number: int) -> float:
        """Return how much the exposed figure may grow by this equation alone."""
        equation = protection.sums.equations[number]
        others = [cell for cell in equation if cell != exposed and is_unknown(cell)]
        if any(equation[c] != equation[exposed] or may_be_negative(c) for c in others):
            return inf
        return sum(max(amounts[cell], 0.0) for cell in others)

    def choose_from(numbers: Iterable[int]) -> Figure | None:
        found = [
            (
                amounts[cell] < need,
                -sum(map(alone, protection.around[cell])),
                sign > 0,
                amounts[cell] if amounts[cell] >= need else -amounts[cell],
                cell,
            )
            for equation in (protection.sums.equations[number] for number in numbers)
            for cell, sign in equation.items()
            if not is_unknown(cell) and cell not in request.known | request.sums.told
        ]
        return min(found)[-1] if found else None

    own = protection.around.get(exposed, [])
    near = protection.component(exposed, {*unknown, *protection.rests})
    wide = sorted({number for cell in near for number in protection.around.get(cell, ())})
    steps = ([n for n in own if room(n) < need], [n for n in wide if alone(n)], wide)
    return next(filter(None, map(choose_from, steps)), None)
