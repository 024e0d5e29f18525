"""Charts say what they are given: each is read back from its SVG, in the figures of its axes.

A place is compared to the tenth of a point to which texts are set, so that a bar a pixel too
long, an axis the other way round, a year left out or a unit of measure ten times too large fails.
"""

from __future__ import annotations

import re
from math import sqrt
from types import SimpleNamespace

import pytest

from fundeval import report
from fundeval.report.charts import peer_comparison, time_and_money
from fundeval.report.charts.budget_change import Change, budget_changes
from fundeval.report.charts.canvas import GREY, INK, WIDTH, Canvas, chart
from fundeval.report.charts.text_width import width_of
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say as words
from tests.messages import says
from tests.report.drawn import GRID, Drawing, rising

FLOOR = 0.9  # `execution_floor` of the evaluation these charts are drawn in.


@pytest.fixture
def view(evaluation) -> View:
    return View(evaluation, summarize_descendants(evaluation), "H1", "en")


def near(value: float) -> object:
    """A figure read back to about a twentieth of a point of the page."""
    return pytest.approx(value, rel=2e-3, abs=2e-3)


def named(drawing: Drawing, names: list[str], anchor: str = "end", size: float = 8.5) -> list[str]:
    """Return which of the names stand at the left of a chart, from the top down."""
    texts = sorted(drawing.said(anchor=anchor, size=size), key=lambda t: t.y)
    return [t.text for t in texts if t.text in names]


def test_a_dot_of_execution_stands_at_its_rate_over_its_year(view):
    rates = {2022: 0.8, 2023: 0.9, 2024: 1.3}
    drawn = Drawing(time_and_money.execution_dots(view, rates).markup)
    assert says(drawn.title, "chart.execution.found", "en", year=2024, below=1, count=3)
    assert drawn.at("%").y < min(mark.y for mark in drawn.marks)
    # The scale does not start at zero, and says so.
    assert drawn.y.ticks[0] > 50
    assert says(drawn.desc, "chart.execution.text", "en", low="71%", high="139%")
    by_year = {text.text: text.x for text in drawn.said() if text.text in map(str, rates)}
    assert list(by_year) == ["2022", "2023", "2024"]
    found = sorted((mark.x, drawn.y.at(mark.y)) for mark in drawn.marks)
    assert found == [
        (pytest.approx(by_year[str(year)], abs=0.06), near(100 * rate))
        for year, rate in rates.items()
    ]
    below = max(text.y for text in drawn.said() if text.text == "2022")
    assert [text.text for text in drawn.said() if text.y > below] == [
        "80.00%", "90.00%", "130.00%",
    ]  # fmt: skip


def test_only_dots_below_the_floor_are_diamonds_and_the_floor_is_the_dashed_line(view):
    rates = {2022: 0.89999, 2023: 0.9, 2024: 1.0}
    drawn = Drawing(time_and_money.execution_dots(view, rates).markup)
    marks = sorted(drawn.marks, key=lambda mark: mark.x)
    assert [mark.form for mark in marks] == ["diamond", "circle", "circle"]
    floor, whole = (line for line in drawn.lines if not line.marks)
    assert (floor.dashed, whole.dashed) == (True, False)
    assert [drawn.y.at(line.points[0][1]) for line in (floor, whole)] == [near(90), near(100)]
    assert [line.points[0][1] for line in (floor, whole)] == [
        line.points[1][1] for line in (floor, whole)
    ]
    assert drawn.at("90%").y - 3 == pytest.approx(floor.points[0][1], abs=0.06)
    assert drawn.at("100%").y - 3 == pytest.approx(whole.points[0][1], abs=0.06)
    assert "89.999%" in drawn.desc


def test_a_year_without_a_rate_cannot_be_judged_and_is_no_dot(view):
    drawn = Drawing(time_and_money.execution_dots(view, {2021: 0.95, 2023: 0.85}).markup)
    assert len(drawn.marks) == 2
    assert says(drawn.title, "chart.execution.unknown", "en", year=2024, count=2, below=1)
    assert says(drawn.title, "chart.unjudged.years", "en", count=2)
    unknown = [text.x for text in drawn.said() if text.text == "?"]
    years = {text.text: text.x for text in drawn.said() if text.text.startswith("20")}
    assert unknown == [years["2022"], years["2024"]]


def bridge(view, amounts=(1e6, 5e4, -8e4, 2e4)):
    scale = view.numbers.scale
    steps = dict(zip(("Base", "Drivers", "Limit", "Award"), amounts, strict=True))
    return Drawing(time_and_money.waterfall(view, "bridge", steps, "Next", scale).markup)


def test_each_step_of_a_waterfall_goes_from_one_level_to_the_next(view):
    drawn = bridge(view)
    assert drawn.at("ten thousand CNY").x < 52
    ends = [(drawn.y.at(box.bottom), drawn.y.at(box.top)) for box in drawn.boxes]
    assert ends == [(near(100), near(105)), (near(97), near(105)), (near(97), near(99))]
    assert [box.hatched for box in drawn.boxes] == [False, True, False]
    first, last = [line for line in drawn.lines if line.width == 4]
    assert [drawn.y.at(line.points[0][1]) for line in (first, last)] == [near(100), near(99)]
    names = [text for text in drawn.said() if text.text in {"Base", "Drivers", "Limit", "Award",
                                                            "Next"}]  # fmt: skip
    assert [text.text for text in names] == ["Base", "Drivers", "Limit", "Award", "Next"]
    assert [(box.left + box.right) / 2 for box in drawn.boxes] == pytest.approx(
        [text.x for text in names[1:4]], abs=0.06
    )
    middles = [sum(x for x, _ in line.points) / 2 for line in (first, last)]
    assert middles == pytest.approx([names[0].x, names[4].x], abs=0.06)


def test_the_figures_of_a_waterfall_stand_above_their_steps(view):
    drawn = bridge(view)
    figures = ["100.00", "+5.00", "-8.00", "+2.00", "99.00"]
    at = [drawn.at(figure) for figure in figures]
    assert rising([text.x for text in at])
    tops = [drawn.boxes[0].top, drawn.boxes[1].top, drawn.boxes[2].top]
    assert [text.y for text in at[1:4]] == pytest.approx([top - 4 for top in tops], abs=0.06)


def test_levels_of_a_waterfall_are_joined_by_thin_lines(view):
    drawn = bridge(view)
    [joins] = [line for line in drawn.lines if line.width == 0.8]
    levels = [drawn.y.at(stretch[0][1]) for stretch in joins.stretches]
    assert levels == [near(100), near(105), near(97), near(99)]
    assert all(a[1] == b[1] and a[0] < b[0] for a, b in joins.stretches)


GROWTHS = {
    "Nominal": ({2021: 0.03, 2022: 0.04, 2024: 0.08}, {"marker": "o"}),
    "Real": (
        {2021: -0.01, 2022: 0.02, 2023: 0.01, 2024: 0.06},
        {"marker": "s", "linestyle": "--", "markerfacecolor": "white"},
    ),
}


