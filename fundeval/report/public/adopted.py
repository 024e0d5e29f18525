"""Budgets of a year that tell what an earlier page hid as next year's budgets.

A budget that was adopted much as it was recommended tells the recommendation, and that of a sibling
the factor by which all were fitted: then it stays hidden. One that is far enough off tells neither.
How far off it is can be said only where the recommendation can be computed again just as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt

from fundeval.report.public.figures import Figure
from fundeval.report.public.releases import Release
from fundeval.report.public.sums import NOTHING

# Gives the figures of the page of an earlier year as they are today, none if it cannot be made.
Recompute = Callable[[int], Mapping[Figure, float]]
# What a page made again has to agree in with the one that is out.
COMPARED = ("executed", "adjusted", "next_budget")


def still_telling(
    budgets: Mapping[Figure, float],
    releases: Sequence[Release],
    is_secret: Callable[[Figure], bool],
    protection: float,
    recompute: Recompute | None = None,
) -> set[Figure]:
    """Return the budgets that tell what was hidden as next year's.

    Parameters
    ----------
    budgets
        Adjusted budgets of the page and of other years that are out.
    releases
        What was published before.
    is_secret
        Tells whether a budget of next year rests on something of its own unit that nobody was told.
    protection
        By which share of itself an amount must be able to lie off.
    recompute
        Makes the page of an earlier year again.
    """
    found = set[Figure]()
    here = {cell.unit_id for cell in budgets}
    for release in releases:
        of_year = {
            cell: amount for cell, amount in budgets.items() if cell.year == release.year + 1
        }
        hidden = {cell for cell in release.hidden if cell.column == "next_budget"}
        if not of_year or not hidden:
            continue
        again = _as_published(release, recompute)
        went = {cell.scheme for cell in hidden if cell.unit_id not in here}
        for group in _groups(release, hidden):
            room = _rooms(group, again, is_secret, protection)
            for cell, amount in of_year.items():
                was = cell._replace(year=release.year).beside("next_budget")
                if was in room and abs(amount - again.get(was, amount)) <= room[was]:
                    found.add(cell)
        # What came in the place of a unit that went was given what that one would have got.
        found |= {c for c in of_year if c.scheme in went and c.unit_id not in release.units}
    return found


def _as_published(release: Release, recompute: Recompute | None) -> Mapping[Figure, float]:
    """Return the figures of a release, hidden ones too, if they come out as they were published."""
    again = recompute(release.year) if recompute else {}
    for cell, value in release.published.items():
        if cell.column in COMPARED and (
            cell not in again or abs(release.rounding.amount(again[cell]) - value) >= NOTHING
        ):
            return {}
    return again


def _groups(release: Release, hidden: Iterable[Figure]) -> Iterable[list[Figure]]:
    """Return the hidden budgets of each group of siblings."""
    groups: dict[tuple[str | None, str, str], list[Figure]] = {}
    for cell in sorted(hidden):
        unit = release.units[cell.unit_id]
        groups.setdefault((unit.above, unit.kind, cell.scheme), []).append(cell)
    return groups.values()


def _rooms(
    group: Sequence[Figure],
    again: Mapping[Figure, float],
    is_secret: Callable[[Figure], bool],
    protection: float,
) -> dict[Figure, float]:
    """Return by how much a budget of a group may lie off what was recommended and still tell.

    A budget tells its own by the protected share. A sibling's tells the factor, and so what all
    asked for; for those to be protected that nobody was told of it must lie off by as large a share
    of all as they protect of theirs, and more of many siblings, for their mean lies off by less.
    """

    secret = [cell for cell in group if is_secret(cell)]
    if not all(cell in again for cell in group):
        return dict.fromkeys(group, 0.0)
    whole = sum(abs(again[cell]) for cell in group) or 1.0
    share = sum(abs(again[cell]) for cell in secret) / whole
    of_others = min(protection, protection * share * sqrt(len(group)))
    return {
        cell: abs(again[cell]) * (protection if cell in secret else of_others) for cell in group
    }
