"""Convert files of another layout into a data set by a mapping file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.chosen_rows import kept_rows, rows_of_item, tell_other_items
from fundeval.intake.column_units import Target, in_yuan
from fundeval.intake.combined_rows import CELLS, ORIGIN, OWN, ROW, combine, shared_keys
from fundeval.intake.conversion import (
    IN_YUAN,
    CellsRead,
    ColumnRead,
    Conversion,
    Origin,
    RowsLeftOut,
)
from fundeval.intake.converted_columns import read_column
from fundeval.intake.mapping import (
    YEARS_OF_ROWS,
    ColumnRule,
    MappedInfo,
    MeltRule,
    RowRule,
    TableRule,
    read_mapping_file,
)
from fundeval.intake.melted_parts import parts_of
from fundeval.intake.one_id import ids_of_unlike_files
from fundeval.intake.source_files import SourceTable, read_source_tables
from fundeval.intake.stated_totals import totals_that_differ
from fundeval.intake.unstated_units import units_not_stated
from fundeval.intake.unused_columns import columns_left
from fundeval.intake.year_texts import read_year
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.cells import as_text
from fundeval.tables.checks.examine import Examination, examine_source
from fundeval.tables.dataset import DatasetInfo, Period
from fundeval.tables.parsing.column_roles import NUMERIC
from fundeval.tables.parsing.part_of_year import is_of_whole_years
from fundeval.tables.schemas import called_column, called_table, columns_of, columns_of_role, key_of
from fundeval.tables.sources.data_source import DataSource, SourceSheet

RULE = "@rule"
# What stands in place of a figure: a dash, a cross, a stroke, 无.
SIGN = re.compile(r"[-–—―/\\×xX*·.…~～无]+")
# Of keys that only one of two files has, a note names so many.
MOST_NAMED = 5


@dataclass
class Converted:
    """A converted data set: what examining it found, what was read, and what was left out.

    `conversion` knows the cell of the source that each row and problem comes from.
    """

    examination: Examination
    read: list[ColumnRead]
    left_out: list[RowsLeftOut]
    conversion: Conversion


def convert(
    location: Path,
    mapping_file: Path,
    answers: Mapping[str, str] | None = None,
    *,
    whole: bool = True,
) -> Converted:
    """Convert files by a mapping, and examine the result like any data set.

    Parameters
    ----------
    location
        The folder with the files, or a single file.
    mapping_file
        The YAML file of the mapping, see docs/intake.md.
    answers
        Values that replace what the mapping asks or states, by name.
    whole
        False if other files hold the rest of the data set, as in `merge`: then not every source
        needs a file, nor every id a unit.

    Returns
    -------
    The tables with money in 元, and what was read of each column. Problems and notes name the
    cells of the files.

    Raises
    ------
    BadInputError
        If the mapping is wrong or does not fit the files, or units of measure contradict.
    """
    mapping = read_mapping_file(mapping_file, answers)
    sources = read_source_tables(location, mapping.sources, whole=whole)
    conversion = Conversion(mapping_file.name, mapping.dataset.money_unit, notes=sources.notes)
    conversion.notes += [
        note for tables in sources.tables.values() for table in tables for note in table.notes
    ]
    for number, rule in enumerate(mapping.tables):
        _add(conversion, rule, number, sources.tables)
    if conversion.problems:
        raise BadInputError(_distinct(conversion.problems))
    conversion.notes += columns_left(mapping.tables, sources.tables)
    conversion.notes += units_not_stated(mapping, sources.tables)
    sheets = [_sheet(conversion, name) for name in conversion.rows]
    source = DataSource(_described(mapping.dataset, conversion), mapping_file.name, sheets)
    found = examine_source(source, str(location), whole)
    found.problems = [_with_signs(conversion.at_origin(each)) for each in found.problems]
    notes = [*conversion.notes, *(conversion.at_origin(note) for note in found.notes)]
    found.notes = _distinct(notes)
    read = _read_without_aside(conversion, found)
    return Converted(found, read, list(dict.fromkeys(conversion.left_out)), conversion)


def _read_without_aside(conversion: Conversion, found: Examination) -> list[ColumnRead]:
    """Return what was read of each column, without the rows that are no data, and list those."""
    aside = {
        name: conversion.set_aside(name, table.aside)
        for name, table in found.tables.items()
        if table.aside
    }
    for name, of_table in aside.items():
        for origin, rows in of_table.items():
            source = conversion.origins[origin].source
            first, more = min(map(int, map(str, rows))), "…" * (len(rows) > 1)
            conversion.left_out.append(
                RowsLeftOut(name, source.file, source.sheet, "totals", f"{first}{more}", len(rows))
            )
    return [
        each.counted(aside.get(each.table, {}).get(each.origin, ())) for each in conversion.read
    ]


def _described(info: MappedInfo, conversion: Conversion) -> DatasetInfo:
    """Return the description, with the years of the rows if the mapping names none."""
    stated = info.period
    if stated == YEARS_OF_ROWS:
        texts = [as_text(t["year"].dropna()) for t in conversion.tables.values() if "year" in t]
        years = [int(text) for each in texts for text in each if text.isdecimal()]
        if not years:
            if unread := _unread_years(conversion):
                raise BadInputError(unread)
            raise refusal("convert.no_years", conversion.mapping_file)
        stated = Period(first_year=min(years), last_year=max(years))
    return DatasetInfo(**{**info.model_dump(), "period": stated})


def _unread_years(conversion: Conversion) -> list[Problem]:
    """Return the cells that should say a year and do not, each where it stands in its file."""
    found = [
        conversion.at_origin(Problem("tables.year", name, row=row + 2, column="year", value=cell))
        for name, table in conversion.tables.items()
        if "year" in table
        for row, cell in enumerate(table["year"])
        if not pd.isna(cell)
    ]
    return _distinct(found)


def _with_signs(problem: Problem) -> Problem:
    """Return a problem of a cell that holds a sign with what a mapping says of such signs."""
    numeric = problem.rule in ("tables.money", "tables.number", "tables.rate")
    if not numeric or not SIGN.fullmatch(str(problem.value).strip()):
        return problem
    return replace(problem, rule="convert.sign", values={"sign": str(problem.value).strip()})


def _distinct(problems: list[Problem]) -> list[Problem]:
    """Return problems once each: several columns may need the same header."""
    return list({repr(problem): problem for problem in problems}.values())


def _add(
    conversion: Conversion,
    rule: TableRule,
    number: int,
    sources: Mapping[str, list[SourceTable]],
) -> None:
    """Add the rows that one rule, the number in the mapping, makes of all its sources."""
    place, first = f"tables[{number}]", len(conversion.read)
    parts = [
        _part(conversion, rule, part, place, source)
        for name in rule.sources or (sources if not rule.rows else ())
        for source in sources[name]
        for part in parts_of(conversion, rule, source)
    ]
    if conversion.problems or not (parts or rule.rows):
        return
    _tell_empty(conversion, conversion.read[first:], place)
    stated = [_stated(conversion, rule.table, row) for row in rule.rows]
    fixed = pd.DataFrame(stated, dtype=object)
    nowhere = {ORIGIN: None, ROW: None, CELLS: None}
    rows = pd.concat([fixed.assign(**nowhere), *parts], ignore_index=True).astype(object)
    rows = rows.where(rows.notna(), None)
    key = [name for name in key_of(rule.table) if name in rows]
    # Without its key a table is refused for other reasons.
    if rule.items:
        items = {name for name, column in rule.columns.items() if column.item}
        items |= {name for part in rule.melt for name, of in part.columns.items() if of.item}
        rows = _combined(conversion, rule, rows, [*rows.columns.difference([*items, *OWN])])
    elif rule.repeated == "sum" and key:
        rows = _combined(conversion, rule, rows, key)
        _tell_no_sum(conversion, rule, rows, place)
    if rule.repeated == "keep_first" and key:
        if rule.table == "units":
            conversion.notes += ids_of_unlike_files(conversion, rows)
        kept = rows.drop_duplicates(key)
        if len(kept) < len(rows) and rule.table != "units":
            conversion.left_out.append(
                RowsLeftOut(rule.table, "", "", "repeated", ", ".join(key), len(rows) - len(kept))
            )
        rows = kept
    conversion.rows.setdefault(rule.table, []).append(rows.assign(**{RULE: number}))


def _stated(conversion: Conversion, table: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return values that a mapping states itself: years read, amounts in 元."""
    roles = {name: column.role for name, column in columns_of(table).items()}
    return {
        name: read_year(value, "") or value
        if roles.get(name) == "year"
        else in_yuan(value, conversion.money_unit)
        if roles.get(name) == "money"
        else value
        for name, value in values.items()
    }


