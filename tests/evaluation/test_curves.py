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

# Hospital value-based purchasing scores points of ten: 9 × achieved + 0.5, or 10 × improved − 0.5,
# half-up; none below the threshold, ten at the benchmark (42 CFR 412.165).
PURCHASING = {
    "kind": "benchmark", "threshold": 0.5, "benchmark": 0.9, "step": 10,
    "achievement": [5, 95], "improvement": [-5, 95],
}  # fmt: skip
CUT_POINTS = {"kind": "cut_points", "below": 20, "cut_points": [[0.2, 40], [0.5, 60], [0.9, 90]]}


def applied(curve, values, direction="higher", **columns):
    """Return the rule of a curve and what it makes of the values."""
    rule = TypeAdapter(IndicatorRule).validate_python(
        {"domain": "output", "weight": {}, "direction": direction, "missing": "spread",
         "curve": curve}
    )  # fmt: skip
    frame = pd.DataFrame(
        {"value": values, "baseline": np.nan, "kind": "hospital", "level": "tertiary",
         "scheme": "all", "peers": "x"}
    ).assign(**{f"measure.{n}" if n == "agreed" else n: x for n, x in columns.items()})  # fmt: skip
    scored = apply_curve(frame, rule, RULES)
    figures = [
        " ".join("-" if np.isnan(x) else repr(float(x)) for x in row)
        for row in zip(*scored.figures, strict=True)
    ]
    return rule, frame.assign(percent=scored.percent, figures=figures, covered=scored.covered)


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


@pytest.mark.parametrize(
    ("value", "baseline", "expected"),
    [
        (
            0.49,
            np.nan,
            0,
        ),  # below the threshold: none, though the line would begin with half a point
        (0.5, np.nan, 10),  # at it half a point, half-up
        (0.7, np.nan, 50),  # 9 × 0.5 + 0.5 = 5
        (0.899, np.nan, 90),
        (0.9, np.nan, 100),
        (0.6, 0.2, 50),  # achieved 2.75 → 3; improved 10 × 0.4 / 0.7 − 0.5 = 5.21 → 5
        (0.45, 0.4, 10),  # below the threshold, improved 10 × 0.05 / 0.5 − 0.5 = 0.5, half-up
        (0.42, 0.4, 0),  # improved −0.1
        (0.89, 0.95, 90),  # a baseline beyond the benchmark leaves nothing to improve
    ],
)
def test_points_of_value_based_purchasing(value, baseline, expected):
    assert percents(PURCHASING, [value], baseline=[baseline]) == [expected]


def test_a_value_that_reaches_a_cut_point_has_reached_it_in_either_direction():
    falling = CUT_POINTS | {"cut_points": [[0.9, 40], [0.5, 60], [0.2, 90]]}
    assert percents(CUT_POINTS, [0.1, 0.2, 0.3, 0.5, 0.9, 1]) == [20, 40, 40, 60, 90, 90]
    assert percents(falling, [1, 0.9, 0.6, 0.5, 0.2, 0.1], "lower") == [20, 40, 40, 60, 90, 90]


def test_figures_of_the_peers_and_of_the_unit():
    """Means and quantiles of 1 … 10: mean 5.5, standard deviation 2.8723, best tenth 10."""
    values = list(range(1, 11))
    best = {"kind": "segments", "points": [[{"quantile": 0.5}, 0], [{"mean_of_best": 0.2}, 100]]}
    # P50 is 5.5; P80 is 8.2, and the mean of what reaches it 9.5.
    assert percents(best, values)[6] == pytest.approx(100 * 1.5 / 4)
    assert percents(best, values, "lower")[3] == pytest.approx(100 * 1.5 / 4)
    spread = {"kind": "segments", "points": [[{"mean_plus": -2}, 0], [{"mean_plus": 2}, 100]]}
    assert percents(spread, values)[0] == pytest.approx(50 - 4.5 / (4 * 2.8722813) * 100)
    own = {"kind": "target", "target": {"measure": "agreed"}}
    assert percents(own, [1, 1, 1], agreed=[2.0, 1.0, np.nan])[:2] == [50, 100]


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.07, 123.457])
@pytest.mark.parametrize("count", [6, 7, 10, 11])
@pytest.mark.parametrize("direction", ["higher", "lower"])
@pytest.mark.parametrize("found", [{"mean_of_best": 0.2}, {"mean_plus": 0}])
def test_equal_peers_all_reach_their_mean(value, count, direction, found):
    """Their mean is what each of them has, whatever adding them up rounds."""
    curve = {"kind": "segments", "points": [[{"quantile": 0.5}, 0], [found, 60], [found, 100]]}
    curve["points"] = curve["points"][:: -1 if direction == "lower" else 1]
    assert set(percents(curve, [value] * count, direction)) == {100}


