"""Figures over many units, read back from their SVG."""

import os
import re
import subprocess
import sys
import warnings
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import fundeval
from fundeval import report
from fundeval.batch.cache_keys import hash_evaluation
from fundeval.report.charts.canvas import ALERT, FILL, INK
from fundeval.report.figures.budget_parts import budget_parts, draw_budget_parts
from fundeval.report.figures.department_years import department_years, draw_department_years
from fundeval.report.figures.points import draw_points, points
from fundeval.report.figures.rates_by_year import draw_rates_by_year, rates_by_year
from fundeval.report.figures.score_and_change import (
    MOST_POINTS,
    draw_score_and_change,
    score_and_change,
)
from fundeval.report.figures.spread import draw_spread, spread
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.results import below_unit
from fundeval.results import parquet as store
from tests.messages import says
from tests.report.plotted import Plot

YEAR = 2024
PARTS = ("score_and_change", "budget_parts", "rates_by_year", "spread", "points",
         "department_years")  # fmt: skip
LEVELS = ("tertiary", "secondary", "primary")


class Reader:
    """For whom a figure is drawn."""

    def __init__(self, lang: str = "zh") -> None:
        self.messages, self.numbers, self.year = Messages(lang), NumberFormatter(lang), YEAR


ZH = Reader()


def frames(hospitals: int = 6, departments: int = 2, regions: int = 2, years: int = 3) -> dict:
    """Return frames of a run in which each figure can be told by its place.

    Hospital n has the score 60 + n, the execution rate 0.9 + n / 100 in the evaluated year, and a
    change of n / 100; its departments stand below or above a floor of 0.8, 0.85, then 0.9.
    """
    ids = [f"H{n}" for n in range(hospitals)]
    units = [{"unit_id": "R", "name": "全市", "kind": "region", "parent_id": None, "level": None}]
    units += [
        {"unit_id": f"R{n}", "name": f"第{n}县", "kind": "region", "parent_id": "R", "level": None}
        for n in range(regions)
    ]
    units += [
        {"unit_id": unit, "name": f"医院{n}", "kind": "hospital", "parent_id": f"R{n % regions}",
         "level": LEVELS[n % 3]}
        for n, unit in enumerate(ids)
    ]  # fmt: skip
    below = [(f"H{n}-D{d}", n, d) for n in range(hospitals) for d in range(departments)]
    units += [
        {"unit_id": unit, "name": f"科室{n}.{d}", "kind": "department", "parent_id": f"H{n}",
         "level": None}
        for unit, n, d in below
    ]  # fmt: skip
    span = range(YEAR - years + 1, YEAR + 1)
    rates = [
        {"unit_id": unit, "year": year, "scheme": "all", "indicator": "execution_rate",
         "value": 0.9 + n % 10 / 100 - (YEAR - year) / 1000, "reason": ""}
        for n, unit in enumerate(ids) for year in span
    ]  # fmt: skip
    scores = [
        {"unit_id": unit, "indicator": indicator, "points": share * 40, "max": 40.0, "reason": ""}
        for n, unit in enumerate(ids)
        for indicator, share in (("execution_rate", 1.0), ("exam_share", n % 10 / 10))
    ]
    restrictions = [
        {"unit_id": unit, "year": year, "rate": 0.95 if d else 0.79 - n % 10 / 100,
         "floor": 0.9 - (YEAR - year) * 0.05, "reason": "",
         "state": "clear" if d else "restricted" if year == YEAR else "watch"}
        for unit, n, d in below for year in span
    ]  # fmt: skip
    budget = [
        {"unit_id": unit, "scheme": "all", "step": step, "amount": amount, "reason": ""}
        for n, unit in enumerate(ids)
        for step, amount in (("base", 1000.0), ("next_budget", 1000.0 * (1 + n % 10 / 100)))
    ]
    allocations = [
        {"unit_id": unit, "kind": "hospital", "base": 1000.0, "needs": 1050.0, "desired": 1050.0,
         "envelope": 1030.0, "next_budget": 1000.0 * (1 + n % 10 / 100), "limit": "", "reason": ""}
        for n, unit in enumerate(ids)
    ]  # fmt: skip
    grades = [
        {"unit_id": unit, "score": 60.0 + n % 30, "grade": "good", "reason": ""}
        for n, unit in enumerate(ids)
    ]
    rows = {"units": units, "grades": grades, "scores": scores, "indicators": rates,
            "restrictions": restrictions, "budget": budget, "allocations": allocations}  # fmt: skip
    made = {name: pd.DataFrame(rows[name], columns=below_unit.BELOW_COLUMNS[name]) for name in rows}
    if all(map(len, made.values())):
        return made
    # Columns without rows have types too.
    typed = frames()
    return {name: made[name] if len(made[name]) else typed[name].head(0) for name in made}


