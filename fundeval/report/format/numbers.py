"""Format figures: rounded half-up, with enough decimals to show the side of each limit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_name, get_decimal_symbol, get_group_symbol

from fundeval.indicator_registry import UnitOfMeasure
from fundeval.money import half_up
from fundeval.report.format.indicator_formats import UNITS, NumberFormat, number_format_of
from fundeval.words import say

# A figure as it is shown, without its separators of thousands.
_SHOWN = re.compile(r"[-+]?\d+(\.\d+)?")
# Most decimals shown; a rate near 1 has no more in double precision.
MOST_DIGITS = 12
# The scale of money in reports by language, its factor and name: 万 of any currency in Chinese.
MONEY_SCALES = {"zh": (10_000, "ten_thousand"), "en": (1_000, "thousand")}
# Tables of the field are in 万元, in English too.
MONEY_SCALES_BY_CURRENCY = {"CNY": (10_000, "ten_thousand")}


def missing(value: object) -> bool:
    """Return whether a value is None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def as_shown(text: str) -> Decimal | None:
    """Read a figure back as it is shown; None for what is no figure alone.

    Examples
    --------
    >>> as_shown("-1,234.50")
    Decimal('-1234.50')
    >>> as_shown("—") is None
    True
    """
    plain = text.replace(",", "")
    return Decimal(plain) if _SHOWN.fullmatch(plain) else None


class NumberFormatter:
    """Formats figures in a language and amounts in a currency.

    Parameters
    ----------
    lang
        Language of the catalogue, `zh` or `en`.
    currency
        ISO 4217 code.
    units
        The unit of measure of each indicator, as the policy says; those built in by default.

    Examples
    --------
    >>> numbers = NumberFormatter("zh")
    >>> numbers.percent(0.89996, 0.9)
    '89.996%'
    >>> numbers.money(12_345_000.0)
    '1,234.50 万元'
    """

    def __init__(
        self,
        lang: str,
        currency: str = "CNY",
        units: Mapping[str, UnitOfMeasure] = UNITS,
    ) -> None:
        self.lang, self.currency, self.units = lang, currency, units

    def number(  # noqa: PLR0913
        self,
        value: float | None,
        digits: int = 2,
        *,
        sign: bool = False,
        limits: Iterable[float | None] = (),
        factor: int | Decimal = 1,
        suffix: str = "",
    ) -> str:
        """Format `value` times `factor`, rounded half-up, with thousands grouped.

        Parameters
        ----------
        value
            The figure; None and NaN become a dash.
        digits
            Number of decimals. More are shown if rounding would hide on which side of a limit
            the figure is: 0.89996 with the limit 0.9 becomes 89.996%, not 90.00%.
        sign
            Whether to show the plus of a positive figure.
        limits
            Limits that the figure is judged by, in the unit of `value`.
        factor
            Multiplier, for instance 100 for a percent.
        suffix
            Text after the figure.
        """
        if missing(value):
            return say("report.missing", self.lang)
        exact = _exact(value) * factor
        for limit in limits:
            if not missing(limit):
                digits = _digits_apart(exact, _exact(limit) * factor, digits)
        rounded = half_up(exact, digits)
        plus = "+" if sign and rounded > 0 else ""
        return f"{plus}{f'{rounded:,f}'.translate(_separators(self.lang))}{suffix}"

    def percent(
        self, value: float | None, *limits: float | None, digits: int = 2, sign: bool = False
    ) -> str:
        """Format a fraction as a percent, with the decimals that show its side of the limits."""
        return self.number(value, digits, sign=sign, limits=limits, factor=100, suffix="%")

    def indicator(self, indicator: str, value: float | None, *limits: float) -> str:
        """Format the value of an indicator in its number format."""
        return self.format_as(number_format_of(indicator, self.units), value, *limits)

    def format_as(
        self, number_format: NumberFormat, value: float | None, *limits: float | None
    ) -> str:
        """Format a figure in a number format; `limits` apply to a percent and to a score."""
        match number_format:
            case "money" | "price":
                return (self.money if number_format == "money" else self.to_the_cent)(value)
            case "percent":
                return self.percent(value, *limits)
            case "number":
                return self.number(value, 0 if value == round(value or 0) else 2)
            case "year" if not missing(value):
                return f"{value:.0f}"
            case "score":
                figure = self.number(value, limits=limits)
            case "points":
                figure = self.number(value, sign=True, factor=100)
            case _:
                figure = self.number(value)
        if missing(value):
            return figure
        return say(f"report.{number_format}", self.lang, value=figure)

    def change(self, value: float | None) -> str:
        """Format a relative change as a percent with its sign."""
        return self.percent(value, 0, sign=True)

    def money(self, amount: float | None, sign: bool = False) -> str:
        """Format an amount in 元 in the report's scale of money, with its name: 1,234.50 万元."""
        shown = self.amount(amount, sign)
        return shown if missing(amount) else f"{shown} {self.scale.name}"

    def amount(self, amount: float | None, sign: bool = False) -> str:
        """Format an amount in 元 in the report's scale, whose name stands in the header."""
        return self.scale.show(amount, sign)

    def cents(self, amount: float | None, sign: bool = False) -> str:
        """Format an amount in 元 with two decimals, without the currency, for a derivation."""
        return self.number(amount, sign=sign)

    def to_the_cent(self, amount: float | None, sign: bool = False) -> str:
        """Format an amount in 元 with two decimals and the currency: 1,234.50 元."""
        shown = self.cents(amount, sign)
        return shown if missing(amount) else f"{shown} {self.plain_scale.name}"

    @property
    def plain_scale(self) -> MoneyScale:
        """The scale of the currency itself, in which sums can be checked to the 分."""
        return MoneyScale(self, 1, _scale_name("one", self.lang, self.currency))

    @property
    def scale(self) -> MoneyScale:
        """The scale of all amounts of a report, so that none changes its unit on the page."""
        factor, name = MONEY_SCALES_BY_CURRENCY.get(self.currency, MONEY_SCALES[self.lang])
        return MoneyScale(self, factor, _scale_name(name, self.lang, self.currency))


