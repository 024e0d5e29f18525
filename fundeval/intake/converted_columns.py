"""Make a column of a table from the columns of a sheet: as it stands, coded, or computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.column_units import Target, find_units, units_of_parts
from fundeval.intake.conversion import Conversion
from fundeval.intake.mapping import ColumnRule
from fundeval.intake.source_files import SourceTable
from fundeval.intake.year_texts import read_year, two_years
from fundeval.money import to_yuan
from fundeval.problems import Problem
from fundeval.tables.cells import as_text
from fundeval.tables.parsing.column_roles import NUMERIC, read_cells
from fundeval.tables.parsing.marked_cells import filled_down, merged_figures, name_of_range
from fundeval.tables.parsing.units_of_measure import FACTORS
from fundeval.tables.schemas import Role


def _position(conversion: Conversion, names: tuple[str, ...], source: SourceTable) -> int | None:
    found = source.find(names)
    if isinstance(found, Problem):
        conversion.problems.append(found)
        return None
    return found


def read_column(
    conversion: Conversion, rule: ColumnRule, target: Target, source: SourceTable
) -> pd.Series | None:
    """Return the cells of a column: text as it stands or coded, numbers in 元 or as counted."""
    if rule.plus:
        return _computed(conversion, rule, target, source)
    position = _position(conversion, rule.headers, source)
    if position is None:
        return None
    if target.role not in NUMERIC and source.marks.merged:
        source = _with_merged(conversion, source, position)
    cells = source.cells[position]
    if rule.codes:
        return _coded(conversion, rule, source, position)
    if target.role == "year":
        return _years(conversion, rule, source, position)
    if target.role not in NUMERIC:
        return cells
    numbers = _numbers(conversion, target, target.role, source, position)
    # What is no number is left as it stands, to be told with all else that is wrong.
    return numbers.astype(object).where(numbers.notna(), cells)


def _with_merged(conversion: Conversion, source: SourceTable, position: int) -> SourceTable:
    """Return a source with words that are merged over several rows in each of them, and note it."""
    filled, used = filled_down(source.cells[position], position, source.marks)
    if not used:
        return source
    conversion.notes += [
        source.problem("intake.merged_down", each[0], position, held, range=name_of_range(each))
        for each, held in used
    ]
    cells = source.cells.copy()
    cells[position] = filled
    return replace(source, cells=cells)


def _tell_merged(conversion: Conversion, source: SourceTable, position: int) -> None:
    """Report figures that are merged over several rows."""
    conversion.problems += [
        source.problem("tables.merged_figure", each[0], position, range=name_of_range(each))
        for each, _ in merged_figures(source.cells.index, [position], source.marks)
    ]


def _numbers(
    conversion: Conversion, target: Target, role: Role, source: SourceTable, position: int
) -> pd.Series:
    """Return the numbers of a column, each converted from the unit of its row."""
    found = find_units(source, position, target)
    conversion.problems += found.problems
    conversion.notes += found.notes
    _tell_merged(conversion, source, position)
    cells = source.cells[position]
    if target.role == "rate" and {"%", "‰"} & set(found.units.dropna()):
        cells = source.marks.shown_as_percent(cells, position)
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
        for position in positions.values():
            _tell_merged(conversion, source, position)
        numbers = {
            name: read_cells(source.cells[position], "number", {}, 1).typed
            for name, position in positions.items()
        }
    else:
        numbers = {
            name: _numbers(conversion, target, "number", source, position)
            for name, position in positions.items()
        }
    _tell_blanks(conversion, rule, source, {found[name]: numbers[name] for name in rule.plus})
    if rule.blank == "zero":
        some = pd.concat([numbers[name].notna() for name in rule.plus], axis="columns").any(axis=1)
        for name in (*rule.plus, *rule.minus):
            numbers[name] = numbers[name].where(numbers[name].notna() | ~some, 0.0)
    total = pd.Series(0.0, source.cells.index)
    for sign, added in ((1, rule.plus), (-1, rule.minus)):
        for name in added:
            total += sign * numbers[name]
    for name in rule.times:
        total *= numbers[name]
    result = total * factor / rule.divided_by
    return result if rule.round is None else result.round(rule.round)


def _tell_blanks(
    conversion: Conversion, rule: ColumnRule, source: SourceTable,
    numbers: Mapping[int | None, pd.Series],
) -> None:  # fmt: skip
    """Note the blank parts of sums of which another part is there."""
    blank = {position: figures.isna() for position, figures in numbers.items()}
    some = ~pd.concat(list(blank.values()), axis="columns").all(axis="columns")
    cells = [
        (position, int(str(row)))
        for position, missing in blank.items()
        for row in missing.index[missing & some & source.cells[position].isna()]
    ]
    if cells:
        position, row = cells[0]
        assert position is not None
        message = f"convert.blank_in_sum.{rule.blank}"
        conversion.notes.append(source.problem(message, row, position, count=len(cells)))


def _years(
    conversion: Conversion, rule: ColumnRule, source: SourceTable, position: int
) -> pd.Series:
    """Return the years that cells state; two of them are refused until the mapping says which."""
    texts = as_text(source.cells[position])
    read = {text: read_year(text, rule.year) for text in texts.dropna().unique()}
    unclear = texts[texts.map(lambda text: read.get(text) is None and bool(two_years(str(text))))]
    conversion.problems += [
        source.problem("convert.two_years", int(str(row)), position, text)
        for row, text in unclear.dropna().items()
    ]
    # What is no year is left as it stands, to be told with all else that is wrong.
    return texts.map(lambda text: read.get(text) or text, na_action="ignore").astype(object)


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
