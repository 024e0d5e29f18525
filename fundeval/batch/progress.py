"""What a person sees while reports are made: a bar, or plain lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from fundeval.batch.jobs import Outcome
from fundeval.words import say


class _Rate(ProgressColumn):
    """Reports a second."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang

    def render(self, task: Task) -> Text:
        rate = task.completed / task.elapsed if task.elapsed else 0
        return Text(say("progress.rate", self.lang, rate=rate))


@contextmanager
def progress(console: Console, total: int, lang: str) -> Iterator[Callable[[Outcome], None]]:
    """Show the progress of `total` reports; yields what is to be called as each ends."""
    columns = (
        BarColumn(),
        TextColumn("{task.description}"),
        _Rate(lang),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    failed = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(
            say("progress.counts", lang, done=0, failed=0, total=total), total=total
        )

        def report(outcome: Outcome) -> None:
            nonlocal failed
            if outcome.error:
                failed += 1
                line = say("progress.failed", lang, unit=outcome.job.stem, error=outcome.error)
                bar.console.print(line, markup=False)
            bar.advance(task)
            done = int(bar.tasks[0].completed) - failed
            counts = say("progress.counts", lang, done=done, failed=failed, total=total)
            bar.update(task, description=counts)

        yield report