def _combined(
    conversion: Conversion, rule: TableRule, rows: pd.DataFrame, key: list[str]
) -> pd.DataFrame:
    """Return the rows of one key as one, and tell blank parts of sums."""
    figures = columns_of_role(rule.table, *NUMERIC)
    add = rule.repeated == "sum"
    columns = {**rule.columns, **{n: c for part in rule.melt for n, c in part.columns.items()}}
    zero = {n for n, c in columns.items() if "zero" in (rule.blank, c.blank)}
    made = combine(rows, key, figures, add=add, zero=zero)
    if made.differing:
        conversion.problems.append(conversion.tell("convert.item_twice", made.differing))
    if add and made.count and not rule.items:
        values = {"table": called_table(rule.table), "count": made.count}
        conversion.notes.append(Problem("convert.summed", conversion.mapping_file, values))
    for blank in ("missing", "zero"):
        blanks = [each for each in made.blanks if (each[0] in zero) == (blank == "zero")]
        if blanks and not rule.items:
            conversion.notes.append(conversion.tell(f"convert.blank_in_sum.{blank}", blanks))
    return made.rows


def _tell_no_sum(conversion: Conversion, rule: TableRule, rows: pd.DataFrame, place: str) -> None:
    """Report the columns that have values in the source and none once they were summed up."""
    read = {each.column: each for each in conversion.read if each.table == rule.table}
    conversion.problems += [
        Problem(
            "convert.no_sum", each.source.file, {"place": f"{place}.{name}"}, each.source.sheet,
            None, each.header,
        )
        for name, each in read.items()
        if each.role in NUMERIC and name in rows and rows[name].isna().all()
    ]  # fmt: skip


