"""Figures as people read them: rounded half-up, on the right side of each limit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_name, get_decimal_symbol, get_group_symbol

from fundeval.report.format.indicator_formats import NumberFormat, number_format_of
from fundeval.words import say

# A difference that double precision can still hold for a rate near 1.
MOST_DIGITS = 12
# Factors of the scales people use for money, largest first; each language has its own.
MONEY_SCALES = {
    "zh": {"hundred_million": 10**8, "ten_thousand": 10**4, "one": 1},
    "en": {"billion": 10**9, "million": 10**6, "one": 1},
}


def missing(value: object) -> bool:
    """Tell whether there is no figure to show."""
    return value is None or (isinstance(value, float) and math.isnan(value))


class NumberFormatter:
    """Writes figures in a language, amounts in a currency (an ISO code)."""

    def __init__(self, lang: str, currency: str = "CNY") -> None:
        self.lang, self.currency = lang, currency

    def number(  # noqa: PLR0913  # how a figure may be written
        self,
        value: float | None,
        digits: int = 2,
        *,
        sign: bool = False,
        limits: Iterable[float | None] = (),
        factor: int | Decimal = 1,
        unit: str = "",
    ) -> str:
        """Return `value` times `factor` with its unit, thousands grouped; `sign` shows a plus.

        It has more decimals than `digits` where rounding would hide on which side of a limit
        it is: 0.89996 beside the limit 0.9 becomes 89.996%, not 90.00%.
        """
        if missing(value):
            return say("report.missing", self.lang)
        exact = _exact(value) * factor
        for limit in limits:
            if not missing(limit):
                digits = _digits_apart(exact, _exact(limit) * factor, digits)
        rounded = half_up(exact, digits)
        plus = "+" if sign and rounded > 0 else ""
        return f"{plus}{f'{rounded:,f}'.translate(_signs(self.lang))}{unit}"

    def percent(
        self, value: float | None, *limits: float | None, digits: int = 2, sign: bool = False
    ) -> str:
        """Return a fraction as percent, on its side of the limits it is judged by."""
        return self.number(value, digits, sign=sign, limits=limits, factor=100, unit="%")

    def indicator(self, indicator: str, value: float | None, *limits: float) -> str:
        """Return a value of an indicator in its number format."""
        return self.format_as(number_format_of(indicator), value, *limits)

    def format_as(
        self, number_format: NumberFormat, value: float | None, *limits: float | None
    ) -> str:
        """Return a figure in the given format, on its side of the limits if it is a percent."""
        match number_format:
            case "money":
                return self.money(value)
            case "percent":
                return self.percent(value, *limits)
            case "number":
                return self.number(value, 0 if value == round(value or 0) else 2)
            case "points":
                figure = self.number(value, sign=True, factor=100)
            case _:
                figure = self.number(value)
        if missing(value):
            return figure
        return say(f"report.{number_format}", self.lang, value=figure)

    def change(self, value: float | None) -> str:
        """Return a change as percent, with its sign."""
        return self.percent(value, 0, sign=True)

    def money(self, amount: float | None) -> str:
        """Return the amount in the scale of its size, with its name: 1,234.50 万元."""
        scale = self.scale_for_largest([amount])
        return self.number(amount, factor=scale.multiplier, unit=f" {scale.name}")

    def cents(self, amount: float | None, sign: bool = False) -> str:
        """Return an amount to the 分, without its unit."""
        return self.number(amount, sign=sign)

    @property
    def plain_scale(self) -> MoneyScale:
        """The currency itself, in which sums can be checked to the 分."""
        return MoneyScale(self, 1, _scale_name("one", self.lang, self.currency))

    def scale_for_largest(self, amounts: Iterable[float | None]) -> MoneyScale:
        """Return the scale that suits the largest of the amounts."""
        largest = _exact(max((abs(a) for a in amounts if a and not missing(a)), default=0))
        scales = MONEY_SCALES[self.lang].items()
        name, factor = next(u for u in scales if u[1] == 1 or half_up(largest / u[1], 2) >= 1)
        return MoneyScale(self, factor, _scale_name(name, self.lang, self.currency))

    def scale_for_all(self, amounts: Iterable[float | None]) -> MoneyScale:
        """Return the scale in which all of the amounts can be told apart.

        It suits the smallest that is not 0, but is none below a hundredth of the largest, whose
        digits would be too many to read.
        """
        sizes = sorted(abs(a) for a in amounts if a and not missing(a))
        return (
            self.scale_for_largest([max(sizes[0], sizes[-1] / 100)]) if sizes else self.plain_scale
        )


@dataclass(frozen=True)
class MoneyScale:
    """The scale that amounts are shown in and its name, for instance 10,000 and 万元."""

    numbers: NumberFormatter
    factor: int
    name: str

    @property
    def multiplier(self) -> Decimal:
        """What an amount is multiplied by."""
        return 1 / Decimal(self.factor)

    def show(self, amount: float | None, sign: bool = False) -> str:
        """Return the amount in this scale with two decimals, without its name."""
        return self.numbers.number(amount, sign=sign, factor=self.multiplier)

    def show_small(self, amount: float) -> str:
        """Return a change with its sign and, however small, two digits that are not zero."""
        shown = _exact(amount) * self.multiplier
        digits = max(2, 1 - shown.adjusted()) if shown else 2
        return self.numbers.number(amount, digits, sign=True, factor=self.multiplier)


def half_up(value: Decimal, digits: int) -> Decimal:
    """Return `value` rounded half-up to `digits` decimals; minus zero is zero."""
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def _exact(value: float | None) -> Decimal:
    """Return a number as the shortest decimal that is it."""
    return Decimal(repr(float(value or 0)))


def _digits_apart(value: Decimal, limit: Decimal, digits: int) -> int:
    """Return how many decimals keep `value` on its side of a limit when shown."""
    if value == limit:
        return digits
    while digits < MOST_DIGITS and half_up(value, digits) == half_up(limit, digits):
        digits += 1
    return digits


@cache
def _signs(lang: str) -> dict[int, str]:
    """Return what the language writes for the comma between thousands and the decimal point."""
    return str.maketrans({",": get_group_symbol(lang), ".": get_decimal_symbol(lang)})


@cache
def _scale_name(name: str, lang: str, currency: str) -> str:
    coin = currency
    if lang == "zh":
        coin = "元" if currency == "CNY" else str(get_currency_name(currency, locale="zh"))
    return say(f"money.{name}", lang, coin=coin)