def changed(given: dict, name: str, where: str, **values: object) -> dict:
    """Return the frames with other values in the rows of one, chosen by a query."""
    frame = given[name].copy()
    rows = frame.eval(where)
    for column, value in values.items():
        frame.loc[rows, column] = np.nan if value is None else value
    return {**given, name: frame}


def drawn(name: str, given: dict, words: Reader = ZH) -> Plot | None:
    charts = {
        "score_and_change": lambda: draw_score_and_change(
            score_and_change(given, YEAR), words, 0.9
        ),
        "budget_parts": lambda: draw_budget_parts(budget_parts(given), words),
        "rates_by_year": lambda: draw_rates_by_year(
            rates_by_year(given, YEAR), words, {2022: 0.8, 2023: 0.85, 2024: 0.9}
        ),
        "spread": lambda: draw_spread(spread(given, YEAR), words, 0.9),
        "points": lambda: draw_points(points(given, "hospital"), words, "hospital"),
        "department_years": lambda: draw_department_years(department_years(given, YEAR), words),
    }
    chart = charts[name]()
    return chart and Plot(chart.html.markup)


# Score and change --------------------------------------------------------------------------------


def test_every_hospital_stands_at_its_score_rate_and_change() -> None:
    scores, rates = drawn("score_and_change", frames()).panels
    assert scores.points() == [(60.0 + n, n / 100) for n in range(6)]
    shape = {s.fill for s in scores.shapes("PathCollection")}
    assert shape == {INK, FILL, "#ffffff"}
    across = sorted(round(rates.x.at(s.centre[0]), 3) for s in rates.shapes("PathCollection"))
    assert across == [round(0.9 + n / 100, 3) for n in range(6)]


def test_a_wrong_score_moves_its_point_and_its_text() -> None:
    sound, spoilt = (
        drawn("score_and_change", given)
        for given in (frames(), changed(frames(), "grades", "unit_id == 'H3'", score=75.0))
    )
    before, after = (plot.panels[0].points() for plot in (sound, spoilt))
    assert set(before) - set(after) == {(63.0, 0.03)}
    assert set(after) - set(before) == {(75.0, 0.03)}
    assert says(spoilt.desc, "figure.score_and_change.row", name="医院3", score="75.00",
                rate="93.00%", change="+3.00%")  # fmt: skip


def test_a_hospital_without_a_budget_is_counted_and_not_drawn_as_nothing() -> None:
    given = changed(frames(), "budget", "unit_id == 'H2' and step == 'next_budget'", amount=None)
    given = changed(given, "allocations", "unit_id == 'H2'", next_budget=None, reason="infeasible")
    plot = drawn("score_and_change", given)
    assert plot.panels[0].points() == [(60.0 + n, n / 100) for n in (0, 1, 3, 4, 5)]
    assert says(plot.desc, "figure.not_drawn", count=1)
    assert says(plot.desc, "figure.score_and_change.held", cap=0, floor=0, restricted=5,
                infeasible=1)  # fmt: skip
    # It has a cross at its score below the scale.
    crosses = [
        s for s in plot.panels[0].shapes("line2d") if s.stroke == ALERT and not s.corners[1:]
    ]
    assert 62.0 in [round(plot.panels[0].x.at(s.centre[0]), 1) for s in crosses]
    assert all(word in plot.texts for word in ("无法编制（不在纵轴上）", "有受限科室"))


