"""Score curves: what percent of its weight an indicator earns at each value.

The models that policy files are read into, and what follows from a curve alone: the figures it
goes through, where full marks begin, what it promises. Scores
(`evaluation.scoring.curves`), targets and texts of a report take all of it from here. Each
function names every curve, so that a further one cannot be forgotten: mypy refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from fundeval.indicator_registry import Direction
from fundeval.strict_yaml import StrictModel, broken

FULL = 100.0
Level = Literal["tertiary", "secondary", "primary", "ungraded"]
# A number, or the name of the parameter that holds it: each number has one home.
Figure = float | str
Percent = Annotated[float, Field(ge=0, le=100)]


class Segments(StrictModel):
    """Straight lines through points (value, percent of the weight), flat outside them."""

    kind: Literal["segments"]
    points: tuple[tuple[Figure, Percent], ...] = Field(min_length=2)

    def figures(self) -> list[Figure]:
        """Return the values that the curve goes through."""
        return [figure for figure, _ in self.points]


class Target(StrictModel):
    """Value / target (higher is better) or target / value (lower), at most the weight.

    The target may differ by level; a level that has none is not scored by it.
    """

    kind: Literal["target"]
    target: Figure | dict[Level, Figure]

    def figures(self) -> list[Figure]:
        """Return the targets."""
        return list(self.target.values()) if isinstance(self.target, dict) else [self.target]

    def of_level(self, level: str | None) -> Figure | None:
        """Return the target of a level, None where the level is not scored."""
        if not isinstance(self.target, dict):
            return self.target
        return next((figure for name, figure in self.target.items() if name == level), None)


class Quantiles(StrictModel):
    """A straight line from a low to a high quantile of the peers, held flat outside."""

    kind: Literal["quantiles"]
    low: float = Field(gt=0, lt=1)
    low_percent: Percent
    high: float = Field(gt=0, lt=1)
    high_percent: Percent

    def figures(self) -> list[Figure]:
        """Return nothing: the ends are those of the peers."""
        return []

    def ends(self, direction: Direction) -> tuple[float, float]:
        """Return the quantiles of the peers where the line begins and where it ends."""
        return (1 - self.low, 1 - self.high) if direction == "lower" else (self.low, self.high)

    @model_validator(mode="after")
    def _rises(self) -> Quantiles:
        if self.low >= self.high:
            raise broken("policy.quantiles_fall")
        return self


class Benchmark(StrictModel):
    """Achievement between a threshold and a benchmark, or improvement on the baseline from
    there to the benchmark (at most `improvement_percent`); the better counts, half-up to a
    multiple of `step` percent, at least `floor`. The baseline is the supplied one, else the
    value of the year before."""

    kind: Literal["benchmark"]
    threshold: Figure
    benchmark: Figure
    improvement_percent: Percent
    step: float = Field(gt=0, le=100)
    floor: Percent = 0

    def figures(self) -> list[Figure]:
        """Return the two ends."""
        return [self.threshold, self.benchmark]


AnyCurve = Segments | Target | Quantiles | Benchmark
Curve = Annotated[AnyCurve, Field(discriminator="kind")]


def full_marks(curve: AnyCurve, direction: Direction, level: str | None) -> list[Figure]:
    """Return where full marks begin for a unit of a level.

    One figure; all with full marks where the best values form a `band`; none where the level is
    not scored, or where the peers decide (see `Quantiles.ends`).
    """
    match curve:
        case Segments():
            most = max(percent for _, percent in curve.points)
            full = [figure for figure, percent in curve.points if percent == most]
            return {"higher": full[:1], "lower": full[-1:]}.get(direction, full)
        case Target():
            target = curve.of_level(level)
            return [] if target is None else [target]
        case Quantiles():
            return []
        case Benchmark():
            return [curve.benchmark]


def is_possible(curve: AnyCurve, direction: Direction, numbers: Sequence[float]) -> bool:
    """Tell whether the figures of a curve, as numbers, lie in an order that it can have."""
    match curve:
        case Benchmark() if direction == "lower":
            return numbers[1] < numbers[0]
        case Segments() | Benchmark():
            return all(earlier < later for earlier, later in pairwise(numbers))
        case Target() | Quantiles():
            return True
