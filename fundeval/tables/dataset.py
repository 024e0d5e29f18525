"""A data set: its description and its tables, checked, money in 分, sorted by key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from pydantic import Field, field_validator

from fundeval.strict_yaml import Strict
from fundeval.words import LANGUAGES

MoneyUnit = Literal["元", "万元", "亿元"]


class PartYear(Strict):
    """Months covered by a year that is not whole, of the units named or of all."""

    year: int
    first_month: int = Field(1, ge=1, le=12)
    last_month: int = Field(ge=1, le=12)
    units: tuple[str, ...] = ()


class Period(Strict):
    """First and last year of the data, and which years are not whole."""

    first_year: int
    last_year: int
    part_years: tuple[PartYear, ...] = ()


class DatasetInfo(Strict):
    """What `dataset.yaml` says of a data set; a title in one language serves for both."""

    title: dict[Literal["zh", "en"], str] = Field(min_length=1)
    source: str
    money_unit: MoneyUnit
    currency: str = "CNY"
    period: Period
    synthetic: bool
    licence: str
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
class InputFile:
    """One file, or table of a database, that was read: its name, its hash and its rows by table.

    The rows of a database have no number that people see: it is not `numbered`.
    """

    name: str
    sha256: str
    rows: dict[str, int] = field(default_factory=dict)
    numbered: bool = True


@dataclass(frozen=True)
class Dataset:
    """The tables of `schemas.TABLES` as frames; a table that was not given is empty.

    Money is in whole 分 (`Int64`). The index of each frame is the row of its source file (the
    header is row 1), so that a figure can be traced; rows are sorted by the table's key.
    """

    info: DatasetInfo
    units: pd.DataFrame
    budgets: pd.DataFrame
    monthly: pd.DataFrame
    services: pd.DataFrame
    funds: pd.DataFrame
    settlements: pd.DataFrame
    measures: pd.DataFrame
    context: pd.DataFrame
    inputs: tuple[InputFile, ...] = ()
