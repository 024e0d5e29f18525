"""Convert files of another layout into a data set by a mapping file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.column_units import Target, find_units, units_of_parts
from fundeval.intake.mapping import ColumnRule, MeltRule, TableRule, read_mapping_file
from fundeval.intake.source_files import SourceTable, read_source_tables
from fundeval.money import to_yuan
from fundeval.problems import BadInputError, Problem
from fundeval.tables.cells import as_text, matching
from fundeval.tables.checks.examine import Examination, examine_source
from fundeval.tables.parsing.column_roles import NUMERIC, read_cells
from fundeval.tables.parsing.units_of_measure import FACTORS
from fundeval.tables.schemas import Role, columns_of, columns_of_role, key_of
from fundeval.tables.sources.data_source import DataSource, SourceSheet

ORIGIN, ROW = "@origin", "@row"
IN_YUAN = "(元)"


@dataclass(frozen=True)
class Origin:
    """Where some rows come from: the source and the position of each column in it."""

    source: SourceTable
    positions: Mapping[str, int]


@dataclass
class Conversion:
    """The rows of each table so far, their origins, problems and notes."""

    mapping_file: str
    money_unit: str
    rows: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def at_origin(self, problem: Problem) -> Problem:
        """Return a problem of a table with the place of its cell in the source."""
        table = self.tables.get(problem.file)
        if table is None or problem.row is None or problem.row - 2 >= len(table):
            return problem
        number, row = table[[ORIGIN, ROW]].to_numpy()[problem.row - 2]
        if number is None:
            return problem
        origin = self.origins[number]
        column = problem.column.removesuffix(IN_YUAN)
        position = origin.positions.get(column)
        source = origin.source
        return replace(
            problem,
            file=source.file,
            sheet=source.sheet,
            row=row,
            column=column if position is None else source.headers[position],
            letter="" if position is None else xl_col_to_name(position),
        )


def convert(location: Path, mapping_file: Path) -> Examination:
    """Convert files by a mapping, and examine the result like any data set.

    Parameters
    ----------
    location
        The folder with the files, or a single file.
    mapping_file
        The YAML file of the mapping, see docs/intake.md.

    Returns
    -------
    The tables with money in 元; problems and notes name the cells of the files.

    Raises
    ------
    BadInputError
        If the mapping is wrong or does not fit the files, or units of measure contradict.
    """
    mapping = read_mapping_file(mapping_file)
    sources = read_source_tables(location, mapping.sources)
    conversion = Conversion(mapping_file.name, mapping.dataset.money_unit)
    for number, rule in enumerate(mapping.tables):
        _add(conversion, rule, f"tables[{number}]", sources)
    if conversion.problems:
        raise BadInputError(_distinct(conversion.problems))
    sheets = [_sheet(conversion, name) for name in conversion.rows]
    source = DataSource(mapping.dataset, mapping_file.name, sheets)
    found = examine_source(source, str(location), whole=True)
    found.problems = [conversion.at_origin(problem) for problem in found.problems]
    found.notes = [
        *_distinct(conversion.notes),
        *(conversion.at_origin(note) for note in found.notes),
    ]
    return found


def _distinct(problems: list[Problem]) -> list[Problem]:
    """Return problems once each: several columns may need the same header."""
    return list({repr(problem): problem for problem in problems}.values())


def _add(
    conversion: Conversion, rule: TableRule, place: str, sources: Mapping[str, list[SourceTable]]
) -> None:
    """Add the rows that one rule, at a place of the mapping, makes of all its sources."""
    parts = [
        _part(conversion, rule, part, place, source)
        for name in rule.sources or (sources if not rule.rows else ())
        for source in sources[name]
        for part in rule.melt or (MeltRule(columns={}),)
    ]
    fixed = pd.DataFrame([dict(row) for row in rule.rows], dtype=object)
    rows = pd.concat([fixed.assign(**{ORIGIN: None, ROW: None}), *parts], ignore_index=True)
    if rule.repeated == "keep_first":
        key = [name for name in key_of(rule.table) if name in rows]
        # Without its key a table is refused for other reasons.
        rows = rows.drop_duplicates(key) if key else rows
    conversion.rows.setdefault(rule.table, []).append(rows)


def _part(
    conversion: Conversion, rule: TableRule, part: MeltRule, place: str, source: SourceTable
) -> pd.DataFrame:
    kept = _kept(conversion, rule, source)
    known = columns_of(rule.table)
    given = {**source.given, **rule.set, **part.set}
    columns: dict[str, object] = {name: given[name] for name in given if name in known}
    positions = {}
    for name, column in {**rule.columns, **part.columns}.items():
        role = known[name].role
        usual = conversion.money_unit if role == "money" else ""
        target = Target(name, role, column.unit, usual, f"{conversion.mapping_file} {place}.{name}")
        cells = _column(conversion, column, target, replace(source, cells=kept))
        if cells is not None:
            columns[name] = cells
        if column.headers and isinstance(found := source.find(column.headers), int):
            positions[name] = found
    conversion.origins.append(Origin(source, positions))
    rows = pd.DataFrame(columns, index=kept.index, dtype=object)
    rows[ORIGIN] = pd.Series(len(conversion.origins) - 1, kept.index, dtype=object)
    rows[ROW] = kept.index.astype(object)
    return rows


def _kept(conversion: Conversion, rule: TableRule, source: SourceTable) -> pd.DataFrame:
    """Return the rows of the source without those that the rule drops."""
    dropped = pd.Series(False, source.cells.index)
    for drop in rule.drop:
        position = _position(conversion, (drop.column,), source)
        if position is not None:
            patterns = "|".join(translate(pattern) for pattern in drop.matching)
            dropped |= matching(as_text(source.cells[position]), re.compile(patterns))
    return source.cells[~dropped]


def _position(conversion: Conversion, names: tuple[str, ...], source: SourceTable) -> int | None:
    found = source.find(names)
    if isinstance(found, Problem):
        conversion.problems.append(found)
        return None
    return found


def _column(
    conversion: Conversion, rule: ColumnRule, target: Target, source: SourceTable
) -> pd.Series | None:
    """Return the cells of a column: text as it stands or coded, numbers in 元 or as counted."""
    if rule.plus:
        return _computed(conversion, rule, target, source)
    position = _position(conversion, rule.headers, source)
    if position is None:
        return None
    cells = source.cells[position]
    if rule.codes:
        return _coded(conversion, rule, source, position)
    if target.role not in NUMERIC:
        return cells
    numbers = _numbers(conversion, target, target.role, source, position)
    # What is no number is left as it stands, to be told with all else that is wrong.
    return numbers.astype(object).where(numbers.notna(), cells)


def _numbers(
    conversion: Conversion, target: Target, role: Role, source: SourceTable, position: int
) -> pd.Series:
    """Return the numbers of a column, each converted from the unit of its row."""
    found = find_units(source, position, target)
    conversion.problems += found.problems
    conversion.notes += found.notes
    cells = source.cells[position]
    numbers = [
        read_cells(rows, role, {}, float(FACTORS.get(str(unit), 1))).typed
        for unit, rows in cells.groupby(found.units, sort=False, dropna=True)
    ]
    if not numbers:
        return cells.astype("float64")
    figures = pd.concat(numbers).reindex(cells.index)
    return to_yuan(figures) if role == "money" else figures


def _computed(
    conversion: Conversion, rule: ColumnRule, target: Target, source: SourceTable
) -> pd.Series | None:
    """Return (Σ plus − Σ minus) × Π times / divided_by; missing where a part is.

    The parts of a sum are each in the unit that the file states for them. What a product or
    quotient is in only the mapping can say.
    """
    names = (*rule.plus, *rule.minus, *rule.times)
    found = {name: _position(conversion, (name,), source) for name in names}
    positions = {name: position for name, position in found.items() if position is not None}
    if len(positions) < len(found):
        return None
    factor = 1.0
    if rule.times or rule.divided_by != 1:
        if not rule.unit:
            conversion.problems += units_of_parts(source, positions.values(), target)
        factor = float(FACTORS.get(rule.unit or target.usual, 1))
        numbers = {
            name: read_cells(source.cells[position], "number", {}, 1).typed
            for name, position in positions.items()
        }
    else:
        numbers = {
            name: _numbers(conversion, target, "number", source, position)
            for name, position in positions.items()
        }
    total = pd.Series(0.0, source.cells.index)
    for sign, added in ((1, rule.plus), (-1, rule.minus)):
        for name in added:
            total += sign * numbers[name]
    for name in rule.times:
        total *= numbers[name]
    result = total * factor / rule.divided_by
    return result if rule.round is None else result.round(rule.round)


def _coded(
    conversion: Conversion, rule: ColumnRule, source: SourceTable, position: int
) -> pd.Series:
    texts = as_text(source.cells[position])
    unknown = texts[texts.notna() & ~texts.isin(rule.codes)].drop_duplicates()
    header, letter = source.headers[position], xl_col_to_name(position)
    conversion.problems += [
        Problem(
            "convert.unmapped", source.file, {}, source.sheet, int(str(row)), header, text, letter
        )
        for row, text in unknown.items()
    ]
    return texts.map(rule.codes)


def _sheet(conversion: Conversion, name: str) -> SourceSheet:
    """Return the rows of a table as a sheet below a header, which says that money is in 元."""
    table = pd.concat(conversion.rows[name], ignore_index=True)
    conversion.tables[name] = table
    columns = [column for column in columns_of(name) if column in table]
    money = columns_of_role(name, "money")
    header = pd.DataFrame([[c + IN_YUAN * (c in money) for c in columns]], index=[1], dtype=object)
    cells = table[columns].set_axis(range(len(columns)), axis="columns")
    cells = cells.set_axis(cells.index + 2, axis="index")
    return SourceSheet(name, "", (name,), lambda: iter([header, cells]))