def growths(view, **more):
    show = "{:.0%}".format
    return Drawing(time_and_money.lines(view, "growth", GROWTHS, show, 0.05, **more).markup)


def test_a_line_passes_through_its_value_over_each_year(view):
    drawn = growths(view)
    years = {text.text: text.x for text in drawn.said() if text.text.startswith("20")}
    assert list(years) == ["2021", "2022", "2023", "2024"]
    for name, (values, style) in GROWTHS.items():
        [line] = drawn.series(name)
        assert {mark.form for mark in line.marks} == {
            {"o": "circle", "s": "square"}[style["marker"]]
        }
        found = [(mark.x, drawn.y.at(mark.y)) for mark in line.marks]
        assert found == [
            (pytest.approx(years[str(year)], abs=0.06), near(100 * value))
            for year, value in values.items()
        ]
        assert line.dashed == ("linestyle" in style)
    assert [mark.hollow for mark in drawn.series("Real")[0].marks] == [True] * 4


def test_a_year_without_a_value_leaves_a_gap_in_its_line(view):
    drawn = growths(view)
    [nominal], [real] = drawn.series("Nominal"), drawn.series("Real")
    assert [len(stretch) for stretch in nominal.stretches if len(stretch) > 1] == [2]
    assert [len(stretch) for stretch in real.stretches] == [4]


def test_the_limit_is_a_dotted_line_and_zero_a_solid_one(view):
    drawn = growths(view)
    zero, limit = (line for line in drawn.lines if not line.marks)
    assert [drawn.y.at(line.points[0][1]) for line in (zero, limit)] == [near(0), near(5)]
    assert (zero.dashed, limit.dashed) == (False, True)
    # Above the line, within the chart.
    assert drawn.at("5%").y + 3 == pytest.approx(limit.points[0][1], abs=0.06)
    assert drawn.at("%").x < 52


def test_lines_in_another_unit_of_measure_print_that_unit(view):
    drawn = growths(view, unit_of_measure="months", factor=1)
    assert drawn.at("months").x < 52
    [line] = drawn.series("Real")
    assert [drawn.y.at(mark.y) for mark in line.marks] == [
        pytest.approx(v, abs=1e-4) for v in (-0.01, 0.02, 0.01, 0.06)
    ]


def lines_found(view, series, limit=None, name="declared"):
    show = "{:.0%}".format
    given = {title: (values, {"marker": "o"}) for title, values in series.items()}
    return Drawing(time_and_money.lines(view, name, given, show, limit).markup).title


def test_lines_say_what_moved_most_since_their_first_year(view):
    moved = lines_found(
        view, {"A": {2022: 0.1, 2023: 0.5, 2024: 0.2}, "B": {2023: 0.3, 2024: 0.25}}
    )
    assert says(moved, "chart.declared.found", "en", moved="A", first=2022, before="10%",
                after="20%", year=2024)  # fmt: skip
    fell = lines_found(view, {"A": {2022: 0.1, 2024: 0.2}, "B": {2023: 0.5, 2024: 0.25}})
    assert says(fell, "chart.declared.found", "en", moved="B", first=2023, after="25%")
    assert not says(fell, "chart.unjudged.series", "en")


def test_lines_of_one_year_alone_say_their_values(view):
    single = lines_found(view, {"A": {2024: 0.1}, "B": {2024: 0.2}, "C": {2023: 0.3}})
    assert says(single, "chart.declared.single", "en", year=2024, latest="A 10%; B 20%")
    assert says(single, "chart.unjudged.series", "en", count=1)


def test_lines_without_a_value_of_the_year_cannot_be_judged(view):
    assert says(lines_found(view, {"A": {2023: 0.1}}), "chart.unknown", "en", year=2024)


def test_lines_are_over_or_under_their_limit_or_neither(view):
    of_year = {"A": 0.06, "B": 0.05, "C": 0.04, "D": 0.08, "E": -0.01}
    series = {name: {2023: 0.5, 2024: value} for name, value in of_year.items()}
    found = lines_found(view, series | {"F": {2023: 0.1}}, 0.05, "growth")
    assert says(found, "chart.growth.found", "en", year=2024, count=5, limit="5%", over=2,
                most="D", highest="8%")  # fmt: skip
    assert says(found, "chart.unjudged.series", "en", count=1)


def test_line_styles_differ():
    styles = [tuple(sorted(style.items())) for style in time_and_money.line_styles(20)]
    assert len(set(styles)) == 20


def test_progress_draws_executed_and_phased_amounts_by_month_and_scheme(view):
    rows = [
        SimpleNamespace(month=month, scheme=scheme, executed=1e4 * n * month, phased=2e4 * month)
        for scheme, n in (("employee", 1), ("resident", 3))
        for month in (7, 8, 10)
    ]
    scale = view.numbers.scale
    drawn = Drawing(time_and_money.progress_lines(view, rows, scale).markup)
    months = {text.text: text.x for text in drawn.said()}
    assert list(months) == ["7", "8", "10"]
    assert months["8"] - months["7"] == pytest.approx((months["10"] - months["8"]) / 2, abs=0.11)
    assert drawn.y.ticks[0] == 0
    assert drawn.at("ten thousand CNY").x < 52
    assert len(drawn.legend) == 4
    found = {}
    for name in drawn.legend:
        [line] = drawn.series(name)
        assert [mark.x for mark in line.marks] == pytest.approx(list(months.values()), abs=0.06)
        found[name] = [round(drawn.y.at(mark.y), 2) for mark in line.marks]
        assert line.dashed == line.marks[0].hollow == ("phased" in name.lower())
    assert sorted(found.values()) == [[7, 8, 10], [14, 16, 20], [14, 16, 20], [21, 24, 30]]
    assert {line.marks[0].form for line in drawn.lines} == {"circle", "square"}
    employees = [name for name in drawn.legend if found[name] == [7, 8, 10]]
    residents = [name for name in drawn.legend if found[name] == [21, 24, 30]]
    assert view.messages.code("scheme.", "employee") in employees[0]
    assert view.messages.code("scheme.", "resident") in residents[0]
    # To the last month 100 000 of 200 000, and 300 000 of 200 000.
    for scheme, share in (("employee", "50.00%"), ("resident", "150.00%")):
        name = view.messages.code("scheme.", scheme)
        assert says(drawn.title, "chart.progress.scheme", "en", scheme=name, share=share)


CLOSING = {
    "trend": {2024: 2e6, 2025: 1e6, 2026: -1e6},
    "higher": {2024: 2e6, 2025: 0.5e6, 2026: -2e6},
    "gdp_line": {2024: 2e6, 2025: 3e6, 2026: 4e6},
}


