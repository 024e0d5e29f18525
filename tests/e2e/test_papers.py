"""A run file may ask for the reports as PDF and Word documents, which are then part of the run."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fundeval.batch.manifest import MANIFEST
from tests.e2e.places import Place, create_workspace, tree
from tests.messages import count

pytestmark = pytest.mark.slow
UNIT = "H1"


def place_with(tmp_path: Path, more: str) -> Place:
    place = Place(create_workspace(tmp_path / "place"))
    with (place.folder / "run.yaml").open("a", encoding="utf-8") as file:
        file.write(more)
    return place


def output_of(place: Place) -> Path:
    return place.folder / "outputs" / "small"


def papers(place: Place, suffix: str) -> dict[str, bytes]:
    return {name: each for name, each in tree(output_of(place)).items() if name.endswith(suffix)}


def listed(place: Place) -> list[str]:
    files = json.loads((output_of(place) / MANIFEST).read_text(encoding="utf-8"))["files"]
    return [name for name in files if name.endswith((".pdf", ".docx"))]


def run(place: Place, *options: str) -> None:
    ended = place.run("run", "run.yaml", *options)
    assert ended.status == 0, ended.errors


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `place` has a run with Word documents, only to copy."""
    folder = tmp_path_factory.mktemp("printed")
    run(place_with(folder, "docx: true\n"))
    return folder


def copied(folder: Path, tmp_path: Path) -> Place:
    """Return a copy of a place where a run was made."""
    shutil.copytree(folder / "place", tmp_path / "place")
    return Place(tmp_path / "place")


def test_word_documents_of_a_run_are_in_its_manifest_and_made_again_only_where_needed(
    printed: Path, tmp_path: Path
) -> None:
    place = copied(printed, tmp_path)
    first = papers(place, ".docx")
    pages = {name.removesuffix(".html") for name in papers(place, ".html") if "/" in name}
    assert {name.removesuffix(".docx") for name in first} == pages
    assert sorted(listed(place)) == sorted(first)
    assert place.run("verify", "outputs/small", "--sample", "0").status == 0
    before = {name: (output_of(place) / name).stat().st_mtime_ns for name in first}
    run(place)
    assert {name: (output_of(place) / name).stat().st_mtime_ns for name in first} == before
    name = f"reports/{UNIT}.docx"
    (output_of(place) / name).unlink()
    run(place)
    assert papers(place, ".docx") == first


def test_a_run_that_no_longer_asks_for_them_has_none(printed: Path, tmp_path: Path) -> None:
    place = copied(printed, tmp_path)
    text = (place.folder / "run.yaml").read_text(encoding="utf-8")
    (place.folder / "run.yaml").write_text(text.replace("docx: true", ""), encoding="utf-8")
    run(place)
    assert papers(place, ".docx") == {}
    assert listed(place) == []
    before = tree(output_of(place))[MANIFEST]
    run(place)
    assert tree(output_of(place))[MANIFEST] == before


def test_what_is_written_after_the_run_is_no_change_of_it(small_run: Path, tmp_path: Path) -> None:
    place = copied(small_run, tmp_path)
    written = place.run("docx", "outputs/small", "--only", UNIT)
    assert written.status == 0, written.errors
    assert list(papers(place, ".docx")) == [f"docx/{UNIT}.docx"]
    assert place.run("verify", "outputs/small", "--sample", "0").status == 0


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_pdf_of_a_run_are_in_its_manifest(tmp_path: Path) -> None:
    place = place_with(tmp_path, "pdf: true\n")
    run(place, "--only", UNIT)
    assert sorted(listed(place)) == [f"reports/{UNIT}.pdf", "reports/overview.pdf"]
    assert all(content.startswith(b"%PDF-") for content in papers(place, ".pdf").values())
    ended = place.run("verify", "outputs/small", "--sample", "0")
    # Two planned reports were not asked for; nothing else differs.
    assert (ended.status, count(ended.output, "verify.not_made")) == (1, 2)
    assert ".pdf" not in ended.output


def test_without_a_browser_a_run_that_prints_does_not_begin(tmp_path: Path) -> None:
    place = replace(place_with(tmp_path, "pdf: true\n"), settings={"PATH": str(tmp_path)})
    ended = place.run("run", "run.yaml")
    assert ended.status == 2
    assert not (output_of(place) / "reports").exists()
