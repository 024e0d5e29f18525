"""Only what a run writes belongs into its folder, whatever its manifest lists."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from fundeval.batch.files import sha256
from fundeval.batch.folder_contents import compare_files, list_unchecked
from fundeval.batch.manifest import MANIFEST, to_sealed_json
from fundeval.batch.read_manifest import read_manifest
from fundeval.batch.verify import Coverage
from fundeval.report.public.releases import RELEASES, Register, Release
from tests.messages import says

WRITTEN = {
    "index.html", "policy.html", "workbook.xlsx", "index/a.html", "evaluation/units.parquet",
    "evaluation/tables/budgets.parquet", "evaluation/evaluation.json", "reports/H1.html",
    "notebooks/H1.ipynb", "reports/old.html", "reports/old.pdf",
}  # fmt: skip
# Listed in the manifest with their hashes, by somebody who knows how it is sealed.
FOREIGN = (
    "reports/sub/H1.html", "reports/evil.exe", "reports/H1.pdf", "reports/H9.html",
    "reports/H1.HTML", "reports/H2.html.docx", "notebooks/evil.ipynb", "notebooks/H2.ipynb",
    "notebooks/H1.html", "evaluation/evil.txt", "evaluation/a/b.parquet", "index/sub/a.html",
    "index/a.exe", "signatures/0001-evaluator.json", "releases.json", "pdf/H1.pdf", "ledger.sqlite",
)  # fmt: skip
PLAN = {stem: ["hospital", stem, "hospital.ipynb"] for stem in ("H1", "H2")}
CONTENT = {"plan": PLAN, "failed": {"H2": "x"}, "stale": {"old": ["old", "gone"]}}


def write(folder: Path, names: set[str], content: Mapping[str, object] = CONTENT) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    files = {name: sha256(folder / name) for name in names}
    (folder / MANIFEST).write_text(to_sealed_json({**content, "files": files}), encoding="utf-8")
    return folder


def differs(folder: Path) -> set[tuple[str, str]]:
    manifest = read_manifest(folder)
    assert manifest
    return {(each.kind, each.name) for each in compare_files(folder, manifest)}


def noted(folder: Path) -> dict[str, str]:
    manifest = read_manifest(folder)
    assert manifest
    return {each.kind: each.name for each in list_unchecked(folder, manifest)}


def test_what_a_run_writes_is_no_difference(tmp_path: Path) -> None:
    assert differs(write(tmp_path, WRITTEN)) == set()


@pytest.mark.parametrize("name", FOREIGN)
def test_what_no_run_writes_is_told_though_it_is_listed(tmp_path: Path, name: str) -> None:
    assert ("invented", name) in differs(write(tmp_path, {*WRITTEN, name}))


def test_a_page_in_another_folder_takes_no_reports_place(tmp_path: Path) -> None:
    names = (WRITTEN - {"reports/H1.html"}) | {"reports/sub/H1.html"}
    manifest = read_manifest(write(tmp_path, names))
    assert manifest
    assert manifest.incomplete()["H1"] == "not_made"


@pytest.mark.parametrize(
    ("keep", "names"),
    [(True, {"reports/H1.html", "notebooks/H1.ipynb"}), (False, {"reports/H1.html"}),
     ("failed", {"reports/H1.html", "notebooks/H2.ipynb"})],
)  # fmt: skip
def test_notebooks_are_those_that_the_run_keeps(
    tmp_path: Path, keep: object, names: set[str]
) -> None:
    content = {**CONTENT, "run": {"keep_notebooks": keep}}
    assert differs(write(tmp_path / "a", names, content)) == set()
    every = {"reports/H1.html", "notebooks/H1.ipynb", "notebooks/H2.ipynb"}
    told = differs(write(tmp_path / "b", every, content))
    assert told == {("invented", name) for name in every - names}
    absent = differs(write(tmp_path / "c", {"reports/H1.html"}, content))
    assert absent == ({("missing", "notebooks/H1.ipynb")} if keep is True else set())


def test_papers_are_those_that_the_run_file_asks_for(tmp_path: Path) -> None:
    asked = {**CONTENT, "run": {"docx": True, "pdf": False}}
    names = {*WRITTEN, "reports/H1.docx", "reports/H1.pdf"}
    assert differs(write(tmp_path, names, asked)) == {("invented", "reports/H1.pdf")}


def test_an_empty_folder_that_no_run_makes_is_told(tmp_path: Path) -> None:
    write(tmp_path, WRITTEN)
    (tmp_path / "signatures").mkdir()
    (tmp_path / "reports" / "official").mkdir()
    assert differs(tmp_path) == {("unlisted", "reports/official/")}


@pytest.mark.skipif(os.name != "posix", reason="needs hard links and modes")
def test_who_else_may_change_a_file_is_noted(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", WRITTEN)
    assert noted(folder) == {}
    os.link(folder / "policy.html", tmp_path / "elsewhere.html")
    (folder / "index.html").chmod(0o4755)
    assert noted(folder) == {"hard_link": "policy.html", "open_to_all": "index.html"}
    assert differs(folder) == set()


def test_earlier_releases_of_a_public_folder_are_named_as_not_checked(tmp_path: Path) -> None:
    public = {"public": True}
    folder = write(tmp_path, {"index.html", "policy.html", RELEASES, "workbook.xlsx"}, public)
    assert ("invented", "workbook.xlsx") in differs(folder)
    assert "earlier_releases" not in noted(folder)
    releases = [
        Release(year=year, report="yearly", minimum=11, units={}, figures={})
        for year in (2023, 2024)
    ]
    (folder / RELEASES).write_text(Register(releases=releases).text(), encoding="utf-8")
    assert noted(folder)["earlier_releases"] == RELEASES
    text = Coverage(public=True, whole=True).text("en")
    assert says(text, "verify.covered.public", "en")
    assert not says(text, "verify.covered.whole", "en")
