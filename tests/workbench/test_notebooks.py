"""Notebooks to work in: copied with one's own parameters, and run from top to bottom."""

import warnings
from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.inspection import inspect_notebook  # what `papermill --help-notebook` prints
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.tables import load
from tools.make_tutorial import make_tutorial

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.ipynb"
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def new(*arguments):
    return CliRunner().invoke(app, ["new", *map(str, arguments)])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_tells_the_parameters_with_types_and_meaning(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = inspect_notebook(str(path))
    if path.stem == "prepare":
        # It makes the data set that the others are given.
        assert set(told) == {"source", "out", "money_unit", "title", "lang"}
    else:
        assert {"unit_id", "dataset", "policy", "year", "lang"} <= set(told)
        assert told["unit_id"]["inferred_type_name"] == "str"
        assert told["year"]["inferred_type_name"] == "int"
    assert all(each["help"] for each in told.values())


def test_a_copy_has_the_values_given_and_leads_to_the_same_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data").mkdir()
    source = next(path for path in NOTEBOOKS if path.stem == "region")
    (tmp_path / "notebooks" / "region.ipynb").write_bytes(source.read_bytes())
    made = new("mine", "--from", "region", "--data", "data", "--year", 2023, "--unit", "007")
    assert made.exit_code == 0, made.output
    told = inspect_notebook(str(tmp_path / "notebooks" / "mine.ipynb"))
    stated = {name: each["default"] for name, each in told.items()}
    assert stated["dataset"] == '"../data"'
    assert (stated["year"], stated["unit_id"]) == ("2023", '"007"')
    assert stated["policy"] == '"national"'
    assert told["unit_id"]["help"] == inspect_notebook(str(source))["unit_id"]["help"]


def test_a_copy_replaces_no_file_and_says_which_notebooks_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.ipynb").write_text("mine", encoding="utf-8")
    assert new(tmp_path / "taken.ipynb").exit_code == 2
    assert (tmp_path / "taken.ipynb").read_text(encoding="utf-8") == "mine"
    unknown = new("other", "--from", "explor")
    assert unknown.exit_code == 2
    assert "explore" in unknown.output + unknown.stderr


def told(notebook):
    """Return the texts and tables of a notebook; figures depend on the fonts of a machine."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        (cell.source, [output.data.get("text/html", output.data["text/plain"])])
        for cell in cells
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]


@pytest.mark.slow
def test_the_tutorial_is_the_executed_notebook():
    kept = nbformat.read(TUTORIAL, as_version=4)
    made = make_tutorial()
    assert [cell.source for cell in kept.cells] == [cell.source for cell in made.cells]
    assert told(kept) == told(made)
    assert len(told(kept)) >= 12
    # Nothing but what was asked for: no warning, no error.
    outputs = [output for cell in made.cells for output in cell.get("outputs", [])]
    assert {output.output_type for output in outputs} == {"execute_result", "display_data"}


@pytest.mark.slow
def test_explore_runs_in_english_without_a_warning(tmp_path):
    path = next(path for path in NOTEBOOKS if path.stem == "explore")
    done = tmp_path / "done.ipynb"
    papermill.execute_notebook(
        str(path), str(done), {"lang": "en"}, kernel_name="python3", cwd=str(tmp_path)
    )
    cells = nbformat.read(done, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.output_type == "stream"] == []
    images = [o for o in outputs if {"image/png", "image/svg+xml"} & set(o.get("data", {}))]
    assert len(images) >= 7
    assert (tmp_path / "explore.xlsx").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_prepare_makes_a_data_set_that_check_finds_nothing_in(tmp_path, lang):
    """Blocks of two years, names in two spellings, 421, 846.5 and 1290 to date: 425.5, 443.5."""
    path = next(path for path in NOTEBOOKS if path.stem == "prepare")
    done = tmp_path / "done.ipynb"
    parameters = {"lang": lang, "money_unit": "万元"}
    papermill.execute_notebook(
        str(path), str(done), parameters, kernel_name="python3", cwd=str(tmp_path)
    )
    cells = nbformat.read(done, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.output_type == "stream"] == []
    made = load(tmp_path / "prepared")
    assert made.budgets.groupby("year")["executed"].sum().to_dict() == {
        2023: 6_797_700_000, 2024: 7_123_700_000,
    }  # fmt: skip
    months = made.monthly[made.monthly["unit_id"] == "H36010100001"]["executed"] / 1_000_000
    assert months.tolist() == [421.0, 425.5, 443.5]


@pytest.mark.slow
def test_prepare_stops_at_a_name_that_the_register_does_not_have(tmp_path):
    path = next(path for path in NOTEBOOKS if path.stem == "prepare")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace('["H36010100002", "县中医医院（新院区）", "360101"],', "")
    nbformat.write(notebook, tmp_path / "other.ipynb")
    with pytest.raises(papermill.PapermillExecutionError, match="not in the register"):
        papermill.execute_notebook(
            str(tmp_path / "other.ipynb"), None, kernel_name="python3", cwd=str(tmp_path)
        )
