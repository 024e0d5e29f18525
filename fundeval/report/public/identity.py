"""Which units of an earlier release are which of today, whatever ids they have now.

Ids are renumbered, and names corrected. A unit is one of the same name and kind; else the only one
of the same published amounts; else the one of its id. What is none of these has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from fundeval.report.public.figures import Figure
from fundeval.report.public.lines import Place, depth_of
from fundeval.report.public.releases import Release, plain_name

Amounts = Mapping[Figure, float]


def as_today(
    releases: Sequence[Release], places: Mapping[str, Place], amounts_of: Callable[[int], Amounts]
) -> list[Release]:
    """Return releases with the ids that their units have today.

    Parameters
    ----------
    releases
        What was published before.
    places
        The units of today.
    amounts_of
        Gives the amounts of a year as they are today.
    """
    return [_with_ids(each, _ids_of(each, places, amounts_of)) for each in releases]


def _ids_of(
    release: Release, places: Mapping[str, Place], amounts_of: Callable[[int], Amounts]
) -> dict[str, str]:
    """Return the id of today of each unit, and one of its own for each that has gone."""
    found = {
        unit_id: unit_id
        for unit_id, unit in release.units.items()
        if unit_id in places and plain_name(places[unit_id].name) == plain_name(unit.name)
    }
    if len(found) == len(release.units):
        return found
    _add_by_name(found, release, places)
    left = [unit_id for unit_id in release.units if unit_id not in found]
    taken = set(found.values())
    free = {unit_id for unit_id in places if unit_id not in taken}
    if left and free:
        _add_by_amounts(found, release, left, free, amounts_of(release.year))
    taken = set(found.values())
    for unit_id in release.units:
        if unit_id not in found:
            is_other = unit_id in taken
            found[unit_id] = f"{unit_id} {release.units[unit_id].name}" if is_other else unit_id
    return found


def _add_by_name(found: dict[str, str], release: Release, places: Mapping[str, Place]) -> None:
    """Add units of the same name and kind; of several, the one below the same unit."""
    taken = set(found.values())
    by_name: dict[tuple[str, str], list[str]] = {}
    for unit_id, place in places.items():
        if unit_id not in taken:
            by_name.setdefault((plain_name(place.name), place.kind), []).append(unit_id)
    # From the top down, so that what a unit lies below is known by then.
    above = {unit_id: unit.above for unit_id, unit in release.units.items()}
    for old in sorted(release.units, key=lambda each: (depth_of(each, above), each)):
        unit = release.units[old]
        if old in found:
            continue
        same = [e for e in by_name.get((plain_name(unit.name), unit.kind), ()) if e not in taken]
        if len(same) > 1 and unit.above is not None:
            same_above = found.get(unit.above, unit.above)
            same = [each for each in same if places[each].above == same_above]
        if len(same) == 1:
            found[old] = same[0]
            taken.add(same[0])


def _add_by_amounts(
    found: dict[str, str],
    release: Release,
    left: Iterable[str],
    free: set[str],
    amounts: Amounts,
) -> None:
    """Add units that alone have the amounts that were published of one."""
    holders: dict[tuple[str, str, float], set[str]] = {}
    for cell, amount in amounts.items():
        if cell.unit_id in free and amount:
            value = round(release.rounding.amount(amount), 2)
            holders.setdefault((cell.scheme, cell.column, value), set()).add(cell.unit_id)
    columns = {cell.column for cell in amounts}
    published: dict[str, list[tuple[str, str, float]]] = {}
    for cell, value in release.published.items():
        if cell.column in columns and value:
            told = (cell.scheme, cell.column, round(value, 2))
            published.setdefault(cell.unit_id, []).append(told)
    for old in left:
        same = [holders.get(told, set()) & free for told in published.get(old, ())]
        alike = set.intersection(*same) if same else set()
        if len(alike) == 1:
            found[old] = alike.pop()
            free.discard(found[old])


def _with_ids(release: Release, ids: Mapping[str, str]) -> Release:
    if all(old == new for old, new in ids.items()):
        return release
    units = {
        ids[old]: unit.model_copy(update={"above": ids.get(unit.above or "", unit.above)})
        for old, unit in release.units.items()
    }
    figures = {
        column: {ids[old]: by_scheme for old, by_scheme in by_unit.items()}
        for column, by_unit in release.figures.items()
    }
    return release.model_copy(update={"units": units, "figures": figures})
