"""Commands that make and list reports: run, status, list, init, new."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
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
    exit_on_bad_input,
    help_text,
    print_table,
)
from fundeval.extras import require_extra
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

if TYPE_CHECKING:
    from fundeval.batch.jobs import Outcome
    from fundeval.batch.ledger import ReportRecord
    from fundeval.batch.pipeline import MakeReports, PreparedRun
    from fundeval.batch.plan import RunFile
    from fundeval.batch.run_plan import RunPlan


class Engine(StrEnum):
    """Papermill engines that a run can use."""

    FORK = "fundeval"
    KERNEL = "nbclient"


class Profile(StrEnum):
    """Audiences of a run."""

    INTERNAL = "internal"
    PUBLIC = "public"


@app.command(help=help_text("cli.run"))
def run(
    run_file: Annotated[Path, typer.Argument(help=help_text("cli.run_file"))],
    only: Annotated[list[str] | None, typer.Option(help=help_text("cli.only"))] = None,
    limit: Annotated[int | None, typer.Option(min=1, help=help_text("cli.limit"))] = None,
    only_failed: Annotated[bool, typer.Option(help=help_text("cli.only_failed"))] = False,
    prune: Annotated[bool, typer.Option("--prune", help=help_text("cli.prune"))] = False,
    fresh: Annotated[bool, typer.Option(help=help_text("cli.fresh"))] = False,
    dry_run: Annotated[bool, typer.Option(help=help_text("cli.dry_run"))] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help=help_text("cli.jobs"))] = None,
    engine: Annotated[Engine, typer.Option(help=help_text("cli.engine"))] = Engine.FORK,
    profile: Annotated[Profile, typer.Option(help=help_text("cli.profile"))] = Profile.INTERNAL,
    scheduler: Annotated[str | None, typer.Option(help=help_text("cli.scheduler"))] = None,
    storage: Annotated[str | None, typer.Option(help=help_text("cli.storage"))] = None,
    year: Annotated[int | None, typer.Option(help=help_text("cli.year"))] = None,
    out: Annotated[Path | None, typer.Option(help=help_text("cli.out"))] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=help_text("cli.quiet"))] = False,
    log_json: Annotated[bool, typer.Option(help=help_text("cli.log_json"))] = False,
    lang: Lang = None,
) -> None:
    """Make the reports of a run file."""
    from fundeval.batch import pipeline as batch
    from fundeval.batch.execution.local_pool import make_reports
    from fundeval.batch.plan import Selection
    from fundeval.batch.progress import show_progress
    from fundeval.batch.run_plan import RunOptions
    from fundeval.tables import without_password

    language = lang or DEFAULT_LANGUAGE
    options = RunOptions(Selection(tuple(only or ()), limit), fresh, only_failed, prune)
    make: MakeReports = partial(make_reports, processes=jobs or os.cpu_count() or 1)
    with exit_on_bad_input(language), _handle_interrupts(language):
        if scheduler:
            make = _on_cluster(scheduler, storage)
        public = profile is Profile.PUBLIC
        if public:
            _refuse_options({
                "--only": only, "--limit": limit, "--only-failed": only_failed, "--prune": prune,
                "--dry-run": dry_run, "--scheduler": scheduler, "--storage": storage,
            })  # fmt: skip
        settings = _read_run_file(run_file, year, lang)
        output = out or settings.folder(public)
        reading = {"dataset": without_password(settings.dataset), "policy": settings.policy}
        if not quiet:
            console.print(say("cli.reading", language, **reading), markup=False)
        prepared = batch.prepare_run(settings, output, engine, public)
        if public:
            _publish(prepared, output, language)
            console.print(say("cli.look", language, path=output / "index.html"), markup=False)
            return
        if dry_run:
            _print_plan(batch.preview_run(prepared, options), language)
            return
        with show_progress(errors, output, language, log_json, quiet) as progress:
            outcomes = batch.execute_run(prepared, options, make, progress.start)
            stale = progress.counts["stale"]
    failed = sum(bool(outcome.error) for outcome in outcomes)
    made = {"done": progress.counts["done"], "kept": progress.counts["kept"], "failed": failed}
    if quiet:
        raise typer.Exit(SOME_FAILED if failed else 0)
    console.print(say("cli.made", language, **made))
    if made["done"]:
        _list_slowest(outcomes, language)
    if stale:
        console.print(say("cli.stale", language, count=stale))
    console.print(say("cli.look", language, path=output / "index.html"), markup=False)
    raise typer.Exit(SOME_FAILED if failed else 0)


def _refuse_options(given: Mapping[str, object]) -> None:
    """Refuse options that mean nothing where a page is published, which cannot be taken back."""
    problems = [Problem("run.public_option", name) for name, value in given.items() if value]
    if problems:
        raise BadInputError(problems)


def _publish(prepared: PreparedRun, output: Path, language: str) -> None:
    """Write what the public gets, and say what the evaluator has to know of it."""
    from fundeval.batch.publishing import log_of, publish

    disclosed = publish(prepared)
    told = {"hidden": len(disclosed.hidden), "path": log_of(output)}
    console.print(say("public.logged", language, **told), markup=False)
    if disclosed.too_large:
        errors.print(say("public.too_large", language, count=disclosed.too_large), markup=False)
    if disclosed.lost_small:
        errors.print(say("public.lost", language, count=len(disclosed.lost_small)), markup=False)


@app.command(help=help_text("cli.status"))
def status(
    folder: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))], lang: Lang = None
) -> None:
    """Show the progress of a run."""
    from fundeval.batch import ledger as ledgers

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language), ledgers.open_ledger(folder) as ledger:
        last, records = ledger.last_run(), ledger.records().values()
        if last is None:
            return
        done, failed, seconds = ledger.progress(last)
    state = "ended" if last.ended else "running" if ledgers.is_locked(folder) else "killed"
    console.print(say(f"status.{state}", language, **vars(last)), markup=False)
    counts = {"planned": last.planned, "done": done, "failed": failed, "total": len(records)}
    rate = (done + failed) / seconds if seconds else 0
    console.print(say("status.counts", language, **counts, rate=rate), markup=False)
    left = last.planned - done - failed
    if state == "running" and rate and left:
        minutes = left / rate / 60
        console.print(say("status.left", language, left=left, minutes=minutes), markup=False)
    for record in records:
        if record.error:
            line = say("status.failed", language, unit=record.stem, error=record.error)
            console.print(line, markup=False)
    _list_slowest(records, language)


@app.command("list", help=help_text("cli.list"))
def list_units(
    folder: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))],
    grade: Annotated[list[str] | None, typer.Option(help=help_text("cli.list_grade"))] = None,
    kind: Annotated[list[str] | None, typer.Option(help=help_text("cli.list_kind"))] = None,
    warning: Annotated[list[str] | None, typer.Option(help=help_text("cli.list_warning"))] = None,
    restricted: Annotated[bool, typer.Option(help=help_text("cli.list_restricted"))] = False,
    failed: Annotated[bool, typer.Option(help=help_text("cli.list_failed"))] = False,
    csv: Annotated[str | None, typer.Option(help=help_text("cli.list_csv"))] = None,
    lang: Lang = None,
) -> None:
    """List the units of a run with their results and reports."""
    from fundeval.batch import unit_list

    language = lang or DEFAULT_LANGUAGE
    wanted = unit_list.Wanted(grade or (), kind or (), warning or (), restricted, failed)
    with exit_on_bad_input(language):
        lines = unit_list.list_units(folder, wanted, language)
        if csv is None:
            columns = ("unit_id", "name", "grade_name", "score", "execution_rate", "state_name",
                       "restricted", "next_budget", "change", "address", "error")  # fmt: skip
            rows = [[_cell(getattr(line, name)) for name in columns] for line in lines]
            groups = ((0, 1), (2, 3), (4,), (5, 6), (7, 8), (9, 10))
            print_table(unit_list.headings(columns, language), rows, groups)
        elif csv == "-":
            typer.echo(unit_list.to_csv(lines, language), nl=False)
        else:
            try:
                # Excel takes a file without this mark for one in the system's own encoding.
                text = unit_list.to_csv(lines, language)
                Path(csv).write_text(text, encoding="utf-8-sig", newline="")
            except OSError as error:
                reason = {"reason": error.strerror or str(error)}
                raise BadInputError([Problem("list.not_written", csv, reason)]) from error
    errors.print(say("cli.listed", language, count=len(lines)))


@app.command(help=help_text("cli.init"))
def init(
    folder: Annotated[Path, typer.Argument(help=help_text("cli.folder"))],
    data: Annotated[str | None, typer.Option(help=help_text("cli.init_data"))] = None,
    lang: Lang = None,
) -> None:
    """Create a workspace with params/, notebooks/ and outputs/."""
    language = lang or DEFAULT_LANGUAGE
    given = None
    if data:
        from fundeval import tables

        # Nothing is laid out for what cannot be used.
        with exit_on_bad_input(language):
            given = tables.load(data)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        with exit_on_bad_input(language):
            raise BadInputError([Problem("cli.not_empty", str(folder))])
    for name in ("params", "notebooks", "outputs"):
        ignored = shutil.ignore_patterns(".*") if name != "outputs" else _all_but_readme
        shutil.copytree(workspace.shipped() / name, folder / name, ignore=ignored)
    if data is None or given is None:
        console.print(say("cli.laid_out", language, path=folder), markup=False)
        return
    from fundeval.workbench.lay_out import OVERLAY, lay_out

    with exit_on_bad_input(language):
        run_file = lay_out(folder, data, given, language).as_posix()
    made = {"path": folder, "run": run_file, "policy": OVERLAY}
    console.print(say("cli.laid_out_for", language, **made), markup=False)


@app.command(help=help_text("cli.new"))
def new(
    notebook: Annotated[Path, typer.Argument(help=help_text("cli.notebook"))],
    start: Annotated[str, typer.Option("--from", help=help_text("cli.from"))] = "explore",
    data: Annotated[str | None, typer.Option(help=help_text("cli.data"))] = None,
    policy: Annotated[str | None, typer.Option(help=help_text("cli.policy_name"))] = None,
    year: Annotated[int | None, typer.Option(help=help_text("cli.year"))] = None,
    unit: Annotated[str | None, typer.Option(help=help_text("cli.unit"))] = None,
    lang: Lang = None,
) -> None:
    """Copy a notebook to work in, with one's own parameters."""
    from fundeval.workbench.copy_notebook import copy_notebook

    language = lang or DEFAULT_LANGUAGE
    given = {"dataset": data, "policy": policy, "year": year, "unit_id": unit, "lang": lang}
    with exit_on_bad_input(language):
        made = copy_notebook(start, notebook, {k: v for k, v in given.items() if v is not None})
    console.print(say("cli.copied", language, path=made), markup=False)


