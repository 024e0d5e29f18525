"""How a score curve makes points of a value, written out to be done again.

Each form of `policy.curves.simple` has its sum here and its arithmetic in
`evaluation.scoring.curves`; tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fundeval.indicator_registry import Direction, plain
from fundeval.policy.curves import (
    BASELINE,
    FULL,
    AnyCurve,
    Composed,
    Figure,
    Found,
    Segments,
    simple,
)
from fundeval.policy.model import IndicatorRule
from fundeval.report.format.curve_words import describe, name_figure
from fundeval.report.format.messages import Messages
from fundeval.report.unit_view import certain
from fundeval.results.rows import ScoreRow

JOINED = {"best": "max", "worst": "min"}


def numbers_of(row: ScoreRow) -> list[float | None]:
    """Return the figures that a curve goes through for the unit of a score, None for a missing
    one; in the order of `figures_of`."""
    return [None if text == "-" else float(text) for text in row.figures.split()]


def write_points(row: ScoreRow, rule: IndicatorRule, messages: Messages) -> dict[str, str]:
    """Return the steps from a value to its points by name: curve, percent, points."""
    percent = plain(certain(row.percent_of_weight))
    numbers = iter(numbers_of(row))

    def name(figure: Figure) -> str:
        """Return a figure as the unit has it, with its name where the data hold it."""
        number = next(numbers)
        shown = "–" if number is None else f"{number:.12g}"
        named = isinstance(figure, Found) or figure == BASELINE
        return f"{name_figure(messages, figure)} {shown}" if named else shown

    return {
        "curve": describe(messages, rule.curve, rule.direction, name),
        "percent": f"{write_out(row, rule)} = {percent}",
        "points": f"{percent} / {FULL:g} * {plain(row.max)} = {plain(certain(row.points))}",
    }


def write_out(row: ScoreRow, rule: IndicatorRule) -> str:
    """Return the percent that a judged value earns as arithmetic, numbers filled in."""
    numbers = iter(numbers_of(row))
    return (
        _write(simple(rule.curve, rule.direction), rule.direction, certain(row.value), numbers)
        or "0"
    )


def _write(
    curve: AnyCurve, direction: Direction, value: float, numbers: Iterator[float | None]
) -> str | None:
    """Write a curve at a value, taking the figures of each part in their order; None where one
    is missing."""
    text: str | None
    match curve:
        case Composed():
            written = [_write(part, direction, value, numbers) for part in curve.of]
            parts = [part for part in written if part is not None]
            if not parts or (len(parts) < len(written) and curve.kind != "best"):
                return None
            if curve.kind in JOINED:
                text = f"{JOINED[curve.kind]}({', '.join(parts)})" if len(parts) > 1 else parts[0]
            else:
                text = f"({' + '.join(parts)})"
                text += f" / {len(parts)}" if curve.kind == "mean" else ""
            inside = curve.kind != "sum"
        case Segments():
            points = [(next(numbers), height) for _, height in curve.rising(direction)]
            if not all(x is not None and z is not None and x <= z
                       for (x, _), (z, _) in pairwise(points)):  # fmt: skip
                return None
            text = _line(value, [(x, y) for x, y in points if x is not None])
            inside = all(0 <= y <= FULL for _, y in points)
        case _:
            text, inside = _share(value, next(numbers), direction), True
            if text is None:
                return None
    if curve.step is not None:
        text = f"floor(({text}) / {plain(curve.step)} + 0.5) * {plain(curve.step)}"
        inside &= FULL % curve.step == 0
    if inside and curve.floor == 0 and curve.cap == FULL:
        return text
    return f"max({plain(curve.floor)}, min({plain(curve.cap)}, {text}))"


def _share(value: float, target: float | None, direction: Direction) -> str | None:
    if target is None or target < 0 or (target == 0 and direction == "higher"):
        return None
    share = f"{plain(value)} / {plain(target)}"
    if direction == "lower":
        share = f"{plain(target)} / {plain(value)}" if value > 0 else "1"
    return f"max(0, min(1, {share})) * 100"


def _line(value: float, points: list[tuple[float, float]]) -> str:
    """Write the straight line between the two points that a value lies between."""
    reached = [height for x, height in points if x == value]
    if len(reached) > 1 or value in (points[0][0], points[-1][0]):
        return plain(max(reached))
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 < value <= x1:
            rise = f"({plain(value)} - {plain(x0)}) / ({plain(x1)} - {plain(x0)})"
            return plain(y0) if y0 == y1 else f"{plain(y0)} + {rise} * ({plain(y1)} - {plain(y0)})"
    return plain(points[0 if value < points[0][0] else -1][1])
