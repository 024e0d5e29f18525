import shutil

import pypdf
import pytest
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.problems import BadInputError
from fundeval.report.pages.pdf import Paper, print_pdf

DRAFT = Paper("zh", "草稿")
needs_browser = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")


@pytest.fixture
def pages(tmp_path):
    paths = [tmp_path / "index.html", tmp_path / "第二页 #2.html"]
    for path in paths:
        path.write_text("<!DOCTYPE html><meta charset=utf-8><p>一页", encoding="utf-8")
    return paths


@pytest.mark.slow
@needs_browser
def test_pages_are_printed_the_same_each_time(pages, tmp_path):
    made = print_pdf(pages, tmp_path / "one", DRAFT)
    again = print_pdf(pages, tmp_path / "two", DRAFT)
    assert [path.name for path in made] == ["index.pdf", "第二页 #2.pdf"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [
        "index.pdf",
        "第二页 #2.pdf",
    ]
    for first, second in zip(made, again, strict=True):
        content = first.read_bytes()
        assert content.startswith(b"%PDF-")
        assert content == second.read_bytes()


def test_without_browser_the_problem_is_said(pages, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInputError) as caught:
        print_pdf(pages, tmp_path / "out", DRAFT)
    assert caught.value.problems[0].rule == "pdf.no_browser"
    assert "Edge" in caught.value.text("zh")
    assert not (tmp_path / "out").exists()


def test_every_page_not_printed_is_named(pages, tmp_path, monkeypatch):
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\nexit 1\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInputError) as caught:
        print_pdf(pages, tmp_path / "out", DRAFT)
    assert [problem.file for problem in caught.value.problems] == ["index.html", "第二页 #2.html"]
    assert list((tmp_path / "out").iterdir()) == []


def test_the_overview_is_printed_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "reports").mkdir()
    page = tmp_path / "reports" / "overview.html"
    page.touch()
    asked = []
    monkeypatch.setattr(
        "fundeval.report.pages.pdf.print_pdf", lambda pages, *_: asked.extend(pages) or pages
    )
    ended = CliRunner().invoke(app, ["pdf", str(tmp_path), "--only", "overview"])
    assert (ended.exit_code, asked) == (0, [page])


@pytest.fixture(scope="module")
def printed(tmp_path_factory, hospital_run):
    """The report of a hospital, whole and without annexes, as readers of PDF."""
    page = hospital_run / "reports" / "H99010600001.html"
    made = []
    for name, annexes in (("whole", True), ("short", False)):
        folder = tmp_path_factory.mktemp(name)
        (file,) = print_pdf([page], folder, Paper("zh", "草稿", annexes))
        made.append(pypdf.PdfReader(file))
    return made


def plain(text):
    return "".join(text.split())


def bookmarks(reader):
    """Return the text of each bookmark and the number of its page, in their order."""

    def of(entries):
        for entry in entries:
            if isinstance(entry, list):
                yield from of(entry)
            else:
                yield plain(entry.title), reader.get_destination_page_number(entry) + 1

    return list(of(reader.outline))


@pytest.mark.slow
@needs_browser
def test_a_printed_report_has_contents_that_lead_to_their_pages(printed):
    reader = printed[0]
    marks = bookmarks(reader)
    contents = plain(reader.pages[1].extract_text() + reader.pages[2].extract_text())
    chapters = [mark for mark in marks if mark[0].startswith(("一、", "三、", "四、", "附件"))]
    assert len(chapters) >= 6
    for title, number in chapters:
        assert title in plain(reader.pages[number - 1].extract_text())
        assert f"{title}{number}" in contents
    assert [number for _, number in marks] == sorted(number for _, number in marks)


@pytest.mark.slow
@needs_browser
def test_each_printed_page_says_whose_it_is_and_whether_it_is_signed(printed):
    for page in printed[0].pages:
        assert "H99010600001·草稿" in plain(page.extract_text())


@pytest.mark.slow
@needs_browser
def test_annexes_are_left_out_on_request(printed):
    whole, short = ({title for title, _ in bookmarks(reader)} for reader in printed)
    assert short < whole
    assert any("数据来源" in title for title in whole - short)
    assert any("自评表" in title for title in short)
    assert len(printed[1].pages) < len(printed[0].pages)
