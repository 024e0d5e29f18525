"""Read all sheets of a data set into tables and collect everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import chain, zip_longest

import pandas as pd

from fundeval.problems import BadInputError, Problem
from fundeval.tables.cells import cell_text
from fundeval.tables.checks.alike_names import note_alike_names
from fundeval.tables.checks.double_counting import check_double_counting
from fundeval.tables.checks.parts import check_parts
from fundeval.tables.checks.references import check_references
from fundeval.tables.checks.row_labels import add_row_keys
from fundeval.tables.dataset import Dataset, DatasetInfo, InputFile, TablePlace
from fundeval.tables.parsing.header import (
    Layout,
    find_layout,
    identify_table,
    nearest_layout,
    required_columns,
)
from fundeval.tables.parsing.no_table import holds_no_table
from fundeval.tables.parsing.parse import empty_frame, parse
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import (
    REQUIRED_TABLES,
    TABLE_NAMES,
    TABLES,
    called_column,
    called_table,
    columns_of,
    columns_of_role,
)
from fundeval.tables.sources.data_source import DataSource, SourceSheet
from fundeval.tables.sources.limits import HEADER_WITHIN
from fundeval.words import Named


@dataclass
class Examination:
    """The tables of a data set as read, its problems, and its notes.

    A note tells what was not read literally, such as a cell with its own unit; unlike a problem
    it does not keep the data set from being used.
    """

    info: DatasetInfo | None
    tables: dict[str, ParsedTable] = field(default_factory=dict)
    sheets: dict[str, SourceSheet] = field(default_factory=dict)
    inputs: tuple[InputFile, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def dataset(self) -> Dataset:
        """Return the data set; raises BadInputError with all problems if there are any."""
        if self.problems or self.info is None:
            raise BadInputError(self.problems)
        frames = {
            name: self.tables[name].frame if name in self.tables else empty_frame(name).copy()
            for name in TABLES
        }
        return Dataset(info=self.info, inputs=self.inputs, **frames)


def examine_source(source: DataSource, location: str, whole: bool) -> Examination:
    """Parse and check the sheets of a data source.

    Parameters
    ----------
    source
        Sheets and description, as a reader returns them.
    location
        The name shown for problems of the data set as a whole.
    whole
        As in `fundeval.tables.examine`.
    """
    found = Examination(source.info, problems=source.problems, notes=source.notes)
    # Any unit will do to check the rest when the description does not tell.
    money_unit = source.info.money_unit if source.info else "元"
    for sheet in source.sheets:
        try:
            _add(found, sheet, money_unit)
        except BadInputError as error:
            found.problems += error.problems
    tables = list(found.tables.values())
    for table in tables:
        check_double_counting(table)
        check_parts(table)
        if table.name == "units":
            note_alike_names(table)
    if whole:
        found.problems += check_references(tables, source.info, source.described_in)
    if whole and not any(problem.rule in MAY_HIDE_A_TABLE for problem in found.problems):
        found.problems += _missing_tables(found, location)
        if {"budgets", "measures"} - found.sheets.keys() == {"budgets"}:
            found.notes.append(Problem("intake.no_budgets", location))
    for table in tables:
        found.problems += table.problems
        found.notes += table.notes
    if whole and not found.problems and not any("year" in t.frame and len(t.frame) for t in tables):
        found.problems.append(Problem("tables.no_year", location))
    found.notes = _one_of_examples(found.notes)
    wrong = len(found.problems)
    labelled = add_row_keys([*found.problems, *found.notes], found.tables, found.sheets)
    found.problems, found.notes = labelled[:wrong], labelled[wrong:]
    found.inputs = tuple(_with_rows(file, tables) for file in source.inputs)
    return found


# So many headers of an unknown table are repeated in a message.
SHOWN_HEADERS = 12
MAY_HIDE_A_TABLE = (
    "tables.unreadable", "tables.workbook_too_large", "tables.null_bytes", "tables.encoding",
    "tables.file_too_large", "tables.empty_file", "tables.too_many_rows",
    "tables.changed_while_read", "tables.special_file",
    "tables.too_many_columns", "tables.column_type", "tables.long_cell",
    "tables.no_query", "tables.password", "tables.web_page", "tables.utf16", "tables.damaged",
    "tables.renamed", "tables.ragged", "tables.open_quote", "tables.strange_table",
    "tables.separator", "tables.quoted_rows", "tables.text_workbook", "tables.xml_workbook",
    "tables.unknown_table", "tables.type_of_several", "tables.type_with_zone",
)  # fmt: skip


def _one_of_examples(notes: list[Problem]) -> list[Problem]:
    """Return the notes with one for all example rows of the template that were left in place."""
    rule = "intake.example_row"
    told = [note for note in notes if note.rule == rule]
    if len(told) < 2:
        return notes
    count = sum(int(str(dict(note.values)["count"])) for note in told)
    places = "、".join(note.sheet or note.file for note in told)
    one = Problem("intake.example_rows", told[0].file, {"count": count, "places": places})
    return [*(note for note in notes if note.rule != rule), one]


def _add(found: Examination, sheet: SourceSheet, money_unit: str) -> None:
    """Find out which table a sheet holds, by its name or else its headers, and parse it."""
    name = next((TABLE_NAMES[title] for title in sheet.titles if title in TABLE_NAMES), None)
    blocks = sheet.blocks()
    head = next(blocks)
    first_rows = head.head(HEADER_WITHIN)
    layout = find_layout(first_rows, name) if name else None
    if name and layout and _is_another(layout):
        found.problems.append(_unknown(sheet, head))
        found.sheets[name] = sheet
        return
    if name is None:
        name = identify_table(first_rows)
        if name is None and sheet.name and holds_no_table(head):
            found.notes.append(Problem("intake.sheet_passed_over", sheet.file, {}, sheet.name))
            return
        if name is None:
            found.problems.append(_unknown(sheet, head))
            return
        values = {"table": name, "called": called_table(name)}
        found.notes.append(Problem("intake.by_headers", sheet.file, values, sheet.name))
    if name in found.sheets:
        first = found.sheets[name]
        place = f"{first.file} {first.name}".strip()
        values = {"table": name, "called": called_table(name), "first": place, "file": sheet.file}
        rule = "tables.table_twice" if _same_cells(sheet, first) else "tables.table_in_parts"
        found.problems.append(Problem(rule, sheet.file, values, sheet.name))
        return
    found.sheets[name] = sheet
    layout = layout or find_layout(first_rows, name)
    found.tables[name] = parse(sheet, chain([head], blocks), layout, money_unit)


def _same_cells(sheet: SourceSheet, other: SourceSheet) -> bool:
    """Tell whether two sheets hold the same, wherever their rows stand."""
    # Row by row: most differ soon, and none need be held whole.
    return all(one == two for one, two in zip_longest(_rows_of(sheet), _rows_of(other)))


def _rows_of(sheet: SourceSheet) -> Iterator[list[str]]:
    """Yield the texts of each row that is not blank."""
    for block in sheet.blocks():
        for row in block.astype(object).to_numpy():
            texts = [
                text for cell in row if not pd.isna(cell) and (text := cell_text(cell).strip())
            ]
            if texts:
                yield texts


def _is_another(layout: Layout) -> bool:
    """Tell whether a sheet that is called like a table has none of its columns, but others."""
    return not layout.columns and sum(bool(each.header) for each in layout.headers()) > 1


def _unknown(sheet: SourceSheet, head: pd.DataFrame) -> Problem:
    """Return the problem of a table that nobody knows: what its header is, what it resembles."""
    layout = nearest_layout(head.head(HEADER_WITHIN))
    labels = [place.header for place in layout.headers() if place.header]
    shown = "、".join(labels[:SHOWN_HEADERS]) + ("…" if len(labels) > SHOWN_HEADERS else "")
    columns = columns_of(layout.table)
    required = required_columns(layout.table)
    lacking = [name for name in columns if name in required and name not in layout.columns]
    near = get_close_matches(sheet.titles[0][:100], TABLE_NAMES, cutoff=0.5)
    values = {
        "known": ", ".join(near) or called_table(layout.table),
        "found": Named(
            "、".join(f"{place.header}（{columns[n].zh}）" for n, place in layout.columns.items()),
            ", ".join(f"{place.header} ({n})" for n, place in layout.columns.items()),
        ),
        "headers": shown,
        "table": layout.table,
        "called": called_table(layout.table),
        "missing": called_column(layout.table, *lacking),
        "file": sheet.file,
    }
    rule = "tables.unknown_table" if layout.columns else "tables.strange_table"
    return Problem(rule, sheet.file, values, sheet.name, layout.header_row)


def _with_rows(file: InputFile, tables: list[ParsedTable]) -> InputFile:
    own = [table for table in tables if table.file == file.name]
    return replace(
        file,
        rows={table.name: table.rows for table in own},
        places={table.name: _place(table) for table in own},
    )


def _place(table: ParsedTable) -> TablePlace:
    money = columns_of_role(table.name, "money")
    return TablePlace(
        table.sheet,
        {
            column: (place.letter, place.unit or (table.money_unit if column in money else ""))
            for column, place in table.layout.columns.items()
        },
    )


def _missing_tables(found: Examination, location: str) -> list[Problem]:
    return [
        Problem("tables.missing_table", location, {"table": name, "called": called_table(name)})
        for name in REQUIRED_TABLES
        if name not in found.sheets and not (name == "budgets" and "measures" in found.sheets)
    ]
