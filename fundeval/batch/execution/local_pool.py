"""The processes that make the reports of a run on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from queue import SimpleQueue
from typing import Any

from fundeval.batch.files import remove
from fundeval.batch.jobs import FORK, Job, Outcome, Setting, names
from fundeval.engine.worker import Reply, Worker
from fundeval.words import say

# A report whose process was killed gets another try: it may not have been its own doing.
TRIES = 2


class Team:
    """Warm processes that make reports of one run, each one at a time; threads may share it."""

    def __init__(self, setting: Setting, size: int) -> None:
        self.setting = setting
        self.idle: SimpleQueue[Worker] = SimpleQueue()
        self.workers = [
            Worker(
                "fundeval.batch.execution.report_task:prepare",
                str(setting.output / "evaluation"),
                setting.lang,
                forks=setting.engine == FORK,
                memory=setting.memory,
            )
            for _ in range(size)
        ]
        for worker in self.workers:
            self.idle.put(worker)

    def make(self, job: Job) -> Outcome:
        """Make one report; waits until a process is idle."""
        worker = self.idle.get()
        try:
            outcome = _outcome(job, self._call(worker, job), self.setting)
        finally:
            self.idle.put(worker)
        if outcome.error:
            remove(self.setting.output / name for name in names(job))
        return outcome

    def stop(self) -> None:
        """End all processes at once, whatever they do."""
        for worker in self.workers:
            worker.close()

    def _call(self, worker: Worker, job: Job) -> Reply:
        setting = self.setting
        notebooks = {name: str(path) for name, path in setting.notebooks.items()}
        shared = {**vars(setting), "output": str(setting.output), "notebooks": notebooks}
        arguments = {"job": asdict(job), "setting": shared}
        for _ in range(TRIES):
            reply = worker.call(
                "fundeval.batch.execution.report_task:execute", arguments, seconds=setting.seconds
            )
            if reply.how != "signal":
                break
        return reply


def make_all(jobs: Sequence[Job], setting: Setting, processes: int) -> Iterator[Outcome]:
    """Yield how each job ended, as it ends; at most `processes` run at a time.

    When the iteration is given up, the processes are ended at once.
    """
    team = Team(setting, min(processes, len(jobs)))
    threads = ThreadPoolExecutor(processes)
    try:
        for future in as_completed([threads.submit(team.make, job) for job in jobs]):
            yield future.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        team.stop()
        threads.shutdown()


def _outcome(job: Job, reply: Reply, setting: Setting) -> Outcome:
    used: dict[str, Any] = {"seconds": reply.seconds, "cpu": reply.cpu, "memory": reply.memory}
    if reply.how != "returned":
        error = say(f"ended.{reply.how}", setting.lang, detail=reply.detail)
        return Outcome(job, error, **used)
    result = reply.result
    if result.get("error", "").startswith("MemoryError"):
        megabytes = setting.memory // 2**20
        result["error"] = say("ended.memory", setting.lang, megabytes=megabytes)
    return Outcome(job, **result, **used)
