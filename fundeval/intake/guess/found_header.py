"""Find the header of a table that nobody knows: above its first figures, and never a title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fundeval.tables.cells import MISSING, half_width
from fundeval.tables.parsing.header import header_texts
from fundeval.tables.parsing.units_of_measure import units_in_text

FIGURE = re.compile(r"[¥$]?\s*\(?[-+]?\d[\d,]*(?:\.\d+)?\)?\s*(?:[%‰]|[千百万亿]*元?)")
YEAR = re.compile(r"(?:19|20)\d\d(?:年度?)?")
SIGNS = {*MISSING, "-", "--", "×", "/", "无", "*"}
# 单位：万元, 编制单位：某县, 2024年3月1日, 第1页 stand above a header and are none.
CAPTION = re.compile(r".*[:：].*|\d{4}年\d{1,2}月.*|第.*页|附[件表录].*", re.DOTALL)
TITLE = re.compile(r".*(?:表|情况|统计|明细|目录|公告|报告)(?:[(（].*)?", re.DOTALL)
# The line below a header that numbers the columns: 栏次 1 2 3, or 甲 1 2.
NUMBERED = ("栏次", "行次", "甲", "栏")
# What stands beside the name of a unit above a table, and beside other values.
LABELS_OF_UNITS = (
    "单位名称", "填报单位", "编制单位", "编报单位", "编制部门", "统筹地区", "统筹区", "实施单位",
    "机构名称", "医疗机构名称", "医院名称", "预算单位",
)  # fmt: skip
LABELS = {
    *LABELS_OF_UNITS, "年度", "预算年度", "险种", "项目名称", "主管部门", "金额单位",
    "计量单位", "单位编码",
}  # fmt: skip
# Figures are looked for in so many rows: a title, captions, a header, sections without figures.
WITHIN = 60
# A header has at most so many rows.
DEPTH = 3


@dataclass(frozen=True)
class FoundHeader:
    """The rows of a header, and what stands above it.

    `rows` are numbers of rows in the source, `numbered` says whether a line below numbers the
    columns, `titles` are the texts above.
    """

    rows: tuple[int, ...]
    titles: tuple[str, ...]
    numbered: bool = False


def is_figure(text: str) -> bool:
    """Tell whether a cell holds a number, and not a year.

    Examples
    --------
    >>> [is_figure(text) for text in ("1,234.5", "(25)", "2024", "2024年", "甲县")]
    [True, True, False, False, False]
    """
    plain = half_width(text)
    return bool(FIGURE.fullmatch(plain)) and not YEAR.fullmatch(plain)


def is_year(text: str) -> bool:
    """Tell whether a cell holds a year and nothing else."""
    return bool(YEAR.fullmatch(half_width(text)))


def find_table_header(grid: pd.DataFrame) -> FoundHeader | None:
    """Find the header among the rows of a sheet; None if it has no figures below a header.

    Examples
    --------
    >>> rows = [["某县收支表", ""], ["", "单位：万元"], ["项目", "决算数"], ["收入", 30]]
    >>> find_table_header(pd.DataFrame(rows, index=[1, 2, 3, 4])).rows
    (3,)
    """
    head = grid.head(WITHIN)
    rows = header_texts(head)
    first = next((place for place, row in enumerate(rows) if _has_figures(row)), None)
    if first is None:
        return None
    figures = {
        position
        for row in rows[first : first + 8]
        for position, text in enumerate(row)
        if is_figure(text)
    }
    candidates = [place for place in range(first) if _may_be_header(rows[place])]
    if not candidates:
        return None

    def covered(place: int) -> tuple[int, int]:
        texts = [position for position, text in enumerate(rows[place]) if text]
        return len(figures & set(texts)), len(texts)

    # Of equal ones the first: below a header a row without figures may have texts only. But a
    # label with its value, such as 单位名称 and 甲县, stands above one.
    best = max(map(covered, candidates))
    equal = [place for place in candidates if covered(place) == best]
    last = next((place for place in equal if not _is_label(rows[place])), equal[-1])
    if not best[0]:
        return None
    while last + 1 < first and _goes_on_below(rows[last], rows[last + 1], figures):
        last += 1
    top = _first_row(rows, last)
    numbers = tuple(int(str(head.index[place])) for place in range(top, last + 1))
    titles = tuple(text for row in rows[:top] for text in row if text)
    return FoundHeader(numbers, titles, _is_numbered(rows[last + 1]))


def _has_figures(row: Sequence[str]) -> bool:
    """Tell whether a row holds figures: not only years, as a header, nor numbers of columns."""
    return any(map(is_figure, row)) and not _is_numbered(row)


def _is_numbered(row: Sequence[str]) -> bool:
    texts = [text for text in row if text]
    numbers = [text for text in texts if text.isdigit()]
    counted = [str(number + 1) for number in range(len(numbers))]
    return len(texts) > 1 and numbers == counted and (
        texts[0] in NUMBERED or (len(numbers) > 2 and numbers == texts)
    )  # fmt: skip


def is_caption(text: str) -> bool:
    """Tell whether a cell is a line about the table, such as its unit, and no header."""
    return bool(CAPTION.fullmatch(text)) or bool(
        units_in_text(text) and "(" not in half_width(text)
    )


def _may_be_header(row: Sequence[str]) -> bool:
    texts = [text for text in row if text]
    if len(texts) < 2 or any(map(is_figure, texts)) or _is_numbered(row):
        return False
    return sum(map(is_caption, texts)) * 2 < len(texts) and not all(t in SIGNS for t in texts[1:])


def _is_label(row: Sequence[str]) -> bool:
    """Tell whether a row is a label and its value and nothing else."""
    texts = [text for text in row if text]
    return len(texts) == 2 and half_width(texts[0]).rstrip(":") in LABELS


def _first_row(rows: Sequence[Sequence[str]], last: int) -> int:
    """Return where a header begins whose last row is known: rows above may group its columns."""
    top = last
    while top > 0 and last - top < DEPTH - 1 and _groups(rows[top - 1], rows[top]):
        top -= 1
    return top


def _groups(above: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether a row is part of the header that goes on below, as merged cells are."""
    places = [place for place, text in enumerate(above) if text]
    if not places or any(is_figure(above[p]) or is_caption(above[p]) for p in places):
        return False
    if len(places) == 1:
        text = above[places[0]]
        return places[0] > 0 and not TITLE.fullmatch(text) and len(text) <= 12
    ends = [*places[1:], len(above)]
    spans = [[bool(text) for text in below[p:end]] for p, end in zip(places, ends, strict=True)]
    # A merged cell is above blanks, or above several headers of which the first is below it.
    fits = all(not any(span) or (span[0] and sum(span) > 1) for span in spans)
    return fits and any(map(any, spans))


