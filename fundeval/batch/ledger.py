"""The ledger of a run: what became of each report and who runs. All clocks of a run live here.

It is an SQLite file in the run's folder, `ledger.sqlite`; readers may look while a run goes on.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from fundeval.batch.jobs import Outcome
from fundeval.batch.plan import RunFile
from fundeval.problems import BadInputError, Problem
from fundeval.tables import absolute_location

LEDGER, LOCK = "ledger.sqlite", "run.lock"
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY, started TEXT, ended TEXT, host TEXT, process INTEGER, user TEXT,
    dataset TEXT, policy TEXT, planned INTEGER);
CREATE TABLE IF NOT EXISTS reports (
    stem TEXT PRIMARY KEY, unit_id TEXT, inputs TEXT, error TEXT, files TEXT, seconds REAL,
    cpu REAL, memory INTEGER, ended TEXT, run INTEGER);
"""


@dataclass(frozen=True)
class Record:
    """What the ledger knows of a report; see `jobs.Outcome` and `digests.digest_inputs`."""

    stem: str
    unit_id: str
    inputs: Mapping[str, str]
    error: str
    files: Mapping[str, str]
    seconds: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Run:
    """One call of `fundeval run` on the folder; `ended` is empty while it goes on or was killed."""

    number: int
    started: str
    ended: str
    host: str
    process: int
    user: str
    dataset: str
    policy: str
    planned: int


class Ledger:
    """The ledger of the run in a folder; raises BadInputError for a file that is none."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LEDGER
        try:
            self.database = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self.database.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise _unusable(self.path, error) from error

    def records(self) -> dict[str, Record]:
        """Return what is known of each report, by stem."""
        columns = "stem, unit_id, inputs, error, files, seconds, cpu, memory"
        rows = self.database.execute(f"SELECT {columns} FROM reports ORDER BY stem")
        return {
            stem: Record(stem, unit_id, json.loads(inputs), error, json.loads(files), *used)
            for stem, unit_id, inputs, error, files, *used in rows
        }

    def last_run(self) -> Run | None:
        """Return the last call of `fundeval run`."""
        row = self.database.execute("SELECT * FROM runs ORDER BY number DESC LIMIT 1").fetchone()
        return Run(*row) if row else None

    def progress(self, run: Run) -> tuple[int, int, float]:
        """Return how many reports the run made and failed to make, and in how many seconds."""
        counts = "SELECT count(*) FROM reports WHERE run = ? AND error"
        done, failed = (
            self.database.execute(f"{counts} {test} ''", [run.number]).fetchone()[0]
            for test in ("=", "<>")
        )
        last = "SELECT max(ended) FROM reports WHERE run = ?"
        ended = self.database.execute(last, [run.number]).fetchone()[0] or run.started
        took = datetime.fromisoformat(ended) - datetime.fromisoformat(run.started)
        return done, failed, took.total_seconds()

    def begin(self, run: RunFile, planned: int) -> None:
        """Enter a new run: who, where, since when, from what, how many reports."""
        dataset, policy = absolute_location(run.dataset), absolute_location(run.policy)
        self._write(
            "INSERT INTO runs VALUES (NULL, ?, '', ?, ?, ?, ?, ?, ?)",
            [_now(), platform.node(), os.getpid(), _user(), dataset, policy, planned],
        )

    def end(self) -> None:
        """Enter that the last run came to its end."""
        self._write(
            "UPDATE runs SET ended = ? WHERE number = (SELECT max(number) FROM runs)", [_now()]
        )

    def enter(self, outcome: Outcome, inputs: Mapping[str, str]) -> None:
        """Enter how a report ended, in place of what is known of it."""
        job, files = outcome.job, json.dumps(dict(outcome.files))
        used = [outcome.seconds, outcome.cpu, outcome.memory]
        self._write(
            "INSERT OR REPLACE INTO reports VALUES"
            " (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT max(number) FROM runs))",
            [job.stem, job.unit_id, json.dumps(inputs), outcome.error, files, *used, _now()],
        )

    def forget(self, stems: Iterable[str]) -> None:
        """Strike out reports that are no longer there."""
        self.database.execute("BEGIN")
        self.database.executemany("DELETE FROM reports WHERE stem = ?", [(s,) for s in stems])
        self.database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def _write(self, statement: str, values: list[object]) -> None:
        try:
            self.database.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise _unusable(self.path, error) from error


@contextmanager
def locked(folder: Path) -> Iterator[Ledger]:
    """Hold the folder for this process alone, and give its ledger.

    Raises BadInputError that names the holder when another run is at work in it. The system
    lets go of the lock when a process dies, however it dies.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BadInputError([_held(folder)]) from None
    try:
        ledger = Ledger(folder)
        try:
            yield ledger
        finally:
            ledger.close()
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Tell whether a run is at work in the folder."""
    if not (folder / LOCK).exists():
        return False
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


@contextmanager
def opened(folder: Path) -> Iterator[Ledger]:
    """Give the ledger of a run to look into; raises BadInputError where there is none."""
    if not (folder / LEDGER).is_file():
        raise BadInputError([Problem("status.no_run", str(folder))])
    ledger = Ledger(folder)
    try:
        yield ledger
    finally:
        ledger.close()


def _held(folder: Path) -> Problem:
    holder = None
    with suppress(BadInputError), opened(folder) as ledger:
        holder = ledger.last_run()
    values = {name: getattr(holder, name, "?") for name in ("host", "process", "user", "started")}
    return Problem("run.held", str(folder), values)


def _unusable(path: Path, error: Exception) -> BadInputError:
    return BadInputError([Problem("run.ledger_unusable", str(path), {"reason": str(error)})])


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return "?"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
