"""What an evaluator tries in a notebook: never in an official report, and not evaluated twice."""

import shutil
from pathlib import Path

import nbformat
import pytest

import fundeval
from fundeval import workspace
from fundeval.workbench import source
from tests.e2e.places import Place, create_workspace

pytestmark = pytest.mark.slow

GIVEN = "run.what_if(changes, unit_id or None) if changes else None"
SWALLOWED = """try:
    moved = run.what_if({"execution_floor": 0.99}).counts.loc["department", "states"]
except Exception:
    moved = 0
print(moved)"""
SUPPOSED = """answer = run.what_if({"execution_floor": 0.99})
answer"""


def with_a_what_if(place: Place) -> None:
    """Give the workspace a hospital's notebook in which somebody supposes something."""
    notebook = nbformat.read(workspace.find("notebooks/hospital.ipynb"), as_version=4)
    (given,) = (cell for cell in notebook.cells if cell.id == "parameters")
    given.source = given.source.replace("changes: dict = {}", 'changes: dict = {"gdp_ceiling": 1}')
    notebook.cells.append(nbformat.v4.new_code_cell(SUPPOSED, id="tried"))
    notebook.cells.append(nbformat.v4.new_code_cell(SWALLOWED, id="swallowed"))
    notebook.cells.append(nbformat.v4.new_code_cell("'after it'", id="after"))
    folder = place.folder / "notebooks"
    folder.mkdir()
    nbformat.write(notebook, folder / "hospital.ipynb")


@pytest.mark.parametrize("engine", ["fundeval", "nbclient"])
def test_an_official_report_leaves_a_what_if_out_and_the_log_says_so(
    tmp_path: Path, engine: str
) -> None:
    place = Place(create_workspace(tmp_path / "place"))
    with_a_what_if(place)
    ended = place.run("run", "run.yaml", "--only", "H1", "--engine", engine)
    assert ended.status == 0, ended.errors
    output = place.folder / "outputs" / "small"
    executed = nbformat.read(output / "notebooks" / "H1.ipynb", as_version=4)
    told = {cell.source: cell.outputs for cell in executed.cells if cell.cell_type == "code"}
    assert (
        told[SUPPOSED] == told["run.what_if(changes, unit_id or None) if changes else None"] == []
    )
    assert told["'after it'"][0].data["text/plain"] == "'after it'"
    log = (output / "run.log").read_text(encoding="utf-8")
    assert [
        line for line in log.splitlines() if "what_if, tried, swallowed" in line and "H1" in line
    ]
    assert "WhatIfInReportError" not in (output / "reports" / "H1.html").read_text(encoding="utf-8")


@pytest.mark.campaign
def test_the_executed_notebook_answers_a_what_if_again(tmp_path: Path, monkeypatch) -> None:
    place = Place(create_workspace(tmp_path / "place"))
    assert place.run("run", "run.yaml", "--only", "H1").status == 0
    monkeypatch.chdir(place.folder / "outputs" / "small" / "notebooks")
    run = fundeval.open("../evaluation")
    answer = run.what_if({"execution_floor": 0.99}, "H1")
    assert set(answer.units["unit_id"]) == {"H1", "H1-D1"}
    assert answer.of("../H2").units["unit_id"].tolist() == ["../H2"]
    # The data have changed since: what was evaluated is not what would be.
    (place.folder / "data" / "units.csv").open("a", encoding="utf-8").write(
        "H3,三院,hospital,990100,\n"
    )
    with pytest.raises(fundeval.problems.BadInputError) as error:
        fundeval.open("../evaluation").what_if({"execution_floor": 0.99})
    assert error.value.problems[0].rule == "workbench.changed_since"


def test_what_a_run_wrote_is_not_evaluated_again(
    small_run: Path, tmp_path: Path, monkeypatch
) -> None:
    place = Place(tmp_path / "place")
    shutil.copytree(small_run / "place", place.folder)
    monkeypatch.chdir(place.folder)
    monkeypatch.setattr(source, "_known", {})
    stored = source.find_stored("data", "national", 2024)
    assert stored == place.folder / "outputs" / "small" / "evaluation"
    run = fundeval.evaluate("data", year=2024)
    assert run.report("H1").view.evaluation.about["slice"] == "H1"
    assert source._known == {}
    assert source.find_stored("data", "national", 2023) is None
    # An altered evaluation is no longer that of the run.
    about = stored / "evaluation.json"
    about.write_text(about.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert source.find_stored("data", "national", 2024) is None
