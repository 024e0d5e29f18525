"""One cell as people write it: numbers with their unit, words for missing, text as it stands."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from fundeval.invisible_signs import without_invisible

# Spreadsheets keep 15 digits; a longer number is no longer the one that was typed.
EXACT_BELOW = 10**15
# A hyphen or 无 is not among them: it may as well mean nought.
MISSING = {
    "—", "——", "–", "―", "…", "……", "暂无", "暂缺", "暂无数据", "缺失", "不详", "未统计",
    "不适用", "N/A", "n/a",
}  # fmt: skip
NUMBER = re.compile(r"[¥$]?\s*([+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(\D*)")
# 12,345 may be twelve thousand, or twelve and a bit; 1,234,567 and 1,234.5 may not.
ONE_COMMA = re.compile(r"[¥$]?\s*[+-]?\d+,\d+\s*[^\d.,]*")
MONEY_UNITS = {
    "元": 1, "千元": 10**3, "万": 10**4, "万元": 10**4, "百万元": 10**6, "亿": 10**8, "亿元": 10**8,
}  # fmt: skip
RATE_UNITS = {"%": Decimal("0.01"), "‰": Decimal("0.001")}
# With these a spreadsheet takes a text for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Signs that are numbers and no digits: ① ² ⑴ ❶ ½, and 10日 as one sign.
MARKS = re.compile(
    "([\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u215f\u2189"
    "\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3248-\u324f\u3251-\u325f"
    "\u32b1-\u32bf\u32c0-\u32cb\u3358-\u3370\u33e0-\u33fe\U0001f100-\U0001f10c])"
)
# What is counted; 千, 万, 百万 or 亿 may stand before it.
COUNTED = ("", "人", "人次", "例", "床日", "天", "次", "点")
COUNT_UNITS = {
    prefix + word: factor
    for prefix, factor in (("", 1), ("千", 10**3), ("万", 10**4), ("百万", 10**6), ("亿", 10**8))
    for word in COUNTED
} | {"日": 1}
# What may follow a number, or stand in the brackets of a header, by role -> factor.
UNITS: dict[str, dict[str, int | Decimal]] = {
    "money": {**MONEY_UNITS},
    "number": {**COUNT_UNITS},
    "rate": {**RATE_UNITS},
}


def cell_text(cell: object) -> str:
    """Return one cell as a person would type it: 350900 without `.0`, dates as ISO."""
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}" if abs(cell) < EXACT_BELOW else f"{cell:.16e}"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, float) and 0 < abs(cell) < 1:
        # 0.0000005, not 5e-07.
        return f"{Decimal(repr(float(cell))):f}"
    return str(cell)


def as_text(column: pd.Series) -> pd.Series:
    """Return a column of any type as text; missing stays missing."""
    return column.astype(object).map(cell_text, na_action="ignore").astype("str")


def stripped(column: pd.Series) -> pd.Series:
    """Return a column as text without space around it, blanks missing; numbers stay as they are."""
    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return column
    text = (column if column.dtype == "str" else as_text(column)).str.strip()
    return text.mask(text == "")


def distinct(column: pd.Series) -> list[Any]:
    """Return each cell that is not missing once, in the order in which they first stand.

    Examples
    --------
    >>> distinct(pd.Series(["b", None, "a", "b"], dtype="str"))
    ['b', 'a']
    """
    # An array of Arrow is slow to go through one by one.
    found: list[Any] = np.asarray(column.dropna().unique(), dtype=object).tolist()
    return found


def matching(texts: pd.Series, pattern: re.Pattern[str]) -> pd.Series:
    """Tell which texts match the whole pattern; each distinct text is looked at once."""
    known = (text for text in distinct(texts) if isinstance(text, str))
    found = [text for text in known if pattern.fullmatch(text)]
    return texts.isin(found) if found else pd.Series(False, texts.index)


def contains(texts: pd.Series, pattern: re.Pattern[str]) -> bool:
    """Tell whether any of the texts holds the pattern, which must not span two of them."""
    return pattern.search("\n".join(map(str, distinct(texts)))) is not None


def rewritten(texts: pd.Series, rewrite: Callable[[str], str]) -> pd.Series:
    """Return the texts rewritten; each distinct text is looked at once."""
    changed = {text: new for text in distinct(texts) if (new := rewrite(text)) != text}
    return texts.replace(changed) if changed else texts


def half_width(text: str) -> str:
    """Return text with the digits, letters and signs of Chinese typing in their usual form.

    Signs that nobody sees are left out. Raised and circled numbers, which mark a footnote, and
    fractions stay as they are: beside a figure they would become digits of it.

    Examples
    --------
    >>> half_width("１２３．４"), half_width("123①"), half_width("4²")
    ('123.4', '123①', '4²')
    """
    plain = without_invisible(text)
    parts = MARKS.split(plain)
    return "".join(
        part if place % 2 else unicodedata.normalize("NFKC", part)
        for place, part in enumerate(parts)
    ).strip()


def read_number(text: str, role: str) -> tuple[float, bool] | None:
    """Return the number in a cell of `role`, and whether a unit beside it was applied.

    Thousands may be set off by commas; digits may be of full width. None when it is no number
    or the unit is none of the role.
    """
    # Texts from word processors have a minus of their own.
    found = NUMBER.fullmatch(half_width(text).replace("\u2212", "-"))
    if not found:
        return None
    digits, unit = found.groups()
    number = Decimal(digits.replace(",", ""))
    if not unit:
        return float(number), False
    factor = UNITS[role].get(unit)
    return None if factor is None else (float(number * factor), True)


def escape_formula(text: str) -> str:
    """Return text that a spreadsheet opens without running anything in it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def escape_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts a spreadsheet opens without running anything in them."""
    return frame.map(lambda cell: escape_formula(cell) if isinstance(cell, str) else cell)


def without_escapes(texts: pd.Series) -> pd.Series:
    """Return texts without the sign that `escape_formula` puts before them.

    Examples
    --------
    >>> without_escapes(pd.Series(["'=A1", "'s-Gravenhage", "=A1"], dtype="str")).tolist()
    ['=A1', "'s-Gravenhage", '=A1']
    """
    marked = texts.str.startswith("'", na=False)
    if not marked.any():
        return texts
    escaped = marked & texts.str[1:].str.startswith(FORMULA_STARTS, na=False)
    return texts.mask(escaped, texts.str[1:])
