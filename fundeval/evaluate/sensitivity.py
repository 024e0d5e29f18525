"""How firm a grade is: would it stay, had the policy chosen somewhat differently?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.curves import FULL
from fundeval.evaluate.scores import band_of
from fundeval.policy import Rules


def add_stability(grades: pd.DataFrame, weighed: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the grades with `stability`, the share of draws in which a unit keeps its grade.

    In each draw every indicator's weight is multiplied by a factor, and its percent of the
    weight moved by an amount, both uniform within the policy's bounds and the same for all
    units: it is the policy that moves, not the data. Percents stay within 0 and 100.
    """
    percent = _matrix(weighed.assign(percent=weighed["points"] / weighed["max"]), "percent")
    weight = _matrix(weighed, "effective").fillna(0.0).to_numpy()
    judged = percent.notna().to_numpy()
    shares = percent.fillna(0.0).to_numpy()
    bounds = rules.value("sensitivity_weights"), rules.value("sensitivity_curves")
    draws = rules.value("sensitivity_draws")
    own = grades.set_index("unit_id")["grade"].reindex(percent.index)
    kept = np.zeros(len(percent))
    random = np.random.default_rng(rules.value("sensitivity_seed"))
    for _ in range(draws):
        factors = 1 + random.uniform(-bounds[0], bounds[0], percent.shape[1])
        shifts = random.uniform(-bounds[1], bounds[1], percent.shape[1])
        moved = np.clip(shares + shifts, 0, 1) * judged
        score = (moved * weight * factors).sum(axis=1) / (weight * factors).sum(axis=1) * FULL
        graded = band_of(pd.Series(score, percent.index), rules.value("grade_bands"))
        kept += (graded == own).to_numpy()
    stability = pd.Series(kept / draws, percent.index).where(own.notna())
    found = stability.reindex(grades["unit_id"]).array
    return grades.assign(stability=found)[
        ["unit_id", "score", "grade", "coverage", "stability", "status", "reason"]
    ]


def _matrix(weighed: pd.DataFrame, column: str) -> pd.DataFrame:
    return weighed.pivot_table(index="unit_id", columns="indicator", values=column, sort=True)
