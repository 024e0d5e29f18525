"""The notebooks in a real JupyterLab, driven in a browser as an evaluator would."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.places import Place

ROOT = Path(__file__).parents[2]
# Each starts a kernel in the browser: three stand for all, the others are a campaign.
NOTEBOOKS = (
    "explore", "hospital", "quarterly",
    *(pytest.param(name, marks=pytest.mark.campaign)
      for name in ("region", "overview", "monitor", "monthly")),
)  # fmt: skip
LOOKS = ("JupyterLab Light", "JupyterLab Dark")
# A browser, a server and a kernel start on a busy machine.
PATIENCE = 120_000

pytestmark = [
    pytest.mark.slow,
]

OUTPUTS = """() => {
    const panel = jupyterapp.shell.currentWidget;
    return panel.content.widgets.filter(cell => cell.model.type === 'code').map(cell => ({
        source: cell.model.sharedModel.getSource(),
        outputs: cell.model.outputs.toJSON(),
        count: cell.model.executionCount,
    }));
}"""
OWN = """import seaborn as sns
sns.barplot(x=["人民医院", "中医医院"], y=[1, 2]);"""
PASTE = """source => {
    const panel = jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = panel.content.widgets.length - 1;
    return jupyterapp.commands.execute('notebook:insert-cell-below').then(() =>
        panel.content.activeCell.model.sharedModel.setSource(source));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start JupyterLab in a workspace of its own; return where it is."""
    place = tmp_path_factory.mktemp("lab") / "work"
    assert Place(place.parent).run("init", "work").status == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        f"--ServerApp.root_dir={place}",
    ]  # fmt: skip
    settings = place.parent / "settings"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        **{f"JUPYTER_{name}_DIR": str(settings / name) for name in ("CONFIG", "DATA", "RUNTIME")},
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "lab"),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
    }
    log = (place.parent / "lab.log").open("w", encoding="utf-8")
    server = subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(600):
            try:
                urlopen(f"http://127.0.0.1:{port}/api").close()
                break
            except OSError:
                assert server.poll() is None, (place.parent / "lab.log").read_text("utf-8")
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def opened(browser: Browser, address: str, name: str) -> Page:
    """Open a notebook in a tab of its own, with its kernel ready."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lab/workspaces/{name}/tree/notebooks/{name}.ipynb?reset")
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        "?.status === 'idle'"
    )
    return page


def run_all(page: Page) -> list[dict[str, Any]]:
    """Run every cell; return the code cells with what they gave."""
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    cells: list[dict[str, Any]] = page.evaluate(OUTPUTS)
    return cells


def wrong(cells: list[dict[str, Any]]) -> list[Any]:
    """Return the errors and warnings among the outputs."""
    outputs = [output for cell in cells for output in cell["outputs"]]
    return [each for each in outputs if each["output_type"] in {"error", "stream"}]


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if folder := os.environ.get("FUNDEVAL_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def contrast(page: Page, selector: str) -> list[float]:
    """Return the contrast of visible texts to the ground that they stand on."""
    found: list[float] = page.evaluate(CONTRAST, selector)
    return found


CONTRAST = """selector => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(value => {
            const part = value / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const mark = element => {
        // What a text of a chart stands on: the last filled mark that is around its middle.
        const box = element.getBoundingClientRect();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        // Fields of one colour may be one path, so that its box says nothing.
        const marks = [...element.ownerSVGElement.querySelectorAll('path, rect')].filter(shape =>
            getComputedStyle(shape).fill.startsWith('rgb(') && !shape.closest('defs')
            && shape.getScreenCTM()
            && shape.isPointInFill(
                new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse())));
        return marks.length ? getComputedStyle(marks.at(-1)).fill : null;
    };
    const ground = element => {
        const below = element instanceof SVGElement ? mark(element) : null;
        if (below) return below;
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!/, 0\\)$|transparent/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    return [...document.querySelectorAll(selector)].filter(e => e.textContent.trim()).map(e => {
        const style = getComputedStyle(e);
        const text = e instanceof SVGElement ? style.fill : style.color;
        const pair = [light(text), light(ground(e))].sort((a, b) => b - a);
        return (pair[0] + 0.05) / (pair[1] + 0.05);
    });
}"""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_at_once_without_error_or_warning(
    browser: Browser, address: str, name: str
) -> None:
    page = opened(browser, address, name)
    cells = run_all(page)
    assert wrong(cells) == []
    assert all(cell["count"] for cell in cells)
    assert sum(bool(cell["outputs"]) for cell in cells) >= 5
    for look in LOOKS:
        page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", look
        )
        page.wait_for_selector(f"body[data-jp-theme-name='{look}']", state="attached")
        page.wait_for_timeout(500)
        keep_picture(page, f"{name}-{look.split()[-1]}")
        # Texts of tables and charts can be read on whatever they stand.
        texts = contrast(page, ".jp-OutputArea-output :is(td, th, p, li, svg text)")
        assert texts
        assert min(texts) >= 4.5
    if name == "explore":
        move_a_slider(page)
        draw_a_chart_of_ones_own(page)
    page.close()


def move_a_slider(page: Page) -> None:
    """Type another share into the panel, and wait for what it moves."""
    panel = page.locator(".jp-OutputArea-output:has(.widget-slider)")
    panel.scroll_into_view_if_needed()
    told = panel.locator(".widget-html-content")
    before = told.inner_text()
    readout = panel.locator(".widget-readout").nth(2)
    readout.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("0.2")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "([before]) => document.querySelector('.widget-html-content').innerText !== before",
        arg=[before],
    )
    assert "7 家下年预算改变" in told.inner_text()
    keep_picture(page, "panel")


def draw_a_chart_of_ones_own(page: Page) -> None:
    """Add a cell with a chart of seaborn and Chinese names, and run it."""
    page.evaluate(PASTE, OWN)
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-cell')")
    (*_, last) = page.evaluate(OUTPUTS)
    assert wrong([last]) == []
    (shown,) = last["outputs"]
    assert "人民医院" in json.dumps(shown["data"]["image/svg+xml"], ensure_ascii=False)
