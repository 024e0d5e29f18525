"""Choose what to hide beside small figures, so that nobody can work them out, and no more.

First figures are hidden beside those that lie within too narrow bounds (`protection`), until none
does; then each is shown again without which all others stay protected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

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
    """

    sums: Sums
    small: Mapping[Figure, float]
    hidden: frozenset[Figure]
    known: frozenset[Figure]
    protection: float
    largest: int = LARGEST

    def needs(self) -> dict[Figure, Need]:
        """Return what every figure needs when it is hidden."""
        found = {}
        for cell, amount in self.sums.amounts.items():
            share = max(abs(amount) * self.protection, CENT)
            if cell in self.known:
                continue
            if cell in self.small:
                up = max(abs(amount) * (self.small[cell] - 1), share)
                found[cell] = Need(up, min(share, max(amount, 0)))
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
    needs = request.needs()
    protection = Protection(request.sums, needs, request.largest)
    choice = Choice(set(request.hidden) - request.known)
    if request.known:
        everything = request.sums.amounts.keys() - request.known
        choice.lost = protection.audit(everything).exposed
        needs = {cell: need for cell, need in needs.items() if cell not in choice.lost}
        protection = Protection(request.sums, needs, request.largest)
    _hide_more(request, protection, choice)
    _show_again(request, protection, choice)
    choice.audit = protection.audit(choice.hidden)
    return choice


def audit(request: Request, hidden: Collection[Figure]) -> Audit:
    """Return the bounds of everything hidden, of small figures even where they are shown."""
    needs = request.needs()
    protection = Protection(request.sums, needs, request.largest)
    return protection.audit(set(hidden) - request.known)


def _hide_more(request: Request, protection: Protection, choice: Choice) -> None:
    near: Iterable[Figure] | None = None
    while True:
        exposed = protection.audit(choice.hidden, near).exposed
        more: dict[Figure, Figure] = {}
        done = set[Figure]()
        # One beside each component at a time: what helps one figure may help its neighbours.
        for cell in sorted(exposed, key=lambda each: (-_most(protection.needs[each]), each)):
            unknown = {*choice.hidden, *filter(is_rest, request.sums.amounts)}
            if cell in done:
                continue
            done |= protection.component(cell, unknown)
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
    """Return the next figure to hide: of those large enough, one in an equation that has no other
    unknown, a part rather than a total, beside the exposed figure rather than farther off, the
    smallest."""
    amounts, need = request.sums.amounts, _most(protection.needs[exposed])
    unknown = {*hidden, exposed, *filter(is_rest, amounts)}
    near = protection.component(exposed, unknown)
    numbers = {number for cell in near for number in protection.around.get(cell, ())}
    choices = [
        (
            amounts[cell] < need,
            len(unknown & equation.keys()) > 1,
            sign > 0,
            exposed not in equation,
            amounts[cell],
            cell,
        )
        for equation in (request.sums.equations[number] for number in sorted(numbers))
        for cell, sign in equation.items()
        if cell not in unknown and cell not in request.known
    ]
    return min(choices)[-1] if choices else None