@dataclass(frozen=True)
class MoneyScale:
    """A display scale of money: its factor and name, for instance 10,000 and 万元."""

    numbers: NumberFormatter
    factor: int
    name: str

    @property
    def multiplier(self) -> Decimal:
        """What an amount is multiplied by."""
        return 1 / Decimal(self.factor)

    def show(self, amount: float | None, sign: bool = False) -> str:
        """Format an amount in 元 in this scale with two decimals, without the name.

        An amount that is not 0 never reads 0.00: what rounds to that is shown to the 分.
        """
        digits, exact = 2, _exact(amount) * self.multiplier
        if exact and not missing(amount) and not half_up(exact, digits):
            to_the_cent = half_up(exact, digits - self.multiplier.adjusted()).normalize()
            digits = max(digits, -int(to_the_cent.as_tuple().exponent))
        return self.numbers.number(amount, digits, sign=sign, factor=self.multiplier)


def _exact(value: float | None) -> Decimal:
    """Return the shortest decimal that reads back as the same float."""
    return Decimal(repr(float(value or 0)))


def _digits_apart(value: Decimal, limit: Decimal, digits: int) -> int:
    """Return the number of decimals at which `value` and `limit` round differently."""
    if value == limit:
        return digits
    while digits < MOST_DIGITS and half_up(value, digits) == half_up(limit, digits):
        digits += 1
    return digits


@cache
def _separators(lang: str) -> dict[int, str]:
    """Return the group and decimal separators of a language as a translation table."""
    return str.maketrans({",": get_group_symbol(lang), ".": get_decimal_symbol(lang)})


@cache
def _scale_name(name: str, lang: str, currency: str) -> str:
    """Return the name of a money scale, such as 万元 or "million CNY"."""
    coin = currency
    if lang == "zh":
        coin = "元" if currency == "CNY" else str(get_currency_name(currency, locale="zh"))
    return say(f"money.{name}", lang, coin=coin)
