"""The command line. Rooms are imported inside the commands, so that help stays quick."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from fundeval import __version__, workspace
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

if TYPE_CHECKING:
    from fundeval.batch.jobs import Outcome
    from fundeval.batch.plan import RunFile, Selection
    from fundeval.policy import Policy
    from fundeval.report.view import View

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


def _help(message: str) -> str:
    return say(message, DEFAULT_LANGUAGE)


Lang = Annotated[Language | None, typer.Option(help=_help("cli.lang"))]
On = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_help("cli.on"))]
policy_app = typer.Typer(no_args_is_help=True, help=_help("cli.policy"))
app.add_typer(policy_app, name="policy")


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
    year: Annotated[int | None, typer.Option(help=_help("cli.year"))] = None,
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
    from fundeval.tables.schemas import TABLES

    spoken = lang or DEFAULT_LANGUAGE
    try:
        dataset = tables.load(data)
    except BadInputError as error:
        _refuse(error, spoken)
    for file in dataset.inputs:
        for table, rows in file.rows.items():
            line = say("cli.rows", spoken, file=file.name, table=table, rows=rows)
            console.print(line, markup=False)
            frame = getattr(dataset, table)
            if empty := ", ".join(frame.columns[frame.isna().all()]):
                console.print(say("cli.without_values", spoken, columns=empty), markup=False)
    given = {table for file in dataset.inputs for table in file.rows}
    if absent := ", ".join(name for name in TABLES if name not in given):
        console.print(say("cli.without_table", spoken, tables=absent))
    console.print(say("cli.good", spoken))


@app.command(help=_help("cli.explain"))
def explain(
    run: Annotated[Path, typer.Argument(help=_help("cli.made_run"))],
    unit: Annotated[str, typer.Argument(help=_help("cli.unit"))],
    indicator: Annotated[str | None, typer.Argument(help=_help("cli.indicator"))] = None,
    lang: Lang = None,
) -> None:
    """Print how the scores of a unit came about, or one of its indicators."""
    from fundeval.report.explain import explain

    spoken = lang or DEFAULT_LANGUAGE
    try:
        view = _open(run, unit, spoken)
        for name in _chosen(view, indicator):
            typer.echo("\n".join([*explain(view, name), ""]))
    except BadInputError as error:
        _refuse(error, spoken)


@app.command(help=_help("cli.indicators"))
def indicators(lang: Lang = None) -> None:
    """List the indicators of the registry."""
    from fundeval.registry import DEFINITIONS
    from fundeval.report.definitions import describe

    spoken = lang or DEFAULT_LANGUAGE
    for definition in DEFINITIONS:
        typer.echo("\n".join([*describe(definition, spoken), ""]))
    typer.echo(say("cli.supplied", spoken))


@policy_app.command("show", help=_help("cli.show"))
def show_policy(
    policy: Annotated[str, typer.Argument(help=_help("cli.policy_name"))] = "national",
    on: On = None,
    region: Annotated[str | None, typer.Option(help=_help("cli.region"))] = None,
    lang: Lang = None,
) -> None:
    """Print every parameter and scored indicator in force, with source and origin."""
    from fundeval import policy as policies
    from fundeval.report import policy_text

    spoken = lang or DEFAULT_LANGUAGE
    try:
        chosen = _overlay(policy, region) if region else policies.load(policy)
        rules = chosen.on(on.date() if on else policy_text.latest_date(chosen))
    except BadInputError as error:
        _refuse(error, spoken)
    chain = " → ".join(name for name, _ in chosen.files)
    errors.print(say("cli.in_force", spoken, policy=chain, date=rules.date), markup=False)
    headings = [say(f"column.{name}", spoken) for name in policy_text.COLUMNS]
    rows = policy_text.list_rules(rules, spoken)
    _print_table(headings, rows, ((0, 1), (2, 3), (5, 6, 7), (4, 8)))


@policy_app.command("diff", help=_help("cli.diff"))
def compare_policies(
    first: Annotated[str, typer.Argument(help=_help("cli.policy_name"))],
    second: Annotated[str, typer.Argument(help=_help("cli.policy_name"))],
    on: On = None,
    lang: Lang = None,
) -> None:
    """Print which values differ between two policies, and who set each."""
    from fundeval import policy as policies
    from fundeval.report import policy_text

    spoken = lang or DEFAULT_LANGUAGE
    try:
        pair = policies.load(first), policies.load(second)
        date = on.date() if on else policy_text.latest_date(*pair)
        rows = policy_text.list_differences(pair[0].on(date), pair[1].on(date), spoken)
    except BadInputError as error:
        _refuse(error, spoken)
    if not rows:
        typer.echo(say("cli.no_difference", spoken, date=date))
        return
    origin = say("column.origin", spoken)
    headings = [say(f"column.{name}", spoken) for name in ("parameter", "note")]
    _print_table([*headings, first, origin, second, origin], rows, ((0, 1), (2, 3), (4, 5)))


@app.command("compare", help=_help("cli.compare"))
def compare_outcomes(
    data: Annotated[str, typer.Argument(help=_help("cli.data"))],
    first: Annotated[str, typer.Argument(help=_help("cli.policy_name"))],
    second: Annotated[str, typer.Argument(help=_help("cli.policy_name"))],
    year: Annotated[int, typer.Option(help=_help("cli.year"))],
    kind: Annotated[str, typer.Option(help=_help("cli.kind"))] = "hospital",
    lang: Lang = None,
) -> None:
    """Print what a second policy would change for all units of a kind."""
    from fundeval import policy as policies
    from fundeval import tables
    from fundeval.evaluate import evaluate
    from fundeval.evaluate.compare import compare
    from fundeval.report import compare_text

    spoken = lang or DEFAULT_LANGUAGE
    try:
        dataset = tables.load(data)
        tables.check_year(dataset, year)
        results = [evaluate(dataset, policies.load(name), year) for name in (first, second)]
    except BadInputError as error:
        _refuse(error, spoken)
    compared = compare(*results)
    rows = compare_text.list_changes(compared[compared["kind"] == kind], spoken)
    headings = [say(f"compare.{name}", spoken) for name in compare_text.COLUMNS]
    _print_table(headings, rows, ((0, 1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11,)))


def _open(run: Path, unit: str, spoken: str) -> View:
    """Open a unit in a run's folder."""
    from fundeval.report import open_unit

    folder = run / "evaluation" if (run / "evaluation").is_dir() else run
    return open_unit(unit, folder, lang=spoken).view


def _chosen(view: View, indicator: str | None) -> list[str]:
    """Return the indicator asked for, or all that are scored; refuse one that there is not."""
    scored = view.own("scores")["indicator"]
    values = view.own("indicators")
    known = sorted({*scored, *values.loc[values["year"] == view.year, "indicator"]})
    chosen = list(scored) if indicator is None else [name for name in known if name == indicator]
    if chosen:
        return chosen
    rule = "explain.unknown_indicator" if indicator else "explain.not_scored"
    raise BadInputError([Problem(rule, view.unit_id, {"known": ", ".join(known)}, value=indicator)])


def _overlay(policy: str, region: str) -> Policy:
    """Return the policy of a region, params/policy/CODE.yaml, an overlay of the one named."""
    from fundeval import policy as policies

    file, base = f"params/policy/{region}.yaml", Path(policy).stem
    try:
        overlay = policies.load(str(workspace.find(file)))
    except FileNotFoundError:
        raise BadInputError([Problem("region.no_overlay", file, {"base": base})]) from None
    if f"{base}.yaml" not in [name for name, _ in overlay.files]:
        raise BadInputError([Problem("region.other_base", file, {"base": base})])
    return overlay


def _print_table(
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
