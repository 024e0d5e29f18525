"""Amounts of money: whole 分 inside, 元 for people, one rule of rounding.

Amounts are `Int64` columns of whole 分 from the moment a cell is read until an evaluation is
finished, so that sums are exact in any order. Rates are floats of 12 decimals. What a rate makes
of an amount is computed in whole numbers and rounded half-up, halves away from zero. People see
元: `to_yuan` divides once, and multiplying by 100 gives the 分 back.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

FEN = 100  # 分 in a 元
RATE_DECIMALS = 12
RATE_SCALE = 10**RATE_DECIMALS
# Larger figures, such as points, need more digits than a float times 10¹² has.
EXACT_BELOW = 1000
# Nearer than this to a half 分 the digits that were typed decide, not their binary neighbour.
NEAR_HALF = 1e-3
# Spreadsheets show so many digits; what a formula leaves behind them is noise of binary sums.
DIGITS_SHOWN = 15
# Noise of binary sums is at most this part of a figure.
NOISE = 1e-15
DIGITS_OF_FLOATS = 1e14

Integers = np.ndarray[Any, np.dtype[np.object_]]


def half_up(value: Decimal, digits: int) -> Decimal:
    """Round a decimal half-up; minus zero becomes zero.

    Examples
    --------
    >>> half_up(Decimal("12.345"), 2)
    Decimal('12.35')
    """
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def exact(value: float) -> Fraction:
    """Return a number as the fraction that its digits say.

    Examples
    --------
    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(Decimal(repr(float(value))))


def round_half_up(numerator: int | Fraction, denominator: int = 1) -> int:
    """Divide exactly, half-up to a whole number, halves away from zero.

    Examples
    --------
    >>> round_half_up(5, 2), round_half_up(Fraction(-5, 2)), round_half_up(4, 3)
    (3, -3, 1)
    """
    whole, parts = numerator.numerator, numerator.denominator * denominator
    size = (2 * abs(whole) + parts) // (2 * parts)
    return -size if whole < 0 else size


def divide(numerators: Integers, denominators: Integers | int) -> Integers:
    """Divide whole numbers, half-up to whole numbers, halves away from zero.

    Parameters
    ----------
    numerators, denominators
        Arrays of Python integers (dtype object), so that no product overflows; denominators
        positive.

    Examples
    --------
    >>> divide(np.array([5, -5, 4], dtype=object), 2)
    array([3, -3, 2], dtype=object)
    """
    size = (2 * np.abs(numerators) + denominators) // (2 * denominators)
    quotient: Integers = np.where(numerators < 0, -size, size)
    return quotient


def scale_rates(rates: pd.Series | float, index: pd.Index) -> Integers:
    """Return rates, or counts, times 10¹² as Python integers, missing ones as 0."""
    floats = pd.Series(rates, index, dtype="float64").fillna(0.0).to_numpy()
    small = np.abs(floats) < EXACT_BELOW
    scaled = np.rint(np.where(small, floats.round(RATE_DECIMALS), 0.0) * RATE_SCALE)
    numbers: Integers = scaled.astype("int64").astype(object)
    for row in np.flatnonzero(~small):
        numbers[row] = int(half_up(Decimal(repr(float(floats[row]))) * RATE_SCALE, 0))
    return numbers


def integers(amounts: pd.Series) -> Integers:
    """Return amounts as Python integers, missing ones as 0."""
    return amounts.fillna(0).to_numpy("int64").astype(object)


def amounts(values: Iterable[int], index: pd.Index, missing: pd.Series | None = None) -> pd.Series:
    """Return Python integers as an `Int64` column."""
    column = pd.Series(np.asarray(values).astype("int64"), index, dtype="Int64")
    return column if missing is None else column.mask(missing.to_numpy())


def multiply(amount: pd.Series, rate: pd.Series | float) -> pd.Series:
    """Multiply amounts by rates, half-up to the 分.

    Parameters
    ----------
    amount
        Whole 分 (`Int64`).
    rate
        One rate, or one for each row, at 12 decimals.

    Returns
    -------
    pandas.Series
        Whole 分 (`Int64`), missing where the amount or the rate is.

    Examples
    --------
    >>> multiply(pd.Series([150, 10], dtype="Int64"), 0.05).tolist()
    [8, 1]
    """
    missing = amount.isna() | pd.Series(rate, amount.index).isna()
    product = divide(integers(amount) * scale_rates(rate, amount.index), RATE_SCALE)
    return amounts(product, amount.index, missing)


def to_fen(figures: pd.Series, factor: int = 1) -> pd.Series:
    """Convert figures in `factor` 元 to whole 分 (`Int64`), half-up on the digits as typed.

    Examples
    --------
    >>> to_fen(pd.Series([12.345, 1.15 - 0.145, None])).tolist()
    [1235, 101, <NA>]
    """
    typed = figures.astype("float64")
    near = typed.to_numpy() * (factor * FEN)
    fen = pd.Series(np.floor(np.abs(near) + 0.5) * np.sign(near), figures.index).astype("Int64")
    doubtful = (np.abs(np.abs(near) % 1 - 0.5) < NEAR_HALF) | (np.abs(near) >= DIGITS_OF_FLOATS)
    for row in np.flatnonzero(doubtful):
        figure = float(typed.iloc[row])
        large = abs(near[row]) >= DIGITS_OF_FLOATS
        exact = (Decimal(repr(figure)) if large else _as_shown(figure)) * factor * FEN
        fen.iloc[int(row)] = int(half_up(exact, 0))
    return fen


def _as_shown(figure: float) -> Decimal:
    """Return the decimal that a spreadsheet shows: 1.005 for the 1.0049999999999999 of a sum.

    A figure of more digits, which no noise explains, stays as it is.
    """
    shown = Decimal(f"{figure:.{DIGITS_SHOWN}g}")
    digits = Decimal(repr(figure))
    return shown if abs(shown - digits) <= abs(digits) * Decimal(NOISE) else digits


def to_yuan(fen: pd.Series) -> pd.Series:
    """Convert whole 分 to 元 for people (`float64`), missing values NaN.

    Times 100 it gives back the 分, up to ten trillion 元.

    Examples
    --------
    >>> to_yuan(pd.Series([1235, None], dtype="Int64")).tolist()
    [12.35, nan]
    """
    return fen.astype("float64") / FEN


def whole(fen: pd.Series) -> pd.Series:
    """Round figures in 分 that no exact rule gives, such as means per visit, half-up to whole 分.

    What lies below a millionth of a 分 is noise of binary arithmetic and does not decide.
    """
    rounded: pd.Series = np.floor(fen.abs().round(6) + 0.5) * np.sign(fen)
    return rounded.astype("Int64")
