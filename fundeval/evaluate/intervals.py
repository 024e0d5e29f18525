"""How far chance alone may move a value that rests on few visits.

Shares: Wilson's score interval (E. B. Wilson, JASA 22, 1927), with the visits as trials.
Means per visit: a log-normal interval with the coefficient of variation that the policy
states, the usual limits of a funnel plot (D. J. Spiegelhalter, Statist. Med. 24, 2005).
Differences of shares: the normal interval of two independent proportions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.policy import Rules
from fundeval.registry import Definition


def add_interval(frame: pd.DataFrame, definition: Definition, rules: Rules) -> pd.DataFrame:
    """Return the frame with `low` and `high`, missing where no volume is known."""
    z = rules.value("interval_z")
    spread = z * rules.value("cost_variation") * np.sqrt(1 / _positive(frame["volume"]))
    match definition.form:
        case "ratio" if definition.unit == "fraction":
            return _wilson(frame, z)
        case "ratio":
            return _log_normal(frame, spread, 0)
        case "growth" | "real_growth":
            both = 1 / _positive(frame["volume"]) + 1 / _positive(frame["volume_before"])
            return _log_normal(frame, z * rules.value("cost_variation") * np.sqrt(both), 1)
        case "change":
            return _difference(frame, z)
        case _:
            return frame.assign(low=np.nan, high=np.nan)


def _wilson(frame: pd.DataFrame, z: float) -> pd.DataFrame:
    n, p = _positive(frame["volume"]), frame["value"].where(frame["value"].between(0, 1))
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return frame.assign(low=centre - half, high=centre + half)


def _log_normal(frame: pd.DataFrame, spread: pd.Series, shift: int) -> pd.DataFrame:
    level = frame["value"] + shift
    return frame.assign(low=level * np.exp(-spread) - shift, high=level * np.exp(spread) - shift)


def _difference(frame: pd.DataFrame, z: float) -> pd.DataFrame:
    p, q = frame["numerator"], frame["denominator"]
    n, m = _positive(frame["volume"]), _positive(frame["volume_before"])
    half = z * np.sqrt((p * (1 - p) / n + q * (1 - q) / m).clip(lower=0))
    return frame.assign(low=frame["value"] - half, high=frame["value"] + half)


def _positive(volume: pd.Series) -> pd.Series:
    return volume.where(volume > 0)
