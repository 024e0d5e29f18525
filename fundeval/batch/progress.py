"""What a person sees while reports are made: a bar at a terminal, log lines otherwise.

The log in the run's folder gets each line too.
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
from fundeval.batch.pipeline import Report, Todo
from fundeval.words import say

LOG = "run.log"
_logger = logging.getLogger("fundeval.run")


class _Rate(ProgressColumn):
    """Reports a second."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang

    def render(self, task: Task) -> Text:
        rate = task.completed / task.elapsed if task.elapsed else 0
        return Text(say("progress.rate", self.lang, rate=rate))


class _Lines(logging.Formatter):
    """A line an event, and the traceback of an error below it."""

    def format(self, record: logging.LogRecord) -> str:
        details = getattr(record, "event", {}).get("details", "")
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        return "\n".join(
            filter(None, [f"{time} {record.levelname} {record.getMessage()}", details])
        )


class _JsonLines(logging.Formatter):
    """A line of JSON an event, for other programs."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event = {"time": time, "level": record.levelname, "message": record.getMessage()}
        return json.dumps(event | getattr(record, "event", {}), ensure_ascii=False)


class Watch:
    """Tells how a run goes on: `begin` it, then call what that returns as each report ends."""

    def __init__(self, bar: Progress, lang: str) -> None:
        self.bar = bar
        self.lang = lang
        self.counts = {"done": 0, "failed": 0, "kept": 0, "total": 0}

    def begin(self, todo: Todo) -> Report:
        """Take note of what will be done."""
        self.counts |= {"kept": len(todo.kept), "total": len(todo.reasons)}
        self.task = self.bar.add_task(self._counted(), total=len(todo.reasons))
        _logger.info(self._counted(), extra={"event": dict(self.counts)})
        return self._report

    def _report(self, outcome: Outcome) -> None:
        stem, error = outcome.job.stem, outcome.error
        self.counts["failed" if error else "done"] += 1
        self.bar.update(self.task, advance=1, description=self._counted())
        if error:
            line = say("progress.failed", self.lang, unit=stem, error=error)
            if not self.bar.disable:
                self.bar.console.print(line, markup=False)
        else:
            line = say("progress.done", self.lang, unit=stem, seconds=outcome.seconds)
        used = {"seconds": outcome.seconds, "cpu": outcome.cpu, "memory": outcome.memory}
        event = {"report": stem, "unit_id": outcome.job.unit_id, "error": error, **used}
        level = logging.ERROR if error else logging.INFO
        details = {"details": outcome.details} if error else {}
        _logger.log(level, line, extra={"event": {**event, **details}})

    def _counted(self) -> str:
        return say("progress.counts", self.lang, **self.counts)


@contextmanager
def watching(console: Console, folder: Path, lang: str, as_json: bool) -> Iterator[Watch]:
    """Show progress on the console while reports are made, and keep the log of the folder."""
    handlers: list[logging.Handler] = [
        logging.FileHandler(folder / LOG, encoding="utf-8", delay=True)
    ]
    if not console.is_terminal:
        handlers.append(logging.StreamHandler(console.file))
    for handler in handlers:
        handler.setFormatter(_JsonLines() if as_json else _Lines())
        _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False
    columns = (
        BarColumn(),
        TextColumn("{task.description}"),
        _Rate(lang),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            yield Watch(bar, lang)
    finally:
        for handler in handlers:
            _logger.removeHandler(handler)
            handler.close()
