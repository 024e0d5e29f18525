"""How many people an amount rests on: stated, or bounded by what a total leaves for it.

The least of visits, cases and persons of a unit and scheme counts. A part whose own number is not
known rests on no more than the total leaves: a part of a small total is small. Where nothing else
is known, what a table lists of some of the people counts. Money of nobody at all is late, and of as
few as there may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from fundeval.report.public.figures import Key
from fundeval.report.public.lines import Line, Place, depth_of, lines_of
from fundeval.tables.schemas import ALL_SCHEMES as ALL
from fundeval.tables.schemas import CARE_TOTALS

KEY = ["unit_id", "scheme"]
# Where it stands how many people an amount rests on: table, column, and what each part of the table
# for itself is a whole of.
ALL_PEOPLE = (
    ("services", "visits", None),
    ("settlements", "cases", None),
    ("funds", "insured", None),
    ("populations", "persons", "dimension"),
)
# Where some of them are listed, each part of the table for itself.
SOME_PEOPLE = (
    ("settlements", "heads", None),
    ("settlements", "submitted_cases", None),
    ("disease_groups", "cases", None),
    ("refills", "patients", "disease"),
    ("screening", "records", "rule"),
)


@dataclass(frozen=True)
class People:
    """How many people amounts rest on, at most; `stated` is what each table says itself."""

    counts: Mapping[Key, float]
    stated: Sequence[Mapping[Key, float]]

    def beside(self, line: Line) -> float | None:
        """Return the number of a total less those of its parts, None where one is not stated."""
        rows = (*line.total, *line.parts)
        left = [
            sum(of[row] for row in line.total) - sum(of[row] for row in line.parts)
            for of in self.stated
            if all(row in of for row in rows)
        ]
        return min(left, default=None)


def people_of(
    tables: Mapping[str, pd.DataFrame], year: int, keys: Iterable[Key], places: Mapping[str, Place]
) -> People:
    """Return how many people the amounts of each unit and scheme rest on, where that is known.

    Parameters
    ----------
    tables
        The input tables.
    year
        The year of the amounts.
    keys
        Units and schemes with amounts.
    places
        Where each unit stands.
    """
    counts: dict[Key, float] = {}
    tables_stated = []
    wanted = [key for key in keys if key[0] in places]
    for each in ALL_PEOPLE:
        for stated in _stated(tables, year, *each):
            lines = lines_of({*wanted, *(key for key in stated if key[0] in places)}, places)
            _add_schemes(stated, lines)
            tables_stated.append(stated)
            for key, count in _bounded(stated, lines, places).items():
                if count > 0:
                    counts[key] = min(count, counts.get(key, count))
    some: dict[Key, float] = {}
    for each in SOME_PEOPLE:
        for stated in _stated(tables, year, *each):
            some |= {key: max(count, some.get(key, 0)) for key, count in stated.items()}
    told = {key for stated in tables_stated for key, count in stated.items() if count > 0}
    nobody = {key: 0.0 for stated in tables_stated for key in stated.keys() - told}
    few = {
        key: min(count, counts.get(key, count))
        for key, count in some.items()
        if count > 0 and key not in told
    }
    return People(nobody | counts | few, tables_stated)


def _stated(
    tables: Mapping[str, pd.DataFrame], year: int, name: str, column: str, apart: str | None
) -> Iterable[dict[Key, float]]:
    """Return the numbers of a table, of each of its parts where these stand apart."""
    table = tables.get(name)
    if table is None or column not in table:
        return
    rows = table[table["year"] == year]
    parts = [rows] if apart is None else [part for _, part in rows.groupby(apart, dropna=False)]
    yield from (_counts(part, column) for part in parts)


def _counts(rows: pd.DataFrame, column: str) -> dict[Key, float]:
    """Add up the numbers of each unit and scheme; totals of care levels not beside their parts."""
    if "care_level" in rows:
        place = [*KEY, "setting"]
        totals = rows["care_level"].isin(list(CARE_TOTALS))
        parts = pd.MultiIndex.from_frame(rows.loc[~totals & rows[column].notna(), place])
        rows = rows[~(totals & pd.MultiIndex.from_frame(rows[place]).isin(parts))]
    counts = rows.groupby(KEY, dropna=False)[column].sum(min_count=1).dropna()
    frame = counts.reset_index()
    found = zip(frame["unit_id"], frame["scheme"], frame[column], strict=True)
    return {(unit_id, scheme): float(count) for unit_id, scheme, count in found}


def _add_schemes(stated: dict[Key, float], lines: Iterable[Line]) -> None:
    """Add the number over all schemes where it is that of each."""
    for line in lines:
        known = line.kind == ALL and all(part in stated for part in line.parts)
        if known and line.total[0] not in stated:
            stated[line.total[0]] = sum(stated[part] for part in line.parts)


def _bounded(
    stated: Mapping[Key, float], lines: Iterable[Line], places: Mapping[str, Place]
) -> dict[Key, float]:
    """Add at most what a total leaves for the parts whose number is not stated."""
    found = dict(stated)
    told = [line for line in lines if line.total and not line.supposed]
    above = {unit_id: place.above for unit_id, place in places.items()}
    # From the top down, all schemes before each, so that what bounds a part is known by then.
    for line in sorted(told, key=lambda each: (each.scheme != ALL, depth_of(each.unit_id, above))):
        if not all(row in found for row in line.total):
            continue
        whole = sum(found[row] for row in line.total)
        left = whole - sum(stated.get(part, 0) for part in line.parts)
        if left > 0:
            unknown = [part for part in line.parts if part not in stated]
            found |= {part: min(left, found.get(part, left)) for part in unknown}
    return found
