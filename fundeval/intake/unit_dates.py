"""Find rows of units that do not exist in their year, and dates or successors that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import columns_of_role
from fundeval.tables.succession import AMOUNTS_OF, FOLLOWING, exists, successors

# Table, rule, row, column, and what the message names.
Place = tuple[ParsedTable, str, object, str, Mapping[str, object]]
# The tables whose rows a successor takes over, added up or one by one.
TAKEN_OVER = (*FOLLOWING, "incidents", "purchases", "projects")
# Rules for rows after the end of a unit, and what they are called where an amount is named.
WITH_AMOUNT = {
    "slip.after_end": "slip.after_end.money",
    "slip.after_end_gap": "slip.after_end_gap.money",
    "slip.after_end_moved": "slip.after_end_moved.money",
}


def against_unit_dates(tables: Mapping[str, ParsedTable]) -> Iterator[Place]:
    """Yield what does not agree with the days on which units begin and end.

    Parameters
    ----------
    tables
        The tables of a data set, money in 元.
    """
    if "units" not in tables:
        return
    units = tables["units"]
    frame = units.frame.drop_duplicates("unit_id")
    backwards = frame["valid_from"] > frame["valid_to"]
    for row in frame.index[backwards]:
        yield units, "slip.reversed_dates", row, "valid_to", {}
    for row in frame.index[frame["successor_id"].notna() & frame["valid_to"].isna()]:
        yield units, "slip.no_end", row, "successor_id", {}
    yield from _other_kinds(units)
    # What follows from two dates that changed places is told by them.
    dated = frame[~backwards]
    for table in map(_with_year, tables.values()):
        if {"year", "unit_id"} <= set(table.frame.columns):
            yield from _after_the_end(table, dated, frame)
            yield from _before_the_start(table, dated)
            if table.name not in TAKEN_OVER:
                yield from _no_sums_of_merged(table, dated, frame)


def _with_year(table: ParsedTable) -> ParsedTable:
    if table.name != "purchases":
        return table
    return replace(table, frame=table.frame.assign(year=table.frame["date"].dt.year))


def _other_kinds(units: ParsedTable) -> Iterator[Place]:
    kinds = units.frame.drop_duplicates("unit_id").set_index("unit_id")["kind"]
    of_successor = units.frame["successor_id"].map(kinds)
    for row in units.frame.index[of_successor.notna() & (of_successor != units.frame["kind"])]:
        yield units, "slip.successor_kind", row, "successor_id", {}


def _after_the_end(table: ParsedTable, dated: pd.DataFrame, units: pd.DataFrame) -> Iterator[Place]:
    """Yield the first row of each unit in a year after it ended: lost, or its successor's."""
    last = dated.set_index("unit_id")["valid_to"].dropna().dt.year
    late = table.frame[table.frame["year"] > table.frame["unit_id"].map(last)]
    if late.empty:
        return
    following = units.set_index("unit_id")["successor_id"]
    if table.name not in TAKEN_OVER:
        # What is no sum is told figure by figure, with its successor.
        late = late[late["unit_id"].map(following).isna()]
    held = pd.Series("", late.index, dtype="object")
    for year in late["year"].unique():
        there = set(units.loc[exists(units, int(year)), "unit_id"])
        of_year = late.loc[late["year"] == year, "unit_id"].map(successors(units, int(year)))
        held[of_year.index] = of_year.where(of_year.isin(there), "")
    for (unit_id, successor), rows in late.groupby([late["unit_id"], held], dropna=False):
        unit = str(unit_id)
        rule = "slip.after_end_moved" if successor else "slip.after_end"
        if not successor and pd.notna(following[unit]):
            rule = "slip.after_end_gap"
        values = {"year": last[unit], "successor": successor or following[unit]}
        values |= {"rows": len(rows)} | (amount := _amount(table, rows))
        told = WITH_AMOUNT[rule] if amount else rule
        yield table, told, rows.index.min(), "unit_id", values


def _amount(table: ParsedTable, rows: pd.DataFrame) -> dict[str, object]:
    """Return the amount of the rows and the header it stands under, where there is one."""
    column = AMOUNTS_OF.get(table.name, "")
    if column not in table.layout.columns or rows[column].isna().all():
        return {}
    return {"of": table.layout.columns[column].header, "amount": f"{rows[column].sum():,.2f}"}


def _no_sums_of_merged(
    table: ParsedTable, dated: pd.DataFrame, units: pd.DataFrame
) -> Iterator[Place]:
    """Yield each figure of a year at whose end its unit has merged: no successor has it."""
    ends = dated.set_index("unit_id")["valid_to"]
    names = units.set_index("unit_id")["name"]
    numeric = columns_of_role(table.name, "rate", "money", "number")
    columns = [name for name in numeric if name in table.layout.columns]
    for year, rows in table.frame.groupby("year", dropna=True):
        merged = successors(dated, int(str(year)))
        for row, cells in rows[rows["unit_id"].isin(merged.index)].iterrows():
            unit = cells["unit_id"]
            values = {"unit": f"{names[unit]} {unit}", "of_year": year}
            values |= {"end": ends[unit].strftime("%Y-%m-%d"), "successor": merged[unit]}
            for column in cells[columns].dropna().index:
                is_measure = table.name == "measures"
                name = cells["measure"] if is_measure else table.layout.columns[column].header
                yield table, "slip.figure_of_merged", row, column, {**values, "name": name}


def _before_the_start(table: ParsedTable, dated: pd.DataFrame) -> Iterator[Place]:
    """Yield the first row of each unit in a year before it began."""
    first = dated.set_index("unit_id")["valid_from"].dropna().dt.year
    early = table.frame[table.frame["year"] < table.frame["unit_id"].map(first)]
    for unit, rows in early.groupby("unit_id", dropna=False):
        yield table, "slip.before_start", rows.index.min(), "year", {"year": first[str(unit)]}
