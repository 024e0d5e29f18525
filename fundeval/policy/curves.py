"""Score curves: what percent of its weight an indicator earns at each value.

The models that policy files are read into, and what follows from a curve alone: the lines that
it is made of, the figures these go through, where full marks begin. `quantiles`, `cut_points`
and `benchmark` are short for lines: `simple` writes them out, so that scores
(`evaluation.scoring.curves`), targets and texts of a report know three forms only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from fundeval.indicator_registry import Direction
from fundeval.policy.varying import differing, leaves
from fundeval.strict_yaml import StrictModel, broken

FULL = 100.0
# Decimals of a score: fewer than of what is summed up, so that no rounding decides a grade.
SCORE_DECIMALS = 10
# The figure that is the unit's baseline: the supplied one, else its value of the year before.
BASELINE = "baseline"
Percent = Annotated[float, Field(ge=0, le=100)]
# A line may begin below 0 %; what a curve gives lies between its bounds.
Height = Annotated[float, Field(ge=-100, le=100)]
Composition = Literal["best", "worst", "mean", "sum"]
Share = Annotated[float, Field(gt=0, lt=1)]


class Found(StrictModel):
    """A figure that the data hold: of the unit's peers, or supplied for the unit.

    A quantile of the peers, the mean of their best share, their mean plus so many standard
    deviations, or the unit's value of a supplied measure.
    """

    quantile: Share | None = None
    mean_of_best: Share | None = None
    mean_plus: float | None = None
    measure: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Found:
        if len(self.stated()) != 1:
            raise broken("policy.found_one")
        return self

    def stated(self) -> dict[str, Any]:
        """Return what is stated, by name."""
        return {name: value for name, value in self if value is not None}


# A number, the name of the parameter that holds it (each number has one home), what the data
# hold, or a map of these by code.
Figure = Annotated[float | str | Found | Mapping[str, Any], differing(float | str | Found)]
Points = Sequence[tuple[Figure, float]]


class Shaped(StrictModel):
    """What every curve may state: half-up to multiples of `step` percent, then bounds."""

    step: float | None = Field(None, gt=0, le=100)
    floor: Percent = 0
    cap: Percent = 100

    @model_validator(mode="after")
    def _bounds_rise(self) -> Any:
        if self.floor > self.cap:
            raise broken("policy.floor_above_cap")
        return self

    def as_lines(self, points: Points) -> Segments:
        """Return lines with the steps and bounds of this curve, which is short for them."""
        return Segments(points=tuple(points), step=self.step, floor=self.floor, cap=self.cap)

    def as_composed(self, kind: Composition, of: Sequence[AnyCurve]) -> Composed:
        """Return curves composed, with the steps and bounds of this one."""
        return Composed(kind=kind, of=tuple(of), step=self.step, floor=self.floor, cap=self.cap)


class Segments(Shaped):
    """Straight lines through points (value, percent of the weight), flat outside them.

    Of two points at one value the better percent counts there. Points may be stated from
    either end.
    """

    kind: Literal["segments"] = "segments"
    points: tuple[tuple[Figure, Height], ...] = Field(min_length=2)

    def rising(self, direction: Direction) -> Points:
        """Return the points from the least value to the greatest."""
        falls = self.points[-1][1] < self.points[0][1]
        against = self.points[-1][1] != self.points[0][1] and falls != (direction == "lower")
        return self.points[::-1] if direction != "band" and against else self.points


class Target(Shaped):
    """Value / target (higher is better) or target / value (lower), at most the weight."""

    kind: Literal["target"] = "target"
    target: Figure


class Composed(Shaped):
    """Curves of which the best, the worst, the mean or the sum counts.

    The best is that of those that can be judged; of the others every curve must be judged.
    """

    kind: Composition
    of: tuple[Curve, ...] = Field(min_length=2)


class Quantiles(Shaped):
    """A straight line from a low to a high quantile of the peers, held flat outside."""

    kind: Literal["quantiles"]
    low: Share
    low_percent: Percent
    high: Share
    high_percent: Percent

    def simple(self, direction: Direction) -> Segments:
        """Return the line; for lower is better the low quantile counts from the top."""
        ends = (1 - self.low, 1 - self.high) if direction == "lower" else (self.low, self.high)
        low, high = (Found(quantile=round(end, 12)) for end in ends)
        return self.as_lines([(low, self.low_percent), (high, self.high_percent)])

    @model_validator(mode="after")
    def _rises(self) -> Quantiles:
        if self.low >= self.high:
            raise broken("policy.quantiles_fall")
        return self


class CutPoints(Shaped):
    """A percent for each cut point that a value reaches, from the worst to the best."""

    kind: Literal["cut_points"]
    below: Percent
    cut_points: tuple[tuple[Figure, Percent], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rises(self) -> CutPoints:
        percents = (self.below, *(percent for _, percent in self.cut_points))
        if any(better < worse for worse, better in pairwise(percents)):
            raise broken("policy.cut_points_fall")
        return self

    def simple(self) -> Segments:
        """Return the steps as lines that jump."""
        before = (self.below, *(percent for _, percent in self.cut_points))
        jumps = zip(self.cut_points, before, strict=False)
        points = [p for (cut, percent), low in jumps for p in ((cut, low), (cut, percent))]
        return self.as_lines(points)


class Benchmark(Shaped):
    """Achievement between a threshold and a benchmark, or improvement on the baseline from
    there to the benchmark; the better counts.

    `achievement` and `improvement` are the percents at the two ends of each line. Below the
    threshold achievement earns `below`, from the benchmark on all. Without `improvement` only
    achievement counts; `improvement_percent: p` is short for `improvement: [0, p]`.
    """

    kind: Literal["benchmark"]
    threshold: Figure
    benchmark: Figure
    below: Percent = 0
    achievement: tuple[Height, Height] = (0, 100)
    improvement: tuple[Height, Height] | None = None
    improvement_percent: Percent | None = None

    @model_validator(mode="after")
    def _is_stated_once(self) -> Benchmark:
        if self.improvement is not None and self.improvement_percent is not None:
            raise broken("policy.improvement_twice")
        return self

    def simple(self) -> Segments | Composed:
        """Return the line of achievement, or the better of it and that of improvement."""
        low, high = self.achievement
        ends = [(self.threshold, self.below), (self.threshold, low),
                (self.benchmark, high), (self.benchmark, FULL)]  # fmt: skip
        # Only ends that jump need two points.
        points = [point for point, after in zip(ends, [*ends[1:], None], strict=True)
                  if point != after]  # fmt: skip
        most = self.improvement_percent
        improvement = self.improvement if most is None else (0.0, most)
        if improvement is None:
            return self.as_lines(points)
        start, end = improvement
        better = Segments(points=((BASELINE, start), (self.benchmark, end)), step=None)
        return self.as_composed("best", [Segments(points=tuple(points), step=None), better])


AnyCurve = Segments | Target | Quantiles | CutPoints | Benchmark | Composed
Curve = Annotated[AnyCurve, Field(discriminator="kind")]
Composed.model_rebuild()


def simple(curve: AnyCurve, direction: Direction) -> Segments | Target | Composed:
    """Return a curve as lines, a target, or curves composed of these."""
    match curve:
        case Quantiles():
            return curve.simple(direction)
        case CutPoints() | Benchmark():
            return curve.simple()
        case Composed():
            return curve.as_composed(curve.kind, [simple(part, direction) for part in curve.of])
        case Segments() | Target():
            return curve


def parts_of(curve: AnyCurve, direction: Direction) -> Iterator[Segments | Target]:
    """Yield the lines and targets that a curve is made of, in the order in which it states them."""
    match simple(curve, direction):
        case Composed() as composed:
            for part in composed.of:
                yield from parts_of(part, direction)
        case Segments() | Target() as part:
            yield part


def figures_of(curve: AnyCurve, direction: Direction) -> list[Figure]:
    """Return the figures that a curve goes through, rising within each of its parts."""
    return [
        figure for part in parts_of(curve, direction) for figure, _ in points_of(part, direction)
    ]


def names_of(curve: AnyCurve, direction: Direction) -> list[Figure]:
    """Return the same figures, of maps by code each value."""
    return [leaf for figure in figures_of(curve, direction) for leaf in leaves(figure)]


def is_possible(
    curve: AnyCurve, direction: Direction, number: Callable[[Figure], float | None]
) -> bool:
    """Tell whether the numbers of each line rise as it is stated; None is one not known before."""
    if isinstance(curve, Composed):
        return all(is_possible(part, direction, number) for part in curve.of)
    if (
        isinstance(curve, Benchmark)
        and number(curve.threshold) == number(curve.benchmark) is not None
    ):
        return False
    for part in parts_of(curve, direction):
        points = [(number(figure), height) for figure, height in points_of(part, direction)]
        first = points[0][0]
        if isinstance(part, Target) and first is not None and first <= 0:
            return direction == "lower" and first == 0
        for (x, low), (after, high) in pairwise(points):
            if x is None or after is None:
                continue
            if x > after or (x == after and low == high):
                return False
    return True


def points_of(part: Segments | Target, direction: Direction) -> Points:
    """Return the points of a line, or the target with the full marks that it earns."""
    return [(part.target, FULL)] if isinstance(part, Target) else part.rising(direction)