def test_a_fan_spans_the_scenarios_without_the_line_of_gdp(view):
    drawn = Drawing(time_and_money.fund_fan(view, "employee", CLOSING).markup)
    years = {text.text: text.x for text in drawn.said() if text.text in {"2024", "2025", "2026"}}
    [band] = drawn.boxes
    corners = {(round(x, 1), round(drawn.y.at(y))) for x, y in band.corners}
    assert sorted({x for x, _ in corners}) == pytest.approx(list(years.values()), abs=0.11)
    by_year = {year: sorted(v for x, v in corners if abs(x - at) < 0.11)
               for year, at in years.items()}  # fmt: skip
    assert by_year == {"2024": [200], "2025": [50, 100], "2026": [-200, -100]}
    names = {view.messages.code("scenario.", name): name for name in ("trend", "gdp_line")}
    assert set(drawn.legend) == set(names)
    for title, name in names.items():
        [line] = drawn.series(title)
        assert [round(drawn.y.at(mark.y)) for mark in line.marks] == [
            round(amount / 1e4) for amount in CLOSING[name].values()
        ]
        assert [mark.x for mark in line.marks] == pytest.approx(list(years.values()), abs=0.06)
        assert (line.dashed, line.marks[0].form) == (
            (False, "circle") if name == "trend" else (True, "square")
        )
    [zero] = [line for line in drawn.lines if not line.marks]
    assert drawn.y.at(zero.points[0][1]) == near(0)
    assert drawn.at("ten thousand CNY").x < 52
    # Names lead to the last year, the higher first.
    ends = [round(drawn.y.at(line.points[0][1])) for line in drawn.leads]
    assert sorted(ends) == [-100, 400]


def test_a_scenario_that_is_missing_is_neither_drawn_nor_in_the_legend(view):
    without = {name: path for name, path in CLOSING.items() if name != "gdp_line"}
    drawn = Drawing(time_and_money.fund_fan(view, "employee", without).markup)
    assert list(drawn.legend) == [view.messages.code("scenario.", "trend")]
    assert len([line for line in drawn.lines if line.marks]) == 1


@pytest.mark.parametrize(
    ("trend", "how", "year"),
    [
        ({2024: 2e6, 2025: -1e4, 2026: -3e4}, "dry", 2025),
        # At nothing it is not yet below nothing; the evaluated year itself is no projection.
        ({2024: -1e4, 2025: 0.0, 2026: 1e4}, "lasts", 2026),
        ({2024: 2e6}, "unknown", 2024),
    ],
)
def test_a_fan_says_when_the_fund_runs_dry(view, trend, how, year):
    drawn = Drawing(time_and_money.fund_fan(view, "employee", {"trend": trend}).markup)
    of_year = {} if how == "unknown" else {"year": year}
    assert says(drawn.title, f"chart.projection.{how}", "en", **of_year)


def test_texts_beside_marks_take_the_nearest_place_that_is_free(view):
    """Right, left, above, below, and then aslant, three quarters as far."""
    canvas = Canvas((0, 1), (0, 1))
    names = list("abcdefghi")
    written = canvas.label_marks([(0.5, 0.5, name) for name in names], reach=(20,))
    assert written == names[:8]
    drawn = Drawing(chart(view, "what_if", canvas, [], found="", unit="").markup)
    across, down = 52 + (WIDTH - 92) / 2, 210 - 26 - 164 / 2
    assert [
        (text.anchor, round(text.x - across, 1), round(down - text.y, 1)) for text in drawn.texts
    ] == [
        ("start", 20, -3), ("end", -20, -3), ("middle", 0, 20), ("middle", 0, -26),
        ("start", 15, 13), ("end", -15, 13), ("start", 15, -21), ("end", -15, -21),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "ups"),
    [
        # Three lines that end half way up the 164 points of the plot, 26 above the lower edge:
        # each name stands 1.2 × 8.5 + 3 = 13.2 below the one before.
        (0.5, [108, 94.8, 81.6]),
        (1.0, [190, 176.8, 163.6]),
        # The lowest may not go beyond 5 points: it is 8.2 up, and moves the others up.
        (0.0, [34.6, 21.4, 8.2]),
    ],
)
def test_names_of_lines_that_end_together_stand_one_below_the_other(view, at, ups):
    canvas = Canvas((0, 1), (0, 1), right=172)
    canvas.label_lines([(name, {"marker": "o"}, 1, at) for name in "abc"])
    drawn = Drawing(chart(view, "what_if", canvas, [], found="", unit="").markup)
    assert [text.text for text in drawn.texts] == ["a", "b", "c"]
    assert [210 + 3 - text.y for text in drawn.texts] == pytest.approx(ups, abs=0.06)
    assert {text.x for text in drawn.texts} == {WIDTH - 172 + 10 + 27}
    # A thin line leads from the end of each line to the sample beside its name.
    leads = [(210 - line.points[0][1], 210 - line.points[1][1]) for line in drawn.leads]
    assert leads == [(pytest.approx(26 + 164 * at), pytest.approx(up)) for up in ups]
    assert {(line.points[0][0], line.points[1][0]) for line in drawn.leads} == {(353, 356)}


def test_bars_of_changes_start_at_zero_and_point_their_way(view):
    changes = [("loses", -2e4), ("gains", 5e4), ("loses little", -1e4), ("same", 0.0)]
    drawn = Drawing(time_and_money.change_bars(view, changes).markup)
    assert named(drawn, [name for name, _ in changes]) == ["gains", "same", "loses little", "loses"]
    boxes = sorted(drawn.boxes, key=lambda box: box.top)
    ends = [(drawn.x.at(box.left), drawn.x.at(box.right)) for box in boxes]
    assert ends == [
        (near(0), near(5)), (near(0), near(0)), (near(-1), near(0)), (near(-2), near(0)),
    ]  # fmt: skip
    assert [box.hatched for box in boxes] == [False, False, True, True]
    assert drawn.x.scale > 0
    assert drawn.at("ten thousand CNY").x > WIDTH - 40
    [zero] = drawn.lines
    assert drawn.x.at(zero.points[0][0]) == near(0)
    for name, text, box, anchor in zip(
        ("gains", "loses little", "loses"), ("+5.00", "-1.00", "-2.00"),
        (boxes[0], boxes[2], boxes[3]), ("start", "end", "end"), strict=True,
    ):  # fmt: skip
        figure = drawn.at(text)
        assert drawn.at(name).y == pytest.approx(figure.y, abs=0.11)
        # Beyond the end of its bar.
        assert figure.anchor == anchor
        end = box.right + 5 if anchor == "start" else box.left - 5
        assert figure.x == pytest.approx(end, abs=0.06)
    middles = [(box.top + box.bottom) / 2 for box in boxes]
    names = ("gains", "same", "loses little", "loses")
    assert middles == pytest.approx([drawn.at(name).y - 3 for name in names], abs=0.06)


def test_of_many_changes_the_largest_are_drawn(view):
    changes = [(f"u{n}", n * 1e4 * (-1) ** n) for n in range(1, 60)]
    drawn = Drawing(time_and_money.change_bars(view, changes).markup)
    assert len(drawn.boxes) == 40
    ends = [drawn.x.at(box.right if not box.hatched else box.left)
            for box in sorted(drawn.boxes, key=lambda box: box.top)]  # fmt: skip
    assert [round(abs(end)) for end in ends] == [*range(58, 19, -2), *range(21, 60, 2)]


