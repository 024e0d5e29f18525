import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from fundeval.evaluation import FRAMES
from fundeval.problems import BadInputError
from fundeval.report import store
from fundeval.report.below import look_below


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


@pytest.mark.parametrize("unit_id", ["010000", "H1", "H1-1"])
def test_slice_is_the_whole_filtered(evaluation, tmp_path, unit_id):
    store.write(evaluation, tmp_path)
    whole, part = store.read(tmp_path), store.read(tmp_path, unit_id)
    below = {"010000": ["A1", "H1", "H2", "R1", "R2"], "H1": ["H1-1", "H1-2"], "H1-1": []}
    children = below[unit_id]
    for name in set(FRAMES) - {"units", "peers"}:
        rows = getattr(whole, name)
        expected = rows[rows["unit_id"].isin(["", unit_id, *children])].reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(part, name), expected)
    above = {"010000": [], "H1": ["010000"], "H1-1": ["010000", "H1"]}[unit_id]
    assert sorted(part.units["unit_id"]) == sorted([unit_id, *children, *above])
    assert part.peers["kind"].unique().tolist() == [
        whole.units.set_index("unit_id").loc[unit_id, "kind"]
    ]


def test_slice_of_an_alliance_holds_its_members(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    part = store.read(tmp_path, "A1")
    assert sorted(part.units["unit_id"]) == ["010000", "A1", "H1"]
    assert set(part.indicators["unit_id"]) == {"H1"}


def test_states_count_every_department_below_once(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    counted = look_below(evaluation).states.set_index("unit_id")
    assert counted.loc["010000", ["restricted", "clear", "undetermined"]].tolist() == [1, 1, 1]
    assert counted.loc["A1", ["restricted", "clear", "undetermined"]].tolist() == [1, 1, 0]
    assert counted.loc["H2", "restricted"] == 0
    assert counted.loc["H2-1", "undetermined"] == 1


@pytest.mark.parametrize("unit_id", ["010000", "A1", "H1", "H1-1"])
def test_restricted_departments_are_known_at_every_level_above(evaluation, tmp_path, unit_id):
    store.write(evaluation, tmp_path)
    below = store.read_below(tmp_path, store.read(tmp_path, unit_id).units).of(unit_id)
    assert below.restricted[["below_id", "name"]].to_numpy().tolist() == [["H1-1", "内科"]]
    assert below.restricted["above"].tolist()[0].startswith("甲医院")


def test_conflicts_of_hospitals_are_known_in_their_region(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    conflicts = store.read_below(tmp_path, evaluation.units).conflicts
    assert conflicts["unit_id"].tolist() == ["010000", "A1", "H1"]
    assert set(conflicts["below_id"]) == {"H1"}


def test_unknown_unit_and_folder_without_evaluation(evaluation, tmp_path):
    store.write(evaluation, tmp_path / "there")
    with pytest.raises(BadInputError, match="ids near to it"):
        store.read(tmp_path / "there", "nowhere")
    with pytest.raises(BadInputError, match="holds no evaluation"):
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
