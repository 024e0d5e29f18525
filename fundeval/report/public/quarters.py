"""Execution by quarter for the public, safe beside the page of the whole year (R22).

A reader holds both pages against each other, so they are protected together. An amount of a
quarter is unknown to him only as long as the other quarters, the sums over schemes and units, and
what the page of the year publishes leave it open. So all of these are one system of sums here:
what the year hides is hidden in every quarter, and what it publishes cannot be hidden any more.

How many people a quarter rests on is in no table. The year's visits or cases in proportion to
what the quarter executed of the year stand in for it, a local setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from fundeval.problems import BadInputError, Problem
from fundeval.report.public.cell_suppression import (
    Key,
    Line,
    Measure,
    add_up,
    beside,
    exposed,
    hide,
)
from fundeval.report.public.disclosure import (
    KEY,
    disclose,
    lines_of,
    measures_of,
    people_by_cell,
    published_tables,
    small_cells,
    units_seen,
)
from fundeval.results.frames import Evaluation

QUARTERS = 4
# How much larger a hidden quarter must be able to be by the page of its quarter alone, at most,
# and by both pages together: what the year publishes of it leaves less room.
MOST_GROWTH, ROOM = 2.0, 1.1
# Between a scheme and the number of a quarter, in the key of a cell.
AT = "@"


@dataclass(frozen=True)
class System:
    """The amounts of the year and of its quarters with all sums between them.

    `measure` has keys of the year, such as (unit, scheme), and of quarters, such as
    (unit, scheme@1); `small` has the cells that may not be worked out, by what factor each must
    be able to grow: those of a quarter too small for it, and all of what the year hides.
    `quarters` has each quarter for itself, and `apart` the same for units and schemes.
    """

    measure: Measure
    small: Mapping[Key, float]
    quarters: list[Measure]
    apart: Mapping[Key, float]


def disclose_quarters(evaluation: Evaluation, minimum: int) -> dict[str, pd.DataFrame]:
    """Return the public tables by quarter with small numbers suppressed.

    Parameters
    ----------
    evaluation
        The whole evaluation.
    minimum
        Fewest people that a published amount may rest on (`minimum_disclosed`).

    Returns
    -------
    dict of DataFrame
        `allocation`, `execution` and `balance`, indexed by unit_id and scheme; `execution` has a
        column for each quarter, such as `quarter_1`, the sum of them (`to_date`), its `progress`
        against the plan and what is left of the budget (`left`). The column `hidden` marks rows
        in which a figure is suppressed.

    Raises
    ------
    BadInputError
        If the final check finds a number that could be worked out.
    """
    yearly = disclose(evaluation, minimum)
    system = _system(evaluation, yearly, minimum)
    hidden = _hide(system)
    execution = _execution(evaluation, hidden)
    tables = {
        "allocation": yearly["allocation"][["adjusted", "hidden"]],
        "execution": execution,
        "balance": yearly["balance"],
    }
    refuse_recoverable_quarters(evaluation, tables, minimum)
    return tables


def months_of_quarters(evaluation: Evaluation) -> dict[str, int]:
    """Return how many months each quarter covers, by its column of `execution`."""
    months = _quarters(evaluation).groupby("number", dropna=True)["months"].max()
    return {f"quarter_{number}": int(count) for number, count in months.items()}


def reasons_to_date(evaluation: Evaluation) -> dict[Key, str]:
    """Return why figures of a unit and scheme up to the latest quarter are missing, if any are."""
    rows = _quarters(evaluation)
    rows = rows[rows["number"] == rows["number"].max()]
    return dict(zip(zip(rows["unit_id"], rows["scheme"], strict=True), rows["reason"], strict=True))


def _hide(system: System) -> set[Key]:
    """Return the cells to hide: of a unit and scheme all quarters, or none.

    So the quarters that are shown never tell what the year leaves open. First each quarter is
    protected for itself, then the quarters together with the year.
    """
    of_key: dict[Key, set[Key]] = {}
    for unit_id, cell in system.measure.amounts:
        of_key.setdefault((unit_id, cell.partition(AT)[0]), set()).add((unit_id, cell))
    keys = hide(system.quarters, system.apart)
    hidden = set().union(*(of_key[key] for key in keys), system.small) - system.measure.published
    while found := exposed([system.measure], hidden, system.small):
        # One beside each that is exposed, all at once: there are four times the cells of a year.
        more = {key for bare in found if (key := beside(bare, hidden))}
        if not more:
            break
        for unit_id, cell in more:
            hidden |= of_key[unit_id, cell.partition(AT)[0]] - system.measure.published
    return hidden


def refuse_recoverable_quarters(
    evaluation: Evaluation, disclosed: Mapping[str, pd.DataFrame], minimum: int
) -> None:
    """Raise BadInputError with each small number that is left in `disclosed`, or that can be
    worked out from it and from the page of the year."""
    system = _system(evaluation, disclose(evaluation, minimum), minimum)
    shown = {
        (unit_id, f"{scheme}{AT}{number}")
        for number in range(1, QUARTERS + 1)
        if f"quarter_{number}" in disclosed["execution"]
        for unit_id, scheme in disclosed["execution"][f"quarter_{number}"].dropna().index
    }
    hidden = system.measure.amounts.keys() - shown - system.measure.published
    found = {bare.key for bare in exposed([system.measure], hidden, system.small)}
    if found:
        raise BadInputError(
            Problem("public.recoverable", unit_id, {"minimum": minimum}, column=cell)
            for unit_id, cell in sorted(found)
        )


def _quarters(evaluation: Evaluation) -> pd.DataFrame:
    """Return the reviewed quarters of the units that the public sees."""
    rows = evaluation.periods
    seen = units_seen(evaluation)["unit_id"]
    return rows[(rows["span"] == "quarter") & rows["unit_id"].isin(seen)]


def _system(evaluation: Evaluation, yearly: Mapping[str, pd.DataFrame], minimum: int) -> System:
    of_year = measures_of(evaluation, published_tables(evaluation))["executed"]
    amounts: dict[Key, float] = dict(of_year.amounts)
    lines: list[Line] = list(of_year.lines)
    over_time: dict[Key, list[Key]] = {}
    alone: list[Measure] = []
    quarters = _quarters(evaluation).dropna(subset="executed")
    for number, rows in quarters.groupby("number", dropna=False):
        own: dict[Key, float] = {
            (unit_id, scheme): amount
            for unit_id, scheme, amount in rows[[*KEY, "executed"]].itertuples(index=False)
        }
        place = {key: (key[0], f"{key[1]}{AT}{number}") for key in own}
        amounts |= {place[key]: amount for key, amount in own.items()}
        alone.append(Measure(own, lines_of(own, evaluation)))
        lines += [
            Line(place[line.total], tuple(place[part] for part in line.parts), line.rest)
            for line in alone[-1].lines
        ]
        for key in own:
            over_time.setdefault(key, []).append(place[key])
    lines += [add_up(amounts, key, of) for key, of in over_time.items() if key in amounts]
    hidden = {key for table in yearly.values() for key in table.index[table["hidden"]]}
    small = dict.fromkeys(hidden & amounts.keys(), 1.0)
    small |= dict.fromkeys(small_cells(evaluation, minimum).keys() & amounts.keys(), ROOM)
    people, apart = people_by_cell(evaluation), dict.fromkeys(hidden & over_time.keys(), 1.0)
    for key, of in over_time.items():
        whole = amounts.get(key, sum(amounts[cell] for cell in of))
        for cell in of:
            count = people.get(key, 0) * amounts[cell] / whole if whole > 0 else 0.0
            if 0 < count < minimum:
                growth = minimum / count
                small[cell] = min(growth, ROOM)
                apart[key] = max(min(growth, MOST_GROWTH), apart.get(key, 1.0))
            elif key in hidden:
                small[cell] = 1.0
    published = frozenset(of_year.amounts.keys() - hidden)
    return System(Measure(amounts, lines, published), small, alone, apart)


def _execution(evaluation: Evaluation, hidden: set[Key]) -> pd.DataFrame:
    """Return what each quarter executed, hidden cells missing; sums only where all are shown."""
    rows = _quarters(evaluation)
    if rows.empty:
        return pd.DataFrame(
            {"hidden": pd.Series([], dtype="bool")}, pd.MultiIndex.from_arrays([[], []], names=KEY)
        )
    by_quarter = rows.pivot_table("executed", index=KEY, columns="number", dropna=False)
    last = rows[rows["number"] == rows["number"].max()].set_index(KEY)
    table, covered = pd.DataFrame(index=by_quarter.index), pd.Series(False, by_quarter.index)
    for number in by_quarter.columns:
        now = [(unit, f"{scheme}{AT}{number}") in hidden for unit, scheme in table.index]
        of_quarter = pd.Series(now, table.index)
        table[f"quarter_{number}"] = by_quarter[number].mask(of_quarter)
        covered |= of_quarter
    reached = last.reindex(table.index)
    adjusted = published_tables(evaluation)["allocation"]["adjusted"].reindex(table.index)
    table["to_date"] = reached["executed_to_date"].mask(covered)
    table["progress"] = reached["progress_to_date"].mask(covered)
    table["left"] = (adjusted - reached["executed_to_date"]).mask(covered)
    return table.assign(hidden=covered)
