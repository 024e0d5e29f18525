"""What a reader knows of earlier releases, beside the page that is about to be published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from fundeval.report.public.figures import ADDED_UP, Figure, Key
from fundeval.report.public.likely import ByAmount
from fundeval.report.public.lines import Line, Place, lines_of
from fundeval.report.public.releases import Release, places_of
from fundeval.report.public.sums import NOTHING, Sums, rest_of

# Into how many a unit may have split that is gone, and among how many that came they are sought.
SPLIT_INTO = (1, 2, 3)
MOST_NEW = 60


@dataclass(frozen=True)
class Earlier:
    """Earlier releases, held against the amounts of today.

    Attributes
    ----------
    known
        Figures that are out as they stand today.
    hidden
        What an earlier release hid, with the largest minimum that it hid anything by.
    told
        What was not published itself, but may be worked out from what was.
    near
        Between which amounts lies what is out rounded.
    """

    known: frozenset[Figure]
    hidden: Mapping[Figure, int]
    told: frozenset[Figure] = frozenset()
    near: Mapping[Figure, tuple[float, float]] = field(default_factory=dict)


def look_back(releases: Sequence[Release], amounts: Mapping[Figure, float], years: int) -> Earlier:
    """Return what earlier releases published and hid.

    Parameters
    ----------
    releases
        The releases.
    amounts
        The amounts of today.
    years
        Over how many yearly rates next year's budgets grow: one that is out tells what was
        executed in each of these years.
    """
    known, told, hidden = set[Figure](), set[Figure](), dict[Figure, int]()
    near: dict[Figure, tuple[float, float]] = {}
    for release in releases:
        published = release.published
        for cell, value in published.items():
            now = amounts.get(cell)
            if now is None or abs(now - value) < NOTHING:
                known.add(cell)
                # What was published itself is judged by its own value.
                told.update(each for each in _told_by(cell, years) if each not in published)
            elif abs(release.rounding.amount(now) - value) < NOTHING:
                low, high = release.rounding.bounds(value)
                least, most = near.get(cell, (low, high))
                near[cell] = max(low, least), min(high, most)
        for cell in release.hidden:
            hidden[cell] = max(release.minimum, hidden.get(cell, 0))
    near = {cell: bounds for cell, bounds in near.items() if cell not in known}
    return Earlier(frozenset(known), hidden, frozenset(told - known), near)


def _told_by(figure: Figure, years: int) -> Iterable[Figure]:
    """Return the amounts that a figure which is out tells of, in its own row.

    A sum tells nothing of its parts, and the rate that they have in common nothing of either.
    """
    if figure.column == "execution":
        yield figure.beside("executed")
        yield figure.beside("adjusted")
    if figure.column == "next_budget":
        for before in range(years + 1):
            yield Figure(figure.unit_id, figure.scheme, figure.year - before, "executed")


def add_earlier_sums(
    sums: Sums, releases: Sequence[Release], places: Mapping[str, Place]
) -> dict[Figure, float]:
    """Add what earlier releases tell to the sums; return what they hid that has gone since.

    What a total has beside its parts is taken to be as it was. So hidden parts are bound by what
    an earlier page left for them, a total that changed tells of what is new, and what went is what
    came in its place, or what its total has less. The amounts of what went are returned: they were
    hidden, and are hidden still.
    """
    gone: dict[Figure, float] = {}
    for release in releases:
        for column in ADDED_UP:
            change = _Change.of(sums, release, column, places)
            if change.before:
                change.add_to(sums, gone)
    return gone


@dataclass(frozen=True)
class _Pair:
    """A line of an earlier release and of today, with what was hidden of it and has gone."""

    old: Line
    today: Line
    gone: Sequence[Figure]


@dataclass(frozen=True)
class _Change:
    """A column of an earlier release, and of today, by unit and scheme."""

    release: Release
    published: Mapping[Figure, float]
    hidden: Collection[Figure]
    before: Mapping[Key, Figure]
    now: Mapping[Key, Figure]
    lines: Sequence[Line]
    pairs: Sequence[_Pair]

    @classmethod
    def of(cls, sums: Sums, release: Release, column: str, places: Mapping[str, Place]) -> _Change:
        published, hidden = release.published, release.hidden
        listed = {cell for cell in (*published, *hidden) if cell.column == column}
        before = {cell.key: cell for cell in sorted(listed)}
        now = {
            cell.key: cell
            for cell in sorted(sums.amounts)
            if (cell.year, cell.column) == (release.year, column)
        }
        today = {line.label: line for line in lines_of(now, places)} if before else {}
        lines, pairs = lines_of(before, {**places, **places_of([release])}), []
        for old in lines:
            if old.label in today:
                left = [before[row] for row in old.parts if row not in now]
                gone = [cell for cell in left if cell in hidden]
                pairs.append(_Pair(old, today[old.label], gone))
        # Totals of a single one first: they tell its amount.
        pairs.sort(key=lambda pair: len(pair.gone))
        return cls(release, published, hidden, before, now, lines, pairs)

    def add_to(self, sums: Sums, gone: dict[Figure, float]) -> None:
        """Add the equations of all lines, and the amounts of what has gone."""
        self._add_split(sums)
        if not self.release.rounding:
            self._add_own(sums)
        for pair in self.pairs:
            if pair.gone:
                self._add_gone(pair, sums, gone)
            elif pair.today.total and not pair.today.supposed:
                self._add_kept(pair, sums)

    def _add_gone(self, pair: _Pair, sums: Sums, gone: dict[Figure, float]) -> None:
        """Say that what went is what came, or what the total lost. Where several came nobody tells
        which took it over, so each is held against it for itself."""
        old, now = pair.old.signs(self.before), pair.today.signs(self.now)
        left = -sums.left_over(now)
        for cell, sign in old.items():
            if cell not in pair.gone:
                left += sign * self._amount(cell, sums)
        if left <= NOTHING:
            return
        for cell in pair.gone:
            gone.setdefault(cell, left / len(pair.gone))
        changed = self._difference(old, now)
        came = sorted({row[0] for row in pair.today.parts if row not in self.before})
        for one in came or [""]:
            others = {self.now[row] for row in pair.today.parts if row[0] in came and row[0] != one}
            equation = {cell: sign for cell, sign in changed.items() if cell not in others}
            sums.equations.append(equation)

    def _add_kept(self, pair: _Pair, sums: Sums) -> None:
        """Say that what a total has beside its parts is what it had, but for what was hidden."""
        old, now = pair.old.signs(self.before), pair.today.signs(self.now)
        unknown = {cell: sign for cell, sign in old.items() if cell in self.hidden}
        new = [self.now[row] for row in pair.today.parts if row not in self.before]
        left = sum(sign * self._amount(cell, sums) for cell, sign in old.items())
        more = sum(sums.amounts[cell] for cell in new)
        if abs(left - sums.left_over(now) - more) < NOTHING:
            # It was beside the parts that the page listed.
            unknown |= dict.fromkeys(new, -1)
        rest = rest_of(pair.today, self.now[pair.today.total[0]])
        if rest in sums.rests:
            unknown[rest] = -1 if sums.left_over(now) > 0 else 1
        if unknown and unknown.keys() <= sums.amounts.keys():
            sums.equations.append(unknown)

    def _add_own(self, sums: Sums) -> None:
        """Say what the release says alone: that parts made up a total, or with what is new."""
        new = [cell for key, cell in self.now.items() if key not in self.before]
        by_amount = ByAmount(new, sums.amounts)
        for line in self.lines:
            signs = line.signs(self.before)
            unknown = {cell: sign for cell, sign in signs.items() if cell in self.hidden}
            if not line.total or line.supposed or not unknown.keys() <= sums.amounts.keys():
                continue
            left = round(sum(sign * self._amount(cell, sums) for cell, sign in signs.items()), 2)
            if unknown and abs(left) < NOTHING:
                sums.equations.append(unknown)
            elif unknown and left > 0:
                below = [cell for cell in new if cell.scheme == line.scheme]
                for made_of in by_amount.making_up(left, line.scheme, below):
                    sums.equations.append({**unknown, **dict.fromkeys(made_of, -1)})

    def _add_split(self, sums: Sums) -> None:
        """Say what of today makes up what was published and is gone, to the 分."""
        left: dict[str, list[tuple[Figure, float]]] = {}
        for key, cell in self.now.items():
            if key not in self.before:
                left.setdefault(cell.scheme, []).append((cell, sums.amounts[cell]))
        for key, cell in self.before.items():
            if key in self.now or not self.published.get(cell):
                continue
            new = left.get(cell.scheme, [])
            for count in SPLIT_INTO if len(new) <= MOST_NEW else ():
                for parts in combinations(new, count):
                    amount = self.release.rounding.amount(round(sum(p[1] for p in parts), 2))
                    if abs(amount - self.published[cell]) < NOTHING:
                        sums.equations.append({part: 1 for part, _ in parts})

    def _amount(self, cell: Figure, sums: Sums) -> float:
        """Return what a figure of the release was: what was hidden is taken to be as today."""
        return sums.amounts.get(cell, 0.0) if cell in self.hidden else self.published[cell]

    def _difference(
        self, old: Mapping[Figure, int], now: Mapping[Figure, int]
    ) -> dict[Figure, int]:
        """Return the line of today less what was hidden of the old one; the rest is out."""
        signs = dict(now)
        for cell, sign in old.items():
            if cell in self.hidden:
                signs[cell] = signs.get(cell, 0) - sign
        return {cell: sign for cell, sign in signs.items() if sign}
