"""Draw charts on a canvas with linear scales and write them as inline SVG.

The axes of matplotlib measure every tick and text with a font, which takes longer than the rest
of a report. Here a chart gives its scales itself, and the browser sets the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Protocol

from fundeval.report.charts.text_width import cut_each, fit, width_of
from fundeval.report.format.html_fragments import Html, render
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter

if TYPE_CHECKING:
    from matplotlib.artist import Artist

# matplotlib is imported where something is drawn: most of what a notebook asks for is no chart,
# and it takes a third of the time in which a unit is opened.
# ruff: noqa: PLC0415

INK, GREY, LIGHT, PALE = "#1a1a1a", "#595959", "#d9d9d9", "#eef1f4"
FILL, ALERT = "#9ec3e0", "#c8500a"
# Marks a value below a limit, or a decrease, without colour.
HATCH = "///"
# Width of every chart in points. The style of a page draws them no narrower than 720 pixels, so
# that the smallest text, of 8 points, has 11 pixels also on a telephone, where they scroll.
WIDTH = 520
# Size of the names of lines and rows, and half the width of a mark with some room, in points.
SIZE, MARK = 8.5, 5
# How far a mark at the axis reaches to the left of it.
MARK_REACH = 7.0
# Start and end of a scale, a line or a box.
Ends = tuple[float, float]


class Reader(Protocol):
    """The reader of a chart: messages and numbers in their language."""

    @property
    def messages(self) -> Messages:
        """The message catalogue."""

    @property
    def numbers(self) -> NumberFormatter:
        """The formatter of figures."""


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
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        self.x, self.y, self.height = x, y, height
        self.left, self.right, self.bottom = left, right, bottom
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
        from matplotlib.patches import Rectangle

        face = ALERT if marked else FILL
        look: dict[str, Any] = {"facecolor": face, "edgecolor": INK, "linewidth": 0.8}
        hatch = HATCH if marked else None
        self.add(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], hatch=hatch, **look | style))

    def line(self, x: Sequence[float], y: Sequence[float | None], **style: Any) -> None:
        """Draw a line or markers, in a style of matplotlib's Line2D; None leaves a gap."""
        from matplotlib.lines import Line2D

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
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        around = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5))
        squares = [Path([(x + a, y + b) for a, b in around], closed=True) for x, y in corners]
        self.add(PathPatch(Path.make_compound_path(*squares), **style))

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> None:
        """Fill the area between two lines."""
        from matplotlib.patches import Polygon

        corners = [*zip(x, high, strict=True), *zip(reversed(x), reversed(low), strict=True)]
        self.add(Polygon(corners, facecolor=LIGHT, edgecolor=GREY, linewidth=0.8, zorder=0.5))

    def hline(self, y: float, label: str = "", **style: Any) -> None:
        """Draw a horizontal line, labelled at its right end; none where the height is NaN."""
        if isnan(y):
            return
        self.line(self.x, (y, y), **style)
        self.text(self.x[1], y, label, "start", dx=4, dy=-3, size=8)

    def vline(self, x: float, **style: Any) -> None:
        """Draw a vertical line."""
        self.line((x, x), self.y, **style)

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
            self._write(line, style)

    def y_axis(
        self, unit_of_measure: str = "%", factor: float = 1.0, places: Sequence[float] = ()
    ) -> None:
        """Draw the y axis: round values times `factor`, grid lines, and the unit of measure.

        Values in `places` are printed too, instead of round ones too near to them.
        """
        low, high = sorted(self.y)
        own = [round(at * factor, 9) for at in places if low <= at <= high]
        near = 12 * factor / abs(self.y_scale)
        places = [at for at in _round_places(self.y, factor)
                  if all(abs(at - other) > near for other in own)]  # fmt: skip
        places = sorted([*places, *own])
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
        # Right of the last figure, which may stand at the end of the axis.
        last = max((self._place(at / factor, 0)[0] + width_of(f"{at:,.12g}") * 4 for at in places),
                   default=0.0)  # fmt: skip
        off = max(6.0, last + 4 - self._place(self.x[1], 0)[0])
        end = self._place(self.x[1], 0)[0]
        if end + off + width_of(unit_of_measure) * 8 < WIDTH:
            self.text(
                self.x[1], self.y_start, unit_of_measure, "start", off, -12, size=8, color=GREY
            )
        else:  # no room beside the figures: a line below them
            self.text(
                self.x[1], self.y_start, unit_of_measure, "end", WIDTH - 2 - end, -22, 8, GREY
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
        for at, name in enumerate(cut_each(names, (self.left - 10) / size)):
            self.text(self.x[0], at, name, "end", -8, -3, size)

    def label_lines(self, lines: Sequence[tuple[str, dict[str, Any], float, float]]) -> None:
        """Name lines right of their ends, each with a sample of its style, none over another.

        Parameters
        ----------
        lines
            Name, style, and the last point of each line in data coordinates.
        """
        left = WIDTH - self.right + 10
        room = (WIDTH - left - 27) / SIZE
        wrapped = [fit(name, room, 3) for name, *_ in lines]
        ends = [self.bottom + (y - self.y[0]) * self.y_scale for *_, y in lines]
        heights = [SIZE * 1.2 * (name.count("\n") + 1) + 3 for name in wrapped]
        ups = _apart(ends, heights, self.height - 4)
        for (_, style, x, _), name, end, up in zip(lines, wrapped, ends, ups, strict=True):
            down = self.height - up
            start = self.left + (x - self.x[0]) * self.x_scale + 5
            look: dict[str, Any] = {"color": INK, "linewidth": 1.3, "markersize": 5}
            self._on_page([start, left - 2], [end, up], color=GREY, linewidth=0.5)
            self._on_page([left, left + 11, left + 22], [up] * 3, markevery=[1], **look | style)
            for number, line in enumerate(name.split("\n")):
                place = {"x": f"{left + 27:.1f}", "y": f"{down + 3 + number * SIZE * 1.2:.1f}",
                         "font-size": f"{SIZE:g}"}  # fmt: skip
                self._write(line, place)

    def _write(self, text: str, style: dict[str, str]) -> None:
        """Write a text that stands, and looks, as its style says."""
        from fundeval.report.charts.svg import Label

        self.figure.add_artist(Label(text, style))

    def _on_page(self, x: Sequence[float], y: Sequence[float], **style: Any) -> None:
        """Draw a line in points from the left and from below."""
        from matplotlib.lines import Line2D
        from matplotlib.transforms import IdentityTransform

        line = Line2D(x, y, **style)
        line.set_transform(IdentityTransform())
        self.figure.add_artist(line)

    def legend(self, entries: Mapping[str, dict[str, Any]]) -> None:
        """Draw a legend above the chart: names with their line styles."""
        at, down = self.left, 0
        for name, style in entries.items():
            wide = 42 + width_of(name) * SIZE
            if at > self.left and at + wide > WIDTH:
                at, down = self.left, down + 13
            look: dict[str, Any] = {"color": INK, "linewidth": 1.3, "markersize": 5}
            xs, ys = [at, at + 11, at + 22], [self.height - 7 - down] * 3
            self._on_page(xs, ys, markevery=[1], **look | style)
            place_of_name = {"x": f"{at + 27:.1f}", "y": f"{10 + down}", "font-size": f"{SIZE:g}"}
            self._write(name, place_of_name)
            at += wide

    def label_marks(self, marks: Sequence[tuple[float, float, str]], others: Sequence[Ends] = (),
                    reach: Sequence[float] = (9,)) -> list[str]:  # fmt: skip
        """Write texts beside marks where there is room, the first ones first.

        Parameters
        ----------
        marks
            The point of each in data coordinates, and its text.
        others
            Further points, which no text may cover.
        reach
            Distances from the mark that are tried, in points; beyond the first a line leads there.

        Returns
        -------
        list
            The texts that found room.
        """
        places = [self._place(x, y) for x, y, _ in marks]
        taken = [_around(*place) for place in (*places, *(self._place(*o) for o in others))]
        written = []
        for (_, _, text), (x, y) in zip(marks, places, strict=True):
            wide = width_of(text) * 8
            for anchor, dx, dy, far in _beside(reach):
                start = x + dx - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
                box = (start - 1, y + dy - 2, start + wide + 1, y + dy + 8)
                inside = box[0] > self.left and box[2] < WIDTH - 2
                inside &= box[1] > self.bottom and box[3] < self.height - 4
                own = _around(x, y)
                if not inside or any(_meet(box, other) for other in taken if other != own):
                    continue
                taken.append(box)
                written.append(text)
                if far:
                    self._on_page([x, x + dx], [y, y + dy + 3], color=GREY, linewidth=0.5)
                place = {"x": f"{x + dx:.1f}", "y": f"{self.height - y - dy:.1f}",
                         "font-size": "8", "text-anchor": anchor}  # fmt: skip
                self._write(text, place)
                break
        return written

    def _place(self, x: float, y: float) -> Ends:
        """Return where a point of the data stands, in points from the left and from below."""
        return (
            self.left + (x - self.x[0]) * self.x_scale,
            self.bottom + (y - self.y[0]) * self.y_scale,
        )


Box = tuple[float, float, float, float]


def _beside(reach: Sequence[float]) -> Iterator[tuple[str, float, float, bool]]:
    """Yield anchor and offset of the places around a mark, the nearest first; whether it is far."""
    for number, far in enumerate(reach):
        slant = far * 0.75
        yield from (
            (anchor, dx, dy, number > 0)
            for anchor, dx, dy in (
                ("start", far, -3), ("end", -far, -3), ("middle", 0, far), ("middle", 0, -far - 6),
                ("start", slant, slant - 2), ("end", -slant, slant - 2),
                ("start", slant, -slant - 6), ("end", -slant, -slant - 6),
            )
        )  # fmt: skip


def _around(x: float, y: float) -> Box:
    """Return the room of a mark."""
    return x - MARK, y - MARK, x + MARK, y + MARK


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _apart(ends: Sequence[float], heights: Sequence[float], top: float) -> list[float]:
    """Move labels apart upwards and downwards as little as a pass from the top needs."""
    order = sorted(range(len(ends)), key=lambda n: (-ends[n], n))
    ups, free = [0.0] * len(ends), top
    for n in order:
        ups[n] = min(ends[n], free - 10)
        free = ups[n] + 10 - heights[n]
    # What was pushed below the lowest end moves up again as far as there is room.
    low = min(5.0, *ends) if ends else 0.0
    for n in reversed(order):
        bottom = ups[n] + 10 - heights[n]
        if bottom >= low:
            break
        ups[n] += low - bottom
        low = ups[n] + 10
    return ups


def _round_places(ends: tuple[float, float], factor: float) -> list[float]:
    """Return round tick values between the ends of a scale times `factor`."""
    from matplotlib.ticker import MaxNLocator

    low, high = sorted(end * factor for end in ends)
    places = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [round(place, 9) for place in places if low <= place <= high]


def chart(  # noqa: PLR0913
    view: Reader, name: str, canvas: Canvas, values: Iterable[str], key: str = "", *,
    found: str, names: Sequence[str] = (), **stated: object,
) -> Html:  # fmt: skip
    """Return a drawn canvas as a figure of a page: what it shows, how to read it, its values.

    Parameters
    ----------
    name
        Name of the messages `chart.NAME` (what is drawn) and `chart.NAME.text` (how to read it).
    canvas
        The drawing.
    values
        The text alternative: one text for each value drawn.
    key
        Suffix of the element ids, where a page has several charts of one name.
    found
        The finding, which is the title.
    names
        What the numbers beside marks stand for, from 1 on.
    **stated
        Placeholders of the two messages.
    """
    return figure_of_page(
        name + key,
        found,
        view.messages.say(f"chart.{name}", **stated),
        view.messages.say(f"chart.{name}.text", **stated),
        view.messages.join(values),
        draw(canvas, name + key),
        (canvas.height, canvas.left),
        names,
    )


def figure_of_page(  # noqa: PLR0913, PLR0917
    name: str, found: str, kind: str, reading: str, values: str, body: str,
    size: tuple[float, float], names: Sequence[str] = (), style: str = "",
) -> Html:  # fmt: skip
    """Return SVG elements as a figure of a page.

    Parameters
    ----------
    name
        What the ids of elements start with.
    found, kind, reading, values
        The finding, what is drawn, how to read it, and the values for those who cannot see it.
    body
        The SVG elements.
    size
        Height of the drawing, and how much of its left edge stays where a narrow page scrolls it.
    names
        What numbers beside marks stand for, from 1 on.
    style
        A further class of the figure.
    """
    height, held = size
    return render(
        "chart.html.j2",
        name=name,
        title=found,
        kind=kind,
        reading=reading,
        values=values,
        names=names,
        width=WIDTH,
        height=f"{height:g}",
        held=f"{held:g}" if f'id="{name}-held"' in body else "",
        # Marks at the axis reach over it: they stay free.
        ground=f"{max(held - MARK_REACH, 0):g}",
        share=f"{held / WIDTH:.4g}",
        body=body,
        style=style,
    )


def draw(canvas: Canvas, name: str) -> str:
    """Return the SVG elements of a canvas.

    Element ids start with `name`, so they are unique in a page and the same in every run.
    """
    from fundeval.report.charts.svg import write_svg

    return write_svg(canvas.figure, (WIDTH, canvas.height), name, held=canvas.left)
