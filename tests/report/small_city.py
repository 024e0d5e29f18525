"""The sample city, shrunk to what every part of a report can be shown with."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from fundeval import tables
from fundeval.tables.dataset import Dataset
from fundeval.tables.schemas import TABLES

YEAR = 2024
CITY, COUNTY, OTHER_COUNTY = "990100", "990103", "990104"
ALLIANCE, HOSPITAL, OTHER_HOSPITAL = "A990101", "H99010300001", "H99010300002"
# The first has departments of every state but one, the second a restricted department.
DEPARTMENTS = (f"{HOSPITAL}-D01", f"{HOSPITAL}-D02", f"{OTHER_HOSPITAL}-D07")
UNITS = (CITY, COUNTY, OTHER_COUNTY, ALLIANCE, HOSPITAL, OTHER_HOSPITAL, *DEPARTMENTS)
# One unit of each kind; the overview has the empty id.
REPORTS = (CITY, COUNTY, ALLIANCE, HOSPITAL, DEPARTMENTS[0], "")


@cache
def small_city() -> Dataset:
    """Return nine units of the city. They are shared: a test that changes them works on a copy."""
    city = tables.load("sample:city")
    kept = {name: table[table["unit_id"].isin(UNITS)] for name, table in tables_of(city).items()}
    return replace(city, **kept)


def tables_of(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables of a data set by name."""
    return {name: getattr(dataset, name) for name in TABLES}
