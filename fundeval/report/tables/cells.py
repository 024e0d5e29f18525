"""Texts of table cells: a figure, or the reason why there is none."""

from __future__ import annotations

from fundeval.report.format.numbers import missing
from fundeval.report.unit_view import View
from fundeval.results.rows import (
    BudgetStepRow,
    CardGradeRow,
    CostChangeRow,
    GradeRow,
    IndicatorRow,
    ScoreRow,
)


def score_text(view: View, score: float | None) -> str:
    """Format a score with as many decimals as show its side of the grade limits."""
    return view.numbers.number(score, limits=view.policy.limits("grade_bands"))


def capped(view: View, veto: str | None) -> str:
    """Say which incident caps a grade, an empty text where none does."""
    if not veto:
        return ""
    return view.messages.say("fact.capped", incident=view.messages.code("incident.", veto))


def grade_text(view: View, row: CardGradeRow | GradeRow) -> str:
    """Return the grade with what caps it, or why there is none."""
    if row.grade is None:
        return view.messages.cannot(row.reason)
    grade, cap = view.messages.code("grade.", row.grade), capped(view, row.veto)
    return view.messages.say("report.because", what=grade, reason=cap) if cap else grade


def value_or_reason(view: View, row: IndicatorRow | ScoreRow) -> str:
    """Format the value of a row of `indicators` or `scores`; a deficit or no value is a reason."""
    if row.reason == "deficit":
        return view.messages.reason(row.reason)
    if missing(row.value):
        return view.messages.cannot(row.reason)
    return view.numbers.indicator(row.indicator, row.value)


def amount_or_reason(
    view: View, row: BudgetStepRow | CostChangeRow | None, sign: bool = False
) -> str:
    """Format the amount of a row, or the reason why there is none."""
    if row is None or row.amount is None:
        return view.messages.cannot(row and row.reason)
    return view.numbers.amount(row.amount, sign)
