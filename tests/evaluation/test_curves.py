"""Score curves, worked by hand."""

from __future__ import annotations

import datetime as dt
import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fundeval.evaluation.scoring.curves import apply_curve
from fundeval.policy import load
from fundeval.policy.model import IndicatorRule
from fundeval.report.text.curve_sums import write_out

RULES = load("national").on(dt.date(2024, 12, 31))
SEGMENTS = {"kind": "segments", "points": [[0, 0], ["surplus_rate_adjustment", 60], [0.15, 100]]}
TARGET = {"kind": "target", "target": 0.9}
BY_LEVEL = {"kind": "target", "target": {"tertiary": 0.8, "secondary": 0.7}}
QUANTILES = {
    "kind": "quantiles", "low": 0.1, "low_percent": 50, "high": 0.9, "high_percent": 100,
}  # fmt: skip
BENCHMARK = {
    "kind": "benchmark", "threshold": 0.5, "benchmark": 0.9, "improvement_percent": 90, "step": 10,
}  # fmt: skip


def applied(curve, values, direction="higher", **columns):
    """Return the rule of a curve and what it makes of the values."""
    rule = TypeAdapter(IndicatorRule).validate_python(
        {"domain": "output", "weight": {}, "direction": direction, "missing": "spread",
         "curve": curve}
    )  # fmt: skip
    frame = pd.DataFrame({"value": values, "baseline": np.nan, "level": "tertiary", "peers": "x"})
    return rule, apply_curve(frame.assign(**columns), rule, RULES)


def percents(curve, values, direction="higher", **columns):
    return applied(curve, values, direction, **columns)[1]["percent"].tolist()


def test_segments_are_straight_between_points_and_flat_outside():
    assert percents(SEGMENTS, [-0.1, 0.025, 0.05, 0.1, 0.15, 0.9]) == [0, 30, 60, 80, 100, 100]


def test_targets_are_ratios_capped_at_the_weight():
    assert percents(TARGET, [0.45, 0.9, 1.2]) == [50, 100, 100]
    assert percents(TARGET, [1.8, 0.9, 0.0], "lower") == [50, 100, 100]


def test_a_target_may_differ_by_level_and_a_level_without_one_is_not_judged():
    found = percents(BY_LEVEL, [0.7] * 3, level=["tertiary", "secondary", "primary"])
    assert found[:2] == [87.5, 100]
    assert np.isnan(found[2])


def test_the_published_equal_distance_score():
    """P10 −26.2 and P90 3.1 give −4.6 the score 86.86."""
    peers = [-30, -26.2, -20, -15, -10, -4.6, -3, -1, 0, 3.1, 5]
    score = Decimal(percents(QUANTILES, peers)[peers.index(-4.6)])
    assert str(score.quantize(Decimal("0.01"), ROUND_HALF_UP)) == "86.86"


def test_quantiles_turn_round_where_lower_is_better():
    higher = percents(QUANTILES, list(range(11)))
    lower = percents(QUANTILES, list(range(11)), "lower")
    assert higher == lower[::-1]
    assert (higher[0], higher[1], higher[9], higher[10]) == (50, 50, 100, 100)


def test_too_few_peers_give_no_score():
    assert np.isnan(percents(QUANTILES, [1.0, 2.0, 3.0, 4.0])).all()


@pytest.mark.parametrize(
    ("value", "baseline", "expected"),
    [
        (0.4, np.nan, 0),  # below the threshold
        (0.7, np.nan, 50),  # half way from threshold to benchmark
        (0.72, np.nan, 60),  # 55 %, half-up to a step of ten
        (0.6, 0.5, 30),  # achieved 25 % against improved 22.5 %: the better, rounded half-up
        (0.6, 0.3, 50),  # achieved 25 % against improved 0.3 / 0.6 × 90 = 45 %, half-up
        (0.95, 0.2, 100),
        (0.6, 0.95, 30),  # a baseline beyond the benchmark leaves nothing to improve
    ],
)
def test_achievement_or_improvement_the_better_counts(value, baseline, expected):
    assert percents(BENCHMARK, [value], baseline=[baseline]) == [expected]


FUNCTIONS = {"__builtins__": {}, "max": max, "min": min, "floor": math.floor}
HUNDREDTHS = [n / 100 for n in range(-20, 131)]


@pytest.mark.parametrize(
    ("curve", "direction", "baseline"),
    [
        (SEGMENTS, "higher", np.nan),
        (TARGET, "higher", np.nan),
        (TARGET, "lower", np.nan),
        (QUANTILES, "higher", np.nan),
        (QUANTILES, "lower", np.nan),
        *((BENCHMARK | {"step": 0.001}, "higher", before) for before in (np.nan, 0.3, 0.95)),
    ],
)
def test_a_curve_written_out_gives_what_it_computes(curve, direction, baseline):
    rule, found = applied(curve, HUNDREDTHS, direction, baseline=baseline)
    assert found["percent"].nunique() > 5
    for row in found.itertuples():
        written = write_out(row, rule, RULES.figure, row.level)
        assert eval(written, FUNCTIONS) == pytest.approx(row.percent, abs=0.002), written


curves = st.sampled_from([SEGMENTS, TARGET, QUANTILES, BENCHMARK])
numbers = st.lists(st.floats(-2, 2), min_size=6, max_size=30)


@given(curves, numbers, st.sampled_from(["higher", "lower"]))
def test_percents_are_bounded_and_monotone(curve, values, direction):
    if curve in (SEGMENTS, BENCHMARK):
        direction = "higher"
    found = np.array(percents(curve, sorted(values), direction))
    assert ((found >= 0) & (found <= 100)).all()
    steps = np.diff(found)
    assert (steps >= -1e-9).all() if direction == "higher" else (steps <= 1e-9).all()
