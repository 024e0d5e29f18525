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
from fundeval.report.public.sums import Sums, is_rest, may_be_negative

CENT = 0.01
# As many hidden figures are moved at once; of more, those nearest to the figure, and the rest is
# taken as known. So what is found holds, and of a larger component more has to be hidden.
LARGEST = 1000
# How many times what is needed a figure may move at most, so that numbers stay well scaled.
REACH = 1e6
NEARLY = 1 - 1e-6
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


class Protection:
    """What is asked of hidden figures, and what sums leave of it. Components are solved once.

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
        self.around: dict[Figure, list[int]] = {}
        for number, equation in enumerate(sums.equations):
            for cell in equation:
                self.around.setdefault(cell, []).append(number)
        self._solved: dict[frozenset[Figure], Audit] = {}

    def audit(self, hidden: Collection[Figure], near: Iterable[Figure] | None = None) -> Audit:
        """Return the bounds of the hidden figures that need any.

        `near` limits it to the components of these figures.
        """
        unknown = {*hidden, *filter(is_rest, self.sums.amounts)}
        left = sorted(unknown if near is None else self._near(near, unknown))
        found, seen = Audit(), set[Figure]()
        for cell in left:
            if cell in seen:
                continue
            component = self.component(cell, unknown)
            seen |= component
            part = self._audit_component(component)
            found.bounds |= part.bounds
            found.too_large += part.too_large
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

    def _audit_component(self, component: frozenset[Figure]) -> Audit:
        if component not in self._solved:
            self._solved[component] = self._solve(component)
        return self._solved[component]

    def _solve(self, component: frozenset[Figure]) -> Audit:
        asked = sorted(cell for cell in component if cell in self.needs)
        if not asked:
            return Audit()
        if len(component) <= self.largest:
            program = _Program(self, sorted(component))
            return Audit({cell: program.bounds(cell) for cell in asked})
        found = Audit(too_large=1)
        for cell in asked:
            near = self._nearest(cell, component, self.largest)
            found.bounds[cell] = _Program(self, sorted(near)).bounds(cell)
        return found


class _Program:
    """The linear program of hidden figures that may move together.

    Every solution is a table that a reader must hold possible, so it serves all figures at once.
    """

    def __init__(self, protection: Protection, cells: Sequence[Figure]) -> None:
        self.needs, self.cells = protection.needs, cells
        self.place = {cell: number for number, cell in enumerate(cells)}
        amounts = protection.sums.amounts
        self.amounts = np.array([amounts[cell] for cell in cells])
        self.free = np.array([may_be_negative(cell) for cell in cells])
        self.up, self.down = np.zeros(len(cells)), np.zeros(len(cells))
        numbers = {number for cell in cells for number in protection.around.get(cell, ())}
        equations = [protection.sums.equations[number] for number in sorted(numbers)]
        self.highs = self._pass_model(equations)

    def bounds(self, cell: Figure) -> Bounds:
        """Return how far a figure may move; what it needs is enough, so it is not sought beyond."""
        need, at = self.needs[cell], self.place[cell]
        if self.up[at] < need.up * NEARLY:
            self._move(at, need.up, 1)
        if self.down[at] < need.down * NEARLY:
            self._move(at, need.down, -1)
        for direction in (1, -1):
            if self.up[at] + self.down[at] < need.width * NEARLY:
                self._move(at, need.width, direction)
        up, down = float(self.up[at]), float(self.down[at])
        enough = (
            up >= need.up * NEARLY
            and down >= need.down * NEARLY
            and up + down >= need.width * NEARLY
        )
        return Bounds(up, down, enough)

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
        program.num_col_, program.num_row_ = count, len(equations)
        program.col_cost_ = np.zeros(count)
        program.col_lower_, program.col_upper_ = np.zeros(count), np.zeros(count)
        program.row_lower_ = program.row_upper_ = np.zeros(len(equations))
        program.sense_ = highspy.ObjSense.kMaximize
        rows = [
            [(self.place[cell], sign) for cell, sign in equation.items() if cell in self.place]
            for equation in equations
        ]
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *map(len, rows)]).astype(np.int32)
        matrix.index_ = np.array([place for row in rows for place, _ in row], np.int32)
        matrix.value_ = np.array([sign for row in rows for _, sign in row], np.float64)
        highs.passModel(program)
        return highs

    def _move(self, at: int, need: float, direction: int) -> None:
        """Find the table in which a figure is farthest from its true amount, in units of need."""
        lower = np.where(self.free, -REACH, -np.clip(self.amounts / need, 0, REACH))
        upper = np.full(len(self.cells), REACH)
        every = np.arange(len(self.cells), dtype=np.int32)
        self.highs.changeColsBounds(len(every), every, lower, upper)
        self.highs.changeColCost(at, float(direction))
        self.highs.run()
        if self.highs.getModelStatus() == self.solved:
            moved: npt.NDArray[np.float64] = np.array(self.highs.getSolution().col_value) * need
            self.up, self.down = np.maximum(self.up, moved), np.maximum(self.down, -moved)
        self.highs.changeColCost(at, 0.0)
