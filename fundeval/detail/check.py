"""Check records: problems show in the sums first and are then located with examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import pandas as pd

from fundeval.detail.columns import CODES, COLUMNS, LIMIT, YEARS, Frame
from fundeval.detail.engines import collect
from fundeval.detail.exact_amounts import minimum, record_checks, scale_factor
from fundeval.problems import Problem
from fundeval.tables.parsing.parse import labels
from fundeval.tables.sources.data_source import similar_names

EXAMPLES = 5
# More units, years and kinds of care than any region has: a column holds something else.
MAX_GROUPS = 2_000_000


def check_sums(sums: pd.DataFrame, file: str, units: pd.DataFrame | None) -> Iterator[Problem]:
    """Check the keys of the sums: blank units, unknown codes, years, units and departments.

    `file` is the name to show; `units`, if given, is the table of all known units.
    """
    yield from _problems_by_value(sums, file, "detail.blank", "unit_id", sums["unit_id"].isna())
    years = {"first": YEARS[0], "last": YEARS[1]}
    yield from _problems_by_value(sums, file, "detail.no_year", "year", sums["year"] == 0, **years)
    for name, codes in CODES.items():
        wrong = ~sums[name].isin([*codes, *codes.values()])
        known = labels(dict(codes))
        yield from _problems_by_value(sums, file, "detail.unknown_code", name, wrong, codes=known)
    departments = sums.dropna(subset=["department_id"])
    hospitals = departments.groupby("department_id", dropna=False)["unit_id"].transform("nunique")
    shared = (hospitals > 1) | departments["department_id"].isin(sums["unit_id"])
    yield from _problems_by_value(
        departments, file, "detail.shared_department", "department_id", shared
    )
    if units is not None:
        for rows, name in ((sums, "unit_id"), (departments, "department_id")):
            wrong = rows[name].notna() & ~rows[name].isin(units["unit_id"])
            if wrong.any():
                similar = similar_names(str(rows.loc[wrong, name].min()), units["unit_id"])
                yield from _problems_by_value(
                    rows, file, "detail.unknown_unit", name, wrong, known=similar
                )


def check_records(records: Frame, file: str, money_unit: str) -> Iterator[Problem]:
    """Report each of `record_checks` that records fail: their number and the first of them."""
    shown = ["unit_id", "year", "record_id"]
    for rule, name, condition in record_checks(money_unit):
        wrong = records.filter(condition)
        count = collect(wrong.select(nw.len()))[0][0].as_py()
        if count:
            first = collect(
                wrong.select(*shown, name).sort(*shown, name).head(EXAMPLES)
            ).to_pylist()
            values = {
                "count": count,
                "examples": _format_examples(first),
                "least": f"{minimum(name) / scale_factor(name, money_unit):g}",
                "most": f"{LIMIT / scale_factor(name, money_unit):g}",
            }
            yield Problem(rule, file, values, column=COLUMNS[name].zh)


def check_record_ids(records: Frame, file: str) -> Iterator[Problem]:
    """Report blank record ids and ids of more than one record."""
    counts = records.group_by("record_id").agg(records=nw.len())
    blank = nw.col("record_id").is_null() | (nw.col("record_id") == "")
    wrong = counts.filter((nw.col("records") > 1) | blank).sort("record_id")
    found = collect(wrong.head(EXAMPLES)).to_pylist()
    if found:
        count = collect(wrong.select(nw.len()))[0][0].as_py()
        values = {"count": count, "examples": _format_examples(found)}
        yield Problem("detail.repeated_record", file, values, column=COLUMNS["record_id"].zh)


def _problems_by_value(
    sums: pd.DataFrame, file: str, rule: str, name: str, wrong: pd.Series, **values: object
) -> Iterator[Problem]:
    """Report the first wrong values of a column, each with its number of records."""
    found = sums[wrong.fillna(False)].groupby(name, dropna=False, sort=True)["records"].sum()
    for value, count in found.head(EXAMPLES).reset_index().to_numpy().tolist():
        shown = None if pd.isna(value) or value == 0 else value
        counts = {"count": count, "more": len(found), **values}
        yield Problem(rule, file, counts, column=COLUMNS[name].zh, value=shown)


def _format_examples(rows: list[dict[str, Any]]) -> str:
    return "; ".join(
        ", ".join(str(cell) for cell in row.values() if cell is not None) for row in rows
    )