def _tell_empty(conversion: Conversion, made: Sequence[CellsRead], place: str) -> None:
    """Report each column of a rule that has no value in any source, note it of a single one."""
    read = [each.counted() for each in made]
    for column in dict.fromkeys(each.column for each in read):
        of_column = [each for each in read if each.column == column]
        empty = [each for each in of_column if not each.filled]
        kind = "convert.empty_column" if len(empty) == len(of_column) else "convert.empty_here"
        told = [
            Problem(kind, each.file, {"place": f"{place}.{column}"}, each.sheet, None, each.header)
            for each in empty
        ]
        if len(empty) == len(of_column):
            conversion.problems += told[:1]
        else:
            conversion.notes += told


def _part(
    conversion: Conversion, rule: TableRule, part: MeltRule, place: str, source: SourceTable
) -> pd.DataFrame:
    kept = replace(source, cells=kept_rows(conversion, rule, source))
    if source.part and is_of_whole_years(rule.table):
        conversion.notes.append(source.part)
    known = columns_of(rule.table)
    given = _stated(conversion, rule.table, {**source.given, **rule.set, **part.set})
    columns: dict[str, object] = {name: given[name] for name in given if name in known}
    positions: dict[str, int] = {}
    of_items: dict[str, pd.DataFrame] = {}
    for name, column in {**rule.columns, **part.columns}.items():
        if column.optional and _is_lacking(conversion, rule, column, kept):
            continue
        role = known[name].role
        usual = conversion.money_unit if role == "money" else ""
        at = f"{conversion.mapping_file} {place}.{name}"
        target = Target(name, role, column.unit, usual, at, called_column(rule.table, name))
        source_rows = kept
        if column.item:
            of_items[name] = rows_of_item(conversion, rule, column, kept)
            source_rows = replace(kept, cells=of_items[name])
        cells = read_column(conversion, column, target, source_rows)
        if cells is None:
            continue
        if column.within:
            of = {**source.given, **rule.set}[column.within]
            cells = cells.map(lambda cell, of=of: f"{of} {cell}", na_action="ignore")
        columns[name] = cells
        if column.headers and isinstance(found := source.find(column.headers), int):
            positions[name] = found
        header = column.computed or source.header(positions[name])
        origin = len(conversion.origins)
        conversion.read.append(CellsRead(rule.table, name, source, header, cells, origin, role))
    conversion.origins.append(Origin(source, positions))
    rows = pd.DataFrame(columns, index=kept.cells.index, dtype=object)
    rows[ORIGIN] = pd.Series(len(conversion.origins) - 1, rows.index, dtype=object)
    rows[ROW] = rows.index.astype(object)
    if of_items:
        rows = rows[rows.index.isin([row for cells in of_items.values() for row in cells.index])]
        tell_other_items(conversion, rule, kept, rows.index)
    read = {xl_col_to_name(each) for each in source.used}
    conversion.problems += [
        each for each in source.broken if each.letter in read and each.row in rows.index
    ]
    conversion.notes += totals_that_differ(rule, part, source, rows.index)
    return rows


