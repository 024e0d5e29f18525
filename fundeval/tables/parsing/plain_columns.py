"""Columns of which each cell means what it says: nearly all of them, read without a second look."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from fundeval.tables.cells import MISSING, distinct
from fundeval.tables.parsing.column_roles import NUMERIC, PLAIN, READ_TEXT, in_unit
from fundeval.tables.parsing.doubtful_cells import DITTO
from fundeval.tables.schemas import Column
from fundeval.tables.sources import limits

# Signs of the keyboard and Chinese characters: none is unseen, or of another width than usual.
ORDINARY = re.compile("[ -~\u4e00-\u9fff]*")


def read_plain(cells: pd.Series, column: Column, factor: float) -> pd.Series | None:
    """Return the values of a column in which there is nothing to ask or to tell but blanks.

    Parameters
    ----------
    cells
        The cells without space around them.
    column
        The column of the schema.
    factor
        What a number is multiplied by, as 10 000 for 万元.

    Returns
    -------
    pandas.Series or None
        What `read_cells` returns; None where it might return something else, or where a cell
        might not be read literally, be doubtful, or not be read at all.

    Examples
    --------
    >>> from fundeval.tables.schemas import columns_of
    >>> executed = columns_of("budgets")["executed"]
    >>> read_plain(pd.Series(["12.5", None], dtype="str"), executed, 1).tolist()
    [1250, <NA>]
    >>> read_plain(pd.Series(["12.5", "1万"], dtype="str"), executed, 1) is None
    True
    """
    if column.role in NUMERIC:
        numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
        known = np.isfinite(numbers) | cells.isna()
        return in_unit(numbers, column.role, factor) if known.all() else None
    if cells.dtype != "str" or not _are_plain(distinct(cells), column):
        return None
    if column.role == "text":
        return cells
    typed = READ_TEXT[column.role](cells, {**column.codes, **column.words})
    return typed if typed.notna().equals(cells.notna()) else None


def _are_plain(texts: list[str], column: Column) -> bool:
    """Tell whether texts are read as they stand."""
    if not ORDINARY.fullmatch("".join(texts)):
        return False
    if max(map(len, texts), default=0) > limits.CELL_CHARACTERS:
        return False
    if column.role == "text":
        return True
    # Ordinary signs are of half width already: only years and dates may be written otherwise.
    rewrite = PLAIN.get(column.role, str)
    return (
        not any(map(DITTO.fullmatch, texts))
        and MISSING.isdisjoint(texts)
        and (column.role != "code" or column.words.keys().isdisjoint(texts))
        and all(rewrite(text) == text for text in texts)
    )
