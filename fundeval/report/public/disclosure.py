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
from fundeval.report.public.earlier import Earlier, add_earlier_sums, look_back
from fundeval.report.public.figures import ADDED_UP, OF_PEOPLE, Figure, with_derived
from fundeval.report.public.people import People, people_of
from fundeval.report.public.protection import LARGEST, Bounds
from fundeval.report.public.published import (
    amounts_of_quarters,
    amounts_of_year,
    figures_of,
    places_of_units,
    published_tables,
)
from fundeval.report.public.releases import Release, places_of
from fundeval.report.public.rounding import Rounding
from fundeval.report.public.shares import Shares
from fundeval.report.public.sums import REST, Place, Sums, row_of, sums_of
from fundeval.report.public.suppression import Choice, Request, audit, choose
from fundeval.results.frames import Evaluation

# What the amounts of people are that a small number of them makes small.
SMALL = ("executed", "income", "expenditure")


@dataclass(frozen=True)
class Terms:
    """What the policy asks of a public page.

    Attributes
    ----------
    minimum
        Fewest people that a published amount may rest on (`minimum_disclosed`).
    protection
        By which share of itself a hidden small amount must be able to be larger and smaller
        (`disclosed_protection`).
    rounding
        What published amounts are rounded to.
    largest
        Most hidden figures that are moved at once, see `protection.LARGEST`.
    """

    minimum: int
    protection: float
    rounding: Rounding = Rounding()
    largest: int = LARGEST


@dataclass(frozen=True)
class Reason:
    """Why a figure is hidden: a code, and the figure that it is hidden for, if another."""

    code: str
    because: Figure | None = None


@dataclass(frozen=True)
class Knowledge:
    """All amounts that a page is about or is read beside, and which of them must not be known.

    Attributes
    ----------
    year
        The year of the page.
    sums
        Amounts of the page and of what was published before, and what holds between them.
    people
        How many people the amounts of each year rest on.
    small
        How much each small figure must be able to grow, as a factor.
    earlier
        What was published and hidden before.
    shares
        Tells what a figure is computed from.
    places
        Where units stand, those of earlier releases too.
    """

    year: int
    sums: Sums
    people: Mapping[int, People]
    small: dict[Figure, float]
    earlier: Earlier
    shares: Shares
    places: Mapping[str, Place]

    def hidden_before(self) -> frozenset[Figure]:
        """The amounts that an earlier release hid, and hides still."""
        return frozenset(self.earlier.hidden.keys() & self.sums.amounts.keys())

    def untold(self) -> set[Figure]:
        """Return what nobody was told or is to be told: small figures of any year, and what was
        hidden before."""
        few = {
            Figure(*key, year, column)
            for year, people in self.people.items()
            for key, count in people.counts.items()
            for column in SMALL
            if Figure(*key, year, column) in self.small
        }
        return {*few, *self.earlier.hidden} - self.earlier.known


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
    lost
        Small figures that follow from what was published before, whatever is hidden now.
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
    amounts: Mapping[Figure, float] = field(default_factory=dict)
    people: Mapping[Figure, float] = field(default_factory=dict)


