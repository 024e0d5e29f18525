"""A mapping: how files of another layout become the tables, stated in YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import Strict, parse, read_mapping
from fundeval.tables.cells import UNITS
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.schemas import TABLES
from fundeval.tables.source import nearest

TableName = Literal[
    "units", "budgets", "monthly", "services", "funds", "settlements", "measures", "context"
]
Names = tuple[str, ...]


class ColumnRule(Strict):
    """Where a column comes from.

    `from` is a header, or several of which the first that is there is taken. A number may
    instead be (Σ plus − Σ minus) × Π times / divided_by, rounded to `round` places. `unit` is
    that of the source, `codes` what its values mean.
    """

    headers: Names = Field((), alias="from")
    plus: Names = ()
    minus: Names = ()
    times: Names = ()
    divided_by: float = Field(1, gt=0)
    round: int | None = Field(None, ge=0, le=6)
    unit: str = ""
    codes: dict[str, str] = Field(default_factory=dict)

    @field_validator("headers", mode="before")
    @classmethod
    def _several(cls, headers: Any) -> Any:
        return (headers,) if isinstance(headers, str) else headers

    @model_validator(mode="before")
    @classmethod
    def _short(cls, rule: Any) -> Any:
        return rule if isinstance(rule, dict) else {"from": rule}

    @model_validator(mode="after")
    def _one_way(self) -> ColumnRule:
        if bool(self.headers) == bool(self.plus):
            message = "either `from` or `plus`"
            raise ValueError(message)
        return self


class SourceRule(Strict):
    """One file, or all that match a pattern; `header` is its row, or the rows it spans.

    `set` holds for all its rows; `from_name` takes a value from the name of the file by a
    regular expression with one group. Blank cells of `fill_down` repeat the one above, as
    cells merged over several rows do.
    """

    file: str
    sheet: str = ""
    header: tuple[int, ...] = (1,)
    set: dict[str, str] = Field(default_factory=dict)
    from_name: dict[str, re.Pattern[str]] = Field(default_factory=dict)
    fill_down: Names = ()

    @field_validator("header", mode="before")
    @classmethod
    def _rows(cls, header: Any) -> Any:
        return (header,) if isinstance(header, int) else header

    @field_validator("set", mode="before")
    @classmethod
    def _set_texts(cls, values: Any) -> Any:
        return texts(values)

    @field_validator("from_name")
    @classmethod
    def _one_group(cls, values: dict[str, re.Pattern[str]]) -> dict[str, re.Pattern[str]]:
        if any(expression.groups != 1 for expression in values.values()):
            message = "an expression with one group"
            raise ValueError(message)
        return values


class Drop(Strict):
    """Rows to be left out: those whose cell matches a pattern such as *合计."""

    column: str
    matching: Names


class Part(Strict):
    """One of several rows that a row of the source becomes, as for a year in its columns."""

    set: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, ColumnRule]

    @field_validator("set", mode="before")
    @classmethod
    def _set_texts(cls, values: Any) -> Any:
        return texts(values)


class TableRule(Strict):
    """How rows of a table come about; a table may have several such rules."""

    table: TableName
    sources: Names = ()
    set: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    melt: tuple[Part, ...] = ()
    drop: tuple[Drop, ...] = ()
    repeated: Literal["refuse", "keep_first"] = "refuse"
    rows: tuple[dict[str, str], ...] = ()

    @field_validator("set", mode="before")
    @classmethod
    def _set_texts(cls, values: Any) -> Any:
        return texts(values)

    @field_validator("rows", mode="before")
    @classmethod
    def _row_texts(cls, rows: Any) -> Any:
        return [texts(row) for row in rows] if isinstance(rows, list) else rows


class Mapping(Strict):
    """A whole mapping: the description of the data set, the sources, the tables."""

    dataset: DatasetInfo
    sources: dict[str, SourceRule]
    tables: tuple[TableRule, ...] = Field(min_length=1)


def read_rules(path: Path) -> Mapping:
    """Return the mapping in a YAML file; raises BadInputError with all its mistakes."""
    mapping = parse(Mapping, read_mapping(path), path.name)
    problems = [
        problem
        for number, rule in enumerate(mapping.tables)
        for problem in _mistakes(mapping, rule, f"tables[{number}]", path.name)
    ]
    if problems:
        raise BadInputError(problems)
    return mapping


def texts(values: Any) -> Any:
    """Return a mapping with numbers as text: the year 2024 is set like any other value."""
    if not isinstance(values, dict):
        return values
    return {
        key: str(value) if isinstance(value, int | float) else value
        for key, value in values.items()
    }


def _mistakes(mapping: Mapping, rule: TableRule, place: str, file: str) -> list[Problem]:
    """Return what a model cannot see: names of sources and columns, units of columns."""
    known = TABLES[rule.table].to_schema().columns
    found = [
        Problem(
            "convert.unknown_source",
            file,
            {"known": ", ".join(mapping.sources)},
            column=place,
            value=name,
        )
        for name in rule.sources
        if name not in mapping.sources
    ]
    columns = [rule.columns, *(part.columns for part in rule.melt)]
    settings = [rule.set, *(part.set for part in rule.melt), *rule.rows]
    named = [name for group in columns for name in group] + [n for g in settings for n in g]
    for name in dict.fromkeys(named):
        if name not in known:
            values = {"table": rule.table, "known": nearest(name, known)}
            found.append(Problem("convert.no_column", file, values, column=place, value=name))
    for name, column in ((n, c) for group in columns for n, c in group.items() if n in known):
        units = UNITS.get(known[name].metadata["role"], {})
        if column.unit and column.unit not in units:
            values = {"known": ", ".join(filter(None, units))}
            found.append(
                Problem("convert.unit", file, values, column=f"{place}.{name}", value=column.unit)
            )
    return found
