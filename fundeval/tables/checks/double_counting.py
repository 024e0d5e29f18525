"""Find totals in the same table as their details, which every sum would count twice."""

from __future__ import annotations

from fundeval.tables.parsing.parsed_table import ParsedTable

# Total -> what it is the total of. `primary_care_levels` of the policy names the details or
# the total; `other` belongs to neither.
DETAILS = {
    "primary_total": ("community_center", "township_center", "village_clinic", "clinic"),
    "hospital_total": ("tertiary", "secondary", "primary_hospital", "ungraded"),
}


def check_double_counting(table: ParsedTable) -> None:
    """Report each total that has details of the same unit, year, scheme and setting."""
    if "care_level" not in table.frame:
        return
    around = ["unit_id", "year", "scheme", "setting"]
    for total, details in DETAILS.items():
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
