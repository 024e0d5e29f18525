"""How firm a grade is: would it stay, had the policy chosen somewhat differently?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.scoring.bands import place_in_bands
from fundeval.evaluation.scoring.deductions import sum_up
from fundeval.policy import Rules
from fundeval.policy.curves import FULL
from fundeval.results.frames import FRAMES

UNITS_AT_A_TIME = 2048


def add_stability(
    grades: pd.DataFrame, weighted: pd.DataFrame, rules: Rules, deductions: pd.DataFrame
) -> pd.DataFrame:
    """Add how firm each grade is: `stability`, the share of draws in which the unit keeps it.

    In each of the policy's draws every indicator's weight is multiplied by a factor, and its
    percent of the weight moved by an amount, both uniform within the policy's bounds and the same
    for all units: it is the policy that moves, not the data. Percents stay within 0 and 100. The
    seed repeats the draws. `weighted` is what `add_effective_weights` returns. What incidents take
    off, and the grades they leave at most, stay; `deductions` are as in `take_off`.

    Examples
    --------
    >>> import datetime as dt
    >>> from fundeval import policy
    >>> rules = policy.load("national").on(dt.date(2024, 12, 31))
    >>> row = {"unit_id": "A", "indicator": "exam_share", "effective": 10.0, "max": 10.0}
    >>> grades = pd.DataFrame({"unit_id": ["A"], "score": 0.0, "grade": "poor"})
    >>> grades = grades.assign(deducted=0.0, veto="", coverage=1.0, status="ok", reason="")
    >>> none = pd.DataFrame(columns=["unit_id", "incident", "points", "grade_cap"])
    >>> weighted = pd.DataFrame([row | {"points": 0.0}])
    >>> add_stability(grades, weighted, rules, none)["stability"].tolist()
    [1.0]
    """
    row, unit_ids = pd.factorize(weighted["unit_id"], sort=True)
    column, names = pd.factorize(weighted["indicator"], sort=True)
    # What is not judged has no weight.
    weights, shares = np.zeros((2, len(unit_ids), len(names)))
    weights[row, column] = weighted["effective"]
    shares[row, column] = weighted["points"] / weighted["max"]
    of_weights, of_curves = rules.value("sensitivity_weights"), rules.value("sensitivity_curves")
    draws, bands = rules.value("sensitivity_draws"), rules.value("grade_bands")
    graded = grades.set_index("unit_id").reindex(unit_ids)
    # Grades as numbers, rising, -1 for none: several bands may have one grade.
    rank = {grade: number for number, grade in enumerate(rules.grades)}
    rank_of_band = np.array([*(rank[str(band.result)] for band in bands), -1])
    own = graded["grade"].map(rank).fillna(-1).to_numpy("int64")
    off = sum_up(deductions, unit_ids, rules.grades)
    highest, deducted = off["highest"].to_numpy(), off["deducted"].to_numpy()
    random = np.random.default_rng(rules.value("sensitivity_seed"))
    moves = [
        (1 + random.uniform(-of_weights, of_weights, len(names)),
         random.uniform(-of_curves, of_curves, len(names)))
        for _ in range(draws)
    ]  # fmt: skip
    kept = np.zeros(len(unit_ids))
    # So few units at a time that all draws of them stay in the processor's cache.
    for first in range(0, len(unit_ids), UNITS_AT_A_TIME):
        rows = slice(first, first + UNITS_AT_A_TIME)
        for factors, shifts in moves:
            points, whole = shares[rows] + shifts, weights[rows] * factors
            np.clip(points, 0, 1, out=points)
            points *= weights[rows]
            points *= factors
            score = points.sum(axis=1) / whole.sum(axis=1) * FULL - deducted[rows]
            found = rank_of_band[place_in_bands(score.clip(0), bands)]
            kept[rows] += np.minimum(found, highest[rows]) == own[rows]
    stability = pd.Series(kept / draws, unit_ids).where(own >= 0)
    return grades.assign(stability=stability.reindex(grades["unit_id"]).array)[
        list(FRAMES["grades"])
    ]
