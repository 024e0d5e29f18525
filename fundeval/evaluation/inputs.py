"""Bring the tables into the form that the rules are stated in.

Rows of units that have merged stand under their successor, so that every comparison over
years is made on the structure of the evaluated year (domain: mergers follow a successor map).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Truths, Whole, coded, first_case
from fundeval.codes import KINDS
from fundeval.evaluation.cells import Cells, covers_schemes, positions
from fundeval.results.frames import UNITS
from fundeval.tables.checks.zeros import YEARLY, zeros_taken_as_missing
from fundeval.tables.dataset import Dataset, PartYear
from fundeval.tables.hierarchy import count_ancestors, nearest_of
from fundeval.tables.schemas import ALL_SCHEMES
from fundeval.tables.succession import FOLLOWING, executed_by, exists, successors

FUND = ["unit_id", "scheme"]
KEY = ["unit_id", "year", "scheme"]
MONTHS = 12
# What units that merge do not add up.
NOT_ADDED = ("case_mix", "longest_days")
KIND_CODES = list(KINDS.values())


@dataclass(frozen=True, kw_only=True)
class Inputs(Dataset):
    """A data set, its tables as one year's evaluation uses them.

    `units` holds the units that exist in that year, with their `tier`: how many of their ancestors
    are of their kind; `every_unit` holds those of other years too; `merged` maps a unit that was
    merged away to its successor, `merged_lately` those that ended in it or the year before; `moved`
    has what the former executed, in 元. `blanked` has unit, year, scheme and column of zeros beside
    years of large amounts, which count as missing. `cells` numbers units, years and schemes; each
    table but units, purchases and measures has its `cell`. Of each unit of `cells`, `parents` is
    the place of its parent and `kinds` that of its kind, -1 for none; `months` numbers the months
    that each unit and year covers, 0 for a whole year. Money is in whole 分 (`Int64`).
    """

    year: int
    every_unit: pd.DataFrame
    merged: pd.Series
    merged_lately: pd.Series
    moved: pd.Series
    blanked: pd.DataFrame
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
    merged = successors(units, year)
    lately = units.loc[units["valid_to"].dt.year.isin([year - 1, year]), "unit_id"]
    units = units.assign(parent_id=units["parent_id"].replace(merged.to_dict()))
    # What counts against a unit that was merged counts against its successor.
    incidents = dataset.incidents.replace({"unit_id": merged.to_dict()})
    cells = _number_cells(dataset, year)
    tables, blanked = {}, [pd.DataFrame(columns=[*KEY, "column"])]
    for name, more in FOLLOWING.items():
        given = getattr(dataset, name)
        for column in YEARLY.get(name, ()):
            doubtful = zeros_taken_as_missing(given, name, column)
            if doubtful.any():
                given = given.assign(**{column: given[column].mask(doubtful)})
                blanked.append(given.loc[doubtful, KEY].assign(column=f"{name}.{column}"))
        if name == "budgets":
            # What was spent without a budget helps no rate over schemes or merged units.
            without = (given["adjusted"] == 0) & (given["executed"] > 0)
            given = given.assign(budgeted=given["executed"].mask(without.fillna(False), 0))
        table = _follow(given, merged, cells, more)
        tables[name] = table if name == "funds" else table[table["year"] <= year]
    existing = units[exists(units, year) & ~units["unit_id"].isin(merged.index)]
    tables["budgets"] = _with_packages(tables["budgets"], existing, cells)
    place = positions(existing["unit_id"], cells.units)
    parents, kinds = np.full((2, len(cells.units)), -1)
    parents[place] = positions(existing["parent_id"], cells.units)
    kinds[place] = positions(existing["kind"], pd.Index(KIND_CODES))
    asked_by = dataset.projects["unit_id"].replace(merged.to_dict())
    projects = dataset.projects.assign(
        asked_by=asked_by, unit_id=nearest_of(asked_by, units, existing)
    )
    existing = existing.assign(tier=count_ancestors(parents, kinds)[place])
    tables |= {
        "units": existing,
        "purchases": dataset.purchases.assign(
            bought_by=dataset.purchases["unit_id"],
            unit_id=dataset.purchases["unit_id"].replace(merged.to_dict()),
        ),
        "measures": dataset.measures.sort_values(["unit_id", "year", "measure"]),
        "incidents": incidents.sort_values(["unit_id", "incident", "year"]),
        "context": _in_order(dataset.context, cells, []),
        "projects": projects.sort_values(["year", "project_id"]),
    }
    return Inputs(
        **vars(dataset) | tables,
        year=year,
        every_unit=units,
        cells=cells,
        parents=parents,
        kinds=kinds,
        merged=merged,
        blanked=pd.concat(blanked, ignore_index=True).astype({"year": "int64"}),
        merged_lately=merged[merged.index.isin(lately)],
        moved=executed_by(dataset.budgets[dataset.budgets["year"] <= year], merged.index),
        months=_months(dataset.info.period.part_years, cells),
    )


def number_units(inputs: Inputs) -> Inputs:
    """Return inputs with units as their places in `cells`, and schemes as categories.

    Rules are applied to these: numbers are compared, sorted and added up in a fraction of the time
    of texts. No parent or alliance is NaN. `every_unit` and `merged` keep the ids.
    """
    cells, tables = inputs.cells, {}
    for name in (*FOLLOWING, "units", "context", "measures", "incidents"):
        table = getattr(inputs, name)
        places = {c: positions(table[c], cells.units) for c in UNITS if c in table}
        columns: dict[str, Any] = {
            c: of if c == "unit_id" else np.where(of < 0, np.nan, of) for c, of in places.items()
        }
        if "scheme" in table:
            columns["scheme"] = coded(positions(table["scheme"], cells.schemes), cells.schemes)
        tables[name] = table.assign(**columns)
    lately = pd.Series(positions(pd.Series(inputs.merged_lately), cells.units))
    numbered = replace(cells, units=pd.RangeIndex(len(cells.units)))
    return replace(inputs, **tables, cells=numbered, merged_lately=lately)


def _with_packages(budgets: pd.DataFrame, units: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Put the sums of members in place of what alliances state of their own budgets (R18).

    Of a year in which a member states no budget at all there is no sum; where one tells no schemes
    apart, neither does the sum.
    """
    members = units.dropna(subset="alliance_id").set_index("unit_id")["alliance_id"]
    alliance = budgets["unit_id"].map(members).astype("str")
    of_members = budgets.assign(alliance_id=alliance).dropna(subset="alliance_id")
    if of_members.empty:
        return budgets
    amounts = of_members.select_dtypes("Int64").columns
    keys = ["alliance_id", "year"]
    # Rows for all schemes beside single ones, of other members too, would be no whole.
    of_members = of_members[~covers_schemes(of_members)]
    whole = of_members["scheme"] == ALL_SCHEMES
    joint = whole.groupby([of_members[key] for key in keys], dropna=True).transform("any")
    of_members = of_members.assign(scheme=of_members["scheme"].mask(joint, ALL_SCHEMES))
    sums = of_members.groupby([*keys, "scheme"], dropna=True)[[*amounts]].sum(skipna=False)
    stating = of_members.groupby(keys, dropna=True)["unit_id"].nunique()
    sums = sums.reset_index()
    found = stating.reindex(pd.MultiIndex.from_frame(sums[keys])).to_numpy()
    whole = found == sums["alliance_id"].map(members.value_counts()).to_numpy()
    sums.loc[~whole, [*amounts]] = pd.NA
    sums = sums.rename(columns={"alliance_id": "unit_id"}).reindex(columns=budgets.columns)
    own = budgets[~budgets["unit_id"].isin(members)]
    # They stand in no row of a file.
    sums = sums.astype(budgets.dtypes.drop("cell").to_dict()).set_axis([0] * len(sums))
    return _in_order(pd.concat([own, sums]), cells, [])


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


