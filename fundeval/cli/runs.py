"""The commands that make reports."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval import workspace
from fundeval.cli.common import (
    INTERRUPTED,
    SOME_FAILED,
    Lang,
    app,
    console,
    errors,
    help_text,
    refusing,
)
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

if TYPE_CHECKING:
    from fundeval.batch.jobs import Outcome
    from fundeval.batch.plan import RunFile, Selection


@app.command(help=help_text("cli.run"))
def run(
    run_file: Annotated[Path, typer.Argument(help=help_text("cli.run_file"))],
    only: Annotated[list[str] | None, typer.Option(help=help_text("cli.only"))] = None,
    limit: Annotated[int | None, typer.Option(min=1, help=help_text("cli.limit"))] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help=help_text("cli.jobs"))] = None,
    year: Annotated[int | None, typer.Option(help=help_text("cli.year"))] = None,
    out: Annotated[Path | None, typer.Option(help=help_text("cli.out"))] = None,
    lang: Lang = None,
) -> None:
    """Make the reports of a run file."""
    from fundeval.batch.plan import Selection

    spoken = lang or DEFAULT_LANGUAGE
    try:
        with refusing(spoken):
            settings = _read_run_file(run_file, year, lang)
            output = out or Path("outputs") / settings.name
            selection = Selection(tuple(only or ()), limit)
            processes = jobs or os.cpu_count() or 1
            outcomes = _make_reports(settings, output, selection, processes, spoken)
    except KeyboardInterrupt:
        errors.print(say("cli.interrupted", spoken))
        raise typer.Exit(INTERRUPTED) from None
    failed = sum(bool(outcome.error) for outcome in outcomes)
    done = len(outcomes) - failed
    console.print(say("cli.made", spoken, done=done, failed=failed))
    console.print(say("cli.look", spoken, path=output / "index.html"), markup=False)
    raise typer.Exit(SOME_FAILED if failed else 0)


@app.command(help=help_text("cli.init"))
def init(
    folder: Annotated[Path, typer.Argument(help=help_text("cli.folder"))], lang: Lang = None
) -> None:
    """Lay out a workspace: params/, notebooks/ and outputs/."""
    spoken = lang or DEFAULT_LANGUAGE
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        with refusing(spoken):
            raise BadInputError([Problem("cli.not_empty", str(folder))])
    for name in ("params", "notebooks", "outputs"):
        ignored = shutil.ignore_patterns(".*") if name != "outputs" else _all_but_readme
        shutil.copytree(workspace.shipped() / name, folder / name, ignore=ignored)
    console.print(say("cli.laid_out", spoken, path=folder), markup=False)


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
