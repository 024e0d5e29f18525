"""Checks across tables: ids of unknown units, units that contain or succeed themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from fundeval.indicator_registry import REGISTRY
from fundeval.problems import Problem
from fundeval.tables.cells import distinct
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.parsing.parsed_table import ParsedTable

UNIT_REFERENCES = ("parent_id", "alliance_id", "successor_id")
# Following one of these links must never lead back to where it began.
CHAINS = {"parent_id": "tables.own_ancestor", "successor_id": "tables.own_successor"}


def check_references(
    tables: Sequence[ParsedTable], info: DatasetInfo | None = None, described_in: str = ""
) -> list[Problem]:
    """Check that ids refer to known units and that no unit contains or succeeds itself.

    Parameters
    ----------
    tables
        There may be several of one name, from several files. Their problems are added to them.
        A supplied measure must not have the name of a computed indicator.
    info, described_in
        The description, whose incomplete years name units, and the file it is in.

    Returns
    -------
    Problems of the description. Without a table of units nothing can be checked.
    """
    for table in tables:
        if "measure" in table.frame:
            names = table.frame["measure"]
            taken = names.isin(REGISTRY) & ~names.duplicated()
            table.report("tables.measure_computed", "measure", names[taken])
    units = [table for table in tables if "unit_id" in table.frame and table.name == "units"]
    if not units:
        return []
    # A unit whose row lacks something is told there, and known all the same.
    known = {
        unit: None
        for table in units
        for ids in (table.frame["unit_id"], *table.ids)
        for unit in distinct(ids)
    }
    for table in tables:
        for column in UNIT_REFERENCES if table.name == "units" else ("unit_id",):
            if column in table.frame:
                _report_unknown(table, column, known)
    for column, rule in CHAINS.items():
        _report_cycles(units, column, rule)
    return _unknown_in_part_years(info, described_in, known.keys())


def _report_unknown(table: ParsedTable, column: str, known: Mapping[str, None]) -> None:
    ids = table.frame[column]
    wrong = [unit for unit in distinct(ids) if unit not in known]
    if not wrong:
        return
    # One wrong id can stand in thousands of rows: its first row is enough.
    unknown = ids[ids.isin(wrong) & ~ids.duplicated()]
    whole = {unit.lstrip("0"): unit for unit in known}
    lost = unknown.isin(whole)
    for unit, cells in unknown[lost].groupby(unknown[lost], dropna=False):
        table.report("tables.lost_zeros", column, cells, whole=whole[str(unit)])
    table.report("tables.unknown_unit", column, unknown[~lost])


def _unknown_in_part_years(info: DatasetInfo | None, file: str, known: Set[str]) -> list[Problem]:
    part_years = info.period.part_years if info else ()
    named = [unit for part_year in part_years for unit in part_year.units]
    place = "period.part_years.units"
    return [
        Problem("tables.unknown_unit", file, column=place, value=unit)
        for unit in named
        if unit not in known
    ]


def _report_cycles(units: Sequence[ParsedTable], column: str, rule: str) -> None:
    places: dict[str, tuple[ParsedTable, int]] = {}
    links: dict[str, str] = {}
    for table in units:
        for row, unit, linked in table.frame[["unit_id", column]].dropna().itertuples():
            if unit not in links:
                places[unit], links[unit] = (table, row), linked
    for circle in find_cycles(links):
        table, row = places[circle[0]]
        path = " → ".join([*circle, circle[0]])
        table.report(rule, column, table.frame.loc[[row], column], path=path)


def find_cycles(links: Mapping[str, str]) -> list[list[str]]:
    """Return each cycle of the links as the list of its members in order."""
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
