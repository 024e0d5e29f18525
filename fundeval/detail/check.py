"""Check records: problems show in the sums first and are then located with examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import pandas as pd

from fundeval.detail.columns import (
    CODES,
    LIMIT,
    MONEY,
    SCALES,
    YEARS,
    Frame,
    is_told,
    minimum,
)
from fundeval.detail.engines import collect
from fundeval.detail.exact_amounts import record_checks
from fundeval.detail.locate import find_row
from fundeval.detail.scan import RecordFiles, headers_of
from fundeval.invisible_signs import visible
from fundeval.problems import Problem
from fundeval.tables.cells import matching
from fundeval.tables.parsing.column_roles import MANGLED_ID
from fundeval.tables.parsing.parse import labels
from fundeval.tables.sources.data_source import similar_names

EXAMPLES = 5
# What is wrong with one cell, whose row can be found by what stands there.
AT_ONE_CELL = (
    "detail.blank", "detail.no_year", "detail.unknown_code", "detail.unknown_unit",
    "detail.out_of_range", "detail.refund", "detail.mangled_id", "detail.repeated_record",
)  # fmt: skip
# More units, years and kinds of care than any region has: a column holds something else.
MAX_GROUPS = 2_000_000


def check_sums(sums: pd.DataFrame, file: str, units: pd.DataFrame | None) -> Iterator[Problem]:
    """Check the keys of the sums: blank units, unknown codes, years, units and departments.

    `file` is the name to show; `units`, if given, is the table of all known units.
    """
    yield from _problems_by_value(sums, file, "detail.blank", "unit_id", sums["unit_id"].isna())
    for name in ("unit_id", "department_id"):
        mangled = matching(sums[name].astype("str"), MANGLED_ID)
        yield from _problems_by_value(sums, file, "detail.mangled_id", name, mangled)
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


def check_records(records: Frame, file: str) -> Iterator[Problem]:
    """Report each of `record_checks` that records fail: their number and the first of them."""
    shown = ["unit_id", "year", "record_id"]
    for rule, name, condition in record_checks():
        wrong = records.filter(condition)
        given = f"{name}_given"
        count = collect(wrong.select(nw.len()))[0][0].as_py()
        if count:
            first = collect(
                wrong.select(*shown, given).sort(*shown, given).head(EXAMPLES)
            ).to_pylist()
            unit = " 元" if name in MONEY else ""
            values = {
                "count": count,
                "examples": _format_examples(first),
                "least": f"{minimum(name) / SCALES[name]:g}{unit}",
                "most": f"{LIMIT // SCALES[name]:,}{unit}",
            }
            yield Problem(rule, file, values, column=name, value=first[0][given])


def check_record_ids(records: Frame, file: str, of_all: bool) -> Iterator[Problem]:
    """Report ids of more than one record, and blank ones if all files give ids."""
    counts = records.group_by("record_id").agg(records=nw.len())
    told = is_told("record_id")
    again = (nw.col("records") > 1) & told
    wrong = counts.filter(again | ~told if of_all else again).sort("record_id")
    found = collect(wrong.head(EXAMPLES)).to_pylist()
    if found:
        count = collect(wrong.select(nw.len()))[0][0].as_py()
        values = {"count": count, "examples": _format_examples(found)}
        value = found[0]["record_id"] or ""
        yield Problem("detail.repeated_record", file, values, column="record_id", value=value)


def with_places(problems: Iterable[Problem], groups: Sequence[RecordFiles]) -> Iterator[Problem]:
    """Yield problems with the header of their column, and the row where one has their value."""
    headers = headers_of(groups)
    for problem in problems:
        name = problem.column
        named = replace(problem, column=headers.get(name, name))
        wanted = {"" if problem.value is None else str(problem.value)}
        found = find_row(groups, name, wanted) if problem.rule in AT_ONE_CELL else None
        if found:
            file, row, text = found
            named = replace(named, file=file, row=row, value=text or None)
        yield named


def _problems_by_value(
    sums: pd.DataFrame, file: str, rule: str, name: str, wrong: pd.Series, **values: object
) -> Iterator[Problem]:
    """Report the first wrong values of a column, each with its number of records."""
    found = sums[wrong.fillna(False)].groupby(name, dropna=False, sort=True)["records"].sum()
    for value, count in found.head(EXAMPLES).reset_index().to_numpy().tolist():
        shown = None if pd.isna(value) or value == 0 else value
        counts = {"count": count, "more": len(found), **values}
        yield Problem(rule, file, counts, column=name, value=shown)


def _format_examples(rows: list[dict[str, Any]]) -> str:
    return "; ".join(
        ", ".join(visible(str(cell)) for cell in row.values() if cell is not None) for row in rows
    )
