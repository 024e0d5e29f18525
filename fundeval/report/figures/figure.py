"""A figure of seaborn in the look of the other charts, which a page or a notebook displays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fundeval.report.charts.canvas import (
    ALERT,
    FILL,
    GREY,
    INK,
    LIGHT,
    PALE,
    WIDTH,
    Reader,
    figure_of_page,
)
from fundeval.report.charts.svg import ChartRenderer, write_svg
from fundeval.report.charts.text_width import cut_each, width_of
from fundeval.report.charts.time_and_money import unjudged
from fundeval.report.format.html_fragments import Html

# Over the defaults of matplotlib, whatever an evaluator has set. The font only measures heights:
# a page names its fonts, and matplotlib brings this one along on every machine.
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.3,
    "lines.markersize": 5,
    "patch.edgecolor": INK,
    "svg.fonttype": "none",
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8.5,
    "figure.dpi": 72,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
}
# Grades of darkness and forms of marks that tell levels apart without colour.
LEVELS = ("tertiary", "secondary", "primary", "ungraded", "")
FACES = dict(zip(LEVELS, (INK, FILL, "white", LIGHT, PALE), strict=True))
MARKS = dict(zip(LEVELS, "Dso^v", strict=True))
# More values than these are not read aloud.
MOST_TOLD = 40
P = ParamSpec("P")
T = TypeVar("T")


class Words(Reader, Protocol):
    """For whom a figure is drawn: a view of a report, or a run."""

    @property
    def year(self) -> int:
        """The evaluated year."""


class Chart(Figure):
    """A figure with its title, how to read it, and its values for those who cannot see it.

    Parameters
    ----------
    words
        For whom it is drawn.
    name
        Of the messages `figure.NAME` (title) and `figure.NAME.text` (how to read it).
    height
        Height in points below the legend; the width is that of every chart.
    legend
        Names with a sample of their marks.
    key
        Suffix of the ids, where a page has several figures of one name.
    """

    def __init__(
        self, words: Words, name: str, height: float, legend: Mapping[str, Artist], key: str = ""
    ) -> None:
        places, deep = _legend_places(legend)
        self.height = height + deep
        super().__init__(figsize=(WIDTH / 72, self.height / 72), dpi=72)
        self.words, self.name, self.key = words, name, key
        for (across, down), (text, sample) in zip(places, legend.items(), strict=True):
            self._sample(sample, (across + 10) / WIDTH, 1 - (down - 3) / self.height)
            self.write(across + 22, self.height - down, text, va="baseline")
        self.title = self.kind = self.reading = self.values = ""
        # What numbers in the figure stand for, from 1 on.
        self.names: list[str] = []
        # How far from the left texts stay where a narrow page scrolls the figure.
        self.held = 0.0

    def tell(self, values: Iterable[str], *more: str, found: str, **stated: object) -> None:
        """State what the figure shows here, and the values as text.

        Parameters
        ----------
        values
            A text for each value, the first `MOST_TOLD` of which are kept.
        found
            The finding, which is the title.
        *more
            Sentences after how to read it; empty ones are skipped.
        **stated
            Placeholders of the messages.
        """
        messages = self.words.messages
        self.title = found
        self.kind = messages.say(f"figure.{self.name}", **stated)
        reading = messages.say(f"figure.{self.name}.text", **stated)
        self.reading = messages.sentences([reading, *filter(None, more)])
        self.values = messages.join(list(values)[:MOST_TOLD])

    def place(self, left: float, bottom: float, wide: float, high: float, **more: Any) -> Axes:
        """Add axes at a place in points from the left and from below."""
        box = (left / WIDTH, bottom / self.height, wide / WIDTH, high / self.height)
        return self.add_axes(box, **more)

    def write(self, across: float, up: float, text: str, **look: Any) -> None:
        """Write a text at a place in points from the left and from below."""
        self.text(across / WIDTH, up / self.height, text, **look)

    def _sample(self, mark: Artist, x: float, y: float) -> None:
        mark.set_transform(self.transFigure)
        if isinstance(mark, Line2D):
            half = 0.0 if mark.get_linestyle() in {"None", "none", ""} else 9 / WIDTH
            mark.set_data([x - half, x, x + half], [y] * 3)
            mark.set_markevery([1])
        else:
            size = {"width": 18 / WIDTH, "height": 8 / self.height}
            mark.set(xy=(x - 9 / WIDTH, y - 4 / self.height), **size)
        self.add_artist(mark)

    @property
    def html(self) -> Html:
        """The figure as a page shows it."""
        return figure_of_page(
            f"{self.name}{self.key}", self.title, self.kind, self.reading, self.values,
            self._svg(), (self.height, self.held), self.names, style=" wide",
        )  # fmt: skip

    def _svg(self) -> str:
        with style.context(STYLE, after_reset=True):
            name = f"{self.name}{self.key}"
            return write_svg(self, (WIDTH, self.height), name, PageRenderer, self.held)

    def _repr_html_(self) -> str:
        return self.html.markup


def _legend_places(names: Iterable[str]) -> tuple[list[tuple[float, float]], float]:
    """Return where the entries of a legend stand from the left and the top, and how deep it is."""
    across, down = 4.0, 12.0
    places = []
    for name in names:
        wide = 34 + width_of(name) * 8.5
        if across > 4 and across + wide > WIDTH:
            across, down = 4.0, down + 14
        places.append((across, down))
        across += wide
    return places, down + 8


class PageRenderer(ChartRenderer):
    """Writes texts for the fonts of a page: estimated in width, aligned by the browser."""

    def get_text_width_height_descent(
        self,
        s: str,
        prop: Any,
        ismath: Any,  # noqa: ARG002
    ) -> tuple[float, float, float]:
        """Estimate the size of a text without a font."""
        size = prop.get_size_in_points()
        return width_of(s) * size, size, size * 0.2

    def draw_text(  # noqa: PLR0913, PLR0917
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float,  # noqa: ARG002
        ismath: Any = False, mtext: Any = None,  # noqa: ARG002
    ) -> None:  # fmt: skip
        """Write a text element, anchored as the text is aligned."""
        size = prop.get_size_in_points()
        wide = width_of(s) * size
        # The lines of a text of several come without it: they are centred.
        side = mtext.get_horizontalalignment() if mtext else "center"
        anchor, across = {
            "left": ("start", 0.0), "right": ("end", wide), "center": ("middle", wide / 2),
        }[side]  # fmt: skip
        look = {
            "x": f"{x + across:.1f}", "y": f"{y:.1f}", "font-size": f"{size:g}",
            "text-anchor": anchor, "fill": to_hex(gc.get_rgb()),
        }  # fmt: skip
        if prop.get_weight() == "bold":
            look["font-weight"] = "bold"
        self.write(s, look, x + wide)


def in_style(draw: Callable[P, T]) -> Callable[P, T]:
    """Draw in the look of a report, with random numbers that are the same each time.

    seaborn moves points aside at random, so that they do not cover each other.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        state = np.random.get_state()  # seaborn draws from these
        np.random.seed(0)
        try:
            with style.context(STYLE, after_reset=True):
                return draw(*args, **kwargs)
        finally:
            np.random.set_state(state)

    return drawn


