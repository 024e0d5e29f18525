"""Who holds the folder of a run is named by what the ledger knows, not by a run of before."""

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from fundeval.batch.ledger import LOCK, Ledger, lock_folder
from fundeval.batch.plan import RunFile
from fundeval.problems import BadInputError, Problem

RUN = RunFile(name="small", dataset="data", year=2024)


def told(folder: Path) -> Problem:
    """Return what a second run is told while somebody holds the folder."""
    with FileLock(folder / LOCK), pytest.raises(BadInputError) as refused, lock_folder(folder):
        pass
    [problem] = refused.value.problems
    return problem


def enter(folder: Path, end: bool = False, process: int | None = None) -> None:
    """Enter a run of this process, or of another, in the ledger."""
    ledger = Ledger(folder)
    ledger.start_run(RUN, 1)
    if end:
        ledger.end_run()
    if process is not None:
        ledger.database.execute("UPDATE runs SET process = ?", [process])
    ledger.close()


def test_a_run_that_has_just_begun_is_told_without_a_name(tmp_path: Path) -> None:
    assert told(tmp_path).rule == "run.held_unnamed"
    # A run that ended, or was killed, is not the one that writes.
    enter(tmp_path, end=True)
    assert told(tmp_path).rule == "run.held_unnamed"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    enter(tmp_path, process=gone.pid)
    assert told(tmp_path).rule == "run.held_unnamed"


def test_a_run_that_writes_is_named(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        enter(tmp_path, process=other.pid)
        problem = told(tmp_path)
        assert (problem.rule, problem.values["process"]) == ("run.held", other.pid)
        other.kill()
