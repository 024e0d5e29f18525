"""Make the reports of a run in a pool of processes on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from queue import SimpleQueue
from typing import Any

from fundeval.batch.files import remove
from fundeval.batch.jobs import FORK, Job, JobSettings, Outcome, report_files
from fundeval.engine.worker import Reply, Worker
from fundeval.words import say

TASK = "fundeval.batch.execution.report_task:make_report"
# The kinds of reports that hold figures drawn with seaborn.
WITH_FIGURES = ("region", "overview")
# A report whose process was killed gets another try: it may not have been its own doing.
TRIES = 2
FIGURES = [
    f"fundeval.report.figures.{name}"
    for name in ("budget_parts", "department_years", "points", "rates_by_year",
                 "score_and_change", "spread")
]  # fmt: skip
# What is slow to import: imported once, before the forks, where a notebook of the run names it.
# Only what starts no thread, as matplotlib and seaborn: itables does, and would forbid the forks.
SLOW_LIBRARIES = {"matplotlib": "matplotlib.pyplot", "seaborn": "seaborn"}


class WorkerPool:
    """Pool of warm processes, each of which makes one report at a time; it is thread-safe.

    Parameters
    ----------
    settings
        Settings of the run.
    size
        Number of processes.
    figures
        Whether each process loads what draws figures, before it makes reports.
    """

    def __init__(self, settings: JobSettings, size: int, figures: bool = False) -> None:
        self.settings = settings
        self.idle: SimpleQueue[Worker] = SimpleQueue()
        self.workers = [
            Worker(
                "fundeval.batch.execution.report_task:warm_up_process",
                str(settings.output / "evaluation"),
                settings.lang,
                *libraries_of(settings.notebooks.values(), figures),
                forks=settings.engine == FORK,
                memory=settings.memory,
            )
            for _ in range(size)
        ]
        for worker in self.workers:
            self.idle.put(worker)

    def make(self, job: Job) -> Outcome:
        """Make one report, waiting for an idle process; a failed report leaves no files."""
        worker = self.idle.get()
        try:
            outcome = _outcome(job, self._call(worker, job), self.settings)
        finally:
            self.idle.put(worker)
        if outcome.error:
            names = set(report_files(job)) - set(outcome.files)
            remove(self.settings.output / name for name in names)
        return outcome

    def stop(self) -> None:
        """Kill all processes."""
        for worker in self.workers:
            worker.close()

    def _call(self, worker: Worker, job: Job) -> Reply:
        settings = self.settings
        notebooks = {n: text for n, text in settings.notebooks.items() if n == job.notebook}
        shared = {**vars(settings), "output": str(settings.output), "notebooks": notebooks}
        arguments = {"job": asdict(job), "settings": shared}
        for _ in range(TRIES):
            reply = worker.call(TASK, arguments, seconds=settings.seconds)
            if reply.ending != "signal":
                break
        return reply


def make_reports(jobs: Sequence[Job], settings: JobSettings, processes: int) -> Iterator[Outcome]:
    """Make reports on this machine.

    Parameters
    ----------
    jobs
        The reports to make.
    settings
        Settings of the run.
    processes
        Number of reports to make at a time.

    Yields
    ------
    Outcome
        The outcome of each job as it ends. Closing the generator kills the processes.
    """
    size = min(processes, len(jobs))
    # Loading them takes a process longer than a small report, but each fork no longer.
    figures = sum(job.kind in WITH_FIGURES for job in jobs) > size
    pool = WorkerPool(settings, size, figures)
    threads = ThreadPoolExecutor(processes)
    try:
        for future in as_completed([threads.submit(pool.make, job) for job in jobs]):
            yield future.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        pool.stop()
        threads.shutdown()


def libraries_of(notebooks: Iterable[str], figures: bool) -> list[str]:
    """Return what of `SLOW_LIBRARIES` the notebooks import, and what draws figures."""
    named = set(re.findall(r"(?:import|from) (\w+)", "\n".join(notebooks)))
    # A notebook without a word of the package draws none.
    drawing = FIGURES if figures and "fundeval" in named else []
    return [*(module for name, module in SLOW_LIBRARIES.items() if name in named), *drawing]


def _outcome(job: Job, reply: Reply, settings: JobSettings) -> Outcome:
    used: dict[str, Any] = {"seconds": reply.seconds, "cpu": reply.cpu, "memory": reply.memory}
    if reply.ending != "returned":
        error = say(f"ended.{reply.ending}", settings.lang, detail=reply.detail)
        return Outcome(job, error, **used)
    result = reply.result
    if result.get("error", "").startswith("MemoryError"):
        megabytes = settings.memory // 2**20
        result["error"] = say("ended.memory", settings.lang, megabytes=megabytes)
    return Outcome(job, **result, **used)
