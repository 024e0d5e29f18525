"""The index in a real browser, from files: sorting, filters, search, comparison, the state in the
address, no request, accessible, on a telephone, on paper, and divided into pages."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from fundeval import policy, tables
from fundeval.batch.jobs import file_stem
from fundeval.batch.signoff import write_state_picture
from fundeval.evaluation import evaluate
from fundeval.report.pages import run_index
from fundeval.report.pages.run_index import Entry, render_index
from tests.e2e.places import DESCRIPTION

pytestmark = [
    pytest.mark.slow,
]
HOSTILE = '"><img src=x onerror=alert(1)> 👩‍⚕️ مستشفى ' + "长" * 160
COUNTIES = ("甲县", "乙县")
HOSPITALS = 120


def write_data(folder: Path) -> Path:
    """A city, two counties, 120 hospitals in turn: one without budget, one with a hostile
    name, one with a restricted department."""
    names = [HOSTILE if number == 7 else f"第{number}医院" for number in range(HOSPITALS)]
    quoted = [name.replace('"', '""') for name in names]
    units = ["unit_id,name,kind,parent_id,level", "01,全市,region,,"]
    units += [f"01{n},{name},region,01," for n, name in enumerate(COUNTIES)]
    units += [f'H{n:03d},"{name}",hospital,01{n % 2},tertiary' for n, name in enumerate(quoted)]
    units += ["H005-1,骨科,department,H005,"]
    budgets = ["unit_id,year,scheme,initial,adjusted,executed"]
    for year in (2022, 2023, 2024):
        budgets += [f"{u},{year},employee,9000,9000,8800" for u in ("01", "010", "011")]
        budgets += [f"H{n:03d},{year},employee,70,70,{60 + n / 10}" for n in range(1, HOSPITALS)]
        budgets += [f"H005-1,{year},employee,10,10,8"]
    for name, lines in (("units", units), ("budgets", budgets)):
        (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
    return folder


def write_pages(folder: Path, data: Path) -> str:
    """Write the index of the data into a folder; return its address."""
    dataset = tables.load(str(data))
    evaluation = evaluate(dataset, policy.load("national"), 2024)
    grades = evaluation.grades
    numbers = grades["unit_id"].str.extract(r"^H(\d+)$")[0].astype(float)
    bands = pd.cut(20 + numbers * 0.7, [0, 60, 80, 90, 101], right=False,
                   labels=["poor", "fair", "good", "excellent"])  # fmt: skip
    graded = grades.assign(score=20 + numbers * 0.7, grade=bands.astype(object))
    evaluation = replace(evaluation, grades=graded)
    kinds = evaluation.units["kind"].isin(["region", "hospital"])
    units = evaluation.units.loc[kinds, "unit_id"]
    entries = {unit: Entry(f"reports/{unit}.html") for unit in units}
    entries["H003"] = Entry(error="ValueError: <b>bad</b>")
    for name, text in render_index(evaluation, entries, "zh", stem=file_stem).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    write_state_picture(folder, "zh")
    (folder / "reports").mkdir()
    (folder / "reports" / "H000.html").write_text("<p>report", encoding="utf-8")
    return (folder / "index.html").as_uri()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, data: Path) -> str:
    return write_pages(tmp_path_factory.mktemp("made"), data)


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory, data: Path) -> str:
    """The address of the index of the same units where a page has fifty rows at most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_index, "MOST_ROWS", 50)
        return write_pages(tmp_path_factory.mktemp("divided"), data)


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
    ours = (address, address.replace("index.html", "signoff.svg"))
    assert [
        each for each in seen if each.split("#")[0] not in ours and "/reports/" not in each
    ] == []
    context.close()


def names(page: Page) -> list[str]:
    found = page.locator("#units tbody tr:visible th").all_inner_texts()
    return [name.split("\n")[0].strip() for name in found]


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"#units tbody tr:visible td:nth-child({number})").all_inner_texts()


