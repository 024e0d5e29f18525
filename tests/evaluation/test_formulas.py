"""Values and their intervals, worked by hand on the rule's own arrays."""

from __future__ import annotations

import datetime as dt
from math import exp, sqrt

import numpy as np
import pytest

from fundeval.evaluation.indicators.formulas import (
    REASONS,
    Parts,
    Values,
    compare_years,
    level,
)
from fundeval.evaluation.indicators.intervals import bounds
from fundeval.indicator_registry import REGISTRY
from fundeval.policy import load

RULES = load("national").on(dt.date(2024, 12, 31))
NAN = float("nan")
Z = 1.96


def parts(numerator, denominator, **more):
    """Cells 0, 1, 2 …, with 100 visits each, on one basis, of whole years."""
    count = len(numerator)
    figures = {
        "cell": np.arange(count), "volume": np.full(count, 100.0),
        "basis": np.zeros(count, "int64"), "months": np.zeros(count, "int64"),
    }  # fmt: skip
    given = {name: np.asarray(values) for name, values in more.items()}
    return Parts(
        numerator=np.array(numerator), denominator=np.array(denominator), **figures | given
    )


def told(values: Values) -> list[tuple[float, str]]:
    return [
        (value, REASONS[reason])
        for value, reason in zip(values.value.tolist(), values.reason, strict=True)
    ]


def missing(reason: str) -> tuple[object, str]:
    return (pytest.approx(NAN, nan_ok=True), reason)


def test_a_ratio_says_why_it_has_no_value():
    found = level(parts([1.0, NAN, 1.0, 1.0, 0.0], [4.0, 4.0, NAN, 0.0, 2.0]), floored=False)
    assert told(found) == [
        (0.25, ""), missing("missing_numerator"), missing("missing_denominator"),
        missing("zero_denominator"), (0.0, ""),
    ]  # fmt: skip


def test_what_is_floored_pays_nothing_below_zero_and_is_none_of_a_part_of_a_year():
    given = parts([-1.0, 0.0, 2.0, 2.0], [4.0] * 4, months=[0, 0, 0, 106])
    floored, free = (level(given, floored=floored) for floored in (True, False))
    assert told(floored) == [(0.0, "deficit"), (0.0, ""), (0.5, ""), missing("part_year")]
    assert told(free) == [(-0.25, ""), (0.0, ""), (0.5, ""), (0.5, "")]


def test_a_year_is_compared_with_the_one_before_from_the_first_cell_on():
    """Cells of a unit and year, three of a unit: 2 → 3 → 1.5, and another unit's first year."""
    of = level(parts([2.0, 3.0, 1.5, 8.0], [1.0] * 4, cell=[0, 1, 2, 4],
                     volume=[10.0, 20.0, 30.0, 40.0]), floored=False)  # fmt: skip
    growth = compare_years(REGISTRY["inpatient_cost_growth"], of, 1, {})
    assert told(growth) == [
        missing("no_previous_year"), (0.5, ""), (-0.5, ""), missing("no_previous_year"),
    ]  # fmt: skip
    assert growth.volume_before.tolist() == pytest.approx([NAN, 10, 20, NAN], nan_ok=True)
    assert growth.volume.tolist() == [10, 20, 30, 40]
    change = compare_years(REGISTRY["primary_share_change"], of, 1, {})
    assert [value for value, _ in told(change)[1:3]] == [1.0, -1.5]


def test_years_that_cannot_be_compared_say_why():
    of = level(
        parts([1.0, 2.0, 3.0, 0.0, 4.0, NAN, 5.0], [1.0] * 7, basis=[0, 1, 1, 1, 1, 1, 1],
              months=[0, 0, 106, 106, 106, 106, 106]), floored=False,
    )  # fmt: skip
    growth = compare_years(REGISTRY["inpatient_cost_growth"], of, 1, {})
    assert [reason for _, reason in told(growth)] == [
        "no_previous_year", "basis_changed", "other_months", "", "zero_denominator",
        "missing_numerator", "missing_numerator",
    ]  # fmt: skip
    assert growth.value[3] == -1


