"""Read the files that a mapping names: header, rows and stated units, not yet interpreted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from fundeval.intake.mapping import RowRule, SourceRule
from fundeval.intake.patterns import matching_cells, plain_pattern
from fundeval.intake.taken_values import take_values
from fundeval.problems import BadInputError, Problem
from fundeval.tables.cells import stripped
from fundeval.tables.parsing.header import column_headers, header_texts, normalize_header
from fundeval.tables.parsing.marked_cells import hidden_notes
from fundeval.tables.parsing.notes_below import notes_below
from fundeval.tables.parsing.part_of_year import parts_of_years
from fundeval.tables.parsing.stated_units import (
    StatedUnit,
    find_unit_rows,
    units_in_cells,
    units_in_corner,
    units_in_name,
    units_of_headers,
)
from fundeval.tables.sources.data_source import DataSource, SheetMarks, SourceSheet, similar_names
from fundeval.tables.sources.readers import READERS, is_hidden, read_file

# How a mapping names a column by its letter, as a spreadsheet does, or by the number of those
# with the same header.
BY_LETTER = re.compile(r"([A-Z]{1,3}):\1")
BY_NUMBER = re.compile(r"(.+)#([1-9]\d?)")
# Items that may stand in any column of their row.
ANY_COLUMN = "*"


@dataclass(frozen=True)
class SourceTable:
    """The rows below the header of one sheet: text and numbers, index = row in the source.

    `headers` has the header of each column, several rows joined by `/`; `given` the values
    that hold for all rows. `header_units` are the units of measure stated in the header of a
    column, by its position; `units_around` those stated above the table, below it or in its name.
    `part` tells where the sheet says that it is of a part of a year, if so, `broken` are cells of
    formulas that give nothing to read. `notes` say what of the sheet was not read, `marks` what it
    says of its cells besides, `used` are the positions of the columns that were looked for and
    found so far.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    headers: tuple[str, ...]
    given: Mapping[str, str]
    header_units: Mapping[int, tuple[StatedUnit, ...]]
    units_around: tuple[StatedUnit, ...]
    part: Problem | None = None
    broken: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    marks: SheetMarks = field(default_factory=SheetMarks)
    used: set[int] = field(default_factory=set, compare=False)

    def header(self, position: int) -> str:
        """Return the header of a column, or its letter where it has none."""
        return self.headers[position] or xl_col_to_name(position)

    def problem(
        self, rule: str, row: int, position: int, value: object = None, **values: object
    ) -> Problem:
        """Return a problem with a cell of this sheet."""
        header, letter = self.header(position), xl_col_to_name(position)
        return Problem(rule, self.file, values, self.sheet, row, header, value, letter)

    def matches(self, rule: RowRule) -> pd.Series | Problem:
        """Tell which rows match a rule, or that the column is not there."""
        if rule.column == ANY_COLUMN:
            found = [matching_cells(self.cells[place], rule.matching) for place in self.cells]
            return pd.concat(found, axis="columns").any(axis="columns")
        position = self.find((rule.column,))
        if isinstance(position, Problem):
            return position
        return matching_cells(self.cells[position], rule.matching)

    def find(self, names: tuple[str, ...]) -> int | Problem:
        """Return the position of the first of the headers found, which is used then."""
        found = self._position(names)
        if isinstance(found, int):
            self.used.add(found)
        return found

    def _position(self, names: tuple[str, ...]) -> int | Problem:
        plain = [normalize_header(header) for header in self.headers]
        for name in names:
            if BY_LETTER.fullmatch(name):
                position = xl_cell_to_rowcol(f"{name.partition(':')[0]}1")[1]
                if position < len(self.headers):
                    return int(position)
            if (numbered := _numbered(name, plain)) is not None:
                return numbered
            count = plain.count(normalize_header(name))
            if count == 1:
                return plain.index(normalize_header(name))
            if count > 1:
                return Problem("convert.header_twice", self.file, {"header": name}, self.sheet)
        known = similar_names(names[0], filter(None, dict.fromkeys(self.headers)))
        values = {"header": " / ".join(names), "known": known}
        return Problem("convert.no_header", self.file, values, self.sheet)


def _numbered(name: str, headers: Sequence[str]) -> int | None:
    """Return the position of a header such as 决算数#2; None if it is none such, or not there."""
    found = BY_NUMBER.fullmatch(name)
    if not found or normalize_header(name) in headers:
        return None
    wanted = normalize_header(found[1])
    places = [place for place, header in enumerate(headers) if header == wanted]
    number = int(found[2])
    return places[number - 1] if number <= len(places) else None


@dataclass
class SourceTables:
    """The sheets of each source of a mapping, by its name; `notes` tell what was not read."""

    tables: dict[str, list[SourceTable]] = field(default_factory=dict)
    notes: list[Problem] = field(default_factory=list)


