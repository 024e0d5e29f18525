"""Notes and signatures below a table: rows that are sentences, not units of their own."""

from __future__ import annotations

import re

import pandas as pd

# How a note begins, or the line of those who sign: 注：…, 1.…, ※…, 制表人：…, Note: ….
BEGINS = re.compile(
    r"\s*(?:[(（【\[]?(?:备|附)?注[\d一二三四五六七八九十]*[)）】\]]?\s*[:：.．、\s]|说明\s*[:：]|附\s*[:：]"
    r"|(?:数据|资料)来源|来源\s*[:：]|[※*＊★●▲]|[(（]?\d{1,2}[)）.．、]\s*\D|[①-⑳]"
    r"|(?:单位)?(?:制表|填表|编制|审核|复核|负责|填报|经办|联系)(?:人|单位)?(?:签[字名章])?\s*[:：(（]"
    r"|(?:填报|制表|编制)(?:日期|时间)|(?i:notes?|sources?|remarks?|prepared by)\s*[:：.])"
)
# A sentence ends like this; the name of a unit does not.
ENDS = re.compile(r".*[。；;！？]\s*")


def notes_below(cells: pd.DataFrame) -> pd.Index:
    """Return the rows below a table that hold notes or signatures.

    They are the last rows of a sheet, from the first on that begins or ends like a sentence and
    below which no row has more than one cell, or a line of those who sign.

    Parameters
    ----------
    cells
        The rows below a header; blank cells missing.

    Examples
    --------
    >>> rows = [["甲县", 10], ["注：1.含调剂。", None], ["　　2.按权责发生制。", None]]
    >>> notes_below(pd.DataFrame(rows, index=[2, 3, 4])).tolist()
    [3, 4]
    """
    first = len(cells)
    for place in range(len(cells) - 1, -1, -1):
        texts = [str(cell) for cell in cells.iloc[place].dropna()]
        begins = bool(texts) and bool(BEGINS.match(texts[0]))
        if len(texts) > 1 and not (begins and all(map(_is_text, texts))):
            break
        if begins or (texts and ENDS.fullmatch(texts[0])):
            first = place
    return cells.index[first:]


def _is_text(cell: str) -> bool:
    return not re.fullmatch(r"[-+\d.,%\s]+", cell)
