"""The documentation site: built without a warning, no dead link, and a reference that is whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser
from ruamel.yaml import YAML

import fundeval
from fundeval.indicator_registry import REGISTRY
from fundeval.policy import load
from fundeval.policy.known import KNOWN
from fundeval.results.frames import FRAMES, Evaluation
from fundeval.tables.schemas import TABLES, columns_of
from fundeval.words import catalogue
from tests.e2e.places import tree
from tests.house.doc_pages import DOCS, PAGES, ROOT
from tools.reference import markdown, pages
from tools.reference.commands_page import commands
from tools.reference.policy_page import example

# Folder of the pages of each language.
LANGUAGES = {"zh": "", "en": "en/"}


@pytest.fixture(scope="session")
def site(make_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """The site as `make docs` builds it, once for all workers."""
    if find_spec("sphinx") is None:
        pytest.skip("needs docs/requirements.lock, which `make test-slow` installs")

    def build(made: Path) -> None:
        command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning"]
        ended = subprocess.run(
            [*command, "--keep-going", str(DOCS), str(made / "html")],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert ended.returncode == 0, ended.stderr

    return make_once("site", build) / "html"


@cache
def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def places(path: Path) -> set[str]:
    """Return the places of a page that a link may lead to, its beginning among them."""
    return {"", *(str(element["id"]) for element in read(path).find_all(id=True))}


def targets(page: BeautifulSoup) -> Iterator[str]:
    """Yield what a page refers to: pages, places in them, pictures, scripts."""
    for element in page.find_all(True):
        for attribute in ("href", "src"):
            if element.get(attribute):
                yield str(element[attribute])


def dead_ends(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the links of a page within the site that lead nowhere."""
    for target in targets(read(path)):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not file.is_file() or (
            file.suffix == ".html" and unquote(parts.fragment) not in places(file)
        ):
            yield path.name, target


@pytest.mark.slow
def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert {path.relative_to(site).as_posix() for path in pages} >= {
        f"{folder}{page}.html" for folder in LANGUAGES.values() for page in PAGES
    }
    assert [found for path in pages for found in dead_ends(path)] == []


