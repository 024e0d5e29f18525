"""A run that is stopped goes on where it was, and ends with the bytes of an undisturbed one."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from fundeval.batch.manifest import MANIFEST
from fundeval.batch.verify import NOT_COMPARED
from tests.batch.full_disk import fill, small_disk
from tests.e2e.places import ALONE, Place, create_workspace, tree, write_light_notebooks
from tests.messages import says, word

pytestmark = pytest.mark.slow

COMMAND = [*ALONE, "run", "run.yaml"]


@pytest.fixture
def light(tmp_path: Path) -> Place:
    """Return a place whose notebooks only print the unit."""
    place = Place(create_workspace(tmp_path))
    write_light_notebooks(place.folder)
    return place


@pytest.fixture
def made(light_run: Path, tmp_path: Path) -> Place:
    """Return such a place where a run of all units has ended."""
    shutil.copytree(light_run, tmp_path / "made")
    return Place(tmp_path / "made")


def result(place: Place) -> dict[str, bytes]:
    """Return the files of the run, but for those with clocks."""
    files = tree(place.folder / "outputs" / "small")
    return {name: files[name] for name in files if name == MANIFEST or name not in NOT_COMPARED}


def kill_after(place: Place, seconds: float) -> None:
    """Start the run and kill its whole process group, as a power cut would."""
    process = subprocess.Popen(
        COMMAND,
        cwd=place.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_at_any_moment_the_same_command_goes_on_to_the_same_bytes(light: Place) -> None:
    started = time.monotonic()
    assert light.apart().run("run", "run.yaml", "--jobs", "2").status == 0
    whole = time.monotonic() - started
    undisturbed = result(light)
    shutil.rmtree(light.folder / "outputs")
    draw = random.Random(2024)
    for _ in range(3):
        kill_after(light, draw.uniform(0, whole))
        assert not [name for name in result_names(light) if name.endswith("index.html.part")]
    assert light.run("run", "run.yaml").status == 0
    assert result(light) == undisturbed


def result_names(place: Place) -> set[str]:
    return set(tree(place.folder / "outputs" / "small"))


def test_only_what_changed_is_made_again(made: Place) -> None:
    again = made.run("run", "run.yaml")
    assert says(again.output, "cli.made", done=0, kept=4)
    budgets = made.folder / "data" / "budgets.csv"
    text = budgets.read_text(encoding="utf-8")
    line = next(row for row in text.splitlines() if row.startswith("H1-D1,2024"))
    budgets.write_text(text.replace(line, line.replace("800,800", "800,801")), encoding="utf-8")
    ahead = made.run("run", "run.yaml", "--dry-run")
    assert re.search(f"H1.{word('todo.data')}", ahead.output)
    assert "H2" not in ahead.output
    changed = made.run("run", "run.yaml")
    assert says(changed.output, "cli.made", kept=1)
    kept = result(made)
    assert made.run("run", "run.yaml", "--fresh").status == 0
    assert result(made) == kept


@pytest.mark.campaign
def test_a_report_that_was_altered_is_made_again(light: Place) -> None:
    light.run("run", "run.yaml")
    before = result(light)
    (light.folder / "outputs/small/reports/H1.html").write_text("altered", encoding="utf-8")
    assert re.search(f"H1.{word('todo.file')}", light.run("run", "run.yaml", "--dry-run").output)
    assert light.run("run", "run.yaml").status == 0
    assert result(light) == before


def test_only_failed_repeats_just_what_failed(light: Place) -> None:
    marker = light.folder / "mended"
    check = f'assert unit_id != "H1" or __import__("os").path.exists({str(marker)!r}), "not yet"'
    write_light_notebooks(light.folder, check)
    assert light.run("run", "run.yaml").status == 1
    log = light.folder / "outputs" / "small" / "run.log"
    assert "H1" in light.run("status", "outputs/small").output
    marker.touch()
    log.unlink()
    ended = light.run("run", "run.yaml", "--only-failed")
    assert ended.status == 0
    assert says(ended.output, "cli.made", done=1, kept=3, failed=0)
    assert log.read_text(encoding="utf-8").count("完成 H1") == 1


def test_a_second_run_into_the_same_folder_is_refused_and_told_who_holds_it(light: Place) -> None:
    write_light_notebooks(light.folder, "import time; time.sleep(60)")
    first = subprocess.Popen(COMMAND, cwd=light.folder, start_new_session=True)
    try:
        wait_for(light.folder / "outputs/small/run.log")
        second = light.run("run", "run.yaml")
        assert second.status == 2
        assert says(second.errors, "run.held", process=first.pid)
        assert says(
            light.run("status", "outputs/small").output, "status.running", process=first.pid
        )
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert says(light.run("status", "outputs/small").output, "status.killed", process=first.pid)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_at_once_and_says_how_to_go_on(light: Place, how: int) -> None:
    write_light_notebooks(light.folder, "import time; time.sleep(60)")
    process = subprocess.Popen(
        # A shell starts what runs in its background with interrupts ignored.
        COMMAND, cwd=light.folder, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )  # fmt: skip
    wait_for(light.folder / "outputs/small/run.log")
    process.send_signal(how)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert says(errors, "cli.interrupted")
    assert not (light.folder / "outputs/small/manifest.json").exists()


def test_a_folder_that_cannot_be_written_is_told(light: Place) -> None:
    (light.folder / "outputs").write_text("a file where a folder should be", encoding="utf-8")
    ended = light.run("run", "run.yaml")
    assert (ended.status, says(ended.errors, "run.not_writable")) == (2, True)


def test_a_full_disk_stops_the_run_and_loses_nothing(made: Place) -> None:
    before = result(made)
    reports = made.folder / "outputs/small/reports"
    kept = reports.rename(made.folder / "kept")
    reports.mkdir()
    with small_disk(reports, 64 * 2**20):
        shutil.copytree(kept, reports, dirs_exist_ok=True)
        filler = fill(reports)
        (reports / "H1.html").unlink()
        (reports / "more").write_bytes(bytes((kept / "H1.html").stat().st_size // 2))
        ended = made.run("run", "run.yaml", "--only", "H1")
        assert (ended.status, "No space left on device" in ended.errors) == (2, True)
        filler.unlink()
        (reports / "more").unlink()
        assert made.run("run", "run.yaml").status == 0
        assert result(made) == before


def test_a_damaged_ledger_is_told(made: Place) -> None:
    (made.folder / "outputs/small/ledger.sqlite").write_bytes(b"no database" * 100)
    ended = made.run("run", "run.yaml")
    assert (ended.status, says(ended.errors, "run.ledger_unusable")) == (2, True)


@pytest.mark.campaign
def test_the_ledger_knows_time_and_memory_of_each_report(light: Place) -> None:
    light.run("run", "run.yaml")
    with sqlite3.connect(light.folder / "outputs/small/ledger.sqlite") as database:
        used = database.execute("SELECT seconds, memory FROM reports").fetchall()
    assert len(used) == 4
    assert all(seconds > 0 and memory > 0 for seconds, memory in used)


@pytest.mark.campaign
def test_the_log_is_json_if_asked(light: Place) -> None:
    ended = light.run("run", "run.yaml", "--log-json")
    events = [json.loads(line) for line in ended.errors.splitlines()]
    assert {event["report"] for event in events if "report" in event} >= {"overview", "H1"}


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists() and path.stat().st_size:
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} did not appear")
