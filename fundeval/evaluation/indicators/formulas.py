"""The formulas of a value: a ratio or total of one year, a growth or change between two.

A value or a reason: where `value` is missing, `reason` says why. Values keep 12 decimals: what
lies below is noise of binary arithmetic and must not decide whether exactly 5 % exceeds 5 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fundeval.arrays import Floats, Truths, Whole, find, first_case
from fundeval.indicator_registry import Definition

DECIMALS = 12
REASONS = (
    "", "missing_numerator", "missing_denominator", "zero_denominator", "part_year", "deficit",
    "no_previous_year", "basis_changed", "other_months", "missing_cpi", "missing_gdp_growth",
    "no_data", "small_volume", "not_supplied",
)  # fmt: skip
REASON = {reason: number for number, reason in enumerate(REASONS)}
# What a growth is adjusted by.
ADJUSTMENTS = {"real_growth": "cpi", "growth_over_gdp": "gdp_growth"}


@dataclass(frozen=True)
class Parts:
    """What an indicator of one year is made of: arrays, a place a cell, cells rising.

    `basis` and `months` (0 for a whole year) tell which years are comparable; `volume` is on how
    many visits a year rests. A missing figure is NaN.
    """

    cell: Whole
    numerator: Floats
    denominator: Floats
    volume: Floats
    basis: Whole
    months: Whole


@dataclass(frozen=True)
class Values(Parts):
    """An indicator: `value`, `exact` before it is rounded, `reason` by its place in `REASONS`."""

    exact: Floats
    value: Floats
    reason: Whole
    volume_before: Floats
    adjusted_by: Floats


def level(parts: Parts, floored: bool) -> Values:
    """Return numerator / denominator of sums, never the mean of ratios.

    No value where one of the two is missing or the denominator is not positive. What is
    `floored` and below 0 is 0, with the reason `deficit`; of part of a year it has no
    value, because its denominator is a month's share of a whole one.
    """
    exact = parts.numerator / where(parts.denominator > 0, parts.denominator)
    part_year = (parts.months > 0) & floored
    value = where(~part_year, exact.round(DECIMALS))
    deficit = (value < 0) & floored
    reason = first_case(
        {
            "missing_numerator": np.isnan(parts.numerator),
            "missing_denominator": np.isnan(parts.denominator),
            "zero_denominator": parts.denominator <= 0,
            "part_year": part_year,
            "deficit": deficit,
        },
        REASON,
    )
    value[deficit] = 0.0
    nothing = np.full(len(value), np.nan)
    return Values(**vars(parts), exact=exact, value=value, reason=reason,
                  volume_before=nothing, adjusted_by=nothing)  # fmt: skip


def compare_years(
    definition: Definition, of: Values, year: int, adjustments: Mapping[str, Floats]
) -> Values:
    """Return each level over, or less, that of the calendar year before, as the formula says.

    A reason, and no value, over a gap, across a changed basis, between different months, from
    zero, or where one of the two years has no value. `year` is how far apart the cells of two
    years lie; `adjustments` are CPI and GDP growth of each cell, as fractions.
    """
    before = find(of.cell - year, of.cell)
    incomparable = first_case(
        {
            "no_previous_year": before < 0,
            "basis_changed": of.basis != of.basis[before],
            "other_months": of.months != of.months[before],
        },
        REASON,
    )
    valued = np.isin(of.reason, (REASON[""], REASON["deficit"]))
    reason = np.where(
        incomparable > 0, incomparable, np.where(valued, of.reason[before], of.reason)
    )
    now, earlier = of.exact, where(reason == 0, of.exact[before])
    adjusted_by = adjustments.get(ADJUSTMENTS.get(definition.formula, ""), of.adjusted_by)
    if definition.formula == "change":
        value = (now - earlier).round(DECIMALS)
    else:
        deflator = 1 + adjusted_by if definition.formula == "real_growth" else 1.0
        value = (now / deflator / where(earlier > 0, earlier) - 1).round(DECIMALS)
        reason[earlier <= 0] = REASON["zero_denominator"]
        if definition.formula == "growth_over_gdp":
            value = (value - adjusted_by).round(DECIMALS)
    if definition.formula in ADJUSTMENTS:
        unknown = (reason == 0) & np.isnan(adjusted_by)
        reason[unknown] = REASON[f"missing_{ADJUSTMENTS[definition.formula]}"]
    return replace(
        of, value=value, numerator=now, denominator=earlier, reason=reason,
        volume_before=where(before >= 0, of.volume[before]), adjusted_by=adjusted_by,
    )  # fmt: skip


def where(holds: Truths, figures: Floats) -> Floats:
    """Return the figures where something holds, NaN elsewhere."""
    kept: Floats = np.where(holds, figures, np.nan)
    return kept
