"""Totals and what they are made up of: schemes of a unit, and units below it.

A part belongs to the nearest unit above that has the figure. Where a unit has no row of its own for
all schemes together its schemes stand for it, and where it has none at all, what lies below it: so
a total, and each of its parts, may be several rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from fundeval.report.public.figures import Figure, Key
from fundeval.tables.schemas import ALL_SCHEMES as ALL

Rows = tuple[Key, ...]


@dataclass(frozen=True)
class Place:
    """Where a unit stands: its kind, the nearest unit above it that the public sees, its name."""

    kind: str
    above: str | None
    name: str


@dataclass(frozen=True)
class Line:
    """A total and its parts.

    Attributes
    ----------
    unit_id, scheme
        What it is the total of; no unit if it is all that there is.
    kind
        What the parts are.
    total, parts
        Their rows. There are none of a total that nobody states.
    mixed
        Whether the parts are of several kinds: which of them make up the total is not for us to
        say, and a reader may try each and all.
    supposed
        Whether nobody would think of it unless it holds to the 分: it leaps over a level.
    """

    unit_id: str
    scheme: str
    kind: str
    total: Rows
    parts: Rows
    mixed: bool = False
    supposed: bool = False

    @property
    def label(self) -> tuple[str, str, str]:
        """What it is the total of, and what its parts are."""
        return self.unit_id, self.scheme, self.kind

    def signs(self, cells: Mapping[Key, Figure]) -> dict[Figure, int]:
        """Return its figures with their signs: the total less the parts."""
        return {cells[row]: 1 for row in self.total} | {cells[row]: -1 for row in self.parts}


def lines_of(keys: Iterable[Key], places: Mapping[str, Place]) -> list[Line]:
    """Return which units and schemes add up to which.

    Parameters
    ----------
    keys
        The units and schemes that have a figure.
    places
        Where units stand.

    Examples
    --------
    >>> places = {"C": Place("region", None, "c"), "H": Place("hospital", "C", "h")}
    >>> [line] = [e for e in lines_of([("C", "all"), ("H", "employee")], places) if e.total]
    >>> line.total, line.parts
    ((('C', 'all'),), (('H', 'employee'),))
    """
    tree = _Tree(keys, places)
    found: list[Line] = []
    for unit_id in ("", *sorted(tree.schemes_of)):
        for scheme in (*tree.schemes, ALL):
            total = tree.own(unit_id, scheme)
            if total == ((unit_id, ALL),):
                found += tree.by_scheme(unit_id)
            if total or not unit_id:
                found += tree.by_unit(unit_id, scheme, total)
    return found


def units_above(unit_id: str, above: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the units above one, the nearest first."""
    seen, at = {unit_id}, above.get(unit_id)
    while isinstance(at, str) and at not in seen:
        yield at
        seen.add(at)
        at = above.get(at)


def depth_of(unit_id: str, above: Mapping[str, str | None]) -> int:
    """Return how many of these units are above one of them.

    Examples
    --------
    >>> depth_of("H", {"H": "alliance", "alliance": "C", "C": None})
    2
    """
    return sum(each in above for each in units_above(unit_id, above))


def nearest_above(
    unit_id: str, above: Mapping[str, str | None], among: Collection[str]
) -> str | None:
    """Return the nearest unit above that is one of these.

    Examples
    --------
    >>> nearest_above("H", {"H": "alliance", "alliance": "C", "C": None}, {"C"})
    'C'
    """
    return next((each for each in units_above(unit_id, above) if each in among), None)


class _Tree:
    """Units with their rows, and those below each; what is topmost lies below the unit ``""``."""

    def __init__(self, keys: Iterable[Key], places: Mapping[str, Place]) -> None:
        self.places, self.known = places, set(keys)
        self.schemes_of: dict[str, list[str]] = {}
        for unit_id, scheme in sorted(self.known):
            self.schemes_of.setdefault(unit_id, []).append(scheme)
        self.schemes = sorted({scheme for _, scheme in self.known} - {ALL})
        self.children: dict[str, list[str]] = {}
        for unit_id, place in sorted(places.items()):
            above = place.above if place.above in places else None
            self.children.setdefault(above or "", []).append(unit_id)
        self._below: dict[Key, Rows] = {}
        self._of_kind: dict[tuple[str, str, str], Rows] = {}

    def own(self, unit_id: str, scheme: str) -> Rows:
        """Return the rows of a unit that make up its figure of a scheme."""
        if (unit_id, scheme) in self.known:
            return ((unit_id, scheme),)
        if scheme != ALL:
            return ()
        return tuple((unit_id, each) for each in self.schemes_of.get(unit_id, ()))

    def below(self, unit_id: str, scheme: str) -> Rows:
        """Return the nearest rows below a unit that make up a scheme."""
        key = (unit_id, scheme)
        if key not in self._below:
            self._below[key] = ()
            children = self.children.get(unit_id, ())
            self._below[key] = tuple(row for c in children for row in self._cover(c, scheme))
        return self._below[key]

    def _cover(self, unit_id: str, scheme: str) -> Rows:
        own = self.own(unit_id, scheme)
        if own and scheme == ALL:
            return own + self._lacking(unit_id, own)
        return own or self.below(unit_id, scheme)

    def _lacking(self, unit_id: str, own: Rows) -> Rows:
        """Return the rows below a unit of the schemes that it has none of."""
        has = {scheme for _, scheme in own}
        lacking = [] if ALL in has else [each for each in self.schemes if each not in has]
        return tuple(row for scheme in lacking for row in self.below(unit_id, scheme))

    def _topmost(self, unit_id: str, scheme: str, kind: str) -> Rows:
        """Return the topmost rows of a kind below a unit, whatever lies between."""
        key = (unit_id, scheme, kind)
        if key not in self._of_kind:
            self._of_kind[key] = ()
            rows: Rows = ()
            for child in self.children.get(unit_id, ()):
                own = self.own(child, scheme) if self.places[child].kind == kind else ()
                rows += own or self._topmost(child, scheme, kind)
            self._of_kind[key] = rows
        return self._of_kind[key]

    def by_scheme(self, unit_id: str) -> Iterable[Line]:
        """Return the lines of a unit over all schemes, of its schemes."""
        total = ((unit_id, ALL),)
        own = tuple((unit_id, each) for each in self.schemes_of[unit_id] if each != ALL)
        if own:
            yield Line(unit_id, ALL, ALL, total, own)
            if below := self._lacking(unit_id, own):
                yield Line(unit_id, ALL, f"{ALL} below", total, own + below, supposed=True)

    def by_unit(self, unit_id: str, scheme: str, total: Rows) -> Iterable[Line]:
        """Return the lines of a unit and scheme, of the units below."""
        parts = self.below(unit_id, scheme)
        said = scheme == ALL and (unit_id, ALL) not in total
        if said and not any(each == ALL for _, each in parts):
            # Each scheme for itself says as much.
            return
        groups: dict[str, list[Key]] = {}
        for row in parts:
            groups.setdefault(self.places[row[0]].kind, []).append(row)
        for kind, rows in groups.items():
            yield Line(unit_id, scheme, kind, total, tuple(rows))
        if len(groups) > 1:
            yield Line(unit_id, scheme, " ".join(groups), total, parts, mixed=True)
        for kind in sorted({place.kind for place in self.places.values()}):
            every = self._topmost(unit_id, scheme, kind)
            if every and [*every] != groups.get(kind):
                yield Line(unit_id, scheme, f"every {kind}", total, every, supposed=True)
