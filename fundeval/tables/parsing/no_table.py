"""Tell a sheet that holds no table, such as a cover, from a table that nobody knows."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from fundeval.tables.parsing.header import header_texts

# A table has two rows of this many cells below each other at least: a header and a figure.
CELLS = 3


def holds_no_table(head: pd.DataFrame) -> bool:
    """Tell whether the first rows of a sheet are no table: nowhere two full rows in succession.

    Examples
    --------
    >>> cover = pd.DataFrame([["某市医保基金填报表", ""], ["填报单位：", "某市医保局"]])
    >>> holds_no_table(cover)
    True
    >>> holds_no_table(pd.DataFrame([["a", "b", "c"], ["1", "2", "3"]]))
    False
    """
    full = [sum(map(bool, row)) >= CELLS for row in header_texts(head)]
    return not any(one and other for one, other in pairwise(full))
