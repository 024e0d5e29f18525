"""The command on settlement records."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval.cli.common import Lang, app, console, help_text, refusing
from fundeval.cli.data import MoneyUnit
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
    """Make services, settlements and the screening of settlement records."""
    from fundeval.detail import DetailOptions, derive_tables, find_files, group_files, write_tables
    from fundeval.intake.write import new_file
    from fundeval.policy import load
    from fundeval.tables import load_units

    spoken = lang or DEFAULT_LANGUAGE
    with refusing(spoken):
        files = find_files(records)
        groups = group_files(files, engine.value, table)
        known = load_units(units) if units else None
        options = DetailOptions(
            load(policy), engine.value, memory, money_unit.value, known, flagged
        )
        with new_file(out, ("",)) as draft:
            with tempfile.TemporaryDirectory(dir=draft.parent) as scratch:
                derived = derive_tables(groups, options, Path(scratch))
            write_tables(draft, derived, files)
    _print(derived, spoken)
    console.print(say("detail.done", spoken, path=out), markup=False)


def _print(derived: DetailTables, spoken: str) -> None:
    from fundeval.detail.columns import COLUMNS
    from fundeval.detail.screen import REQUIRED_COLUMNS

    if absent := ", ".join(f"{COLUMNS[name].zh} ({name})" for name in derived.absent):
        console.print(say("detail.absent", spoken, columns=absent), markup=False)
    for table in ("services", "settlements"):
        made = {"records": derived.records, "table": table, "rows": len(getattr(derived, table))}
        console.print(say("detail.made", spoken, **made), markup=False)
    for rule, needs in REQUIRED_COLUMNS.items():
        name = say(f"screen.{rule}", spoken)
        eligible, flagged = derived.screened[rule]
        missing = ", ".join(COLUMNS[column].zh for column in needs if column in derived.absent)
        if eligible:
            line = say("detail.screened", spoken, rule=name, eligible=eligible, flagged=flagged)
        elif missing:
            reason = say("detail.no_column", spoken, columns=missing)
            line = say("detail.not_screened", spoken, rule=name, reason=reason)
        else:
            reason = say("detail.no_records_judged", spoken)
            line = say("detail.not_screened", spoken, rule=name, reason=reason)
        console.print(line, markup=False)
