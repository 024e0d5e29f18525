"""The letters of a printed page: a small font of its own, with those signs that it shows.

Browsers store the letters of the usual Chinese fonts, whose outlines are cubic, one by one, which
takes most of a PDF. Of a font with quadratic outlines they embed what is used, once.
"""

from __future__ import annotations

import base64
import io
from functools import cache

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from matplotlib import font_manager

# Sans-serif fonts with Chinese letters, as the pages name them; the first that the machine has.
FAMILIES = (
    "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
    "SimHei", "WenQuanYi Micro Hei",
)  # fmt: skip
NAME = "Printed"
WEIGHTS = (400, 700)
# Of the units of a letter; an outline is nowhere further from the given one.
MOST_ERROR = 0.001
# What places signs above others or turns lines upright, which reports do not do.
NOT_NEEDED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG")


def font_style(text: str) -> str:
    """Return a style sheet with fonts that hold the signs of a text.

    Returns nothing where the machine has none of the fonts: the browser then takes its own.
    """
    places = _places()
    if not places:
        return ""
    signs = frozenset(ord(sign) for sign in text if sign.isprintable())
    faces = [
        f"@font-face {{ font-family: {NAME}; font-weight: {weight}; "
        f"src: url(data:font/ttf;base64,{base64.b64encode(_small(place, signs)).decode()}); }}"
        for weight, place in places.items()
    ]
    rule = f"html, body, svg, svg *, .derivation {{ font-family: {NAME}, sans-serif !important; }}"
    return "\n".join([*faces, rule])


@cache
def _places() -> dict[int, tuple[str, int]]:
    """Return by weight the file of the first family there is, and its place in that file."""
    for family in FAMILIES:
        own = [
            entry
            for entry in font_manager.fontManager.ttflist
            if entry.name == family and entry.style == "normal"
        ]
        found = {
            weight: (str(entry.fname), int(getattr(entry, "index", 0)))
            for weight in WEIGHTS
            for entry in own
            if entry.weight == weight
        }
        if found:
            return found
    return {}


def _small(place: tuple[str, int], signs: frozenset[int]) -> bytes:
    """Return the font at a place with those signs alone, its outlines quadratic."""
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True)
    options.drop_tables = [*options.drop_tables, *NOT_NEEDED]
    font = TTFont(place[0], fontNumber=place[1], recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=signs)
    subsetter.subset(font)
    if "CFF " in font:
        _make_quadratic(font)
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def _make_quadratic(font: TTFont) -> None:
    """Turn the outlines of a font from cubic to quadratic."""
    order, drawn = font.getGlyphOrder(), font.getGlyphSet()
    error = MOST_ERROR * font["head"].unitsPerEm
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        drawn[name].draw(Cu2QuPen(pen, error, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, glyphs
    widths = font["hmtx"].metrics
    font["hmtx"].metrics = {
        name: (width, getattr(glyphs[name], "xMin", 0)) for name, (width, _) in widths.items()
    }
    del font["CFF "]
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    for name in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
        "maxStackElements", "maxSizeOfInstructions", "maxComponentElements", "maxComponentDepth",
    ):  # fmt: skip
        setattr(limits, name, 0)
    limits.maxZones = 1
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"
