"""Rates read off a schedule, as exact fractions."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from fundeval.money import RATE_SCALE


def exact(value: float) -> Fraction:
    """Return a number of a policy or a table as the fraction that its digits say.

    Examples
    --------
    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(Decimal(repr(value)))


def rate_at(points: tuple[tuple[float, float], ...], place: Fraction) -> Fraction:
    """Return the rate of a schedule at a place: lines between points, flat outside, right at jumps.

    Examples
    --------
    >>> rate_at(((60, 0), (100, 1)), Fraction(925, 10))
    Fraction(13, 16)
    >>> rate_at(((0, -0.01), (0.9, -0.01), (0.9, 0)), Fraction(9, 10))
    Fraction(0, 1)
    """
    places = [exact(x) for x, _ in points]
    after = bisect_right(places, place)
    if after == 0:
        return exact(points[0][1])
    start, low = places[after - 1], exact(points[after - 1][1])
    if after == len(points):
        return low
    end, high = places[after], exact(points[after][1])
    return low + (high - low) * (place - start) / (end - start)


def rates_at(points: tuple[tuple[float, float], ...], places: pd.Series) -> pd.Series:
    """Return the rate at each place as a `Fraction`, missing (None) where the place is.

    Places are taken at 12 decimals. Each distinct place is looked up once.
    """
    known = {
        place: rate_at(points, Fraction(round(place * RATE_SCALE), RATE_SCALE))
        for place in places.dropna().unique()
    }
    return pd.Series([known.get(place) for place in places], places.index, dtype="object")
