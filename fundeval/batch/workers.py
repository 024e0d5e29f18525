"""The processes that make the reports."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from fundeval.batch.jobs import Job, Outcome, Setting, make
from fundeval.words import say


def make_all(jobs: Sequence[Job], setting: Setting, processes: int) -> Iterator[Outcome]:
    """Yield how each job ended, as it ends; at most `processes` run at a time.

    Each process is a pool of its own: when it is killed, say for want of memory, one job is
    lost and told as failed, and a new process takes its place.
    """
    waiting = list(reversed(jobs))
    idle = [_process() for _ in range(min(processes, len(jobs)))]
    running: dict[Future[Outcome], tuple[Job, ProcessPoolExecutor]] = {}
    try:
        while waiting or running:
            while waiting and idle:
                job, process = waiting.pop(), idle.pop()
                running[process.submit(make, job, setting)] = job, process
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job, process = running.pop(future)
                lost = future.exception()
                idle.append(_process() if lost else process)
                yield _lost(job, setting, lost) if lost else future.result()
    finally:
        for process in (*idle, *(process for _, process in running.values())):
            process.shutdown(cancel_futures=True)


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _lost(job: Job, setting: Setting, reason: BaseException) -> Outcome:
    return Outcome(job, error=say("run.process_lost", setting.lang), details=repr(reason))
