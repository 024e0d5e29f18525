"""The look of an evaluator's own charts: a Chinese font that is there, text that stays text."""

from __future__ import annotations

import warnings

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager

from fundeval.words import DEFAULT_LANGUAGE, say

# The first that is installed is taken: of Linux, macOS and Windows.
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "Songti SC",
    "Microsoft YaHei", "SimHei", "SimSun", "Noto Sans CJK JP", "Noto Serif CJK SC",
)  # fmt: skip
SALT = "fundeval"


def chinese_font() -> str | None:
    """Return the name of an installed font with Chinese characters, None where there is none."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in known), None)


def use_theme() -> None:
    """Set the theme of seaborn and matplotlib for charts with Chinese names.

    SVG text stays text and ids are the same in every run. Where no Chinese font is installed, a
    warning says which to install.
    """
    sns.set_theme(style="whitegrid", palette="colorblind")
    font = chinese_font()
    if font is None:
        warnings.warn(say("workbench.no_font", DEFAULT_LANGUAGE), stacklevel=2)
        # Said once, not again for each character.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
    else:
        mpl.rcParams["font.sans-serif"] = [font, *mpl.rcParams["font.sans-serif"]]
    mpl.rcParams.update(
        {"axes.unicode_minus": False, "svg.fonttype": "none", "svg.hashsalt": SALT,
         "figure.facecolor": "white", "figure.autolayout": True}
    )  # fmt: skip
