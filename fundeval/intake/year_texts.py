"""Years as people write them: 2024年度, 二○二四年, a date, the budget year 2023-24."""

from __future__ import annotations

import re

from fundeval.tables.cells import half_width
from fundeval.tables.parsing.column_roles import year_of_day

DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
CHINESE = re.compile("[〇○零一二三四五六七八九]{4}(?=年|$)")
ONE = re.compile(r"((?:19|20)\d\d)(?:年度?)?")
DATE = re.compile(r"((?:19|20)\d\d)[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?|月)?(?:[ T].*)?")
TWO = re.compile(r"((?:19|20)\d\d)(?:年度?)?\s*[-/—–~至]+\s*((?:19|20)?\d\d)(?:年度?)?")


def read_year(text: str, counted: str) -> str | None:
    """Return the year that a text states, as 2024; None where it is not clear which.

    Parameters
    ----------
    text
        A cell, or what stands outside a table.
    counted
        Which of two years counts, `first` or `last`; "" where none may.

    Examples
    --------
    >>> [read_year(text, "") for text in ("二○二四年", "2024-03-31", "2024年度", "2023-24")]
    ['2024', '2024', '2024', None]
    >>> read_year("2023-24", "last")
    '2024'
    """
    plain = CHINESE.sub(lambda found: found.group().translate(DIGITS), half_width(text))
    if found := ONE.fullmatch(plain):
        return found.group(1)
    if years := two_years(plain):
        return {"first": years[0], "last": years[1]}.get(counted)
    if day := year_of_day(plain):
        return day
    found = DATE.fullmatch(plain)
    return found.group(1) if found else None


def two_years(text: str) -> tuple[str, str] | None:
    """Return the two years that a text such as 2023-24 names; None if it is none such.

    Of 2023-12 the second is no year after the first, so that it is a month.

    Examples
    --------
    >>> two_years("2023-24"), two_years("2023-12")
    (('2023', '2024'), None)
    """
    found = TWO.fullmatch(half_width(text))
    if not found:
        return None
    first, second = found.groups()
    last = first[: 4 - len(second)] + second
    return (first, last) if int(last) == int(first) + 1 else None
