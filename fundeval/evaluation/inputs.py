"""Bring the tables into the form that the rules are stated in.

Rows of units that have merged stand under their successor, so that every comparison over
years is made on the structure of the evaluated year (domain: mergers follow a successor map).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundeval.codes import KINDS
from fundeval.evaluation.cells import Cells, Floats, Truths, Whole, first_case, positions
from fundeval.tables.dataset import Dataset, PartYear
from fundeval.tables.schemas import ALL_SCHEMES

FUND = ["unit_id", "scheme"]
KEY = ["unit_id", "year", "scheme"]
MONTHS = 12
# The tables whose rows follow merged units, with the rest of their keys.
FOLLOWING = {
    "budgets": [], "monthly": ["month"], "services": ["setting", "care_level"], "funds": [],
    "settlements": [],
}  # fmt: skip
KIND_CODES = list(KINDS.values())


@dataclass(frozen=True)
class Inputs:
    """The tables of a data set as one year's evaluation uses them.

    `units` holds the units that exist in that year; `merged` maps a unit that was merged
    away to its successor, `merged_lately` those of them that ended the year before. `cells`
    numbers units, years and schemes; each table but units, purchases and measures has its
    `cell`. Of each unit of `cells`, `parents` is the place of its parent and `kinds` that of its
    kind, -1 for none; `months` numbers the months that each unit and year covers, 0 for a whole
    year. Money is in whole 分 (`Int64`).
    """

    year: int
    units: pd.DataFrame
    budgets: pd.DataFrame
    monthly: pd.DataFrame
    purchases: pd.DataFrame
    services: pd.DataFrame
    funds: pd.DataFrame
    settlements: pd.DataFrame
    measures: pd.DataFrame
    context: pd.DataFrame
    merged: pd.Series
    merged_lately: pd.Series
    cells: Cells
    parents: Whole
    kinds: Whole
    months: Whole

    def rows_of_year(self, table: pd.DataFrame, offset: int = 0) -> pd.DataFrame:
        """Return the rows of the evaluated year, or of the year `offset` years later."""
        return table[table["year"] == self.year + offset]

    def look_up(self, table: pd.DataFrame, column: str, rows: pd.DataFrame) -> pd.Series:
        """Return what a column of a table holds for the unit, year and scheme of each row."""
        known = table[column].set_axis(self.cells.of(table))
        return known.reindex(self.cells.of(rows)).set_axis(rows.index)

    def of_kinds(self, kinds: Collection[str]) -> Truths:
        """Tell which units of `cells` exist and are of these kinds."""
        return np.isin(self.kinds, [KIND_CODES.index(kind) for kind in kinds])

    def stated(self, column: str) -> Floats:
        """Return a column of the context over all schemes: a row a unit of `cells`, a column a
        year of its grid; NaN where nothing is stated."""
        rows = self.context[self.context["scheme"] == ALL_SCHEMES]
        figures = np.full(len(self.months), np.nan)
        figures[self.cells.spots(rows)] = rows[column].to_numpy("float64")
        return figures.reshape(-1, self.cells.years)

    def with_kinds(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with kind and level of their unit, by which values of a policy may differ."""
        units = self.units.set_index("unit_id")
        return rows.assign(**{of: rows["unit_id"].map(units[of]) for of in ("kind", "level")})

    def supplied(self, measure: str, unit_ids: pd.Series) -> pd.Series:
        """Return the value of a supplied measure of the evaluated year for each unit."""
        rows = self.rows_of_year(self.measures[self.measures["measure"] == measure])
        return unit_ids.map(rows.set_index("unit_id")["value"]).astype("float64")

    def inherit(self, values: Floats) -> Floats:
        """Return for each unit of `cells` its own values or those of its nearest ancestor.

        A row a unit; each column is inherited for itself, NaN is no value.
        """
        found, ancestor = values.copy(), self.parents
        while (ancestor >= 0).any():
            gaps = np.isnan(found) & (ancestor >= 0).reshape(-1, *[1] * (values.ndim - 1))
            found[gaps] = values[ancestor][gaps]
            ancestor = np.where(ancestor >= 0, self.parents[ancestor], -1)
        return found

    def depths(self) -> Whole:
        """Return how many ancestors each unit of `cells` has."""
        depth, ancestor = np.zeros(len(self.parents), "int64"), self.parents
        while (ancestor >= 0).any():
            depth += ancestor >= 0
            ancestor = np.where(ancestor >= 0, self.parents[ancestor], -1)
        return depth

    def of_units(self, unit_ids: pd.Series, figures: Floats, offset: int) -> pd.Series:
        """Return what `stated` or `inherit` say of units `offset` years after the evaluated."""
        year = self.year + offset - self.cells.first_year
        column = figures[:, year] if 0 <= year < self.cells.years else np.full(len(figures), np.nan)
        place = positions(unit_ids, self.cells.units)
        return pd.Series(np.append(column, np.nan)[place], unit_ids.index)

    def is_whole(self, table: pd.DataFrame) -> Truths:
        """Tell which rows are of a whole year."""
        whole: Truths = self.months[self.cells.spots(table)] == 0
        return whole

    def of_part_year(self, unit_ids: pd.Series) -> Truths:
        """Tell of which units the evaluated year is not whole."""
        return ~self.is_whole(unit_ids.to_frame("unit_id").assign(year=self.year))


