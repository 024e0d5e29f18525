"""Reports in a real browser: accessible, offline, whole on paper, whatever units are called."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fundeval import policy, tables
from fundeval.batch.signoff import write_state_picture
from fundeval.evaluation import evaluate
from fundeval.report.pages.notebook_page import render
from fundeval.results import parquet as store
from tests.report.pages import executed

pytestmark = [
    pytest.mark.slow,
]
REGION, HOSPITAL = "990106", "H99010600001"
REPORTS = {"region": REGION, "hospital": HOSPITAL, "overview": "", "monitor": REGION,
           "monthly": REGION, "quarterly": REGION}  # fmt: skip
HOSTILE = {
    REGION: "'霁山'县\"</title></style><script>alert(1)</script>",
    HOSPITAL: '"><img src=x onerror=alert(1)> 👩‍⚕️ مستشفى المدينة ' + "长" * 160,
    f"{HOSPITAL}-D01": "=cmd|' /C calc'!A0",
    f"{HOSPITAL}-D02": "</svg></desc><script>alert(1)</script>",
    f"{HOSPITAL}-D03": "W" * 200,
}
# In English those that have most parts; the others differ in their texts alone.
PAGES = [*((name, "zh") for name in REPORTS), ("hospital", "en"), ("quarterly", "en")]
# From the newest rules of the standard down; best practices beyond it are not asked for.
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}
# The paper's width less its margins, in pixels of CSS.
PAPER = 680


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Return the address of each report in each language; some units have hostile names."""
    city = tables.load("sample:city")
    names = city.units["unit_id"].map(HOSTILE).fillna(city.units["name"])
    given = replace(city, units=city.units.assign(name=names))
    folder = tmp_path_factory.mktemp("made")
    store.write(evaluate(given, policy.load("national"), 2024), folder / "evaluation")
    write_state_picture(folder, "zh")
    (folder / "reports").mkdir()
    made = {}
    for name, lang in PAGES:
        notebook = executed(name, folder / "evaluation", REPORTS[name], lang)
        path: Path = folder / "reports" / f"{name}-{lang}.html"
        path.write_text(render(notebook, lang), encoding="utf-8")
        made[name, lang] = path.as_uri()
    return made


# One page in English stands for all; the other is a campaign.
*MOST, LAST = PAGES


@pytest.fixture(params=[*MOST, pytest.param(LAST, marks=pytest.mark.campaign)], ids="-".join)
def page(browser: Browser, pages: dict, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A report; the test fails where it logs, shows a dialogue, or asks for more than the picture
    of the sign-offs beside it."""
    seen: list[str] = []
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    page.on("request", lambda asked: seen.append(asked.url))
    page.goto(pages[request.param])
    yield page
    address = pages[request.param]
    assert seen == [address, address.rsplit("/", 2)[0] + "/signoff.svg"]
    context.close()


def test_report_keeps_the_accessibility_standard(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    found = Axe().run(page, options=STANDARD).response["violations"]
    assert [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]] == []


def test_headings_tables_and_charts_can_be_read_aloud(page: Page) -> None:
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("table:not(:has(caption)), th:not([scope])").count() == 0
    charts = page.locator("figure.chart svg[role=img]")
    assert charts.count() >= 1
    alternatives = charts.locator("> desc").all_text_contents()
    assert len(alternatives) == charts.count()
    assert min(map(len, alternatives)) > 20
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_texts_of_charts_stay_inside_them(page: Page) -> None:
    outside = """all => all.filter(text => {
        const [own, svg] = [text, text.closest('svg')].map(e => e.getBoundingClientRect());
        return own.left < svg.left - 1 || own.right > svg.right + 1
            || own.top < svg.top - 1 || own.bottom > svg.bottom + 1;
    }).map(text => text.textContent)"""
    assert page.locator("figure.chart svg text").evaluate_all(outside) == []


def test_nothing_is_cut_on_paper(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1000})
    wide = """all => all.filter(one =>
        one.getBoundingClientRect().right > document.body.clientWidth + 1
    ).map(one => one.textContent.slice(0, 80))"""
    assert page.locator("main table, main svg, main pre, main li, main h1").evaluate_all(wide) == []
    assert page.locator("tr").first.evaluate("e => getComputedStyle(e).breakInside") == "avoid"
    folded = page.locator("pre.derivation")
    assert all(folded.nth(n).bounding_box() for n in range(folded.count()))
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_names_are_shown_as_they_are(browser: Browser, pages: dict) -> None:
    page = browser.new_page()
    page.goto(pages["hospital", "zh"])
    text = page.locator("main").inner_text()
    assert all(name in text for unit, name in HOSTILE.items() if unit != REGION)
    assert page.title().startswith(HOSTILE[HOSPITAL])
    assert page.locator("img:not(.state img), iframe").count() == 0
    assert page.locator("script").count() == 1
