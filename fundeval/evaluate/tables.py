"""Bring the tables into the form that the rules are stated in.

Rows of units that have merged stand under their successor, so that every comparison over
years is made on the structure of the evaluated year (domain: mergers follow a successor map).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fundeval.tables.dataset import Dataset, PartYear

KEY = ["unit_id", "year", "scheme"]
ALL_SCHEMES = "all"


@dataclass(frozen=True)
class Inputs:
    """The tables of a data set as one year's evaluation uses them.

    `units` holds the units that exist in that year; `merged` maps a unit that was merged
    away to its successor; `part_years` has the months covered where a year is not whole.
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
    part_years: pd.DataFrame


def prepare(dataset: Dataset, year: int) -> Inputs:
    """Return the tables up to `year`, merged units under their successors.

    What lay in a merged unit lies in its successor. The context and the funds of later years
    stay: they are forecasts and budgets.
    """
    units = dataset.units.sort_values("unit_id")
    merged = _successors(units, year)
    units = units.assign(parent_id=units["parent_id"].replace(merged.to_dict()))
    tables = {
        name: _follow(getattr(dataset, name), merged, [*keys])
        for name, keys in {
            "budgets": KEY,
            "monthly": [*KEY, "month"],
            "services": [*KEY, "setting", "care_level"],
            "funds": KEY,
            "settlements": KEY,
        }.items()
    }
    for name in ("budgets", "monthly", "services", "settlements"):
        tables[name] = tables[name][tables[name]["year"] <= year]
    return Inputs(
        year=year,
        units=units[exists(units, year)],
        measures=dataset.measures.sort_values(["unit_id", "year", "measure"]),
        context=dataset.context.sort_values(KEY),
        merged=merged,
        part_years=_part_years(dataset.info.period.part_years, dataset.units["unit_id"]),
        **tables,
    )


def exists(units: pd.DataFrame, year: int) -> pd.Series:
    """Tell which units exist in a year: from `valid_from` to `valid_to`, both included."""
    first = units["valid_from"].dt.year.fillna(year)
    last = units["valid_to"].dt.year.fillna(year)
    within: pd.Series = (first <= year) & (last >= year)
    return within


def add_up_with_all(table: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return what `add_up` does, and the sums over all schemes.

    A unit and year that was submitted for all schemes together keeps that row. `basis` joins
    the bases and, over all schemes, the schemes: two years are comparable only where it is
    the same.
    """
    of_schemes = add_up(table, keys, columns)
    across = [key for key in keys if key != "scheme"]
    whole = of_schemes.loc[of_schemes["scheme"] == ALL_SCHEMES, across]
    parts = of_schemes.merge(whole.assign(whole=True), on=across, how="left")
    parts = parts[parts["whole"].isna()].drop(columns="whole")
    parts["basis"] = parts["scheme"] + ":" + parts["basis"]
    over_all = add_up(parts.assign(scheme=ALL_SCHEMES), keys, columns)
    return pd.concat([of_schemes, over_all], ignore_index=True).sort_values(keys)


def look_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Return the value of each key, missing where there is none; `values` has unique keys."""
    return pd.Series(values.reindex(keys).array, index=keys.index)


def from_ancestors(units: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Return for each unit its own value or that of its nearest ancestor that has one.

    `values` is indexed by unit_id; so is the result, in the order of `units`.
    """
    parents = units.set_index("unit_id")["parent_id"]
    found = look_up(parents.index.to_series(), values)
    ancestor = parents
    while ancestor.notna().any() and found.isna().any():
        found = found.where(found.notna(), look_up(ancestor, values))
        ancestor = look_up(ancestor, parents)
    return found


def ancestors(units: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of a unit and one of its ancestors: unit_id, ancestor_id."""
    parents = units.set_index("unit_id")["parent_id"]
    pairs, ancestor = [parents.dropna()], parents
    while ancestor.notna().any():
        ancestor = look_up(ancestor, parents)
        pairs.append(ancestor.dropna())
    every: pd.Series = pd.concat(pairs).rename("ancestor_id").rename_axis("unit_id")
    return every.reset_index()


def add_up(table: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return the sums of `columns` by `keys`, missing where a part is, and their `basis`."""
    if "basis" not in table:
        table = table.assign(basis="")
    ordered = table.assign(basis=table["basis"].fillna("")).sort_values([*keys, "basis", *columns])
    groups = ordered.groupby(keys, sort=True)
    sums = groups[columns].sum(skipna=False)
    return sums.assign(basis=_joined(ordered, keys)).reset_index()


def _joined(ordered: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Join the different bases of each group; nearly all groups have one."""
    distinct = ordered.drop_duplicates([*keys, "basis"])
    groups = distinct.groupby(keys, sort=True)["basis"]
    if distinct.duplicated(keys).any():
        return groups.agg("+".join)
    return groups.first()


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
    moved = table.assign(unit_id=table["unit_id"].replace(merged.to_dict()))
    twice = moved.duplicated(keys, keep=False)
    if not twice.any():
        return moved.sort_values(keys)
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
    return frame.drop_duplicates(["unit_id", "year"], keep="last").astype({"year": "int64"})
