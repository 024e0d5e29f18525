"""A parameter moved through a range: how many units it reaches, how much money moves."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fundeval.results.frames import restricted_in
from fundeval.workbench.suppose import INDICATORS
from fundeval.workbench.what_if import suppose_changes

if TYPE_CHECKING:
    from fundeval.workbench.run import Run

DIGITS = 10
COUNTED = ("restricted", "states", "scores", "grades", "budgets")


def sweep(run: Run, parameter: str, start: float, stop: float, steps: int = 7) -> pd.DataFrame:
    """Evaluate a run at evenly spaced values of a parameter; see `Run.sweep`."""
    rows = []
    for value in np.linspace(start, stop, steps).round(DIGITS).tolist():
        answer = suppose_changes(run, nest(parameter, value))
        restricted = restricted_in(answer.outcomes.restrictions, run.year)
        sums = answer.counts[[*COUNTED[1:], "gained", "lost"]].sum()
        rows.append({parameter: value, "restricted": restricted.nunique(), **sums})
    frame = pd.DataFrame(rows).set_index(parameter).astype(dict.fromkeys(COUNTED, "int64"))
    frame.attrs["frame"] = "swept"
    return frame


def nest(path: str, value: Any) -> dict[str, Any]:
    """Return the change that sets one value at a path of names.

    Examples
    --------
    >>> nest("withheld_share.hospital", 0.05)
    {'withheld_share': {'hospital': 0.05}}
    >>> nest("indicators.average_stay.weight.hospital", 15)
    {'indicators.average_stay': {'weight': {'hospital': 15}}}
    """
    name, deeper = split_path(path)
    return {name: reduce(lambda made, key: {key: made}, reversed(deeper), value)}


def split_path(path: str) -> tuple[str, list[str]]:
    """Return the parameter or scoring rule of a path, and the names within its value.

    Examples
    --------
    >>> split_path("indicators.average_stay.weight.hospital")
    ('indicators.average_stay', ['weight', 'hospital'])
    """
    prefix = INDICATORS if path.startswith(INDICATORS) else ""
    name, *deeper = path.removeprefix(prefix).split(".")
    return prefix + name, deeper