def test_hospitals_at_a_limit_are_marked_and_counted() -> None:
    given = changed(frames(), "allocations", "unit_id in ['H4', 'H5']", limit="cap")
    given = changed(given, "allocations", "unit_id == 'H0'", limit="floor")
    plot = drawn("score_and_change", given)
    assert {"停在上限", "停在保底"} <= set(plot.texts)
    assert says(plot.desc, "figure.score_and_change.held", cap=2, floor=1)
    unmarked = drawn("score_and_change", frames())
    assert not {"停在上限", "停在保底"} & set(unmarked.texts)


def test_the_floor_stands_where_it_is() -> None:
    rates = drawn("score_and_change", frames()).panels[1]
    [dashed] = [s for s in rates.shapes("line2d") if "stroke-dasharray" in s.style]
    assert round(rates.x.at(dashed.centre[0]), 3) == 0.9


# Budgets -----------------------------------------------------------------------------------------


def test_bars_are_the_parts_of_the_change_of_each_region() -> None:
    """Region 0: needs 5 %, envelope -2 %, results of hospitals 0, 2, 4 (0 + 2 + 4) / 3 - 3 %."""
    plot = drawn("budget_parts", frames())
    [panel] = plot.panels
    assert says(plot.desc, "figure.budget_parts.row", name="第0县", total="+2.00%",
                needs="+5.00%", fit="-2.00%", result="-1.00%")  # fmt: skip
    bars = [s for s in panel.shapes("patch") if s.stroke == INK and len(s.corners) >= 4]
    ends = sorted(
        (round(panel.x.at(x0), 4), round(panel.x.at(x1), 4))
        for x0, _, x1, _ in (b.box for b in bars)
        if x1 - x0 < 370
    )
    assert {(0.0, 0.05), (-0.02, 0.0), (-0.01, 0.0)} <= set(ends)
    assert sum(bar.hatched for bar in bars) == 4


def test_parts_of_a_hospital_make_up_the_change_of_its_budget(evaluated_city) -> None:
    given = below_unit.select_below(evaluated_city.frames())
    parts = budget_parts(given).set_index("unit_id")
    changes = score_and_change(given, YEAR).set_index("unit_id")["change"]
    total = parts[["needs", "fit", "result"]].sum(axis=1) / parts["base"]
    assert len(total) == 60
    assert np.allclose(total, changes, atol=1e-9)


def test_a_hospital_without_a_budget_is_in_no_bar() -> None:
    given = changed(
        frames(), "allocations", "unit_id == 'H4'", next_budget=None, reason="infeasible"
    )
    plot = drawn("budget_parts", given)
    assert says(plot.desc, "figure.budget_parts.missing", count=1)
    assert says(plot.desc, "figure.budget_parts.row", name="第0县", total="+1.00%",
                needs="+5.00%", fit="-2.00%", result="-2.00%")  # fmt: skip


# Rates over the years ----------------------------------------------------------------------------


def test_each_region_has_a_panel_with_its_median_and_the_floor_of_each_year() -> None:
    plot = drawn("rates_by_year", frames())
    assert len(plot.panels) == 2
    first = next(p for p in plot.panels if any(t.startswith("第0县") for t in p.texts))
    lines = [s for s in first.shapes("line2d") if s.stroke == INK and len(s.corners) == 3]
    [median] = [s for s in lines if s.style["stroke-width"] == "1.8"]
    found = [round(plot.panels[0].y.at(y), 4) for _, y in median.corners]
    assert found == [0.918, 0.919, 0.92]
    floors = [s for s in first.shapes("line2d") if "stroke-dasharray" in s.style]
    assert sorted(round(plot.panels[0].y.at(s.centre[1]), 3) for s in floors) == [0.8, 0.85, 0.9]


