"""Growth of past and coming years, as budgets and projections carry it on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.arrays import Floats
from fundeval.evaluation.cells import positions
from fundeval.evaluation.inputs import Inputs
from fundeval.money import to_yuan
from fundeval.policy import Rules
from fundeval.policy.model import INHERITED, Driver, Heavier
from fundeval.tables.schemas import ALL_SCHEMES


def growth_by(driver: Driver, rows: pd.DataFrame, inputs: Inputs, rules: Rules) -> Floats:
    """Return by what a driver grows for the unit and scheme of each row; NaN where unknown (R7).

    It is that of the scheme, else over all schemes (of budgets never: they are those of the
    scheme), of the unit or, in a table of `INHERITED`, of the nearest unit above that has it. What
    the context says counts up to the budget year, all else up to the evaluated one.
    """
    source, column = driver.column
    table = getattr(inputs, source)
    if source == "measures":
        table, column = table[table["measure"] == column].assign(scheme=ALL_SCHEMES), "value"
    elif source != "context":
        table = table[inputs.is_whole(table)]
    last, years = inputs.year + (source == "context"), _years(driver, rules)

    def grown(rows: pd.DataFrame) -> Floats:
        return mean_rates(rows, column, inputs, (last - years, last),
                          stated=driver.rate is not None, least=driver.minimum_years)  # fmt: skip

    found = grown(table)
    if driver.heavier:
        # Without the share of one of the years it is the growth of the column alone.
        weighted = grown(table.assign(**{column: weigh(table, column, driver.heavier, rules)}))
        found = np.where(np.isnan(weighted), found, weighted)
    found = inputs.inherit(found) if source in INHERITED else found
    units, own = positions(rows["unit_id"], inputs.cells.units), of_rows(found, rows, inputs)
    over_all = found[units, inputs.cells.over_all]
    return own if source == "budgets" else np.where(np.isnan(own), over_all, own)


def weigh(table: pd.DataFrame, column: str, heavier: Heavier, rules: Rules) -> pd.Series:
    """Return a column in which a share of it counts several times, missing where that is."""
    times = rules.value(heavier.times) if isinstance(heavier.times, str) else heavier.times
    return table[column].astype("float64") * (1 + (times - 1) * table[heavier.share])


def mean_rates(  # noqa: PLR0913
    table: pd.DataFrame, column: str, inputs: Inputs, years: tuple[int, int], *,
    stated: bool = False, least: int = 1,
) -> Floats:  # fmt: skip
    """Return the mean yearly growth of a column: a row a unit of `cells`, a column a scheme.

    Of the years after the first up to the last, between adjacent years on the same basis, if the
    table states one; none from zero or a missing value, nor to what is negative. `stated`: the
    column holds the rates themselves. NaN with fewer than `least` of them.
    """
    cells, apart = inputs.cells, len(inputs.cells.schemes)
    given = table[column]
    figure = to_yuan(given) if isinstance(given.dtype, pd.Int64Dtype) else given.astype("float64")
    rows = pd.DataFrame({"figure": figure.array}, cells.of(table))
    rows["basis"] = table["basis"].fillna("").array if "basis" in table else ""
    # Of a unit that is in no row of `units` there is no cell.
    rows = rows[(rows.index >= 0) & (table["year"] <= years[1]).to_numpy()].sort_index()
    if rows.index.has_duplicates:
        parts = rows.groupby(level=0, dropna=True)
        rows = parts["figure"].sum(skipna=False).to_frame().assign(basis=parts["basis"].max())
    before = rows.reindex(rows.index - apart).set_axis(rows.index)
    earlier = before["figure"].where((before["figure"] > 0) & (rows["basis"] == before["basis"]))
    figures = rows["figure"]
    rates = figures if stated else figures.where(figures >= 0) / earlier - 1
    rates = rates[cells.year_of(rates.index.to_numpy()) > years[0]]
    # Whatever the year: by unit and scheme, in the order of years.
    cell = rates.index.to_numpy()
    of_cell = rates.groupby(cells.unit_of(cell) * apart + cell % apart, dropna=True)
    mean = of_cell.mean().where(of_cell.count() >= least)
    found = np.full(len(cells.units) * apart, np.nan)
    found[mean.index.to_numpy()] = mean
    return found.reshape(-1, apart)


def of_rows(found: Floats, rows: pd.DataFrame, inputs: Inputs) -> Floats:
    """Return what `mean_rates` found for the unit and scheme of each row."""
    cells = inputs.cells
    own: Floats = found[
        positions(rows["unit_id"], cells.units), positions(rows["scheme"], cells.schemes)
    ]
    return own


def years_of(table: str, rules: Rules) -> int:
    """Return over how many years the growth of a table counts, 0 where it drives nothing."""
    drivers = rules.value("growth_drivers").values()
    return max((_years(d, rules) for d in drivers if d.column[0] == table), default=0)


def _years(driver: Driver, rules: Rules) -> int:
    return int(rules.value(driver.years) if isinstance(driver.years, str) else driver.years)