def _goes_on_below(row: Sequence[str], below: Sequence[str], figures: set[int]) -> bool:
    """Tell whether the row below one of a header divides some of its columns of figures."""
    places = {place for place, text in enumerate(below) if text}
    new = {place for place in places & figures if not row[place]}
    return bool(new) and places <= figures and not any(map(is_figure, below)) and not any(
        map(is_caption, filter(None, below))
    )  # fmt: skip


def find_next_block(cells: pd.DataFrame) -> int | None:
    """Return the row where another table begins below, by its header; None if there is none.

    `cells` are the rows below a header. Another header is a row of texts where figures stood.
    """
    rows = header_texts(cells)
    figures: set[int] = set()
    for place, row in enumerate(rows):
        texts = {position: text for position, text in enumerate(row) if text}
        of_figures = [texts[position] for position in figures if position in texts]
        words = [text for text in of_figures if not is_figure(text) and text not in SIGNS]
        after = rows[place + 1 : place + 4]
        goes_on = any(is_figure(row[position]) for row in after for position in figures)
        if len(texts) > 1 and words and len(words) == len(of_figures) and goes_on:
            begins = place
            while begins > 1 and sum(map(bool, rows[begins - 1])) == 1:
                begins -= 1
            return int(str(cells.index[begins]))
        figures |= {position for position, text in texts.items() if is_figure(text)}
    return None
