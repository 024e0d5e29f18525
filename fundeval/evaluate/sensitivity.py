"""How firm a grade is: would it stay, had the policy chosen somewhat differently?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.bands import results
from fundeval.evaluate.curves import FULL
from fundeval.evaluation import FRAMES
from fundeval.policy import Rules


def add_stability(grades: pd.DataFrame, weighed: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the grades with `stability`, the share of draws in which a unit keeps its grade.

    In each draw every indicator's weight is multiplied by a factor, and its percent of the
    weight moved by an amount, both uniform within the policy's bounds and the same for all
    units: it is the policy that moves, not the data. Percents stay within 0 and 100.
    """
    weight = _matrix(weighed, weighed["effective"])
    percent = _matrix(weighed, weighed["points"] / weighed["max"])
    judged = percent.notna().to_numpy()
    weights, shares = weight.fillna(0.0).to_numpy(), percent.fillna(0.0).to_numpy()
    of_weights, of_curves = rules.value("sensitivity_weights"), rules.value("sensitivity_curves")
    draws, bands = rules.value("sensitivity_draws"), rules.value("grade_bands")
    own = grades.set_index("unit_id")["grade"].reindex(percent.index)
    kept = np.zeros(len(percent))
    random = np.random.default_rng(rules.value("sensitivity_seed"))
    for _ in range(draws):
        factors = 1 + random.uniform(-of_weights, of_weights, percent.shape[1])
        shifts = random.uniform(-of_curves, of_curves, percent.shape[1])
        moved = np.clip(shares + shifts, 0, 1) * judged
        drawn = weights * factors
        score = (moved * weights * factors).sum(axis=1) / drawn.sum(axis=1) * FULL
        kept += results(score, bands) == own.to_numpy()
    stability = pd.Series(kept / draws, percent.index).where(own.notna())
    return grades.assign(stability=stability.reindex(grades["unit_id"]).array)[
        list(FRAMES["grades"])
    ]


def _matrix(weighed: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    return weighed.assign(values=values).pivot_table(
        index="unit_id", columns="indicator", values="values"
    )
