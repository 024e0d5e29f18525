"""The commands on data as people have it."""

from __future__ import annotations

from typing import Annotated

import typer

from fundeval.cli.common import Lang, app, console, help_text, refusing
from fundeval.words import DEFAULT_LANGUAGE, say


@app.command(help=help_text("cli.check"))
def check(
    data: Annotated[str, typer.Argument(help=help_text("cli.data"))], lang: Lang = None
) -> None:
    """Read a data set and say what is in it, or what is wrong with it."""
    from fundeval import tables
    from fundeval.tables.schemas import TABLES

    spoken = lang or DEFAULT_LANGUAGE
    with refusing(spoken):
        dataset = tables.load(data)
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
