"""Charts of a page as pictures that print: SVG drawn without a browser."""

from __future__ import annotations

import re
from functools import cache

import resvg_py
from matplotlib import font_manager

from fundeval.report.format.html_fragments import TEMPLATES

# Of 300 dots an inch over the width of the text.
PIXELS = 1840
# What a chart is written in, as the pages have it; the first that the machine has.
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei",
    "PingFang SC", "WenQuanYi Micro Hei", "sans-serif",
)  # fmt: skip


@cache
def _colours() -> dict[str, str]:
    """Return the colours of the pages by their names in the style sheet."""
    text = (TEMPLATES / "colours.css").read_text(encoding="utf-8")
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", text))


@cache
def _font_files() -> tuple[str, ...]:
    """Return the file of the first of the families that the machine has; nothing if it has none."""
    for family in FAMILIES[:-1]:
        try:
            return (font_manager.findfont(family, fallback_to_default=False),)
        except ValueError:
            continue
    return ()


def draw(svg: str, pixels: int = PIXELS) -> bytes:
    """Return an SVG of a page as PNG on white.

    Parameters
    ----------
    svg
        The element as it stands in the page; colours may be `var(--ink)` of its style sheet.
    pixels
        Width of the picture.

    Returns
    -------
    The picture; the same SVG on the same machine gives the same bytes.

    Examples
    --------
    >>> draw('<svg viewBox="0 0 4 4"><rect width="4" height="4"/></svg>', 4)[:4]
    b'\\x89PNG'
    """
    plain = re.sub(r"var\((--[\w-]+)\)", lambda name: _colours().get(name.group(1), "#000"), svg)
    if "xmlns=" not in plain.partition(">")[0]:
        plain = plain.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    # A parser of HTML writes the names of SVG in lower case.
    for name in ("viewBox", "clipPath", "linearGradient", "patternUnits", "gradientUnits"):
        plain = re.sub(rf"\b{name.lower()}\b", name, plain)
    if "xlink:href" in plain and "xmlns:xlink" not in plain:
        plain = plain.replace("<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"', 1)
    fonts = _font_files()
    style = f"svg {{ font-family: {', '.join(map(repr, FAMILIES))}; }}"
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=plain,
            width=pixels,
            background="#ffffff",
            style_sheet=style,
            font_files=list(fonts),
            # Reading all fonts of a machine takes longer than drawing.
            skip_system_fonts=bool(fonts),
        )
    )
