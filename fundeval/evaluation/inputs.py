"""Bring the tables into the form that the rules are stated in.

Rows of units that have merged stand under their successor, so that every comparison over
years is made on the structure of the evaluated year (domain: mergers follow a successor map).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundeval.evaluation.cells import Cells, Floats, Truths, Whole, positions
from fundeval.tables.dataset import Dataset, PartYear
from fundeval.tables.schemas import ALL_SCHEMES

KEY = ["unit_id", "year", "scheme"]
FUND = ["unit_id", "scheme"]
MONTHS = 12


@dataclass(frozen=True)
class Inputs:
    """The tables of a data set as one year's evaluation uses them.

    `units` holds the units that exist in that year; `merged` maps a unit that was merged
    away to its successor, `merged_lately` those of them that ended the year before;
    `part_years` has the months covered where a year is not whole. `cells` numbers units, years
    and schemes; `parents` is the place of the parent of each unit of `cells`, -1 for none;
    `months` numbers the months covered by each of its units and years, 0 for a whole year. Money
    is in whole 分 (`Int64`).
    """

    year: int
    units: pd.DataFrame
    budgets: pd.DataFrame
    monthly: pd.DataFrame
    services: pd.DataFrame
    funds: pd.DataFrame
    settlements: pd.DataFrame
    measures: pd.DataFrame
    context: pd.DataFrame
    merged: pd.Series
    merged_lately: pd.Series
    part_years: pd.DataFrame
    cells: Cells
    parents: Whole
    months: Whole

    def rows_of_year(self, table: pd.DataFrame, offset: int = 0) -> pd.DataFrame:
        """Return the rows of the evaluated year, or of the year `offset` years later."""
        return table[table["year"] == self.year + offset]

    def of_kinds(self, kinds: Collection[str]) -> Truths:
        """Tell which units of `cells` exist and are of these kinds; a last place is False."""
        units = self.units.loc[self.units["kind"].isin(kinds), "unit_id"]
        meant = np.zeros(len(self.cells.units) + 1, "bool")
        meant[positions(units, self.cells.units)] = True
        return meant

    def inherit(self, values: Floats) -> Floats:
        """Return for each unit of `cells` its own values or those of its nearest ancestor.

        A row a unit; each column is inherited for itself, NaN is no value.
        """
        found, ancestor = values.copy(), self.parents
        while (ancestor >= 0).any():
            gaps = np.isnan(found) & (ancestor >= 0)[:, np.newaxis]
            found[gaps] = values[ancestor][gaps]
            ancestor = np.where(ancestor >= 0, self.parents[ancestor], -1)
        return found

    def join_months(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with the `months` that each year covers, empty for a whole year."""
        frame = frame.merge(
            self.part_years, on=["unit_id", "year"], how="left", validate="many_to_one"
        )
        return frame.assign(months=frame["months"].fillna(""))


def prepare(dataset: Dataset, year: int) -> Inputs:
    """Return the tables up to `year`, merged units under their successors.

    What lay in a merged unit lies in its successor. The context and the funds of later years
    stay: they are forecasts and budgets.
    """
    units = dataset.units.sort_values("unit_id")
    merged = _successors(units, year)
    lately = units.loc[units["valid_to"].dt.year == year - 1, "unit_id"]
    units = units.assign(parent_id=units["parent_id"].replace(merged.to_dict()))
    tables = {
        name: _follow(getattr(dataset, name), merged, [*KEY, *more])
        for name, more in {
            "budgets": (),
            "monthly": ("month",),
            "services": ("setting", "care_level"),
            "funds": (),
            "settlements": (),
        }.items()
    }
    tables |= {
        name: table[table["year"] <= year] for name, table in tables.items() if name != "funds"
    }
    existing = units[exists(units, year)]
    cells = _number_cells(dataset)
    part_years = _part_years(dataset.info.period.part_years, dataset.units["unit_id"])
    within = part_years[part_years["year"].between(cells.first_year, cells.last_year)]
    months = np.zeros(len(cells.units) * cells.years, "int64")
    months[cells.spots(within)] = pd.factorize(within["months"])[0] + 1
    parents = np.full(len(cells.units), -1)
    parents[positions(existing["unit_id"], cells.units)] = positions(
        existing["parent_id"], cells.units
    )
    return Inputs(
        year=year,
        units=existing,
        cells=cells,
        parents=parents,
        measures=dataset.measures.sort_values(["unit_id", "year", "measure"]),
        context=dataset.context.sort_values(KEY),
        merged=merged,
        merged_lately=merged[merged.index.isin(lately)],
        part_years=part_years,
        months=months,
        **tables,
    )


