"""Commands on input data: check, template, convert, merge."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval.cli.common import BAD_INPUT, Lang, app, console, errors, exit_on_bad_input, help_text
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import JustifyMethod

    from fundeval.intake.check_report import ProblemGroup
    from fundeval.intake.convert import Converted
    from fundeval.tables import Examination


STATUSES = ("duplicate", "filled", "conflict", "missing", "not_taken")


class MoneyUnit(StrEnum):
    """Units of money amounts."""

    YUAN = "元"
    TEN_THOUSAND = "万元"
    HUNDRED_MILLION = "亿元"


@app.command(help=help_text("cli.check"))
def check(
    data: Annotated[str, typer.Argument(help=help_text("cli.data"))],
    report: Annotated[Path | None, typer.Option(help=help_text("cli.report"))] = None,
    policy: Annotated[str | None, typer.Option(help=help_text("cli.check_policy"))] = None,
    lang: Lang = None,
) -> None:
    """Check a data set: list its content, problems and likely slips."""
    from fundeval import policy as policies
    from fundeval import tables
    from fundeval.intake.check_report import group_problems
    from fundeval.intake.declared_units import units_of_measures
    from fundeval.intake.plausibility import check_plausibility

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        if report and report.suffix not in (".html", ".xlsx"):
            raise BadInputError([Problem("check.report_kind", str(report))])
        found = tables.examine(data)
        # A policy takes a second to load, and is for supplied measures alone.
        needed = policy is not None or "measures" in found.tables
        units = units_of_measures(policies.load(policy or "national")) if needed else {}
        warnings = [*found.notes, *check_plausibility(found, units)]
        groups = group_problems(found.problems, warnings)
        if report:
            _write_report(report, groups, found, data, language)
    for severity in ("warning", "error"):
        print_groups([each for each in groups if each.severity == severity], severity, language)
    if found.problems:
        raise typer.Exit(BAD_INPUT)
    _print_content(found, language)


@app.command(help=help_text("cli.template"))
def template(
    out: Annotated[Path, typer.Argument(help=help_text("cli.template_out"))],
    table: Annotated[
        list[str] | None, typer.Option("--tables", help=help_text("cli.template_tables"))
    ] = None,
    money_unit: Annotated[
        MoneyUnit, typer.Option(help=help_text("cli.template_unit"))
    ] = MoneyUnit.TEN_THOUSAND,
    lang: Lang = None,
) -> None:
    """Write a workbook to fill in."""
    from fundeval.intake.template_workbook import write_template
    from fundeval.intake.write import new_file, table_names

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        names = table_names(table)
        with new_file(out, (".xlsx",)) as draft:
            write_template(draft, names, money_unit.value, language)
    console.print(say("cli.template_done", language, path=out), markup=False)


@app.command(help=help_text("cli.convert"))
def convert(
    location: Annotated[Path, typer.Argument(metavar="IN", help=help_text("cli.convert_in"))],
    out: Annotated[Path, typer.Argument(help=help_text("cli.convert_out"))],
    mapping: Annotated[str | None, typer.Option(help=help_text("cli.mapping"))] = None,
    guess: Annotated[bool, typer.Option("--guess", help=help_text("cli.guess"))] = False,
    stated: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=help_text("cli.set"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Convert files of another layout into a data set."""
    from fundeval.intake.check_report import group_problems
    from fundeval.intake.convert import convert
    from fundeval.intake.ready_mappings import find_mapping, ready_mappings
    from fundeval.intake.write import DATASET_SUFFIXES, new_file, write_examination
    from fundeval.tables.schemas import called_table
    from fundeval.tables.sources.readers import MAPPING_FILE

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        if guess:
            _write_guess(location, out, mapping, language)
            return
        if mapping is None:
            known = {"known": ", ".join(ready_mappings())}
            raise BadInputError([Problem("guess.neither", str(location), known)])
        converted = convert(location, find_mapping(mapping), _answers(stated or []))
        found = converted.examination
        with new_file(out, DATASET_SUFFIXES, beside=(MAPPING_FILE,)) as draft:
            write_examination(draft, found, language)
    print_groups(group_problems([], found.notes), "warning", language)
    _print_read(converted, language)
    for name, table in found.tables.items():
        line = say("cli.rows", language, file=out.name, table=called_table(name), rows=table.rows)
        console.print(line, markup=False)
    console.print(say("cli.dataset_done", language, path=out), markup=False)


