"""The ledger of a run, `ledger.sqlite` in its output folder: reports made, and who ran when.

All times of a run are kept here. It may be read while the run goes on.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from fundeval.batch.cache_keys import UnitHashes
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
CREATE TABLE IF NOT EXISTS evaluation (key TEXT, files TEXT, hashes TEXT);
"""


@dataclass(frozen=True)
class ReportRecord:
    """A report in the ledger; see `jobs.Outcome` and `cache_keys.hash_inputs`."""

    stem: str
    unit_id: str
    inputs: Mapping[str, str]
    error: str
    files: Mapping[str, str]
    seconds: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class RunRecord:
    """One call of `fundeval run`; `ended` is "" while it is running or if it was killed."""

    number: int
    started: str
    ended: str
    host: str
    process: int
    user: str
    dataset: str
    policy: str
    planned: int


@dataclass(frozen=True)
class StoredEvaluation:
    """The evaluation in the folder of a run.

    Attributes
    ----------
    key
        A hash of what it was made from: data, policy, year and program.
    files
        The SHA-256 of its files by name.
    hashes
        As `cache_keys.hash_evaluation` returns them.
    """

    key: str
    files: Mapping[str, str]
    hashes: UnitHashes


class Ledger:
    """The ledger in an output folder, created if absent.

    Raises BadInputError if the file is no ledger.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LEDGER
        try:
            self.database = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self.database.executescript(_TABLES)
        except sqlite3.Error as error:
            raise _unusable_ledger(self.path, error) from error

    def records(self) -> dict[str, ReportRecord]:
        """Return all reports by stem."""
        columns = "stem, unit_id, inputs, error, files, seconds, cpu, memory"
        with self._readable():
            rows = self.database.execute(f"SELECT {columns} FROM reports ORDER BY stem")
            return {
                str(stem): ReportRecord(
                    str(stem), str(unit_id), _texts(inputs), str(error), _texts(files),
                    float(seconds), float(cpu), int(memory),
                )
                for stem, unit_id, inputs, error, files, seconds, cpu, memory in rows
            }  # fmt: skip

    def last_run(self) -> RunRecord | None:
        """Return the last call of `fundeval run`."""
        columns = ", ".join(field.name for field in fields(RunRecord))
        query = f"SELECT {columns} FROM runs ORDER BY number DESC LIMIT 1"
        with self._readable():
            row = self.database.execute(query).fetchone()
            if row is None:
                return None
            number, *texts, planned = row
            started, ended, host, process, user, dataset, policy = map(str, texts)
            datetime.fromisoformat(started)
            return RunRecord(
                int(number), started, ended, host, int(process), user, dataset, policy, int(planned)
            )

    def progress(self, run: RunRecord) -> tuple[int, int, float]:
        """Return the numbers of reports that a run made and that failed, and its seconds so far."""
        with self._readable():
            counts = "SELECT count(*) FROM reports WHERE run = ? AND error"
            done, failed = (
                self.database.execute(f"{counts} {test} ''", [run.number]).fetchone()[0]
                for test in ("=", "<>")
            )
            last = "SELECT max(ended) FROM reports WHERE run = ?"
            ended = self.database.execute(last, [run.number]).fetchone()[0] or run.started
            took = datetime.fromisoformat(ended) - datetime.fromisoformat(run.started)
            return done, failed, took.total_seconds()

    def start_run(self, run: RunFile, planned: int) -> None:
        """Add a run: user, machine, time, data set, policy, number of planned reports."""
        dataset, policy = absolute_location(run.dataset), absolute_location(run.policy)
        self._execute(
            "INSERT INTO runs VALUES (NULL, ?, '', ?, ?, ?, ?, ?, ?)",
            [_now(), platform.node(), os.getpid(), _user(), dataset, policy, planned],
        )

    def end_run(self) -> None:
        """Set the end of the last run."""
        self._execute(
            "UPDATE runs SET ended = ? WHERE number = (SELECT max(number) FROM runs)", [_now()]
        )

    def record_outcome(self, outcome: Outcome, inputs: Mapping[str, str]) -> None:
        """Add the outcome of a report, or replace the earlier one."""
        job, files = outcome.job, json.dumps(dict(outcome.files))
        used = [outcome.seconds, outcome.cpu, outcome.memory]
        self._execute(
            "INSERT OR REPLACE INTO reports VALUES"
            " (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT max(number) FROM runs))",
            [job.stem, job.unit_id, json.dumps(inputs), outcome.error, files, *used, _now()],
        )

    def record_files(self, stem: str, files: Mapping[str, str]) -> None:
        """Replace the files of a report."""
        self._execute(
            "UPDATE reports SET files = ? WHERE stem = ?", [json.dumps(dict(files)), stem]
        )

    def evaluation(self) -> StoredEvaluation | None:
        """Return the stored evaluation; None before the first, and while one is written."""
        with self._readable():
            row = self.database.execute("SELECT key, files, hashes FROM evaluation").fetchone()
            if row is None:
                return None
            hashes = {unit: _texts(json.dumps(each)) for unit, each in json.loads(row[2]).items()}
            return StoredEvaluation(str(row[0]), _texts(row[1]), hashes)

    def forget_evaluation(self) -> None:
        """Say that the stored evaluation is about to be replaced."""
        self._execute("DELETE FROM evaluation", [])

    def record_evaluation(self, stored: StoredEvaluation) -> None:
        """Add the stored evaluation once all its files are written."""
        texts: list[object] = [json.dumps(dict(each)) for each in (stored.files, stored.hashes)]
        self._execute("INSERT INTO evaluation VALUES (?, ?, ?)", [stored.key, *texts])

    def delete_reports(self, stems: Iterable[str]) -> None:
        """Delete reports that no longer exist."""
        with self._readable():
            self.database.execute("BEGIN")
            self.database.executemany("DELETE FROM reports WHERE stem = ?", [(s,) for s in stems])
            self.database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Tell of a ledger that holds what no run writes."""
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError) as error:
            raise _unusable_ledger(self.path, error) from error

    def _execute(self, statement: str, values: list[object]) -> None:
        try:
            self.database.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise _unusable_ledger(self.path, error) from error


