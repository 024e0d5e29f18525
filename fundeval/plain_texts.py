"""Texts of frames as Python's own.

An evaluation makes many short columns of few distinct texts. For those Arrow, which pandas uses
where it is installed, takes about twice the time, and no less memory: `benchmarks/evaluate.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd

TEXT = pd.StringDtype("python", na_value=np.nan)
P = ParamSpec("P")
T = TypeVar("T")


def with_plain_texts(function: Callable[P, T]) -> Callable[P, T]:
    """Let the texts that a function makes be Python's own.

    Examples
    --------
    >>> with_plain_texts(pd.Series)(["A"]).dtype.storage
    'python'
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with pd.option_context("mode.string_storage", TEXT.storage):
            return function(*args, **kwargs)

    return run


def as_plain_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its texts as Python's own, the names of its columns too.

    Examples
    --------
    >>> table = as_plain_texts(pd.DataFrame({"unit_id": ["A"], "year": [2024]}))
    >>> table["unit_id"].dtype.storage, table.columns.dtype.storage
    ('python', 'python')
    """
    held = {name: TEXT for name, kind in table.dtypes.items() if kind == "str" and kind != TEXT}
    return table.astype(held).set_axis(table.columns.astype(TEXT), axis="columns")
