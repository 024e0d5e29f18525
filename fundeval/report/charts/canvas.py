"""Draw charts on a canvas with linear scales and write them as inline SVG.

The axes of matplotlib measure every tick and text with a font, which takes longer than the rest
of a report. Here a chart gives its scales itself, and the browser sets the texts.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import isnan, nan
from typing import Any, Protocol

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, IdentityTransform

from fundeval.report.charts.text_width import cut, width_of
from fundeval.report.format.html_fragments import Html, render
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter

INK, GREY, LIGHT, PALE = "#1a1a1a", "#595959", "#d9d9d9", "#eef1f4"
FILL, ALERT = "#9ec3e0", "#c8500a"
# Marks a value below a limit, or a decrease, without colour.
HATCH = "///"
# Width of every chart in points, that of a column of a page.
WIDTH = 520
# Start and end of a scale, a line or a box.
Ends = tuple[float, float]
# A date or version in the SVG would change its bytes from run to run.
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


class Reader(Protocol):
    """The reader of a chart: messages and numbers in their language."""

    @property
    def messages(self) -> Messages:
        """The message catalogue."""

    @property
    def numbers(self) -> NumberFormatter:
        """The formatter of figures."""


class Label(Artist):
    """A text element of the SVG; matplotlib neither measures nor draws it."""

    def __init__(self, text: str, style: dict[str, str], zorder: float = 5) -> None:
        super().__init__()
        self.text, self.style = text, style
        self.set_zorder(zorder)

    def draw(self, renderer: Any) -> None:
        """Write the text element into the SVG."""
        renderer.writer.element("text", self.text, attrib=self.style)


class Canvas:
    """A figure of fixed width with linear scales.

    Parameters
    ----------
    x, y
        Data values at the left and right, and at the bottom and top. `y` may run downwards.
    height, left, right, top, bottom
        Height and margins in points.

    Examples
    --------
    >>> canvas = Canvas(x=(0, 10), y=(0, 1))
    >>> canvas.line([0, 10], [0.2, 0.8])
    >>> "<path" in draw(canvas, "example")
    True
    """

    def __init__(  # noqa: PLR0913, PLR0917  # a canvas is its scales and its four margins
        self,
        x: Ends,
        y: Ends,
        height: float = 210,
        left: float = 52,
        right: float = 40,
        top: float = 20,
        bottom: float = 26,
    ) -> None:
        self.x, self.y, self.height = x, y, height
        self.left, self.bottom = left, bottom
        # Heights may count downwards.
        self.y_start = y[0]
        self.x_scale = (WIDTH - left - right) / ((x[1] - x[0]) or 1)
        self.y_scale = (height - top - bottom) / ((y[1] - y[0]) or 1)
        self.figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
        self.figure.patch.set_visible(False)
        self.scale = Affine2D().translate(-x[0], -y[0]).scale(self.x_scale, self.y_scale)
        self.scale.translate(left, bottom)

    def add(self, artist: Artist) -> None:
        """Add a matplotlib artist in data coordinates."""
        artist.set_transform(self.scale)
        self.figure.add_artist(artist)

    def rectangle(self, x: Ends, y: Ends, marked: bool = False,
            **style: Any) -> None:  # fmt: skip
        """Draw a box; a marked box is hatched, which also shows without colour."""
        face = ALERT if marked else FILL
        look: dict[str, Any] = {"facecolor": face, "edgecolor": INK, "linewidth": 0.8}
        hatch = HATCH if marked else None
        self.add(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], hatch=hatch, **look | style))

    def line(self, x: Sequence[float], y: Sequence[float | None], **style: Any) -> None:
        """Draw a line or markers, in a style of matplotlib's Line2D; None leaves a gap."""
        look: dict[str, Any] = {
            "color": INK,
            "linewidth": 1.3,
            "markersize": 5,
            "markeredgewidth": 1,
        }
        heights = [nan if value is None else value for value in y]
        self.add(Line2D(list(x), heights, **look | style))

    def tiles(self, corners: Sequence[Ends], **style: Any) -> None:
        """Draw unit squares centred at these points, in one style."""
        around = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5))
        squares = [Path([(x + a, y + b) for a, b in around], closed=True) for x, y in corners]
        self.add(PathPatch(Path.make_compound_path(*squares), **style))

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> None:
        """Fill the area between two lines."""
        corners = [*zip(x, high, strict=True), *zip(reversed(x), reversed(low), strict=True)]
        self.add(Polygon(corners, facecolor=LIGHT, edgecolor=GREY, linewidth=0.8, zorder=0.5))

    def hline(self, y: float, label: str = "", **style: Any) -> None:
        """Draw a horizontal line, labelled at its right end; none where the height is NaN."""
        if isnan(y):
            return
        self.line(self.x, (y, y), **style)
        self.text(self.x[1], y, label, "start", dx=4, dy=-3, size=8)

    def vline(self, x: float, label: str = "", **style: Any) -> None:
        """Draw a vertical line, labelled at its lower end."""
        self.line((x, x), self.y, **style)
        self.text(x, self.y_start, label, dy=-13, size=8)

    def text(  # noqa: PLR0913, PLR0917  # where a text stands, and how
        self, x: float, y: float, text: str, anchor: str = "middle", dx: float = 0, dy: float = 0,
        size: float = 9, color: str = INK,
    ) -> None:  # fmt: skip
        """Write a text, which may have several lines, at a point in data coordinates.

        Parameters
        ----------
        x, y
            The point.
        text
            The text; a newline starts a line below.
        anchor
            The part of the text at the point: `start`, `middle` or `end`.
        dx, dy
            Offset to the right and upwards, in points.
        size
            Font size in points.
        color
            Fill colour.
        """
        across = self.left + (x - self.x[0]) * self.x_scale + dx
        up = self.bottom + (y - self.y[0]) * self.y_scale + dy
        for number, line in enumerate(text.split("\n")):
            style = {
                "x": f"{across:.1f}", "y": f"{self.height - up + number * size * 1.2:.1f}",
                "font-size": f"{size:g}", "text-anchor": anchor, "fill": color,
            }  # fmt: skip
            self.figure.add_artist(Label(line, style))

    def y_axis(self, unit_of_measure: str = "%", factor: float = 1.0) -> None:
        """Draw the y axis: round values times `factor`, grid lines, and the unit of measure."""
        places = _round_places(self.y, factor)
        self.grid([(self.x, (at / factor, at / factor)) for at in places])
        for at in places:
            self.text(self.x[0], at / factor, f"{at:,.12g}", "end", dx=-5, dy=-3, size=8)
        self.text(
            self.x[0],
            self.y[1],
            unit_of_measure,
            "start",
            dx=4 - self.left,
            dy=7,
            size=8,
            color=GREY,
        )

    def x_axis(self, unit_of_measure: str = "%", factor: float = 1.0) -> None:
        """Draw the x axis: round values times `factor`, grid lines, and the unit of measure."""
        places = _round_places(self.x, factor)
        self.grid([((at / factor, at / factor), self.y) for at in places])
        for at in places:
            self.text(at / factor, self.y_start, f"{at:,.12g}", dy=-12, size=8)
        self.text(
            self.x[1], self.y_start, unit_of_measure, "start", dx=6, dy=-12, size=8, color=GREY
        )

    def grid(self, lines: Sequence[tuple[Ends, Ends]], color: str = PALE) -> None:
        """Draw faint straight lines, each given by its x and y intervals, as one path."""
        gaps = [(*x, nan) for x, _ in lines], [(*y, nan) for _, y in lines]
        x, y = (list(chain.from_iterable(part)) for part in gaps)
        self.line(x, y, color=color, linewidth=0.8, zorder=0.4)

    def x_labels(self, names: Sequence[str], size: float = 8) -> None:
        """Write names below the x values 0, 1, 2 and so on."""
        for at, name in enumerate(names):
            self.text(at, self.y[0], name, dy=-12, size=size)

    def y_labels(self, names: Sequence[str], size: float = 8.5) -> None:
        """Write names left of the y values 0, 1, 2 and so on, truncated to the margin."""
        for at, name in enumerate(names):
            self.text(self.x[0], at, cut(name, (self.left - 10) / size), "end", -8, -3, size)

    def legend(self, entries: Mapping[str, dict[str, Any]]) -> None:
        """Draw a legend above the chart: names with their line styles."""
        at, down = self.left, 0
        for name, style in entries.items():
            wide = 42 + width_of(name) * 8.5
            if at > self.left and at + wide > WIDTH:
                at, down = self.left, down + 13
            look: dict[str, Any] = {"color": INK, "linewidth": 1.3, "markersize": 5}
            xs, ys = [at, at + 11, at + 22], [self.height - 7 - down] * 3
            sample = Line2D(xs, ys, markevery=[1], **look | style)
            sample.set_transform(IdentityTransform())
            self.figure.add_artist(sample)
            place_of_name = {"x": f"{at + 27:.1f}", "y": f"{10 + down}", "font-size": "8.5"}
            self.figure.add_artist(Label(name, place_of_name))
            at += wide


