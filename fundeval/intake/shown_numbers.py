"""Computed numbers in messages, as people write them: no 1e+04."""

from __future__ import annotations

from decimal import Decimal


def times_text(ratio: float) -> str:
    """Return how many times one figure is another.

    Examples
    --------
    >>> times_text(10_520.4), times_text(2.5), times_text(0.0001)
    ('10,520', '2.5', '0.0001')
    """
    return f"{Decimal(f'{ratio:.4g}'):,f}"


def percent_text(share: float) -> str:
    """Return a share as a percent number without its sign.

    Examples
    --------
    >>> percent_text(105.2), percent_text(0.65)
    ('10,520', '65')
    """
    return times_text(share * 100)