@pytest.mark.slow
def test_the_tutorial_is_shown_with_its_stored_outputs(site: Path) -> None:
    page = read(site / "tutorial.html")
    assert len(page.select("div.cell_output table")) > 5
    assert len(page.select("div.cell_output img, div.cell_output svg")) > 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "found"), [("结余率", "指标"), ("两年", "无法判定"), ("minimum_peers", "How a score")]
)
def test_the_search_finds_words_of_both_languages(
    site: Path, browser: Browser, asked: str, found: str
) -> None:
    serve = partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server, browser.new_context() as context:
        Thread(target=server.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/search.html?q={asked}")
        page.wait_for_selector("#search-results li a")
        titles = page.locator("#search-results li > a").all_inner_texts()
        server.shutdown()
    assert any(found in title for title in titles)


@pytest.mark.slow
def test_a_page_says_in_which_language_it_is(site: Path) -> None:
    told = {page: read(site / f"{page}.html").html["lang"] for page in ("score", "en/score")}
    assert told == {"score": "zh-CN", "en/score": "en"}


def headed(page: BeautifulSoup, level: str) -> dict[str, Tag]:
    """Return the sections of a page by the code that heads them."""
    return {
        heading.code.get_text(): heading.parent
        for heading in page.find_all(level)
        if heading.code and heading.find(True) is heading.code
    }


def first_cells(section: Tag) -> list[str]:
    rows = section.select("tbody tr")
    return [row.td.get_text(" ", strip=True) for row in rows]


def reference(site: Path, folder: str, name: str) -> BeautifulSoup:
    return read(site / f"{folder}reference" / f"{name}.html")


@pytest.mark.slow
@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_the_reference_has_every_parameter_and_indicator(site: Path, folder: str) -> None:
    page = reference(site, folder, "policy")
    national = load("national")
    told = headed(page, "h3")
    assert set(told) >= set(KNOWN)
    for name in national.parameters:
        assert f"{name}:" in told[name].pre.get_text()
    scored = {cell.split()[0] for cell in first_cells(page)}
    assert scored >= set(national.indicators)
    stated = set(headed(reference(site, folder, "indicators"), "h2"))
    assert stated == set(REGISTRY) | set(national.definitions)


@pytest.mark.slow
@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_the_reference_has_every_column_of_tables_and_results(site: Path, folder: str) -> None:
    tables = headed(reference(site, folder, "tables"), "h2")
    assert {name: first_cells(tables[name]) for name in tables} == {
        name: list(columns_of(name)) for name in TABLES
    }
    frames = headed(reference(site, folder, "results"), "h2")
    assert {name: first_cells(frames[name]) for name in frames} == {
        name: list(columns) for name, columns in FRAMES.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_the_reference_has_every_command_with_its_options(site: Path, folder: str) -> None:
    told = headed(reference(site, folder, "commands"), "h2")
    known = dict(commands())
    assert set(told) == set(known)
    assert {"fundeval run", "fundeval policy show"} <= set(known)
    for name, command in known.items():
        cells = first_cells(told[name])
        assert len(cells) == len(command.params)
        options = [each for each in command.params if each.param_type_name == "option"]
        assert all(any(each.opts[0] in cell for cell in cells) for each in options)


@pytest.mark.slow
@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_the_reference_has_every_code_with_its_words(
    site: Path, folder: str, evaluated_city: Evaluation
) -> None:
    told = headed(reference(site, folder, "codes"), "h2")
    messages = catalogue()
    for column in ("finding", "reason", "state", "grade", "status", "step"):
        rows = told[column].select("tbody tr")
        words = {row.td.get_text(): row.get_text(" ") for row in rows}
        frames = [f for f in evaluated_city.frames().values() if column in f]
        met = {value for frame in frames for value in pd.unique(frame[column].dropna())} - {""}
        assert met
        assert met <= set(words)
        for code, shown in words.items():
            plain = " ".join(shown.split())
            assert all(text in plain for text in messages[f"{column}.{code}"].values())


@pytest.mark.slow
def test_the_reference_has_what_python_is_offered(site: Path) -> None:
    page = reference(site, "", "api")
    shown = {str(term["id"]) for term in page.select("dt.sig[id]")}
    assert shown >= {f"fundeval.{name}" for name in fundeval.__all__}
    assert {"fundeval.tables.load", "fundeval.policy.load", "fundeval.evaluation.evaluate"} <= shown
    assert {"fundeval.Run.what_if", "fundeval.Unit.explain"} <= shown


def overlays() -> dict[str, dict[str, object]]:
    """Return the examples of the reference as overlays: all in one, but those that need others."""
    together: dict[str, object] = {}
    alone = {}
    for name in load("national").parameters:
        stated = example(name)
        if len(stated) > 1:
            alone[name] = stated
        else:
            together |= stated
    return {"together": together, **alone}


@pytest.mark.parametrize("overlay", overlays())
def test_the_examples_of_the_reference_are_overlays_that_load(overlay: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    head = {"id": "example", "title": {"zh": "示例", "en": "Example"}, "extends": "national"}
    stated = overlays()[overlay]
    YAML().dump({**head, "parameters": stated}, path)
    loaded, national = load(path), load("national")
    for name in [overlay] if overlay in stated else stated:
        newest = loaded.parameters[name].values[-1]
        assert newest.origin == "example"
        assert newest.value == national.parameters[name].values[-1].value


def test_every_phrase_of_the_reference_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(dict[str, dict[str, str]]):
        def __getitem__(self, name: str) -> dict[str, str]:
            said.add(name)
            return super().__getitem__(name)

    said: set[str] = set()
    words = Recorder(markdown.read_words())
    monkeypatch.setattr(markdown, "read_words", lambda: words)
    pages()
    # What a model of another version was called, for instance.
    assert set(words) - said == set()


@pytest.mark.slow
def test_the_reference_has_the_same_bytes_whenever_it_is_written(tmp_path: Path) -> None:
    written = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-m", "tools.make_reference", str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        written.append(tree(folder))
    assert len(written[0]) == len(pages())
    assert written[0] == written[1]


def slug(heading: str) -> str:
    """Return the place that a heading makes, as hosts of Markdown name it."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def heads(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    return {slug(found) for found in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", ["README", "README.zh-CN", "CONTRIBUTING", "SECURITY"])
def test_links_of_the_texts_beside_the_site_lead_somewhere(name: str) -> None:
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert links
    for link in links:
        file, _, place = link.partition("#")
        assert (ROOT / file).is_file(), link
        assert not place or place in heads(ROOT / file), link


def test_the_picture_of_the_readme_is_small_and_says_that_its_data_are_invented() -> None:
    for name, word in (("README", "invented"), ("README.zh-CN", "虚构")):
        text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
        ((alternative, picture),) = re.findall(r"!\[([^]]*)\]\(([^)]+)\)", text)
        assert word in alternative
        assert (ROOT / picture).stat().st_size < 200_000
