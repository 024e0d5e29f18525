"""Links of all pages of a run: each leads to a page or a place that is there."""

from collections import Counter
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from tests.report.pages import make_run
from tests.report.small_city import CITY, COUNTY, DEPARTMENTS, HOSPITAL

# What a run makes beside its reports.
pytestmark = pytest.mark.slow
OF_RUN = {"../index.html", "../policy.html"}
KINDS = ("region", "hospital", "alliance", "department")


@pytest.fixture(scope="module", params=["yearly", "monitor"])
def pages(request, tmp_path_factory):
    """Return the pages of a run by name, without those that cover the whole run."""
    folder = make_run(tmp_path_factory.mktemp("run"), units=KINDS, report=request.param)
    return {
        path.name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted((folder / "reports").iterdir())
    }


def test_every_id_stands_once_and_every_link_leads_somewhere(pages):
    known = {
        name: [tag["id"] for tag in page.find_all(id=True) if tag.find_parent("svg") is None]
        for name, page in pages.items()
    }
    for name, ids in known.items():
        assert [key for key, count in Counter(ids).items() if count > 1] == [], name
    lost = []
    for name, page in pages.items():
        for link in page.find_all("a", href=True):
            target, _, place = link["href"].partition("#")
            found = known.get(target or name, [] if target in OF_RUN else None)
            if found is None or (place and unquote(place) not in found):
                lost.append((name, link["href"]))
    assert lost == []


def test_a_report_leads_up_down_aside_and_back(pages):
    led = {name: {link["href"] for link in page.select(".ways a")} for name, page in pages.items()}
    county, hospital = f"{COUNTY}.html", f"{HOSPITAL}.html"
    assert {"../index.html", "overview.html", f"{CITY}.html", hospital} <= led[county]
    assert {"../index.html", "overview.html", f"{CITY}.html", county} <= led[hospital]
    assert f"{DEPARTMENTS[0]}.html" in led[hospital]
    assert "990104.html" in led[county]
    assert "../index.html" in led["overview.html"]
    assert not any(name in hrefs for name, hrefs in led.items())


def test_every_chapter_and_table_can_be_linked_to(pages):
    for name, page in pages.items():
        chapters = page.select("main h2")
        listed = [link["href"] for link in page.select(".contents > details > ol > li > a")]
        assert [f"#{chapter['id']}" for chapter in chapters] == listed, name
        tables = page.select("main table")
        assert all(table["id"] for table in tables), name
        assert len(page.select("main .tools")) == len(tables), name


def test_no_trace_of_a_name_without_a_report_is_left(pages):
    assert not any(page.select("[data-unit]") for page in pages.values())
