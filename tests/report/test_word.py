"""Reports as Word documents, read back and opened by LibreOffice."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import pypdf
import pytest
from bs4 import BeautifulSoup
from docx.oxml.ns import qn
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.problems import BadInputError
from fundeval.report.word.document import write_document
from fundeval.report.word.pictures import draw

HOSPITAL = "H99010600001"
# LibreOffice may be there without what opens documents.
WRITER = Path("/usr/lib/libreoffice/program/libswlo.so")
PAGE = """<!DOCTYPE html><html lang="zh-CN"><body><main>
<header class="verdict"><p class="banner invented">虚构数据</p><h1>甲医院报告</h1>
<p class="sentence">等级中</p></header>
<h2 id="bridge">下年预算</h2><p>预算</p>
<h2 id="basics">一、基本情况<a class="anchor" href="#basics">#</a></h2>
<table><caption>表（万元）</caption><thead><tr><th>名称</th><th>数</th></tr></thead>
<tbody><tr><th rowspan="2">甲</th><td class="figure">1.50</td></tr>
<tr><td class="figure">2.25</td></tr></tbody></table>
<details><summary>推导</summary><pre class="derivation">1 + 1 = 2</pre></details>
<section class="annex"><h2 id="form">附件一</h2><p>表</p></section>
<section class="annex"><h2 id="sources">附件四</h2><p>来源</p><ul><li>甲</li></ul></section>
<section class="annex"><h2 id="signoff">附件六</h2>
<dl class="signoff"><div><dt>评价人</dt><dd>签字</dd></div></dl></section>
</main></body></html>"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "H1.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text.strip()]


def written(page, **options):
    target = page.with_suffix(".docx")
    write_document(page, target, "草稿", **options)
    return docx.Document(target)


def headings(document, level=1):
    style = f"Heading {level}"
    return [p.text for p in document.paragraphs if p.style.name == style]


def test_chapters_stand_in_the_order_of_the_official_form(page):
    assert headings(written(page)) == [
        "评价结果摘要", "一、基本情况", "下年预算", "附件一", "附件四", "附件六",
    ]  # fmt: skip


def test_annexes_and_derivations_are_left_out_on_request(page):
    short = written(page, annexes=False)
    assert headings(short) == ["评价结果摘要", "一、基本情况", "下年预算", "附件一", "附件六"]
    assert "1 + 1 = 2" in texts(written(page))
    assert "1 + 1 = 2" not in texts(short)


def test_what_folds_a_page_says_nothing_on_paper_and_holds_what_stays(page):
    text = page.read_text(encoding="utf-8")
    table = text[text.index("<table>") : text.index("</details>")] + "</details>"
    folded = f'<details class="fold"><summary>展开</summary><div class="long">{table}'
    tools = '<p class="all"><label>全部</label></p></div><p class="tools">文件</p></details>'
    page.write_text(text.replace(table, folded + tools), encoding="utf-8")
    for annexes in (True, False):
        made = written(page, annexes=annexes)
        assert len(made.tables) == 1
        assert not {"展开", "全部", "文件"} & set(texts(made))
        assert ("1 + 1 = 2" in texts(made)) == annexes


def test_the_cover_says_that_data_are_invented(page):
    assert texts(written(page))[:2] == ["甲医院报告", "虚构数据"]


def test_a_table_is_a_table_whose_head_is_repeated(page):
    (table,) = written(page).tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["名称", "数"], ["甲", "1.50"], ["甲", "2.25"],
    ]  # fmt: skip
    head, *body = table._tbl.tr_lst
    assert head.find(f".//{qn('w:tblHeader')}") is not None
    assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in [head, *body])
    sides = [row.findall(f".//{qn('w:jc')}")[-1].get(qn("w:val")) for row in body]
    assert sides == ["right", "right"]


def test_the_page_and_the_letters_are_those_of_official_documents(page):
    """GB/T 9704: 37 mm above, 28 mm left, text 156 by 225 mm, lines of 28 points, 3号 letters."""
    document = written(page)
    section = document.sections[0]
    assert (round(section.top_margin.mm, 1), round(section.left_margin.mm, 1)) == (37, 28)
    assert round(section.page_width.mm - section.left_margin.mm - section.right_margin.mm) == 156
    assert round(section.page_height.mm - section.top_margin.mm - section.bottom_margin.mm) == 225
    fonts = {
        name: document.styles[name].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
        for name in ("Title", "Heading 1", "Heading 2", "Body Text")
    }
    assert fonts == {
        "Title": "方正小标宋简体", "Heading 1": "黑体", "Heading 2": "楷体_GB2312",
        "Body Text": "仿宋_GB2312",
    }  # fmt: skip
    body = document.styles["Body Text"]
    assert (body.font.size.pt, body.paragraph_format.line_spacing.pt) == (16, 28)