def peers(low=10.0, high=30.0, count=5):
    share = {"minimum": 0.0, "p10": 0.1, "p25": 0.25, "p50": 0.4, "p75": 0.75, "p90": 0.9,
             "maximum": 1.0}  # fmt: skip
    return SimpleNamespace(count=count, **{q: low + (high - low) * s for q, s in share.items()})


def test_a_range_of_peers_runs_from_the_smallest_to_the_largest_and_marks_the_own_value(view):
    own = [
        SimpleNamespace(indicator="execution_rate", value=15.0),
        SimpleNamespace(indicator="exam_share", value=40.0),
    ]
    drawn = Drawing(peer_comparison.peer_ranges(view, [(row, peers()) for row in own]).markup)
    left, right = 140, WIDTH - 118
    marks = sorted(drawn.marks, key=lambda mark: mark.y)
    assert [mark.form for mark in marks] == ["diamond", "diamond"]
    # Of 10 to 30 a quarter; beyond the peers it stands at the end, and the range is shorter.
    assert [(mark.x - left) / (right - left) for mark in marks] == [near(0.25), near(1)]
    for mark, reach in zip(marks, (1, 2 / 3), strict=True):
        [box] = [box for box in drawn.boxes if box.top < mark.y < box.bottom]
        ends = [(x - left) / (right - left) for x in (box.left, box.right)]
        assert ends == [near(0.25 * reach), near(0.75 * reach)]
        lines = [line for line in drawn.lines if not line.marks]
        across = [line.points for line in lines if {y for _, y in line.points} == {mark.y}]
        spans = [[(x - left) / (right - left) for x, _ in points] for points in across]
        assert spans == [[near(0), near(reach)], [near(0.1 * reach), near(0.9 * reach)]]
        [median] = [
            line.points[0][0] for line in lines
            if line.points[0][0] == line.points[1][0]
            and min(y for _, y in line.points) < mark.y < max(y for _, y in line.points)
        ]  # fmt: skip
        assert (median - left) / (right - left) == near(0.4 * reach)
    titles = [view.messages.indicator(row.indicator).split()[0] for row in own]
    texts = sorted(drawn.said(anchor="end", size=8.5), key=lambda t: t.y)
    assert {text.x for text in texts} == {left - 10}
    assert [title for title in (t.text.split()[0] for t in texts) if title in titles] == titles


def test_the_ends_of_a_range_print_the_smallest_and_the_largest_peer(view):
    own = SimpleNamespace(indicator="execution_rate", value=0.95)
    drawn = Drawing(peer_comparison.peer_ranges(view, [(own, peers(0.9, 1.0))]).markup)
    [low] = [text for text in drawn.said(anchor="start") if text.x == 140]
    [high] = [text for text in drawn.said(anchor="end") if text.text.endswith("%")]
    assert (low.text, low.x) == ("90.00%", 140)
    assert (high.text, high.x) == ("100.00%", WIDTH - 118)


@pytest.mark.parametrize(
    ("indicator", "side", "better"),
    [("execution_rate", "higher", 1), ("exam_share", "lower", 0)],
)
def test_a_range_prints_the_median_and_says_which_side_is_better(view, indicator, side, better):
    """0.97 of 0.9 to 1: the median at 0.4 of the way is 0.94."""
    own = SimpleNamespace(indicator=indicator, value=0.97)
    drawn = Drawing(peer_comparison.peer_ranges(view, [(own, peers(0.9, 1.0))]).markup)
    [median] = [text for text in drawn.said() if text.text == "94.00%"]
    assert median.x == pytest.approx(140 + 0.4 * (WIDTH - 258), abs=0.06)
    assert median.y < min(box.top for box in drawn.boxes)
    aside = [text.text for text in drawn.said(anchor="start") if text.x == WIDTH - 108]
    assert aside == ["this unit 97.00%", words(f"chart.peers.{side}", "en")]
    assert says(drawn.title, "chart.peers.found", "en", better=better, count=1, worse=1 - better)


@pytest.mark.parametrize(("at", "x"), [(0.0, 140 + 6 * 0.6 * 4), (1.0, WIDTH - 118 - 6 * 0.6 * 4)])
def test_the_median_of_a_range_is_printed_within_it(view, at, x):
    """Six signs of eight points: half of their width from the end that the median stands at."""
    group = peers(0.9, 0.95)
    group.p50 = 0.9 + at * 0.05
    own = SimpleNamespace(indicator="execution_rate", value=0.92)
    drawn = Drawing(peer_comparison.peer_ranges(view, [(own, group)]).markup)
    [median] = [text.x for text in drawn.said() if text.text == f"{90 + at * 5:.2f}%"]
    assert median == pytest.approx(x, abs=0.06)


def department(unit_id, rate, before, state="clear", previous_floor=FLOOR):
    return SimpleNamespace(unit_id=unit_id, rate=rate, previous_rate=before, state=state,
                           floor=FLOOR, previous_floor=previous_floor)  # fmt: skip


def test_departments_go_from_the_rate_before_to_this_years_the_lowest_first(view):
    rows = [
        department("H2-1", 1.0, 0.8),
        department("H1-1", 0.7, 0.8, "restricted"),
        department("H1-2", 0.85, 0.95),
    ]
    drawn = Drawing(peer_comparison.department_rates(view, rows).markup)
    names = [view.name(unit_id) for unit_id in ("H1-1", "H1-2", "H2-1")]
    assert named(drawn, names) == names
    moves = [line for line in drawn.lines if len(line.points) == 2 and line.marks]
    ends = [[round(drawn.x.at(x), 2) for x, _ in line.points] for line in moves]
    assert ends == [[80, 70], [95, 85], [80, 100]]
    # The filled mark is this year's, the hollow one last year's.
    assert [round(drawn.x.at(line.marks[0].x), 2) for line in moves] == [70, 85, 100]
    assert [line.marks[0].hollow for line in moves] == [False] * 3
    before = [line.marks[0] for line in drawn.lines if line.marks and line not in moves]
    assert [(round(drawn.x.at(mark.x), 2), mark.hollow) for mark in before] == [
        (80, True), (95, True), (80, True),
    ]  # fmt: skip
    assert [line.marks[0].form for line in moves] == ["square", "circle", "circle"]
    heights = [line.points[0][1] for line in moves]
    assert heights == pytest.approx([drawn.at(name).y - 3 for name in names], abs=0.06)
    for line, text, anchor in zip(moves, ("70.00%", "85.00%", "100.00%"), ("end", "end", "start"),
                                  strict=True):  # fmt: skip
        shown = drawn.at(text)
        assert shown.anchor == anchor
        off = -7 if anchor == "end" else 7
        assert (shown.x, shown.y) == pytest.approx(
            (line.points[1][0] + off, line.points[1][1] + 3), abs=0.06
        )


@pytest.mark.parametrize(("before", "lines"), [(FLOOR, [90]), (0.85, [90, 85]), (None, [90])])
def test_a_floor_of_the_year_before_is_drawn_where_it_was_another(view, before, lines):
    rows = [department("H1-1", 0.8, 0.95, previous_floor=before)]
    drawn = Drawing(peer_comparison.department_rates(view, rows).markup)
    floors = [line for line in drawn.lines if not line.marks]
    assert [round(drawn.x.at(line.points[0][0]), 2) for line in floors] == lines
    assert all(line.dashed for line in floors)
    assert len({line.dash for line in floors}) == len(lines)


