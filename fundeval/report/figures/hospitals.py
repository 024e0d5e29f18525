"""The hospitals that figures show, and their execution rates."""

from __future__ import annotations

import pandas as pd

# More regions than these do not fit beside each other.
MOST_GROUPS = 12


def hospitals_of(units: pd.DataFrame) -> pd.DataFrame:
    """Return `unit_id`, `name` and `level` of the hospitals, in order; "" for no level."""
    found = units.loc[units["kind"] == "hospital", ["unit_id", "name", "level"]]
    found = found.assign(level=found["level"].astype("str").fillna(""))
    return found.sort_values("unit_id", ignore_index=True)


def rates_of(indicators: pd.DataFrame) -> pd.DataFrame:
    """Return `unit_id`, `year` and `value` of the execution rates over all schemes."""
    rows = indicators[
        (indicators["indicator"] == "execution_rate") & (indicators["scheme"] == "all")
    ]
    return rows[["unit_id", "year", "value"]].reset_index(drop=True)


def grouped_hospitals(units: pd.DataFrame) -> pd.DataFrame:
    """Return the hospitals with `group` and `group_name`, by which figures tell them apart.

    The group is the region where they are those of 2 to `MOST_GROUPS` regions, and its name;
    otherwise the level, with the name "".
    """
    found = hospitals_of(units)
    regions = found["unit_id"].map(_region_above(units))
    if not 1 < len(regions.dropna().unique()) <= MOST_GROUPS:
        return found.assign(group=found["level"], group_name="")
    names = regions.map(units.set_index("unit_id")["name"])
    found = found.assign(group=regions.astype("str"), group_name=names.astype("str"))
    return found.dropna(subset=["group"])


def _region_above(units: pd.DataFrame) -> pd.Series:
    """Return the nearest region above each unit, by unit_id; missing where there is none."""
    known = units.set_index("unit_id")
    regions = known.index[known["kind"] == "region"]
    above = known["parent_id"].copy()
    # As many steps as there are levels between.
    while (lower := above.notna() & ~above.isin(regions)).any():
        above = above.where(~lower, above.map(known["parent_id"]))
    return above
