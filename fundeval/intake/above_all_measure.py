"""Amounts beyond what can be: many times those of the unit above, or many times their budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fundeval.intake.declared_units import UNIT_SLIP, Place
from fundeval.intake.shown_numbers import times_text
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import key_of

# The amounts of a unit that are part of those of the unit above.
PARTS = {
    "budgets": ("initial", "adjusted", "executed"),
    "monthly": ("executed",),
    "funds": ("income", "expenditure"),
}
# No unit has so many times what the unit above has, nor spends so many times its budget.
NEVER_TIMES = 10
# A part may exceed its whole by what both are rounded to.
A_LITTLE_MORE = 1.01


def above_all_measure(tables: Mapping[str, ParsedTable]) -> Iterator[Place]:
    """Yield each such amount: table, rule, row, column, values; money in 元."""
    for name, columns in PARTS.items():
        if "units" in tables and name in tables:
            yield from _above_parents(tables[name], tables["units"], columns)
    if "budgets" in tables:
        yield from _above_budgets(tables["budgets"])


def _above_parents(
    table: ParsedTable, units: ParsedTable, columns: tuple[str, ...]
) -> Iterator[Place]:
    known = units.frame.drop_duplicates("unit_id").set_index("unit_id")
    parents, kinds = known["parent_id"], known["kind"]
    key = key_of(table.name)
    money = [column for column in columns if column in table.layout.columns]
    own = table.frame[[*key, *money]].reset_index(names="row")
    above = own[[*key, *money]].rename(columns={"unit_id": "parent_id"})
    on = ["parent_id", *(column for column in key if column != "unit_id")]
    own["parent_id"] = own["unit_id"].map(parents)
    both = own.dropna(subset="parent_id").merge(
        above.drop_duplicates(on), on=on, suffixes=("", "_above"), validate="many_to_one"
    )
    for column in money:
        larger = both[f"{column}_above"].astype("float64")
        ratio = both[column].astype("float64") / larger.where(larger > 0)
        for place in ratio.index[ratio >= NEVER_TIMES]:
            values = {"times": times_text(ratio[place])}
            yield table, "slip.above_parent", both.loc[place, "row"], column, values
        # What hospitals have need not be part of what their region reports; of departments it is.
        inside = both["unit_id"].map(kinds).eq("department") & (ratio < NEVER_TIMES)
        for place in ratio.index[inside & (ratio > A_LITTLE_MORE)]:
            yield table, "slip.above_hospital", both.loc[place, "row"], column, {}


def _above_budgets(table: ParsedTable) -> Iterator[Place]:
    """Yield execution of many times its budget, where the two are not in different units."""
    if "executed" not in table.layout.columns:
        return
    given = table.frame["adjusted"].fillna(table.frame["initial"]).astype("float64")
    ratio = table.frame["executed"].astype("float64") / given.where(given > 0)
    for row in ratio.index[(ratio >= NEVER_TIMES) & (ratio < UNIT_SLIP)]:
        yield table, "slip.above_budget", row, "executed", {"times": times_text(ratio[row])}
