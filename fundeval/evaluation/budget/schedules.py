"""Rates read off a schedule, as exact fractions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pandas as pd

from fundeval.money import RATE_SCALE, exact


class Schedule:
    """A schedule of rates with exact points.

    Examples
    --------
    >>> Schedule(((60, 0), (100, 1))).at(Fraction(925, 10))
    Fraction(13, 16)
    >>> Schedule(((0, -0.01), (0.9, -0.01), (0.9, 0))).at(Fraction(9, 10))
    Fraction(0, 1)
    """

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self.places = [exact(float(x)) for x, _ in points]
        self.rates = [exact(float(rate)) for _, rate in points]
        rises = pairwise(zip(self.places, self.rates, strict=True))
        self.slopes = [
            (high - low) / (end - start) if end > start else Fraction(0)
            for (start, low), (end, high) in rises
        ]

    def at(self, place: Fraction) -> Fraction:
        """Return the rate at a place: lines between points, flat outside, right at jumps."""
        after = bisect_right(self.places, place)
        if after in (0, len(self.places)):
            return self.rates[after - 1 if after else 0]
        low, slope = self.rates[after - 1], self.slopes[after - 1]
        return low + slope * (place - self.places[after - 1]) if slope else low

    def at_each(self, places: pd.Series) -> pd.Series:
        """Return the rate at each place as a `Fraction`, None where the place is missing.

        Places are taken at 12 decimals; each distinct one is looked up once.
        """
        known = {
            place: self.at(Fraction(round(place * RATE_SCALE), RATE_SCALE))
            for place in places.dropna().unique().tolist()
        }
        return pd.Series([known.get(p) for p in places.tolist()], places.index, dtype="object")
