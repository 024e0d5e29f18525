"""What a reader knows of earlier releases, beside the page that is about to be published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fundeval.report.public.figures import ADDED_UP, MADE_OF, OF_PEOPLE, Figure, Key
from fundeval.report.public.releases import Release, places_of
from fundeval.report.public.sums import NOTHING, REST, Place, Sums, parts_by_total
from fundeval.tables.schemas import ALL_SCHEMES as ALL


@dataclass(frozen=True)
class Earlier:
    """Earlier releases, held against the amounts of today.

    `known` are figures that are out as they stand today; `hidden` is what an earlier release hid,
    with the largest minimum that it hid anything by.
    """

    known: frozenset[Figure]
    hidden: Mapping[Figure, int]


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
    known, hidden = set[Figure](), dict[Figure, int]()
    for release in releases:
        for cell, value in release.published.items():
            now = amounts.get(cell)
            if now is None or abs(release.rounding.amount(now) - value) < NOTHING:
                known.add(cell)
                # What was published itself is judged by its own value.
                told = _told_by(cell, years)
                known.update(each for each in told if each not in release.published)
        for cell in release.hidden:
            hidden[cell] = max(release.minimum, hidden.get(cell, 0))
    return Earlier(frozenset(known), hidden)


def _told_by(figure: Figure, years: int) -> Iterable[Figure]:
    """Return the amounts that a figure which is out tells of, in its own row."""
    for column in MADE_OF[figure.column]:
        if column in ADDED_UP and figure.column != "next_budget":
            yield figure.beside(column)
    if figure.column == "next_budget":
        for before in range(years + 1):
            yield Figure(figure.unit_id, figure.scheme, figure.year - before, "executed")


def add_earlier_sums(
    sums: Sums, releases: Sequence[Release], places: Mapping[str, Place]
) -> dict[Figure, float]:
    """Add what earlier releases of the same year tell to the sums; return what has gone since.

    Three things: the sums of an earlier page among what it hid, for what has not changed since;
    totals that changed by what is new; and totals that changed by what is gone, whose amounts are
    returned: they were hidden, and are hidden still.
    """
    gone: dict[Figure, float] = {}
    for release in releases:
        for column in ADDED_UP:
            change = _Change.of(sums, release, column)
            if change.before:
                _add_old_sums(sums, change, places)
                _add_new(sums, change, places)
                _add_gone(sums, change, places, gone)
    return gone


@dataclass(frozen=True)
class _Change:
    """A column of an earlier release, and of today, by unit and scheme."""

    release: Release
    column: str
    before: Mapping[Key, Figure]
    now: Mapping[Key, Figure]

    @classmethod
    def of(cls, sums: Sums, release: Release, column: str) -> _Change:
        old = {*release.published, *release.hidden}
        return cls(
            release,
            column,
            {cell.key: cell for cell in sorted(old) if cell.column == column},
            {
                cell.key: cell
                for cell in sorted(sums.amounts)
                if cell.column == column and cell.year == release.year
            },
        )


def _add_old_sums(sums: Sums, change: _Change, places: Mapping[str, Place]) -> None:
    """Add the sums among the figures that an earlier page hid, less what it published.

    What a total has today that the page did not list was in its rest.
    """
    before, hidden = change.before, change.release.hidden
    lines, today = (
        parts_by_total(before, places_of([change.release])),
        parts_by_total(change.now, places),
    )
    for total, groups in lines.items():
        for kind, parts in groups.items():
            unknown = {before[part]: -1 for part in parts if before[part] in hidden}
            if before[total] in hidden:
                unknown[before[total]] = 1
            added = today.get(total, {}).get(kind, [])
            unknown |= {change.now[part]: -1 for part in added if part not in before}
            rest = before[total].beside(f"{REST}{change.column} {kind}")
            if rest in sums.amounts:
                unknown[rest] = -1
            if not hidden.isdisjoint(unknown) and unknown.keys() <= sums.amounts.keys():
                sums.equations.append(unknown)


def _add_new(sums: Sums, change: _Change, places: Mapping[str, Place]) -> None:
    """Say that a total changed by what is new, as if nothing else had."""
    new = _by_total(change.now, change.before, places)
    for total, keys in new.items():
        if change.column in OF_PEOPLE and change.before[total] in change.release.published:
            signs = {change.before[total]: 1, **{change.now[key]: -1 for key in keys}}
            if signs.keys() <= sums.amounts.keys():
                sums.equations.append(signs)


def _add_gone(
    sums: Sums, change: _Change, places: Mapping[str, Place], gone: dict[Figure, float]
) -> None:
    """Say that a total changed by what was hidden and is gone, as if nothing else had."""
    were = {**places_of([change.release]), **places}
    published = change.release.published
    left = {
        key: cell
        for key, cell in change.before.items()
        if key in change.now or cell in change.release.hidden
    }
    totals = _by_total(left, change.now, were)
    # Totals of a single one first: they tell its amount.
    for total, keys in sorted(totals.items(), key=lambda each: (len(each[1]), each[0])):
        cell = change.now[total]
        if change.column not in OF_PEOPLE or cell not in published:
            continue
        less = published[cell] - sums.amounts[cell]
        if less > NOTHING:
            for key in keys:
                gone.setdefault(change.before[key], less / len(keys))
            sums.equations.append({cell: 1, **{change.before[key]: 1 for key in keys}})


def _by_total(
    these: Iterable[Key], those: Mapping[Key, Figure], places: Mapping[str, Place]
) -> dict[Key, list[Key]]:
    """Return what is among these and not among those, by each total of both that it is part of.

    A part of what is named itself is left out.
    """
    here = set(these)
    added = sorted(here - those.keys())
    found: dict[Key, list[Key]] = {}
    for unit_id, scheme in added:
        if scheme != ALL and (unit_id, ALL) in added:
            wholes: tuple[str, ...] = (scheme,)
        else:
            wholes = (scheme,) if scheme == ALL else (scheme, ALL)
        at: str | None = unit_id
        seen = set[str]()
        while at is not None and at in places and at not in seen:
            seen.add(at)
            for whole in wholes:
                if (at, whole) in here and (at, whole) in those:
                    found.setdefault((at, whole), []).append((unit_id, scheme))
            at = places[at].above
            if at is not None and (at, scheme) in added:
                break
    return found