def test_of_many_departments_the_lowest_are_drawn(view):
    rows = [department("H1-1", 0.5 + n / 100, 0.9) for n in reversed(range(30))]
    drawn = Drawing(peer_comparison.department_rates(view, rows).markup)
    moves = [line for line in drawn.lines if len(line.points) == 2 and line.marks]
    assert [round(drawn.x.at(line.marks[0].x)) for line in moves] == list(range(50, 70))


POINTS = [("small", 50.0, 0.9), ("inside", 400.0, 0.22), ("high", 900.0, 0.4), ("low", 1000.0, 0.1)]


def test_a_funnel_places_each_unit_at_its_volume_and_share(view):
    drawn = Drawing(peer_comparison.funnel(view, "exam_share", 0.2, POINTS).markup)
    marks = [(round(drawn.x.at(mark.x)), round(drawn.y.at(mark.y), 1)) for mark in drawn.marks]
    assert marks == [(50, 90), (400, 22), (900, 40), (1000, 10)]
    assert (drawn.x.ticks[0], drawn.y.ticks[0]) == (0, 0)
    # Beyond what chance explains: a diamond; too small to judge: hollow.
    assert [mark.form for mark in drawn.marks] == ["diamond", "circle", "diamond", "diamond"]
    assert [mark.hollow for mark in drawn.marks] == [True, False, False, False]
    inside, high, low = (mark.fill for mark in drawn.marks[1:])
    assert high == low != inside
    # Numbered from the farthest off, named in the list below.
    markup = peer_comparison.funnel(view, "exam_share", 0.2, POINTS).markup
    listed = re.findall("<li>(.*?)</li>", markup)
    assert [text.split(":")[0] for text in listed] == ["high", "low"]
    for number, mark in zip("12", drawn.marks[2:], strict=True):
        text = drawn.at(number)
        assert abs(text.x - mark.x) < 15
        assert abs(text.y - mark.y) < 20
    assert says(drawn.title, "chart.funnel.found", "en", beyond=2, count=3)
    assert says(drawn.title, "chart.unjudged.small", "en", count=1)


def test_a_funnel_of_units_too_small_to_judge_concludes_nothing(view):
    few = [(name, 3.0, share) for name, _, share in POINTS]
    shown = peer_comparison.funnel(view, "exam_share", 0.2, few).markup
    assert says(shown, "chart.funnel.small", "en", count=len(POINTS))
    assert not says(shown, "chart.funnel.found", "en")


def test_every_number_of_a_crowded_funnel_finds_room_or_is_in_the_list(view):
    crowd = [(f"unit {n}", 500.0 + n, 0.5 + n / 1e4) for n in range(12)]
    markup = peer_comparison.funnel(view, "exam_share", 0.2, [*POINTS, *crowd]).markup
    drawn = Drawing(markup)
    assert len(re.findall("<li>", markup)) == 14
    numbers = [t.text for t in drawn.texts if t.text in set(map(str, range(1, 15))) and t.size == 8
               and t.anchor != "middle"]  # fmt: skip
    assert len(numbers) >= 8


def test_the_band_of_a_funnel_is_what_chance_may_do_at_each_volume(view):
    drawn = Drawing(peer_comparison.funnel(view, "exam_share", 0.2, POINTS).markup)
    [band] = drawn.boxes
    by_volume: dict[float, list[float]] = {}
    for x, y in band.corners:
        by_volume.setdefault(drawn.x.at(x), []).append(drawn.y.at(y))
    assert len(by_volume) == 60
    assert max(by_volume) == near(1050)
    top = 0.9 * 1.25
    for volume, shares in by_volume.items():
        chance = 1.96 * sqrt(0.2 * 0.8 / volume)
        ends = max(0, 0.2 - chance), min(top, 0.2 + chance)
        assert [min(shares), max(shares)] == [near(100 * end) for end in ends]


def test_a_funnel_shows_the_common_share_and_the_least_volume(view):
    drawn = Drawing(peer_comparison.funnel(view, "exam_share", 0.2, POINTS).markup)
    centre, least = (line for line in drawn.lines if not line.marks)
    assert {round(drawn.y.at(y), 2) for _, y in centre.points} == {20}
    assert {round(drawn.x.at(x), 2) for x, _ in least.points} == {100}
    assert (centre.dashed, least.dashed) == (False, True)
    assert drawn.at("20.00%").y - 3 == pytest.approx(centre.points[0][1], abs=0.06)


@pytest.mark.parametrize(("volume", "hollow"), [(99.99, True), (100.0, False)])
def test_a_unit_at_the_least_volume_is_judged(view, volume, hollow):
    points = [("at", volume, 0.2), ("other", 500.0, 0.2)]
    drawn = Drawing(peer_comparison.funnel(view, "exam_share", 0.2, points).markup)
    assert drawn.marks[0].hollow == hollow


HEAT = [
    ("first", {"A": 1.0, "B": 0.32}),
    ("second", {"A": None, "B": 0.0}),
    ("third", {"A": 0.5, "B": 0.68}),
    ("fourth", {"B": 0.9}),
]


def test_a_tile_stands_in_the_row_of_its_unit_and_the_column_of_its_indicator(view):
    drawn = Drawing(peer_comparison.score_heat(view, HEAT, ["A", "B"], "hospital").markup)
    rows = {name: drawn.at(name).y - 3 for name, _ in HEAT}
    columns = {title: drawn.at(title).x for title in ("A", "B")}
    assert rising(list(rows.values()))
    assert rising(list(columns.values()))
    shades = {}
    for box in drawn.boxes:
        row = min(rows, key=lambda name: abs(rows[name] - (box.top + box.bottom) / 2))
        column = min(columns, key=lambda title: abs(columns[title] - (box.left + box.right) / 2))
        assert abs(rows[row] - (box.top + box.bottom) / 2) < 0.06
        assert abs(columns[column] - (box.left + box.right) / 2) < 0.06
        shades[row, column] = int(box.fill.removeprefix("#")[:2], 16)
    given = {(name, title): share for name, row in HEAT for title, share in row.items()
             if share is not None}  # fmt: skip
    assert set(shades) == set(given)
    # The bad ones are dark and have a mark, the others are the paler the better.
    bad = peer_comparison.heat_limit(view.messages)
    assert bad == 0.6
    for (name, title), share in given.items():
        assert (shades[name, title] == int(peer_comparison.BAD[1:3], 16)) == (share < bad)
        [text] = [
            t for t in drawn.said()
            if abs(t.x - columns[title]) < 0.06 and abs(t.y - 3 - rows[name]) < 0.06
        ]  # fmt: skip
        assert text.text == f"{'▼ ' if share < bad else ''}{share * 100:.0f}"
    assert shades["first", "A"] > shades["third", "B"] > shades["second", "B"]
    # Not judged has a sign; what is not asked of a unit has none, and is not counted.
    assert (drawn.at("?").x, drawn.at("?").y - 3) == (columns["A"], rows["second"])
    assert says(drawn.title, "chart.heat.found", "en", low=3, count=4, name="second", share="0%")
    assert says(drawn.title, "chart.unjudged.fields", "en", count=1)


