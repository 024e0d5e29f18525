"""The number format of each indicator and finding: percent, points, money, months or days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fundeval.indicator_registry import REGISTRY, UnitOfMeasure

# `points` are percentage points, `score` points of the 100 of a scorecard.
# `price` is money per person, visit or case, in the currency itself; `money` a sum of money.
NumberFormat = Literal[
    "percent", "points", "score", "money", "price", "months", "days", "number", "year"
]

FORMATS_BY_UNIT: dict[UnitOfMeasure, NumberFormat] = {
    "fraction": "percent",
    "points": "points",
    "money": "price",
    "months": "months",
    "days": "days",
    "count": "number",
    "number": "number",
}
# The units of the indicators built in; a policy states those of the others.
UNITS: dict[str, UnitOfMeasure] = {name: d.unit_of_measure for name, d in REGISTRY.items()}
# Formats of `value` and `expected`; what is not listed takes the format of its subject.
FINDING_FORMATS: dict[str, tuple[NumberFormat, NumberFormat]] = {
    "conflict_surplus_award": ("money", "money"),
    "conflict_award_below": ("money", "number"),
    "submitted_differs": ("money", "money"),
    "budget_adjusted": ("money", "money"),
    "deficit": ("money", "money"),
    "forecast_not_by_scheme": ("money", "money"),
    "balance_not_by_scheme": ("money", "money"),
    "cases_for_heads": ("number", "number"),
    "float_beyond_limit": ("points", "points"),
    "restricted": ("percent", "percent"),
    "volume_up_share_down": ("percent", "points"),
    "share_up_volume_down": ("percent", "points"),
    "envelope_bound": ("money", "money"),
    "fund_runs_dry": ("money", "money"),
    "provincial_adjustment": ("money", "money"),
    "budget_infeasible": ("money", "money"),
    "not_settled": ("money", "money"),
    "retained": ("money", "money"),
    **dict.fromkeys(
        (
            "purchase_unchecked",
            "purchase_check_late",
            "purchase_check_unjudged",
            "purchase_unjudged",
        ),
        ("number", "number"),
    ),
    **dict.fromkeys(
        (
            "negative_execution",
            "spending_without_budget",
            "zero_between",
            "zero_at_end",
            "row_after_end",
            "merged",
            "merged_unlike",
        ),
        ("money", "money"),
    ),
    "conflict_restricted_result": ("money", "money"),
    **dict.fromkeys(
        ("restriction_views_differ", "forecast_above_budget", "forecast_below_floor"),
        ("percent", "percent"),
    ),
    **dict.fromkeys(
        ("grade_capped", "scorecard_lowest", "capped_to_lowest", "fund_graded_lowest"),
        ("score", "score"),
    ),
    "incident_unrepaired": ("number", "number"),
    "project_refused": ("money", "year"),
    "project_low": ("number", "number"),
    "rows_left_out": ("number", "number"),
    "points_lost": ("number", "number"),
    "project_duplicate": ("money", "money"),
    "project_unjudged": ("money", "money"),
}


def number_format_of(indicator: object, units: Mapping[str, UnitOfMeasure] = UNITS) -> NumberFormat:
    """Return the number format of an indicator: a percent where the policy states no unit.

    Parameters
    ----------
    indicator
        Its name.
    units
        The units of measure of the policy, where it may be one that the policy declares or a
        supplied measure.

    Examples
    --------
    >>> number_format_of("execution_rate"), number_format_of("payable_months")
    ('percent', 'months')
    """
    return FORMATS_BY_UNIT[units.get(str(indicator), "fraction")]


def number_formats_of_finding(
    finding: str, subject: object, units: Mapping[str, UnitOfMeasure] = UNITS
) -> tuple[NumberFormat, NumberFormat]:
    """Return the number formats of the value and of the expected value of a finding."""
    if finding == "measure_left_out" and subject not in units:
        # Nothing states what it is counted in.
        return ("number", "number")
    return FINDING_FORMATS.get(finding, (number_format_of(subject, units),) * 2)


def plain(value: object) -> str:
    """Return a parameter's value on one line, much as the policy file writes it.

    Examples
    --------
    >>> plain([{"from": 0.9, "factor": 1.0}])
    'from: 0.9, factor: 1'
    """
    if isinstance(value, dict):
        return ", ".join(
            f"{key}: {plain(inner)}" for key, inner in value.items() if inner is not None
        )
    if isinstance(value, list | tuple):
        return "; ".join(plain(inner) for inner in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
