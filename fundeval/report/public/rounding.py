"""Rounding of published amounts, as the policy asks: to a step, to a share of the amount, or not.

Rates are computed again from what is published, as OpenSAFELY asks of its users: a rate of exact
amounts would tell more than the rounded ones. Totals are rounded for themselves, so parts may not
add up to them.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel, ConfigDict

# The steps of a decade: an amount is rounded to the largest that is no more than its share.
STEPS = (5, 2, 1)


class Rounding(BaseModel):
    """The step in 元, and the share of an amount, to which it is rounded; the larger counts.

    Examples
    --------
    >>> Rounding(step=1000).amount(151_234.56)
    151000.0
    >>> Rounding(share=0.01).amount(151_234.56), Rounding(share=0.01).amount(40.0)
    (151000.0, 40.0)
    >>> Rounding().amount(151_234.56)
    151234.56
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: float = 0.0
    share: float = 0.0

    def __bool__(self) -> bool:
        return self.step > 0 or self.share > 0

    def amount(self, amount: float) -> float:
        """Return an amount rounded half up, away from zero."""
        step = max(Decimal(str(self.step)), self._step_of(amount))
        if not step:
            return amount
        whole = (abs(Decimal(str(amount))) / step).to_integral_value(ROUND_HALF_UP) * step
        return float(whole.copy_sign(Decimal(str(amount)))) + 0.0

    def bounds(self, published: float) -> tuple[float, float]:
        """Return between which two amounts lies what was published rounded.

        Examples
        --------
        >>> Rounding(step=1000).bounds(151000.0)
        (150500.0, 151500.0)
        """
        half = float(max(Decimal(str(self.step)), self._step_of(published))) / 2
        return published - half, published + half

    def _step_of(self, amount: float) -> Decimal:
        """Return the largest of 1, 2 and 5 times a power of ten within the share."""
        largest = abs(Decimal(str(amount))) * Decimal(str(self.share))
        if not largest:
            return Decimal(0)
        decade = Decimal(1).scaleb(largest.adjusted())
        return next(decade * step for step in STEPS if decade * step <= largest)


UNROUNDED = Rounding()
