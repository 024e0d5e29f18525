"""What the columns and the rows of a sheet seem to be: units, items, years, figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.codes import SCHEME_WORDS, SCHEMES
from fundeval.intake.guess.found_header import SIGNS, is_figure, is_year
from fundeval.intake.guess.vocabulary import (
    TOTAL,
    is_unit_id,
    is_unit_name,
    item_core,
    kind_of,
    names_of,
    plain_header,
)
from fundeval.intake.source_files import SourceTable
from fundeval.intake.year_texts import read_year, two_years
from fundeval.tables.cells import as_text
from fundeval.tables.parsing.header import normalize_header
from fundeval.tables.parsing.stated_units import read_unit_column
from fundeval.tables.schemas import NOT_READ

YEAR_HEADERS = {"年度", "年份", "年", "预算年度", "评价年度", "财年", "year", "fiscalyear"}
SCHEME_HEADERS = {
    "险种", "险种名称", "险种类型", "医保类型", "参保类型", "保险类型", "基金", "基金名称",
    "scheme",
}  # fmt: skip
KNOWN_SCHEMES = {**SCHEMES, **SCHEME_WORDS, **{code: code for code in SCHEMES.values()}}
NUMBER_HEADERS = {"序号", "行次", "编号", "no.", "no"}
ITEM_HEADERS = {
    "项目", "指标", "指标名称", "科目", "预算科目", "收入项目", "支出项目", "项目名称", "收支项目",
}  # fmt: skip
YEAR_IN_HEADER = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
# What joins the rows of a header; the stroke of (B/A) does not.
PARTS = re.compile(r"/(?![^（(]*[)）])")
RELATIVE = {"上年": -1, "去年": -1, "本年": 0, "当年": 0, "本年度": 0, "上年度": -1}


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet: its place, how a mapping names it, and what its header says.

    `label` is the header without year and unit, `year` the year in it, "" for none; `template` is
    what the mapping names columns of several years by.
    """

    position: int
    header: str
    name: str
    label: str
    year: str
    template: str
    cells: pd.Series

    @property
    def texts(self) -> list[str]:
        """Return what stands in its cells, without blanks."""
        return [text.strip() for text in as_text(self.cells).dropna() if text.strip()]

    @property
    def holds_figures(self) -> bool:
        """Tell whether at least half of what stands in it are numbers."""
        texts = [text for text in self.texts if text not in SIGNS]
        return bool(texts) and sum(map(is_figure, texts)) * 2 >= len(texts)


@dataclass(frozen=True)
class Side:
    """The column of items, its rows by the column that they mean, and its columns of figures."""

    items: SheetColumn
    rows: dict[str, str]
    figures: tuple[SheetColumn, ...]

    def read(self) -> pd.Series:
        """Tell which rows are those of an item that was recognised."""
        texts = as_text(self.items.cells).str.strip()
        return texts.map(
            lambda text: any(fnmatchcase(str(text), each) for each in self.rows.values())
        ).astype(bool)


def columns_of_sheet(table: SourceTable) -> list[SheetColumn]:
    """Return the columns of a sheet that hold anything."""
    counts = Counter(map(normalize_header, table.headers))
    seen: Counter[str] = Counter()
    found = []
    for position, header in enumerate(table.headers):
        plain = normalize_header(header)
        seen[plain] += 1
        number = f"#{seen[plain]}" if counts[plain] > 1 else ""
        name = f"{header}{number}" if header else "{0}:{0}".format(xl_col_to_name(position))
        if position not in table.cells or table.cells[position].notna().sum() == 0:
            continue
        years = YEAR_IN_HEADER.findall(header)
        year = years[0] if len(set(years)) == 1 else ""
        without = [
            re.sub(rf"{year}年?(?:度)?", "", part) if year else part for part in PARTS.split(header)
        ]
        label = "/".join(filter(None, (plain_header(part) for part in without)))
        template = name.replace(year, "{year}", 1) if year else name
        found.append(
            SheetColumn(position, header, name, label, year, template, table.cells[position])
        )
    return found


