"""The command line. Commands import what they need when they run, so that help stays quick."""

from __future__ import annotations

from typing import Annotated

import typer

from fundeval import __version__
from fundeval.cli import data, detail, results, rules, runs
from fundeval.cli.common import app, check_memory, console, help_text

__all__ = ["app", "data", "detail", "results", "rules", "runs"]


def _show_version(wanted: bool) -> None:
    if wanted:
        console.print(__version__)
        raise typer.Exit


@app.callback(help=help_text("cli.about"))
def main(
    version: Annotated[  # noqa: ARG001  (handled by its callback)
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help=help_text("cli.version")
        ),
    ] = False,
) -> None:
    """Handle the options that stand before a command, and look at the memory it may take."""
    check_memory()