def _on_cluster(scheduler: str, storage: str | None) -> MakeReports:
    """Return the function that makes reports on a Dask cluster, which needs an extra."""
    with require_extra("cluster", scheduler):
        from fundeval.batch.execution.dask_pool import make_reports
    return partial(make_reports, scheduler=scheduler, storage=storage)


def _read_run_file(path: Path, year: int | None, lang: str | None) -> RunFile:
    """Read a run file and override its values with options of the command."""
    from fundeval.batch.plan import read_run_file

    try:
        found = workspace.find(str(path))
    except FileNotFoundError:
        found = path
    settings = read_run_file(found)
    given = {"year": year, "lang": lang and str(lang)}
    return settings.model_copy(update={key: value for key, value in given.items() if value})


def _cell(value: object) -> str:
    """Return a value of a list of units as text; a number with as many places as matter."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) and abs(value) < 1000 else str(value)


def _print_plan(run_plan: RunPlan, language: str) -> None:
    from fundeval.batch.whole_run import reason_in_words

    for job, reason in run_plan.reasons.items():
        why = reason_in_words(reason, language)
        typer.echo(say("cli.would_make", language, unit=job.stem, reason=why))
    for stem, each in run_plan.stale.items():
        why = reason_in_words(each.reason, language)
        typer.echo(say("cli.would_stay", language, unit=stem, reason=why))
    for file in run_plan.removed:
        typer.echo(say("cli.would_remove", language, file=file))
    typer.echo(say("cli.would", language, todo=len(run_plan.reasons), kept=len(run_plan.kept)))


def _list_slowest(used: Iterable[Outcome | ReportRecord], language: str) -> None:
    slowest = sorted(used, key=lambda report: -report.seconds)[:10]
    if slowest:
        console.print(say("cli.slowest", language))
    for report in slowest:
        numbers = {"seconds": report.seconds, "cpu": report.cpu}
        megabytes = report.memory / 2**20
        line = say("cli.used", language, unit=report.stem, megabytes=megabytes, **numbers)
        console.print(line, markup=False)


@contextmanager
def _handle_interrupts(language: str) -> Iterator[None]:
    """Stop on Ctrl-C or SIGTERM with a message that tells how to resume."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        errors.print(say("cli.interrupted", language))
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, previous)


def _all_but_readme(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "README.md"]
