"""The sums that a reader of public pages knows to hold, as one system of linear equations.

Schemes add up to all of a unit, units of a kind to the region above, quarters to the year, and a
balance is that of the year before plus income less expenditure. What a total has beside its parts
is a figure too, the *rest*: nobody publishes it, but anybody may take it from the published ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from fundeval.report.public.figures import OF_PEOPLE, QUARTERS, SIGNED, Figure, Key
from fundeval.tables.schemas import ALL_SCHEMES as ALL

REST = "rest "
# Less than half a 分 is no difference.
NOTHING = 0.005


@dataclass(frozen=True)
class Place:
    """Where a unit stands: its kind, the unit above it, and its name."""

    kind: str
    above: str | None
    name: str


@dataclass
class Sums:
    """Amounts and the equations between them: the signed amounts of each add up to nothing."""

    amounts: dict[Figure, float] = field(default_factory=dict)
    equations: list[dict[Figure, int]] = field(default_factory=list)

    def add_equation(self, signs: Mapping[Figure, int], rest: Figure | None = None) -> None:
        """Add an equation of known amounts; what is left over is its rest, if it may have one."""
        left = round(sum(sign * self.amounts[cell] for cell, sign in signs.items()), 2)
        if abs(left) < NOTHING:
            self.equations.append(dict(signs))
        elif rest is not None:
            self.amounts[rest] = abs(left)
            self.equations.append({**signs, rest: -1 if left > 0 else 1})


def is_rest(figure: Figure) -> bool:
    """Tell whether a figure is what a total has beside its parts."""
    return figure.column.startswith(REST)


def may_be_negative(figure: Figure) -> bool:
    """Tell whether nobody can say that a figure is at least zero."""
    return figure.column.removeprefix(REST).split()[0] in SIGNED


def parts_by_total(
    keys: Iterable[Key], places: Mapping[str, Place]
) -> dict[Key, dict[str, list[Key]]]:
    """Return which units and schemes add up to which, by what the parts are.

    Where units of several kinds lie in a region they are also taken together: which of the two
    makes up the region is not for us to say, and a reader may try both.
    """
    known = set(keys)
    parts: dict[Key, dict[str, list[Key]]] = {}
    for unit_id, scheme in sorted(known):
        place = places[unit_id]
        if place.above is not None and (place.above, scheme) in known:
            group = parts.setdefault((place.above, scheme), {})
            group.setdefault(place.kind, []).append((unit_id, scheme))
        if scheme != ALL and (unit_id, ALL) in known:
            parts.setdefault((unit_id, ALL), {}).setdefault(ALL, []).append((unit_id, scheme))
    for groups in parts.values():
        kinds = [kind for kind in groups if kind != ALL]
        if len(kinds) > 1:
            groups[" ".join(kinds)] = [key for kind in kinds for key in groups[kind]]
    return parts


def sums_of(amounts: Mapping[Figure, float], places: Mapping[str, Place]) -> Sums:
    """Return the equations between amounts of one or more years, true for these amounts.

    Parameters
    ----------
    amounts
        Every amount that adds up, of each year that was or will be published.
    places
        Where each unit stands.
    """
    found = Sums(dict(amounts))
    by_column: dict[tuple[int, str], dict[Key, Figure]] = {}
    for cell in sorted(amounts):
        by_column.setdefault((cell.year, cell.column), {})[cell.key] = cell
    for (_, column), cells in by_column.items():
        for total, groups in parts_by_total(cells, places).items():
            for kind, parts in groups.items():
                signs = {cells[total]: 1, **{cells[part]: -1 for part in parts}}
                several = " " in kind
                over = sum(amounts[cells[part]] for part in parts) - amounts[cells[total]]
                # Units of several kinds that together are more than the region overlap.
                if several and over > NOTHING:
                    continue
                found.add_equation(signs, cells[total].beside(f"{REST}{column} {kind}"))
    for cell in sorted(amounts):
        if cell.column == "executed":
            _add_quarters(found, cell)
            _add_equal(found, cell, cell.beside("expenditure"))
        if cell.column == "closing":
            _add_balance(found, cell)
    return found


def _add_quarters(found: Sums, year: Figure) -> None:
    quarters = [year.beside(name) for name in QUARTERS if year.beside(name) in found.amounts]
    if quarters:
        signs = {year: 1, **dict.fromkeys(quarters, -1)}
        found.add_equation(signs, year.beside(f"{REST}executed months"))


def _add_equal(found: Sums, one: Figure, other: Figure) -> None:
    """Say that two amounts are the same, where they are: a reader may guess it."""
    if other in found.amounts and abs(found.amounts[one] - found.amounts[other]) < NOTHING:
        found.add_equation({one: 1, other: -1})


def _add_balance(found: Sums, closing: Figure) -> None:
    """Say that the balance moved by income and expenditure alone, where it did."""
    before = closing._replace(year=closing.year - 1)
    income, expenditure = closing.beside("income"), closing.beside("expenditure")
    if {before, income, expenditure} <= found.amounts.keys():
        found.add_equation({closing: 1, before: -1, income: -1, expenditure: 1})


def row_of(figure: Figure, amounts: Collection[Figure]) -> frozenset[Figure]:
    """Return what is hidden together with a figure: all that rests on the same people."""
    if figure.column in OF_PEOPLE:
        columns: tuple[str, ...] = OF_PEOPLE
    elif figure.column in QUARTERS:
        columns = QUARTERS
    else:
        columns = (figure.column,)
    return frozenset(each for each in map(figure.beside, columns) if each in amounts)
