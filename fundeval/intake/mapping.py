"""The mapping file of `convert`: how files of another layout become tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from fundeval.intake.answers import answered
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import StrictModel, broken, parse, read_mapping
from fundeval.tables.cells import UNITS
from fundeval.tables.dataset import DatasetInfo, Period
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


def _one_group(expression: re.Pattern[str]) -> re.Pattern[str]:
    if expression.groups != 1:
        raise broken("convert.one_group", groups=expression.groups)
    return expression


def _rows_or_texts(header: tuple[int | str, ...]) -> tuple[int | str, ...]:
    if len({type(each) for each in header}) > 1:
        raise broken("convert.header_mixed")
    return header


# The rows of a header by number, or what stands in its cells.
Header = Annotated[tuple[int | str, ...], AfterValidator(_rows_or_texts), Several]
# A regular expression whose one group is the value.
Group = Annotated[re.Pattern[str], AfterValidator(_one_group)]


# Where a value outside a table stands.
Place = Annotated[str, Field(pattern=r"^(file|sheet|above|[A-Z]{1,3}[1-9][0-9]{0,6})$")]


class ColumnRule(StrictModel):
    """How a column is made.

    `from` is a header, or several, of which the first in the file is used; `C:C` is the column
    of that letter, `决算数#2` the second of those with a header. A number may instead be
    (Σ plus − Σ minus) × Π times / divided_by, rounded to `round` decimals; a blank part is
    `missing`, and so the result, or `zero`. `unit` is the unit of measure in the source, `codes`
    translates its values. `item` names the rows whose figures the column has, where a file has
    items in rows. An `optional` column may be lacking, and is then blank, which is told. Of years
    such as 2023-24 the `year` counts that is said. Ids that are told apart only `within` what a
    value of the source names, as 内科 in the file of each hospital, have that put before them.
    """

    headers: Annotated[Names, Several] = Field((), alias="from")
    item: Annotated[Names, Several] = ()
    plus: Names = ()
    minus: Names = ()
    times: Names = ()
    divided_by: float = Field(1, gt=0)
    round: int | None = Field(None, ge=0, le=6)
    blank: Literal["missing", "zero"] = "missing"
    optional: bool = False
    unit: str = ""
    year: Literal["", "first", "last"] = ""
    within: str = ""
    codes: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, rule: Any) -> Any:
        return rule if isinstance(rule, dict) else {"from": rule}

    @property
    def computed(self) -> str:
        """Return what a computed column is made of, "" for one that is read as it stands.

        Examples
        --------
        >>> ColumnRule(plus=("职工", "居民"), minus=("合计",)).computed
        '职工 + 居民 − 合计'
        """
        made = " + ".join(self.plus) + "".join(f" − {each}" for each in self.minus)
        if self.minus or len(self.plus) > 1:
            made = f"({made})" if self.times or self.divided_by != 1 else made
        made += "".join(f" × {each}" for each in self.times)
        return made + (f" ÷ {self.divided_by:g}" if self.divided_by != 1 else "")

    @model_validator(mode="after")
    def _one_way(self) -> ColumnRule:
        if bool(self.headers) == bool(self.plus):
            raise broken("convert.from_or_plus")
        return self


class RowRule(StrictModel):
    """Rows whose cell in a column matches a pattern such as *合计."""

    column: str
    matching: Annotated[Names, Several]


class TakenRule(StrictModel):
    """A value for all rows of a sheet that stands outside its table.

    It is what the one group of `pattern` finds in the name of the `file` or `sheet`, in the cells
    `above` the header, or in a cell such as B2; of several places the first that has it counts.
    With `beside` it is found in the cell to the right of one that matches a pattern such as
    单位名称*. `codes` translates it. An id that is told apart only `within` what another value
    names, as 内科 within a hospital, has that put before it.
    """

    places: Annotated[tuple[Place, ...], Several] = Field(("above",), alias="from")
    beside: Annotated[Names, Several] = ()
    pattern: Group = re.compile(r"\s*(.*\S)\s*")
    codes: dict[str, str] = Field(default_factory=dict)
    within: str = ""


class SourceRule(StrictModel):
    """The files and sheets that match two patterns; `header` is the row or rows of a header.

    `header` may instead be what stands there, as [项目, "*预算数"]: then it is the first row that
    has a cell for each of the patterns. With `about` only sheets count that have such a header and
    a cell above it, or a name, which matches it, and there may be none of them. Without `sheet` the
    first of a file is read. `set` gives values for all rows, `taken` takes them from what stands
    outside the table. Blank cells of `fill_down` repeat the cell above, as in merged cells.
    `missing` and `zero` say which signs, such as -, mean no figure or nought. The first row that
    `ends_at` matches and all below it are left out.
    """

    file: str
    sheet: str = ""
    header: Header = (1,)
    about: Annotated[Names, Several] = ()
    set: Texts = Field(default_factory=dict)
    taken: dict[str, TakenRule] = Field(default_factory=dict)
    fill_down: Names = ()
    missing: Annotated[Names, Several] = ()
    zero: Annotated[Names, Several] = ()
    ends_at: RowRule | None = None

    @model_validator(mode="after")
    def _within_values(self) -> SourceRule:
        for name, taken in self.taken.items():
            if taken.within and taken.within not in {*self.taken, *self.set} - {name}:
                raise broken("convert.within", name=taken.within)
        return self


class MeltRule(StrictModel):
    """One of several rows made of each source row, as for columns of different years.

    With `each`, as {year: "20[0-9][0-9]"}, there is one for each text that the expression finds
    in a header at the place of {year}, as in `{year}年决算数`; a column whose header some year
    lacks is blank there.
    """

    set: Texts = Field(default_factory=dict)
    each: dict[str, re.Pattern[str]] = Field(default_factory=dict, max_length=1)
    columns: dict[str, ColumnRule]


class TableRule(StrictModel):
    """How rows of a table are made; a table may have several such rules.

    With `keep` only rows that match it count, and none that `drop` matches. `items` is the header
    of the column of items where a file has them in rows, "*" if they may stand in any. Rows of
    one key are refused, unless the first of them is kept or their figures make a sum, of which a
    `blank` one is missing or zero.
    """

    table: TableName
    sources: Names = ()
    set: Texts = Field(default_factory=dict)
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    melt: tuple[MeltRule, ...] = ()
    keep: tuple[RowRule, ...] = ()
    drop: tuple[RowRule, ...] = ()
    items: str = ""
    repeated: Literal["refuse", "keep_first", "sum"] = "refuse"
    blank: Literal["missing", "zero"] = "missing"
    rows: tuple[Texts, ...] = ()


# The problems of a file without the sheet, the header row, or a header that a mapping names.
NO_TABLE = ("convert.no_sheet", "convert.no_header_row", "convert.nothing_about")
NO_HEADER = ("convert.no_header",)
# What stands for the years of the rows themselves.
YEARS_OF_ROWS = Period(first_year=0, last_year=0)


class MappedInfo(DatasetInfo):
    """The description of the data set; without a `period` it is that of the rows."""

    period: Period = Field(default_factory=lambda: YEARS_OF_ROWS)


class MappingFile(StrictModel):
    """The whole file: description of the data set, sources, tables."""

    dataset: MappedInfo
    sources: dict[str, SourceRule]
    tables: tuple[TableRule, ...] = Field(min_length=1)


def read_mapping_file(path: Path, answers: Mapping[str, str] | None = None) -> MappingFile:
    """Read a mapping file, in which answers replace what it asks or states under their names.

    Raises BadInputError with all its mistakes, or with all questions that are left.
    """
    content = answered(read_mapping(path), answers or {}, path.name)
    mapping = parse(MappingFile, content, path.name)
    problems = [
        problem
        for number, rule in enumerate(mapping.tables)
        for problem in _mistakes(mapping, rule, f"tables[{number}]", path.name)
    ]
    if problems:
        raise BadInputError(problems)
    return mapping


def is_misfit(problems: Sequence[Problem], mapping: MappingFile) -> bool:
    """Tell whether a file has nothing of what a mapping describes, by the problems it gave.

    One that has some of the headers is of the layout, and what it lacks a mistake.
    """
    missing = {str(each.values.get("header")) for each in problems if each.rule in NO_HEADER}
    named = [rule.columns for rule in mapping.tables]
    named += [part.columns for rule in mapping.tables for part in rule.melt]
    columns = [column for of in named for column in of.values()]
    wanted = {" / ".join(column.headers) for column in columns if column.headers}
    rules = {each.rule for each in problems}
    return rules <= {*NO_TABLE, *NO_HEADER} and (not missing or wanted <= missing)


def _mistakes(mapping: MappingFile, rule: TableRule, place: str, file: str) -> Iterator[Problem]:
    """Yield mistakes beyond the model: unknown sources and columns, units of measure."""
    known = columns_of(rule.table)
    for name in sorted(set(rule.sources) - set(mapping.sources)):
        values = {"known": ", ".join(mapping.sources)}
        yield Problem("convert.unknown_source", file, values, column=place, value=name)
    columns = [rule.columns, *(part.columns for part in rule.melt)]
    settings = [rule.set, *(part.set for part in rule.melt), *rule.rows]
    settings += [dict.fromkeys(part.each, "") for part in rule.melt]
    named = [name for group in columns for name in group] + [n for g in settings for n in g]
    for name in dict.fromkeys(named):
        if name not in known:
            values = {"table": rule.table, "known": similar_names(name, known)}
            yield Problem("convert.no_column", file, values, column=place, value=name)
    for name, column in ((n, c) for group in columns for n, c in group.items() if n in known):
        if column.item and not rule.items:
            yield Problem("convert.no_items", file, column=f"{place}.{name}")
        if column.within and not _is_given(mapping, rule, column.within):
            values = {"name": column.within}
            yield Problem("convert.within", file, values, column=f"{place}.{name}")
        units = UNITS.get(known[name].role, {})
        if column.unit and column.unit not in units:
            values = {"known": ", ".join(filter(None, units))}
            at = f"{place}.{name}"
            yield Problem("convert.unit", file, values, column=at, value=column.unit)


def _is_given(mapping: MappingFile, rule: TableRule, name: str) -> bool:
    """Tell whether a rule, or every source of it that there is, gives a value."""
    sources = [mapping.sources[each] for each in rule.sources or mapping.sources
               if each in mapping.sources]  # fmt: skip
    return name in rule.set or all(name in {**of.set, **of.taken} for of in sources)