@app.command(help=help_text("cli.mappings"))
def mappings(
    name: Annotated[str | None, typer.Argument(help=help_text("cli.mapping_name"))] = None,
    lang: Lang = None,
) -> None:
    """List the mappings that ship with the package, or print one."""
    from fundeval.intake.ready_mappings import about_mapping, find_mapping, ready_mappings

    language = lang or DEFAULT_LANGUAGE
    if name is None:
        for each, path in ready_mappings().items():
            console.print(f"{each}  {about_mapping(path, language)}", markup=False)
        return
    with exit_on_bad_input(language):
        typer.echo(find_mapping(name).read_text(encoding="utf-8"), nl=False)


def _write_guess(location: Path, out: Path, mapping: str | None, language: str) -> None:
    """Write a draft of a mapping into the folder of the data set, or beside its workbook."""
    from fundeval.intake.guess.guess import guess_mapping, write_guess
    from fundeval.intake.write import DATASET_SUFFIXES, check_suffix
    from fundeval.tables.sources.readers import MAPPING_FILE

    if mapping is not None:
        raise BadInputError([Problem("guess.both", mapping)])
    check_suffix(out, DATASET_SUFFIXES)
    path = out.with_name(MAPPING_FILE) if out.suffix else out / MAPPING_FILE
    found = guess_mapping(location, language)
    write_guess(path, found)
    values = {"path": path, "questions": found.questions, "location": location, "out": out}
    console.print(say("guess.done", language, **values), markup=False, soft_wrap=True)


def _answers(stated: list[str]) -> dict[str, str]:
    """Return what `--set` says by name."""
    wrong = [each for each in stated if not each.partition("=")[0] or "=" not in each]
    if wrong:
        raise BadInputError(Problem("guess.bad_set", "--set", value=each) for each in wrong)
    return {name: value for name, _, value in (each.partition("=") for each in stated)}


def _print_read(converted: Converted, language: str) -> None:
    """Print what was read of each column, and which rows were left out."""
    from rich.table import Table
    from rich.text import Text

    from fundeval.tables.cells import MONEY_UNITS
    from fundeval.tables.schemas import called_column, called_table, columns_of_role

    info = converted.examination.dataset().info
    factor = MONEY_UNITS[info.money_unit]
    titles = ("place", "header", "column", "values", "blanks", "total")
    table = Table(box=None, pad_edge=False)
    for title in titles:
        figures = title in titles[3:]
        justify: JustifyMethod = "right" if figures else "left"
        table.add_column(say(f"convert.read.{title}", language), justify=justify)
    for each in converted.read:
        money = each.column in columns_of_role(each.table, "money")
        total = "" if each.total is None else f"{each.total / (factor if money else 1):,.10g}"
        place = " ".join(filter(None, (each.file, each.sheet)))
        names = (called_table(each.table), called_column(each.table, each.column))
        in_zh, in_en = "·".join(name.zh for name in names), ".".join(name.en for name in names)
        becomes = in_zh if language == "zh" else in_en
        row = (place, each.header, becomes, str(each.filled), str(each.blanks), total)
        table.add_row(*map(Text, row))
    if converted.read:
        console.print(say("convert.read.title", language, unit=info.money_unit), markup=False)
        console.print(table)
    if converted.left_out:
        console.print(say("convert.left.title", language), markup=False)
    for left in converted.left_out:
        place = " ".join(filter(None, (left.file, left.sheet)))
        values = {
            "place": place,
            "table": called_table(left.table),
            "count": left.count,
            "names": left.names,
            "rows": left.rows,
        }
        console.print("- " + say(f"convert.left.{left.why}", language, **values), markup=False)


