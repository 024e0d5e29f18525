"""How far every hidden figure may lie from its true amount, by all that is published.

Whoever reads the pages knows the sums (`sums`) and that no amount is negative. Between which two
bounds a hidden figure then lies is a linear program, one up and one down for each; the sums fall
into components that share no hidden figure. HiGHS solves them (the extra `disclosure`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fundeval.extras import require_extra
from fundeval.report.public.figures import Figure
from fundeval.report.public.sums import Sums, is_rest

CENT = 0.01
# As many hidden figures are moved at once; of more, those nearest to the figure, and the rest is
# taken as known. So what is found holds, and of a larger component more has to be hidden.
LARGEST = 1000
# How many times what is needed a figure may move at most, so that numbers stay well scaled.
REACH = 1e6
NEARLY = 1 - 1e-6
# What moves less, in units of need, does not move.
STILL = 1e-9
# What asks for the extra, as the problem names it.
ASKED_BY = "--profile public"

Equation = Mapping[Figure, int]


@dataclass(frozen=True)
class Need:
    """By how much a hidden figure must be able to be larger, smaller, or both together."""

    up: float = 0.0
    down: float = 0.0
    width: float = 0.0


@dataclass(frozen=True)
class Bounds:
    """How much larger and smaller a figure may be, at least, and whether that is enough."""

    up: float
    down: float
    enough: bool


@dataclass
class Audit:
    """Bounds of hidden figures, and the components that were too large to be moved as a whole."""

    bounds: dict[Figure, Bounds] = field(default_factory=dict)
    too_large: int = 0

    @property
    def exposed(self) -> list[Figure]:
        """The figures that lie within too narrow bounds."""
        return sorted(cell for cell, bounds in self.bounds.items() if not bounds.enough)


@dataclass(frozen=True)
class Witness:
    """A table that a reader must hold possible: how far a figure lies off, and what else moves."""

    up: float
    down: float
    moved: frozenset[Figure]


class Protection:
    """What is asked of hidden figures, and what sums leave of it.

    A witness holds wherever all that it moves is hidden, so most figures are solved once.

    Parameters
    ----------
    sums
        The amounts and the equations between them.
    needs
        What each hidden figure needs; figures that are not named need nothing.
    largest
        Most hidden figures that are moved at once.
    """

    def __init__(self, sums: Sums, needs: Mapping[Figure, Need], largest: int = LARGEST) -> None:
        self.sums, self.needs, self.largest = sums, needs, largest
        self.rests = frozenset(filter(is_rest, sums.amounts))
        self.around: dict[Figure, list[int]] = {}
        for number, equation in enumerate(sums.equations):
            for cell in equation:
                self.around.setdefault(cell, []).append(number)
        self._witnesses: dict[Figure, Witness] = {}
        self._bare: dict[Figure, set[frozenset[Figure]]] = {}

    def audit(self, hidden: Collection[Figure], near: Iterable[Figure] | None = None) -> Audit:
        """Return the bounds of the hidden figures that need any.

        `near` limits it to the components of these figures.
        """
        unknown = {*hidden, *self.rests}
        left = sorted(unknown if near is None else self._near(near, unknown))
        found, seen = Audit(), set[Figure]()
        for cell in left:
            if cell in seen:
                continue
            component = self.component(cell, unknown)
            seen |= component
            self._audit_component(component, found)
        return found

    def component(self, start: Figure, unknown: Collection[Figure]) -> frozenset[Figure]:
        """Return the hidden figures that have to do with one of them."""
        return frozenset(self._nearest(start, unknown, len(self.sums.amounts)))

    def _near(self, cells: Iterable[Figure], unknown: Collection[Figure]) -> set[Figure]:
        """Return the hidden figures that share an equation with any of these."""
        equations = {number for cell in cells for number in self.around.get(cell, ())}
        return {
            cell for number in equations for cell in self.sums.equations[number] if cell in unknown
        }

    def _nearest(self, start: Figure, unknown: Collection[Figure], most: int) -> list[Figure]:
        """Return at most so many hidden figures, from the nearest to the farthest."""
        found, taken, used = [start], {start}, set[int]()
        for cell in found:
            for number in self.around.get(cell, ()):
                if number in used:
                    continue
                used.add(number)
                for other in self.sums.equations[number]:
                    if other in unknown and other not in taken:
                        taken.add(other)
                        found.append(other)
            if len(found) >= most:
                break
        return found[:most]

    def _audit_component(self, component: frozenset[Figure], found: Audit) -> None:
        """Add the bounds of the figures of a component, and solve for those that have none yet."""
        whole = len(component) <= self.largest
        found.too_large += not whole
        program: _Program | None = None
        for cell in sorted(component & self.needs.keys()):
            held = self._witnesses.get(cell)
            if held is None or not held.moved <= component:
                near = (
                    component if whole else frozenset(self._nearest(cell, component, self.largest))
                )
                held = None
                if near not in self._bare.setdefault(cell, set()):
                    if program is None or not whole:
                        program = _Program(self, sorted(near))
                    held = program.find(cell)
                if held is None:
                    self._bare[cell].add(near)
                    found.bounds[cell] = Bounds(0.0, 0.0, False)
                    continue
                self._witnesses[cell] = held
            found.bounds[cell] = Bounds(held.up, held.down, True)


class _Program:
    """The linear program of hidden figures that may move together.

    Of each figure how much more and how much less than its true amount are two variables, none
    below 0, so that what need not move stays.
    """

    def __init__(self, protection: Protection, cells: Sequence[Figure]) -> None:
        self.needs, self.cells = protection.needs, cells
        self.place = {cell: number for number, cell in enumerate(cells)}
        rooms = np.array([protection.sums.room(cell) for cell in cells])
        self.less, self.more = rooms[:, 0], rooms[:, 1]
        self.told = np.array([cell in protection.sums.told for cell in cells])
        numbers = {number for cell in cells for number in protection.around.get(cell, ())}
        equations = [protection.sums.equations[number] for number in sorted(numbers)]
        self.highs = self._pass_model(equations)

    def find(self, cell: Figure) -> Witness | None:
        """Return tables in which a figure lies as far off as it needs to, None if there are not."""
        need, at = self.needs[cell], self.place[cell]
        if need.width:
            return self._find_width(at, need.width)
        up = self._move(at, need.up, 1) if need.up else set[Figure]()
        down = self._move(at, need.down, -1) if need.down and up is not None else set[Figure]()
        if up is None or down is None:
            return None
        return Witness(need.up, need.down, frozenset(up | down))

    def _find_width(self, at: int, width: float) -> Witness | None:
        """Look to one side first; where neither is enough, part of the width to both."""
        for direction in (1, -1):
            moved = self._move(at, width, direction)
            if moved is not None:
                return Witness(width * (direction > 0), width * (direction < 0), frozenset(moved))
        up, above = self._farthest(at, width, 1)
        down, below = self._farthest(at, width, -1)
        if up + down < width * NEARLY:
            return None
        return Witness(up, down, frozenset(above | below))

    def _pass_model(self, equations: Sequence[Equation]) -> Any:
        with require_extra("disclosure", ASKED_BY):
            import highspy  # noqa: PLC0415

        class Silent(highspy.Highs):
            """The solver without its banner: it greets when callbacks are enabled."""

            def enableCallbacks(self) -> None:  # noqa: N802
                self.silent()

        self.solved = highspy.HighsModelStatus.kOptimal
        highs = Silent()  # type: ignore[no-untyped-call]
        for option, value in (("threads", 1), ("solver", "simplex")):
            highs.setOptionValue(option, value)
        program = highspy.HighsLp()
        count = len(self.cells)
        program.num_col_, program.num_row_ = 2 * count, len(equations)
        program.col_cost_ = np.ones(2 * count)
        program.col_lower_, program.col_upper_ = np.zeros(2 * count), np.zeros(2 * count)
        program.row_lower_ = program.row_upper_ = np.zeros(len(equations))
        program.sense_ = highspy.ObjSense.kMinimize
        rows = [
            [
                entry
                for cell, sign in equation.items()
                if (place := self.place.get(cell)) is not None
                for entry in ((place, sign), (place + count, -sign))
            ]
            for equation in equations
        ]
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *map(len, rows)]).astype(np.int32)
        matrix.index_ = np.array([place for row in rows for place, _ in row], np.int32)
        matrix.value_ = np.array([sign for row in rows for _, sign in row], np.float64)
        highs.passModel(program)
        return highs

    def _bound(self, at: int, need: float, direction: int, least: float, most: float) -> int:
        """Set how far each figure may move, in units of need; return the variable of this one."""
        count = len(self.cells)
        upper = np.clip(np.concatenate([self.more, self.less]) / need, 0, REACH)
        others = self.told.copy()
        others[at] = False
        upper[np.concatenate([others, others])] = 0.0
        lower = np.zeros(2 * count)
        this, other = (at, at + count) if direction > 0 else (at + count, at)
        lower[this], upper[this], upper[other] = least, min(most, upper[this]), 0.0
        every = np.arange(2 * count, dtype=np.int32)
        self.highs.changeColsBounds(2 * count, every, lower, upper)
        return this

    def _move(self, at: int, need: float, direction: int) -> set[Figure] | None:
        """Return what moves, as little as may be, so that a figure lies off by what it needs."""
        room = (self.more if direction > 0 else self.less)[at] / need
        if room < NEARLY:
            return None
        self._bound(at, need, direction, min(1.0, room), min(1.0, room))
        self.highs.run()
        return self._moved() if self.highs.getModelStatus() == self.solved else None

    def _farthest(self, at: int, need: float, direction: int) -> tuple[float, set[Figure]]:
        """Return how far a figure may lie off, at most by what it needs, and what moves then."""
        this = self._bound(at, need, direction, 0.0, 1.0)
        # Moving this one is worth more than all that has to move with it.
        self.highs.changeColCost(this, -2.0 * len(self.cells) * REACH)
        self.highs.run()
        self.highs.changeColCost(this, 1.0)
        if self.highs.getModelStatus() != self.solved:
            return 0.0, set()
        return float(self.highs.getSolution().col_value[this]) * need, self._moved()

    def _moved(self) -> set[Figure]:
        values: npt.NDArray[np.float64] = np.array(self.highs.getSolution().col_value)
        count = len(self.cells)
        moves = np.abs(values[:count] - values[count:]) > STILL
        return {cell for cell, moved in zip(self.cells, moves, strict=True) if moved}
