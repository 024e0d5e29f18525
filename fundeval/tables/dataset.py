"""A data set: its description and its checked tables, money in 分, sorted by key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import pandas as pd
from pydantic import Field, field_validator

from fundeval.plain_texts import as_plain_texts
from fundeval.strict_yaml import StrictModel
from fundeval.tables.years import years_elsewhere
from fundeval.words import LANGUAGES

MoneyUnit = Literal["元", "万元", "亿元"]


class PartYear(StrictModel):
    """The months that the data of an incomplete year cover, for some units or for all."""

    year: int
    first_month: int = Field(1, ge=1, le=12)
    last_month: int = Field(ge=1, le=12)
    units: tuple[str, ...] = ()


class Period(StrictModel):
    """First and last year of the data, and the incomplete years."""

    first_year: int
    last_year: int
    part_years: tuple[PartYear, ...] = ()


class DatasetInfo(StrictModel):
    """The description in `dataset.yaml`; what is in one language is used for both."""

    title: dict[Literal["zh", "en"], str] = Field(min_length=1)
    source: str
    source_en: str | None = None
    money_unit: MoneyUnit
    currency: str = "CNY"
    period: Period
    synthetic: bool
    licence: str
    licence_en: str | None = None
    published_on: dt.date | None = None

    @field_validator("title", mode="before")
    @classmethod
    def _in_both_languages(cls, title: Any) -> Any:
        if isinstance(title, str):
            return dict.fromkeys(LANGUAGES, title)
        if isinstance(title, dict) and title:
            return dict.fromkeys(LANGUAGES, next(iter(title.values()))) | title
        return title


@dataclass(frozen=True)
class TablePlace:
    """Where a table stands in its file, so that a figure can be traced to its cell.

    Attributes
    ----------
    sheet
        The sheet of a workbook, "" for other files.
    columns
        Column → the letters that a spreadsheet shows for it, and the unit that its figures
        stand in, "" for a plain number.
    """

    sheet: str
    columns: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class InputFile:
    """A file or database table that was read: name, SHA-256, and rows and place by table.

    `numbered` is False for a database, whose rows have no number that people see.
    """

    name: str
    sha256: str
    rows: dict[str, int] = field(default_factory=dict)
    numbered: bool = True
    places: dict[str, TablePlace] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """The tables of `schemas.TABLES` as frames; a table that was not given has no rows.

    Money is in whole 分 (`Int64`). The index of each frame is the row in the source file, from 1,
    so that a figure can be traced; rows are sorted by the key of the table.
    """

    info: DatasetInfo
    units: pd.DataFrame
    budgets: pd.DataFrame
    monthly: pd.DataFrame
    purchases: pd.DataFrame
    services: pd.DataFrame
    funds: pd.DataFrame
    settlements: pd.DataFrame
    supervision: pd.DataFrame
    disease_groups: pd.DataFrame
    refills: pd.DataFrame
    populations: pd.DataFrame
    screening: pd.DataFrame
    measures: pd.DataFrame
    incidents: pd.DataFrame
    context: pd.DataFrame
    projects: pd.DataFrame
    inputs: tuple[InputFile, ...] = ()

    def in_plain_texts(self) -> Dataset:
        """Return the tables with their texts as Python's own, as an evaluation makes them."""
        held = {each.name: getattr(self, each.name) for each in fields(self)}
        tables: dict[str, Any] = {
            n: as_plain_texts(t) for n, t in held.items() if isinstance(t, pd.DataFrame)
        }
        return replace(self, **tables)

    def described(self, year: int) -> dict[str, Any]:
        """Return its description as plain values, and which units have no figures of a year.

        Those are told with the years of which they have some, by table, under `elsewhere`.
        """
        held = {each.name: getattr(self, each.name) for each in fields(self)}
        tables = {name: t for name, t in held.items() if isinstance(t, pd.DataFrame)}
        elsewhere = years_elsewhere(self.units, tables, year)
        return self.info.model_dump(mode="json") | {"elsewhere": elsewhere}
