"""The tables of an evaluation that the public sees, with nothing hidden yet."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from fundeval.report.public.figures import ADDED_UP, QUARTERS, Figure
from fundeval.report.public.lines import Place, nearest_above
from fundeval.report.public.people import KEY
from fundeval.results.frames import Evaluation

KINDS = ("region", "hospital")


def units_seen(evaluation: Evaluation) -> pd.DataFrame:
    """Return the rows of `units` that the public sees."""
    return evaluation.units[evaluation.units["kind"].isin(KINDS)]


def places_of_units(evaluation: Evaluation) -> dict[str, Place]:
    """Return where each unit that the public sees stands, below the nearest that it sees."""
    above = dict(zip(evaluation.units["unit_id"], evaluation.units["parent_id"], strict=True))
    rows = units_seen(evaluation)[["unit_id", "kind", "name"]]
    seen = set(rows["unit_id"])
    return {
        unit_id: Place(kind, nearest_above(unit_id, above, seen), name)
        for unit_id, kind, name in rows.itertuples(index=False)
    }


def published_tables(evaluation: Evaluation, year: int | None = None) -> dict[str, pd.DataFrame]:
    """Return `allocation`, `execution` and `balance`, indexed by unit and scheme.

    Parameters
    ----------
    evaluation
        The whole evaluation.
    year
        An earlier year, of which next year's budgets are not known; the evaluated one by default.
    """
    evaluated = int(evaluation.about["year"])
    year = evaluated if year is None else year
    rows, budget = evaluation.indicators, evaluation.budget
    rows = rows[rows["year"] == year]
    rates = rows[rows["indicator"] == "execution_rate"].set_index(KEY)
    months = rows[rows["indicator"] == "payable_months"].set_index(KEY)["value"]
    if year == evaluated:
        following = budget[budget["step"] == "next_budget"].set_index(KEY)["amount"]
    else:
        following = pd.Series(float("nan"), rates.index)
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


def figures_of(tables: Mapping[str, pd.DataFrame], year: int) -> dict[Figure, float]:
    """Return the figures of public tables that have a value."""
    found: dict[Figure, float] = {}
    for frame in tables.values():
        for column in frame.columns:
            values = frame[column].dropna()
            for (unit_id, scheme), value in zip(values.index, values, strict=True):
                found[Figure(unit_id, scheme, year, str(column))] = float(value)
    return found


def amounts_of_year(evaluation: Evaluation, year: int) -> dict[Figure, float]:
    """Return the amounts of a year that add up."""
    figures = figures_of(published_tables(evaluation, year), year)
    return {cell: value for cell, value in figures.items() if cell.column in ADDED_UP}


def reviewed_quarters(evaluation: Evaluation) -> pd.DataFrame:
    """Return the reviewed quarters of the units that the public sees."""
    rows = evaluation.periods
    seen = units_seen(evaluation)["unit_id"]
    return rows[(rows["span"] == "quarter") & rows["unit_id"].isin(seen)]


def amounts_of_quarters(evaluation: Evaluation) -> dict[Figure, float]:
    """Return what each quarter of the evaluated year executed."""
    year = int(evaluation.about["year"])
    rows = reviewed_quarters(evaluation).dropna(subset="executed")
    columns = (rows[name] for name in (*KEY, "number", "executed"))
    return {
        Figure(unit_id, scheme, year, QUARTERS[int(number) - 1]): float(amount)
        for unit_id, scheme, number, amount in zip(*columns, strict=True)
    }