def test_who_stands_at_the_edge_of_the_best_share_is_among_the_best():
    """Of 0 … 10 the best seven tenths begin at 3: their mean is 6.5."""
    curve = {"kind": "target", "target": {"mean_of_best": 0.7}}
    assert percents(curve, [n * 1.1 for n in range(11)])[3] == pytest.approx(100 * 3 / 6.5)


def test_a_target_that_is_nothing_or_less_gives_no_percent():
    own = {"kind": "target", "target": {"measure": "agreed"}}
    agreed = [0.0, -0.5, 2.0]
    assert np.isnan(percents(own, [1.0] * 3, agreed=agreed)[:2]).all()
    lower = percents(own, [1.0] * 3, "lower", agreed=agreed)
    assert (lower[0], np.isnan(lower[1])) == (0, True)


def test_a_measure_may_be_called_like_a_column():
    own = {"kind": "target", "target": {"measure": "value"}}
    assert percents(own, [1.0], **{"measure.value": [2.0]}) == [50]


def test_figures_differ_by_kind_level_and_scheme_in_one_notation():
    limit = {"hospital": {"tertiary": 0.8, "other": {"employee": 0.5}}, "department": 0.4}
    _, found = applied(
        {"kind": "target", "target": limit}, [0.4] * 5,
        kind=["hospital", "hospital", "hospital", "department", "region"],
        level=["tertiary", "primary", "primary", "tertiary", "tertiary"],
        scheme=["all", "employee", "resident", "all", "all"],
    )  # fmt: skip
    assert found["percent"][[0, 1, 3]].tolist() == [50, 80, 100]
    assert found["covered"].tolist() == [True, True, False, True, False]


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
        (PURCHASING | {"step": 0.001}, "higher", 0.3),
        (CUT_POINTS, "higher", np.nan),
        (CUT_POINTS | {"cut_points": [[0.9, 40], [0.5, 60], [0.2, 90]]}, "lower", np.nan),
        *(
            ({"kind": kind, "of": [SEGMENTS, TARGET]}, "higher", np.nan)
            for kind in ("best", "worst", "mean", "sum")
        ),
        (
            {"kind": "sum", "of": [SEGMENTS, TARGET], "step": 7, "floor": 20, "cap": 90},
            "higher",
            np.nan,
        ),
    ],
)
def test_a_curve_written_out_gives_what_it_computes(curve, direction, baseline):
    rule, found = applied(curve, HUNDREDTHS, direction, baseline=baseline)
    assert found["percent"].nunique() > 3
    for row in found.itertuples():
        written = write_out(row, rule)
        assert eval(written, FUNCTIONS) == pytest.approx(row.percent, abs=0.002), written


@pytest.mark.parametrize(
    "missing",
    [
        {"kind": "segments", "points": [[{"measure": "agreed"}, 0], ["baseline", 100]]},
        BENCHMARK | {"threshold": {"measure": "agreed"}, "step": 0.001},
        *({"kind": kind, "of": [TARGET, {"kind": "target", "target": {"measure": "agreed"}}]}
          for kind in ("mean", "sum", "worst")),
    ],
)  # fmt: skip
def test_the_best_of_curves_is_written_without_those_that_cannot_be_judged(missing):
    curve = {"kind": "best", "of": [missing, SEGMENTS]}
    rule, found = applied(curve, [0.1], agreed=np.nan)
    assert found["percent"].tolist() == pytest.approx([80])
    assert eval(write_out(next(found.itertuples()), rule), FUNCTIONS) == pytest.approx(80)


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
