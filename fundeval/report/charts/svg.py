"""Write what was drawn as inline SVG whose texts the browser sets, the same bytes in every run."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

from fundeval.report.charts.text_width import width_of

# A date or version in the SVG would change its bytes from run to run.
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
# Texts that begin this near to the left edge stay where a narrow page scrolls a chart.
EDGE = 5.0


class ChartRenderer(RendererSVG):
    """Writes the texts at the left edge into a group of their own, which a page can hold still.

    Parameters
    ----------
    *args
        Of `RendererSVG`.
    held
        Texts that end at or before this many points from the left are held.
    """

    def __init__(self, *args: Any, held: float = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        self._held, self._aside = held, list[tuple[str, dict[str, str]]]()

    def write(self, text: str, style: dict[str, str], end: float) -> None:
        """Write a text element that ends `end` points from the left."""
        # The unit of an axis begins at the edge and may be wider than the names below it.
        begins = style.get("text-anchor", "start") == "start" and float(style["x"]) <= EDGE
        if end <= self._held or (self._held and begins):
            self._aside.append((text, style))
        else:
            writer: Any = self.writer
            writer.element("text", text, attrib=style)

    def finalize(self) -> None:
        """Write what was put aside, and the rest of the SVG."""
        writer: Any = self.writer
        if self._aside:
            writer.start("g", id="held")
            for text, style in self._aside:
                writer.element("text", text, attrib=style)
            writer.end("g")
        super().finalize()  # type: ignore[no-untyped-call]


class Label(Artist):
    """A text element of the SVG; matplotlib neither measures nor draws it."""

    def __init__(self, text: str, style: dict[str, str], zorder: float = 5) -> None:
        super().__init__()
        self.text, self.style = text, style
        self.set_zorder(zorder)

    def draw(self, renderer: Any) -> None:
        """Write the text element into the SVG."""
        start, anchor = float(self.style["x"]), self.style.get("text-anchor", "start")
        wide = width_of(self.text) * float(self.style["font-size"])
        end = start + {"start": wide, "middle": wide / 2, "end": 0.0}[anchor]
        renderer.write(self.text, self.style, end)


def write_svg(
    figure: Figure,
    size: tuple[float, float],
    name: str,
    kind: type[ChartRenderer] = ChartRenderer,
    held: float = 0,
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
    held
        How far from the left texts are held, in points.
    """
    text = io.StringIO()
    salt = mpl.rcParams["svg.hashsalt"]
    mpl.rcParams["svg.hashsalt"] = name
    try:
        renderer = kind(*size, text, image_dpi=72, metadata=_NO_METADATA, held=held)
        figure.draw(renderer)
        renderer.finalize()
    finally:
        mpl.rcParams["svg.hashsalt"] = salt
    svg = text.getvalue()
    body = svg[svg.index("<g id=") : svg.rindex("</svg>")]
    body = re.sub(r'(id="|url\(#|xlink:href="#)', rf"\g<1>{name}-", body)
    return re.sub(r"\n\s*", "\n", body.replace("xlink:href", "href"))
