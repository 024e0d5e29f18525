import shutil

import pytest
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.problems import BadInputError
from fundeval.report.pages.pdf import print_pdf

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
    made = print_pdf(pages, tmp_path / "one")
    again = print_pdf(pages, tmp_path / "two")
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
        print_pdf(pages, tmp_path / "out")
    assert caught.value.problems[0].rule == "pdf.no_browser"
    assert "Edge" in caught.value.text("zh")
    assert not (tmp_path / "out").exists()


def test_every_page_not_printed_is_named(pages, tmp_path, monkeypatch):
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\nexit 1\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInputError) as caught:
        print_pdf(pages, tmp_path / "out")
    assert [problem.file for problem in caught.value.problems] == ["index.html", "第二页 #2.html"]
    assert list((tmp_path / "out").iterdir()) == []


def test_the_overview_is_printed_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "reports").mkdir()
    page = tmp_path / "reports" / "overview.html"
    page.touch()
    asked = []
    monkeypatch.setattr(
        "fundeval.report.pages.pdf.print_pdf", lambda pages, _: asked.extend(pages) or pages
    )
    ended = CliRunner().invoke(app, ["pdf", str(tmp_path), "--only", "overview"])
    assert (ended.exit_code, asked) == (0, [page])