@pytest.mark.parametrize("share", [n / 20 for n in range(21)])
def test_texts_of_a_heat_map_have_contrast_on_their_field(share):
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    text = "#ffffff" if share < 0.6 else INK
    light, dark = sorted((luminance(text), luminance(peer_comparison.shade(share, 0.6))))[::-1]
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_of_many_units_the_first_are_in_the_heat_map_and_the_worst_are_told(view):
    rows = [(f"u{n:02}", {"A": n / 100}) for n in range(50)]
    drawn = Drawing(peer_comparison.score_heat(view, rows, ["A"], "hospital").markup)
    assert len(drawn.boxes) == 40
    assert len({round(box.top, 1) for box in drawn.boxes}) == 40
    assert "u00, A: 0%" in drawn.desc


def change(name, score, share, this=False, restricted=False, held=False):
    return Change(name, score, share, this, restricted, held)


GROUP = {"who": "hospitals", "scheme": "all"}
CHANGES = [
    change("one", 60.0, -0.05, restricted=True),
    change("two", 75.0, 0.0),
    change("self", 80.0, 0.01, this=True),
    change("held", 95.0, 0.03, held=True),
]


def test_changes_of_budgets_stand_at_their_score_and_change(view):
    drawn = Drawing(budget_changes(view, CHANGES, "-x", **GROUP).markup)
    found = {(round(drawn.x.at(m.x), 1), round(drawn.y.at(m.y), 2)): m for m in drawn.marks}
    assert set(found) == {(60, -5), (75, 0), (80, 1), (95, 3)}
    assert drawn.x.scale > 0
    forms = {place: (mark.form, mark.hollow) for place, mark in found.items()}
    assert forms == {
        (60, -5): ("square", False), (75, 0): ("circle", False), (80, 1): ("diamond", False),
        (95, 3): ("circle", True),
    }  # fmt: skip
    assert found[60, -5].fill == found[80, 1].fill != found[75, 0].fill
    [zero] = [line for line in drawn.lines if not line.marks]
    assert drawn.y.at(zero.points[0][1]) == near(0)
    for item in CHANGES:
        text = drawn.at(item.name)
        mark = found[item.score, round(item.change * 100, 2)]
        assert abs(text.x - mark.x) < 9.1
        assert abs(text.y - mark.y) < 20
    # This unit is told first, then the largest gain.
    told = [drawn.desc.index(f"{name}: score") for name in ("self", "held", "two", "one")]
    assert rising(told)


def test_names_that_would_meet_are_left_out_but_never_that_of_this_unit(view):
    crowd = [change(f"unit {n}", 80 + n / 100, 0.01 + n / 1e5) for n in range(30)]
    crowd.append(change("self", 80.15, 0.0101, this=True))
    drawn = Drawing(budget_changes(view, crowd, "-x", **GROUP).markup)
    names = [t for t in drawn.texts if t.text in {c.name for c in crowd}]
    assert len(drawn.marks) == 31
    assert 0 < len(names) < 12


def test_of_many_changes_of_budgets_the_first_forty_are_told(view):
    many = [change(f"u{n:02}", n * 10.0, n / 100) for n in range(1, 61)]
    drawn = Drawing(budget_changes(view, many, "-x", **GROUP).markup)
    assert re.findall(r"(u\d\d): score", drawn.desc) == [f"u{n:02}" for n in range(60, 20, -1)]


def test_at_most_twelve_changes_of_budgets_are_named_the_farthest_off(view):
    """Thirteen that stand so wide apart that all would have room."""
    many = [change(f"u{n:02}", n * 10.0, n / 100) for n in range(1, 14)]
    drawn = Drawing(budget_changes(view, many, "-x", **GROUP).markup)
    named = sorted(t.text for t in drawn.texts if re.fullmatch(r"u\d\d", t.text))
    assert named == [f"u{n:02}" for n in range(2, 14)]


def test_changes_of_nothing_still_have_a_scale_around_zero(view):
    flat = [change("a", 70.0, 0.0), change("b", 80.0, 0.0)]
    drawn = Drawing(budget_changes(view, flat, "-x", **GROUP).markup)
    assert min(drawn.y.ticks) < 0 < max(drawn.y.ticks)
    assert {round(drawn.y.at(mark.y), 6) for mark in drawn.marks} == {0}


@pytest.mark.parametrize("sign", ["长", "W", "a", " b"])
def test_long_names_are_cut_to_the_margin(view, sign):
    name = (sign * 200).strip()
    drawn = Drawing(time_and_money.change_bars(view, [(name, 1e6), ("other", -1e6)]).markup)
    [text] = [text for text in drawn.said(anchor="end", size=8.5) if text.text != "other"]
    assert text.text.endswith("…")
    assert 0 <= text.x - width_of(text.text) * text.size < 15


def test_the_range_of_an_axis_leaves_room_and_holds_zero_where_asked():
    axis_range = time_and_money.axis_range
    assert axis_range(1.0, 2.0) == pytest.approx((0.82, 2.18))
    assert axis_range(1.0, 2.0, zero=True) == pytest.approx((0.0, 2.36))
    assert axis_range(-1.0, None, zero=True) == pytest.approx((-1.18, 0.0))
    assert axis_range(3.0) == pytest.approx((2.46, 3.54))
    assert axis_range(0.0) == pytest.approx((-0.18, 0.18))


@pytest.mark.parametrize(
    ("anchor", "dx", "held"),
    [("start", -16, True), ("start", -15.9, False), ("middle", -8, True), ("middle", -7.9, False),
     ("end", 0, True), ("end", 0.1, False)],
)  # fmt: skip
def test_texts_left_of_the_plot_are_held_while_a_page_scrolls(view, anchor, dx, held):
    """Two signs of eight points: the text ends at the margin, 52 from the left, or beyond."""
    canvas = Canvas((0, 1), (0, 1))
    canvas.text(0, 0, "医疗", anchor, dx=dx, size=8)
    canvas.text(1, 1, "end")
    root = Drawing(chart(view, "what_if", canvas, [], found="", unit="").markup).root
    groups = [g for g in root.iter("g") if (g.get("id") or "").endswith("-held")]
    assert [text.text for g in groups for text in g.iter("text")] == ["医疗"] * held


@pytest.mark.parametrize("name", ["dots", "waterfall", "lines", "progress", "fan"])
def test_the_grid_lies_below_all_that_is_drawn(view, name):
    """What is written later in an SVG covers what is written before."""
    figure = columns_of_chart(view, name).root.find("g")
    paths = [group.find("path") for group in figure.iterfind("g")]
    strokes = [path is not None and GRID in path.get("style", "") for path in paths]
    first = next(at for at, path in enumerate(paths) if path is not None)
    assert strokes[first]
    assert strokes.count(True) == 1


