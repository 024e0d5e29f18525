"""Figures that to the 分 are what a total has beside its parts, so that a reader may suppose it.

Totals of a region may leave out one of its hospitals, or count one of another region: any column or
page in which nothing is hidden shows that, and holds for the others. What is equal by chance counts
too, since nobody can tell; then a figure more is hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from fundeval.report.public.figures import Figure

# Among how many figures any three are tried.
MOST_TRIED = 60


def cents(amount: float) -> int:
    """Return an amount in 分."""
    return round(amount * 100)


class ByAmount:
    """Figures of one column and year by their amounts.

    Examples
    --------
    >>> one, two = (Figure(unit, "employee", 2024, "executed") for unit in ("H1", "H2"))
    >>> amounts = {one: 20.0, two: 30.0}
    >>> [found] = ByAmount(amounts, amounts).making_up(50.0, "employee", [one, two])
    >>> [cell.unit_id for cell in found]
    ['H1', 'H2']
    """

    def __init__(self, cells: Iterable[Figure], amounts: Mapping[Figure, float]) -> None:
        self.amounts = amounts
        self.held: dict[tuple[str, int], list[Figure]] = {}
        for cell in sorted(cells):
            self.held.setdefault((cell.scheme, cents(amounts[cell])), []).append(cell)

    def making_up(
        self, amount: float, scheme: str, some: Collection[Figure]
    ) -> Iterator[tuple[Figure, ...]]:
        """Yield what makes up an amount of a scheme: one figure, or two or three of some."""
        left = cents(amount)
        if not left:
            return
        yield from ((cell,) for cell in self.held.get((scheme, left), ()))
        own = {cell: cents(self.amounts[cell]) for cell in sorted(some) if cell.scheme == scheme}
        firsts: Iterable[Sequence[Figure]] = [(cell,) for cell in own]
        if len(own) <= MOST_TRIED:
            firsts = [*firsts, *combinations(own, 2)]
        for first in firsts:
            missing = left - sum(own[cell] for cell in first)
            for last in self.held.get((scheme, missing), ()) if missing > 0 else ():
                if last in own and last > max(first):
                    yield (*first, last)
