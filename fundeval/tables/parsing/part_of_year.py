"""A sheet that says of itself that its figures are of a part of a year: 上半年, 1-9月."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.cells import half_width
from fundeval.tables.parsing.header import letters_of
from fundeval.tables.schemas import key_of

MONTH = "(?:1[01]|0?[1-9]|[一二三四五六七八九十]|十一)"
TO = "[-—–―~至到]+"
ENGLISH_MONTH = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov)[a-z]*"
# Up to December is a whole year, and a day on which a form was filled in says nothing.
PART = re.compile(
    rf"上半年|下半年|半年[报度]"
    rf"|(?:前|第)?[一二三四1-4]{TO}[二三1-3]季度?|[前第][一二三四1-4]个?季度"
    rf"|(?<!\d){MONTH}月?(?:份)?{TO}{MONTH}月"
    rf"|截[至止](?:\d{{4}}年)?{MONTH}月"
    rf"|(?i:\b(?:first half|half[- ]year|[1-4](?:st|nd|rd|th) quarter|h[12]\b|q[1-4]\b)"
    rf"|\bjan[a-z]*\.?\s*(?:{TO}|to)\s*{ENGLISH_MONTH}|\bas of\b[ \d]*{ENGLISH_MONTH})"
)


def part_of_year(text: str) -> str | None:
    """Return the words of a text that name a part of a year; None if there are none.

    Examples
    --------
    >>> [part_of_year(text) for text in ("2024年1—9月执行情况", "2024年上半年", "1-12月")]
    ['1-9月', '上半年', None]
    """
    plain = re.sub(r"\s+(?=[^A-Za-z]|$)", "", half_width(text).replace("—", "-"))
    found = PART.search(plain)
    return found[0] if found else None


def is_of_whole_years(table: str) -> bool:
    """Tell whether a row of a table stands for a whole year.

    Examples
    --------
    >>> is_of_whole_years("budgets"), is_of_whole_years("monthly"), is_of_whole_years("units")
    (True, False, False)
    """
    key = key_of(table)
    return "year" in key and "month" not in key


def parts_of_years(above: pd.DataFrame, file: str, sheet: str) -> Iterator[Problem]:
    """Yield where a sheet says that its figures are of a part of a year, the nearest first.

    Parameters
    ----------
    above
        The rows above the header.
    file, sheet
        The names, which may say so too.
    """
    for row, cells in above.iterrows():
        for position, cell in cells.dropna().items():
            if words := part_of_year(str(cell)):
                at = (int(str(row)), "", str(cell), letters_of(int(str(position))))
                yield Problem("intake.part_of_year", file, {"words": words}, sheet, *at)
    for name in dict.fromkeys((sheet, file.rpartition(".")[0])):
        if words := part_of_year(name):
            yield Problem("intake.part_of_year", file, {"words": words}, sheet, value=name)
