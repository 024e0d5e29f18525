"""What next year's budget of a unit is computed from (see docs/next-budget.md).

It grows by what was executed over several years. Where units share what lies above them, each
share tells the one factor by which all were fitted, and so what the others asked for together: then
every share rests on what each of them executed, and on the budget that they share.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from fundeval.report.public.figures import Figure, Key, sources_in_row
from fundeval.results.frames import Evaluation
from fundeval.tables.schemas import ALL_SCHEMES as ALL

# Before a policy says over how many years something grows.
ONE_YEAR = 1


def growth_years(evaluation: Evaluation) -> int:
    """Return over how many yearly rates anything grows that next year's budgets rest on."""
    parameters = {each["name"]: each["value"] for each in evaluation.about["policy"]["parameters"]}
    drivers = parameters.get("growth_drivers")
    years = [ONE_YEAR]
    for driver in drivers.values() if isinstance(drivers, dict) else ():
        stated = driver.get("years") if isinstance(driver, dict) else None
        value: Any = parameters.get(stated) if isinstance(stated, str) else stated
        years += [int(value)] if value else []
    return max(years)


class Shares:
    """Tells of every figure what it is computed from, next year's budgets included."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.years = growth_years(evaluation)
        rows = evaluation.allocations
        place = [rows["parent_id"], rows["kind"], rows["scheme"]]
        fitted = rows["envelope_by"].eq("parent")
        moved = rows["factor"].notna() & ~rows["factor"].isin(["", "1"])
        telling = (fitted | moved).groupby(place, dropna=True).transform("any").fillna(False)
        self.pools: dict[tuple[Any, ...], list[Key]] = {}
        self.pool_of: dict[Key, tuple[Any, ...]] = {}
        for unit_id, scheme, parent_id, kind, tells in pd.DataFrame(
            {**rows[["unit_id", "scheme", "parent_id", "kind"]], "tells": telling}
        ).itertuples(index=False):
            if tells and isinstance(parent_id, str):
                pool = (parent_id, kind, scheme)
                self.pools.setdefault(pool, []).append((unit_id, scheme))
                self.pool_of[unit_id, scheme] = pool
        self.schemes: dict[str, list[str]] = {}
        for unit_id, scheme in zip(rows["unit_id"], rows["scheme"], strict=True):
            self.schemes.setdefault(unit_id, []).append(scheme)

    def sources(self, figure: Figure) -> Iterable[Figure]:
        """Return what a figure is computed from."""
        yield from sources_in_row(figure)
        if figure.column != "next_budget":
            return
        keys = [figure.key]
        if pool := self.pool_of.get(figure.key):
            keys += self.pools[pool]
            yield figure._replace(unit_id=pool[0])
        if figure.scheme == ALL:
            yield from (
                figure._replace(scheme=each) for each in self.schemes.get(figure.unit_id, ())
            )
        for unit_id, scheme in keys:
            yield from self.spent_before(figure._replace(unit_id=unit_id, scheme=scheme))

    def spent_before(self, figure: Figure) -> Iterable[Figure]:
        """Return what a unit and scheme executed over the years that a budget of next year grows
        by."""
        for before in range(self.years + 1):
            yield Figure(*figure.key, figure.year - before, "executed")
