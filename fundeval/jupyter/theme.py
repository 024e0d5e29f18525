"""The look of an evaluator's own charts: a Chinese font that is there, text that stays text."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager

from fundeval.words import DEFAULT_LANGUAGE, say

# The first that is installed is taken: of Linux, macOS and Windows.
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "Songti SC",
    "Microsoft YaHei", "SimHei", "SimSun", "Noto Sans CJK JP", "Noto Serif CJK SC",
)  # fmt: skip
# Ids in an SVG are made from it and from what is drawn, and so are the same in every run.
SALT = "fundeval"
STYLE = Path(__file__).with_name("fundeval.mplstyle")
# Lists of fonts that a notebook, a style or seaborn's `set_theme` may replace.
FONT_LISTS = ("font.sans-serif", "font.serif", "font.monospace", "font.family")
_state = {"told": False}


def chinese_font() -> str | None:
    """Return the name of an installed font with Chinese characters, None where there is none."""
    found = _first_known()
    if found is None:
        # matplotlib looked for fonts once and kept what it found: this one may have come later.
        _add_fonts()
        found = _first_known()
    return found


def _first_known() -> str | None:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in known), None)


def _add_fonts() -> None:
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for file in sorted(set(font_manager.findSystemFonts()) - known):
        # Some formats of fonts cannot be read.
        with suppress(Exception):
            font_manager.fontManager.addfont(file)


def use_theme() -> None:
    """Set the theme of matplotlib, and so of seaborn, for charts with Chinese names.

    SVG text stays text and ids are the same in every run. The Chinese font stays when a notebook
    sets other fonts, as `seaborn.set_theme()` does. Where none is installed, a line on standard
    error says once which to install.
    """
    font = chinese_font()
    if font is None:
        _tell_once()
    else:
        _keep_font(font)
    theme: dict[Any, Any] = dict(mpl.rc_params_from_file(STYLE, use_default_template=False))
    fixed: dict[Any, Any] = {
        "svg.hashsalt": SALT,
        "svg.fonttype": "none",
        "axes.unicode_minus": False,
    }
    mpl.rcParams.update({**theme, **fixed})
    # What `matplotlib.rcdefaults()` and the style "default" go back to.
    mpl.rcParamsDefault.update(fixed)
    if font is not None:
        mpl.rcParams["font.sans-serif"] = mpl.rcParams["font.sans-serif"]


def _tell_once() -> None:
    if not _state["told"]:
        print(say("workbench.no_font", DEFAULT_LANGUAGE), file=sys.stderr)
        _state["told"] = True
    # Said once, not again for each character.
    warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")


def _keep_font(font: str) -> None:
    """Add the font to every list of fonts that is set from now on, in front of sans-serif ones."""
    check: dict[str, Callable[[Any], Any]] = mpl.rcParams.validate
    for name in FONT_LISTS:
        accept = getattr(check[name], "accept", check[name])
        check[name] = _Adding(accept, font, first=name == "font.sans-serif")


class _Adding:
    """Accepts a list of fonts, and adds one."""

    def __init__(self, accept: Callable[[Any], Any], font: str, first: bool) -> None:
        self.accept, self.font, self.first = accept, font, first

    def __call__(self, value: Any) -> list[str]:
        fonts = list(self.accept(value))
        if self.font in fonts:
            return fonts
        return [self.font, *fonts] if self.first else [*fonts, self.font]
