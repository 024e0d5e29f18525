"""Half-open bands: which one a value lies in, and what it results in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fundeval.policy.model import Band


def band_of(values: pd.Series, bands: tuple[Band, ...]) -> pd.Series:
    """Return the result of the band that each value lies in, else missing."""
    return pd.Series(results(values.to_numpy("float64"), bands), values.index, dtype="object")


def results(values: np.ndarray, bands: tuple[Band, ...]) -> np.ndarray:
    """Return what `band_of` does of an array, None where it is missing."""
    starts = np.array([band.start for band in bands])
    ends = np.array([np.inf if band.end is None else band.end for band in bands])
    named: np.ndarray[Any, Any] = np.array([*(band.result for band in bands), None], dtype="object")
    position = np.searchsorted(starts, values, side="right") - 1
    outside = (position < 0) | ~(values < ends[position])
    return named[np.where(outside, len(bands), position)]
