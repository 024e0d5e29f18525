"""Contents, numbers and ids of a page, and where the names of units lead."""

import nbformat
import pytest
from bs4 import BeautifulSoup

from fundeval.report.format.html_fragments import anchor, paragraph, render, render_table, unit_name
from fundeval.report.pages.contents import Outline, unlink_missing
from fundeval.report.pages.notebook_page import render as render_page
from fundeval.report.report import CHAPTER

KINDS = ("bridge", "chapter"), ("group", "section"), ("shares", "section"), ("form", "annex")


def headed(key: str, kind: str) -> str:
    level = CHAPTER + (kind == "section")
    body = paragraph("text")
    stated = {"level": level, "key": key, "text": key.title(), "kind": kind}
    made = render("headed.html.j2", **stated, body=body, fold="")
    return made.markup


@pytest.mark.parametrize(
    ("lang", "numbers"),
    [
        ("zh", ["一、Bridge", "（一）Group", "（二）Shares", "附件一：Form"]),
        ("en", ["1. Bridge", "1.1 Group", "1.2 Shares", "Annex 1: Form"]),
    ],
)
def test_chapters_sections_and_annexes_are_counted_each_by_itself(lang, numbers):
    outline = Outline(lang)
    page = BeautifulSoup("".join(outline.read(headed(*each)) for each in KINDS), "html.parser")
    assert [h.find(string=True) for h in page.find_all(["h2", "h3"])] == numbers
    assert [h["id"] for h in page.find_all(["h2", "h3"])] == [key for key, _ in KINDS]
    assert [(e.key, [s.key for s in e.below]) for e in outline.entries] == [
        ("bridge", ["group", "shares"]),
        ("form", []),
    ]
    assert page.find("section", class_="annex").h2["id"] == "form"


def test_an_id_stands_once_whatever_is_shown_twice():
    outline = Outline("zh")
    table = render_table("", ["a"], [["1"]], key="table-group").markup
    twice = [BeautifulSoup(outline.read(table), "html.parser") for _ in range(2)]
    assert [part.table["id"] for part in twice] == ["table-group", "table-group-2"]
    assert [part.a["href"] for part in twice] == ["#table-group", "#table-group-2"]
    again = [outline.read(headed("bridge", "chapter")) for _ in range(2)]
    assert [BeautifulSoup(part, "html.parser").h2["id"] for part in again] == ["bridge", "bridge-2"]


def test_headings_of_own_cells_stand_in_the_contents():
    outline = Outline("zh")
    shown = outline.read('<div class="own"><h2>我的 分析</h2><h3 id="T_1">表</h3></div>')
    assert '<h2 id="own-我的-分析">' in shown
    assert [(entry.key, entry.text) for entry in outline.entries] == [
        ("own-我的-分析", "我的 分析")
    ]


def test_a_link_to_what_a_page_does_not_have_is_text():
    parts = ['<a href="#here">甲</a><a href="#gone">乙</a>', '<h2 id="here">甲</h2>']
    assert unlink_missing(parts)[0] == '<a href="#here">甲</a>乙'


def test_names_lead_to_reports_only_where_the_page_knows_them():
    cell = nbformat.v4.new_code_cell("r.show()")
    html = unit_name("H<1", "hospital", "甲 & 乙")._repr_html_()
    cell.outputs = [nbformat.v4.new_output("display_data", data={"text/html": html})]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    asked = []

    def address(unit_id: str, kind: str) -> str:
        asked.append((unit_id, kind))
        return "a b&c.html"

    page = BeautifulSoup(render_page(notebook, "zh", address=address), "html.parser")
    assert asked == [("H<1", "hospital")]
    assert page.main.a["href"] == "a b&c.html"
    alone = BeautifulSoup(render_page(notebook, "zh"), "html.parser")
    assert alone.main.find(["a", "span"]) is None
    assert "甲 & 乙" in alone.main.get_text()


def test_an_anchor_is_made_of_what_it_is_about():
    assert anchor("finding", "rate<0.9", None, "H1 D2") == "finding-rate-0-9-H1-D2"