def _round_places(ends: tuple[float, float], factor: float) -> list[float]:
    """Return round tick values between the ends of a scale times `factor`."""
    low, high = sorted(end * factor for end in ends)
    places = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [round(place, 9) for place in places if low <= place <= high]


def chart(
    view: Reader, name: str, canvas: Canvas, values: Iterable[str], key: str = "", **stated: object
) -> Html:
    """Return a drawn canvas as a figure of a page, with title, explanation and values.

    Parameters
    ----------
    name
        Name of the messages `chart.NAME` (title) and `chart.NAME.text` (explanation).
    canvas
        The drawing.
    values
        The text alternative: one text for each value drawn.
    key
        Suffix of the element ids, where a page has several charts of one name.
    **stated
        Placeholders of title and explanation.
    """
    return render(
        "chart.html.j2",
        name=name + key,
        title=view.messages.say(f"chart.{name}", **stated),
        reading=view.messages.say(f"chart.{name}.text", **stated),
        values=view.messages.join(values),
        width=WIDTH,
        height=f"{canvas.height:g}",
        body=draw(canvas, name + key),
    )


def draw(canvas: Canvas, name: str) -> str:
    """Return the SVG elements of a canvas.

    Element ids start with `name`, so they are unique in a page and the same in every run.
    """
    return write_svg(canvas.figure, (WIDTH, canvas.height), name)


def write_svg(
    figure: Figure, size: tuple[float, float], name: str, kind: type[RendererSVG] = RendererSVG
) -> str:
    """Return the SVG elements of a figure without the outermost `svg`.

    Parameters
    ----------
    figure
        The figure, drawn at 72 dots an inch.
    size
        Width and height in points.
    name
        What the ids of elements start with.
    kind
        The renderer, which decides how texts are written.
    """
    text = io.StringIO()
    salt = mpl.rcParams["svg.hashsalt"]
    mpl.rcParams["svg.hashsalt"] = name
    try:
        renderer = kind(*size, text, image_dpi=72, metadata=_NO_METADATA)
        figure.draw(renderer)
        renderer.finalize()  # type: ignore[no-untyped-call]
    finally:
        mpl.rcParams["svg.hashsalt"] = salt
    svg = text.getvalue()
    body = svg[svg.index("<g id=") : svg.rindex("</svg>")]
    body = re.sub(r'(id="|url\(#|xlink:href="#)', rf"\g<1>{name}-", body)
    return re.sub(r"\n\s*", "\n", body.replace("xlink:href", "href"))
