"""The same reports made on a Dask cluster: Dask spreads the work, warm processes do it.

What the workers read and write lies in one place they all see: the run's folder itself where
file systems are shared, otherwise any storage that fsspec knows.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
from distributed import Client, WorkerPlugin, as_completed, get_worker

from fundeval.batch.cache_keys import versions
from fundeval.batch.execution.local_pool import Team
from fundeval.batch.files import write_whole
from fundeval.batch.jobs import Job, Outcome, Setting
from fundeval.problems import BadInputError, Problem

# Reports a task: enough to make the scheduler's part small, few enough to lose little.
CHUNK = 8
FOLDERS = ("evaluation", "sources")


class Storage:
    """A folder of the storage that all workers see, at an fsspec URL."""

    def __init__(self, url: str) -> None:
        self.files, self.root = fsspec.url_to_fs(url)

    def publish(self, setting: Setting) -> None:
        """Put there what workers read: the evaluation and the notebooks."""
        for name in ("sources", "reports", "notebooks"):
            self.files.makedirs(f"{self.root}/{name}", exist_ok=True)
        self.files.put(f"{setting.output}/evaluation/", f"{self.root}/evaluation/", recursive=True)
        for name, path in setting.notebooks.items():
            self.files.put_file(str(path), f"{self.root}/sources/{name}")

    def fetch(self, setting: Setting, folder: Path) -> Setting:
        """Bring it to a folder of this worker; return the setting of a run there."""
        for name in FOLDERS:
            self.files.get(f"{self.root}/{name}/", f"{folder}/{name}/", recursive=True)
        for name in ("reports", "notebooks"):
            (folder / name).mkdir()
        notebooks = {name: folder / "sources" / name for name in setting.notebooks}
        return replace(setting, output=folder, notebooks=notebooks)

    def upload(self, outcome: Outcome, folder: Path) -> None:
        """Put the files of a report there."""
        for name in outcome.files:
            self.files.pipe_file(f"{self.root}/{name}", (folder / name).read_bytes())

    def download(self, outcome: Outcome, folder: Path) -> None:
        """Bring the files of a report to the run's folder."""
        write_whole(
            {folder / name: self.files.cat_file(f"{self.root}/{name}") for name in outcome.files}
        )


class WarmProcesses(WorkerPlugin):
    """Gives each Dask worker the warm processes that make its reports."""

    name = "fundeval"

    def __init__(self, setting: Setting, storage: str | None) -> None:
        self.setting = setting
        self.storage = storage
        self.versions = versions()

    def setup(self, worker: Any) -> None:
        """Start where a worker starts; refuse one whose reports would differ."""
        if (found := versions()) != self.versions:
            raise RuntimeError(f"other versions on this worker: {found}, not {self.versions}")
        self.scratch = tempfile.TemporaryDirectory(prefix="fundeval-")
        setting = self.setting
        if self.storage:
            setting = Storage(self.storage).fetch(setting, Path(self.scratch.name))
        self.team = Team(setting, worker.state.nthreads)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  # Dask's signature
        """Stop with the worker."""
        self.team.stop()
        self.scratch.cleanup()

    def make(self, job: Job) -> Outcome:
        """Make a report, and put it where the others can see it."""
        outcome = self.team.make(job)
        if self.storage:
            Storage(self.storage).upload(outcome, self.team.setting.output)
        return outcome


def make_all(
    jobs: Sequence[Job], setting: Setting, scheduler: str, storage: str | None
) -> Iterator[Outcome]:
    """Yield how each job ended, as it ends, on the cluster of the scheduler's address.

    Work of a lost worker is done again by another. Raises BadInputError when no scheduler
    answers or a worker has other versions.
    """
    try:
        client = Client(scheduler, timeout=30)
    except (OSError, ValueError) as error:
        raise _unusable(scheduler, error) from error
    with client:
        try:
            if storage:
                Storage(storage).publish(setting)
            client.register_plugin(WarmProcesses(setting, storage))
        except Exception as error:  # whatever a worker met; Dask passes it on
            raise _unusable(scheduler, error) from error
        chunks = [jobs[start : start + CHUNK] for start in range(0, len(jobs), CHUNK)]
        futures = client.map(_make_chunk, chunks, pure=False, key=f"fundeval-{os.getpid()}")
        try:
            for _, outcomes in as_completed(futures, with_results=True):
                for outcome in outcomes:
                    if storage:
                        Storage(storage).download(outcome, setting.output)
                    yield outcome
        finally:
            client.cancel(futures)
            client.unregister_worker_plugin(WarmProcesses.name)


def _make_chunk(jobs: Sequence[Job]) -> list[Outcome]:
    processes: Any = get_worker().plugins[WarmProcesses.name]
    return [processes.make(job) for job in jobs]


def _unusable(scheduler: str, error: Exception) -> BadInputError:
    return BadInputError([Problem("run.no_cluster", scheduler, {"reason": str(error)})])
