"""Turn files of another layout into a data set, as a mapping says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.column_units import Target, find_units, units_of_parts
from fundeval.intake.mapping import ColumnRule, Part, TableRule, read_rules
from fundeval.intake.source_files import Foreign, read_foreign
from fundeval.problems import BadInputError, Problem
from fundeval.tables.cells import as_text, matching
from fundeval.tables.checks.examine import Examination, examine_source
from fundeval.tables.parsing.column_roles import NUMERIC, read_cells
from fundeval.tables.parsing.units_of_measure import FACTORS
from fundeval.tables.schemas import TABLES
from fundeval.tables.sources.source import Sheet, Source

ORIGIN, ROW = "@origin", "@row"
IN_YUAN = "(元)"


@dataclass(frozen=True)
class Origin:
    """Where the columns of some rows come from: the position of each in the source."""

    source: Foreign
    positions: Mapping[str, int]


@dataclass
class Conversion:
    """The rows of each table so far, where they come from, and what is wrong or to be noted."""

    mapping_file: str
    money_unit: str
    rows: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def at_origin(self, problem: Problem) -> Problem:
        """Return a problem of a table at the cell of the source that it comes from."""
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
    """Return what the files at a location hold, by a mapping, examined like any data set.

    Problems name the cells of the sources. Raises BadInputError when the mapping is wrong or
    does not fit the files.
    """
    mapping = read_rules(mapping_file)
    foreign = read_foreign(location, mapping.sources)
    made = Conversion(mapping_file.name, mapping.dataset.money_unit)
    for number, rule in enumerate(mapping.tables):
        _add(made, rule, f"tables[{number}]", foreign)
    if made.problems:
        raise BadInputError(_distinct(made.problems))
    sheets = [_sheet(made, name) for name in made.rows]
    source = Source(mapping.dataset, mapping_file.name, sheets)
    found = examine_source(source, str(location), whole=True)
    found.problems = [made.at_origin(problem) for problem in found.problems]
    found.notes = [*_distinct(made.notes), *(made.at_origin(note) for note in found.notes)]
    return found


def _distinct(problems: list[Problem]) -> list[Problem]:
    """Return problems once each: several columns may need the same header."""
    return list({repr(problem): problem for problem in problems}.values())


def _add(
    made: Conversion, rule: TableRule, place: str, foreign: Mapping[str, list[Foreign]]
) -> None:
    """Add the rows that one rule, at a place of the mapping, makes of all its sources."""
    parts = [
        _part(made, rule, part, place, source)
        for name in rule.sources or (foreign if not rule.rows else ())
        for source in foreign[name]
        for part in rule.melt or (Part(columns={}),)
    ]
    fixed = pd.DataFrame([dict(row) for row in rule.rows], dtype=object)
    rows = pd.concat([fixed.assign(**{ORIGIN: None, ROW: None}), *parts], ignore_index=True)
    if rule.repeated == "keep_first":
        key = [name for name in TABLES[rule.table].to_schema().unique if name in rows]
        # Without its key a table is refused for other reasons.
        rows = rows.drop_duplicates(key) if key else rows
    made.rows.setdefault(rule.table, []).append(rows)


def _part(
    made: Conversion, rule: TableRule, part: Part, place: str, source: Foreign
) -> pd.DataFrame:
    kept = _kept(made, rule, source)
    known = TABLES[rule.table].to_schema().columns
    given = {**source.given, **rule.set, **part.set}
    columns: dict[str, object] = {name: given[name] for name in given if name in known}
    positions = {}
    for name, column in {**rule.columns, **part.columns}.items():
        role = known[name].metadata["role"]
        usual = made.money_unit if role == "money" else ""
        target = Target(name, role, column.unit, usual, f"{made.mapping_file} {place}.{name}")
        cells = _column(made, column, target, replace(source, cells=kept))
        if cells is not None:
            columns[name] = cells
        if column.headers and isinstance(found := source.find(column.headers), int):
            positions[name] = found
    made.origins.append(Origin(source, positions))
    rows = pd.DataFrame(columns, index=kept.index, dtype=object)
    rows[ORIGIN] = pd.Series(len(made.origins) - 1, kept.index, dtype=object)
    rows[ROW] = kept.index.astype(object)
    return rows


def _kept(made: Conversion, rule: TableRule, source: Foreign) -> pd.DataFrame:
    """Return the rows of the source without those that the rule drops."""
    dropped = pd.Series(False, source.cells.index)
    for drop in rule.drop:
        position = _position(made, (drop.column,), source)
        if position is not None:
            patterns = "|".join(translate(pattern) for pattern in drop.matching)
            dropped |= matching(as_text(source.cells[position]), re.compile(patterns))
    return source.cells[~dropped]


def _position(made: Conversion, names: tuple[str, ...], source: Foreign) -> int | None:
    found = source.find(names)
    if isinstance(found, Problem):
        made.problems.append(found)
        return None
    return found


def _column(
    made: Conversion, rule: ColumnRule, target: Target, source: Foreign
) -> pd.Series | None:
    """Return the cells of a column: text as it stands or coded, numbers in 元 or as counted."""
    if rule.plus:
        return _computed(made, rule, target, source)
    position = _position(made, rule.headers, source)
    if position is None:
        return None
    cells = source.cells[position]
    if rule.codes:
        return _coded(made, rule, source, position)
    if target.role not in NUMERIC:
        return cells
    numbers = _numbers(made, target, target.role, source, position)
    # What is no number is left as it stands, to be told with all else that is wrong.
    return numbers.astype(object).where(numbers.notna(), cells)


def _numbers(
    made: Conversion, target: Target, role: str, source: Foreign, position: int
) -> pd.Series:
    """Return the numbers of a column, each converted from the unit of its row."""
    found = find_units(source, position, target)
    made.problems += found.problems
    made.notes += found.notes
    cells = source.cells[position]
    numbers = [
        read_cells(rows, role, {}, float(FACTORS.get(str(unit), 1))).typed
        for unit, rows in cells.groupby(found.units, sort=False)
    ]
    return pd.concat(numbers).reindex(cells.index) if numbers else cells.astype("float64")


def _computed(
    made: Conversion, rule: ColumnRule, target: Target, source: Foreign
) -> pd.Series | None:
    """Return (Σ plus − Σ minus) × Π times / divided_by; missing where a part is.

    The parts of a sum are each in the unit that the file states for them. What a product or
    quotient is in only the mapping can say.
    """
    names = (*rule.plus, *rule.minus, *rule.times)
    found = {name: _position(made, (name,), source) for name in names}
    positions = {name: position for name, position in found.items() if position is not None}
    if len(positions) < len(found):
        return None
    factor = 1.0
    if rule.times or rule.divided_by != 1:
        if not rule.unit:
            made.problems += units_of_parts(source, positions.values(), target)
        factor = float(FACTORS.get(rule.unit or target.usual, 1))
        numbers = {
            name: read_cells(source.cells[position], "number", {}, 1).typed
            for name, position in positions.items()
        }
    else:
        numbers = {
            name: _numbers(made, target, "number", source, position)
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


def _coded(made: Conversion, rule: ColumnRule, source: Foreign, position: int) -> pd.Series:
    texts = as_text(source.cells[position])
    unknown = texts[texts.notna() & ~texts.isin(rule.codes)].drop_duplicates()
    header, letter = source.headers[position], xl_col_to_name(position)
    made.problems += [
        Problem(
            "convert.unmapped", source.file, {}, source.sheet, int(str(row)), header, text, letter
        )
        for row, text in unknown.items()
    ]
    return texts.map(rule.codes)


def _sheet(made: Conversion, name: str) -> Sheet:
    """Return the rows of a table as a sheet below a header, which says that money is in 元."""
    table = pd.concat(made.rows[name], ignore_index=True)
    made.tables[name] = table
    schema = TABLES[name].to_schema().columns
    columns = [column for column in schema if column in table]
    money = [column for column in columns if schema[column].metadata["role"] == "money"]
    header = pd.DataFrame([[c + IN_YUAN * (c in money) for c in columns]], index=[1], dtype=object)
    cells = table[columns].set_axis(range(len(columns)), axis="columns")
    cells = cells.set_axis(cells.index + 2, axis="index")
    return Sheet(name, "", (name,), lambda: iter([header, cells]))
