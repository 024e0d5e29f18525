"""Cells that an evaluator adds to a notebook: what of their outputs stands on the page, and how."""

import base64
import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from fundeval.batch.execution.normalize_notebook import normalize
from fundeval.report.format.html_fragments import notebook_style, paragraph, unwrapped
from fundeval.report.pages.cell_outputs import NoStaticFormError
from fundeval.report.pages.formulas import NoFormulaError, mathml
from fundeval.report.pages.notebook_page import render
from fundeval.report.pages.own_html import own_html
from tests.messages import says

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>甲</text></svg>'
PNG = base64.b64encode(b"\x89PNG").decode()
SCRIPT = "<script>draw()</script>"
AXES = "<Axes: xlabel='地区'>"
WIDGET = "application/vnd.jupyter.widget-view+json"


def output(kind: str = "display_data", metadata: dict | None = None, **data: Any) -> Any:
    """Return an output of mime types, `text__html` for `text/html`."""
    named = {name.replace("__", "/"): content for name, content in data.items()}
    return nbformat.v4.new_output(kind, data=named, metadata=metadata or {})


def code(source: str, *outputs: Any, tags: tuple[str, ...] = ()) -> Any:
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs))
    cell.metadata["tags"] = list(tags)
    return cell


def page(*cells: Any, lang: str = "zh") -> BeautifulSoup:
    """Return the body of the page of a notebook, without the code at its end."""
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    normalize(notebook, Path("/nowhere"))
    whole = BeautifulSoup(render(notebook, lang), "html.parser")
    assert whole.find("script") is None
    body = whole.find("main")
    body.find("p", class_="state").decompose()
    return body


def test_the_richest_form_without_a_script_is_shown() -> None:
    forms = {
        "text__html": "<b>html</b>", "image__svg+xml": SVG, "image__png": PNG,
        "text__markdown": "**markdown**", "text__latex": "$l$", "text__plain": "plain",
    }  # fmt: skip
    shown = []
    while forms:
        body = page(code("x", output(**forms)))
        first = next(tag for tag in body.find_all(True) if tag.name in SEEN_AS)
        shown.append(first.get("src", "")[:20] or first.name)
        del forms[next(iter(forms))]
    assert shown == ["b", "data:image/svg+xml;b", "data:image/png;base6", "strong", "math", "pre"]


SEEN_AS = {"b", "img", "strong", "math", "pre"}


def test_pictures_stand_with_a_text_for_who_cannot_see_them() -> None:
    told = {"image/svg+xml": {"alt": "执行率: 地区 × 率"}}
    body = page(
        code("# 图\nplt.show()", output(metadata=told, **{"image__svg+xml": SVG})),
        code("sns.barplot(frame)", output(image__png=PNG, metadata={"image/png": {"width": 30}})),
    )
    first, second = body.find_all("img")
    assert base64.b64decode(first["src"].partition(",")[2]).decode() == SVG
    assert first["alt"] == "执行率: 地区 × 率"
    assert says(second["alt"], "own.picture", cell="sns.barplot(frame)")
    assert second["width"] == "30"


@pytest.mark.parametrize(
    "text",
    [
        AXES,
        "[<matplotlib.lines.Line2D at 0x7f>]",
        "Text(0.5, 1.0, '标题')",
        "<seaborn.axisgrid.FacetGrid at 0x7f>",
        "array([<Axes: >, <Axes: >], dtype=object)",
        "(array([1.]), array([0., 1.]), <BarContainer object of 1 artists>)",
        "<Figure size 640x480 with 1 Axes>",
    ],
)
def test_what_a_drawing_call_returns_is_left_out_beside_its_picture_and_fails_alone(
    text: str,
) -> None:
    returned = output("execute_result", text__plain=text)
    body = page(code("ax", returned, output(**{"image__svg+xml": SVG, "text__plain": "<Figure>"})))
    assert body.get_text(strip=True) == ""
    assert len(body.find_all("img")) == 1
    with pytest.raises(NoStaticFormError):
        page(code("ax", returned))


@pytest.mark.parametrize("text", ["0.93", "'映川区'", "{'a': [1, 2]}", "(0.0, 1.0)", "[<Unit H1>]"])
def test_values_stand_as_text_beside_a_picture_too(text: str) -> None:
    shown = output("execute_result", text__plain=text)
    for others in ([], [output(image__png=PNG)]):
        assert page(code("x", shown, *others)).find("pre").get_text() == text


