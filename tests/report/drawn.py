"""Read a chart back from its SVG: what stands where, in the figures that its axes print."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

GRID = "#eef1f4"
# SVG texts are placed to a tenth of a point.
NEAR = 0.06
# Width of the lines that lead from a mark to its name.
LEAD = 0.5
Point = tuple[float, float]


@dataclass(frozen=True)
class Text:
    """A text and the point that it is set at, in points from the left and the top."""

    x: float
    y: float
    text: str
    anchor: str
    size: float


@dataclass(frozen=True)
class Mark:
    """A marker: its centre, its form (circle, square, diamond, up, down) and its fill."""

    x: float
    y: float
    form: str
    fill: str

    @property
    def hollow(self) -> bool:
        return self.fill == "#ffffff"


@dataclass(frozen=True)
class Line:
    """A line through these points, one list for each stretch without a gap."""

    stretches: tuple[tuple[Point, ...], ...]
    marks: tuple[Mark, ...]
    stroke: str
    width: float
    dash: str

    @property
    def points(self) -> list[Point]:
        return [point for stretch in self.stretches for point in stretch]

    @property
    def dashed(self) -> bool:
        return bool(self.dash)


@dataclass(frozen=True)
class Box:
    """A closed shape: its corners, its fill, and whether it is hatched."""

    corners: tuple[Point, ...]
    fill: str
    hatched: bool

    @property
    def left(self) -> float:
        return min(x for x, _ in self.corners)

    @property
    def right(self) -> float:
        return max(x for x, _ in self.corners)

    @property
    def top(self) -> float:
        return min(y for _, y in self.corners)

    @property
    def bottom(self) -> float:
        return max(y for _, y in self.corners)


class Axis:
    """The figures printed along an axis, and what a place on it therefore means."""

    def __init__(self, ticks: Sequence[tuple[float, float]]) -> None:
        (self.first, self.start), *_, (last, end) = ticks
        self.ticks = [figure for figure, _ in ticks]
        self.scale = (last - self.first) / (end - self.start)
        for figure, place in ticks:
            assert abs(self.at(place) - figure) < abs(self.scale) * NEAR, "ticks are not linear"

    def at(self, place: float) -> float:
        """Return the figure that stands at a place."""
        return self.first + (place - self.start) * self.scale


class Drawing:
    """A chart of a page.

    Attributes
    ----------
    texts, lines, boxes
        What is drawn, in the order of the SVG; grid lines and the legend are left out.
    legend
        The sample lines of the legend by their names.
    x, y
        The axes, where grid lines with figures are drawn along them, else None.
    """

    def __init__(self, markup: str) -> None:
        [svg] = re.findall(r'<svg role="img".*?</svg>', markup, re.S)
        self.root = ET.fromstring(svg)
        _, _, self.width, self.height = map(float, self.root.get("viewBox").split())
        self.desc = self.root.findtext("desc")
        self.title = self.root.findtext("title")
        figure = self.root.find("g")
        self.forms = {
            path.get("id"): _form(path.get("d")) for path in figure.iterfind(".//defs/path")
        }
        # Those at the left edge stand in a group of their own, which a narrow page holds.
        self.texts = [_text(element) for element in self.root.iter("text")]
        grid, self.lines, self.boxes, self.areas = [], [], [], []
        for group in figure.iterfind("g"):
            self._read(group, grid)
        self.x = self._axis([line for line in grid if line[0][0] == line[1][0]], 0)
        self.y = self._axis([line for line in grid if line[0][1] == line[1][1]], 1)
        self.legend = self._legend()

    def _read(self, group: ET.Element, grid: list) -> None:
        path = group.find("path")
        style = _style(path) if path is not None else {}
        marks = tuple(
            Mark(float(use.get("x")), float(use.get("y")),
                 self.forms[use.get("href").removeprefix("#")], _style(use)["fill"])
            for use in group.iterfind(".//use")
        )  # fmt: skip
        stretches = _stretches(path.get("d")) if path is not None else ()
        if style.get("stroke") == GRID:
            grid.extend(stretches)
        elif "patch" in group.get("id"):
            fill = style["fill"]
            for corners in stretches:
                self.boxes.append(Box(tuple(dict.fromkeys(corners)), fill, fill.startswith("url(")))
        else:
            width = float(style.get("stroke-width", 1))
            self.lines.append(
                Line(stretches, marks, style.get("stroke", ""), width,
                     style.get("stroke-dasharray", ""))
            )  # fmt: skip

    def _axis(self, grid: list, way: int) -> Axis | None:
        """Return an axis by its grid lines and the figures that stand at their ends."""
        ticks = []
        for start, end in grid:
            if way == 1:
                found = [
                    t
                    for t in self.texts
                    if abs(t.y - 3 - start[1]) < NEAR
                    and t.anchor == "end"
                    and abs(t.x + 5 - min(start[0], end[0])) < NEAR
                ]
            else:
                below = max(start[1], end[1])
                found = [t for t in self.texts if abs(t.x - start[0]) < NEAR
                         and t.anchor == "middle" and abs(t.y - 12 - below) < NEAR]  # fmt: skip
            [tick] = found
            ticks.append((float(tick.text.replace(",", "")), start[way]))
        return Axis(ticks) if len(ticks) > 1 else None

    def _legend(self) -> dict[str, Line]:
        found = {}
        for text in self.texts:
            for line in self.lines:
                xs = [x for x, _ in line.points]
                if (
                    not text.anchor
                    and len(xs) == 3
                    and abs(max(xs) + 5 - text.x) < NEAR
                    and all(abs(y - text.y + 3) < NEAR for _, y in line.points)
                ):
                    # A name of several lines goes on below.
                    name = [
                        t.text
                        for t in self.texts
                        if t.x == text.x
                        and not t.anchor
                        and min(abs(t.y - text.y - n * 10.2) for n in range(3)) < 2 * NEAR
                    ]
                    found[(" " if text.text.isascii() else "").join(name)] = line
        # What leads to a name is no line of the chart.
        leads = [line for line in self.lines if line.width == LEAD]
        self.leads = leads
        self.lines = [
            line for line in self.lines if line not in found.values() and line not in leads
        ]
        return found

    def said(self, *, anchor: str = "middle", size: float = 8) -> list[Text]:
        """Return the texts set in this way, from the left and from the top."""
        found = [t for t in self.texts if t.anchor == anchor and t.size == size and t.text]
        return sorted(found, key=lambda t: (t.x, t.y))

    def at(self, text: str) -> Text:
        """Return the one text of these words."""
        [found] = [t for t in self.texts if t.text == text]
        return found

    def series(self, name: str) -> list[Line]:
        """Return the lines that look as the legend shows this name."""
        sample = self.legend[name]
        return [
            line for line in self.lines
            if line.marks and line.dash == sample.dash
            and _look(line.marks[0]) == _look(sample.marks[0])
        ]  # fmt: skip

    @property
    def marks(self) -> list[Mark]:
        return [mark for line in self.lines for mark in line.marks]


def _look(mark: Mark) -> tuple[str, str]:
    return mark.form, mark.fill


def _text(element: ET.Element) -> Text:
    return Text(
        float(element.get("x")), float(element.get("y")), element.text or "",
        element.get("text-anchor", ""), float(element.get("font-size")),
    )  # fmt: skip


def _style(element: ET.Element) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in element.get("style").split(";"))
    return {name.strip(): value.strip() for name, value in pairs}


def _stretches(path: str) -> tuple[tuple[Point, ...], ...]:
    """Return the straight stretches of a path; each M starts one."""
    found: list[list[Point]] = []
    for command, x, y in re.findall(r"([ML]) (\S+) (\S+)", path):
        if command == "M":
            found.append([])
        found[-1].append((float(x), float(y)))
    return tuple(map(tuple, found))


def _form(path: str) -> str:
    """Return the form of a marker by its corners; SVG counts heights downwards."""
    if " C " in path.replace("\n", " ") or "\nC" in path:
        return "circle"
    corners = {point for stretch in _stretches(path) for point in stretch}
    if len(corners) == 4:
        return "diamond" if any(abs(x) < 1e-6 for x, _ in corners) else "square"
    tip = next(y for x, y in corners if abs(x) < 1e-6)
    return "up" if tip < 0 else "down"


def rising(values: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(values))
