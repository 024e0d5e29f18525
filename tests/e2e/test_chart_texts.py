"""Charts in a real browser: their texts do not meet, stay inside, and can be read on a telephone.

Those of the sample city in both languages, and those of extreme values, long names and many units.
"""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page

from fundeval import report
from fundeval.report.charts import peer_comparison, time_and_money
from fundeval.report.charts.budget_change import Change, budget_changes
from fundeval.report.format.html_fragments import environment
from fundeval.report.unit_view import View

pytestmark = [pytest.mark.slow]
UNITS = ("H99010300001", "990103", "")
LONG = "某某市某某区第一人民医院" * 8
# What is wrong with a text of a chart: out of it, smaller than 11 pixels, or over another one.
WRONG = """() => [
    ...document.querySelectorAll('figure.chart svg[role=img], svg.curve')
].flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim());
    const boxes = texts.map(t => t.getBBox()), page = svg.viewBox.baseVal, found = [];
    const scale = svg.getBoundingClientRect().width / page.width;
    texts.forEach((text, i) => {
        const a = boxes[i], right = a.x + a.width, bottom = a.y + a.height;
        if (a.x < -1 || a.y < -1 || right > page.width + 1 || bottom > page.height + 1)
            found.push(['outside', text.textContent]);
        if (parseFloat(getComputedStyle(text).fontSize) * scale < 11)
            found.push(['small', text.textContent]);
        for (let j = 0; j < i; j++) {
            const b = boxes[j];
            const wide = Math.min(right, b.x + b.width) - Math.max(a.x, b.x);
            const high = Math.min(bottom, b.y + b.height) - Math.max(a.y, b.y);
            // Boxes of lines reach above and below their letters.
            if (wide > 0.5 && high > 0.3 * Math.min(a.height, b.height))
                found.push(['over', text.textContent, texts[j].textContent]);
        }
    });
    return found.map(each => [svg.querySelector('title')?.textContent, ...each]);
})"""


def extremes(view: View) -> Iterator[str]:
    """Yield charts of extreme values, long names, many units and a single one."""
    yield time_and_money.execution_dots(view, {2024: 0.0001}).markup
    yield time_and_money.execution_dots(view, {2015: 12.5, 2024: 0.99999}).markup
    steps = {"基数": 9.9e11, LONG: 1.0, "二": 0.0, "三": -8e11, "四": 7e11, "五": 0.0, "六": 1e3}
    scale = view.numbers.scale
    yield time_and_money.waterfall(view, "bridge", steps, "下年预算", scale).markup
    styles = time_and_money.line_styles(6)
    series = {f"{LONG[:18]}{n}": ({2023: 0.5, 2024: 0.5 + n / 1e4}, style)
              for n, style in enumerate(styles)}  # fmt: skip
    yield time_and_money.lines(view, "growth", series, view.numbers.percent, 0.5).markup
    yield time_and_money.change_bars(view, [(LONG, 1e12), ("二", -1e12), ("三", 0.01)]).markup
    yield time_and_money.change_bars(view, [(f"单位{n}", n * 1e6 - 2e7) for n in range(40)]).markup
    row = SimpleNamespace(indicator="execution_rate", value=123.456)
    same = SimpleNamespace(count=5, minimum=0.9, p10=0.9, p25=0.9, p50=0.9, p75=0.9, p90=0.9,
                           maximum=0.9)  # fmt: skip
    yield peer_comparison.peer_ranges(view, [(row, same), (row, same)]).markup
    crowd = [(f"{LONG}{n}", 500.0 + n % 7, 0.5 + n / 1e4) for n in range(60)]
    yield peer_comparison.funnel(view, "exam_share", 0.2, crowd).markup
    yield peer_comparison.funnel(view, "exam_share", 0.2, crowd[:1]).markup
    heat = [(f"{LONG}{n}", {f"{LONG[:9]}{c}": n / 50 for c in range(14)}) for n in range(50)]
    yield peer_comparison.score_heat(view, heat, [*heat[0][1]], "hospital").markup
    yield peer_comparison.score_heat(view, [("一", {"甲": 0.0})], ["甲", "乙"], "hospital").markup
    of_one = {"who": "医院", "scheme": "职工"}
    many = [Change(f"{LONG}{n}", 80 + n / 100, n / 1e5, n == 3, False, False) for n in range(80)]
    yield budget_changes(view, many, "-many", **of_one).markup


@pytest.fixture(scope="module", params=["zh", "en"])
def page(browser: Browser, city_run, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of charts on a telephone."""
    charts = []
    for unit in UNITS:
        opened = report.open_unit(unit, city_run / "evaluation", lang=request.param)
        shown = opened.show(*report.report.PARTS).markup
        drawn = r'<figure class="chart.*?</figure>|<svg class="curve.*?</svg>'
        charts += re.findall(drawn, shown, re.S)
        if unit == UNITS[0]:
            charts += extremes(opened.view)
    style = environment().get_template("style.css").render()
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_content(
        f'<!doctype html><html lang="{request.param}"><title>-</title><style>{style}</style>'
        f"<main>{''.join(charts)}</main>"
    )
    yield page
    page.close()


def test_texts_of_charts_neither_meet_nor_leave_them_and_can_be_read(page: Page) -> None:
    assert page.locator("figure.chart").count() > 40
    assert page.evaluate(WRONG) == []
    # The page itself is not wider than the telephone: a chart scrolls within it.
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_first_column_of_a_chart_stays_where_it_is_when_scrolled(page: Page) -> None:
    held = page.locator("figure.chart svg.held").first
    before = held.bounding_box()
    page.locator("figure.chart .scroll:has(svg.held)").first.evaluate("e => e.scrollLeft = 200")
    assert held.bounding_box() == before
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not held.is_visible()
    page.set_viewport_size({"width": 390, "height": 800})


def test_charts_are_as_wide_as_the_text_and_stand_on_white(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    wide = page.locator("main").evaluate("e => e.clientWidth - 2 * parseFloat(getComputedStyle(e)"
                                         ".paddingLeft)")  # fmt: skip
    widths = page.locator("figure.chart svg[role=img]").evaluate_all(
        "all => all.map(e => Math.round(e.getBoundingClientRect().width))"
    )
    assert set(widths) == {round(wide)}
    grounds = page.locator("figure.chart svg, svg.curve").evaluate_all(
        "all => all.map(e => e.querySelector(':scope > rect')?.getAttribute('fill'))"
    )
    assert set(grounds) == {"#fff"}
    page.set_viewport_size({"width": 390, "height": 800})
