"""The index in a real browser: sorting, filters, search, no request, accessible, on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fundeval import policy, tables
from fundeval.batch.signoff import write_state_picture
from fundeval.evaluation import evaluate
from fundeval.report.pages.run_index import Entry, render_index
from tests.e2e.places import DESCRIPTION

pytestmark = [
    pytest.mark.slow,
]
HOSTILE = '"><img src=x onerror=alert(1)> 👩‍⚕️ مستشفى ' + "长" * 160
COUNTIES = ("甲县", "乙县")
HOSPITALS = 120


def write_data(folder: Path) -> Path:
    """A city, two counties, 120 hospitals in turn: one without budget, one with a hostile name."""
    names = [HOSTILE if number == 7 else f"第{number}医院" for number in range(HOSPITALS)]
    quoted = [name.replace('"', '""') for name in names]
    units = ["unit_id,name,kind,parent_id,level", "01,全市,region,,"]
    units += [f"01{n},{name},region,01," for n, name in enumerate(COUNTIES)]
    units += [f'H{n:03d},"{name}",hospital,01{n % 2},tertiary' for n, name in enumerate(quoted)]
    budgets = ["unit_id,year,scheme,initial,adjusted,executed"]
    for year in (2022, 2023, 2024):
        budgets += [f"{u},{year},employee,9000,9000,8800" for u in ("01", "010", "011")]
        budgets += [f"H{n:03d},{year},employee,70,70,{60 + n / 10}" for n in range(1, HOSPITALS)]
    for name, lines in (("units", units), ("budgets", budgets)):
        (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    dataset = tables.load(str(write_data(tmp_path_factory.mktemp("data"))))
    evaluation = evaluate(dataset, policy.load("national"), 2024)
    entries = {unit: Entry(f"reports/{unit}.html") for unit in evaluation.units["unit_id"]}
    entries["H003"] = Entry(error="ValueError: <b>bad</b>")
    path = tmp_path_factory.mktemp("made") / "index.html"
    path.write_text(render_index(evaluation, entries, "zh"), encoding="utf-8")
    write_state_picture(path.parent, "zh")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page with all that went wrong or out in `page.seen`; both must stay empty."""
    seen: list[str] = []
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url))
    page.goto(address)
    page.get_by_role("button", name="得分").wait_for()
    yield page
    assert seen == [address, address.replace("index.html", "signoff.svg")]
    context.close()


def names(page: Page) -> list[str]:
    return page.locator("#units tbody th").all_inner_texts()


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"#units tbody td:nth-child({number})").all_inner_texts()


def test_a_heading_sorts_both_ways_unknown_last_and_then_gives_the_tree_back(page: Page) -> None:
    tree = names(page)
    assert tree[:3] == ["全市", "甲县", "第0医院"]
    page.get_by_label("每页").select_option("200")
    heading = page.get_by_role("button", name="执行率")
    for order, name in ((1, "ascending"), (-1, "descending")):
        heading.click()
        page.locator(f"#units th[aria-sort={name}]").wait_for()
        rates = column(page, 6)
        assert rates[-1] == "—"
        found = [float(rate.rstrip("%")) for rate in rates[:-1]]
        assert found == sorted(found)[::order]
    heading.click()
    page.locator("#units th[aria-sort]").wait_for(state="detached")
    assert names(page)[:50] == tree


def test_search_finds_a_unit_and_all_below_it(page: Page) -> None:
    page.get_by_label("搜索").fill("第11医院")
    page.get_by_text("共 1 行").wait_for()
    assert names(page) == ["第11医院"]
    page.get_by_label("搜索").fill("乙县")
    page.get_by_text("共 61 行").wait_for()


def test_filters_narrow_together(page: Page) -> None:
    filters = page.locator("#filters")
    filters.get_by_label("所属").select_option("乙县")
    filters.get_by_label("报告").select_option("生成失败")
    assert names(page) == ["第3医院"]
    assert column(page, 10) == ["生成失败: ValueError: <b>bad</b>"]
    assert page.locator("#units tbody a").count() == 0
    filters.get_by_label("报告").select_option("")
    assert page.get_by_text("共 60 行").is_visible()


def test_keys_alone_reach_sorting(page: Page) -> None:
    tree = names(page)
    page.get_by_role("button", name="单位").focus()
    page.keyboard.press("Enter")
    page.locator("#units th[aria-sort=ascending]").wait_for()
    rising = names(page)
    page.keyboard.press("Enter")
    page.locator("#units th[aria-sort=descending]").wait_for()
    # The first rows of a long list: those at its other end.
    assert names(page)[:5] != rising[:5]
    page.keyboard.press("Enter")
    page.locator("#units th[aria-sort]").wait_for(state="detached")
    assert names(page)[:50] == tree[:50]


def test_paper_gets_every_row_found(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert len(names(page)) == HOSPITALS + 3
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert len(names(page)) == 50


def test_the_page_is_accessible(page: Page) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options={"resultTypes": ["violations"]})
    assert found.response["violations"] == []


def test_without_script_every_row_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert len(names(page)) == HOSPITALS + 3
    assert HOSTILE in names(page)
    assert not page.locator("#filters").is_visible()
    context.close()
