"""Small numbers hidden so that nobody can work them out from what is published around them.

A cell is hidden safely where a *witness* exists: another table, equal in every published
cell, with no negative amount, in which that cell is so large that it would not have to be
hidden. Whoever sees the published figures can then not even tell that the number is small.
Cells beside it are hidden until there is a witness for each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# A unit and a scheme.
Key = tuple[str, str]
Vector = npt.NDArray[np.float64]
CENT = 0.01
# How small a part of the need a cell may be and still be moved.
SMALLEST_PART = 1e-3
NEARLY = 1e-9


@dataclass(frozen=True)
class Line:
    """A total and its parts. `rest` is what nobody publishes: total less the sum of parts."""

    total: Key
    parts: tuple[Key, ...]
    rest: float

    @property
    def cells(self) -> tuple[Key, ...]:
        """The parts and the total."""
        return (*self.parts, self.total)


@dataclass(frozen=True)
class Measure:
    """Amounts of one kind, none negative, and the sums that a reader knows to hold.

    `published` are cells that stand elsewhere already: to hide them here would hide nothing.
    """

    amounts: Mapping[Key, float]
    lines: Sequence[Line]
    published: frozenset[Key] = frozenset()


@dataclass(frozen=True)
class Exposed:
    """A small cell that can be worked out, and how much it would have to be able to grow."""

    measure: Measure
    key: Key
    need: float


def add_up(values: Mapping[Key, float], total: Key, parts: Sequence[Key]) -> Line:
    """Return the line of a total; what its parts leave open is its rest, to the 分."""
    rest = round(values[total] - sum(values[part] for part in parts), 2)
    return Line(total, tuple(parts), rest)


def hide(measures: Sequence[Measure], small: Mapping[Key, float]) -> set[Key]:
    """Return the cells to hide in every measure: the small ones and what protects them.

    `small` says by what factor each must be able to grow without a contradiction: above 1.
    """
    hidden = set(small)
    while True:
        found = sorted(exposed(measures, hidden, small), key=lambda bare: (-bare.need, bare.key))
        more = next(filter(None, (beside(bare, hidden) for bare in found)), None)
        if more is None:
            return hidden
        hidden.add(more)


def exposed(
    measures: Sequence[Measure], hidden: Collection[Key], small: Mapping[Key, float]
) -> list[Exposed]:
    """Return the small cells for which no witness is found."""
    found = []
    for measure in measures:
        cells = [key for key in measure.amounts if key in hidden]
        sums, amounts = _unknowns(measure, cells)
        for key in small.keys() & measure.amounts.keys():
            need = max(measure.amounts[key] * (small[key] - 1), CENT)
            if key not in hidden or not _can_grow(sums, amounts, cells.index(key), need):
                found.append(Exposed(measure, key, need))
    return found


def _unknowns(measure: Measure, cells: Sequence[Key]) -> tuple[Vector, Vector]:
    """Return what a reader knows of the hidden: a row a line, a column a hidden cell or rest.

    The second is the true amounts, which the rows multiply to a known sum.
    """
    place = {key: number for number, key in enumerate(cells)}
    touched = [each for each in measure.lines if any(key in place for key in each.cells)]
    rests = [number for number, each in enumerate(touched) if each.rest]
    sums = np.zeros((len(touched), len(cells) + len(rests)))
    for row, each in enumerate(touched):
        for part in each.parts:
            if part in place:
                sums[row, place[part]] = 1
        if each.total in place:
            sums[row, place[each.total]] = -1
    for column, row in enumerate(rests, start=len(cells)):
        sums[row, column] = np.sign(touched[row].rest)
    amounts = [measure.amounts[key] for key in cells] + [abs(touched[row].rest) for row in rests]
    return sums, np.array(amounts)


def _can_grow(sums: Vector, amounts: Vector, cell: int, need: float) -> bool:
    """Tell whether a witness is found: the cell grows by `need`, no sum changes, none is < 0."""
    lines, movable = _connected(sums, cell)
    sums = sums[lines]
    while True:
        change = _least_change(sums[:, movable], np.maximum(amounts, need * SMALLEST_PART)[movable],
                               int(movable[:cell].sum()))  # fmt: skip
        if change is None:
            return False
        witness = amounts.copy()
        witness[movable] += change * need
        negative = witness < -NEARLY * need
        if not negative.any():
            return True
        # What would have to fall below nothing stays as it is; the rest tries without it.
        movable = movable & ~negative


def _least_change(sums: Vector, scale: Vector, cell: int) -> Vector | None:
    """Return the change that makes the cell grow by 1, changes no sum, and moves each unknown
    least for its size; None if there is no such change."""
    _, strengths, directions = np.linalg.svd(sums, full_matrices=True)
    free = directions[(strengths > NEARLY).sum() :].T
    weighed = free / scale[:, None]
    change: Vector = free @ np.linalg.lstsq(weighed.T @ weighed, free[cell], rcond=None)[0]
    possible = change[cell] > NEARLY * np.abs(change).max(initial=0)
    return np.asarray(change / change[cell]) if possible else None


def _connected(sums: Vector, cell: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return the lines and the unknowns that have to do with a cell, as masks."""
    held = sums != 0
    columns = np.arange(held.shape[1]) == cell
    while True:
        lines = held[:, columns].any(axis=1)
        wider = columns | held[lines].any(axis=0)
        if (wider == columns).all():
            return lines, columns
        columns = wider


def beside(bare: Exposed, hidden: Collection[Key]) -> Key | None:
    """Return the next cell to hide: of those large enough, a part rather than a total,
    one in a line of the cell rather than farther off, the smallest."""
    amounts = bare.measure.amounts
    choices = [
        (amounts[key] < bare.need, key == line.total, bare.key not in line.cells, amounts[key], key)
        for line in _lines_around(bare, hidden)
        for key in line.cells
        if key not in hidden and key not in bare.measure.published
    ]
    return min(choices)[-1] if choices else None


def _lines_around(bare: Exposed, hidden: Collection[Key]) -> list[Line]:
    """Return the lines that have to do with a cell: its own, and on from one hidden cell of a
    line to the next."""
    near, around = {bare.key}, 0
    lines: list[Line] = []
    while len(near) > around:
        around = len(near)
        lines = [line for line in bare.measure.lines if near.intersection(line.cells)]
        near.update(key for line in lines for key in line.cells if key in hidden)
    return lines
