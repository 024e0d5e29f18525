"""Checks across tables: ids that lead nowhere, units that contain or succeed themselves."""

from __future__ import annotations

from collections.abc import Mapping

from fundeval.problems import Problem
from fundeval.registry import REGISTRY
from fundeval.tables.parse import ParsedTable
from fundeval.tables.source import Source

LINKS_OF_UNITS = ("parent_id", "alliance_id", "successor_id")
# Following one of these links must never lead back to where it began.
CHAINS = {"parent_id": "tables.own_ancestor", "successor_id": "tables.own_successor"}


def check_links(source: Source, tables: Mapping[str, ParsedTable]) -> None:
    """Report, at its table, what leads to no unit; nothing when `units` has no ids to look up.

    A supplied measure may not bear the name of an indicator that is computed.
    """
    units, measures = tables.get("units"), tables.get("measures")
    if measures is not None and "measure" in measures.cells:
        names = measures.frame["measure"]
        taken = names.isin(REGISTRY) & ~names.duplicated()
        measures.report("tables.measure_computed", "measure", names.index[taken])
    if units is None or "unit_id" not in units.frame:
        return
    known = units.frame["unit_id"].dropna()
    for name, table in tables.items():
        for column in LINKS_OF_UNITS if name == "units" else ("unit_id",):
            if column in table.cells and column in table.frame:
                ids = table.frame[column]
                # One wrong id can stand in thousands of rows: its first row is enough.
                unknown = ids.notna() & ~ids.isin(known) & ~ids.duplicated()
                table.report("tables.unknown_unit", column, ids.index[unknown])
    for column, rule in CHAINS.items():
        _report_circles(units, column, rule)
    source.problems += _unknown_in_part_years(source, set(known))


def _unknown_in_part_years(source: Source, known: set[str]) -> list[Problem]:
    part_years = source.info.period.part_years if source.info else ()
    named = [unit for part_year in part_years for unit in part_year.units]
    file, place = source.described_in, "period.part_years.units"
    return [
        Problem("tables.unknown_unit", file, column=place, value=unit)
        for unit in named
        if unit not in known
    ]


def _report_circles(units: ParsedTable, column: str, rule: str) -> None:
    linked = units.frame.dropna(subset=["unit_id", column]).drop_duplicates("unit_id")
    rows = dict(zip(linked["unit_id"], linked.index, strict=True))
    for circle in circles(dict(zip(linked["unit_id"], linked[column], strict=True))):
        path = " → ".join([*circle, circle[0]])
        units.report(rule, column, [rows[circle[0]]], path=path)


def circles(links: Mapping[str, str]) -> list[list[str]]:
    """Return each circle that the links form, as the list of its members in order."""
    found = []
    finished: set[str] = set()
    for start in links:
        walk: dict[str, None] = {}
        unit = start
        while unit in links and unit not in finished and unit not in walk:
            walk[unit] = None
            unit = links[unit]
        if unit in walk:
            members = list(walk)
            found.append(members[members.index(unit) :])
        finished.update(walk)
    return found
