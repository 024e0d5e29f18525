"""Whole 分 and one rule of rounding."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundeval import money

fen = st.integers(-(10**16), 10**16)


def series(*values: int | None) -> pd.Series:
    return pd.Series(values, dtype="Int64")


@given(fen)
def test_yuan_times_a_hundred_is_the_fen_again(amount: int) -> None:
    # Up to ten trillion 元; beyond, a float has no room for two decimals.
    if abs(amount) <= 10**15:
        assert money.to_fen(money.to_yuan(series(amount))).tolist() == [amount]


@given(st.integers(0, 10**15), st.integers(0, 2 * 10**12))
def test_an_amount_times_a_rate_is_rounded_as_decimal_arithmetic_rounds(
    amount: int, rate: int
) -> None:
    exact = Decimal(amount) * Decimal(rate) / Decimal(10**12)
    expected = int(money.half_up(exact, 0))
    assert money.multiply(series(amount), rate / 10**12).tolist() == [expected]
    assert money.multiply(series(-amount), rate / 10**12).tolist() == [-expected]


@pytest.mark.parametrize(
    ("typed", "factor", "expected"),
    [
        (12.345, 1, 1235),
        (-12.345, 1, -1235),
        (1.005, 1, 101),
        (0.0000015, 10_000, 2),
        (9007199254.740993, 10_000, 9007199254740993),
        (91629800.005, 1, 9162980001),
        (9162.98, 10_000, 9162980000),
        # What a spreadsheet shows as 1.005, computed; and a typed figure just below a half.
        (1.15 - 0.145, 1, 101),
        (1.004999, 1, 100),
    ],
)
def test_half_a_fen_is_rounded_up_on_the_digits_as_typed(
    typed: float, factor: int, expected: int
) -> None:
    assert money.to_fen(pd.Series([typed]), factor).tolist() == [expected]


def test_a_missing_amount_stays_missing() -> None:
    assert money.multiply(series(None, 100), pd.Series([0.5, None])).isna().all()
    assert money.to_fen(pd.Series([None, float("nan")], dtype="float64")).isna().all()
