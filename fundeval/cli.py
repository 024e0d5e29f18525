"""The command line. Rooms are imported inside the commands, so that help stays quick."""

from __future__ import annotations

import os
import shutil
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from fundeval import __version__, workspace
from fundeval.problems import BadInputError, Problem
from fundeval.words import LANGUAGES, say

if TYPE_CHECKING:
    from fundeval.batch.jobs import Outcome
    from fundeval.batch.plan import RunFile, Selection

SOME_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
# The language of the messages where a command is not told one.
PREFERRED = os.environ.get("FUNDEVAL_LANG", "")
DEFAULT_LANGUAGE = PREFERRED if PREFERRED in LANGUAGES else "zh"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(soft_wrap=True, highlight=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False)


class Language(StrEnum):
    """The languages of messages and reports."""

    ZH = "zh"
    EN = "en"


def _help(message: str) -> str:
    return say(message, DEFAULT_LANGUAGE)


Lang = Annotated[Language | None, typer.Option(help=_help("cli.lang"))]


def _show_version(wanted: bool) -> None:
    if wanted:
        console.print(__version__)
        raise typer.Exit


@app.callback(help=_help("cli.about"))
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help=_help("cli.version")),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command(help=_help("cli.run"))
def run(
    run_file: Annotated[Path, typer.Argument(help=_help("cli.run_file"))],
    only: Annotated[list[str] | None, typer.Option(help=_help("cli.only"))] = None,
    limit: Annotated[int | None, typer.Option(min=1, help=_help("cli.limit"))] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help=_help("cli.jobs"))] = None,
    year: Annotated[int | None, typer.Option(min=1990, max=2100, help=_help("cli.year"))] = None,
    out: Annotated[Path | None, typer.Option(help=_help("cli.out"))] = None,
    lang: Lang = None,
) -> None:
    """Make the reports of a run file."""
    from fundeval.batch.plan import Selection

    spoken = lang or DEFAULT_LANGUAGE
    try:
        settings = _read_run_file(run_file, year, lang)
        output = out or Path("outputs") / settings.name
        selection = Selection(tuple(only or ()), limit)
        processes = jobs or os.cpu_count() or 1
        outcomes = _make_reports(settings, output, selection, processes, spoken)
    except BadInputError as error:
        _refuse(error, spoken)
    except KeyboardInterrupt:
        errors.print(say("cli.interrupted", spoken))
        raise typer.Exit(INTERRUPTED) from None
    failed = sum(bool(outcome.error) for outcome in outcomes)
    done = len(outcomes) - failed
    console.print(say("cli.made", spoken, done=done, failed=failed))
    console.print(say("cli.look", spoken, path=output / "index.html"), markup=False)
    raise typer.Exit(SOME_FAILED if failed else 0)


@app.command(help=_help("cli.init"))
def init(
    folder: Annotated[Path, typer.Argument(help=_help("cli.folder"))], lang: Lang = None
) -> None:
    """Lay out a workspace: params/, notebooks/ and outputs/."""
    spoken = lang or DEFAULT_LANGUAGE
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _refuse(BadInputError([Problem("cli.not_empty", str(folder))]), spoken)
    for name in ("params", "notebooks", "outputs"):
        ignored = shutil.ignore_patterns(".*") if name != "outputs" else _all_but_readme
        shutil.copytree(workspace.shipped() / name, folder / name, ignore=ignored)
    console.print(say("cli.laid_out", spoken, path=folder), markup=False)


@app.command(help=_help("cli.check"))
def check(data: Annotated[str, typer.Argument(help=_help("cli.data"))], lang: Lang = None) -> None:
    """Read a data set and say what is in it, or what is wrong with it."""
    from fundeval import tables

    spoken = lang or DEFAULT_LANGUAGE
    try:
        dataset = tables.load(data)
    except BadInputError as error:
        _refuse(error, spoken)
    for file in dataset.inputs:
        for table, rows in file.rows.items():
            line = say("cli.rows", spoken, file=file.name, table=table, rows=rows)
            console.print(line, markup=False)
    console.print(say("cli.good", spoken))


def _read_run_file(path: Path, year: int | None, lang: str | None) -> RunFile:
    """Return the run file with the command's options put in place of its own values."""
    from fundeval.batch.plan import read_run_file

    try:
        found = workspace.find(str(path))
    except FileNotFoundError:
        found = path
    settings = read_run_file(found)
    given = {"year": year, "lang": lang and str(lang)}
    return settings.model_copy(update={key: value for key, value in given.items() if value})


def _make_reports(
    settings: RunFile, output: Path, selection: Selection, processes: int, spoken: str
) -> list[Outcome]:
    from fundeval.batch import run as batch
    from fundeval.batch.progress import progress

    console.print(
        say("cli.reading", spoken, dataset=settings.dataset, policy=settings.policy), markup=False
    )
    prepared = batch.prepare(settings, output, selection)
    with progress(errors, len(prepared.jobs), spoken) as report:
        return batch.carry_out(prepared, processes, report)


def _all_but_readme(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "README.md"]


def _refuse(error: BadInputError, lang: str) -> NoReturn:
    errors.print(escape(error.text(lang)))
    raise typer.Exit(BAD_INPUT) from None