def read_source_tables(
    location: Path, rules: Mapping[str, SourceRule], *, whole: bool = True
) -> SourceTables:
    """Read all files of each source of a mapping.

    Returns the sheets, with a note for each file and sheet that no source names. Unless they are
    the `whole`, a source may have none. Raises BadInputError with all problems.
    """
    found = SourceTables()
    problems: list[Problem] = []
    read: dict[Path, set[str]] = {}
    for name, rule in rules.items():
        paths = _matching(location, rule.file)
        found.tables[name] = []
        if not paths and whole and not rule.about:
            problems.append(Problem("convert.no_file", location.name, {"pattern": rule.file}))
        for path in paths:
            try:
                sheets = [each for each in _sheets(path, rule) if _is_about(each, rule)]
                tables = [read_source_table(path, rule, sheet) for sheet in sheets]
                found.tables.setdefault(name, []).extend(tables)
                if tables:
                    read.setdefault(path, set()).update(table.sheet for table in tables)
            except BadInputError as error:
                problems += error.problems
    if not problems and not any(found.tables.values()):
        about = "、".join(each for rule in rules.values() for each in rule.about)
        problems.append(Problem("convert.nothing_about", location.name, {"about": about}))
    if problems:
        raise BadInputError(problems)
    found.notes += _not_read(location, read)
    found.notes += [
        note for name, rule in rules.items() for note in _one_id_of_files(rule, found.tables[name])
    ]
    return found


def is_of_source(path: Path, rules: Mapping[str, SourceRule]) -> bool:
    """Tell whether a file, or one in a folder, is of any source of a mapping."""
    return any(_matching(path, rule.file) for rule in rules.values())


def _matching(location: Path, pattern: str) -> list[Path]:
    """Return the matching files inside the location, never outside."""
    if not location.is_dir():
        return [location] if location.match(pattern) else []
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        return []
    return sorted(
        path
        for path in location.glob(pattern)
        if path.suffix.lower() in READERS and not is_hidden(path)
    )


def is_year_of(names: Iterable[str]) -> bool:
    """Tell whether names differ by nothing but digits, as files of several years do.

    Examples
    --------
    >>> is_year_of(["甲院2023.xlsx", "甲院2024年.xlsx"]), is_year_of(["甲院.xlsx", "乙院.xlsx"])
    (True, False)
    """
    return len({re.sub(r"\d+\s*年?度?", "", name) for name in names}) <= 1


def _one_id_of_files(rule: SourceRule, tables: Sequence[SourceTable]) -> Iterator[Problem]:
    """Yield a note for each id that the names of sheets in unlike files give: perhaps two units."""
    taken = rule.taken.get("unit_id")
    if taken is None or taken.within or set(taken.places) != {"sheet"}:
        return
    files: dict[str, list[str]] = {}
    for table in tables:
        files.setdefault(table.given["unit_id"], []).append(table.file)
    for unit, names in files.items():
        if not is_year_of(names):
            values = {"unit": unit, "names": ", ".join(dict.fromkeys(names))}
            yield Problem("convert.one_id_of_files", names[0], values, column="unit_id", value=unit)


def _not_read(location: Path, read: Mapping[Path, set[str]]) -> Iterator[Problem]:
    """Yield a note for each file of the location, and each sheet of a file, that was not read."""
    others = sorted(location.iterdir()) if location.is_dir() else []
    folders = {parent for path in read for parent in path.parents}
    left = [path.name for path in others if path not in read and path not in folders]
    names = [name for name in left if not name.startswith(".")]
    if names:
        yield Problem("convert.files_left", location.name, {"names": ", ".join(names)})
    for path, sheets in read.items():
        names = [sheet.name for sheet in _all_sheets(path) if sheet.name not in sheets]
        if names:
            yield Problem("convert.sheets_left", path.name, {"names": ", ".join(names)})


def find_header(grid: pd.DataFrame, rule: SourceRule) -> tuple[int, ...]:
    """Return the rows of the header; () if nothing in the sheet matches what the rule says."""
    numbers = tuple(row for row in rule.header if isinstance(row, int))
    if numbers:
        return numbers
    patterns = [plain_pattern(str(each)) for each in rule.header]
    for row, texts in zip(grid.index, header_texts(grid), strict=True):
        plain = [normalize_header(text) for text in texts if text]
        if all(any(pattern.fullmatch(text) for text in plain) for pattern in patterns):
            return _with_row_below(grid, int(row), texts)
    return ()


def _with_row_below(grid: pd.DataFrame, row: int, texts: Sequence[str]) -> tuple[int, ...]:
    """Return the row of a header, with the one below if that divides merged columns of it."""
    after = grid.loc[grid.index > row].head(1)
    below = header_texts(after)[0] if len(after) else []
    words = [place for place, text in enumerate(below) if text]
    figures = any(re.fullmatch(r"[-+\d.,%\s]+", text) for text in below if text)
    divided = any(not texts[place] for place in words)
    return (row, int(after.index[0])) if divided and len(words) > 1 and not figures else (row,)


