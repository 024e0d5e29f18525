"""Tell a sheet that holds no table, such as a cover, from a table that nobody knows."""

from __future__ import annotations

import re
from itertools import pairwise

import pandas as pd

from fundeval.tables.parsing.header import header_texts

# A table has two rows of this many cells below each other at least: a header and a figure.
CELLS = 3
# One of items has two columns: a name and a figure, and another below. A cover has such lines too.
FIGURE = re.compile(r"[-+]?[\d,]+(?:\.\d+)?%?")
ON_A_COVER = re.compile(
    r"电话|手机|传真|邮编|邮政|日期|时间|年度|年份|编码|代码|编号|phone|date", re.I
)


def holds_no_table(head: pd.DataFrame) -> bool:
    """Tell whether the first rows of a sheet are no table: nowhere two full rows in succession.

    Examples
    --------
    >>> cover = pd.DataFrame([["某市医保基金填报表", ""], ["填报单位：", "某市医保局"]])
    >>> holds_no_table(cover)
    True
    >>> holds_no_table(pd.DataFrame([["a", "b", "c"], ["1", "2", "3"]]))
    False
    >>> holds_no_table(pd.DataFrame([["项目", "金额"], ["收入", "9"], ["支出", "8"]]))
    False
    """
    rows = header_texts(head)
    full = [sum(map(bool, row)) >= CELLS for row in rows]
    items = [_is_item(row) for row in rows]
    return not any(one and other for each in (full, items) for one, other in pairwise(each))


def _is_item(row: list[str]) -> bool:
    """Tell whether a row is a name with a figure."""
    texts = [text for text in row if text]
    return (
        len(texts) == 2
        and not FIGURE.fullmatch(texts[0])
        and not ON_A_COVER.search(texts[0])
        and bool(FIGURE.fullmatch(texts[1]))
    )
