"""Make the reports of a run on a Dask cluster, with a pool of warm processes on each worker.

Workers read and write in one place that all of them see: the output folder itself if the file
system is shared, otherwise any storage that fsspec supports. Needs the extra `cluster`.
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
from fundeval.batch.execution.local_pool import WorkerPool
from fundeval.batch.files import write_atomically
from fundeval.batch.jobs import Job, JobSettings, Outcome
from fundeval.problems import BadInputError, Problem

# Reports per task: enough to keep the scheduler's overhead small, few enough to lose little.
CHUNK = 8


class SharedStorage:
    """A folder at an fsspec URL that all workers see."""

    def __init__(self, url: str) -> None:
        self.files, self.root = fsspec.url_to_fs(url)

    def publish(self, settings: JobSettings) -> None:
        """Upload what workers read: the evaluation."""
        for name in ("reports", "notebooks"):
            self.files.makedirs(f"{self.root}/{name}", exist_ok=True)
        self.files.put(f"{settings.output}/evaluation/", f"{self.root}/evaluation/", recursive=True)

    def fetch(self, settings: JobSettings, folder: Path) -> JobSettings:
        """Download what was published to a folder of this worker; return settings for it."""
        self.files.get(f"{self.root}/evaluation/", f"{folder}/evaluation/", recursive=True)
        for name in ("reports", "notebooks"):
            (folder / name).mkdir()
        return replace(settings, output=folder)

    def upload(self, outcome: Outcome, folder: Path) -> None:
        """Upload the files of a report."""
        for name in outcome.files:
            self.files.pipe_file(f"{self.root}/{name}", (folder / name).read_bytes())

    def download(self, outcome: Outcome, folder: Path) -> None:
        """Download the files of a report to the output folder."""
        write_atomically(
            {folder / name: self.files.cat_file(f"{self.root}/{name}") for name in outcome.files}
        )


class WorkerPoolPlugin(WorkerPlugin):
    """Dask plugin that gives each worker a pool of warm processes."""

    name = "fundeval"

    def __init__(self, settings: JobSettings, storage: str | None) -> None:
        self.settings = settings
        self.storage = storage
        self.versions = versions()

    def setup(self, worker: Any) -> None:
        """Start the pool; raises RuntimeError if the versions of this worker differ."""
        if (found := versions()) != self.versions:
            raise RuntimeError(f"other versions on this worker: {found}, not {self.versions}")
        self.scratch = tempfile.TemporaryDirectory(prefix="fundeval-")
        settings = self.settings
        if self.storage:
            settings = SharedStorage(self.storage).fetch(settings, Path(self.scratch.name))
        self.pool = WorkerPool(settings, worker.state.nthreads)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  # Dask's signature
        """Stop the pool."""
        self.pool.stop()
        self.scratch.cleanup()

    def make(self, job: Job) -> Outcome:
        """Make a report and upload it."""
        outcome = self.pool.make(job)
        if self.storage:
            SharedStorage(self.storage).upload(outcome, self.pool.settings.output)
        return outcome


def make_reports(
    jobs: Sequence[Job], settings: JobSettings, scheduler: str, storage: str | None
) -> Iterator[Outcome]:
    """Make reports on a Dask cluster. Another worker takes over the work of a lost one.

    Parameters
    ----------
    jobs
        The reports to make.
    settings
        Settings of the run.
    scheduler
        Address of the scheduler, such as tcp://HOST:8786.
    storage
        Storage that all workers see, as an fsspec URL; None if they see the output folder.

    Yields
    ------
    Outcome
        The outcome of each job as it ends.

    Raises
    ------
    BadInputError
        If no scheduler answers or a worker has other versions.
    """
    try:
        client = Client(scheduler, timeout=30)
    except (OSError, ValueError) as error:
        raise _unusable(scheduler, error) from error
    with client:
        try:
            if storage:
                SharedStorage(storage).publish(settings)
            client.register_plugin(WorkerPoolPlugin(settings, storage))
        except Exception as error:  # whatever a worker met; Dask passes it on
            raise _unusable(scheduler, error) from error
        chunks = [jobs[start : start + CHUNK] for start in range(0, len(jobs), CHUNK)]
        futures = client.map(_make_chunk, chunks, pure=False, key=f"fundeval-{os.getpid()}")
        try:
            for _, outcomes in as_completed(futures, with_results=True):
                for outcome in outcomes:
                    if storage:
                        SharedStorage(storage).download(outcome, settings.output)
                    yield outcome
        finally:
            client.cancel(futures)
            client.unregister_worker_plugin(WorkerPoolPlugin.name)


def _make_chunk(jobs: Sequence[Job]) -> list[Outcome]:
    processes: Any = get_worker().plugins[WorkerPoolPlugin.name]
    return [processes.make(job) for job in jobs]


def _unusable(scheduler: str, error: Exception) -> BadInputError:
    return BadInputError([Problem("run.no_cluster", scheduler, {"reason": str(error)})])
