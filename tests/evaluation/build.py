"""Small data sets for tests, written as rows; money in 元."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.money import to_fen
from fundeval.tables.dataset import Dataset, DatasetInfo
from fundeval.tables.parsing.parse import empty_frame
from fundeval.tables.schemas import TABLES, columns_of_role

Rows = list[dict[str, Any]]


def dataset(part_years: Rows | None = None, **tables: Rows) -> Dataset:
    """Return a data set of these rows; a scheme that is not given is `all`."""
    info = DatasetInfo.model_validate(
        {
            "title": {"zh": "测试", "en": "test"},
            "source": "test",
            "money_unit": "元",
            "period": {"first_year": 2010, "last_year": 2025, "part_years": part_years or []},
            "synthetic": True,
            "licence": "CC0-1.0",
        }
    )
    frames = {name: frame(name, tables.get(name, [])) for name in TABLES}
    return Dataset(info=info, **frames)


def frame(name: str, rows: Rows) -> pd.DataFrame:
    """Return the rows as the table of that name, all columns present and typed."""
    empty = empty_frame(name)
    if not rows:
        return empty
    table = pd.DataFrame(rows).reindex(columns=empty.columns)
    if "scheme" in table:
        table["scheme"] = table["scheme"].astype("str").fillna("all")
    money = {column: to_fen(table[column]) for column in columns_of_role(name, "money")}
    return table.assign(**money).astype(empty.dtypes.to_dict())


def unit(unit_id: str, kind: str = "department", parent: str | None = None, **more: Any) -> dict:
    """Return a row of `units`."""
    row = {"unit_id": unit_id, "name": unit_id, "kind": kind, "parent_id": parent}
    for date in ("valid_from", "valid_to"):
        row[date] = pd.Timestamp(more.pop(date)) if date in more else pd.NaT
    return row | more


def budget(unit_id: str, year: int, executed: Any, adjusted: Any = 100.0, **more: Any) -> dict:
    """Return a row of `budgets`."""
    return {"unit_id": unit_id, "year": year, "executed": executed, "adjusted": adjusted} | more