def _is_lacking(
    conversion: Conversion, rule: TableRule, column: ColumnRule, source: SourceTable
) -> bool:
    """Tell whether a sheet lacks the header or the item of a column, and note it."""
    wanted: list[tuple[str, ...]] = [(each,) for each in column.plus] or [column.headers]
    header = next((names for names in wanted if isinstance(source.find(names), Problem)), ())
    item = ", ".join(column.item)
    if not header and item:
        rows = source.matches(RowRule(column=rule.items, matching=column.item))
        item = "" if isinstance(rows, Problem) or rows.any() else item
    elif not header:
        return False
    lacking = " / ".join(header) or item
    if lacking:
        values = {"lacking": lacking}
        conversion.notes.append(
            Problem("convert.optional_lacking", source.file, values, source.sheet)
        )
    return bool(lacking)


def _sheet(conversion: Conversion, name: str) -> SourceSheet:
    """Return the rows of a table as a sheet below a header, which says that money is in 元."""
    table = _joined(conversion, name, pd.concat(conversion.rows[name], ignore_index=True))
    conversion.tables[name] = table
    columns = [column for column in columns_of(name) if column in table]
    money = columns_of_role(name, "money")
    header = pd.DataFrame([[c + IN_YUAN * (c in money) for c in columns]], index=[1], dtype=object)
    cells = table[columns].set_axis(range(len(columns)), axis="columns")
    cells = cells.set_axis(cells.index + 2, axis="index")
    return SourceSheet(name, "", (name,), lambda: iter([header, cells]))


def _joined(conversion: Conversion, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of one key that several rules of the mapping give in parts as one row.

    Rules that state the same cell differently are not joined: their rows are refused.
    """
    key = [column for column in key_of(name) if column in rows]
    if len(conversion.rows[name]) == 1 or len(key) < len(key_of(name)):
        return rows
    shared = shared_keys(rows, key, RULE)
    if not shared.any():
        return rows
    made = combine(rows[shared], [*key], [], add=False)
    if [cell for cell in made.differing if cell[0] != RULE]:
        return rows
    parts = set(rows.loc[shared, RULE])
    alone = rows[~shared & rows[RULE].isin(parts)]
    keys = [" ".join(map(str, row)) for row in alone[key].itertuples(index=False)]
    names = "；".join(keys[:MOST_NAMED]) + "…" * (len(keys) > MOST_NAMED)
    values = {"table": called_table(name), "count": made.count, "alone": len(keys), "names": names}
    rule = "convert.joined_in_part" if keys else "convert.joined"
    conversion.notes.append(Problem(rule, conversion.mapping_file, values))
    return pd.concat([made.rows, rows[~shared]], ignore_index=True).astype(object)
