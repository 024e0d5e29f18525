"""Find totals in the same table as their details, which every sum would count twice."""

from __future__ import annotations

from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import CARE_TOTALS


def check_double_counting(table: ParsedTable) -> None:
    """Report each total that has details of the same unit, year, scheme and setting."""
    if "care_level" not in table.frame:
        return
    around = ["unit_id", "year", "scheme", "setting"]
    for total, details in CARE_TOTALS.items():
        rows = table.frame[table.frame["care_level"] == total]
        others = table.frame[table.frame["care_level"].isin(details)].drop_duplicates(around)
        totals = rows.reset_index(names="row")
        beside = totals.merge(others[around], on=around, validate="many_to_one")["row"]
        table.report(
            "tables.total_beside_details",
            "care_level",
            rows.loc[beside.sort_values(), "care_level"],
            details=", ".join(details),
        )
