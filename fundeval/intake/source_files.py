"""Read the files that a mapping names: header, rows and stated units, not yet interpreted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fundeval.intake.mapping import SourceRule
from fundeval.intake.stated_units import (
    StatedUnit,
    find_unit_rows,
    units_in_cells,
    units_in_name,
    units_of_headers,
)
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.cells import stripped
from fundeval.tables.parsing.header import column_headers, header_texts, normalize_header
from fundeval.tables.sources.data_source import DataSource, SourceSheet, similar_names
from fundeval.tables.sources.readers import READERS


@dataclass(frozen=True)
class SourceTable:
    """The rows below the header of one sheet: text and numbers, index = row in the source.

    `headers` has the header of each column, several rows joined by `/`; `given` the values
    that hold for all rows. `header_units` are the units of measure stated in the header of a
    column, by its position; `units_around` those stated above the table, below it or in its name.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    headers: tuple[str, ...]
    given: Mapping[str, str]
    header_units: Mapping[int, tuple[StatedUnit, ...]]
    units_around: tuple[StatedUnit, ...]

    def find(self, names: tuple[str, ...]) -> int | Problem:
        """Return the position of the first of the headers found, or the problem."""
        plain = [normalize_header(header) for header in self.headers]
        for name in names:
            count = plain.count(normalize_header(name))
            if count == 1:
                return plain.index(normalize_header(name))
            if count > 1:
                return Problem("convert.header_twice", self.file, {"header": name}, self.sheet)
        known = similar_names(names[0], filter(None, dict.fromkeys(self.headers)))
        values = {"header": " / ".join(names), "known": known}
        return Problem("convert.no_header", self.file, values, self.sheet)


def read_source_tables(
    location: Path, rules: Mapping[str, SourceRule]
) -> dict[str, list[SourceTable]]:
    """Read all files of each source of a mapping.

    Returns source name -> its sheets. Raises BadInputError with all problems.
    """
    found: dict[str, list[SourceTable]] = {}
    problems: list[Problem] = []
    for name, rule in rules.items():
        paths = _matching(location, rule.file)
        if not paths:
            problems.append(Problem("convert.no_file", str(location), {"pattern": rule.file}))
        for path in paths:
            try:
                found.setdefault(name, []).append(_read(path, rule))
            except BadInputError as error:
                problems += error.problems
    if problems:
        raise BadInputError(problems)
    return found


def _matching(location: Path, pattern: str) -> list[Path]:
    """Return the matching files inside the location, never outside."""
    if not location.is_dir():
        return [location] if location.match(pattern) else []
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        return []
    return sorted(path for path in location.glob(pattern) if path.suffix.lower() in READERS)


def _read(path: Path, rule: SourceRule) -> SourceTable:
    sheet = _sheet(path, rule)
    grid = pd.concat(sheet.blocks())
    head = grid.loc[[row for row in rule.header if row in grid.index]]
    headers = column_headers(header_texts(head)) if len(head) else []
    joined = tuple("/".join(meant) if any(own) else "" for own, meant in headers)
    body = grid.loc[grid.index > max(rule.header)]
    cells = pd.DataFrame({position: stripped(column) for position, column in body.items()})
    cells = cells.dropna(how="all")
    place = (path.name, sheet.name)
    unit_rows = find_unit_rows(cells)
    table = SourceTable(
        *place,
        cells.drop(index=unit_rows.index),
        joined,
        _given(path, rule),
        units_of_headers(joined, max(rule.header), unit_rows, *place),
        (
            *units_in_name(*place),
            *units_in_cells(grid.loc[grid.index < min(rule.header)], *place, in_brackets=True),
            *units_in_cells(cells, *place, in_brackets=False),
        ),
    )
    for header in rule.fill_down:
        position = table.find((header,))
        if isinstance(position, Problem):
            raise BadInputError([position])
        table.cells[position] = table.cells[position].ffill()
    return table


def _sheet(path: Path, rule: SourceRule) -> SourceSheet:
    source = DataSource()
    sheets = READERS[path.suffix.lower()](path, source)
    if source.problems:
        raise BadInputError(source.problems)
    chosen = [sheet for sheet in sheets if rule.sheet in ("", sheet.name)]
    if not chosen:
        raise refusal(
            "convert.no_sheet",
            path.name,
            name=rule.sheet,
            known=", ".join(sheet.name for sheet in sheets),
        )
    return chosen[0]


def _given(path: Path, rule: SourceRule) -> dict[str, str]:
    given = dict(rule.set)
    for name, pattern in rule.from_name.items():
        found = pattern.search(path.name)
        if not found:
            raise refusal("convert.name_pattern", path.name, pattern=pattern.pattern)
        given[name] = found.group(1)
    return given
