"""Turn a matplotlib figure into SVG that a page can hold: real text, an alternative, no date."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pylopdf_fonts_zh_cn import sans_path

from fundeval.report.pieces import Html, render
from fundeval.report.view import View

# Shown by the browser; the layout is made with the font of the wheel.
DISPLAY_FONTS = (
    "'Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',"
    "'Noto Sans CJK SC','WenQuanYi Micro Hei',sans-serif"
)
INK, GREY, LIGHT = "#1a1a1a", "#595959", "#d9d9d9"
FILL, ALERT = "#9ec3e0", "#c8500a"

_MARGINS = {"left": 0.1, "right": 0.97, "top": 0.9, "bottom": 0.14}
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.unicode_minus": False,
    "hatch.linewidth": 0.8,
    "font.size": 10,
}


@cache
def _font_family() -> str:
    font_manager.fontManager.addfont(str(sans_path()))
    return font_manager.FontProperties(fname=str(sans_path())).get_name()


@contextmanager
def axes(name: str, width: float = 7.2, height: float = 3.0, **margins: float) -> Iterator[Axes]:
    """Give the axes of a new figure under the style of the reports; sizes are in inches."""
    style: Any = _STYLE | {"font.family": [_font_family()], "svg.hashsalt": name}
    with mpl.rc_context(style), warnings.catch_warnings():
        # A name may hold a sign that the font lacks; the browser has others to show it.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=(width, height))
        figure.subplots_adjust(**(_MARGINS | margins))
        yield figure.subplots()


def chart(
    view: View, name: str, drawn: Axes, values: Iterable[str], key: str = "", **stated: object
) -> Html:
    """Return the figure of the axes as SVG with its title, how to read it, and its values.

    Title and reading are the messages chart.NAME and chart.NAME.text; who cannot see the chart
    is given the values too. `key` tells charts of one name in a page apart.
    """
    figure = drawn.get_figure()
    assert isinstance(figure, Figure)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=_NO_METADATA)
    return render(
        "chart.html.j2",
        name=name + key,
        title=view.say(f"chart.{name}", **stated),
        reading=view.say(f"chart.{name}.text", **stated),
        values=view.join(values),
        svg=_inline(text.getvalue(), name + key),
    )


def _inline(svg: str, name: str) -> dict[str, str]:
    """Return the view box and the body of an SVG file, with ids that are unique in a page."""
    view_box = re.search(r'viewBox="([^"]+)"', svg)
    assert view_box
    body = svg[svg.index("<g id=") : svg.rindex("</svg>")]
    body = re.sub(r"font-family: [^;\"]+;? ?", "", body)
    body = re.sub(r'(id="|url\(#|xlink:href="#)', rf"\g<1>{name}-", body)
    body = re.sub(r"\n\s*", "\n", body.replace("xlink:href", "href"))
    return {"view_box": view_box.group(1), "body": body, "fonts": DISPLAY_FONTS}