def test_long_names_of_lines_are_wrapped_to_the_page(view):
    canvas = Canvas((0, 1), (0, 1), right=172)
    canvas.label_lines([("统筹地区职工基本医疗保险基金累计结余" * 4, {"marker": "o"}, 1, 0.5)])
    drawn = Drawing(chart(view, "what_if", canvas, [], found="", unit="").markup)
    texts = [text for text in drawn.texts if text.text]
    assert len(texts) == 3
    assert all(text.x + width_of(text.text) * text.size <= WIDTH for text in texts)
    assert texts[-1].text.endswith("…")


def test_heights_may_count_downwards(view):
    canvas = Canvas((0, 10), (4, 0))
    canvas.x_axis(unit_of_measure="kg")
    canvas.y_axis(unit_of_measure="m")
    canvas.rectangle((0, 5), (1, 2))
    drawn = Drawing(chart(view, "what_if", canvas, [], found="", unit="").markup)
    assert drawn.y.at(20) == near(0)
    assert drawn.y.at(210 - 26) == near(4)
    [box] = drawn.boxes
    assert (drawn.y.at(box.top), drawn.y.at(box.bottom)) == (near(1), near(2))
    assert (drawn.x.at(box.left), drawn.x.at(box.right)) == (near(0), near(5))


def rows_of_chart(view, name: str, count: int) -> Drawing:
    names = [f"row {n}" for n in range(count)]
    drawn = {
        "peers": lambda: peer_comparison.peer_ranges(
            view, [(SimpleNamespace(indicator="exam_share", value=15.0), peers())] * count
        ),
        "departments": lambda: peer_comparison.department_rates(
            view, [department("H1-1", 0.7 + n / 100, 0.8) for n in range(count)]
        ),
        "bars": lambda: time_and_money.change_bars(view, [(name, 1e6) for name in names]),
        "heat": lambda: peer_comparison.score_heat(
            view, [(name, {"A": 0.7}) for name in names], ["A"], "hospital"
        ),
    }
    return Drawing(drawn[name]().markup)


@pytest.mark.parametrize(
    ("name", "height", "top", "bottom", "edge"),
    [
        # 16 points and 40 a row; 44 and 17; 40 and 22; 24 and 18.
        ("peers", 136, 4, 4, 0.55),
        ("departments", 95, 6, 26, 0.6),
        ("bars", 106, 6, 26, 0.6),
        ("heat", 78, 4, 20, 0.5),
    ],
)
def test_rows_stand_evenly_between_the_margins_of_their_chart(
    view, name, height, top, bottom, edge
):
    """Three rows: two distances between them, and a share of one at either edge."""
    drawn = rows_of_chart(view, name, 3)
    of_marks = [mark.y for mark in drawn.marks if mark.form == "diamond"]
    of_boxes = [(box.top + box.bottom) / 2 for box in drawn.boxes]
    found = sorted({round(y, 1) for y in of_marks or of_boxes or [m.y for m in drawn.marks]})
    apart = (height - top - bottom) / (2 + 2 * edge)
    assert drawn.height == height
    assert found == pytest.approx([top + (edge + n) * apart for n in range(3)], abs=0.06)


def columns_of_chart(view, name: str) -> Drawing:
    months = [
        SimpleNamespace(month=month, scheme="employee", executed=1e4, phased=2e4)
        for month in (2, 3, 4)
    ]
    drawn = {
        "dots": lambda: time_and_money.execution_dots(view, {2022: 0.8, 2023: 0.9, 2024: 1.3}),
        "waterfall": lambda: time_and_money.waterfall(
            view, "bridge", {"2022": 1e6, "2023": 5e4}, "2024", view.numbers.scale
        ),
        "lines": lambda: growths(view),
        "progress": lambda: time_and_money.progress_lines(view, months, view.numbers.scale),
        "fan": lambda: time_and_money.fund_fan(view, "employee", CLOSING),
    }[name]()
    return drawn if isinstance(drawn, Drawing) else Drawing(drawn.markup)


@pytest.mark.parametrize(
    ("name", "right", "edge", "height"),
    [("dots", 40, 0.6, 190), ("waterfall", 10, 0.5, 206 + 18), ("lines", 172, 0.4, 210),
     ("progress", 172, 0.5, 220), ("fan", 120, 0.4, 210)],
)  # fmt: skip
def test_columns_stand_evenly_between_the_margins_of_their_chart(view, name, right, edge, height):
    """Of n columns there are n - 1 distances, and a share of one at either side."""
    drawn = columns_of_chart(view, name)
    assert drawn.height == height
    below = [text for text in drawn.said() if re.fullmatch(r"20\d\d|[234]", text.text)]
    apart = (WIDTH - right - 52) / (len(below) - 1 + 2 * edge)
    assert len(below) == (4 if name == "lines" else 3)
    assert [text.x for text in below] == pytest.approx(
        [52 + (edge + n) * apart for n in range(len(below))], abs=0.06
    )


def test_a_legend_goes_on_below_where_its_line_is_full(view):
    canvas = Canvas((0, 1), (0, 1), top=60)
    canvas.legend({f"a name of some length {n}": {"marker": "o"} for n in range(5)})
    drawn = Drawing(chart(view, "what_if", canvas, [], found="", unit="").markup)
    heights = [text.y for text in drawn.texts]
    assert heights == [10, 10, 23, 23, 36]
    assert all(text.x < WIDTH for text in drawn.texts)
    assert len(drawn.legend) == 5


# What a page draws of the sample city is what the evaluation says of its units.
REGION, HOSPITAL = "990106", "H99010600001"


@pytest.fixture
def shown(city_run):
    def of(unit_id: str, part: str) -> list[Drawing]:
        markup = report.open_unit(unit_id, city_run / "evaluation", lang="en").show(part).markup
        return [Drawing(svg) for svg in re.findall(r'<svg role="img".*?</svg>', markup, re.S)]

    return of


def values_of(evaluation, unit_id: str, name: str, scheme: str = "all") -> dict[str, float]:
    rows = evaluation.indicators.dropna(subset="value")
    rows = rows[(rows["unit_id"] == unit_id) & (rows["indicator"] == name)]
    rows = rows[rows["scheme"] == scheme].sort_values("year")
    return {str(year): value for year, value in zip(rows["year"], rows["value"], strict=True)}


@pytest.mark.parametrize("unit_id", [REGION, HOSPITAL])
def test_the_page_draws_the_execution_rate_of_every_year(shown, evaluated_city, unit_id):
    [drawn] = shown(unit_id, "execution")
    rates = values_of(evaluated_city, unit_id, "execution_rate")
    assert len(rates) == 5
    years = [text.text for text in drawn.said() if text.text.startswith("20")]
    assert years == list(rates)
    found = [drawn.y.at(mark.y) for mark in sorted(drawn.marks, key=lambda mark: mark.x)]
    assert found == [near(100 * rate) for rate in rates.values()]
    below = sum(rate < FLOOR for rate in rates.values())
    assert says(drawn.title, "chart.execution.found", "en", year=2024, count=5, below=below)


