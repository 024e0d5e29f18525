"""Half-open bands: which one a value lies in, and what it results in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fundeval.policy.model import Band


def find_bands(values: pd.Series, bands: tuple[Band, ...]) -> pd.Series:
    """Return the result of the band that each value lies in, else missing."""
    return pd.Series(
        find_bands_in_array(values.to_numpy("float64"), bands), values.index, dtype="object"
    )


def find_bands_in_array(values: np.ndarray, bands: tuple[Band, ...]) -> np.ndarray:
    """Do what `find_bands` does for an array; None where a value is missing."""
    starts = np.array([band.start for band in bands])
    ends = np.array([np.inf if band.end is None else band.end for band in bands])
    named: np.ndarray[Any, Any] = np.array([*(band.result for band in bands), None], dtype="object")
    position = np.searchsorted(starts, values, side="right") - 1
    outside = (position < 0) | ~(values < ends[position])
    return named[np.where(outside, len(bands), position)]
