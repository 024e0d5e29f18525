"""Drawn score curves, read back: where the line lies and where the value is marked."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from fundeval.policy import load
from fundeval.policy.model import IndicatorRule
from fundeval.report.charts.score_curve import in_blocks, sample, score_curve
from fundeval.report.report import Report, open_unit
from fundeval.report.text.policy import list_rules
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.rows import ScoreRow

NAN = float("nan")


def rule(curve, direction="higher"):
    return IndicatorRule.model_validate(
        {"domain": "d", "weight": {}, "direction": direction, "missing": "spread", "curve": curve}
    )


def test_a_drawn_curve_marks_the_value_where_the_line_is(evaluation):
    page = Report(View(evaluation, summarize_descendants(evaluation), "H1", "en")).show(
        "derivations"
    ).markup  # fmt: skip
    (drawn,) = re.findall(r'<svg class="curve".*?</svg>', page, re.DOTALL)
    line = [
        tuple(map(float, point.split(",")))
        for point in re.search('polyline points="([^"]*)"', drawn)[1].split()
    ]
    x, y = (float(re.search(f'c{axis}="([^"]*)"', drawn)[1]) for axis in "xy")
    nearest = min(line, key=lambda point: abs(point[0] - x))
    assert nearest == pytest.approx((x, y), abs=1)
    heights = {
        label: float(at)
        for at, label in re.findall(r'y="([\d.]+)" [^>]*text-anchor="end"[^>]*>(\d+)%', drawn)
    }  # fmt: skip
    # Execution of 89.996 % of a target of 100 %.
    # Labels stand four points below their line.
    share = (heights["0"] - 4 - y) / (heights["0"] - heights["100"])
    assert share == pytest.approx(0.89996, abs=0.001)
    assert "90%" in re.search('aria-label="([^"]*)"', drawn)[1]


def test_a_curve_fills_its_drawing_and_names_its_figures(evaluation):
    """From 0 to twice the target of 100 %, with 15 % of that beside it: −30 % to 230 % over
    274 pixels, 0 to 100 % over 88."""
    view = View(evaluation, summarize_descendants(evaluation), "H1", "en")
    [row] = [row for row in view.own(ScoreRow) if row.indicator == "execution_rate"]
    drawn = score_curve(view, row).markup
    line = [
        tuple(map(float, point.split(",")))
        for point in re.search('polyline points="([^"]*)"', drawn)[1].split()
    ]
    across = {value: 44 + (value + 0.3) * 274 / 2.6 for value in (-0.3, 0, 0.89996, 1, 2.3)}
    assert (line[0], line[-1]) == (
        (pytest.approx(across[-0.3], abs=0.01), 102), (pytest.approx(across[2.3], abs=0.01), 14),
    )  # fmt: skip
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    for x, y in line:
        share = (x - 44) * 2.6 / 274 - 0.3
        assert y == pytest.approx(102 - 88 * min(max(share, 0), 1), abs=0.02)
    mark = [float(re.search(f'c{axis}="([^"]*)"', drawn)[1]) for axis in "xy"]
    assert mark == pytest.approx([across[0.89996], 102 - 88 * 0.89996], abs=0.01)
    texts = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)', drawn)
    assert [(float(y), text) for _, y, text in texts if text in {"0%", "50%", "100%"}][:3] == [
        (106, "0%"), (62, "50%"), (18, "100%"),
    ]  # fmt: skip
    [tick] = [float(x) for x, _, text in texts if text == "100.00%"]
    assert tick == pytest.approx(across[1], abs=0.01)


def test_jumps_are_upright_and_what_is_missing_is_left_out():
    jump = rule({"kind": "cut_points", "below": 20, "cut_points": [[0.5, 60], [0.9, 90]]})
    values, percents = sample(jump, [0.5, 0.5, 0.9, 0.9])
    assert set(percents) == {20, 60, 90}
    places = [
        x for x, low, high in zip(values[1:], percents, percents[1:], strict=False) if high > low
    ]
    assert places == pytest.approx([0.5, 0.9])
    either = rule(
        {"kind": "benchmark", "threshold": 0.5, "benchmark": 0.9, "improvement_percent": 90}
    )
    assert max(sample(either, [0.5, 0.9, NAN, 0.9])[1]) == 100
    assert sample(rule({"kind": "target", "target": {"measure": "agreed"}}), [NAN]) == ([], [])
    achieved = rule({"kind": "benchmark", "threshold": 0.5, "benchmark": 0.9})
    values, percents = sample(achieved, [0.5, 0.9])
    # Nothing is earned below the threshold where nothing is said of it.
    assert {p for x, p in zip(values, percents, strict=True) if x < 0.5} == {0}


def test_a_policy_is_listed_with_its_curves_drawn():
    assert in_blocks(rule({"kind": "target", "target": 1}), [1.0]).split()[1].endswith("█")
    rows = {row[0]: row[2] for row in list_rules(load("national"), dt.date(2024, 12, 31), "en")}
    assert "▁" in rows["satisfaction"]
    assert rows["exam_share"].count("█") >= 4
    # The peers decide: there is nothing to draw beforehand.
    assert "█" not in rows["average_stay"]


@pytest.mark.parametrize("unit_id", ["H99010300001", "990103"])
def test_a_drawn_curve_is_highest_at_the_best_value(city_run, unit_id):
    """Whatever its kind and direction, also where the peers decide (average stay)."""
    view = open_unit(unit_id, city_run / "evaluation").view
    judged = [row for row in view.own(ScoreRow) if row.status == "ok"]
    assert len(judged) > 4
    for row in judged:
        drawn = score_curve(view, row)
        if drawn is None:
            continue
        points = re.search('polyline points="([^"]*)"', drawn.markup)[1].split()
        heights = [float(point.split(",")[1]) for point in points]
        direction = view.policy.rule(row.indicator).direction
        # SVG counts heights downwards.
        if direction == "higher":
            assert heights[-1] == min(heights) < heights[0]
        elif direction == "lower":
            assert heights[0] == min(heights) < heights[-1]
        else:
            assert min(heights) < min(heights[0], heights[-1])