def test_the_page_draws_nominal_and_real_growth_of_every_year(shown, evaluated_city):
    [drawn] = shown(HOSPITAL, "growth")
    at = {text.text: text.x for text in drawn.said() if text.text.startswith("20")}
    assert list(at) == ["2021", "2022", "2023", "2024"]
    for setting in ("outpatient", "inpatient"):
        for kind in ("", "_real"):
            name = f"{setting}_cost_growth{kind}"
            [line] = drawn.series(words("indicator." + name, "en"))
            growth = values_of(evaluated_city, HOSPITAL, name)
            assert [drawn.y.at(mark.y) for mark in line.marks] == [
                near(100 * value) for value in growth.values()
            ]
            assert [mark.x for mark in line.marks] == pytest.approx(
                [at[year] for year in growth], abs=0.06
            )


def test_the_page_draws_the_months_each_fund_can_pay_for(shown, evaluated_city):
    [drawn] = shown(REGION, "funds")
    for scheme in ("employee", "resident"):
        months = values_of(evaluated_city, REGION, "payable_months", scheme)
        [line] = drawn.series(words("scheme." + scheme, "en"))
        assert [drawn.y.at(mark.y) for mark in line.marks] == [near(v) for v in months.values()]
        assert len(line.marks) == 5


def test_the_page_draws_every_step_to_next_years_budget(shown, evaluated_city):
    drawn = shown(HOSPITAL, "bridge")[0]
    budget = evaluated_city.budget
    steps = budget[(budget["unit_id"] == HOSPITAL) & (budget["scheme"] == "all")]
    amounts = steps.set_index("step")["amount"]
    unit = {"ten thousand CNY": 1e4}
    [factor] = [unit[t.text] for t in drawn.texts if t.text in unit]
    first, last = [line for line in drawn.lines if line.width == 4]
    ends = [drawn.y.at(line.points[0][1]) * factor for line in (first, last)]
    room = abs(drawn.y.scale) * factor * 0.06
    assert ends == pytest.approx([amounts["base"], amounts["next_budget"]], abs=room)
    moved = [
        (1 - 2 * box.hatched) * (drawn.y.at(box.top) - drawn.y.at(box.bottom)) * factor
        for box in drawn.boxes
    ]
    steps = amounts.drop(["base", "next_budget"])
    # A step that changes nothing is a grey dash.
    assert moved == pytest.approx(steps[steps != 0].tolist(), abs=2 * room)
    assert (
        sum(line.stroke == GREY and line.width == 2 for line in drawn.lines) == (steps == 0).sum()
    )


def test_the_page_draws_the_departments_judged_the_lowest_first(shown, evaluated_city):
    [drawn] = shown(HOSPITAL, "departments")
    states = evaluated_city.restrictions
    own = states[states["unit_id"].str.startswith(HOSPITAL) & (states["year"] == 2024)]
    own = own.dropna(subset=["rate", "previous_rate"]).sort_values(["rate", "unit_id"])
    moves = [line for line in drawn.lines if len(line.points) == 2 and line.marks]
    assert len(moves) == min(len(own), peer_comparison.MOST_DEPARTMENTS)
    found = [[drawn.x.at(x) for x, _ in line.points] for line in moves]
    given = own[["previous_rate", "rate"]].head(len(moves)).mul(100).to_numpy().tolist()
    assert found == [[near(a), near(b)] for a, b in given]
    squares = [line.marks[0].form == "square" for line in moves]
    assert squares == (own["state"].head(len(moves)) == "restricted").tolist()


def test_the_page_draws_each_unit_below_at_its_volume_and_share(shown, evaluated_city):
    [drawn] = shown(REGION, "funnel")
    rows = evaluated_city.indicators
    rows = rows[(rows["year"] == 2024) & (rows["scheme"] == "all")]
    names = evaluated_city.units.set_index("unit_id")
    below = names.index[names["parent_id"] == REGION]
    share = rows[rows["indicator"] == "exam_share"].set_index("unit_id")["value"]
    volume = rows[rows["indicator"] == "inpatient_cost"].set_index("unit_id")["denominator"]
    given = sorted((volume[u], share[u] * 100) for u in below if u in share.dropna().index)
    found = sorted((drawn.x.at(mark.x), drawn.y.at(mark.y)) for mark in drawn.marks)
    room = abs(drawn.x.scale) * 0.06
    assert len(given) > 3
    assert found == [(pytest.approx(v, abs=room), near(s)) for v, s in given]


def test_the_page_draws_the_balance_that_each_scenario_leads_to(shown, evaluated_city):
    drawings = shown(REGION, "projection")
    rows = evaluated_city.projections
    rows = rows[rows["unit_id"] == REGION]
    schemes = list(dict.fromkeys(rows["scheme"]))
    unit = {"ten thousand CNY": 1e4}
    assert len(drawings) == len(schemes) > 0
    for drawn, scheme in zip(drawings, schemes, strict=True):
        [factor] = [unit[t.text] for t in drawn.texts if t.text in unit]
        for scenario in ("trend", "gdp_line"):
            path = rows[(rows["scheme"] == scheme) & (rows["scenario"] == scenario)]
            [line] = drawn.series(words("scenario." + scenario, "en"))
            found = [drawn.y.at(mark.y) * factor for mark in line.marks]
            room = abs(drawn.y.scale) * factor * 0.06
            assert found == pytest.approx(path.sort_values("year")["closing"].tolist(), abs=room)


# Charts that are spoilt fail the tests above.
DRAW_LINE, DRAW_BOX, DRAW_TEXT = Canvas.line, Canvas.rectangle, Canvas.text


def swapped(canvas, x, y, **style):
    DRAW_LINE(canvas, x, list(y)[::-1] if "marker" in style else y, **style)


def truncated(canvas, x, y, **style):
    DRAW_BOX(canvas, (x[0] / 2 + x[1] / 2, x[1]), y, **style)


def shifted(canvas, x, y, text, *where, **style):
    number = re.fullmatch(r"\d+", text)
    DRAW_TEXT(canvas, x, y, str(int(text) + 1) if number else text, *where, **style)


def mislabelled(canvas, x, y, text, *where, **style):
    DRAW_TEXT(canvas, x, y, {"2021": "2022", "2022": "2021"}.get(text, text), *where, **style)


@pytest.mark.parametrize(
    ("method", "spoilt", "test"),
    [
        ("line", swapped, test_a_line_passes_through_its_value_over_each_year),
        (
            "rectangle",
            truncated,
            test_bars_of_changes_start_at_zero_and_point_their_way,
        ),
        ("text", shifted, test_a_dot_of_execution_stands_at_its_rate_over_its_year),
        ("text", shifted, test_a_funnel_places_each_unit_at_its_volume_and_share),
        ("text", mislabelled, test_a_line_passes_through_its_value_over_each_year),
    ],
)
def test_a_spoilt_chart_does_not_pass(view, monkeypatch, method, spoilt, test):
    test(view)
    monkeypatch.setattr(Canvas, method, spoilt)
    with pytest.raises((AssertionError, ValueError, KeyError)):
        test(view)
