"""The mapping file of `convert`: how files of another layout become tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import StrictModel, parse, read_mapping
from fundeval.tables.cells import UNITS
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.schemas import TABLES, columns_of
from fundeval.tables.sources.data_source import similar_names

if TYPE_CHECKING:
    TableName = str
else:
    TableName = Literal[tuple(TABLES)]
Names = tuple[str, ...]


def texts(values: Any) -> Any:
    """Turn numbers into text: the year 2024 is set like any other value."""
    if not isinstance(values, dict):
        return values
    return {
        key: str(value) if isinstance(value, int | float) else value
        for key, value in values.items()
    }


def several(value: Any) -> Any:
    """Turn a single value into a tuple of one."""
    return (value,) if isinstance(value, str | int) else value


Texts = Annotated[
    dict[str, str], BeforeValidator(texts, json_schema_input_type=dict[str, str | int | float])
]
# One value or several.
Several = BeforeValidator(several, json_schema_input_type=str | int | tuple[str | int, ...])


class ColumnRule(StrictModel):
    """How a column is made.

    `from` is a header, or several, of which the first in the file is used. A number may instead
    be (Σ plus − Σ minus) × Π times / divided_by, rounded to `round` decimals. `unit` is the unit
    of measure in the source, `codes` translates its values.
    """

    headers: Annotated[Names, Several] = Field((), alias="from")
    plus: Names = ()
    minus: Names = ()
    times: Names = ()
    divided_by: float = Field(1, gt=0)
    round: int | None = Field(None, ge=0, le=6)
    unit: str = ""
    codes: dict[str, str] = Field(default_factory=dict)

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


class SourceRule(StrictModel):
    """One file, or all that match a pattern; `header` is the row or rows of its header.

    `set` gives values for all rows; `from_name` takes a value from the file name by a regular
    expression with one group. Blank cells of `fill_down` repeat the cell above, as in merged
    cells.
    """

    file: str
    sheet: str = ""
    header: Annotated[tuple[int, ...], Several] = (1,)
    set: Texts = Field(default_factory=dict)
    from_name: dict[str, re.Pattern[str]] = Field(default_factory=dict)
    fill_down: Names = ()

    @field_validator("from_name")
    @classmethod
    def _one_group(cls, values: dict[str, re.Pattern[str]]) -> dict[str, re.Pattern[str]]:
        if any(expression.groups != 1 for expression in values.values()):
            message = "an expression with one group"
            raise ValueError(message)
        return values


class DropRule(StrictModel):
    """Rows to leave out: those whose cell matches a pattern such as *合计."""

    column: str
    matching: Names


class MeltRule(StrictModel):
    """One of several rows made of each source row, as for columns of different years."""

    set: Texts = Field(default_factory=dict)
    columns: dict[str, ColumnRule]


class TableRule(StrictModel):
    """How rows of a table are made; a table may have several such rules."""

    table: TableName
    sources: Names = ()
    set: Texts = Field(default_factory=dict)
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    melt: tuple[MeltRule, ...] = ()
    drop: tuple[DropRule, ...] = ()
    repeated: Literal["refuse", "keep_first"] = "refuse"
    rows: tuple[Texts, ...] = ()


class MappingFile(StrictModel):
    """The whole file: description of the data set, sources, tables."""

    dataset: DatasetInfo
    sources: dict[str, SourceRule]
    tables: tuple[TableRule, ...] = Field(min_length=1)


def read_mapping_file(path: Path) -> MappingFile:
    """Read a mapping file; raises BadInputError with all its mistakes."""
    mapping = parse(MappingFile, read_mapping(path), path.name)
    problems = [
        problem
        for number, rule in enumerate(mapping.tables)
        for problem in _mistakes(mapping, rule, f"tables[{number}]", path.name)
    ]
    if problems:
        raise BadInputError(problems)
    return mapping


def _mistakes(mapping: MappingFile, rule: TableRule, place: str, file: str) -> Iterator[Problem]:
    """Yield mistakes beyond the model: unknown sources and columns, units of measure."""
    known = columns_of(rule.table)
    for name in sorted(set(rule.sources) - set(mapping.sources)):
        values = {"known": ", ".join(mapping.sources)}
        yield Problem("convert.unknown_source", file, values, column=place, value=name)
    columns = [rule.columns, *(part.columns for part in rule.melt)]
    settings = [rule.set, *(part.set for part in rule.melt), *rule.rows]
    named = [name for group in columns for name in group] + [n for g in settings for n in g]
    for name in dict.fromkeys(named):
        if name not in known:
            values = {"table": rule.table, "known": similar_names(name, known)}
            yield Problem("convert.no_column", file, values, column=place, value=name)
    for name, column in ((n, c) for group in columns for n, c in group.items() if n in known):
        units = UNITS.get(known[name].role, {})
        if column.unit and column.unit not in units:
            values = {"known": ", ".join(filter(None, units))}
            at = f"{place}.{name}"
            yield Problem("convert.unit", file, values, column=at, value=column.unit)