def each_row(frame: pd.DataFrame) -> Iterator[Any]:
    """Return the rows of a frame, with a field for each column."""
    return frame.itertuples(index=False)


def mark(marker: Any = "", **look: Any) -> Line2D:
    """Return a sample of a mark or, without one, of a line for the legend."""
    whole: dict[str, Any] = {
        "color": INK, "markeredgecolor": INK, "markersize": 6,
        "linestyle": "-" if marker == "" else "none",
    }  # fmt: skip
    return Line2D([0], [0], marker="none" if marker == "" else marker, **whole | look)


def level_name(words: Words, level: object) -> str:
    """Return the name of a level of hospitals; "" has none."""
    return words.messages.code("level.", level or "ungraded")


def percent_axis(axis: Any) -> None:
    """Print fractions as percents beside an axis, with as many decimals as its steps need."""
    axis.set_major_formatter(lambda value, _: f"{value * 100:.6g}%")


def label_points(
    axes: Axes, points: Sequence[tuple[str, float, float]], others: Iterable[tuple[float, float]]
) -> list[str]:
    """Write names beside points of the axes where there is room.

    Parameters
    ----------
    points
        Name and place of each, the most important first.
    others
        The places of all points, which no name may cover.

    Returns
    -------
    list
        The names that found room.
    """
    size, room = 8.0, 12
    frame = axes.get_window_extent()
    taken: list[Box] = []
    for x, y in others:
        px, py = axes.transData.transform((x, y))
        taken.append((px - 3.5, py - 3.5, px + 3.5, py + 3.5))
    written = []
    points = [*points]
    names = cut_each([name for name, _, _ in points], room)
    for (name, x, y), short in zip(points, names, strict=True):
        px, py = axes.transData.transform((x, y))
        wide = width_of(short) * size
        for side, left, up in (
            ("left", px + 7, -3), ("right", px - 7 - wide, -3), ("center", px - wide / 2, 7),
            ("center", px - wide / 2, -14), ("left", px + 5, 5), ("left", px + 5, -12),
            ("right", px - 5 - wide, 5), ("right", px - 5 - wide, -12),
        ):  # fmt: skip
            box = (left, py + up - 1, left + wide, py + up + size)
            inside = frame.x0 <= box[0] and box[2] <= frame.x1 and frame.y0 <= box[1]
            if not inside or box[3] > frame.y1 or any(_overlap(box, other) for other in taken):
                continue
            taken.append(box)
            across = {"left": left, "right": left + wide, "center": px}[side]
            place = axes.transData.inverted().transform((across, py + up))
            axes.text(place[0], place[1], short, ha=side, va="baseline", fontsize=size)
            written.append(name)
            break
    return written


Box = tuple[float, float, float, float]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


__all__ = [
    "ALERT", "FACES", "FILL", "GREY", "INK", "LEVELS", "LIGHT", "MARKS", "PALE", "WIDTH",
    "Chart", "Words", "each_row", "in_style", "label_points", "level_name", "mark", "percent_axis",
    "unjudged",
]  # fmt: skip
