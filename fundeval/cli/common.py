"""What all commands share: the app, the consoles, options, and how bad input is refused."""

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

from fundeval.problems import BadInputError
from fundeval.words import DEFAULT_LANGUAGE, say

SOME_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(soft_wrap=True, highlight=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False)


class Language(StrEnum):
    """The languages of messages and reports."""

    ZH = "zh"
    EN = "en"


def help_text(message: str) -> str:
    """Return the help of a command or option, in the language preferred."""
    return say(message, DEFAULT_LANGUAGE)


Lang = Annotated[Language | None, typer.Option(help=help_text("cli.lang"))]
On = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("cli.on"))]


@contextmanager
def refusing(lang: str) -> Iterator[None]:
    """End the command with all that is wrong with its input, without a traceback."""
    try:
        yield
    except BadInputError as error:
        errors.print(escape(error.text(lang)))
        raise typer.Exit(BAD_INPUT) from None


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], stacked: Sequence[Sequence[int]]
) -> None:
    """Print a table: at a terminal columns are stacked as told, else tabs stand between them."""
    if not console.is_terminal:
        for row in [headings, *rows]:
            typer.echo("\t".join(row))
        return
    table = Table(show_lines=True)
    for group in stacked:
        table.add_column("\n".join(headings[column] for column in group), overflow="fold")
    for row in rows:
        cells = ("\n".join(row[column] for column in group) for group in stacked)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table, soft_wrap=False)
