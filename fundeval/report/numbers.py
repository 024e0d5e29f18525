"""Figures as people read them: rounded half-up, in the language's form, never against a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_name, get_decimal_symbol, get_group_symbol

from fundeval.words import say

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


def half_up(value: float | Decimal, digits: int) -> Decimal:
    """Return `value` rounded half-up to `digits` decimals, from its shortest decimal form."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def number(value: float | Decimal | None, lang: str, digits: int = 2, sign: bool = False) -> str:
    """Return the number with `digits` decimals and grouped thousands; `sign` shows a plus."""
    if missing(value):
        return say("report.missing", lang)
    assert value is not None
    rounded = half_up(value, digits)
    shown = f"{rounded:,f}".translate(_signs(lang))
    return f"+{shown}" if sign and rounded > 0 else shown


@cache
def _signs(lang: str) -> dict[int, str]:
    """Return what the language writes for the comma between thousands and the decimal point."""
    return str.maketrans({",": get_group_symbol(lang), ".": get_decimal_symbol(lang)})


def digits_apart(value: Decimal, limits: Iterable[Decimal], digits: int) -> int:
    """Return how many decimals keep `value` on its side of every limit when shown."""
    for limit in limits:
        while half_up(value, digits) == half_up(limit, digits) and value != limit:
            if digits >= MOST_DIGITS:
                break
            digits += 1
    return digits


def percent(
    value: float | None,
    lang: str,
    limits: Iterable[float] = (),
    digits: int = 2,
    sign: bool = False,
) -> str:
    """Return the fraction as percent; more digits where rounding would hide a limit crossed.

    0.89996 beside the limit 0.9 becomes 89.996%, not 90.00%.
    """
    if missing(value):
        return say("report.missing", lang)
    exact = _percent(value)
    stated = [_percent(limit) for limit in limits if not missing(limit)]
    return number(exact, lang, digits_apart(exact, stated, digits), sign) + "%"


def score(value: float | None, lang: str, limits: Iterable[float] = ()) -> str:
    """Return a score with two decimals, more where rounding would change its grade."""
    if missing(value):
        return say("report.missing", lang)
    exact = Decimal(repr(float(value or 0)))
    digits = digits_apart(exact, [Decimal(repr(float(limit))) for limit in limits], 2)
    return number(exact, lang, digits)


def percentage_points(value: float | None, lang: str) -> str:
    """Return a difference of fractions as percentage points, with its sign."""
    if missing(value):
        return say("report.missing", lang)
    return say("report.percentage_points", lang, value=number(_percent(value), lang, sign=True))


def _percent(value: float | None) -> Decimal:
    return Decimal(repr(float(value or 0))) * 100


@dataclass(frozen=True)
class MoneyUnit:
    """A unit of money and what it is called, for instance 万元."""

    factor: int
    name: str

    def show(self, amount: float | None, lang: str, sign: bool = False) -> str:
        """Return the amount in this unit with two decimals, without the unit's name."""
        if missing(amount):
            return say("report.missing", lang)
        return number(Decimal(repr(float(amount or 0))) / self.factor, lang, 2, sign)

    def show_small(self, amount: float, lang: str) -> str:
        """Return a change with its sign and, however small, two digits that are not zero."""
        shown = Decimal(repr(float(amount))) / self.factor
        return number(shown, lang, max(2, 1 - shown.adjusted()) if shown else 2, sign=True)


def money_unit(amounts: Iterable[float | None], lang: str, currency: str = "CNY") -> MoneyUnit:
    """Return the unit that suits the largest of the amounts."""
    largest = max((abs(a) for a in amounts if a is not None and not missing(a)), default=0.0)
    for name, factor in MONEY_UNITS[lang].items():
        if half_up(largest / factor, 2) >= 1 or factor == 1:
            return MoneyUnit(factor, _unit_name(name, lang, currency))
    raise AssertionError("the smallest unit holds every amount")


def fine_unit(amounts: Iterable[float | None], lang: str, currency: str = "CNY") -> MoneyUnit:
    """Return the unit that suits the smallest of the amounts that is not 0.

    But none below a hundredth of the largest, whose digits would be too many to read.
    """
    sizes = sorted(abs(a) for a in amounts if not missing(a) and a)
    if not sizes:
        return plain_unit(lang, currency)
    return money_unit([max(sizes[0], sizes[-1] / 100)], lang, currency)


def plain_unit(lang: str, currency: str = "CNY") -> MoneyUnit:
    """Return the unit of one: amounts to the 分, so that a table's sums can be checked."""
    return MoneyUnit(1, _unit_name("one", lang, currency))


def money(amount: float | None, lang: str, currency: str = "CNY", sign: bool = False) -> str:
    """Return the amount in the unit of its size, with the unit stated: 1,234.50 万元."""
    if missing(amount):
        return say("report.missing", lang)
    unit = money_unit([amount], lang, currency)
    return f"{unit.show(amount, lang, sign)} {unit.name}"


@cache
def _unit_name(name: str, lang: str, currency: str) -> str:
    if lang == "zh":
        coin = "元" if currency == "CNY" else str(get_currency_name(currency, locale="zh"))
    else:
        coin = currency
    return say(f"money.{name}", lang, coin=coin)
