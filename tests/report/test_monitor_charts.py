"""Charts of the months and days of a year, read back from their SVG: bands and purchases."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from fundeval.report.charts.canvas import GREY, WIDTH
from fundeval.report.charts.progress_bands import draw_progress_bands
from fundeval.report.charts.purchase_days import draw_purchase_days
from fundeval.report.sections.purchases import CHECK_SHAPES
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from tests.messages import says
from tests.report.drawn import Drawing

# The plot of bands ends where the names of the levels begin.
LEFT, PLOT = 52, WIDTH - 200
BANDS = [
    {"from": 0, "to": 0.9, "result": "blue"},
    {"from": 0.9, "to": 1.05, "result": "none"},
    {"from": 1.05, "to": None, "result": "red"},
]
NAMES = ["v low", "o even", "^ high"]
PROGRESS = {
    ("employee", 7): (0.8, "blue"), ("employee", 8): (0.95, "none"), ("employee", 10): (1.2, "red"),
    ("resident", 7): (1.0, "none"), ("resident", 8): (0.85, "blue"),
}  # fmt: skip


@pytest.fixture
def view(evaluation) -> View:
    return View(evaluation, summarize_descendants(evaluation), "H1", "en")


@pytest.fixture
def bands(view) -> Drawing:
    rows = [
        SimpleNamespace(scheme=scheme, month=month, progress=progress, level=level)
        for (scheme, month), (progress, level) in PROGRESS.items()
    ]
    return Drawing(draw_progress_bands(view, rows, BANDS, NAMES).markup)


def near(value: float) -> object:
    return pytest.approx(value, abs=0.06)


def test_progress_stands_over_its_month_at_its_share(view, bands):
    """Months 7 to 10 with half a month beside them: a quarter of 268 points each."""
    months = {text.text: text.x for text in bands.said()}
    assert months == {
        month: near(LEFT + (int(month) - 6.5) * (PLOT - LEFT) / 4) for month in ("7", "8", "10")
    }
    for scheme in ("employee", "resident"):
        [line] = bands.series(view.messages.code("scheme.", scheme))
        found = [(mark.x, bands.y.at(mark.y)) for mark in line.marks]
        assert found == [
            (near(months[str(month)]), near(100 * progress))
            for (of, month), (progress, _) in PROGRESS.items()
            if of == scheme
        ]
    looks = [(line.marks[0].form, line.dashed) for line in bands.legend.values()]
    assert looks == [("circle", False), ("square", True)]


def test_where_the_level_changes_a_dashed_line_leads_to_its_names(bands):
    """0.8 to 1.2 with 18 % of that range beside it: 72.8 % to 127.2 %."""
    assert {90, 105} < set(bands.y.ticks)
    edges = [line for line in bands.lines if not line.marks]
    assert [[bands.y.at(y) for _, y in line.points] for line in edges] == [
        [near(90)] * 2, [near(105)] * 2,
    ]  # fmt: skip
    assert all((line.dashed, line.stroke) == (True, GREY) for line in edges)
    assert {tuple(x for x, _ in line.points) for line in edges} == {(LEFT, WIDTH - 4)}
    names = [bands.at(name) for name in NAMES]
    assert {(text.x, text.anchor) for text in names} == {(WIDTH - 4, "end")}
    middles = [(72.8 + 90) / 2, (90 + 105) / 2, (105 + 127.2) / 2]
    assert [bands.y.at(text.y - 3) for text in names] == [near(middle) for middle in middles]


def test_a_chart_of_bands_says_where_each_scheme_stands_last(bands):
    assert says(bands.title, "chart.progress_bands.found", "en", month=10)
    for scheme, level, share in (
        ("Employees", "^ high", "120.00%"),
        ("Residents", "v low", "85.00%"),
    ):
        assert says(bands.title, "chart.progress_bands.scheme", "en",
                    scheme=scheme, level=level, progress=share)  # fmt: skip
    assert "Employees 7: 80.00%" in bands.desc
    assert "Residents 8: 85.00%" in bands.desc


def day(date: str, share: float, check: str, level: str = "orange") -> SimpleNamespace:
    return SimpleNamespace(date=pd.Timestamp(date), share=share, check=check, level=level)


DAYS = [
    day("2024-03-03", 0.5, "not_due", "none"),
    day("2024-03-01", 0.9, "late"),
    day("2024-03-01", 0.7, "unchecked"),
    day("2024-03-04", 0.80001, "in_time"),
    day("2024-03-11", 1.5, "unchecked", "red"),
    day("2024-03-09", 1.2, "unchecked", "red"),
]


def test_each_day_stands_at_its_highest_share_with_the_mark_of_its_check(view):
    """Ten days and one beside each end: a twelfth of 420 points a day."""
    drawn = Drawing(draw_purchase_days(view, DAYS, CHECK_SHAPES).markup)
    plot = [line for line in drawn.lines if line.marks and line.marks[0].y > 34]
    found = [
        [(round((mark.x - LEFT) / 35 - 1, 2), round(drawn.y.at(mark.y), 1)) for mark in line.marks]
        for line in plot
    ]
    # The gravest state first, each from its first day on; of two kinds of goods the higher.
    assert found == [[(8, 120), (10, 150)], [(0, 90)], [(3, 80)], [(2, 50)]]
    looks = [(line.marks[0].form, line.marks[0].hollow) for line in plot]
    assert looks == [("square", False), ("up", False), ("circle", True), ("circle", False)]
    words = [view.messages.code("check.", state)
             for state in ("unchecked", "late", "in_time", "not_due")]  # fmt: skip
    legend = sorted((text for text in drawn.texts if text.text in words), key=lambda t: (t.y, t.x))
    assert [text.text for text in legend] == words
    assert {text.text: text.x for text in drawn.said() if "-" in text.text} == {
        "03-01": near(LEFT + 35), "03-11": near(LEFT + 11 * 35),
    }  # fmt: skip


def test_the_limit_of_a_day_is_dashed_and_the_threshold_a_thin_line(view):
    """The scale ends a tenth above the highest share, 150 %."""
    drawn = Drawing(draw_purchase_days(view, DAYS, CHECK_SHAPES).markup)
    limit, whole = (line for line in drawn.lines if len(line.points) == 2 and not line.marks)
    assert [drawn.y.at(line.points[0][1]) for line in (limit, whole)] == [near(80), near(100)]
    assert (limit.dashed, whole.dashed, whole.stroke) == (True, False, GREY)
    for text, line in (("80%", limit), ("100%", whole)):
        assert (drawn.at(text).x, drawn.at(text).y - 3) == (
            near(WIDTH - 48 + 4), near(line.points[1][1]),
        )  # fmt: skip
    assert (drawn.y.at(230 - 26), drawn.y.at(34)) == (near(0), near(165))


def test_alerts_are_told_and_of_calm_days_the_highest(view):
    drawn = Drawing(draw_purchase_days(view, DAYS, CHECK_SHAPES).markup)
    assert says(drawn.title, "chart.purchase_days.found", "en", count=5, alerts=4, limit="80%",
                date="2024-03-11", share="150.00%")  # fmt: skip
    word = view.messages.code("check.", "in_time")
    assert f"2024-03-04 80.001% {word}" in drawn.desc
    assert "2024-03-03" not in drawn.desc
    calm = [day("2024-03-03", 0.5, "not_due", "none"), day("2024-03-04", 0.6, "not_due", "none")]
    drawn = Drawing(draw_purchase_days(view, calm, CHECK_SHAPES).markup)
    assert "2024-03-04 60" in drawn.desc
    assert "2024-03-03" not in drawn.desc
    # The threshold is always in view.
    assert drawn.y.at(34) == near(110)


def test_a_single_day_has_its_date_once(view):
    drawn = Drawing(draw_purchase_days(view, DAYS[:1], CHECK_SHAPES).markup)
    assert [text.text for text in drawn.said() if "-" in text.text] == ["03-03"]
    [mark] = [mark for mark in drawn.marks if mark.y > 34]
    assert mark.x == near(LEFT + 210)
