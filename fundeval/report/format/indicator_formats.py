"""The number format of each indicator and finding: percent, points, money, months or days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fundeval.indicator_registry import REGISTRY, Definition, UnitOfMeasure

# `points` are percentage points.
NumberFormat = Literal["percent", "points", "money", "months", "days", "number"]

FORMATS_BY_UNIT: dict[UnitOfMeasure, NumberFormat] = {
    "fraction": "percent",
    "points": "points",
    "money": "money",
    "months": "months",
    "days": "days",
    "count": "number",
}
# Formats of `value` and `expected`; what is not listed takes the format of its subject.
FINDING_FORMATS: dict[str, tuple[NumberFormat, NumberFormat]] = {
    "conflict_surplus_award": ("money", "money"),
    "conflict_award_below": ("money", "number"),
    "submitted_differs": ("money", "money"),
    "budget_adjusted": ("money", "money"),
    "deficit": ("money", "money"),
    "forecast_not_by_scheme": ("money", "money"),
    "restricted": ("percent", "percent"),
    "volume_up_share_down": ("percent", "points"),
    "envelope_bound": ("money", "money"),
    "fund_runs_dry": ("money", "money"),
    "provincial_adjustment": ("money", "money"),
    "budget_infeasible": ("money", "money"),
    "not_settled": ("money", "money"),
    "retained": ("money", "money"),
    "conflict_restricted_result": ("money", "money"),
}


def number_format_of(
    indicator: object, definitions: Mapping[str, Definition] = REGISTRY
) -> NumberFormat:
    """Return the number format of an indicator; a supplied measure is a percent.

    Parameters
    ----------
    indicator
        Its name.
    definitions
        The definitions of the policy, where it may be one that the policy declares.

    Examples
    --------
    >>> number_format_of("execution_rate"), number_format_of("payable_months")
    ('percent', 'months')
    """
    definition = definitions.get(str(indicator))
    return FORMATS_BY_UNIT[definition.unit_of_measure] if definition else "percent"


def number_formats_of_finding(
    finding: str, subject: object, definitions: Mapping[str, Definition] = REGISTRY
) -> tuple[NumberFormat, NumberFormat]:
    """Return the number formats of the value and of the expected value of a finding."""
    return FINDING_FORMATS.get(finding, (number_format_of(subject, definitions),) * 2)


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
