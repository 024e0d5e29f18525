"""Read a figure of seaborn back from its SVG, in the figures that its axes print."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cached_property

from tests.report.drawn import Axis

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A path or a mark: its corners in points from the left and the top, and its style."""

    group: str
    corners: tuple[Point, ...]
    style: dict[str, str]

    @property
    def fill(self) -> str:
        return self.style.get("fill", "")

    @property
    def stroke(self) -> str:
        return self.style.get("stroke", "")

    @property
    def hatched(self) -> bool:
        return self.fill.startswith("url(")

    @property
    def centre(self) -> Point:
        xs, ys = zip(*self.corners, strict=True)
        return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2

    @property
    def box(self) -> tuple[float, float, float, float]:
        xs, ys = zip(*self.corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


class Panel:
    """One pair of axes of a figure."""

    def __init__(self, element: ET.Element) -> None:
        self.element = element

    @cached_property
    def x(self) -> Axis:
        return self._axis("xtick", "x")

    @cached_property
    def y(self) -> Axis:
        return self._axis("ytick", "y")

    def _axis(self, kind: str, way: str) -> Axis:
        ticks = []
        for tick in self.element.iter("g"):
            if f"-{kind}_" not in tick.get("id", ""):
                continue
            place = float(next(tick.iter("use")).get(way))
            text = next(tick.iter("text"), None)
            if text is not None:
                percent = text.text.endswith("%")
                ticks.append((float(text.text.rstrip("%")) / (100 if percent else 1), place))
        return Axis(ticks)

    @cached_property
    def texts(self) -> list[str]:
        return [text.text for text in self.element.iter("text") if text.text]

    def shapes(self, group: str) -> list[Shape]:
        """Return what groups of this name draw: `PathCollection`, `patch`, `line2d`, …"""
        found = []
        for one in self.element.findall("g"):
            if f"-{group}_" not in one.get("id", ""):
                continue
            name = one.get("id")
            for path in one.findall(".//path"):
                if path in one.findall(".//defs/path"):
                    continue
                numbers = list(map(float, NUMBER.findall(path.get("d"))))
                corners = tuple(zip(numbers[::2], numbers[1::2], strict=True))
                found.append(Shape(name, corners, _style(path)))
            for use in one.findall(".//use"):
                place = (float(use.get("x")), float(use.get("y")))
                found.append(Shape(name, (place,), _style(use)))
        return found

    def points(self, group: str = "PathCollection", **style: str) -> list[Point]:
        """Return the points of marks in the figures of the axes, rounded to what is legible."""
        return sorted(
            (round(self.x.at(shape.centre[0]), 2), round(self.y.at(shape.centre[1]), 4))
            for shape in self.shapes(group)
            if all(shape.style.get(name) == value for name, value in style.items())
        )


class Plot:
    """A figure of a page."""

    def __init__(self, markup: str) -> None:
        [svg] = re.findall(r'<svg role="img".*?</svg>', markup, re.S)
        self.root = ET.fromstring(svg)
        self.title, self.desc = self.root.findtext("title"), self.root.findtext("desc")
        self.panels = [
            Panel(group)
            for group in self.root.iter("g")
            if re.search(r"-axes_\d+$", group.get("id", ""))
        ]
        self.texts = [text.text for text in self.root.iter("text") if text.text]
        self.ids = [element.get("id") for element in self.root.iter() if element.get("id")]


def _style(element: ET.Element) -> dict[str, str]:
    parts = (part.split(":") for part in element.get("style", "").split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in parts}