@app.command(help=help_text("cli.merge"))
def merge(
    folder: Annotated[Path, typer.Argument(help=help_text("cli.merge_folder"))],
    out: Annotated[Path, typer.Argument(help=help_text("cli.convert_out"))],
    expected: Annotated[Path | None, typer.Option(help=help_text("cli.expected"))] = None,
    mapping: Annotated[str | None, typer.Option(help=help_text("cli.merge_mapping"))] = None,
    stated: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=help_text("cli.set"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Merge many data sets into one, with a ledger beside it."""
    from fundeval.intake.check_report import group_problems
    from fundeval.intake.merge import merge, write_ledger
    from fundeval.intake.ready_mappings import find_mapping
    from fundeval.intake.write import DATASET_SUFFIXES, new_file, write_dataset

    language = lang or DEFAULT_LANGUAGE
    ledger_file = out.with_name(f"{out.stem}-ledger.csv")
    with exit_on_bad_input(language):
        by = find_mapping(mapping) if mapping else None
        merged = merge(folder, expected, by, _answers(stated or []))
        with new_file(ledger_file, (".csv",)) as draft:
            write_ledger(draft, merged.ledger)
        _print_ledger(merged.ledger, ledger_file, language)
        if not merged.conflicts:
            with new_file(out, DATASET_SUFFIXES) as draft:
                write_dataset(draft, merged.info, merged.frames, language)
    print_groups(group_problems([], merged.notes), "warning", language)
    print_groups(group_problems(merged.conflicts, []), "error", language)
    if merged.conflicts:
        raise typer.Exit(BAD_INPUT)
    console.print(say("cli.dataset_done", language, path=out), markup=False)


def _print_ledger(ledger: pd.DataFrame, path: Path, language: str) -> None:
    from fundeval.tables.schemas import called_table

    count = {status: int((ledger["status"] == status).sum()) for status in STATUSES}
    count["taken"] = int(ledger.loc[ledger["status"] == "taken", "value"].sum())
    console.print(say("merge.ledger", language, path=path, **count), markup=False)
    unread = ledger.loc[ledger["status"] == "not_taken", "file"]
    if len(unread):
        console.print(say("merge.not_taken", language, names=", ".join(unread)), markup=False)
    missing = ledger[ledger["status"] == "missing"]
    for table, keys in missing.groupby("table", dropna=False)["key"]:
        line = {
            "table": called_table(str(table)),
            "count": len(keys),
            "keys": "; ".join(keys.head(5)),
        }
        console.print(say("merge.missing", language, **line), markup=False)


def _write_report(
    path: Path, groups: list[ProblemGroup], found: Examination, data: str, language: str
) -> None:
    from fundeval.intake.check_report import write_annotated_copy, write_html_report
    from fundeval.tables import short_name

    if path.suffix == ".html":
        write_html_report(
            path, groups, say("check.title", language, data=short_name(data)), language
        )
    else:
        write_annotated_copy(path, groups, found, language)
    errors.print(say("check.written", language, path=path), markup=False)


def print_groups(groups: list[ProblemGroup], severity: str, language: str) -> None:
    """Print grouped errors or warnings with their number."""
    if groups:
        count = sum(each.count for each in groups)
        errors.print(say(f"check.{severity}s", language, count=count), markup=False)
    for each in groups:
        errors.print(each.text(language), markup=False)


def _print_content(found: Examination, language: str) -> None:
    from fundeval.tables.schemas import TABLES, called_column, called_table

    for file in found.inputs:
        for table, rows in file.rows.items():
            line = say("cli.rows", language, file=file.name, table=called_table(table), rows=rows)
            console.print(line, markup=False)
            frame = found.tables[table].frame
            if empty := list(frame.columns[frame.isna().all()]):
                columns = called_column(table, *empty)
                console.print(say("cli.without_values", language, columns=columns), markup=False)
    if absent := [name for name in TABLES if name not in found.tables]:
        console.print(say("cli.without_table", language, tables=called_table(*absent)))
    console.print(say("cli.good", language))
