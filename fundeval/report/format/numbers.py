"""Words and figures as people read them: rounded half-up, never against a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_name, get_decimal_symbol, get_group_symbol

from fundeval.report.format.indicator_formats import Form
from fundeval.words import has, say

# A difference that double precision can still hold for a rate near 1.
MOST_DIGITS = 12
# Factors of the money units people use, largest first; each language has its own.
MONEY_UNITS = {
    "zh": {"hundred_million": 10**8, "ten_thousand": 10**4, "one": 1},
    "en": {"billion": 10**9, "million": 10**6, "one": 1},
}


def missing(value: object) -> bool:
    """Tell whether there is no figure to show."""
    return value is None or (isinstance(value, float) and math.isnan(value))


class Speech:
    """What is said in a language, with amounts in a currency (an ISO code)."""

    def __init__(self, lang: str, currency: str = "CNY") -> None:
        self.lang, self.currency = lang, currency

    def say(self, message: str, **values: object) -> str:
        """Return a message of the catalogue."""
        return say(message, self.lang, **values)

    def code(self, group: str, code: object, unnamed: str | None = None) -> str:
        """Return a code in words, for instance of the group `scheme.`; one without words as is,
        or as `unnamed`."""
        message = f"{group}{code}"
        return self.say(message) if has(message) else unnamed or str(code or "")

    def join(self, parts: Iterable[str]) -> str:
        """Return the parts as one enumeration."""
        return self.say("report.semicolon").join(parts)

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
            return self.say("report.missing")
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

    def in_form(self, form: Form, value: float | None, *limits: float | None) -> str:
        """Return a figure in the given form."""
        match form:
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
        return figure if missing(value) else self.say(f"report.{form}", value=figure)

    def change(self, value: float | None) -> str:
        """Return a change as percent, with its sign."""
        return self.percent(value, 0, sign=True)

    def money(self, amount: float | None) -> str:
        """Return the amount in the unit of its size, with the unit stated: 1,234.50 万元."""
        unit = self.usual_unit([amount])
        return self.number(amount, factor=unit.scale, unit=f" {unit.name}")

    def cents(self, amount: float | None, sign: bool = False) -> str:
        """Return an amount to the 分, without its unit."""
        return self.number(amount, sign=sign)

    @property
    def coin(self) -> MoneyUnit:
        """The unit of amounts to the 分, whose sums can be checked."""
        return MoneyUnit(self, 1, _unit_name("one", self.lang, self.currency))

    def usual_unit(self, amounts: Iterable[float | None]) -> MoneyUnit:
        """Return the unit of money that suits the largest of the amounts."""
        largest = _exact(max((abs(a) for a in amounts if a and not missing(a)), default=0))
        units = MONEY_UNITS[self.lang].items()
        name, factor = next(u for u in units if u[1] == 1 or half_up(largest / u[1], 2) >= 1)
        return MoneyUnit(self, factor, _unit_name(name, self.lang, self.currency))

    def unit_for(self, amounts: Iterable[float | None]) -> MoneyUnit:
        """Return the unit of money in which all of the amounts can be told apart.

        It suits the smallest that is not 0, but is none below a hundredth of the largest, whose
        digits would be too many to read.
        """
        sizes = sorted(abs(a) for a in amounts if a and not missing(a))
        return self.usual_unit([max(sizes[0], sizes[-1] / 100)]) if sizes else self.coin


@dataclass(frozen=True)
class MoneyUnit:
    """A unit of money and what it is called, for instance 万元."""

    speech: Speech
    factor: int
    name: str

    @property
    def scale(self) -> Decimal:
        """What an amount is multiplied by."""
        return 1 / Decimal(self.factor)

    def show(self, amount: float | None, sign: bool = False) -> str:
        """Return the amount in this unit with two decimals, without the unit's name."""
        return self.speech.number(amount, sign=sign, factor=self.scale)

    def show_small(self, amount: float) -> str:
        """Return a change with its sign and, however small, two digits that are not zero."""
        shown = _exact(amount) * self.scale
        digits = max(2, 1 - shown.adjusted()) if shown else 2
        return self.speech.number(amount, digits, sign=True, factor=self.scale)


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
def _unit_name(name: str, lang: str, currency: str) -> str:
    coin = currency
    if lang == "zh":
        coin = "元" if currency == "CNY" else str(get_currency_name(currency, locale="zh"))
    return say(f"money.{name}", lang, coin=coin)