def test_hospitals_of_one_region_are_told_apart_by_level() -> None:
    plot = drawn("rates_by_year", frames(regions=1))
    assert len(plot.panels) == 3
    assert [p.texts[-1].split()[0] for p in plot.panels] == ["三级", "二级", "一级"]


def test_a_year_without_a_rate_is_a_gap() -> None:
    given = changed(frames(), "indicators", "year == 2023", value=None)
    frame = rates_by_year(given, YEAR)
    assert sorted(frame["year"].unique()) == [2022, 2024]
    assert frame["value"].min() > 0.89


# Spread ------------------------------------------------------------------------------------------


def test_few_values_are_points_and_many_have_boxes() -> None:
    few, many = (drawn("spread", frames(hospitals=n)).panels[0] for n in (6, 30))
    scores = sorted(round(few.y.at(s.centre[1]), 1) for s in few.shapes("PathCollection"))
    assert scores == [60.0, 61.0, 62.0, 63.0, 64.0, 65.0]
    assert not [s for s in few.shapes("patch") if s.fill in {INK, FILL}]
    boxes = [s for s in many.shapes("patch") if s.fill == INK]
    # Of scores 60, 63, … 87 the quartiles are 66.75 and 80.25.
    assert [tuple(round(many.y.at(y), 2) for y in (b.box[3], b.box[1])) for b in boxes] == [
        (66.75, 80.25)
    ]


def test_a_hospital_without_a_score_is_said() -> None:
    plot = drawn("spread", changed(frames(), "grades", "unit_id == 'H1'", score=None))
    assert len(plot.panels[0].shapes("PathCollection")) == 5
    assert says(plot.desc, "figure.spread.missing", count=1)
    assert "1 家" in plot.texts


# Points ------------------------------------------------------------------------------------------


def test_fields_stand_by_score_and_what_has_no_value_is_crossed() -> None:
    given = changed(
        frames(), "scores", "unit_id == 'H3' and indicator == 'exam_share'", points=None
    )
    plot = drawn("points", given)
    names = [t for t in plot.texts if t.startswith("医院")]
    assert names == [f"医院{n}" for n in range(6)]
    [panel] = plot.panels
    crossed = [s for s in panel.shapes("patch") if s.hatched]
    assert len(crossed) == 1
    assert says(plot.title, "figure.points.found", count=6, share="24%")
    assert says(plot.title, "chart.unjudged.fields", count=1)
    fields = sorted(t for t in panel.texts if t.isdigit())
    assert fields == sorted(["100"] * 6 + ["0", "10", "20", "40", "50"])
    assert says(plot.desc, "figure.points.row", name="医院3", missing=1)
    # What the policy does not ask of a unit is no field that cannot be judged.
    asked = dict(given)
    asked["scores"] = given["scores"].query("unit_id != 'H3' or indicator != 'exam_share'")
    assert says(drawn("points", asked).desc, "figure.points.row", name="医院3", missing=0)


def test_many_units_are_tenths_by_score() -> None:
    plot = drawn("points", frames(hospitals=60, departments=0))
    assert len([t for t in plot.texts if "十分之一" in t]) == 10
    assert plot.texts.count("6 家") == 10


# Departments -------------------------------------------------------------------------------------


def test_few_departments_are_rows_with_sign_rate_and_hatching() -> None:
    plot = drawn("department_years", frames(hospitals=3))
    [panel] = plot.panels
    names = [t for t in plot.texts if t.startswith("科室")]
    assert names == ["科室2.0", "科室1.0", "科室0.0", "科室0.1", "科室1.1", "科室2.1"]
    # Below 0.8, 0.85 and 0.9 in the three years: each of the three departments, each year.
    assert len([s for s in panel.shapes("patch") if s.hatched]) == 9
    assert panel.texts.count("■ 79.0%") == 1
    assert panel.texts.count("△ 79.0%") == 2
    assert [t for t in panel.texts if t.startswith("下限")] == ["下限 80%", "下限 85%", "下限 90%"]


