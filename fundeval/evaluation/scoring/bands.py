"""Half-open bands: which one a value lies in, and what it results in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Whole
from fundeval.policy.model import Band


def find_bands(values: pd.Series, bands: tuple[Band, ...]) -> pd.Series:
    """Return the result of the band that each value lies in, else missing."""
    named: np.ndarray[Any, Any] = np.array([*(band.result for band in bands), None], dtype="object")
    places = place_in_bands(values.to_numpy("float64"), bands)
    return pd.Series(named[places], values.index, dtype="object")


def place_in_bands(values: Floats, bands: tuple[Band, ...]) -> Whole:
    """Return the place of the band that each value lies in, -1 for none."""
    starts = np.array([band.start for band in bands])
    ends = np.array([np.inf if band.end is None else band.end for band in bands])
    place = np.searchsorted(starts, values, side="right") - 1
    outside = (place < 0) | ~(values < ends[place])
    return np.where(outside, -1, place)
