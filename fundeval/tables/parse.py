"""Turn a raw table into a typed one, and say of every cell that does not fit what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandas.api.types import is_numeric_dtype
from pandera.errors import SchemaErrors

from fundeval.problems import Problem
from fundeval.tables.schemas import TABLES
from fundeval.tables.source import RawTable, as_text, nearest

# 1.23457E+11 is what is left of a long id that a spreadsheet took for a number.
MANGLED_ID = r"\d+(?:\.\d+)?[eE][+-]?\d+"
FLAG_SEPARATOR = r"\s*[;；,，、]\s*"


@dataclass
class ParsedTable:
    """A typed frame, the cells it was read from by column, and what is wrong with them."""

    raw: RawTable
    schema: pa.DataFrameSchema
    cells: dict[str, pd.Series]
    frame: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)

    def report(self, rule: str, column: str, rows: Iterable[int], **values: object) -> None:
        """Add a problem for each of the rows, with the cell as it stands in the source."""
        cells = self.cells[column]
        shown = cells.loc[list(rows)]
        self.problems += [
            Problem(
                rule,
                self.raw.file,
                values,
                self.raw.sheet,
                row,
                str(cells.name),
                None if pd.isna(cell) else cell,
            )
            for row, cell in zip(shown.index.tolist(), shown, strict=True)
        ]


def parse(raw: RawTable, factor: int) -> ParsedTable:
    """Return the typed table, sorted by its key, money × `factor` rounded to the 分.

    When there are problems the frame is only good for looking up ids; without a column that
    is required it is empty.
    """
    schema = TABLES[raw.table].to_schema()
    cells, problems = _match_headers(raw, schema)
    table = ParsedTable(raw, schema, cells, pd.DataFrame(), problems)
    if any(problem.rule == "tables.missing_column" for problem in problems):
        return table
    table.frame = pd.DataFrame(
        {name: _read_column(table, name, factor) for name in schema.columns}, index=raw.cells.index
    )
    required = [name for name, column in schema.columns.items() if not column.nullable]
    whole = table.frame.dropna(subset=required)
    whole = whole.astype({name: "int64" for name in required if _role(schema, name) == "year"})
    if not whole.empty:
        _check_rules(table, whole)
    if not table.problems:
        table.frame = whole.sort_values(schema.unique, kind="stable")
    return table


def empty_frame(name: str) -> pd.DataFrame:
    """Return the table without rows, with the columns and types that it has with rows."""
    columns = TABLES[name].to_schema().columns
    return parse(RawTable(name, "", "", pd.DataFrame(columns=list(columns), dtype="str")), 1).frame


def _role(schema: pa.DataFrameSchema, name: str) -> str:
    return str(schema.columns[name].metadata["role"])


def _match_headers(
    raw: RawTable, schema: pa.DataFrameSchema
) -> tuple[dict[str, pd.Series], list[Problem]]:
    chinese = {name: column.metadata["zh"] for name, column in schema.columns.items()}
    names = {label: name for name, zh in chinese.items() for label in (name, zh)}
    cells: dict[str, pd.Series] = {}
    problems = []
    for position, header in enumerate(raw.cells.columns):
        name = names.get(header)
        if name is None:
            values = {"known": nearest(str(header), names)}
            problems.append(_header_problem("tables.unknown_header", raw, header, values))
        elif name in cells:
            values = {"first": str(cells[name].name)}
            problems.append(_header_problem("tables.duplicate_header", raw, header, values))
        else:
            cells[name] = raw.cells.iloc[:, position]
    for name, column in schema.columns.items():
        if name not in cells and not column.nullable and column.metadata["default"] is None:
            values = {"name": name, "zh": chinese[name]}
            problems.append(Problem("tables.missing_column", raw.file, values, raw.sheet))
    return cells, problems


def _header_problem(rule: str, raw: RawTable, header: str, values: dict[str, str]) -> Problem:
    return Problem(rule, raw.file, values, raw.sheet, row=1, column=header)


def _read_column(table: ParsedTable, name: str, factor: int) -> pd.Series:
    """Return the typed column; report cells that cannot be read and blanks in a required one."""
    column = table.schema.columns[name]
    codes = column.metadata["codes"]
    role = column.metadata["role"]
    if name not in table.cells:
        default = pd.Series(column.metadata["default"], table.raw.cells.index, dtype="str")
        return READ_ROLE[role](default, codes)
    cells = table.cells[name]
    values = READ_ROLE[role](cells, codes)
    unreadable = cells.notna() & values.isna()
    table.report(f"tables.{role}", name, cells.index[unreadable], codes=_labels(codes))
    if not column.nullable:
        table.report("tables.blank", name, cells.index[cells.isna()])
    return values.mul(factor).round(2) if role == "money" else values


def _labels(codes: dict[str, str]) -> str:
    return ", ".join(f"{zh} {code}" for zh, code in codes.items())


def _read_numbers(cells: pd.Series, _codes: dict[str, str]) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def _read_whole_numbers(cells: pd.Series, codes: dict[str, str]) -> pd.Series:
    numbers = _read_numbers(cells, codes)
    return numbers.where(numbers % 1 == 0)


def _read_dates(cells: pd.Series, _codes: dict[str, str]) -> pd.Series:
    # 2024/5/1 is how spreadsheets write a date into a CSV file.
    iso = _read_texts(cells, {}).str.replace("/", "-")
    return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


def _read_texts(cells: pd.Series, _codes: dict[str, str]) -> pd.Series:
    return as_text(cells) if is_numeric_dtype(cells) else cells


def _read_ids(cells: pd.Series, _codes: dict[str, str]) -> pd.Series:
    ids = _read_texts(cells, {})
    return ids.mask(ids.str.fullmatch(MANGLED_ID))


def _read_codes(cells: pd.Series, codes: dict[str, str]) -> pd.Series:
    labels = _read_texts(cells, {})
    return labels.map(codes).astype("str").fillna(labels)


def _read_flags(cells: pd.Series, codes: dict[str, str]) -> pd.Series:
    known = codes | {code: code for code in codes.values()}
    written = _read_texts(cells, {})
    read = {}
    for text in written.dropna().unique():
        flags = re.split(FLAG_SEPARATOR, text)
        if known.keys() >= set(flags):
            read[text] = ";".join(sorted({known[flag] for flag in flags}))
    return written.map(read).astype("str")


READ_ROLE: dict[str, Callable[[pd.Series, dict[str, str]], pd.Series]] = {
    "id": _read_ids,
    "text": _read_texts,
    "code": _read_codes,
    "flags": _read_flags,
    "date": _read_dates,
    "year": _read_whole_numbers,
    "number": _read_numbers,
    "money": _read_numbers,
}


def _check_rules(table: ParsedTable, frame: pd.DataFrame) -> None:
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return
    repeated = cases["check"] == "multiple_fields_uniqueness"
    if repeated.any():
        _report_repeated(table, frame)
    for (name, number), group in cases[~repeated].groupby(["column", "check_number"], dropna=False):
        column = table.schema.columns[name]
        check = column.checks[int(number)]
        values = check.statistics | {"codes": _labels(column.metadata["codes"])}
        table.report(f"tables.{check.name}", name, group["index"], **values)


def _report_repeated(table: ParsedTable, frame: pd.DataFrame) -> None:
    key = table.schema.unique
    headers = ", ".join(str(table.cells[name].name) for name in key if name in table.cells)
    rows = frame.index.to_series()
    first_rows = rows.groupby([frame[name] for name in key]).transform("first")
    again = frame[frame.duplicated(key)]
    for row, values in zip(again.index, again[key].astype("str").to_numpy(), strict=True):
        facts = {"first_row": int(first_rows[row])}
        place = (table.raw.sheet, int(row), headers, ", ".join(values))
        table.problems.append(Problem("tables.repeated_key", table.raw.file, facts, *place))