def counted(page: Page, shown: int) -> None:
    """Wait until the page announces this many rows."""
    page.get_by_role("status").get_by_text(f"显示 {shown} 行").wait_for()


def test_a_heading_sorts_both_ways_unknown_last_and_then_gives_the_tree_back(page: Page) -> None:
    tree = names(page)
    assert tree[:3] == ["全市", "甲县", "第0医院"]
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
    assert names(page) == tree


def test_grades_are_sorted_from_the_best_to_the_worst(page: Page) -> None:
    page.get_by_role("button", name="等级").click()
    order = ["优", "良", "中", "差"]
    grades = [text[0] for text in column(page, 4) if text[0] in order]
    assert len(set(grades)) > 1
    assert grades == sorted(grades, key=order.index)


def test_search_finds_a_unit_and_all_below_it(page: Page) -> None:
    search = page.get_by_label("搜索")
    search.fill("第11医院")
    counted(page, 1)
    assert names(page) == ["第11医院"]
    search.fill("h011")
    counted(page, 1)
    search.fill("乙县")
    counted(page, 61)


def test_search_finds_a_department_by_its_hospital(page: Page) -> None:
    for text in ("骨科", "H005-1"):
        page.get_by_label("搜索").fill(text)
        counted(page, 1)
        assert names(page) == ["第5医院"]
        assert page.locator(".found").inner_text() == "骨科 H005-1"
    page.get_by_label("搜索").fill("")
    counted(page, HOSPITALS + 3)
    assert page.locator(".found").count() == 0


def test_filters_narrow_together(page: Page) -> None:
    filters = page.locator("#filters")
    filters.get_by_label("所属").select_option(label="乙县")
    filters.get_by_label("报告").select_option(label="生成失败")
    assert names(page) == ["第3医院"]
    assert column(page, 10) == ["生成失败: ValueError: <b>bad</b>"]
    assert page.locator("#units tbody tr:visible a").count() == 0
    filters.get_by_label("报告").select_option("")
    counted(page, 61)
    page.get_by_role("button", name="清除条件").click()
    counted(page, HOSPITALS + 3)


def test_units_of_one_grade_are_one_click_away(page: Page) -> None:
    link = page.locator("ul.views a[href='#grade=poor']")
    count = int(link.locator("..").inner_text().split()[-1])
    link.click()
    counted(page, count)
    assert set(column(page, 4)) == {"差"}


def test_the_state_stands_in_the_address_and_back_reload_and_links_restore_it(
    page: Page, browser: Browser
) -> None:
    filters = page.locator("#filters")
    filters.get_by_label("所属").select_option(label="甲县")
    page.get_by_label("搜索").fill("第10")
    page.get_by_role("button", name="得分").click()
    page.wait_for_function("location.hash.includes('sort=score')")
    assert "within=010" in page.url
    shown = names(page)
    assert 0 < len(shown) < HOSPITALS
    page.reload()
    assert names(page) == shown
    page.goto(page.url.split("index.html")[0] + "reports/H000.html")
    page.go_back()
    page.locator("#units th[aria-sort=ascending]").wait_for()
    assert names(page) == shown
    assert filters.get_by_label("所属").input_value() == "010"
    assert page.get_by_label("搜索").input_value() == "第10"
    mailed = browser.new_context().new_page()
    mailed.goto(page.url)
    assert names(mailed) == shown
    mailed.close()
    page.go_back()
    page.locator("#units th[aria-sort]").wait_for(state="detached")
    assert sorted(names(page)) == sorted(shown)


def test_a_link_to_a_place_on_the_page_leaves_the_list_as_it_is(page: Page) -> None:
    page.locator("#filters").get_by_label("所属").select_option(label="甲县")
    shown = names(page)
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.includes('within')")
    assert names(page) == shown


