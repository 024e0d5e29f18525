"""The figures that the public may see, and what each is computed from.

A figure whose source is hidden is hidden too: so nobody has to be kept from solving a formula, and
only sums are left to be protected (`sums`). A column added to a public table is added here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

# A unit and a scheme.
Key = tuple[str, str]
QUARTERS = tuple(f"quarter_{number}" for number in range(1, 5))


class Figure(NamedTuple):
    """A figure of a unit and scheme in a year; `column` is its column of the public tables."""

    unit_id: str
    scheme: str
    year: int
    column: str

    @property
    def key(self) -> Key:
        """The unit and the scheme."""
        return self.unit_id, self.scheme

    def beside(self, column: str) -> Figure:
        """Return the figure of another column in the same row."""
        return self._replace(column=column)


# What each column is computed from in its own row. Next year's budget rests on more than that, see
# `shares`.
MADE_OF: Mapping[str, tuple[str, ...]] = {
    "adjusted": (),
    "executed": (),
    "income": (),
    "expenditure": (),
    "next_budget": ("executed", "adjusted"),
    "execution": ("executed", "adjusted"),
    "closing": ("income", "expenditure"),
    "months": ("closing", "expenditure"),
    **dict.fromkeys(QUARTERS, ()),
    "to_date": QUARTERS,
    # Against the phased budget, by default twelfths of the adjusted one.
    "progress": (*QUARTERS, "to_date", "adjusted"),
    "left": ("adjusted", "to_date"),
}
# Columns that add up over schemes and units; those that rest on people are hidden together.
OF_PEOPLE = ("executed", "income", "expenditure", "closing")
ADDED_UP = ("adjusted", *OF_PEOPLE, *QUARTERS)
# Balances may be negative, so that none bounds another.
SIGNED = ("closing",)

Sources = Callable[[Figure], Iterable[Figure]]


def sources_in_row(figure: Figure) -> list[Figure]:
    """Return what a figure is computed from in its own row.

    Examples
    --------
    >>> [each.column for each in sources_in_row(Figure("H1", "all", 2024, "execution"))]
    ['executed', 'adjusted']
    """
    return [figure.beside(column) for column in MADE_OF[figure.column]]


def with_derived(
    hidden: Iterable[Figure], shown: Collection[Figure], sources: Sources
) -> dict[Figure, Figure]:
    """Return what has to be hidden because a source is: each figure with the source that hides it.

    Parameters
    ----------
    hidden
        Figures that are hidden, or that nobody was told.
    shown
        Figures that would be published.
    sources
        Tells what a figure is computed from.

    Examples
    --------
    >>> spent = Figure("H1", "all", 2024, "executed")
    >>> list(with_derived([spent], [spent.beside("execution")], sources_in_row))
    [Figure(unit_id='H1', scheme='all', year=2024, column='execution')]
    """
    closed, because = set(hidden), dict[Figure, Figure]()
    made_of = {figure: tuple(sources(figure)) for figure in shown if figure not in closed}
    while True:
        more = {
            figure: next(source for source in of if source in closed)
            for figure, of in made_of.items()
            if figure not in closed and not closed.isdisjoint(of)
        }
        if not more:
            return because
        because |= more
        closed |= more.keys()
