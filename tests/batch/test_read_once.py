"""A run says of what it read what it read, whatever becomes of the files meanwhile."""

import hashlib
import json
import shutil
from pathlib import Path

import nbformat
import pytest

from fundeval import policy
from fundeval.batch import stored_evaluation
from fundeval.batch.execution.local_pool import make_reports
from fundeval.batch.manifest import MANIFEST
from fundeval.batch.pipeline import PreparedRun, execute_run, prepare_run
from fundeval.batch.plan import read_run_file
from fundeval.batch.run_plan import RunOptions
from fundeval.policy.load import load
from fundeval.problems import BadInputError
from tests.e2e.places import create_workspace, write_light_notebooks

pytestmark = pytest.mark.slow
FORGES = """
from pathlib import Path
for path in (Path("../reports/990100.html"), Path("../evaluation/scores.parquet")):
    path.write_bytes(path.read_bytes() + b"forged")
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = create_workspace(tmp_path)
    write_light_notebooks(folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def made(light_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a place where a run of all units has ended, and work there."""
    folder = tmp_path / "made"
    shutil.copytree(light_run, folder)
    monkeypatch.chdir(folder)
    return folder


def prepared(place: Path) -> PreparedRun:
    return prepare_run(read_run_file(place / "run.yaml"), place / "outputs" / "small")


def execute(run: PreparedRun) -> dict[str, dict[str, str]]:
    """Execute a run; return its manifest."""
    execute_run(
        run,
        RunOptions(),
        lambda jobs, settings: make_reports(jobs, settings, 1),
        lambda _plan: lambda _outcome: None,
    )
    text = (run.settings.output / MANIFEST).read_text(encoding="utf-8")
    return dict(json.loads(text))


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def raise_budget(place: Path) -> None:
    budgets = place / "data" / "budgets.csv"
    text = budgets.read_text(encoding="utf-8")
    budgets.write_text(text.replace("employee,800", "employee,801"), encoding="utf-8")


def test_a_notebook_that_is_changed_during_the_run_is_executed_as_it_was(place: Path) -> None:
    notebook = place / "notebooks" / "hospital.ipynb"
    was = hashed(notebook)
    run = prepared(place)
    notebook.write_text("{", encoding="utf-8")
    manifest = execute(run)
    assert manifest["failed"] == {}
    assert manifest["notebooks"]["hospital.ipynb"] == was


def test_data_that_change_after_they_were_evaluated_have_the_hash_of_the_figures(
    place: Path,
) -> None:
    was = hashed(place / "data" / "budgets.csv")
    run = prepared(place)
    raise_budget(place)
    inputs = {each["name"]: each["sha256"] for each in execute(run)["inputs"]}
    assert inputs["budgets.csv"] == was
    # The next run finds that they are others now.
    assert prepared(place).key != run.key


def test_data_that_change_between_hashing_and_reading_are_known_by_no_key(place: Path) -> None:
    data = str(place / "data")
    key = stored_evaluation.key_of(data, "national", 2024)
    raise_budget(place)
    about = prepared(place).about
    assert stored_evaluation.confirmed(key, data, about) is None
    now = stored_evaluation.key_of(data, "national", 2024)
    assert stored_evaluation.confirmed(now, data, about) == now


def test_a_run_that_evaluates_again_what_it_stored_stops_if_it_changed(made: Path) -> None:
    again = prepared(made)
    raise_budget(made)
    with pytest.raises(BadInputError) as caught:
        again.evaluate()
    told = [(problem.rule, problem.file) for problem in caught.value.problems]
    assert told == [("run.changed_meanwhile", "budgets.csv")]


def test_a_policy_has_the_hash_of_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("id: mine\ntitle: {zh: 一, en: One}\nextends: national\n", encoding="utf-8")
    was = hashed(path)
    loaded = load(path)
    path.write_text("id: mine\ntitle: {zh: 二, en: Two}\nextends: national\n", encoding="utf-8")
    assert dict(loaded.files)["mine.yaml"] == was
    assert dict(policy.load(path).files)["mine.yaml"] == hashed(path)


def test_what_a_notebook_altered_elsewhere_is_not_vouched_for(place: Path) -> None:
    """The notebook of hospitals writes over the region's report and a table of the evaluation."""
    write_light_notebooks(place)
    path = place / "notebooks" / "hospital.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(FORGES, id="forges"))
    nbformat.write(notebook, path)
    with pytest.raises(BadInputError) as caught:
        execute(prepared(place))
    told = {(problem.rule, problem.file) for problem in caught.value.problems}
    assert told == {
        ("run.altered", "evaluation/scores.parquet"),
        ("run.altered", "reports/990100.html"),
    }
    assert not (place / "outputs" / "small" / MANIFEST).exists()
    write_light_notebooks(place)
    manifest = execute(prepared(place))
    assert manifest["failed"] == {}


@pytest.mark.parametrize("name", ["reports", "notebooks"])
def test_a_folder_that_leads_elsewhere_is_not_written_to(made: Path, name: str) -> None:
    linked, elsewhere = made / "outputs" / "small" / name, made / "elsewhere"
    linked.rename(elsewhere)
    linked.symlink_to(elsewhere)
    with pytest.raises(BadInputError) as caught:
        prepared(made)
    assert [problem.rule for problem in caught.value.problems] == ["run.foreign_folder"]
