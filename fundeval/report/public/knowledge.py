"""What a reader may know beside a public page, and which of it must not be known.

That is the page's own sums, and what was published before: of the same year with what has changed
since, and of other years that a balance or next year's budget leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fundeval.report.public.earlier import Earlier, add_earlier_sums, look_back
from fundeval.report.public.figures import ADDED_UP, Figure
from fundeval.report.public.lines import Place
from fundeval.report.public.people import People, people_of
from fundeval.report.public.protection import LARGEST
from fundeval.report.public.published import (
    amounts_of_quarters,
    amounts_of_year,
    figures_of,
    places_of_units,
    published_tables,
)
from fundeval.report.public.releases import Release, places_of
from fundeval.report.public.rounding import UNROUNDED, Rounding
from fundeval.report.public.shares import Shares
from fundeval.report.public.sums import Sums, row_of, sums_of
from fundeval.report.public.suppression import Request
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
    rounding: Rounding = UNROUNDED
    largest: int = LARGEST


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
    for rest, line in sums.rests.items():
        left = people[rest.year].beside(line) or 0
        if rest.column.split()[1] in SMALL and 0 < left < terms.minimum:
            found[rest] = terms.minimum / left
    return found


def _budgets_hidden(sums: Sums, earlier: Earlier) -> list[Figure]:
    """Return the budgets that an earlier release hid as next year's, for what they tell."""

    def was_next(cell: Figure) -> set[Figure]:
        before = cell._replace(year=cell.year - 1)
        return {before.beside("next_budget"), before.beside("executed")}

    return [
        cell
        for cell in sums.amounts
        if cell.column == "adjusted"
        and cell not in earlier.known
        and was_next(cell) <= earlier.hidden.keys()
    ]
