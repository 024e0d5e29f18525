"""Shared by all commands: app, consoles, common options, and the exit on bad input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from fundeval.cli.help_pages import App
from fundeval.engine import address_space
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

SOME_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
# What Python says where there is no memory for a thread.
NO_THREAD = "can't start new thread"

app = App(add_completion=False, pretty_exceptions_enable=False)
console = Console(soft_wrap=True, highlight=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False)


class Language(StrEnum):
    """The languages of messages and reports."""

    ZH = "zh"
    EN = "en"


def help_text(message: str) -> str:
    """Return the help text of a command or option in the preferred language."""
    return say(message, DEFAULT_LANGUAGE)


Lang = Annotated[Language | None, typer.Option(help=help_text("cli.lang"))]
On = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("cli.on"))]


@contextmanager
def exit_on_bad_input(lang: str) -> Iterator[None]:
    """Print all problems of bad input and exit with status 2, without a traceback."""
    try:
        yield
    except BadInputError as error:
        errors.print(escape(error.text(lang)))
        raise typer.Exit(BAD_INPUT) from None
    except BrokenPipeError:
        raise  # who reads the output went away
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and str(error) != NO_THREAD:
            raise
        errors.print(escape(say("cli.no_memory", lang)))
        raise typer.Exit(BAD_INPUT) from None
    except OSError as error:
        # A folder that cannot be written, a disk that is full, a file without permission.
        values = {"reason": error.strerror or type(error).__name__}
        problem = Problem("cli.system", str(error.filename or ""), values)
        errors.print(escape(BadInputError([problem]).text(lang)))
        raise typer.Exit(BAD_INPUT) from None


def check_memory() -> None:
    """Exit with status 2 if the system allows this process less memory than any command needs."""
    limit = address_space.allowed()
    if limit is not None and limit < address_space.NEEDED:
        values = {"megabytes": limit // 2**20, "needed": address_space.NEEDED // 2**20}
        errors.print(escape(say("cli.memory_limit", DEFAULT_LANGUAGE, **values)))
        raise typer.Exit(BAD_INPUT)


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], column_groups: Sequence[Sequence[int]]
) -> None:
    """Print a table: tab-separated into a pipe; at a terminal each group of columns is stacked."""
    if not console.is_terminal:
        for row in [headings, *rows]:
            typer.echo("\t".join(row))
        return
    table = Table(show_lines=True)
    for group in column_groups:
        table.add_column("\n".join(headings[column] for column in group), overflow="fold")
    for row in rows:
        cells = ("\n".join(row[column] for column in group) for group in column_groups)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table, soft_wrap=False)
