"""Texts of frames as Python's own, while an evaluation is made.

It makes many short columns of few distinct texts. For those Arrow, which pandas uses
where it is installed, takes about twice the time, and no less memory: `benchmarks/evaluate.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

TEXT = pd.StringDtype("python", na_value=np.nan)
# What pandas makes of texts by itself: of Arrow where it is installed.
USUAL = pd.StringDtype(na_value=np.nan)
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
    # Equal texts of Arrow become one of Python's each, which takes less memory and time.
    held = {n: c.array for n, c in table.items() if c.dtype == "str" and c.dtype != TEXT}
    columns = {str(name): _once_each(column) for name, column in held.items()}
    return _with_texts(table.assign(**columns), TEXT)


def as_usual_texts(table: pd.DataFrame, *, categories: bool = True) -> pd.DataFrame:
    """Return a table with its texts as pandas makes them where Arrow is installed.

    Its categories stay what they are, or become texts too.

    Examples
    --------
    >>> as_usual_texts(as_plain_texts(pd.DataFrame({"unit_id": ["A"]})))["unit_id"].dtype.storage
    'pyarrow'
    """
    if not categories:
        coded = table.select_dtypes("category").items()
        table = table.assign(**{str(name): _in_full(column.array) for name, column in coded})
    return _with_texts(table, USUAL)


def _once_each(column: Any) -> Any:
    """Return a column of texts as Python's own, each distinct text made once."""
    places, names = pd.factorize(column)
    return pd.array(names, dtype=TEXT).take(places, allow_fill=True)


def _in_full(column: Any) -> Any:
    """Return the text of each row of a column of categories."""
    names = pd.array(column.categories, dtype=USUAL)
    return names.take(column.codes, allow_fill=True)


def _with_texts(table: pd.DataFrame, text: pd.StringDtype[Any]) -> pd.DataFrame:
    columns = table.columns
    held = {name: text for name, kind in table.dtypes.items() if kind == "str" and kind != text}
    if columns.dtype == "str" and columns.dtype != text:
        table = table.set_axis(columns.astype(text), axis="columns")
    return table.astype(held) if held else table
