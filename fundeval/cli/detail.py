"""The command on settlement records: detail."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval.cli.common import Lang, app, console, exit_on_bad_input, help_text
from fundeval.cli.data import MoneyUnit, print_groups
from fundeval.words import DEFAULT_LANGUAGE, say

if TYPE_CHECKING:
    from fundeval.detail import DetailTables


class Engine(StrEnum):
    """The engines that sum records."""

    DUCKDB = "duckdb"
    SPARK = "spark"


@app.command(help=help_text("cli.detail"))
def detail(
    records: Annotated[Path, typer.Argument(help=help_text("cli.detail_records"))],
    out: Annotated[Path, typer.Argument(help=help_text("cli.detail_out"))],
    policy: Annotated[str, typer.Option(help=help_text("cli.detail_policy"))] = "national",
    engine: Annotated[Engine, typer.Option(help=help_text("cli.detail_engine"))] = Engine.DUCKDB,
    memory: Annotated[str, typer.Option(help=help_text("cli.detail_memory"))] = "4GB",
    money_unit: Annotated[
        MoneyUnit, typer.Option(help=help_text("cli.detail_unit"))
    ] = MoneyUnit.YUAN,
    table: Annotated[str, typer.Option(help=help_text("cli.detail_table"))] = "",
    units: Annotated[Path | None, typer.Option(help=help_text("cli.detail_units"))] = None,
    flagged: Annotated[bool, typer.Option(help=help_text("cli.detail_flagged"))] = False,
    lang: Lang = None,
) -> None:
    """Derive services and settlements from settlement records and screen them."""
    from fundeval.detail import (
        DetailOptions,
        check_copies,
        derive_tables,
        find_files,
        group_files,
        note_files,
        passed_over,
        shown_names,
        write_tables,
    )
    from fundeval.intake.check_report import group_problems
    from fundeval.intake.write import new_file
    from fundeval.policy import load
    from fundeval.tables import load_units

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        files = find_files(records)
        noted = note_files(files)
        check_copies(noted)
        groups = group_files(files, engine.value, table)
        known = load_units(units) if units else None
        options = DetailOptions(
            load(policy), engine.value, memory, money_unit.value, known, flagged
        )
        with new_file(out, ("",)) as draft:
            with tempfile.TemporaryDirectory(dir=draft.parent) as scratch:
                derived = derive_tables(groups, options, Path(scratch))
            write_tables(draft, derived, noted)
    read = {"count": len(files), "names": shown_names(records, files)}
    console.print(say("detail.files", language, **read), markup=False)
    notes = [*passed_over(records, files), *derived.notes]
    print_groups(group_problems([], notes), "warning", language)
    _print(derived, language)
    console.print(say("detail.done", language, path=out), markup=False)


def _print(derived: DetailTables, language: str) -> None:
    from fundeval.detail.columns import COLUMNS
    from fundeval.detail.screen import REQUIRED_COLUMNS

    def label(name: str) -> str:
        return COLUMNS[name].zh if language == "zh" else name

    if absent := say("problem.list", language).join(map(label, derived.absent)):
        console.print(say("detail.absent", language, columns=absent), markup=False)
    for table in ("services", "settlements", "disease_groups", "refills"):
        made = {"records": derived.records, "table": table, "rows": len(getattr(derived, table))}
        console.print(say("detail.made", language, **made), markup=False)
    for rule, needs in REQUIRED_COLUMNS.items():
        name = say(f"screen.{rule}", language)
        eligible, flagged = derived.screened[rule]
        lacking = [label(column) for column in needs if column in derived.absent]
        missing = say("problem.list", language).join(lacking)
        if eligible:
            line = say("detail.screened", language, rule=name, eligible=eligible, flagged=flagged)
        elif missing:
            reason = say("detail.no_column", language, columns=missing)
            line = say("detail.not_screened", language, rule=name, reason=reason)
        else:
            reason = say("detail.no_records_judged", language)
            line = say("detail.not_screened", language, rule=name, reason=reason)
        console.print(line, markup=False)
