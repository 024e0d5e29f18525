"""How far chance alone may move a value that rests on few visits.

Shares: Wilson's score interval (E. B. Wilson, JASA 22, 1927), with the visits as trials.
Means per visit: a log-normal interval with the coefficient of variation that the policy
states, the usual limits of a funnel plot (D. J. Spiegelhalter, Statist. Med. 24, 2005).
Differences of shares: the normal interval of two independent proportions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from fundeval.indicator_registry import DEFINITIONS, Definition
from fundeval.policy import Rules

Bounds = tuple[pd.Series, pd.Series]


def add_intervals(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the indicators with `low` and `high`, missing where no volume is known."""
    z, variation = rules.value("interval_z"), rules.value("cost_variation")
    bounds: dict[str, Callable[[pd.DataFrame], Bounds]] = {
        "share": lambda rows: _wilson(rows, z),
        "mean": lambda rows: _log_normal(rows, z * variation * _root(1 / rows["volume"]), 0),
        "growth": lambda rows: _log_normal(
            rows, z * variation * _root(1 / rows["volume"] + 1 / rows["volume_before"]), 1
        ),
        "change": lambda rows: _difference(rows, z),
    }
    before = frame["volume_before"].where(frame["volume_before"] > 0)
    frame = frame.assign(volume_before=before, low=np.nan, high=np.nan)
    for statistic, bound in bounds.items():
        meant = [d.id for d in DEFINITIONS if _statistic(d) == statistic]
        rows = frame[frame["indicator"].isin(meant) & (frame["volume"] > 0)]
        frame.loc[rows.index, "low"], frame.loc[rows.index, "high"] = bound(rows)
    return frame


def _statistic(definition: Definition) -> str:
    """Return what kind of figure an indicator is, as far as chance goes."""
    match definition.formula:
        case "ratio":
            return "share" if definition.unit_of_measure == "fraction" else "mean"
        case "growth" | "real_growth":
            return "growth"
        case formula:
            return formula


def _wilson(rows: pd.DataFrame, z: float) -> Bounds:
    n, p = rows["volume"], rows["value"].where(rows["value"].between(0, 1))
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


def _log_normal(rows: pd.DataFrame, spread: pd.Series, shift: int) -> Bounds:
    level = rows["value"] + shift
    return level * np.exp(-spread) - shift, level * np.exp(spread) - shift


def _difference(rows: pd.DataFrame, z: float) -> Bounds:
    p, q = rows["numerator"], rows["denominator"]
    half = z * _root(p * (1 - p) / rows["volume"] + q * (1 - q) / rows["volume_before"])
    return rows["value"] - half, rows["value"] + half


def _root(variance: pd.Series) -> pd.Series:
    root: pd.Series = np.sqrt(variance.clip(lower=0))
    return root
