import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.evaluation.cells import as_texts
from fundeval.problems import BadInputError
from fundeval.results import parquet as store
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import FRAMES
from tests.messages import pattern
from tests.report.small_city import YEAR, small_city


def hashes(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_bytes_twice_and_with_rows_in_any_order(evaluation, tmp_path):
    shuffled = {
        name: rows.sample(frac=1, random_state=3).set_index(rows.index[::-1])
        for name, rows in evaluation.frames().items()
    }
    store.write(evaluation, tmp_path / "first")
    store.write(evaluation, tmp_path / "first")
    store.write(replace(evaluation, **shuffled), tmp_path / "second")
    assert hashes(tmp_path / "first") == hashes(tmp_path / "second")
    assert {f"{name}.parquet" for name in FRAMES} <= set(hashes(tmp_path / "first"))


def test_columns_are_read_back_as_they_were_written(evaluated_city, tmp_path):
    store.write(evaluated_city, tmp_path)
    read = store.read(tmp_path).frames()
    for name, frame in evaluated_city.frames().items():
        # A month may be missing, and days need no microseconds.
        columns = [c for c in frame if c not in {"month", "valid_from", "valid_to"}]
        # What is held as categories of texts is stored as the texts.
        texts = as_texts(frame[columns])
        assert read[name][columns].dtypes.to_dict() == texts.dtypes.to_dict(), name


def _beside(name, rows):
    """Tell which rows of a child a report sets beside those of the unit itself."""
    if name in {"cost_changes", "domains", "projections"}:
        return False
    if name == "indicators":
        return (rows["indicator"] == "execution_rate") & (rows["year"] == 2024)
    steps = ["base", "envelope", "withheld", "award", "next_budget"]
    return rows["step"].isin(steps) if name == "budget" else True


@pytest.mark.parametrize("unit_id", ["010000", "H1", "H1-1"])
def test_slice_is_the_whole_filtered(evaluation, tmp_path, unit_id):
    store.write(evaluation, tmp_path)
    whole, (part, _) = store.read(tmp_path), store.read_slice(tmp_path, unit_id)
    below = {"010000": ["A1", "H1", "H2", "R1", "R2"], "H1": ["H1-1", "H1-2"], "H1-1": []}
    children = below[unit_id]
    for name in set(FRAMES) - {"units", "peers", "allocations"}:
        rows = getattr(whole, name)
        own = rows["unit_id"].isin(["", unit_id])
        near = own | (rows["unit_id"].isin(children) & _beside(name, rows))
        pd.testing.assert_frame_equal(getattr(part, name), rows[near].reset_index(drop=True))
    above = {"010000": [], "H1": ["010000"], "H1-1": ["010000", "H1"]}[unit_id]
    siblings = {"010000": [], "H1": ["H2"], "H1-1": ["H1-2"]}[unit_id]
    held = {unit_id, *children, *above, *siblings}
    assert set(part.units["unit_id"]) == held
    assert set(part.allocations["unit_id"]) == {*held, *above[-1:]} - {
        *above[:-1],
        "A1",
        "R1",
        "R2",
    }
    pd.testing.assert_frame_equal(part.peers, whole.peers)


@pytest.fixture
def release():
    """Hold no files after a test."""
    yield
    store.hold(os.devnull)


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("unit_id", ["010000", "A1", "H1", "H1-1"])
@pytest.mark.parametrize("cells", [0, 500, store.MAX_HELD_CELLS])
def test_slice_from_held_files_is_the_slice_read(evaluation, tmp_path, unit_id, cells):
    store.write(evaluation, tmp_path)
    everything = unit_id == "010000"
    read, read_below = store.read_slice(tmp_path, unit_id, everything)
    found = list(tmp_path.rglob("*.parquet"))
    files, empty = len(found), sum(not pq.read_metadata(file).num_rows for file in found)
    held = store.hold(tmp_path, cells)
    assert {0: held == empty, 500: 0 < held < files}.get(cells, held == files)
    part, below = store.read_slice(tmp_path, unit_id, everything)
    assert part.about == read.about
    frames = [each.frames() | each.tables for each in (part, read)]
    frames[0] |= vars(below)
    frames[1] |= vars(read_below)
    assert list(frames[0]) == list(frames[1])
    for name, frame in frames[1].items():
        pd.testing.assert_frame_equal(frames[0][name], frame, check_exact=True)


@pytest.mark.usefixtures("release")
def test_a_held_file_that_is_replaced_is_read_anew(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    assert store.hold(tmp_path)
    renamed = evaluation.units.assign(name=evaluation.units["name"] + "*")
    store.write(replace(evaluation, units=renamed), tmp_path)
    assert store.read_slice(tmp_path, "H1")[0].units["name"].str.endswith("*").all()


def test_slice_of_an_alliance_holds_its_members(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    part, _ = store.read_slice(tmp_path, "A1")
    assert sorted(part.units["unit_id"]) == ["010000", "A1", "H1"]
    assert set(part.indicators["unit_id"]) == {"H1"}


def test_states_count_every_department_below_once(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    counted = summarize_descendants(evaluation).states.set_index("unit_id")
    assert counted.loc["010000", ["restricted", "clear", "undetermined"]].tolist() == [1, 1, 1]
    assert counted.loc["A1", ["restricted", "clear", "undetermined"]].tolist() == [1, 1, 0]
    assert counted.loc["H2", "restricted"] == 0
    assert counted.loc["H2-1", "undetermined"] == 1


@pytest.mark.parametrize("unit_id", ["010000", "A1", "H1", "H1-1"])
def test_restricted_departments_are_known_at_every_level_above(evaluation, tmp_path, unit_id):
    store.write(evaluation, tmp_path)
    below = store.read_slice(tmp_path, unit_id)[1].of(unit_id)
    held = below.restricted[below.restricted["state"] == "restricted"]
    assert held[["below_id", "name"]].to_numpy().tolist() == [["H1-1", "内科"]]
    assert below.restricted["above"].tolist()[0].startswith("甲医院")


def test_conflicts_of_hospitals_are_known_in_their_region(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    conflicts = summarize_descendants(store.read(tmp_path)).conflicts
    assert sorted(conflicts["unit_id"]) == ["010000", "A1", "H1"]
    assert set(conflicts["below_id"]) == {"H1"}


def test_unknown_unit_and_folder_without_evaluation(evaluation, tmp_path):
    store.write(evaluation, tmp_path / "there")
    with pytest.raises(BadInputError, match=pattern("report.unknown_unit")):
        store.read_slice(tmp_path / "there", "nowhere")
    with pytest.raises(BadInputError, match=pattern("report.no_evaluation")):
        store.read(tmp_path)


def test_reading_a_written_evaluation_needs_no_jupyter(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    code = (
        "import sys; from fundeval import report\n"
        f"report.open_unit('H1', evaluation={str(tmp_path)!r}).show('verdict')\n"
        "print([m for m in ('papermill', 'nbconvert', 'nbformat', 'IPython') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"


def test_a_slice_counts_and_hashes_the_rows_of_its_unit_alone(evaluation, tmp_path):
    budgets = evaluation.tables["budgets"]
    other = budgets["executed"].mask(budgets["unit_id"] == "H2", 1.0)
    changed = replace(evaluation, tables={"budgets": budgets.assign(executed=other)})
    inputs = [{"name": "budgets.csv", "sha256": "ef" * 32, "rows": {"budgets": len(budgets)}}]
    files = {}
    for name, given in (("before", evaluation), ("after", changed)):
        store.write(replace(given, about={**given.about, "inputs": inputs}), tmp_path / name)
        for unit_id in ("H1", "H2"):
            [files[name, unit_id]] = store.read_slice(tmp_path / name, unit_id)[0].about["inputs"]
    assert files["before", "H1"] == files["after", "H1"]
    assert files["before", "H2"] != files["after", "H2"]
    assert files["before", "H1"]["rows"] == {"budgets": 1}


def test_amounts_of_tables_are_read_back_to_the_cent(tmp_path):
    made = evaluate(small_city(), policy.load("national"), YEAR)
    store.write(made, tmp_path)
    tables = store.read(tmp_path).tables
    assert set(tables) == set(made.tables)
    assert sum(len(table.select_dtypes("number").columns) for table in tables.values()) > 20
    for name, table in tables.items():
        for column in table.select_dtypes("number"):
            sums = (table[column].sum(), made.tables[name][column].sum())
            assert sums[0] == pytest.approx(sums[1], abs=0.001), (name, column)


def test_an_evaluation_of_another_version_is_refused_in_words(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    about = json.loads((tmp_path / store.ABOUT).read_text(encoding="utf-8"))
    assert store.read(tmp_path).about == evaluation.about
    older = {name: value for name, value in about.items() if name != "layout"}
    for told in (older, about | {"layout": "other"}):
        (tmp_path / store.ABOUT).write_text(json.dumps(told), encoding="utf-8")
        for read in (store.read, lambda folder: store.read_slice(folder, "H1"), store.root):
            with pytest.raises(BadInputError) as error:
                read(tmp_path)
            assert [problem.rule for problem in error.value.problems] == ["report.other_layout"]
