"""Execution by quarter for the public, safe beside the page of the whole year (R22).

A reader holds both pages against each other, so they are protected together, whether that of the
year is out or not: what it hides is hidden in every quarter, and what it publishes is known.

How many people a quarter rests on is in no table. The year's visits or cases in proportion to
what the quarter executed of the year stand in for it, a local setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from fundeval.report.public.adopted import Recompute
from fundeval.report.public.disclosure import (
    Disclosed,
    Page,
    disclose,
    refuse_recoverable,
    suppress,
)
from fundeval.report.public.figures import QUARTERS, Figure, Key
from fundeval.report.public.knowledge import Knowledge, Terms, gather, request_of
from fundeval.report.public.people import KEY
from fundeval.report.public.published import (
    amounts_of_quarters,
    published_tables,
    reviewed_quarters,
)
from fundeval.report.public.releases import Release
from fundeval.report.public.sums import row_of, sums_of
from fundeval.report.public.suppression import Request, choose
from fundeval.results.frames import Evaluation

# How much larger a hidden quarter must be able to be by the page of its quarter alone, at most:
# what the year publishes of it leaves less room, and then the protection of the policy counts.
MOST_GROWTH = 2.0


def disclose_quarters(
    evaluation: Evaluation,
    terms: Terms,
    releases: Sequence[Release] = (),
    recompute: Recompute | None = None,
) -> Disclosed:
    """Return the public tables by quarter with small numbers suppressed.

    Parameters
    ----------
    evaluation
        The whole evaluation.
    terms
        What the policy asks.
    releases
        What was published before.
    recompute
        Makes the page of an earlier year again, see `adopted`.

    Returns
    -------
    Disclosed
        `execution` has a column for each quarter, such as `quarter_1`, the sum of them (`to_date`),
        its `progress` against the plan and what is left of the budget (`left`).

    Raises
    ------
    BadInputError
        If the final check finds a number that could be worked out.
    """
    yearly = disclose(evaluation, terms, releases, recompute)
    known = [*releases, yearly.release]
    amounts = amounts_of_quarters(evaluation)
    knowledge, small = _gather(evaluation, terms, known, amounts, recompute)
    choice = choose(_with_quarters_alone(knowledge, amounts, small, terms))
    whole = published_tables(evaluation)
    tables = {
        "allocation": whole["allocation"][["adjusted"]],
        "execution": _execution(evaluation, whole["allocation"]["adjusted"]),
        "balance": whole["balance"],
    }
    disclosed = suppress(evaluation, terms, knowledge, choice, Page("quarterly", tables))
    refuse_recoverable(evaluation, disclosed, terms, known, knowledge)
    return disclosed


def _gather(
    evaluation: Evaluation,
    terms: Terms,
    releases: Sequence[Release],
    amounts: Mapping[Figure, float],
    recompute: Recompute | None = None,
) -> tuple[Knowledge, dict[Figure, float]]:
    """Return what a reader may know beside the page, quarters included, and the small quarters."""
    knowledge = gather(evaluation, terms, releases, amounts, recompute)
    small = _small_quarters(knowledge, amounts, terms)
    # What the year publishes of a quarter leaves less room than the page of the quarter alone.
    knowledge.small.update(dict.fromkeys(small, 1.0))
    return knowledge, small


def months_of_quarters(evaluation: Evaluation) -> dict[str, int]:
    """Return how many months each quarter covers, by its column of `execution`."""
    months = reviewed_quarters(evaluation).groupby("number", dropna=True)["months"].max()
    return {f"quarter_{number}": int(count) for number, count in months.items()}


def reasons_to_date(evaluation: Evaluation) -> dict[Key, str]:
    """Return why figures of a unit and scheme up to the latest quarter are missing, if any are."""
    rows = reviewed_quarters(evaluation)
    rows = rows[rows["number"] == rows["number"].max()]
    return dict(zip(zip(rows["unit_id"], rows["scheme"], strict=True), rows["reason"], strict=True))


def _small_quarters(
    knowledge: Knowledge, amounts: Mapping[Figure, float], terms: Terms
) -> dict[Figure, float]:
    """Return the quarters that rest on too few, and by what factor they are too small."""
    found: dict[Figure, float] = {}
    year = knowledge.sums.amounts
    of_key: dict[Key, list[Figure]] = {}
    for cell in sorted(amounts):
        of_key.setdefault(cell.key, []).append(cell)
    for key, cells in of_key.items():
        spent = cells[0].beside("executed")
        whole = year.get(spent, sum(amounts[cell] for cell in cells))
        people = knowledge.people[knowledge.year].counts.get(key, 0)
        for cell in cells:
            count = people * amounts[cell] / whole if whole > 0 else 0.0
            if 0 < count < terms.minimum:
                found[cell] = terms.minimum / count
            elif spent in knowledge.small:
                found[cell] = 1.0
    return found


def _with_quarters_alone(
    knowledge: Knowledge,
    amounts: Mapping[Figure, float],
    small: Mapping[Figure, float],
    terms: Terms,
) -> Request:
    """Ask for what protects each quarter for itself, and the quarters together with the year.

    What the year hides is hidden in every quarter, of however many people.
    """
    request = request_of(knowledge, terms)
    hidden = set(request.hidden)
    places = knowledge.places
    of_year = {cell for cell in amounts if cell.beside("executed") in knowledge.earlier.hidden}
    rows = {row_of(cell, amounts) for cell in {*small, *of_year}}
    hidden |= {cell for row in rows for cell in row}
    for column in QUARTERS:
        own = {cell: value for cell, value in amounts.items() if cell.column == column}
        factors = {cell: min(factor, MOST_GROWTH) for cell, factor in small.items() if cell in own}
        alone = Request(
            sums_of(own, places),
            factors,
            frozenset(cell for row in rows for cell in row if cell in own),
            request.known & own.keys(),
            terms.protection,
            terms.largest,
        )
        hidden |= {other for cell in choose(alone).hidden for other in row_of(cell, amounts)}
    return replace(request, hidden=frozenset(hidden))


def _execution(evaluation: Evaluation, adjusted: pd.Series) -> pd.DataFrame:
    """Return what each quarter executed, the sum of them, its progress, and what is left."""
    rows = reviewed_quarters(evaluation)
    if rows.empty:
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=KEY))
    by_quarter = rows.pivot_table("executed", index=KEY, columns="number", dropna=False)
    last = rows[rows["number"] == rows["number"].max()].set_index(KEY)
    table = by_quarter.rename(columns=lambda number: QUARTERS[int(number) - 1])
    reached = last.reindex(table.index)
    table.columns.name = None
    table["to_date"] = reached["executed_to_date"]
    table["progress"] = reached["progress_to_date"]
    table["left"] = adjusted.reindex(table.index) - reached["executed_to_date"]
    return table
