"""Which years the units of a data set have figures of, where they have none of the year judged."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

# These say nothing of what a unit did.
NOT_OF_A_YEAR = ("units", "context", "projects")


def years_elsewhere(
    units: pd.DataFrame, tables: Mapping[str, pd.DataFrame], year: int
) -> dict[str, dict[str, list[int]]]:
    """Return the years of each table that a unit has rows in, for units without any in `year`.

    A unit has data where it or a unit below it does, or a member of an alliance. Projects asked
    for the year after are reviewed with those of the year: they are data too.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["R", "H", "X"], "parent_id": [None, "R", None]})
    >>> rows = pd.DataFrame({"unit_id": ["H", "X", "X"], "year": [2024, 2022, 2023]})
    >>> years_elsewhere(units, {"budgets": rows}, 2024)
    {'X': {'budgets': [2022, 2023]}}
    """
    found = {
        name: rows[["unit_id"]].assign(
            year=rows["year"] if "year" in rows else rows["date"].dt.year
        )
        for name, rows in tables.items()
        if name not in NOT_OF_A_YEAR and len(rows)
    }
    given = [rows["unit_id"][rows["year"] == year] for rows in found.values()]
    if (asked := tables.get("projects")) is not None:
        given.append(asked["unit_id"][asked["year"] == year + 1])
    known = {str(one) for ids in given for one in ids.unique()}
    above: dict[str, list[str]] = {str(unit_id): [] for unit_id in units["unit_id"]}
    for column in ("parent_id", "alliance_id"):
        if column in units:
            held = units[["unit_id", column]].dropna()
            for unit_id, parent in zip(held["unit_id"], held[column], strict=True):
                above[str(unit_id)].append(str(parent))
    waiting = list(known)
    while waiting:
        new = set(above.get(waiting.pop(), ())) - known
        known |= new
        waiting += new
    without: dict[str, dict[str, list[int]]] = {one: {} for one in above if one not in known}
    for name, rows in found.items() if without else ():
        of_them = rows[rows["unit_id"].isin(list(without))].drop_duplicates()
        for unit_id, years in of_them.groupby("unit_id")["year"]:
            without[str(unit_id)][name] = sorted(map(int, years))
    return without
