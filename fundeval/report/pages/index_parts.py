"""How an index of many units is divided into pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

FIRST, FOLDER = "index.html", "index"


@dataclass(frozen=True)
class Part:
    """A page of an index.

    Attributes
    ----------
    address
        Where it is in the folder of the run.
    unit_id
        The unit whose part of the tree it lists, "" for the whole.
    number
        Which of several pages it is that share out the units directly below, or 0.
    rows
        The units that it lists itself, each with its depth there.
    tops
        The topmost units of those that it and the pages below it list.
    covers
        All units that it and the pages below it list.
    parts
        The pages of what it does not list itself.
    """

    address: str
    unit_id: str
    number: int
    rows: Sequence[tuple[str, int]]
    tops: Sequence[str]
    covers: Sequence[str]
    parts: Sequence[Part] = field(default=())

    def all(self) -> Iterator[Part]:
        """Yield this page and all below it."""
        yield self
        for part in self.parts:
            yield from part.all()

    @property
    def alone(self) -> list[str]:
        """The units that this page lists and no page below it."""
        below = {unit_id for part in self.parts for unit_id in part.covers}
        return [unit_id for unit_id in self.covers if unit_id not in below]


def divide(tree: Sequence[tuple[str, int]], most: int, stem: Callable[[str], str]) -> Part:
    """Divide a list of units into pages of at most `most` rows.

    What is longer lists the units at its top (of a single one also those directly below it), and
    each of these with units below it has a page of its own. If even those at the top are too many,
    numbered pages share them out.

    Parameters
    ----------
    tree
        Units with their depths, each before those below it.
    most
        The most rows of a page, at least 2.
    stem
        Returns the name of a unit's file, without suffix.

    Examples
    --------
    >>> tree = [("city", 0), ("east", 1), ("A", 2), ("B", 2), ("west", 1)]
    >>> first = divide(tree, 3, str)
    >>> [unit for unit, _ in first.rows]
    ['city', 'east', 'west']
    >>> [(part.address, part.covers) for part in first.parts]
    [('index/east.html', ['east', 'A', 'B'])]
    """
    return _Division(tree, most, stem).part(FIRST, "", 0, [*_tops(_ends(tree), 0, len(tree))])


class _Division:
    """A tree as a list: below the unit at place `n` stand those up to `ends[n]`."""

    def __init__(
        self, tree: Sequence[tuple[str, int]], most: int, stem: Callable[[str], str]
    ) -> None:
        self.tree, self.most, self.stem = tree, most, stem
        self.ends = _ends(tree)

    def part(self, address: str, unit_id: str, number: int, tops: Sequence[int]) -> Part:
        """Return the page of the units at these places and of all below them."""
        covered = [place for top in tops for place in range(top, self.ends[top])]
        parts: list[Part] = []
        if len(covered) <= self.most:
            listed = covered
        else:
            head = [*tops] if len(tops) == 1 else []
            below = [*_tops(self.ends, head[0] + 1, self.ends[head[0]])] if head else [*tops]
            if len(head) + len(below) <= self.most:
                listed = head + below
                parts = [
                    self.part(self._address(place), self.tree[place][0], 0, [place])
                    for place in below
                    if self.ends[place] - place > 1
                ]
            else:
                listed = head
                above = self.tree[head[0]][0] if head else unit_id
                chunks = range(0, len(below), self.most)
                parts = [
                    self.part(self._address(head[0] if head else None, n), above, n,
                              below[start : start + self.most])
                    for n, start in enumerate(chunks, 1)
                ]  # fmt: skip
        least = min((self.tree[place][1] for place in tops), default=0)
        return Part(
            address, unit_id, number,
            [(self.tree[place][0], self.tree[place][1] - least) for place in listed],
            self._ids(tops), self._ids(covered), parts,
        )  # fmt: skip

    def _ids(self, places: Sequence[int]) -> list[str]:
        return [self.tree[place][0] for place in places]

    def _address(self, place: int | None, number: int = 0) -> str:
        # The part of the whole has small letters, as no stem of a unit.
        name = "all" if place is None else self.stem(self.tree[place][0])
        return f"{FOLDER}/{name}{f'.{number}' if number else ''}.html"


def _ends(tree: Sequence[tuple[str, int]]) -> list[int]:
    """Return for each place the first one after it that is not below it."""
    ends = [0] * len(tree)
    open_places: list[int] = []
    for place, (_, depth) in enumerate(tree):
        while open_places and tree[open_places[-1]][1] >= depth:
            ends[open_places.pop()] = place
        open_places.append(place)
    for place in open_places:
        ends[place] = len(tree)
    return ends


def _tops(ends: Sequence[int], start: int, end: int) -> Iterator[int]:
    while start < end:
        yield start
        start = ends[start]