def test_two_units_are_compared_side_by_side(page: Page) -> None:
    page.get_by_label("对比：第0医院").check()
    assert page.locator("#compared").get_by_role("status").is_visible()
    page.get_by_label("对比：第5医院").check()
    table = page.locator("#compared table")
    heads = table.locator("th[scope=col]").all_inner_texts()
    assert heads == ["第0医院", "第5医院"]
    scores = table.locator("tr", has_text="得分").locator("td").all_inner_texts()
    assert scores == [page.locator(f"tr[data-id={unit}] td").nth(3).inner_text()
                      for unit in ("H000", "H005")]  # fmt: skip
    assert page.url.endswith("pick=H000&pick=H005")
    page.reload()
    assert page.locator("#compared th[scope=col]").count() == 2


def test_keys_alone_reach_sorting(page: Page) -> None:
    tree = names(page)
    page.get_by_role("button", name="单位").focus()
    page.keyboard.press("Enter")
    page.locator("#units th[aria-sort=ascending]").wait_for()
    rising = names(page)
    page.keyboard.press("Enter")
    page.locator("#units th[aria-sort=descending]").wait_for()
    assert names(page) == rising[::-1]
    page.keyboard.press("Enter")
    page.locator("#units th[aria-sort]").wait_for(state="detached")
    assert names(page) == tree


def test_restricted_departments_are_one_click_away(page: Page) -> None:
    page.get_by_role("link", name="受限科室（1 个）").click()
    heading = page.locator("#restricted-departments")
    assert heading.is_visible()
    rows = page.locator("#restricted-departments ~ .scroll").first.locator("tbody tr")
    assert rows.locator("th").all_inner_texts() == ["骨科"]
    assert rows.locator("td").first.inner_text() == "第5医院"


def test_on_a_telephone_the_name_stays_while_figures_move(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    grade = page.locator('#units th[data-name="grade"]').bounding_box()
    assert grade is not None
    assert grade["x"] + grade["width"] <= 390
    assert not page.locator('#units th[data-name="kind"]').is_visible()
    name = page.locator("#units tbody th").first
    before = name.bounding_box()
    page.locator("#units").evaluate("(table) => table.parentElement.scrollBy(300, 0)")
    after = name.bounding_box()
    assert before is not None
    assert after is not None
    assert after["x"] == before["x"]


def test_paper_gets_every_row_found(page: Page) -> None:
    page.locator("#filters").get_by_label("所属").select_option(label="甲县")
    page.emulate_media(media="print")
    assert len(names(page)) == 61
    assert not page.locator("#filters").is_visible()


@pytest.mark.parametrize("state", ["", "#q=H005-1", "#pick=H000&pick=H005&sort=score"])
def test_the_page_is_accessible(page: Page, address: str, state: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.goto(f"{address}{state}")
    found = axe.run(page, options={"resultTypes": ["violations"]})
    assert found.response["violations"] == []


def test_divided_pages_are_searched_and_lead_to_the_unit(browser: Browser, divided: str) -> None:
    """All of it from files, offline."""
    wrong: list[str] = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(divided)
    page.get_by_role("link", name="搜索全部单位").click()
    page.get_by_label("搜索").fill("骨科")
    page.get_by_text("找到 1 个单位").wait_for()
    assert page.url.endswith("index/search.html#q=%E9%AA%A8%E7%A7%91")
    page.get_by_role("link", name="在索引中查看").click()
    page.locator(".found").wait_for()
    assert names(page) == ["第5医院"]
    page.go_back()
    page.get_by_text("找到 1 个单位").wait_for()
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    assert axe.run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    page.get_by_role("link", name="返回索引首页").click()
    assert names(page)[:2] == ["全市", "甲县"]
    page.locator("table a", has_text="甲县").first.click()
    assert page.locator("h1").inner_text().endswith("：甲县")
    assert wrong == []
    context.close()


def test_without_script_every_row_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert len(names(page)) == HOSPITALS + 3
    assert HOSTILE in names(page)
    assert not page.locator("#filters").is_visible()
    context.close()