def unit_column(columns: Sequence[SheetColumn]) -> SheetColumn | None:
    """Return the column of the names of units; None if there is none such."""
    named = [each for each in columns if is_unit_name(last(each.label)) and _holds_names(each)]
    if named:
        return named[0]
    texts = [each for each in columns if not each.holds_figures]
    return next((each for each in texts if not last(each.label) and _all_of_a_kind(each)), None)


def _all_of_a_kind(column: SheetColumn) -> bool:
    """Tell whether a column holds names whose kind of unit is known, but for sums."""
    texts = [text for text in column.texts if not TOTAL.fullmatch(text)]
    return bool(texts) and all(map(kind_of, texts))


def id_column(columns: Sequence[SheetColumn]) -> SheetColumn | None:
    """Return the column of the ids of units; None if there is none such."""
    return next((each for each in columns if is_unit_id(last(each.label))), None)


def last(label: str) -> str:
    """Return the lowest part of the header of several rows."""
    return label.rpartition("/")[2]


def _holds_names(column: SheetColumn) -> bool:
    """Tell whether a column headed 单位 holds names, and no units of measure."""
    return bool(column.texts) and read_unit_column(column.cells, "") is None


def year_column(columns: Sequence[SheetColumn]) -> SheetColumn | None:
    """Return the column of years; None if there is none such."""
    return next(
        (
            each
            for each in columns
            if last(each.label) in YEAR_HEADERS
            and all(is_year(t) or read_year(t, "") or two_years(t) for t in each.texts)
        ),
        None,
    )


def scheme_column(columns: Sequence[SheetColumn]) -> SheetColumn | None:
    """Return the column of schemes; None if there is none such."""
    return next((each for each in columns if last(each.label) in SCHEME_HEADERS), None)


def scheme_of(text: str) -> str | None:
    """Return the code of a scheme as forms call it; None if it is none that is known."""
    plain = normalize_header(text)
    return KNOWN_SCHEMES.get(plain) or KNOWN_SCHEMES.get(plain.removesuffix("基金"))


def is_aside(column: SheetColumn) -> bool:
    """Tell whether a column numbers the rows, or is computed from others."""
    return last(column.label) in NUMBER_HEADERS or last(column.label) in NOT_READ


def sides_of(columns: Sequence[SheetColumn]) -> list[Side]:
    """Return the sides of a table that has items in rows; none if it is no such table."""
    known = names_of("funds")
    items: list[SheetColumn] = []
    for column in columns:
        if column.holds_figures:
            continue
        means = {known[core] for text in column.texts if (core := item_core(text)) in known}
        enough = 1 if last(column.label) in ITEM_HEADERS or items else 2
        if len(means) >= enough and not is_unit_name(column.label):
            items.append(column)
    sides = []
    for place, column in enumerate(items):
        end = items[place + 1].position if place + 1 < len(items) else columns[-1].position + 1
        figures = tuple(
            each
            for each in columns
            if column.position < each.position < end and each.holds_figures and not is_aside(each)
        )
        sides.append(Side(column, _rows_of_items(column), figures))
    return [side for side in sides if side.figures and side.rows]


def _rows_of_items(column: SheetColumn) -> dict[str, str]:
    """Return for each column of funds the pattern of the one row that means it."""
    known = names_of("funds")
    texts = column.texts
    found: dict[str, tuple[int, str]] = {}
    order = {name: place for place, name in enumerate(known)}
    for text in texts:
        core = item_core(text)
        if core not in known or texts.count(text) > 1:
            continue
        name = known[core]
        if name not in found or order[core] < found[name][0]:
            ends = [other for other in texts if normalize_header(other).endswith(core)]
            literal = core in text and len(ends) == 1 and text != core
            found[name] = (order[core], f"*{core}" if literal else text)
    return {name: pattern for name, (_, pattern) in found.items()}
