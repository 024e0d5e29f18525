"""Rows of years after those that the description of a data set states: a year mistyped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fundeval.intake.declared_units import Place
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.parsing.parsed_table import ParsedTable

# Forecasts, baselines and projects may be of any year.
OF_THE_PERIOD = ("budgets", "monthly", "services", "funds", "settlements")


def outside_period(tables: Mapping[str, ParsedTable], info: DatasetInfo | None) -> Iterator[Place]:
    """Yield each such row: table, rule, row, column, values.

    The next year has a budget, and earlier years serve trends.
    """
    if info is None:
        return
    first, last = info.period.first_year, info.period.last_year
    for name in OF_THE_PERIOD:
        if name not in tables:
            continue
        years = tables[name].frame["year"]
        for row, year in years[years > last + 1].items():
            values = {"year": int(year), "first": first, "last": last}
            yield tables[name], "slip.outside_period", row, "year", values
