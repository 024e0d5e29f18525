"""Sums as a calculator takes them: amounts to the 分, rates, and how a result was rounded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from fundeval.money import FEN, exact, round_half_up
from fundeval.report.format.messages import Messages


def to_fen(yuan: float | None) -> int:
    """Return an amount in 元 of a finished evaluation as whole 分, a missing one as 0."""
    return round((yuan or 0.0) * FEN)


def amount(fen: int) -> str:
    """Write whole 分 in 元, thousands grouped.

    Examples
    --------
    >>> amount(-123456789)
    '-1,234,567.89'
    """
    whole, rest = divmod(abs(fen), FEN)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def number(value: Fraction | float) -> str:
    """Write a number with all its digits; a fraction without an end as a division.

    Examples
    --------
    >>> number(0.35), number(Fraction(6, 7)), number(2958924.0)
    ('0.35', '6 ÷ 7', '2,958,924')
    """
    value = value if isinstance(value, Fraction) else exact(value)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return f"{value.numerator} ÷ {value.denominator}"
    decimals = 0
    while (value * 10**decimals).denominator > 1:
        decimals += 1
    return f"{Decimal(value.numerator) / Decimal(value.denominator):,.{decimals}f}"


def rate(value: float) -> str:
    """Write a rate at the 12 decimals that amounts are multiplied by."""
    return f"{Decimal(repr(float(value))):.12f}"


def bracketed(text: str) -> str:
    """Put a negative number, or a sum, in brackets."""
    return f"({text})" if text.startswith("-") or " " in text else text


def plus(terms: Iterable[str]) -> str:
    """Join terms of a sum; negative ones are taken off.

    Examples
    --------
    >>> plus(["1.00", "-2.00", "3.00"])
    '1.00 - 2.00 + 3.00'
    """
    first, *others = terms
    return first + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in others)


Rule = Literal["half_up", "down", "up", "remainder"]


def equation(  # noqa: PLR0913, PLR0917  # a line
    messages: Messages, label: str, left: str, value: Fraction, rule: Rule, fen: int | None = None
) -> str:
    """Return a line with an amount as its result, and how it was rounded.

    Parameters
    ----------
    left
        What a calculator works out.
    value
        What `left` gives, in 分.
    rule
        `remainder`: rounded so that a group keeps its sum, see `round_to_sum`; then the result
        is `fen`.
    """
    down, up = math.floor(value), math.ceil(value)
    result = {"half_up": round_half_up(value), "down": down, "up": up, "remainder": fen}[rule]
    assert result is not None
    told = ""
    if value != result:
        way = f"_{'down' if result < value else 'up'}" if rule == "remainder" else ""
        told = messages.say(f"explain.rounded.{rule}{way}")
    return f"{label}: {left} = {amount(int(result))}{told}"


def added(label: str, terms: Sequence[int]) -> str:
    """Return a line that adds up amounts in 分."""
    return f"{label}: {plus(map(amount, terms))} = {amount(sum(terms))}"


def on_schedule(points: Sequence[Sequence[float]], place: Fraction) -> tuple[Fraction, str]:
    """Read a rate off a schedule: straight lines between points, the right one at jumps.

    Returns
    -------
    tuple
        The rate, and the sum that gives it, "" where it is the same all along.
    """
    places = [exact(x) for x, _ in points]
    rates = [exact(y) for _, y in points]
    after = sum(x <= place for x in places)
    if after in (0, len(points)):
        return rates[after - 1 if after else 0], ""
    (x0, x1), (y0, y1) = places[after - 1 : after + 1], rates[after - 1 : after + 1]
    value = y0 + (y1 - y0) * (place - x0) / (x1 - x0)
    if y0 == y1:
        return value, ""
    rise, start = bracketed(number(y1)), bracketed(number(y0))
    way = f"({number(place)} - {bracketed(number(x0))})"
    span = f"({number(x1)} - {bracketed(number(x0))})"
    return value, f"{start} + ({rise} - {start}) × {way} ÷ {span}"
