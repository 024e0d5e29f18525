"""Select the tables of an evaluation that may be published, and suppress small numbers.

An amount that rests on fewer people than the policy's `minimum_disclosed` is not published, and
neither is what it could be worked out from. How many people it rests on is the least of the
visits and the cases of its unit and scheme; an amount of which neither is known is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any

import pandas as pd

from fundeval.problems import BadInputError, Problem
from fundeval.report.public.cell_suppression import Key, Line, Measure, add_up, exposed, hide
from fundeval.report.unit_view import ALL
from fundeval.results.frames import Evaluation

KINDS = ("region", "hospital")
KEY = ["unit_id", "scheme"]
# Where it stands how many people an amount rests on.
VOLUMES = {"services": "visits", "settlements": "cases"}
# Columns of plans, which rest on nobody and are never hidden.
PLANS = ("adjusted", "next_budget")


def disclose(evaluation: Evaluation, minimum: int) -> dict[str, pd.DataFrame]:
    """Return the public tables with small numbers suppressed.

    Parameters
    ----------
    evaluation
        The whole evaluation.
    minimum
        Fewest people that a published amount may rest on (`minimum_disclosed`).

    Returns
    -------
    dict of DataFrame
        `allocation`, `execution` and `balance`, indexed by unit_id and scheme. The column
        `hidden` marks rows in which all columns except plans are suppressed.

    Raises
    ------
    BadInputError
        If the final check finds a number that could be worked out.
    """
    tables = published_tables(evaluation)
    hidden = hide([*measures_of(evaluation, tables).values()], small_cells(evaluation, minimum))
    for frame in tables.values():
        at = [key in hidden for key in frame.index]
        frame.loc[at, [column for column in frame if column not in PLANS]] = nan
        frame["hidden"] = at
    refuse_recoverable(evaluation, tables, minimum)
    return tables


def refuse_recoverable(
    evaluation: Evaluation, disclosed: Mapping[str, pd.DataFrame], minimum: int
) -> None:
    """Raise BadInputError with each small number of the evaluation that is left in `disclosed`,
    or that can be worked out from it."""
    small = small_cells(evaluation, minimum)
    shown = measures_of(evaluation, disclosed)
    found = {
        bare.key
        for name, measure in measures_of(evaluation, published_tables(evaluation)).items()
        for bare in exposed([measure], measure.amounts.keys() - shown[name].amounts.keys(), small)
    }
    for frame in disclosed.values():
        told = frame.drop(columns=["hidden", *PLANS], errors="ignore").notna().any(axis=1)
        found |= small.keys() & set(frame.index[told])
    if found:
        raise BadInputError(
            Problem("public.recoverable", unit_id, {"minimum": minimum}, column=scheme)
            for unit_id, scheme in sorted(found)
        )


def published_tables(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """Return the tables of the units that the public sees, with nothing hidden yet."""
    year = int(evaluation.about["year"])
    rows, budget = evaluation.indicators, evaluation.budget
    rows = rows[rows["year"] == year]
    rates = rows[rows["indicator"] == "execution_rate"].set_index(KEY)
    months = rows[rows["indicator"] == "payable_months"].set_index(KEY)["value"]
    following = budget[budget["step"] == "next_budget"].set_index(KEY)["amount"]
    columns = ["income", "expenditure", "balance"]
    funds = evaluation.tables.get("funds", pd.DataFrame(columns=[*KEY, "year", *columns]))
    funds = funds[funds["year"] == year].set_index(KEY)[columns]
    names = {"denominator": "adjusted", "numerator": "executed", "value": "execution"}
    tables = {
        "allocation": pd.DataFrame({"adjusted": rates["denominator"], "next_budget": following}),
        "execution": rates[[*names]].rename(columns=names),
        "balance": funds.join(months.rename("months")).rename(columns={"balance": "closing"}),
    }
    seen = units_seen(evaluation)["unit_id"]
    return {name: t[t.index.isin(seen, level="unit_id")].copy() for name, t in tables.items()}


def units_seen(evaluation: Evaluation) -> pd.DataFrame:
    """Return the rows of `units` that the public sees."""
    return evaluation.units[evaluation.units["kind"].isin(KINDS)]


def measures_of(evaluation: Evaluation, tables: Mapping[str, pd.DataFrame]) -> dict[str, Measure]:
    """Return the published amounts that rest on people, with the sums that a reader knows."""
    execution, balance = tables["execution"], tables["balance"]
    columns = {
        "executed": execution["executed"].fillna(execution["execution"] * execution["adjusted"]),
        **{name: balance[name] for name in ("income", "expenditure")},
    }
    known: dict[str, Any] = {name: column.dropna().to_dict() for name, column in columns.items()}
    return {
        name: Measure(amounts, lines_of(amounts, evaluation)) for name, amounts in known.items()
    }


def lines_of(values: Mapping[Key, float], evaluation: Evaluation) -> list[Line]:
    """Return the sums: schemes to all of a unit, and units of a kind to the region above."""
    parts: dict[Key, dict[str, list[Key]]] = {}
    places = units_seen(evaluation).set_index("unit_id")
    above, kinds = places["parent_id"].to_dict(), places["kind"].to_dict()
    for unit_id, scheme in sorted(values):
        group = parts.setdefault((above[unit_id], scheme), {})
        group.setdefault(kinds[unit_id], []).append((unit_id, scheme))
        if scheme != ALL:
            parts.setdefault((unit_id, ALL), {}).setdefault(ALL, []).append((unit_id, scheme))
    return [
        add_up(values, total, group)
        for total, groups in parts.items()
        if total in values
        for group in groups.values()
    ]


def small_cells(evaluation: Evaluation, minimum: int) -> dict[Key, float]:
    """Return the cells that rest on too few, and by what factor they are too small."""
    known = people_by_cell(evaluation).items()
    return {key: minimum / count for key, count in known if count < minimum}


def people_by_cell(evaluation: Evaluation) -> dict[Key, float]:
    """Return how many people each cell rests on, at most: the least of its volumes above 0."""
    people: dict[Key, float] = {}
    for name, column in VOLUMES.items():
        table = evaluation.tables.get(name)
        if table is None or column not in table:
            continue
        rows = table[table["year"] == int(evaluation.about["year"])]
        counts = rows.groupby(KEY, dropna=False)[column].sum(min_count=1)
        by_unit = counts.groupby("unit_id").sum(min_count=1)
        by_unit.index = pd.MultiIndex.from_product([by_unit.index, [ALL]], names=KEY)
        counts = counts.combine_first(by_unit)
        for unit_id, scheme, count in counts.reset_index().itertuples(index=False):
            if count > 0:
                key = (unit_id, scheme)
                people[key] = min(count, people.get(key, count))
    return people
