"""A parameter moved through a range: how many units it reaches, how much money moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fundeval.results.frames import restricted_in
from fundeval.workbench.what_if import suppose_changes

if TYPE_CHECKING:
    from fundeval.workbench.run import Run

DIGITS = 10


def sweep(run: Run, parameter: str, start: float, stop: float, steps: int = 7) -> pd.DataFrame:
    """Evaluate a run at evenly spaced values of a parameter; see `Run.sweep`."""
    rows = []
    for value in np.linspace(start, stop, steps).round(DIGITS).tolist():
        answer = suppose_changes(run, {parameter: value})
        restricted = restricted_in(answer.other.restrictions, run.year)
        rows.append({
            parameter: value,
            "restricted": restricted.nunique(),
            **answer.counts[["states", "grades", "budgets", "gained", "lost"]].sum().to_dict(),
        })  # fmt: skip
    return (
        pd.DataFrame(rows)
        .set_index(parameter)
        .astype(dict.fromkeys(("restricted", "states", "grades", "budgets"), "int64"))
    )
