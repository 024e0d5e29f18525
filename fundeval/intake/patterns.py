"""Patterns with wildcards, as a mapping writes them for headers and cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate

import pandas as pd

from fundeval.tables.cells import as_text, half_width, matching


def plain_pattern(text: str) -> re.Pattern[str]:
    """Return a pattern with wildcards as a header is compared, which may end with one.

    Examples
    --------
    >>> bool(plain_pattern("*年 决算数").fullmatch("2024年决算数"))
    True
    """
    return re.compile(translate(re.sub(r"\s", "", half_width(text)).lower()))


def matching_cells(column: pd.Series, patterns: Sequence[str]) -> pd.Series:
    """Return which cells match one of the patterns, without space around them.

    Examples
    --------
    >>> matching_cells(pd.Series(["合计", "甲县"]), ["合*"]).tolist()
    [True, False]
    """
    expression = "|".join(translate(pattern) for pattern in patterns)
    return matching(as_text(column).str.strip(), re.compile(expression))