def prepare(dataset: Dataset, year: int) -> Inputs:
    """Return the tables up to `year`, merged units under their successors.

    What lay in a merged unit lies in its successor. The context and the funds of later years
    stay: they are forecasts and budgets.
    """
    units = dataset.units.sort_values("unit_id")
    merged = _successors(units, year)
    lately = units.loc[units["valid_to"].dt.year == year - 1, "unit_id"]
    units = units.assign(parent_id=units["parent_id"].replace(merged.to_dict()))
    cells = _number_cells(dataset, year)
    tables = {}
    for name, more in FOLLOWING.items():
        table = _follow(getattr(dataset, name), merged, cells, more)
        tables[name] = table if name == "funds" else table[table["year"] <= year]
    existing = units[exists(units, year)]
    place = positions(existing["unit_id"], cells.units)
    parents, kinds = np.full((2, len(cells.units)), -1)
    parents[place] = positions(existing["parent_id"], cells.units)
    kinds[place] = positions(existing["kind"], pd.Index(KIND_CODES))
    return Inputs(
        year=year,
        units=existing,
        cells=cells,
        parents=parents,
        kinds=kinds,
        purchases=dataset.purchases,
        measures=dataset.measures.sort_values(["unit_id", "year", "measure"]),
        context=_in_order(dataset.context, cells, []),
        merged=merged,
        merged_lately=merged[merged.index.isin(lately)],
        months=_months(dataset.info.period.part_years, cells),
        **tables,
    )


def _number_cells(dataset: Dataset, year: int) -> Cells:
    """Number what the tables speak of, the evaluated year and the year of its budgets."""
    keyed = [getattr(dataset, name) for name in (*FOLLOWING, "context")]
    years = {year, year + 1}.union(
        *(table["year"].unique() for table in (*keyed, dataset.measures))
    )
    schemes = {ALL_SCHEMES}.union(*(table["scheme"].unique() for table in keyed))
    first = int(min(years)) - 1
    return Cells(
        units=pd.Index(dataset.units["unit_id"].unique()).sort_values(),
        first_year=first,
        years=int(max(years)) - first + 1,
        schemes=pd.Index(sorted(schemes), dtype="str"),
    )


def exists(units: pd.DataFrame, year: int) -> pd.Series:
    """Tell which units exist in a year: from `valid_from` to `valid_to`, both included."""
    first = units["valid_from"].dt.year.fillna(year)
    last = units["valid_to"].dt.year.fillna(year)
    within: pd.Series = (first <= year) & (last >= year)
    return within


def case_when(cases: Mapping[str, pd.Series | Truths], otherwise: str = "") -> pd.Series:
    """Return for each row the name of the first case that holds for it."""
    names = {name: place for place, name in enumerate(dict.fromkeys([*cases, otherwise]))}
    holds = {name: np.asarray(rows, dtype="bool") for name, rows in cases.items()}
    index = next(rows.index for rows in cases.values() if isinstance(rows, pd.Series))
    found = pd.array([*names], dtype="str").take(first_case(holds, names, otherwise))
    return pd.Series(found, index)


def ancestors(units: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of a unit and one of its ancestors: unit_id, ancestor_id."""
    parents = units.set_index("unit_id")["parent_id"]
    pairs, ancestor = [parents.dropna()], parents
    while ancestor.notna().any():
        ancestor = ancestor.map(parents)
        pairs.append(ancestor.dropna())
    every: pd.Series = pd.concat(pairs).rename("ancestor_id").rename_axis("unit_id")
    return every.reset_index()


def _successors(units: pd.DataFrame, year: int) -> pd.Series:
    """Map each unit that ended before `year` and has a successor to the last of the chain."""
    ended = units[units["successor_id"].notna() & (units["valid_to"].dt.year < year)]
    following = ended.set_index("unit_id")["successor_id"]
    last: pd.Series = following
    while last.isin(following.index).any():
        last = last.replace(following.to_dict())
    return last


def _in_order(table: pd.DataFrame, cells: Cells, more: list[str]) -> pd.DataFrame:
    """Return a table with the `cell` of each row, in the order of cells and of further columns."""
    number = cell = cells.of(table.drop(columns="cell", errors="ignore"))
    for column in more:
        codes, distinct = pd.factorize(table[column], sort=True)
        number = number * len(distinct) + codes
    table = table.assign(cell=cell)
    if (number[1:] >= number[:-1]).all():
        return table
    return table.iloc[np.argsort(number, kind="stable")]


def _follow(table: pd.DataFrame, merged: pd.Series, cells: Cells, more: list[str]) -> pd.DataFrame:
    """Put the rows of merged units under their successors, amounts added up, all in order."""
    table = _in_order(table, cells, more)
    if not table["unit_id"].isin(merged.index).any():
        return table
    keys = [*KEY, *more]
    moved = table.assign(unit_id=table["unit_id"].map(merged).fillna(table["unit_id"]))
    twice = moved.duplicated(keys, keep=False)
    columns = [c for c in moved.select_dtypes("number").columns if c not in {*keys, "case_mix"}]
    groups = moved[twice].groupby(keys, dropna=True)
    added = groups[columns].sum(skipna=False)
    if "basis" in moved:
        bases = groups["basis"].agg(lambda basis: "+".join(sorted({*basis.fillna("")})))
        added = added.assign(basis=bases)
    added = added.reset_index().reindex(columns=moved.columns).astype(moved.dtypes.to_dict())
    # They stand in no row of a file.
    return _in_order(pd.concat([moved[~twice], added.set_axis([0] * len(added))]), cells, more)


def _months(stated: tuple[PartYear, ...], cells: Cells) -> Whole:
    """Number the months that each unit and year of the grid covers; the last statement holds."""
    months = np.zeros((len(cells.units), cells.years), "int64")
    for part in stated:
        units = cells.units.isin(part.units) if part.units else np.ones(len(months), "bool")
        if cells.first_year <= part.year <= cells.last_year:
            months[units, part.year - cells.first_year] = part.first_month * 100 + part.last_month
    return months.ravel()
