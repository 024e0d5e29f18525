"""Read the cells of a column by the role that its schema gives it: money, id, date, …"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from fundeval.money import to_fen
from fundeval.tables.cells import (
    MISSING,
    NUMBER,
    ONE_COMMA,
    as_text,
    contains,
    half_width,
    matching,
    read_number,
    rewritten,
)
from fundeval.tables.schemas import Role

# 1.23457E+11 or 123456.0 is what is left of an id that a spreadsheet took for a number.
MANGLED_ID = re.compile(r"\d+(?:\.\d+)?[eE][+-]?\d+|\d+\.0+")
MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
ISO_DATETIME = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
# As people write it, with or without a time: 2024/5/1 9:30, 2024年5月1日9时30分.
DATETIME = re.compile(
    r"(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})日?"
    r"(?:[ T]*(\d{1,2})[:时点](\d{1,2})(?:[:分](?:(\d{1,2}(?:\.\d+)?)秒?)?)?)?"
)
# How the day of a date comes out of a workbook; a year formatted as a date is one of 1905.
DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T].*)?")
FIRST_DAY = dt.date(1899, 12, 30)
LIKELY_YEARS = range(1990, 2101)
OWN_FLAG = re.compile("[a-z][a-z0-9_]+")
FLAG_SEPARATOR = r"\s*[;,、]\s*"
COMMA = re.compile("[,，]")
# In 元, beyond all that is allowed; whole 分 of more would not fit into 64 bits.
MOST_YUAN = 9e16
NUMERIC: tuple[Role, ...] = ("money", "number", "rate")


@dataclass(frozen=True)
class Reading:
    """Typed values, and which cells were not read literally.

    `missing` marks words for a missing figure; `converted` marks numbers with a unit or
    separators, dates and years with words, and full-width text; `meant` marks other words for a
    code.
    """

    typed: pd.Series
    missing: pd.Series
    converted: pd.Series
    meant: pd.Series


def read_cells(
    cells: pd.Series,
    role: Role,
    codes: Mapping[str, str],
    factor: float,
    words: Mapping[str, str] | None = None,
) -> Reading:
    """Read the cells of a column.

    Parameters
    ----------
    cells
        Cells as in the source, text or numbers.
    role
        The role of the column in its schema; it decides the type of the result.
    codes
        Chinese value -> code, for the roles `code` and `flags`.
    words
        Further words -> code, for the role `code`.
    factor
        What a number is multiplied by, as 10 000 for 万元; not one with a unit in its cell.

    Returns
    -------
    The values, missing where a cell cannot be read; money in whole 分 (`Int64`).
    """
    nothing = pd.Series(False, cells.index)
    if role == "text":
        return Reading(_texts(cells), nothing, nothing, nothing)
    missing = nothing if is_numeric_dtype(cells) else cells.isin(MISSING)
    cells = cells.mask(missing)
    if role in NUMERIC:
        values, converted = _numbers(cells, role, factor)
        return Reading(values, missing, converted, nothing)
    texts = _texts(cells)
    plain = rewritten(texts, PLAIN.get(role, half_width))
    converted = nothing if plain is texts else texts.notna() & (plain != texts)
    other = set(words or ()).intersection(plain.dropna().unique()) if role == "code" else set()
    meant = plain.isin(other) if other else nothing
    return Reading(READ_TEXT[role](plain, {**codes, **(words or {})}), missing, converted, meant)


def doubtful_commas(cells: pd.Series, doubtful: bool) -> pd.Series:
    """Tell which numbers have a comma that may be the decimal point.

    Parameters
    ----------
    cells
        The cells of a column, not all numbers.
    doubtful
        Whether every lone comma may be one. If not, those of a column are if one of them cannot
        set off thousands, as in 0,875.
    """
    if cells.dtype == "str":
        with_comma = bool(cells.str.contains(COMMA.pattern).fillna(False).any())
    else:
        with_comma = contains(cells, COMMA)
    if not with_comma:
        return pd.Series(False, cells.index)
    commas = matching(cells, ONE_COMMA)
    of_thousands = matching(cells[commas].map(half_width), NUMBER)
    return commas if doubtful or not of_thousands.all() else pd.Series(False, cells.index)


def _texts(cells: pd.Series) -> pd.Series:
    return as_text(cells) if is_numeric_dtype(cells) else cells


def _numbers(cells: pd.Series, role: str, factor: float) -> tuple[pd.Series, pd.Series]:
    plain = pd.to_numeric(cells, errors="coerce").astype("float64")
    plain = plain.where(np.isfinite(plain))
    known = {}
    for text in cells[cells.notna() & plain.isna()].unique():
        if isinstance(text, str) and (found := read_number(text, role)):
            known[text] = found[0] if found[1] else found[0] * factor
    converted = cells.isin(known)
    written = cells.map(known).astype("float64")
    return in_unit(plain, role, factor).where(~converted, in_unit(written, role, 1)), converted


def in_unit(numbers: pd.Series, role: str, factor: float) -> pd.Series:
    """Return numbers of a unit as values; money in whole 分 (`Int64`)."""
    if role == "money":
        most = MOST_YUAN / factor
        return to_fen(numbers.clip(-most, most), int(factor))
    # A division by 100 rounds once; 0.01 is rounded itself before it multiplies.
    return numbers * factor if factor >= 1 else numbers / round(1 / factor)


def _ids(texts: pd.Series, _codes: Mapping[str, str]) -> pd.Series:
    return texts.mask(matching(texts, MANGLED_ID))


def _codes(texts: pd.Series, codes: Mapping[str, str]) -> pd.Series:
    return rewritten(texts, lambda text: codes.get(text, text))


def _flags(texts: pd.Series, codes: Mapping[str, str]) -> pd.Series:
    known = {**codes, **{code: code for code in codes.values()}}
    read = {}
    for text in texts.dropna().unique():
        flags = re.split(FLAG_SEPARATOR, text)
        if all(flag in known or _is_own_flag(flag, known) for flag in flags):
            read[text] = ";".join(sorted({known.get(flag, flag) for flag in flags}))
    return texts.map(read).astype("str")


def _is_own_flag(flag: str, known: Collection[str]) -> bool:
    """Tell whether a flag may be one that only a policy knows, not a known one mistyped."""
    return bool(OWN_FLAG.fullmatch(flag)) and not get_close_matches(flag, known)


def _dates(texts: pd.Series, _codes: Mapping[str, str]) -> pd.Series:
    return pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


def _datetimes(texts: pd.Series, _codes: Mapping[str, str]) -> pd.Series:
    # What else ISO 8601 allows, a month without a day or a time zone, would be misread.
    read = pd.to_datetime(
        texts.where(matching(texts, ISO_DATETIME)), format="ISO8601", errors="coerce"
    )
    return read.dt.round("s").astype("datetime64[us]")


def _plain_year(text: str) -> str:
    plain = re.sub(r"^(\d+)(?:年度?|月份?)$", r"\1", half_width(text))
    return year_of_day(plain) or plain


def year_of_day(text: str) -> str | None:
    """Return the year that is meant by a date where a year is due; None if it is none.

    A spreadsheet counts days, so that 2024 in a cell with the format of a date is a day of 1905.

    Examples
    --------
    >>> year_of_day("2023-12-31"), year_of_day("1905-07-16"), year_of_day("1987-01-01")
    ('2023', '2024', None)
    """
    if not DAY.fullmatch(text):
        return None
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
    meant = (number for number in ((day - FIRST_DAY).days, day.year) if number in LIKELY_YEARS)
    return next(map(str, meant), None)


def _plain_date(text: str) -> str:
    # 2024/5/1 0:00 is how spreadsheets, and with seconds databases, write a date as text.
    date = MIDNIGHT.sub("", half_width(text)).removesuffix("日")
    return re.sub("[年月/.]", "-", date)


def _plain_datetime(text: str) -> str:
    # What does not match stays as it is and cannot be read: 下午 and time zones are not guessed.
    plain = half_width(text)
    found = None if ISO_DATETIME.fullmatch(plain) else DATETIME.fullmatch(plain)
    if not found:
        return plain
    year, month, day, hour, minute, second = found.groups()
    time = f" {hour:>02}:{minute:>02}" if hour else ""
    return f"{year}-{month:>02}-{day:>02}{time}" + (f":{second:>02}" if second else "")


PLAIN = {"year": _plain_year, "date": _plain_date, "datetime": _plain_datetime}


def _whole_numbers(texts: pd.Series, _codes: Mapping[str, str]) -> pd.Series:
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    return numbers.where(numbers % 1 == 0)


READ_TEXT: dict[str, Callable[[pd.Series, Mapping[str, str]], pd.Series]] = {
    "id": _ids,
    "code": _codes,
    "flags": _flags,
    "date": _dates,
    "datetime": _datetimes,
    "year": _whole_numbers,
}
