"""Show the progress of a run: a bar at a terminal, log lines otherwise.

The log file in the output folder gets every line too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from fundeval.batch.jobs import Outcome
from fundeval.batch.pipeline import OnReport
from fundeval.batch.run_plan import RunPlan
from fundeval.words import say

LOG = "run.log"
_logger = logging.getLogger("fundeval.run")


class _RateColumn(ProgressColumn):
    """Column of the bar: reports per second."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang

    def render(self, task: Task) -> Text:
        rate = task.completed / task.elapsed if task.elapsed else 0
        return Text(say("progress.rate", self.lang, rate=rate))


class _TextFormatter(logging.Formatter):
    """One line per event; in the log with the traceback of an error below it."""

    def __init__(self, with_details: bool) -> None:
        super().__init__()
        self.with_details = with_details

    def format(self, record: logging.LogRecord) -> str:
        details = getattr(record, "event", {}).get("details", "") if self.with_details else ""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        return "\n".join(
            filter(None, [f"{time} {record.levelname} {record.getMessage()}", details])
        )


class _JsonFormatter(logging.Formatter):
    """One line of JSON per event, for other programs."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event = {"time": time, "level": record.levelname, "message": record.getMessage()}
        return json.dumps(event | getattr(record, "event", {}), ensure_ascii=False)


class ProgressReporter:
    """Shows and logs the progress of a run.

    Call `start` with the plan, then what it returns with the outcome of each report.
    """

    def __init__(self, bar: Progress, lang: str) -> None:
        self.bar = bar
        self.lang = lang
        self.counts = {"done": 0, "failed": 0, "kept": 0, "stale": 0, "total": 0}

    def start(self, run_plan: RunPlan) -> OnReport:
        """Show the plan; returns what to call with the outcome of each report."""
        self.counts |= {
            "kept": len(run_plan.kept),
            "stale": len(run_plan.stale),
            "total": len(run_plan.reasons),
        }
        self.task = self.bar.add_task(self._counts_text(), total=len(run_plan.reasons))
        _logger.info(self._counts_text(), extra={"event": dict(self.counts)})
        return self._report

    def _report(self, outcome: Outcome) -> None:
        stem, error = outcome.job.stem, outcome.error
        self.counts["failed" if error else "done"] += 1
        self.bar.update(self.task, advance=1, description=self._counts_text())
        if error:
            # The whole of it stands in the log and on the index.
            first = (error.splitlines() or [""])[0]
            line = say("progress.failed", self.lang, unit=stem, error=first)
            if not self.bar.disable:
                self.bar.console.print(line, markup=False)
        else:
            line = say("progress.done", self.lang, unit=stem, seconds=outcome.seconds)
        details = {"details": outcome.details or error} if error else {}
        used = {"seconds": outcome.seconds, "cpu": outcome.cpu, "memory": outcome.memory}
        event = {"report": stem, "unit_id": outcome.job.unit_id, "error": error, **used}
        level = logging.ERROR if error else logging.INFO
        _logger.log(level, line, extra={"event": {**event, **details}})
        if outcome.left_out:
            cells = list(outcome.left_out)
            line = say("progress.left_out", self.lang, unit=stem, cells=", ".join(cells))
            _logger.warning(line, extra={"event": {"report": stem, "left_out": cells}})

    def _counts_text(self) -> str:
        return say("progress.counts", self.lang, **self.counts)


@contextmanager
def show_progress(
    console: Console, folder: Path, lang: str, as_json: bool, quiet: bool = False
) -> Iterator[ProgressReporter]:
    """Show progress on a console and append it to the log of an output folder."""
    handlers: list[logging.Handler] = [
        logging.FileHandler(folder / LOG, encoding="utf-8", delay=True)
    ]
    if not console.is_terminal and not quiet:
        handlers.append(logging.StreamHandler(console.file))
    for number, handler in enumerate(handlers):
        handler.setFormatter(_JsonFormatter() if as_json else _TextFormatter(number == 0))
        _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False
    columns = (
        BarColumn(),
        TextColumn("{task.description}"),
        _RateColumn(lang),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    try:
        with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
            yield ProgressReporter(bar, lang)
    finally:
        for handler in handlers:
            _logger.removeHandler(handler)
            handler.close()