def test_hatching_follows_the_floor_of_each_year() -> None:
    """A rate of 87 % is above the floors of 80 and 85 %, and below that of 90 %."""
    given = changed(frames(hospitals=1), "restrictions", "unit_id == 'H0-D1'", rate=0.87)
    given = changed(given, "restrictions", "unit_id == 'H0-D0'", rate=0.95)
    [panel] = drawn("department_years", given).panels
    [hatched] = [s for s in panel.shapes("patch") if s.hatched]
    columns = sorted({round(s.box[0]) for s in panel.shapes("QuadMesh")})
    assert round(hatched.box[0]) == columns[-1]
    assert len(columns) == 3


def test_many_departments_are_counted_beside_the_floor_of_each_year() -> None:
    plot = drawn("department_years", frames(hospitals=40))
    [panel] = plot.panels
    floors = [s for s in panel.shapes("line2d") if s.style.get("stroke-width") == "2"]
    assert [round(panel.y.at(s.centre[1]), 3) for s in floors] == [0.8, 0.85, 0.9]
    counts = [int(t) for t in panel.texts if t.isdigit()]
    assert sum(counts) == 240
    assert plot.texts.count("■ 40") == 1
    assert says(plot.desc, "figure.department_years.paths", most=12, count=28)


def test_a_wrong_rate_of_a_department_shows() -> None:
    given = changed(frames(3), "restrictions", "unit_id == 'H0-D1' and year == 2023", rate=0.5)
    before, after = (set(drawn("department_years", one).texts) for one in (frames(3), given))
    assert after - before == {"○ 50.0%"}


def test_a_department_year_without_a_rate_is_said_and_not_drawn_as_0() -> None:
    where = "unit_id == 'H0-D1' and year == 2023"
    for hospitals in (3, 40):
        given = changed(frames(hospitals), "restrictions", where, rate=None, state="undetermined")
        plot = drawn("department_years", given)
        assert says(plot.desc, "figure.department_years.missing", count=1)
        assert "? —" in plot.texts or hospitals == 40
        assert not [t for t in plot.texts if t.endswith(" 0.0%") or t == "0%"]


# All of them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_have_unique_ids_plain_texts_and_no_warning(name: str, lang: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot = drawn(name, frames(), Reader(lang))
    assert len(plot.ids) == len(set(plot.ids))
    assert all(i.startswith(name) for i in plot.ids)
    assert plot.title
    assert len(plot.desc) > 60
    signs = {sign for text in [*plot.texts, plot.desc] for sign in text}
    # What fonts of a page have: no picture signs, none beyond the first plane.
    assert max(map(ord, signs)) < 0xFFFF
    assert not {sign for sign in signs if 0x2600 <= ord(sign) < 0x27C0}


@pytest.mark.parametrize("name", PARTS)
def test_nothing_is_drawn_where_nothing_applies(name: str) -> None:
    alone = frames(hospitals=1, departments=0, years=1)
    # The budget of one hospital has its parts.
    assert (drawn(name, alone) is None) == (name != "budget_parts")
    assert drawn(name, frames(hospitals=0)) is None


def test_a_single_year_has_no_figures_over_years() -> None:
    given = frames(years=1)
    assert drawn("rates_by_year", given) is None
    assert drawn("department_years", given) is None
    assert len(drawn("spread", given).panels) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_figures_of_5000_hospitals_are_small(name: str) -> None:
    given = frames(hospitals=5000, departments=2)
    plot = drawn(name, given)
    assert len(list(plot.root.iter())) < 2500
    if name == "score_and_change":
        assert says(plot.desc, "figure.score_and_change.many", most=MOST_POINTS)


def test_bytes_depend_on_nothing_but_the_data() -> None:
    expected = draw_spread(spread(frames(), YEAR), ZH, 0.9).html.markup
    state = np.random.get_state()[1].copy()
    with mpl.rc_context({"font.size": 20, "axes.grid": False, "svg.fonttype": "path"}):
        np.random.seed(5)
        again = draw_spread(spread(frames(), YEAR), ZH, 0.9).html.markup
        assert np.random.random() == np.random.RandomState(5).random()
    assert again == expected
    assert not re.search(r"<metadata|<dc:|Created with|matplotlib\.org", expected)
    assert len(state) == 624