def test_real_growth_is_divided_by_prices_and_what_exceeds_the_gdp_is_less_its_growth():
    """1.25 / 1.25 = 1, no growth; 1.25 less 1 less 0.2 is 0.05."""
    of = level(parts([4.0, 5.0, 6.0], [1.0] * 3), floored=False)
    prices = {"cpi": np.array([NAN, 0.25, NAN]), "gdp_growth": np.array([NAN, 0.2, NAN])}
    real = compare_years(REGISTRY["inpatient_cost_growth_real"], of, 1, prices)
    assert told(real)[1:] == [(0.0, ""), missing("missing_cpi")]
    over = next(d for d in REGISTRY.values() if d.formula == "growth_over_gdp")
    beyond = compare_years(over, of, 1, prices)
    assert told(beyond)[1:] == [(0.05, ""), missing("missing_gdp_growth")]


def ends(name, value, volume, before=NAN, numerator=NAN, denominator=NAN):
    """Return the interval of one value, and of one without a volume, which has none."""
    pair = np.array([1.0, 1.0])
    values = Values(
        cell=np.arange(2), numerator=pair * numerator, denominator=pair * denominator,
        volume=np.array([volume, 0.0]), basis=np.zeros(2, "int64"), months=np.zeros(2, "int64"),
        exact=pair * value, value=pair * value, reason=np.zeros(2, "int64"),
        volume_before=pair * before, adjusted_by=pair * NAN,
    )  # fmt: skip
    low, high = bounds(REGISTRY[name], values, RULES)
    assert np.isnan([low[1], high[1]]).all()
    return low[0], high[0]


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        # Newcombe, Statist. Med. 17 (1998), table I.
        (81 / 263, (0.2553, 0.3662)),
        (15 / 148, (0.0624, 0.1605)),
        # Of none and of all of n the other end is z² / (n + z²) from it.
        (0.0, (0.0, Z**2 / (263 + Z**2))),
        (1.0, (263 / (263 + Z**2), 1.0)),
        (1.01, (NAN, NAN)),
        (-0.01, (NAN, NAN)),
    ],
)
def test_the_interval_of_a_share_is_wilsons(share, expected):
    volume = 148 if share == 15 / 148 else 263
    found = ends("primary_share", share, volume)
    assert found == pytest.approx(expected, abs=5e-5, nan_ok=True)


def test_the_interval_of_a_mean_is_log_normal():
    """With 400 visits a spread of z × the variation of a visit / 20."""
    spread = Z * RULES.value("cost_variation") / 20
    found = ends("inpatient_cost", 100.0, 400)
    assert found == pytest.approx((100 * exp(-spread), 100 * exp(spread)))


@pytest.mark.parametrize("name", ["inpatient_cost_growth", "inpatient_cost_growth_real"])
def test_the_interval_of_a_growth_counts_the_visits_of_both_years(name):
    """With 400 after 100 visits a spread of z × the variation × √(1/400 + 1/100)."""
    spread = Z * RULES.value("cost_variation") * sqrt(1 / 400 + 1 / 100)
    found = ends(name, 0.2, 400, before=100)
    assert found == pytest.approx((1.2 * exp(-spread) - 1, 1.2 * exp(spread) - 1))


@pytest.mark.parametrize(
    ("now", "before", "half"),
    [
        (0.36, 0.2, Z * sqrt(0.36 * 0.64 / 400 + 0.2 * 0.8 / 100)),
        # Where all were of the kind, or nobody was, chance moves nothing.
        (1.0, 0.0, 0.0),
        (1.0, 1.2, NAN),
        (-0.1, 0.5, NAN),
    ],
)
def test_the_interval_of_a_change_of_shares_is_normal(now, before, half):
    found = ends("primary_share_change", now - before, 400, 100, now, before)
    change = now - before
    assert found == pytest.approx((change - half, change + half), nan_ok=True)
