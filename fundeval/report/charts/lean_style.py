"""The charts of a report look the same whatever style the notebook around them has set."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def lean_style() -> Iterator[None]:
    """Draw with matplotlib's own defaults, whatever the notebook has set, and restore that.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> import matplotlib.pyplot as plt
    >>> with mpl.rc_context({"lines.linewidth": 9}), lean_style():
    ...     print(mpl.rcParams["lines.linewidth"])
    1.5
    """
    if "matplotlib.pyplot" not in sys.modules:
        # Nothing was set: this takes a while, and a report has many parts.
        yield
        return
    # Imported here: without it there is no style to set aside.
    import matplotlib as mpl  # noqa: PLC0415

    with mpl.rc_context():
        # As matplotlib itself restores them: they were checked when they were read.
        dict.update(mpl.rcParams, _defaults())
        yield


@cache
def _defaults() -> dict[Any, Any]:
    from matplotlib import rcParamsDefault  # noqa: PLC0415

    return {name: value for name, value in rcParamsDefault.items() if name != "backend"}
