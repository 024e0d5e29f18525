"""The sums that a reader of public pages knows to hold, as one system of linear equations.

Schemes add up to all of a unit, units of a kind to the region above, quarters to the year, and a
balance is that of the year before plus income less expenditure. What a total has beside its parts
is a figure too, the *rest*: nobody publishes it, but anybody may take it from the published ones,
and suppose it where it is the same every year, or is what one of the parts has (`likely`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from fundeval.report.public.figures import OF_PEOPLE, QUARTERS, SIGNED, Figure, Key
from fundeval.report.public.likely import ByAmount, cents
from fundeval.report.public.lines import Line, Place, Rows, lines_of
from fundeval.tables.schemas import ALL_SCHEMES as ALL

REST = "rest "
# Less than half a 分 is no difference.
NOTHING = 0.005
# What budgets and what funds call what was spent.
SPENT = ("executed", "expenditure")


@dataclass
class Sums:
    """Amounts and the equations between them: the signed amounts of each add up to nothing.

    Attributes
    ----------
    amounts, equations
        The amounts, and of each equation its figures with their signs.
    rests
        What totals have beside their parts, by the line that it is left over from.
    supposed
        Equations that a reader may suppose of the rests, since they hold to the 分.
    told
        Figures that may be known otherwise: whatever else is unknown, they are not.
    near
        Between which amounts a reader knows figures to lie, such as those that are out rounded.
    """

    amounts: dict[Figure, float] = field(default_factory=dict)
    equations: list[dict[Figure, int]] = field(default_factory=list)
    rests: dict[Figure, Line] = field(default_factory=dict)
    supposed: list[dict[Figure, int]] = field(default_factory=list)
    told: frozenset[Figure] = frozenset()
    near: Mapping[Figure, tuple[float, float]] = field(default_factory=dict)

    def left_over(self, signs: Mapping[Figure, int]) -> float:
        """Return what signed amounts add up to."""
        return round(sum(sign * self.amounts[cell] for cell, sign in signs.items()), 2)

    def with_supposed(self) -> Sums:
        """Return the sums of a reader who supposes whatever holds to the 分."""
        return replace(self, equations=[*self.equations, *self.supposed], supposed=[])

    def room(self, cell: Figure) -> tuple[float, float]:
        """Return how much less and more a figure may be than it is."""
        amount = self.amounts[cell]
        least, most = self.near.get(cell, (-inf if may_be_negative(cell) else 0.0, inf))
        return max(amount - least, 0.0), max(most - amount, 0.0)

    def add_equation(
        self, signs: Mapping[Figure, int], rest: Figure | None = None
    ) -> Figure | None:
        """Add an equation of known amounts, and what is left over as its rest, if it may have one;
        return the rest, if there is one."""
        left = self.left_over(signs)
        if abs(left) < NOTHING:
            self.equations.append(dict(signs))
        elif rest is not None:
            self.amounts[rest] = abs(left)
            self.equations.append({**signs, rest: -1 if left > 0 else 1})
            return rest
        return None


def is_rest(figure: Figure) -> bool:
    """Tell whether a figure is what a total has beside its parts."""
    return figure.column.startswith(REST)


def may_be_negative(figure: Figure) -> bool:
    """Tell whether nobody can say that a figure is at least zero."""
    return figure.column.removeprefix(REST).split()[0] in SIGNED


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
    lines: dict[frozenset[Key], list[Line]] = {}

    def lines_between(cells: Mapping[Key, Figure]) -> list[Line]:
        keys = frozenset(cells)
        if keys not in lines:
            lines[keys] = [line for line in lines_of(keys, places) if line.total]
        return lines[keys]

    for cells in by_column.values():
        _add_lines(found, cells, lines_between(cells))
    for year in sorted({year for year, _ in by_column}):
        of_budgets, of_funds = (by_column.get((year, name), {}) for name in SPENT)
        for cells in ({**of_budgets, **of_funds}, {**of_funds, **of_budgets}):
            _add_lines(found, cells, _across(cells, lines_between(cells)))
    for cell in sorted(amounts):
        if cell.column == "executed":
            _add_quarters(found, cell)
            _add_equal(found, cell, cell.beside("expenditure"))
        if cell.column == "closing":
            _add_balance(found, cell)
    _add_equal_rests(found)
    return found


def _add_lines(found: Sums, cells: Mapping[Key, Figure], lines: Iterable[Line]) -> None:
    """Add what totals of a column are made up of; what leaps over a level only if it is new."""
    splits: dict[Key, list[Rows]] = {}
    by_amount = ByAmount(cells.values(), found.amounts)
    # By a longer line a shorter one cannot follow.
    for line in sorted(lines, key=lambda each: (each.supposed, len(each.parts))):
        signs = line.signs(cells)
        left = found.left_over(signs)
        exact = abs(left) < NOTHING
        # Units of several kinds that together are more than the region overlap.
        if line.mixed and left <= -NOTHING:
            continue
        if not line.supposed:
            rest = found.add_equation(signs, rest_of(line, cells[line.total[0]]))
            if rest is not None:
                found.rests[rest] = line
                _add_likely(found, rest, line, cells, by_amount)
        elif exact and not all(_follows(row, set(line.parts), splits) for row in line.total):
            found.add_equation(signs)
        if exact and len(line.total) == 1:
            splits.setdefault(line.total[0], []).append(line.parts)


def _add_likely(
    found: Sums, rest: Figure, line: Line, cells: Mapping[Key, Figure], by_amount: ByAmount
) -> None:
    """Say what a rest may be, and of a total that leaves out many parts what it may be made up of.

    Only of what exceeds its total some can be left out.
    """
    signs = line.signs(cells)
    totals = {cell for cell, sign in signs.items() if sign > 0}
    parts = signs.keys() - totals if found.left_over(signs) < 0 else set[Figure]()
    for made_of in by_amount.making_up(found.amounts[rest], line.scheme, parts):
        if totals.isdisjoint(made_of):
            found.supposed.append({rest: 1, **dict.fromkeys(made_of, -1)})
    if parts and len(totals) == 1:
        [total] = totals
        for made_of in by_amount.making_up(found.amounts[total], line.scheme, parts):
            if parts.issuperset(made_of):
                found.supposed.append({total: 1, **dict.fromkeys(made_of, -1)})


def _across(cells: Mapping[Key, Figure], lines: Iterable[Line]) -> Iterable[Line]:
    """Return the lines with rows of two columns: what a fund spent is what budgets executed, where
    it is, so that either may stand for the other."""
    for line in lines:
        if len({cells[row].column for row in (*line.total, *line.parts)}) > 1:
            yield replace(line, supposed=True, mixed=False)


def _follows(row: Key, parts: Collection[Key], splits: Mapping[Key, list[Rows]]) -> bool:
    """Tell whether exact sums of fewer levels make up a row of these parts."""
    return row in parts or any(
        all(_follows(each, parts, splits) for each in rows) for rows in splits.get(row, ())
    )


def rest_of(line: Line, cell: Figure) -> Figure:
    """Return what a total has beside its parts, of the column and year of one of its figures."""
    return Figure(line.unit_id, line.scheme, cell.year, f"{REST}{cell.column} {line.kind}")


def _add_quarters(found: Sums, year: Figure) -> None:
    quarters = [year.beside(name) for name in QUARTERS if year.beside(name) in found.amounts]
    if quarters:
        signs = {year: 1, **dict.fromkeys(quarters, -1)}
        found.add_equation(signs, year.beside(f"{REST}executed months"))


def _add_equal(found: Sums, one: Figure, other: Figure) -> None:
    """Say that two amounts are the same, where they are: a reader may guess it."""
    if other in found.amounts and abs(found.amounts[one] - found.amounts[other]) < NOTHING:
        found.add_equation({one: 1, other: -1})


def _add_equal_rests(found: Sums) -> None:
    """Say that totals of a unit have the same beside their parts, where they do: every year, of
    every scheme, or of what was budgeted and what was executed."""
    alike: dict[tuple[str, bool, str, int], list[Figure]] = {}
    for rest, line in found.rests.items():
        key = (line.unit_id, line.scheme == ALL, line.kind, cents(found.amounts[rest]))
        alike.setdefault(key, []).append(rest)
    for first, *others in alike.values():
        found.supposed += [{first: 1, other: -1} for other in others]


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
