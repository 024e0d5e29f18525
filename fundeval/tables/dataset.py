"""A data set: its description and its tables, checked, in 元 and sorted by key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from fundeval.words import LANGUAGES

MoneyUnit = Literal["元", "万元", "亿元"]
FACTORS: dict[str, int] = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
Model = TypeVar("Model", bound=BaseModel)
STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, str_min_length=1)


def _ordered(model: Model, first: int, last: int) -> Model:
    if first > last:
        raise PydanticCustomError("reversed", "the first comes after the last")
    return model


class PartYear(BaseModel):
    """Months covered by a year that is not whole, of the units named or of all."""

    model_config = STRICT

    year: int
    first_month: int = Field(1, ge=1, le=12)
    last_month: int = Field(ge=1, le=12)
    # A list of YAML becomes the tuple; its items stay strict.
    units: tuple[str, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _in_order(self) -> PartYear:
        return _ordered(self, self.first_month, self.last_month)


class Period(BaseModel):
    """First and last year of the data, and which years are not whole."""

    model_config = STRICT

    first_year: int
    last_year: int
    part_years: tuple[PartYear, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        return _ordered(self, self.first_year, self.last_year)


class DatasetInfo(BaseModel):
    """What `dataset.yaml` says of a data set; a title in one language serves for both."""

    model_config = STRICT

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
    """One file that was read: its name, its hash and its rows by table."""

    name: str
    sha256: str
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """The tables of `schemas.TABLES` as frames; a table that was not given is empty.

    Money is in 元. The index of each frame is the row of its source file (the header is
    row 1), so that a figure can be traced; rows are sorted by the table's key.
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