def case_when(
    cases: Mapping[str, pd.Series | Truths] | None = None,
    otherwise: str = "",
    **named: pd.Series | Truths,
) -> pd.Series:
    """Return for each row the name of the first case that holds for it."""
    cases = {**(cases or {}), **named}
    names = {name: place for place, name in enumerate(dict.fromkeys([*cases, otherwise]))}
    holds = {name: np.asarray(rows, dtype="bool") for name, rows in cases.items()}
    index = next(rows.index for rows in cases.values() if isinstance(rows, pd.Series))
    found = pd.array([*names], dtype="str").take(first_case(holds, names, otherwise))
    return pd.Series(found, index)


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
    columns = [c for c in moved.select_dtypes("number").columns if c not in {*keys, *NOT_ADDED}]
    groups = moved[twice].groupby(keys, dropna=True)
    added = groups[columns].sum(skipna=False)
    for name in moved.columns[(moved.dtypes == "str") & ~moved.columns.isin(keys)]:
        # Whether they agree on one of these a blank tells too; a reason it gives none.
        joint = "+" if name in {"basis", "payment"} else ";"
        without = set() if name in {"basis", "payment", "reason_code"} else {""}
        added[name] = groups[name].agg(_join, joint, without)
    added = added.reset_index().reindex(columns=moved.columns).astype(moved.dtypes.to_dict())
    # They stand in no row of a file.
    return _in_order(pd.concat([moved[~twice], added.set_axis([0] * len(added))]), cells, more)


def _join(texts: pd.Series, joint: str, without: set[str]) -> str | None:
    """Return the different texts as one, in order; nothing where all are blank."""
    return joint.join(sorted({*texts.fillna("")} - without)) or None


def _months(stated: tuple[PartYear, ...], cells: Cells) -> Whole:
    """Number the months that each unit and year of the grid covers; the last statement holds."""
    months = np.zeros((len(cells.units), cells.years), "int64")
    for part in stated:
        units = cells.units.isin(part.units) if part.units else np.ones(len(months), "bool")
        if cells.first_year <= part.year <= cells.last_year:
            months[units, part.year - cells.first_year] = part.first_month * 100 + part.last_month
    return months.ravel()
