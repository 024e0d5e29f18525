"""The arithmetic of a bridge, line by line, so that a calculator reaches each figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from fundeval.money import FEN, exact, half_up, round_half_up
from fundeval.report.format.parameter_values import percent
from fundeval.report.unit_view import Row, View

# What a budget that results moved is made of.
PARTS_OF_NEXT = ("envelope", "withheld", "award")
# Steps that are a rate of the base; others of what the steps before came to.
OF_BASE = ("history", "population", "technology", "regional_float")
RATE_DIGITS = 10


def lines_of_calculation(
    view: View, steps: Sequence[Row], settled: Row, notes: Mapping[str, str]
) -> list[str]:
    """Return the calculation of one budget, a line a step.

    Parameters
    ----------
    steps
        The rows of `budget` of one scheme.
    settled
        The row of `allocations` of the same scheme.
    notes
        What is said of a step, by step.
    """
    lines: list[str] = []
    for row in steps:
        lines += _lines(view, row, settled, notes[row.step])
    return lines


def _lines(view: View, row: Row, settled: Row, note: str) -> list[str]:
    say, cents = view.messages.say, view.numbers.cents
    stated = {"step": say(f"step.{row.step}"), "amount": cents(row.amount)}
    of_results = moved(settled)
    match row.step:
        case "base":
            lines = [say("line.base", **stated)]
        case "next_budget" if of_results:
            parts = {name: cents(getattr(settled, name)) for name in PARTS_OF_NEXT}
            lines = [say("line.next", **parts, amount=stated["amount"])]
        case "next_budget":
            lines = [say("line.sum", amount=stated["amount"])]
        case "envelope":
            ends = {"envelope": cents(settled.envelope), "desired": cents(settled.desired)}
            lines = [say("line.envelope", **ends, **stated, note=note)]
        case "withheld" if of_results:
            lines = [_withheld(view, settled)]
        case "award" if of_results:
            lines = _award(view, settled)
        case _ if row.base is not None and row.rate is not None:
            message = "line.rate" if row.step in OF_BASE else "line.rate_of"
            lines = [say(message, **stated, base=cents(row.base), rate=percent_of(row.rate))]
        case _:
            lines = [say("line.no_rate", **stated, note=note or say("report.none"))]
    return lines


def percent_of(rate: float) -> str:
    """Return a rate as percent with all its digits, 10 at most."""
    exact = f"{half_up(Decimal(repr(rate)) * 100, RATE_DIGITS):f}".rstrip("0").rstrip(".")
    return f"{exact}%"


def moved(settled: Row) -> bool:
    """Tell whether money was withheld of a budget."""
    return bool(settled.factor) and settled.returned is not None


def wanted(view: View, settled: Row) -> Fraction:
    """Return what a unit's result earns back before λ, exactly."""
    share = view.policy.withheld_share(settled.kind)
    return exact(settled.envelope) * share * Fraction(settled.returned)


def _withheld(view: View, settled: Row) -> str:
    return view.messages.say(
        "line.withheld",
        envelope=view.numbers.cents(settled.envelope),
        share=percent(float(view.policy.withheld_share(settled.kind))),
        cut=percent(0 - settled.link_rate),
        amount=view.numbers.cents(settled.withheld),
    )


def _award(view: View, settled: Row) -> list[str]:
    say, cents = view.messages.say, view.numbers.cents
    earned = wanted(view, settled)
    first = say(
        "line.wanted",
        envelope=cents(settled.envelope),
        share=percent(float(view.policy.withheld_share(settled.kind))),
        returned=settled.returned,
        amount=cents(rounded(earned)),
    )
    stated = {"amount": cents(settled.award), "factor": settled.factor}
    if settled.limit:
        full = cents(rounded(earned * Fraction(settled.factor)))
        limit = say(f"at_limit.{settled.limit}")
        return [first, say("line.award_bound", **stated, full=full, limit=limit)]
    return [first, say("line.award", **stated, wanted=cents(rounded(earned)))]


def rounded(amount: Fraction) -> float:
    """Return an exact amount to the 分, half-up."""
    return round_half_up(amount * FEN) / FEN
