"""The ledger of a merge: where each row and each filled blank comes from, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.cells import UNITS
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import called_table, columns_of, columns_of_role, key_of
from fundeval.words import Named

LEDGER = (
    "status", "table", "key", "column", "value", "file", "sheet", "row",
    "other_value", "other_file", "other_sheet", "other_row",
)  # fmt: skip
PLACE = ["@file", "@sheet", "@row"]
Entry = dict[str, Any]
# Table, file, sheet and column.
Cells = tuple[str, str, str, str]


class Written(NamedTuple):
    """How a column is written in its file: header, letters, and the unit of its money."""

    header: str
    letter: str
    unit: str

    def show(self, value: Any) -> str:
        """Return a value, money in 元, as the file has it."""
        if not self.unit:
            return str(value)
        return f"{value / float(UNITS['money'][self.unit]):,.10g} {self.unit}"


def rows_taken(name: str, stacked: pd.DataFrame) -> Iterator[Entry]:
    """Yield how many rows of each unit are taken from a file and sheet.

    `stacked` has the rows of all tables called `name`, each with its `PLACE`.
    """
    first = stacked[~stacked.duplicated(key_of(name))]
    counts = (
        first.groupby(["unit_id", "@file", "@sheet"], sort=True, dropna=False).size().rename("rows")
    )
    for unit, file, sheet, count in counts.reset_index().to_numpy().tolist():
        yield {
            "status": "taken", "table": name, "key": unit, "value": count,
            "file": file, "sheet": sheet,
        }  # fmt: skip


def rows_repeated(name: str, stacked: pd.DataFrame) -> Iterator[Entry]:
    """Yield what is told of rows whose key an earlier row has.

    A row that adds nothing is a duplicate; a value of it that differs is a conflict with the row
    that gave the first; one that fills a blank is `filled`: its place is that of the value, the
    other place that of the blank.
    """
    key = key_of(name)
    columns = [column for column in columns_of(name) if column not in key]
    first_of: dict[tuple[Any, ...], Entry] = {}
    holders: dict[tuple[Any, ...], dict[str, Entry]] = {}
    repeated = stacked[stacked.duplicated(key, keep=False)]
    for row in repeated.sort_values(key, kind="stable").to_dict("records"):
        other: Entry = {str(column): value for column, value in row.items()}
        identity = tuple(other[column] for column in key)
        given = {column: other for column in columns if pd.notna(other[column])}
        if identity not in first_of:
            first_of[identity], holders[identity] = other, given
            continue
        named = {"table": name, "key": ", ".join(map(str, identity))}
        known, told = holders[identity], False
        for column in given:
            held = known.setdefault(column, other)
            value = {"column": column, "value": held[column]}
            if held is other:
                places = _places(other, first_of[identity])
                yield {"status": "filled", **named, **value, **places}
            elif held[column] != other[column]:
                values = {**value, "other_value": other[column]}
                yield {"status": "conflict", **named, **values, **_places(held, other)}
            else:
                continue
            told = True
        if not told:
            yield {"status": "duplicate", **named, **_places(first_of[identity], other)}


def _places(first: Entry, other: Entry) -> Entry:
    return {
        **{name.removeprefix("@"): first[name] for name in PLACE},
        **{"other_" + name.removeprefix("@"): other[name] for name in PLACE},
    }


def conflict_of(entry: Entry, written: Mapping[Cells, Written]) -> Problem:
    """Return the problem of a conflict: both figures in the unit and by the header of their file.

    `written` has the columns of what was merged.
    """
    column = entry["column"]
    one, other = (
        written.get((entry["table"], entry[f"{of}file"], entry[f"{of}sheet"], column))
        or Written(column, "", "元" if _is_money(entry["table"], column) else "")
        for of in ("", "other_")
    )
    values = {
        **entry,
        "table": called_table(entry["table"]),
        "key": _called_key(entry["table"], entry["key"]),
        "other_value": other.show(entry["other_value"]),
        "other_column": other.header,
    }
    return Problem(
        "merge.conflict",
        entry["file"],
        values,
        entry["sheet"],
        entry["row"],
        one.header,
        one.show(entry["value"]),
        one.letter,
    )


def _called_key(table: str, key: str) -> Named:
    """Return the key of a row with its codes as each language has them."""
    codes = [columns_of(table)[name].codes for name in key_of(table)]
    labels = {code: label for of in codes for label, code in of.items()}
    return Named(", ".join(labels.get(part, part) for part in key.split(", ")), key)


def columns_written(table: ParsedTable) -> Iterator[tuple[Cells, Written]]:
    """Yield how the columns of a table are written in its file."""
    for name, place in table.layout.columns.items():
        unit = (place.unit or table.money_unit) if _is_money(table.name, name) else ""
        cells = (table.name, table.file, table.sheet, name)
        yield cells, Written(place.header, place.letter, unit)


def _is_money(table: str, column: str) -> bool:
    return column in columns_of_role(table, "money")