def _number_cells(dataset: Dataset) -> Cells:
    keyed = [dataset.budgets, dataset.monthly, dataset.services, dataset.funds]
    keyed += [dataset.settlements, dataset.context]
    years = pd.concat([table["year"] for table in [*keyed, dataset.measures]])
    schemes = pd.concat([table["scheme"].drop_duplicates() for table in keyed])
    first = min(years, default=0) - 1
    return Cells(
        units=pd.Index(dataset.units["unit_id"].unique()).sort_values(),
        first_year=first,
        years=max(years, default=0) - first + 1,
        schemes=pd.Index(sorted({*schemes, ALL_SCHEMES}), dtype="str"),
    )


def exists(units: pd.DataFrame, year: int) -> pd.Series:
    """Tell which units exist in a year: from `valid_from` to `valid_to`, both included."""
    first = units["valid_from"].dt.year.fillna(year)
    last = units["valid_to"].dt.year.fillna(year)
    within: pd.Series = (first <= year) & (last >= year)
    return within


def case_when(cases: Mapping[str, pd.Series], otherwise: str = "") -> pd.Series:
    """Return for each row the name of the first case that holds for it."""
    position = np.select(list(cases.values()), range(len(cases)), len(cases))
    names = pd.array([*cases, otherwise], dtype="str")
    return pd.Series(names.take(position), index=next(iter(cases.values())).index)


def add_up(table: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return the sums of `columns` by `keys`, missing where a part is, and their `basis`.

    `basis` joins the different bases of the parts. Rows are added up in their order.
    """
    if "basis" not in table:
        table = table.assign(basis="")
    sums = table.groupby(keys)[columns].sum(skipna=False)
    bases = table[[*keys, "basis"]].fillna({"basis": ""}).drop_duplicates()
    joined = bases.assign(basis="+" + bases["basis"]).sort_values("basis").groupby(keys)["basis"]
    return sums.assign(basis=joined.sum().str[1:]).reset_index()


def add_up_with_all(table: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return what `add_up` does, and the sums over all schemes.

    A unit and year that was submitted for all schemes together keeps that row. `basis` joins
    the bases and, over all schemes, the schemes: two years are comparable only where it is
    the same.
    """
    of_schemes = add_up(table, keys, columns)
    across = [key for key in keys if key != "scheme"]
    whole = of_schemes.loc[of_schemes["scheme"] == ALL_SCHEMES, across]
    parts = of_schemes
    if len(whole):
        parts = of_schemes.merge(
            whole, on=across, how="left", indicator=True, validate="many_to_one"
        )
        parts = parts[parts["_merge"] == "left_only"].drop(columns="_merge")
    parts = parts.assign(scheme=ALL_SCHEMES, basis=parts["scheme"] + ":" + parts["basis"])
    over_all = add_up(parts, keys, columns)
    return pd.concat([of_schemes, over_all], ignore_index=True).sort_values(keys)


def inherit_from_ancestors(units: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Return for each unit its own value or that of its nearest ancestor that has one.

    `values` is indexed by unit_id; so is the result, in the order of `units`.
    """
    parents = units.set_index("unit_id")["parent_id"]
    found = parents.index.to_series().map(values)
    ancestor = parents
    while ancestor.notna().any() and found.isna().any():
        found = found.where(found.notna(), ancestor.map(values))
        ancestor = ancestor.map(parents)
    return found


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


def _follow(table: pd.DataFrame, merged: pd.Series, keys: list[str]) -> pd.DataFrame:
    """Put the rows of merged units under their successors, amounts added up."""
    table = table.sort_values(keys)
    if not table["unit_id"].isin(merged.index).any():
        return table
    moved = table.assign(unit_id=table["unit_id"].map(merged).fillna(table["unit_id"]))
    twice = moved.duplicated(keys, keep=False)
    columns = [c for c in moved.select_dtypes("number").columns if c not in {*keys, "case_mix"}]
    added = add_up(moved[twice], keys, columns).reindex(columns=moved.columns)
    added = added.astype(moved.dtypes.to_dict()).set_index(pd.Index([0] * len(added)))
    return pd.concat([moved[~twice], added]).sort_values(keys)


def _part_years(stated: tuple[PartYear, ...], unit_ids: pd.Series) -> pd.DataFrame:
    rows = [
        (unit_id, part.year, f"{part.first_month}-{part.last_month}")
        for part in stated
        for unit_id in (part.units or unit_ids)
    ]
    frame = pd.DataFrame(rows, columns=["unit_id", "year", "months"])
    frame = frame.drop_duplicates(["unit_id", "year"], keep="last")
    return frame.astype({"unit_id": "str", "year": "int64", "months": "str"})
