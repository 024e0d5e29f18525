"""What is wrong with records: found in their sums, then looked up with examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import pandas as pd

from fundeval.detail.columns import CODES, COLUMNS, LIMIT, YEARS, Frame
from fundeval.detail.engines import collect
from fundeval.detail.exact import checks, factor, lowest
from fundeval.problems import Problem
from fundeval.tables.parsing.parse import labels
from fundeval.tables.sources.data_source import similar_names

EXAMPLES = 5
# More units, years and kinds of care than any region has: a column holds something else.
MOST_GROUPS = 2_000_000


def wrong_sums(sums: pd.DataFrame, file: str, known: pd.DataFrame | None) -> Iterator[Problem]:
    """Yield what the sums by key tell: blanks, unknown codes, years and units, departments.

    `known` are the units, if they are given.
    """
    yield from _told(sums, file, "detail.blank", "unit_id", sums["unit_id"].isna())
    years = {"first": YEARS[0], "last": YEARS[1]}
    yield from _told(sums, file, "detail.no_year", "year", sums["year"] == 0, **years)
    for name, codes in CODES.items():
        wrong = ~sums[name].isin([*codes, *codes.values()])
        yield from _told(sums, file, "detail.unknown_code", name, wrong, codes=labels(dict(codes)))
    departments = sums.dropna(subset=["department_id"])
    hospitals = departments.groupby("department_id")["unit_id"].transform("nunique")
    shared = (hospitals > 1) | departments["department_id"].isin(sums["unit_id"])
    yield from _told(departments, file, "detail.shared_department", "department_id", shared)
    if known is not None:
        for rows, name in ((sums, "unit_id"), (departments, "department_id")):
            wrong = rows[name].notna() & ~rows[name].isin(known["unit_id"])
            if wrong.any():
                units = similar_names(str(rows.loc[wrong, name].min()), known["unit_id"])
                yield from _told(rows, file, "detail.unknown_unit", name, wrong, known=units)


def wrong_records(records: Frame, file: str, money_unit: str) -> Iterator[Problem]:
    """Yield each check that `exact` records fail: how many do, and the first of them."""
    shown = ["unit_id", "year", "record_id"]
    for rule, name, condition in checks(money_unit):
        wrong = records.filter(condition)
        count = collect(wrong.select(nw.len()))[0][0].as_py()
        if count:
            first = collect(
                wrong.select(*shown, name).sort(*shown, name).head(EXAMPLES)
            ).to_pylist()
            values = {
                "count": count,
                "examples": _examples(first),
                "least": f"{lowest(name) / factor(name, money_unit):g}",
                "most": f"{LIMIT / factor(name, money_unit):g}",
            }
            yield Problem(rule, file, values, column=COLUMNS[name].zh)


def repeated_records(records: Frame, file: str) -> Iterator[Problem]:
    """Yield the ids that stand on more than one record, or on none at all."""
    again = records.group_by("record_id").agg(records=nw.len())
    blank = nw.col("record_id").is_null() | (nw.col("record_id") == "")
    wrong = again.filter((nw.col("records") > 1) | blank).sort("record_id")
    found = collect(wrong.head(EXAMPLES)).to_pylist()
    if found:
        count = collect(wrong.select(nw.len()))[0][0].as_py()
        values = {"count": count, "examples": _examples(found)}
        yield Problem("detail.repeated_record", file, values, column=COLUMNS["record_id"].zh)


def _told(
    sums: pd.DataFrame, file: str, rule: str, name: str, wrong: pd.Series, **values: object
) -> Iterator[Problem]:
    """Yield a problem for each of the first values that are wrong, with its records."""
    found = sums[wrong.fillna(False)].groupby(name, dropna=False, sort=True)["records"].sum()
    for value, count in found.head(EXAMPLES).reset_index().to_numpy().tolist():
        told = {"count": count, "more": len(found), **values}
        shown = None if pd.isna(value) or value == 0 else value
        yield Problem(rule, file, told, column=COLUMNS[name].zh, value=shown)


def _examples(rows: list[dict[str, Any]]) -> str:
    return "; ".join(
        ", ".join(str(cell) for cell in row.values() if cell is not None) for row in rows
    )
