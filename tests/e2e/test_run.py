"""`fundeval run`: what it writes, twice the same, and what becomes of a failing unit."""

import hashlib
import json
import pickle
import shutil
from pathlib import Path

import nbformat
import pytest

from fundeval import workspace
from fundeval.batch.manifest import MANIFEST
from fundeval.batch.verify import NOT_COMPARED
from tests.e2e.places import Ended, Place, create_workspace, tree
from tests.messages import says, word

HOSTILE = "___H2-" + hashlib.sha256(b"../H2").hexdigest()[:12]


@pytest.fixture(scope="module")
def made(small_run: Path) -> tuple[Place, Ended]:
    """Return a place where a run of all units has ended, only to read."""
    return Place(small_run / "place"), pickle.loads((small_run / "ended.pickle").read_bytes())


def test_a_run_ends_well_and_says_where_to_look(made: tuple[Place, Ended]) -> None:
    _, ended = made
    assert ended.status == 0
    assert says(ended.output, "cli.made", done=4, kept=0, failed=0)
    assert str(Path("outputs/small/index.html")) in ended.output


def test_a_run_writes_what_the_readme_says(made: tuple[Place, Ended]) -> None:
    place, _ = made
    files = set(tree(place.folder / "outputs" / "small"))
    stems = {"overview", "990100", "H1", HOSTILE}
    assert {f"reports/{stem}.html" for stem in stems} <= files
    assert {f"notebooks/{stem}.ipynb" for stem in stems} <= files
    others = {
        name for name in files if not name.startswith(("reports/", "notebooks/", "evaluation/"))
    }
    assert others == NOT_COMPARED - {"ledger.sqlite-journal"} | {
        "index.html",
        "policy.html",
        "workbook.xlsx",
    }
    assert "evaluation/evaluation.json" in files


def test_nothing_is_written_outside_the_output_folder(made: tuple[Place, Ended]) -> None:
    place, _ = made
    tops = {path.name for path in place.folder.iterdir()}
    assert tops == {"data", "run.yaml", "outputs"}


def test_the_index_leads_to_every_report_and_escapes_names(made: tuple[Place, Ended]) -> None:
    place, _ = made
    index = (place.folder / "outputs/small/index.html").read_text(encoding="utf-8")
    for stem in ("overview", "990100", "H1", HOSTILE):
        assert f'href="reports/{stem}.html"' in index
    assert "<b>市第二医院" not in index
    assert "&lt;b&gt;市第二医院" in index


def test_the_manifest_has_the_hash_of_every_file(made: tuple[Place, Ended]) -> None:
    place, _ = made
    files = tree(place.folder / "outputs" / "small")
    manifest = json.loads(files["manifest.json"])
    for name in NOT_COMPARED:
        files.pop(name, None)
    assert manifest["files"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    inputs = {entry["name"] for entry in manifest["inputs"]}
    assert inputs == {"units.csv", "budgets.csv", "dataset.yaml"}
    notebooks = {"overview.ipynb", "region.ipynb", "hospital.ipynb"}
    assert manifest["notebooks"] == {
        name: hashlib.sha256(workspace.find(f"notebooks/{name}").read_bytes()).hexdigest()
        for name in notebooks
    }
    assert manifest["failed"] == {}


@pytest.mark.slow
def test_another_folder_zone_language_and_hash_seed_give_the_same_bytes(
    made: tuple[Place, Ended], tmp_path: Path
) -> None:
    settings = {
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "HOME": str(tmp_path),
    }
    other = Place(create_workspace(tmp_path / "a folder of another name"), settings=settings)
    ended = other.run("run", "run.yaml", "--jobs", "1", "--engine", "nbclient", "--fresh")
    assert ended.status == 0
    first, second = (tree(place.folder / "outputs/small") for place in (made[0], other))
    names = [name for name in first if name == MANIFEST or name not in NOT_COMPARED]
    assert [name for name in names if first[name] != second.get(name)] == []
    assert set(first) == set(second)


@pytest.mark.slow
def test_the_public_gets_one_page_and_its_manifest(place: Place) -> None:
    assert place.run("run", "run.yaml", "--profile", "public").status == 0
    output = place.folder / "outputs" / "small-public"
    files = tree(output)
    assert set(files) == {"index.html", "policy.html", "manifest.json", "releases.json"}
    assert word("verify.same") in place.run("verify", "outputs/small-public").output
    # Again into its own folder: the same, and the register has it once.
    assert place.run("run", "run.yaml", "--profile", "public").status == 0
    assert tree(output) == files
    # The log of what is hidden lies beside it.
    assert (output.parent / "small-public-hidden.csv").is_file()
    # No hash of confidential data, with which amounts could be tried until one fits.
    public = "".join(path.read_text(encoding="utf-8") for path in output.iterdir())
    data = [path.read_bytes() for path in (place.folder / "data").iterdir()]
    assert not any(hashlib.sha256(content).hexdigest() in public for content in data)


def test_the_public_page_does_not_go_where_internal_results_lie(made: tuple[Place, Ended]) -> None:
    place, _ = made
    ended = place.run("run", "run.yaml", "--profile", "public", "--out", "outputs/small")
    assert (ended.status, says(ended.errors, "run.not_public")) == (2, True)


@pytest.mark.slow
def test_a_failing_unit_is_listed_and_the_others_are_made(place: Place) -> None:
    shutil.copytree(workspace.find("notebooks"), place.folder / "notebooks")
    raising = 'raise RuntimeError("spoilt on purpose")'
    _spoil(place.folder / "notebooks" / "hospital.ipynb", "H1", raising)
    ended = place.run("run", "run.yaml", "--lang", "en")
    output = place.folder / "outputs" / "small"
    assert ended.status == 1
    assert "3 reports made, 0 kept, 1 failed." in ended.output
    assert "failed H1: RuntimeError: spoilt on purpose" in ended.errors
    assert "RuntimeError: spoilt on purpose" in (output / "index.html").read_text(encoding="utf-8")
    assert json.loads((output / "manifest.json").read_bytes())["failed"] == {
        "H1": "RuntimeError: spoilt on purpose"
    }
    assert {path.stem for path in (output / "reports").iterdir()} == {"overview", "990100", HOSTILE}
    assert "spoilt on purpose" in (output / "run.log").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_killed_process_loses_one_report_only(place: Place) -> None:
    shutil.copytree(workspace.find("notebooks"), place.folder / "notebooks")
    kill = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    _spoil(place.folder / "notebooks" / "hospital.ipynb", "H1", kill)
    ended = place.run("run", "run.yaml", "--jobs", "2", "--lang", "en")
    assert ended.status == 1
    assert "3 reports made, 0 kept, 1 failed." in ended.output
    assert "failed H1: the process making the report was ended by signal SIGKILL" in ended.errors
    reports = (place.folder / "outputs/small/reports").iterdir()
    assert {path.stem for path in reports} == {"overview", "990100", HOSTILE}


def _spoil(path: Path, unit_id: str, statement: str) -> None:
    """Let the notebook of one unit end with a statement."""
    notebook = nbformat.read(path, as_version=4)
    code = f'if unit_id == "{unit_id}":\n    {statement}'
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    nbformat.write(notebook, path)