def test_contents_name_each_chapter_by_its_bookmark(page):
    body = written(page).element.body
    marks = {each.get(qn("w:name")) for each in body.iter(qn("w:bookmarkStart"))}
    links = [each.get(qn("w:anchor")) for each in body.iter(qn("w:hyperlink"))]
    assert links == sorted(marks)
    assert len(links) == 6


def test_the_same_page_gives_the_same_bytes(page, tmp_path):
    for name in ("a", "b"):
        write_document(page, tmp_path / f"{name}.docx", "草稿")
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.docx") as made:
        assert {info.date_time for info in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_is_no_report_is_refused(tmp_path):
    (tmp_path / "x.html").write_text("<p>x", encoding="utf-8")
    with pytest.raises(BadInputError) as refused:
        write_document(tmp_path / "x.html", tmp_path / "x.docx", "")
    assert [each.rule for each in refused.value.problems] == ["docx.no_report"]
    assert not (tmp_path / "x.docx").exists()


def test_a_chart_is_drawn_with_the_colours_of_the_pages():
    red = '<svg viewbox="0 0 8 8"><rect width="8" height="8" fill="var(--alert)"/></svg>'
    assert draw(red, 8)[:8] == b"\x89PNG\r\n\x1a\n"
    assert draw(red, 8) != draw(red.replace("--alert", "--ink"), 8)


def test_a_unit_without_report_is_told(hospital_run):
    ended = CliRunner().invoke(app, ["docx", str(hospital_run), "--only", "H0"])
    assert (ended.exit_code, (hospital_run / "docx").exists()) == (2, False)


@pytest.fixture(scope="module")
def document(hospital_run, tmp_path_factory):
    """The report of a hospital of the sample city as a Word document."""
    target = tmp_path_factory.mktemp("word") / f"{HOSPITAL}.docx"
    write_document(hospital_run / "reports" / f"{HOSPITAL}.html", target, "草稿", annexes=False)
    return target


def test_no_figure_of_a_table_is_lost(document, hospital_run):
    soup = BeautifulSoup(
        (hospital_run / "reports" / f"{HOSPITAL}.html").read_text(encoding="utf-8"), "lxml"
    )
    held = {cell.text for table in docx.Document(document).tables for row in table._tbl.tr_lst
            for cell in row.iter(qn("w:t"))}  # fmt: skip
    form = soup.find("h2", id="form").find_next("table")
    tables = [form, soup.find("h2", id="conclusion").find_next("table")]
    figures = [
        re.sub(r"\s+", " ", cell.get_text()).strip()
        for table in tables
        for cell in table.find_all("td")
    ]
    assert figures
    assert set(figures) <= held


@pytest.mark.slow
@pytest.mark.skipif(not WRITER.exists(), reason="needs LibreOffice Writer")
def test_libreoffice_opens_the_document(document, tmp_path):
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(document)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    pdf = pypdf.PdfReader(tmp_path / f"{HOSPITAL}.pdf")
    said = ["".join(page.extract_text().split()) for page in pdf.pages]
    assert len(said) > 10
    assert "编制单位（盖章）" in said[0]
    assert "目录" in said[1]
    everything = "".join(said)
    for heading in headings(docx.Document(document)):
        assert "".join(heading.split()) in everything
    pictures = {image.indirect_reference.idnum for page in pdf.pages for image in page.images}
    # Charts that look the same are one picture.
    shapes = docx.Document(document).inline_shapes
    embedded = {s._inline.graphic.graphicData.pic.blipFill.blip.embed for s in shapes}
    assert len(pictures) == len(embedded)
    assert f"{HOSPITAL}·草稿" in said[2]
    assert "—3—" in said[2]


def test_pictures_say_what_they_show(document):
    shapes = docx.Document(document).inline_shapes
    assert len(shapes) > 5
    assert all(len(shape._inline.docPr.get("descr")) > 5 for shape in shapes)


def test_the_command_writes_into_a_folder_of_its_own(hospital_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(hospital_run, run)
    ended = CliRunner().invoke(app, ["docx", str(run), "--only", HOSPITAL, "--without-annexes"])
    assert ended.exit_code == 0
    assert [path.name for path in Path(run / "docx").iterdir()] == [f"{HOSPITAL}.docx"]
