"""Select the tables of an evaluation that may be published, and suppress small numbers.

An amount that rests on fewer people than the policy's `minimum_disclosed` is not published, and
neither is what it could be worked out from: what is computed from it (`figures`), and as many other
amounts as its sums need (`suppression`), by this page and by all that were published before
(`earlier`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

import pandas as pd

from fundeval.problems import BadInputError, Problem
from fundeval.report.public.adopted import Recompute
from fundeval.report.public.figures import OF_PEOPLE, Figure, with_derived
from fundeval.report.public.knowledge import Knowledge, Terms, gather, request_of
from fundeval.report.public.protection import Bounds
from fundeval.report.public.published import figures_of, places_of_units, published_tables
from fundeval.report.public.releases import Release
from fundeval.report.public.rounding import Rounding
from fundeval.report.public.suppression import Choice, audit, choose
from fundeval.results.frames import Evaluation

Tables = Mapping[str, pd.DataFrame]
# Rates by what stands above and below the line.
RATES = {
    "execution": ("executed", "adjusted"),
    "progress": ("to_date", ""),
    "months": ("closing", "expenditure"),
}
# Decimals, as the page shows them, of rates of which not all that they are made of is published.
DECIMALS = {"progress": 4, "months": 2}


@dataclass(frozen=True)
class Page:
    """What a page would show with nothing hidden: `report` is `yearly` or `quarterly`."""

    report: str
    tables: Tables


@dataclass(frozen=True)
class Reason:
    """Why a figure is hidden: a code, and the figure that it is hidden for, if another."""

    code: str
    because: Figure | None = None


@dataclass
class Disclosed:
    """What may be published.

    Attributes
    ----------
    tables
        `allocation`, `execution` and `balance`, indexed by unit_id and scheme, hidden figures
        missing and the others rounded. The column `hidden` marks rows in which one is suppressed.
    hidden
        The figures that are suppressed.
    reasons, bounds
        Why each is, and how far its true amount may lie off for all that a reader knows: for the
        evaluator, not for the public.
    too_large
        How many components of sums were too large to be moved as a whole.
    lost, lost_small
        Figures that follow from what was published before, whatever is hidden now; those that
        rest on too few and follow from it or were published.
    release
        What the register of releases keeps of it.
    amounts, people
        True amounts of what is hidden, and the people that they rest on.
    """

    tables: dict[str, pd.DataFrame]
    hidden: frozenset[Figure]
    release: Release
    reasons: Mapping[Figure, Reason] = field(default_factory=dict)
    bounds: Mapping[Figure, Bounds] = field(default_factory=dict)
    too_large: int = 0
    lost: Sequence[Figure] = ()
    lost_small: Sequence[Figure] = ()
    amounts: Mapping[Figure, float] = field(default_factory=dict)
    people: Mapping[Figure, float] = field(default_factory=dict)


def disclose(
    evaluation: Evaluation,
    terms: Terms,
    releases: Sequence[Release] = (),
    recompute: Recompute | None = None,
) -> Disclosed:
    """Return the public tables with small numbers suppressed.

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

    Raises
    ------
    BadInputError
        If the final check finds a number that could be worked out.
    """
    page = Page("yearly", published_tables(evaluation))
    knowledge = gather(evaluation, terms, releases, recompute=recompute)
    choice = choose(request_of(knowledge, terms))
    disclosed = suppress(evaluation, terms, knowledge, choice, page)
    refuse_recoverable(evaluation, disclosed, terms, releases, knowledge)
    return disclosed


def suppress(
    evaluation: Evaluation,
    terms: Terms,
    knowledge: Knowledge,
    choice: Choice,
    page: Page,
) -> Disclosed:
    """Return the tables without what is hidden, and why each figure is."""
    figures = figures_of(page.tables, knowledge.year)
    request = request_of(knowledge, terms)
    chosen = choice.hidden | request.hidden
    # What is out already stays on the page: to hide it now would hide nothing.
    new = figures.keys() - knowledge.earlier.known
    derived = with_derived(chosen | knowledge.untold(), new, knowledge.shares.sources)
    hidden = frozenset((chosen | derived.keys() | knowledge.earlier.hidden.keys()) & figures.keys())
    people = {
        cell: count
        for cell in hidden
        if (count := knowledge.people[knowledge.year].counts.get(cell.key)) is not None
    }
    reasons = {cell: _reason(cell, knowledge, choice, derived) for cell in sorted(hidden)}
    tables = {name: _without(frame, hidden, knowledge.year) for name, frame in page.tables.items()}
    tables = {name: rounded_table(frame, terms.rounding) for name, frame in tables.items()}
    shown = figures_of(tables, knowledge.year)
    about = {
        "year": knowledge.year,
        "report": page.report,
        "minimum": terms.minimum,
        "rounding": terms.rounding,
    }
    release = Release.of(about, places_of_units(evaluation), shown, hidden)
    for frame in tables.values():
        keys = {cell.key: None for cell in hidden if cell.column in frame.columns}
        frame["hidden"] = [key in keys for key in frame.index]
    few = {cell for cell, factor in knowledge.small.items() if factor > 1}
    earlier = knowledge.earlier
    out = (earlier.known | earlier.told | earlier.near.keys()) & figures.keys()
    lost_small = sorted(few & {*choice.lost, *out})
    return Disclosed(
        tables, hidden, release, reasons, choice.audit.bounds, choice.audit.too_large,
        choice.lost, lost_small, {cell: figures[cell] for cell in hidden}, people,
    )  # fmt: skip


def refuse_recoverable(
    evaluation: Evaluation,
    disclosed: Disclosed,
    terms: Terms,
    releases: Sequence[Release] = (),
    knowledge: Knowledge | None = None,
) -> None:
    """Raise BadInputError with each small number of the evaluation that is left in `disclosed`,
    or that can be worked out from it and from what was published before.

    It looks at what the tables show, not at what was meant to be hidden.
    """
    known = knowledge or gather(evaluation, terms, releases)
    shown = figures_of(
        {name: frame.drop(columns="hidden") for name, frame in disclosed.tables.items()},
        known.year,
    )
    request = request_of(known, terms)
    hidden = request.sums.amounts.keys() - shown.keys()
    hidden -= {cell for cell in request.sums.amounts if cell.year != known.year}
    hidden |= known.hidden_before() - shown.keys()
    exposed = set(audit(request, hidden).exposed) - set(disclosed.lost)
    exposed |= {cell for cell in known.small if cell in shown} - known.earlier.known
    told = with_derived(
        {*hidden, *known.untold()} - shown.keys(),
        shown.keys() - known.earlier.known,
        known.shares.sources,
    )
    exposed |= {source for cell, source in told.items()}
    if exposed:
        asked = {"minimum": terms.minimum, "protection": terms.protection}
        raise BadInputError(
            Problem("public.recoverable", cell.unit_id, asked, column=place_of(cell))
            for cell in sorted(exposed)
        )


def place_of(cell: Figure) -> str:
    """Return scheme and column of a figure, as problems name it."""
    return f"{cell.scheme} {cell.column}"


def _reason(
    cell: Figure, knowledge: Knowledge, choice: Choice, derived: Mapping[Figure, Figure]
) -> Reason:
    """Return why a figure is hidden, the first that applies."""
    if cell in knowledge.small:
        return Reason("next_before" if cell.column == "adjusted" else "few")
    if cell in choice.protects:
        return Reason("protects", choice.protects[cell])
    if cell in knowledge.earlier.hidden:
        return Reason("before")
    if cell.column in OF_PEOPLE and cell.beside("executed") in knowledge.small:
        return Reason("few")
    return Reason("made_of", derived[cell]) if cell in derived else Reason("row")


def _without(frame: pd.DataFrame, hidden: frozenset[Figure], year: int) -> pd.DataFrame:
    """Return a table without its hidden figures."""
    frame = frame.astype("float64")
    for column in frame.columns:
        at = [Figure(unit, scheme, year, str(column)) in hidden for unit, scheme in frame.index]
        frame.loc[at, column] = nan
    return frame


def rounded_table(frame: pd.DataFrame, rounding: Rounding) -> pd.DataFrame:
    """Return a table with rounded amounts, and rates computed again from them."""
    if not rounding:
        return frame
    amounts = frame.columns.difference([*RATES])
    made = frame.copy()
    made[amounts] = frame[amounts].map(rounding.amount, na_action="ignore")
    for name, (above, below) in RATES.items():
        if name not in frame:
            continue
        if name not in DECIMALS:
            # Afresh, so that no digit is left of the exact amounts.
            made[name] = (made[above] / made[below]).where(made[below] != 0)
            continue
        factor = made[above] / frame[above]
        factor = factor / (made[below] / frame[below]) if below else factor
        made[name] = (frame[name] * factor.where(frame[above] != 0, 1.0)).round(DECIMALS[name])
    return made