@pytest.mark.parametrize(
    ("data", "gave"),
    [
        ({"text__html": SCRIPT, "text__plain": "<HTML object>"}, "text/html"),
        ({"text__html": "<iframe src='https://example.org'></iframe>"}, "text/html"),
        ({"text__html": "<img src='https://example.org/a.png'>"}, "text/html"),
        ({"application__javascript": "1", "text__plain": "<x>"}, "application/javascript"),
        ({WIDGET.replace("/", "__"): {"model_id": "1"}, "text__plain": "IntSlider()"}, WIDGET),
        ({"text__latex": r"$\left( a$"}, r"\left( a"),
        ({"text__markdown": "a <script>b</script>"}, "text/markdown"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_output_without_a_static_form_fails_and_names_its_cell(
    data: dict, gave: str, lang: str
) -> None:
    with pytest.raises(NoStaticFormError) as failure:
        page(code("# 试\nshow(1)", output(**data)), lang=lang)
    told = str(failure.value)
    assert says(told, "own.no_static_form", lang, cell="cell-00", line="show(1)")
    assert gave in told


def test_every_failing_cell_is_told_at_once_by_the_id_its_author_knows() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[code("a", output(text__plain=AXES)), code("b", output(text__html=SCRIPT))]
    )
    with pytest.raises(NoStaticFormError) as failure:
        render(notebook, "en", ids=["first", "second"])
    lines = str(failure.value).splitlines()
    assert [re.findall("first|second", line) for line in lines] == [["first"], ["second"]]


def test_of_a_script_its_static_part_stands_with_a_sentence() -> None:
    body = page(code("x", output(text__html=f"{SCRIPT}<table><tr><td>甲</td></tr></table>")))
    assert body.find("td").get_text() == "甲"
    assert says(body.get_text(), "own.no_script")
    widget = {WIDGET.replace("/", "__"): {"model_id": "random"}, "image__png": PNG}
    assert page(code("x", output(**widget))).find("img")


def test_a_hidden_cell_shows_nothing_but_its_code() -> None:
    hidden = code("secret = 1", output(text__html=SCRIPT), tags=("page-hide",))
    note = nbformat.v4.new_markdown_cell("# 说明", metadata={"tags": ["page-hide"]})
    seen = nbformat.v4.new_markdown_cell("## 结论\n$\\frac{a}{b}$")
    body = page(note, hidden, seen)
    assert [tag.get_text() for tag in body.find_all(["h1", "h2"])] == ["结论"]
    assert body.find("h2").get("id") == "own-结论"
    assert body.find("mfrac")
    notebook = nbformat.v4.new_notebook(cells=[note, hidden])
    assert "secret = 1" in render(notebook, "zh").partition("<details")[2]


def test_the_code_shows_each_parameter_once_with_the_value_that_was_run() -> None:
    own = 'unit_id: str = "990103"  # id of the unit\nyear: int = 2024  # year\nchanges: dict = {}'
    given = '# Parameters\nunit_id = "990101"\nyear = 2023'

    def listed(*cells: Any) -> list[str]:
        whole = BeautifulSoup(render(nbformat.v4.new_notebook(cells=[*cells]), "zh"), "html.parser")
        return [cell.get_text() for cell in whole.select("details.code pre")]

    assert listed(
        code(own, tags=("parameters",)), code(given, tags=("injected-parameters",)), code("year")
    ) == [
        'unit_id: str = "990101"  # id of the unit\nyear: int = 2023  # year\nchanges: dict = {}',
        "year",
    ]
    # What is no list of values is shown as it is.
    odd = code("x = 1", tags=("parameters",)), code("del x", tags=("injected-parameters",))
    assert listed(*odd) == ["x = 1", "del x"]


def test_a_picture_that_a_markdown_cell_carries_is_shown() -> None:
    cell = nbformat.v4.new_markdown_cell("![样图](attachment:a.png)")
    cell["attachments"] = {"a.png": {"image/png": PNG}}
    picture = page(cell).find("img")
    assert (picture["alt"], picture["src"]) == ("样图", f"data:image/png;base64,{PNG}")


def test_a_frame_scrolls_and_says_what_its_headings_are_of() -> None:
    frame = pd.DataFrame({"地区": ["甲", "乙"], "执行率": [0.9, None], "额": ["1,024", "—"]})
    body = page(code("frame.head()", output(text__html=frame._repr_html_(), text__plain="…")))
    around = body.find("div", class_="scroll")
    assert (around["role"], around["tabindex"]) == ("region", "0")
    assert says(around["aria-label"], "own.table", cell="frame.head()")
    assert [th.get_text() for th in body.select("thead th[scope=col]")] == ["地区", "执行率", "额"]
    assert [th.get_text() for th in body.select("tbody th[scope=row]")] == ["0", "1"]
    assert body.select("th:not([scope]), style, [border]") == []
    figures = [[cell.get_text() for cell in row.select(".figure")] for row in body.select("tr")]
    assert figures == [["执行率", "额"], ["0.9", "1,024"], ["NaN", "—"]]


def test_headings_over_several_rows_leave_figures_where_they_are() -> None:
    frame = pd.DataFrame({"县": ["甲", "甲"], "年": [2023, 2024], "率": [0.9, 0.8]})
    body = page(code("x", output(text__html=frame.set_index(["县", "年"]).to_html())))
    assert [cell.get_text() for cell in body.select("tbody .figure")] == ["0.9", "0.8"]
    assert body.select("tbody th.figure") == []


def test_a_styled_table_keeps_its_style_under_an_id_of_its_own() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    cells = [
        code("x", *(output(text__html=frame.style.highlight_max()._repr_html_()) for _ in range(2)))
        for _ in range(2)
    ]
    pages = {str(page(*cells)) for _ in range(2)}
    assert len(pages) == 1
    body = page(*cells)
    ids = [table["id"] for table in body.find_all("table")]
    assert ids == ["T_00_0", "T_00_1", "T_01_0", "T_01_1"]
    for name, style in zip(ids, body.find_all("style"), strict=True):
        assert re.findall(r"#(T_\w+?)_row", style.get_text()) == [name]
        assert body.find(id=f"{name}_row1_col0").get_text() == "2"


def test_a_style_of_its_own_concerns_nothing_else_on_the_page() -> None:
    body = page(code("x", output(text__html="<style>td { color: red }</style><i>a</i>")))
    assert body.find("style").get_text() == "@scope {td { color: red }}"
    assert body.find("style").parent["class"] == ["own"]


def test_a_stored_notebook_carries_the_style_of_our_pieces_once_and_the_page_not_at_all() -> None:
    pieces = [output(text__html=paragraph(text)._repr_html_()) for text in "甲乙"]
    notebook = nbformat.v4.new_notebook(cells=[code("x", piece) for piece in pieces])
    normalize(notebook, Path("/nowhere"))
    stored = [cell.outputs[0].data["text/html"] for cell in notebook.cells]
    assert [html.count(notebook_style()) for html in stored] == [1, 0]
    written = render(notebook, "zh")
    assert re.search(r"<p>甲</p>\s+<p>乙</p>", written)
    assert notebook_style() not in written


def test_a_widget_keeps_no_random_id() -> None:
    widget = output(**{WIDGET.replace("/", "__"): {"model_id": "b7c1"}, "image__png": PNG})
    notebook = nbformat.v4.new_notebook(cells=[code("x", widget)])
    normalize(notebook, Path("/nowhere"))
    assert "b7c1" not in nbformat.writes(notebook)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>", '<iframe src="https://e.example/"></iframe>',
        "<plaintext>x", '<meta http-equiv="refresh" content="0;url=x">', '<base href="https://e/">',
        '<form action="https://e/"><input></form>', "<textarea>x",
        '<img src="https://e.example/x.png">', '<img src="local.png">',
        '<p onclick="alert(1)">x</p>', '<a href="javascript:alert(1)">x</a>',
        '<p style="position:fixed;inset:0">x</p>', '<p style="background:url(https://e/)">x</p>',
        "<style>} body{display:none}</style>", "<style>@import 'https://e/';</style>",
        '<svg><image href="https://e.example/x.png"></image></svg>',
        '<div class="fundeval"><script>alert(1)</script></div>',
    ],
)  # fmt: skip
def test_what_would_run_fetch_or_change_the_page_is_left_out(hostile: str) -> None:
    found = own_html(f"<p>kept</p>{hostile}<b>also kept</b>", "label")
    assert not found.whole or "<form" in hostile
    for sign in ("<script", "<iframe", "<meta", "<base", "<form", "<input", "<textarea",
                 "<plaintext", "https:", "javascript:", "onclick", "position", "display:none",
                 "local.png"):  # fmt: skip
        assert sign not in found.markup
    assert unwrapped(hostile) is None


def test_a_page_cannot_be_ended_or_hidden_by_a_cell() -> None:
    markup = own_html('</main><body style="display:none"><p id="verdict">x</p></body>', "").markup
    assert markup == '<div class="own"><p>x</p></div>'
    style = own_html("<style>#verdict{display:none}</style><b>x</b>", "").markup
    assert "@scope {#verdict{display:none}}" in style


def test_a_piece_of_ours_with_something_after_it_keeps_all() -> None:
    piece = paragraph("ours")._repr_html_()
    assert unwrapped(piece) == paragraph("ours").markup
    assert unwrapped(piece + "<p>1234567") is None
    assert "1234567" in own_html(piece + "<p>1234567", "").markup


@pytest.mark.parametrize("formula", [r"\frac{a}", r"\foo{a}", r"\unknowncmd"])
def test_a_formula_that_is_not_understood_is_refused(formula: str) -> None:
    with pytest.raises(NoFormulaError):
        mathml(formula)


def test_signs_of_html_in_a_formula_stay_signs() -> None:
    made = mathml(r"\text{a <script>alert(1)</script>} < b")
    assert "<script" not in made
    assert "alert(1)" in made