@contextmanager
def lock_folder(folder: Path) -> Iterator[Ledger]:
    """Lock an output folder for this process and open its ledger.

    The system releases the lock when the process ends, however it ends.

    Parameters
    ----------
    folder
        Output folder of the run.

    Yields
    ------
    Ledger

    Raises
    ------
    BadInputError
        If another run holds the lock, with its machine, process, user and start.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BadInputError([_lock_problem(folder)]) from None
    try:
        ledger = Ledger(folder)
        try:
            yield ledger
        finally:
            ledger.close()
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Return whether a run holds the lock of an output folder."""
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
def open_ledger(folder: Path) -> Iterator[Ledger]:
    """Open the ledger of a run for reading; raises BadInputError if there is none."""
    if not (folder / LEDGER).is_file():
        raise BadInputError([Problem("status.no_run", str(folder))])
    ledger = Ledger(folder)
    try:
        yield ledger
    finally:
        ledger.close()


def _lock_problem(folder: Path) -> Problem:
    holder = None
    with suppress(BadInputError), open_ledger(folder) as ledger:
        holder = ledger.last_run()
    if holder is None or holder.ended or not _may_run(holder):
        return Problem("run.held_unnamed", str(folder))
    names = ("host", "process", "user", "started")
    return Problem("run.held", str(folder), {name: getattr(holder, name) for name in names})


def _may_run(run: RunRecord) -> bool:
    """Tell whether the process of a run may still be there: of another machine nobody knows."""
    # On Windows a signal of 0 would be sent.
    if run.host != platform.node() or os.name == "nt":
        return True
    try:
        os.kill(run.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _unusable_ledger(path: Path, error: Exception) -> BadInputError:
    return BadInputError([Problem("run.ledger_unusable", str(path), {"reason": str(error)})])


def _texts(text: str) -> dict[str, str]:
    """Return the texts by name that a column holds as JSON; raises ValueError for another kind."""
    content = json.loads(text)
    if not isinstance(content, dict) or not all(isinstance(v, str) for v in content.values()):
        raise ValueError("no texts by name")
    return content


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return "?"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