def disclose(
    evaluation: Evaluation, terms: Terms, releases: Sequence[Release] = ()
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

    Raises
    ------
    BadInputError
        If the final check finds a number that could be worked out.
    """
    tables = published_tables(evaluation)
    knowledge = gather(evaluation, terms, releases)
    choice = choose(request_of(knowledge, terms))
    disclosed = suppress(evaluation, terms, knowledge, choice, tables, "yearly")
    refuse_recoverable(evaluation, disclosed, terms, releases)
    return disclosed


def gather(
    evaluation: Evaluation,
    terms: Terms,
    releases: Sequence[Release],
    more: Mapping[Figure, float] | None = None,
) -> Knowledge:
    """Return what a reader may know beside the page: `more` are amounts of parts of the year."""
    year = int(evaluation.about["year"])
    places = {**places_of(releases), **places_of_units(evaluation)}
    shares = Shares(evaluation)
    amounts = _amounts(evaluation, releases) | dict(more or {})
    for release in releases:
        if release.year == year:
            listed = release.published.items()
            amounts |= {c: v for c, v in listed if c.column in ADDED_UP and c not in amounts}
    figures = {**amounts, **figures_of(published_tables(evaluation), year)}
    earlier = look_back(releases, figures, shares.years)
    sums = sums_of(amounts, places)
    same = [release for release in releases if release.year == year]
    gone = add_earlier_sums(sums, same, places)
    sums.amounts |= gone
    people = _people(evaluation, sums, shares, places)
    small = _small(sums, people, terms, earlier)
    small |= dict.fromkeys(gone, 1.0)
    small |= dict.fromkeys(_budgets_hidden(sums, earlier), 1.0)
    return Knowledge(year, sums, people, small, earlier, shares, places)


def request_of(knowledge: Knowledge, terms: Terms) -> Request:
    """Return what is asked of the figures to hide: rows of small figures, and what was hidden."""
    amounts = knowledge.sums.amounts
    rows = {cell for each in knowledge.small for cell in row_of(each, amounts)}
    before = {cell for each in knowledge.hidden_before() for cell in row_of(each, amounts)}
    return Request(
        knowledge.sums,
        knowledge.small,
        frozenset(rows | before),
        knowledge.earlier.known & amounts.keys(),
        terms.protection,
        terms.largest,
    )


def suppress(
    evaluation: Evaluation,
    terms: Terms,
    knowledge: Knowledge,
    choice: Choice,
    tables: dict[str, pd.DataFrame],
    report: str,
) -> Disclosed:
    """Return the tables without what is hidden, and why each figure is."""
    figures = figures_of(tables, knowledge.year)
    request = request_of(knowledge, terms)
    chosen = choice.hidden | request.hidden
    derived = with_derived(
        chosen | knowledge.untold(), figures.keys(), knowledge.shares.sources
    )
    hidden = frozenset((chosen | derived.keys() | knowledge.earlier.hidden.keys()) & figures.keys())
    people = {
        cell: count
        for cell in hidden
        if (count := knowledge.people[knowledge.year].counts.get(cell.key)) is not None
    }
    reasons = {cell: _reason(cell, knowledge, choice, derived) for cell in sorted(hidden)}
    tables = {name: _without(frame, hidden, knowledge.year) for name, frame in tables.items()}
    tables = {name: _rounded(frame, terms.rounding) for name, frame in tables.items()}
    shown = {cell: value for cell, value in figures_of(tables, knowledge.year).items()}
    about = {
        "year": knowledge.year,
        "report": report,
        "minimum": terms.minimum,
        "rounding": terms.rounding,
    }
    release = Release.of(about, places_of_units(evaluation), shown, hidden)
    for frame in tables.values():
        keys = {cell.key: None for cell in hidden if cell.column in frame.columns}
        frame["hidden"] = [key in keys for key in frame.index]
    return Disclosed(
        tables, hidden, release, reasons, choice.audit.bounds, choice.audit.too_large,
        choice.lost, {cell: figures[cell] for cell in hidden}, people,
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
        {*hidden, *known.untold()} - shown.keys(), shown.keys(), known.shares.sources
    )
    exposed |= {source for cell, source in told.items()}
    if exposed:
        raise BadInputError(
            Problem(
                "public.recoverable", cell.unit_id, {"minimum": terms.minimum}, column=place_of(cell)
            )
            for cell in sorted(exposed)
        )


def place_of(cell: Figure) -> str:
    """Return scheme and column of a figure, as problems name it."""
    return f"{cell.scheme} {cell.column}"


def _amounts(evaluation: Evaluation, releases: Sequence[Release]) -> dict[Figure, float]:
    """Return the amounts of the year, and of what was published of other years as they are today.

    What is no longer known of another year stands as it was published.
    """
    year = int(evaluation.about["year"])
    amounts = amounts_of_year(evaluation, year)
    for release in releases:
        if release.year == year:
            if release.report != "yearly":
                amounts |= amounts_of_quarters(evaluation)
            continue
        then = amounts_of_year(evaluation, release.year)
        listed = {*release.published, *release.hidden}
        amounts |= {cell: then[cell] for cell in sorted(listed & then.keys())}
        old = {c: v for c, v in release.published.items() if c.column in ADDED_UP}
        amounts |= {cell: value for cell, value in old.items() if cell not in amounts}
    return amounts


def _people(
    evaluation: Evaluation, sums: Sums, shares: Shares, places: Mapping[str, Place]
) -> dict[int, People]:
    """Return how many people amounts rest on, in each year that the page tells anything of."""
    year = int(evaluation.about["year"])
    years = {cell.year for cell in sums.amounts} | {year - n for n in range(shares.years + 1)}
    keys = sorted({cell.key for cell in sums.amounts})
    return {each: people_of(evaluation.tables, each, keys, places) for each in sorted(years)}


def _small(
    sums: Sums, people: Mapping[int, People], terms: Terms, earlier: Earlier
) -> dict[Figure, float]:
    """Return the figures that rest on too few, and by what factor they are too small."""
    found: dict[Figure, float] = {}
    for year, of_year in people.items():
        for key, count in of_year.counts.items():
            for column in SMALL:
                cell = Figure(*key, year, column)
                minimum = max(terms.minimum, earlier.hidden.get(cell, 0))
                if count < minimum:
                    found[cell] = minimum / count
        for ((unit_id, scheme), kind), count in of_year.rests.items():
            for column in SMALL:
                rest = Figure(unit_id, scheme, year, f"{REST}{column} {kind}")
                if 0 < count < terms.minimum and rest in sums.amounts:
                    found[rest] = terms.minimum / count
    return found


def _budgets_hidden(sums: Sums, earlier: Earlier) -> list[Figure]:
    """Return the budgets that an earlier release hid as next year's, for what they tell."""
    return [
        cell
        for cell in sums.amounts
        if cell.column == "adjusted"
        and cell not in earlier.known
        and {cell._replace(year=cell.year - 1, column=column) for column in ("next_budget", "executed")}
        <= earlier.hidden.keys()
    ]


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


# Rates by what stands above and below the line.
RATES = {
    "execution": ("executed", "adjusted"),
    "progress": ("to_date", ""),
    "months": ("closing", "expenditure"),
}


def _rounded(frame: pd.DataFrame, rounding: Rounding) -> pd.DataFrame:
    """Return a table with rounded amounts, and rates computed again from them."""
    if not rounding:
        return frame
    amounts = frame.columns.difference([*RATES])
    made = frame.copy()
    made[amounts] = frame[amounts].map(rounding.amount, na_action="ignore")
    for name, (above, below) in RATES.items():
        if name in frame:
            factor = made[above] / frame[above]
            factor = factor / (made[below] / frame[below]) if below else factor
            made[name] = frame[name] * factor.where(frame[above] != 0, 1.0)
    return made
