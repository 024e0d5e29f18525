"""The extras of the package: libraries that only some commands need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from fundeval.problems import refusal

Extra = Literal["cluster", "disclosure", "postgresql", "spark"]


@contextmanager
def require_extra(extra: Extra, place: str) -> Iterator[None]:
    """Import what belongs to an extra; if it is missing, say how to install it.

    Parameters
    ----------
    extra
        Name of the extra in pyproject.toml.
    place
        What the person asked for, shown as the place of the problem: a URL, an engine.

    Raises
    ------
    BadInputError
        If a library cannot be imported, with the command that installs the extra.

    Examples
    --------
    >>> with require_extra("spark", "spark"):
    ...     from pyspark.sql import SparkSession
    """
    try:
        yield
    except ImportError as error:
        module = (error.name or "").partition(".")[0]
        if module == "fundeval":
            raise
        raise refusal("extra.missing", place, extra=extra, module=module or str(error)) from None
