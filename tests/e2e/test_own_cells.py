"""Cells that an evaluator adds to a notebook, in every report of a real run, in a real browser."""

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser

from fundeval import workspace
from fundeval.batch.jobs import FORK, KERNEL
from fundeval.engine.fork import can_fork
from tests.e2e.places import Ended, Place, create_workspace, tree
from tests.messages import says

pytestmark = pytest.mark.slow
ENGINES = [FORK, KERNEL] if can_fork() else [KERNEL]
IMPORTS = """import itables, matplotlib.pyplot as plt, pandas as pd, seaborn as sns
from IPython.display import Latex, Markdown
frame = pd.DataFrame({"地区": ["映川区", "临江县", "云岭县"], "执行率": [0.97, 0.93, 1.02]})"""
OWN = [
    IMPORTS,
    "sns.barplot(frame, x='地区', y='执行率')",
    "sns.set_theme()\nplt.plot(frame['地区'], frame['执行率']); plt.title('执行率'); plt.show()",
    "%config InlineBackend.figure_formats = ['png']\nframe.plot.bar(x='地区', title='点阵图')",
    "frame",
    "frame['执行率']",
    "frame.style.highlight_max(subset=['执行率'])",
    "Markdown('## 说明\\n执行率为 $E / B$')",
    "Latex(r'$$r = \\frac{E}{B}$$')",
    "itables.init_notebook_mode(all_interactive=False)\n"
    "itables.show(pd.DataFrame({'单位': [f'单位{n}' for n in range(250)]}), caption='单位')",
    "pd.DataFrame({f'第 {n} 列': [1234567.25 * n] * 2 for n in range(20)})",
    "round(float(frame['执行率'].mean()), 3)",
]
WIDGET = "import ipywidgets; ipywidgets.IntSlider()"
SECRET = "只供自己看"
PAPER = 680


def place_with(folder: Path, *cells: str) -> Place:
    """Return a place whose region notebook has more cells, and one that is not shown."""
    place = Place(create_workspace(folder))
    notebook = nbformat.read(workspace.find("notebooks/region.ipynb"), as_version=4)
    added = [nbformat.v4.new_code_cell(cell) for cell in cells]
    hidden = nbformat.v4.new_code_cell(f"print({SECRET!r}[::-1])", metadata={"tags": ["page-hide"]})
    notebook.cells += [*added, nbformat.v4.new_markdown_cell("### 自己的话"), hidden]
    (place.folder / "notebooks").mkdir()
    nbformat.write(notebook, place.folder / "notebooks" / "region.ipynb")
    return place


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Place, Ended]]:
    """Return a run by each engine, in a folder of its own, and the first once more."""
    made = {}
    for name, engine in [*zip(ENGINES, ENGINES, strict=True), ("again", ENGINES[0])]:
        place = place_with(tmp_path_factory.mktemp(name), *OWN)
        made[name] = place, place.run("run", "run.yaml", "--engine", engine)
    return made


def test_own_cells_stand_in_the_report_by_every_engine_to_the_byte(runs: dict) -> None:
    assert [ended.status for _, ended in runs.values()] == [0] * len(runs)
    made = [
        {
            name: content
            for name, content in tree(place.folder / "outputs" / "small").items()
            if name.startswith(("reports/", "notebooks/"))
        }
        for place, _ in runs.values()
    ]
    assert "reports/990100.html" in made[0]
    assert all(files == made[0] for files in made)
    page = made[0]["reports/990100.html"].decode()
    shown = page.partition('<details class="code">')[0]
    assert shown.count('<img src="data:image/svg+xml;base64,') == 2
    assert shown.count('<img src="data:image/png;base64,') == 1
    assert "Axes" not in shown
    assert "<script" not in shown
    assert says(shown, "own.first_rows", shown=100, count=250)
    assert '<pre class="output">0.973</pre>' in shown
    assert ["自己的话" in shown, SECRET[::-1] in shown] == [True, False]
    # The other reports are made by a notebook without such cells.
    assert "自己的话" not in made[0]["reports/H1.html"].decode()


def test_the_public_page_shows_no_own_cell(tmp_path: Path) -> None:
    place = place_with(tmp_path, "print('自己的话')")
    assert place.run("run", "run.yaml", "--profile", "public").status == 0
    pages = [c for n, c in tree(place.folder / "outputs").items() if n.endswith(".html")]
    assert pages
    assert not any("自己的话".encode() in content for content in pages)


def test_a_widget_fails_its_report_alone_and_says_which_cell(tmp_path: Path) -> None:
    place = place_with(tmp_path, WIDGET)
    ended = place.run("run", "run.yaml")
    assert ended.status == 1
    files = tree(place.folder / "outputs" / "small")
    assert "reports/990100.html" not in files
    assert "reports/H1.html" in files
    assert says(files["index.html"].decode(), "own.no_static_form", line=WIDGET)


def test_a_browser_shows_own_cells_and_keeps_them_on_the_page(runs: dict, browser: Browser) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    place, _ = runs[ENGINES[0]]
    page = browser.new_context(offline=True, viewport={"width": 1000, "height": 800}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((place.folder / "outputs/small/reports/990100.html").as_uri())
    pictures = page.locator("figure.own img")
    assert pictures.evaluate_all("all => all.map(i => i.naturalWidth > 100)") == [True] * 3
    named = pictures.evaluate_all("all => all.map(i => i.alt)")
    assert named == ["地区 × 执行率", "执行率", "点阵图: 地区"]
    yellow = page.locator(".own td").evaluate_all(
        "all => all.filter(t => getComputedStyle(t).backgroundColor === 'rgb(255, 255, 0)')"
        ".map(t => t.innerText)"
    )
    assert yellow == ["1.020000"]
    assert page.locator("math mfrac").bounding_box()["height"] > 20
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=rules).response["violations"]
    assert [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]] == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 900})
    assert page.evaluate(wide)
    assert said == []