def _is_about(sheet: SourceSheet, rule: SourceRule) -> bool:
    """Tell whether a sheet has what `about` says in its name or above its header, if it says any.

    One without such a header is about something else.
    """
    if not rule.about:
        return True
    grid = pd.concat(sheet.blocks())
    header = find_header(grid, rule)
    if header and any(fnmatchcase(sheet.name, each) for each in rule.about):
        return True
    above = grid.loc[grid.index < min(header)] if header else grid.iloc[:0]
    return any(bool(matching_cells(above[place], rule.about).any()) for place in above)


def read_source_table(path: Path, rule: SourceRule, sheet: SourceSheet) -> SourceTable:
    """Read the header and the rows of a sheet, not yet interpreted.

    Raises BadInputError if the header, or the end of the rows, is not where the rule says.
    """
    grid = pd.concat(sheet.blocks())
    header = find_header(grid, rule)
    if not header:
        values = {"patterns": "、".join(map(str, rule.header))}
        raise BadInputError([Problem("convert.no_header_row", path.name, values, sheet.name)])
    head = grid.loc[[row for row in header if row in grid.index]]
    headers = column_headers(header_texts(head)) if len(head) else []
    joined = tuple("/".join(meant) if any(own) else "" for own, meant in headers)
    body = grid.loc[grid.index > max(header)]
    cells = pd.DataFrame({position: stripped(column) for position, column in body.items()})
    cells = cells.dropna(how="all")
    place = (path.name, sheet.name)
    unit_rows = find_unit_rows(cells)
    above = grid.loc[grid.index < min(header)]
    table = SourceTable(
        *place,
        cells.drop(index=unit_rows.index),
        joined,
        rule.set,
        units_of_headers(joined, max(header), unit_rows, *place),
        (
            *units_in_corner(head, cells, *place),
            *units_in_name(*place),
            *units_in_cells(above, *place, in_brackets=True),
            *units_in_cells(cells, *place, in_brackets=False),
        ),
        part=next(parts_of_years(above, *place), None),
        broken=sheet.broken,
    )
    given = {**rule.set, **take_values(place, rule, grid, above)}
    table = _figures_and_blanks(_ended(replace(table, given=given, marks=sheet.marks), rule), rule)
    named = {position: text for position, text in enumerate(joined) if text}
    hidden = hidden_notes(place, sheet.marks, table.cells.index, named, max(header))
    return replace(table, notes=(*table.notes, *hidden))


def _ended(table: SourceTable, rule: SourceRule) -> SourceTable:
    """Return the rows without those from the stated end on, and without notes below."""
    cells, notes = table.cells, list[Problem]()
    if rule.ends_at:
        found = table.matches(rule.ends_at)
        if isinstance(found, Problem):
            raise BadInputError([found])
        if not found.any():
            values = {"column": rule.ends_at.column, "pattern": ", ".join(rule.ends_at.matching)}
            raise BadInputError([Problem("convert.no_end", table.file, values, table.sheet)])
        end = found.idxmax()
        notes.append(_left_out(table, "convert.rows_after_end", cells.loc[end:]))
        cells = cells[cells.index < end]
    below = notes_below(cells)
    if len(below):
        notes.append(_left_out(table, "convert.notes_below", cells.loc[below]))
    return replace(table, cells=cells.drop(index=below), notes=tuple(notes))


def _left_out(table: SourceTable, rule: str, rows: pd.DataFrame) -> Problem:
    """Return the note that rows are left out: the first of them, and how many there are."""
    first = rows.iloc[0].dropna()
    at = int(str(first.index[0])) if len(first) else 0
    return Problem(
        rule, table.file, {"count": len(rows)}, table.sheet, int(str(rows.index[0])),
        table.headers[at] if table.headers else "", first.iloc[0] if len(first) else None,
        xl_col_to_name(at),
    )  # fmt: skip


def _figures_and_blanks(table: SourceTable, rule: SourceRule) -> SourceTable:
    """Return the rows with cells filled down and the signs for missing and nought replaced."""
    cells = table.cells.copy()
    for position in cells:
        if cells[position].dtype == "str" and (rule.missing or rule.zero):
            texts = cells[position].mask(cells[position].isin(rule.missing))
            cells[position] = texts.mask(texts.isin(rule.zero), "0")
    for header in rule.fill_down:
        found = table.find((header,))
        if isinstance(found, Problem):
            raise BadInputError([found])
        cells[found] = cells[found].ffill()
    return replace(table, cells=cells)


def _all_sheets(path: Path) -> list[SourceSheet]:
    source = DataSource()
    sheets = read_file(path, source)
    if source.problems:
        raise BadInputError(source.problems)
    return sheets


def _sheets(path: Path, rule: SourceRule) -> list[SourceSheet]:
    """Return the sheets that the rule names, which may be a pattern; by default the first."""
    sheets = _all_sheets(path)
    if not rule.sheet:
        return sheets[:1]
    chosen = [each for each in sheets if each.name == rule.sheet] or [
        each for each in sheets if fnmatchcase(each.name, rule.sheet)
    ]
    if not chosen:
        values = {"name": rule.sheet, "known": ", ".join(sheet.name for sheet in sheets)}
        raise BadInputError([Problem("convert.no_sheet", path.name, values)])
    return chosen