# In reports --------------------------------------------------------------------------------------

CODE = """
import sys
import fundeval
from fundeval import report
folder, unit, parts = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
shown = report.open_unit(unit, folder).show(*(parts if parts != ["all"] else report.report.PARTS))
print("seaborn" in sys.modules, "matplotlib.pyplot" in sys.modules, file=sys.stderr)
sys.stdout.write(shown.markup)
"""


@pytest.fixture(scope="module")
def city_folder(evaluated_city, tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    store.write(evaluated_city, folder)
    return folder


def made(folder, unit: str, parts: str, seed: str) -> tuple[str, str]:
    ended = subprocess.run(
        [sys.executable, "-c", CODE, str(folder), unit, parts], capture_output=True, text=True,
        check=True, env={**os.environ, "PYTHONHASHSEED": seed},
    )  # fmt: skip
    return ended.stdout, ended.stderr


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(city_folder) -> None:
    first = made(city_folder, "990103", ",".join(PARTS), "1")[0]
    second = made(city_folder, "990103", ",".join(reversed(PARTS)), "2")[0]
    figures = [re.findall(r"<figure.*?</figure>", page, re.S) for page in (first, second)]
    assert len(figures[0]) == 6
    assert figures[0] == figures[1][::-1]


def test_the_report_of_a_hospital_does_not_load_seaborn(city_folder) -> None:
    page, loaded = made(city_folder, "H99010300001", "all", "0")
    assert 'figure class="chart wide"' not in page
    assert loaded.split() == ["False", "False"]


def test_a_region_shows_what_is_below_it_and_the_overview_everything(city_folder) -> None:
    region, whole = (report.open_unit(unit, city_folder).view.below for unit in ("990103", ""))
    assert len(whole["units"]) == 686
    assert sorted(region["units"]["kind"].unique()) == [
        "alliance", "department", "hospital", "region",
    ]  # fmt: skip
    assert len(region["units"]) == 71
    assert set(region["restrictions"]["unit_id"]) <= set(region["units"]["unit_id"])
    assert set(region["indicators"]["indicator"]) == {"execution_rate"}


def test_what_is_read_is_what_is_selected(evaluated_city, city_folder) -> None:
    for unit in ("990103", None):
        read = store.read_below(city_folder, unit)
        chosen = {
            name: frame.astype(dict.fromkeys(frame.select_dtypes("category"), "str"))
            for name, frame in below_unit.select_below(evaluated_city.frames(), unit).items()
        }
        for name, frame in read.items():
            order = [c for c in ("unit_id", "year", "indicator", "step") if c in frame]
            held = [
                f.sort_values([*order, *(c for c in f if c not in order)], ignore_index=True)
                for f in (frame, chosen[name])
            ]
            pd.testing.assert_frame_equal(*held, check_dtype=False)


def test_a_changed_rate_below_makes_the_figures_of_the_regions_above_anew(evaluated_city) -> None:
    rows = evaluated_city.restrictions.copy()
    old = (rows["unit_id"] == "H99010300001-D01") & (rows["year"] == YEAR - 2)
    assert old.sum() == 1
    rows.loc[old, "rate"] = 0.7
    before = hash_evaluation(evaluated_city)
    after = hash_evaluation(replace(evaluated_city, restrictions=rows))
    differs = {unit for unit in before if before[unit]["data"] != after[unit]["data"]}
    assert {"", "990100", "990103", "H99010300001", "H99010300001-D01"} == differs


def test_a_notebook_draws_what_the_report_draws(city_folder, tmp_path) -> None:
    charts = fundeval.open(city_folder).charts.of("990103")
    page = report.open_unit("990103", city_folder)
    for name in PARTS:
        chart = getattr(charts, name)()
        assert chart._repr_html_() == page.show(name).markup, name
    chart.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
