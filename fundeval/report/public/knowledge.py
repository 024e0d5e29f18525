"""What a reader may know beside a public page, and which of it must not be known.

That is the page's own sums, and what was published before: of the same year with what has changed
since, and of other years that a balance or next year's budget leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from fundeval.report.public.adopted import Recompute, still_telling
from fundeval.report.public.earlier import Earlier, add_earlier_sums, look_back
from fundeval.report.public.figures import ADDED_UP, Figure
from fundeval.report.public.identity import as_today
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
    unlisted
        Amounts of other years that no release listed, see `_amounts`.
    """

    year: int
    sums: Sums
    people: Mapping[int, People]
    small: dict[Figure, float]
    earlier: Earlier
    shares: Shares
    places: Mapping[str, Place]
    unlisted: frozenset[Figure] = frozenset()

    def hidden_before(self) -> frozenset[Figure]:
        """The amounts that an earlier release hid, and hides still, or never listed."""
        return self.unlisted | (self.earlier.hidden.keys() & self.sums.amounts.keys())

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
    recompute: Recompute | None = None,
) -> Knowledge:
    """Return what a reader may know beside the page: `more` are amounts of parts of the year,
    `recompute` makes the page of an earlier year again."""
    year = int(evaluation.about["year"])
    today = places_of_units(evaluation)
    releases = as_today(releases, today, partial(amounts_of_year, evaluation))
    places = {**places_of(releases), **today}
    shares = Shares(evaluation)
    amounts, unlisted = _amounts(evaluation, releases)
    amounts |= dict(more or {})
    amounts |= _not_reached(amounts, releases, places)
    figures = {**amounts, **figures_of(published_tables(evaluation), year)}
    earlier = look_back(releases, figures, shares.years)
    sums = sums_of(amounts, places)
    sums.told = earlier.told & amounts.keys()
    sums.near = earlier.near
    gone = add_earlier_sums(sums, releases, places)
    sums.amounts |= gone
    people = _people(evaluation, sums, shares, places)
    small = _small(sums, people, terms, earlier)
    small |= dict.fromkeys(gone, 1.0)
    known = Knowledge(year, sums, people, small, earlier, shares, places, unlisted)
    budgets = {
        cell: amount
        for cell, amount in amounts.items()
        if cell.column == "adjusted" and cell not in earlier.known
    }
    untold = known.untold()

    def is_secret(cell: Figure) -> bool:
        return not untold.isdisjoint({cell.beside("adjusted"), *shares.spent_before(cell)})

    telling = still_telling(budgets, releases, is_secret, terms.protection, recompute)
    small |= dict.fromkeys(telling, 1.0)
    return known


def request_of(knowledge: Knowledge, terms: Terms) -> Request:
    """Return what is asked of the figures to hide: rows of small figures, and what was hidden."""
    amounts, earlier = knowledge.sums.amounts, knowledge.earlier
    # The page of another year cannot be taken back, however coarse.
    out = {cell for cell in earlier.near if cell.year != knowledge.year} - knowledge.small.keys()
    rows = {cell for each in knowledge.small for cell in row_of(each, amounts)}
    held = knowledge.hidden_before()
    before = {cell for each in held - knowledge.unlisted for cell in row_of(each, amounts)}
    return Request(
        knowledge.sums,
        knowledge.small,
        frozenset(rows | before | held),
        (earlier.known | out) & amounts.keys(),
        terms.protection,
        terms.largest,
        knowledge.unlisted,
    )


def _amounts(
    evaluation: Evaluation, releases: Sequence[Release]
) -> tuple[dict[Figure, float], frozenset[Figure]]:
    """Return the amounts of the year, and of what was listed of other years as they are today;
    and which of other years were never listed.

    Those are told of where something that was hidden then has gone, which they may have taken over.
    """
    year = int(evaluation.about["year"])
    amounts = amounts_of_year(evaluation, year)
    unlisted: set[Figure] = set()
    if any(each.year == year and each.report != "yearly" for each in releases):
        amounts |= amounts_of_quarters(evaluation)
    for other in sorted({each.year for each in releases} - {year}):
        then = amounts_of_year(evaluation, other)
        of_year = [each for each in releases if each.year == other]
        hidden = {cell for each in of_year for cell in each.hidden}
        listed = hidden.union(*(each.published for each in of_year))
        amounts |= {cell: then[cell] for cell in sorted(listed & then.keys())}
        went = {cell.column for cell in hidden - then.keys()}
        unlisted |= {cell for cell in then.keys() - listed if cell.column in went}
        amounts |= {cell: then[cell] for cell in sorted(unlisted & then.keys())}
    return amounts, frozenset(unlisted)


def _not_reached(
    amounts: Mapping[Figure, float], releases: Sequence[Release], places: Mapping[str, Place]
) -> dict[Figure, float]:
    """Return amounts that were published of what the data of today do not reach.

    Where they have units of the same kind below the same one, what they lack has gone instead.
    """

    def where(cell: Figure) -> tuple[int, str, str, str | None]:
        place = places[cell.unit_id]
        return cell.year, cell.column, place.kind, place.above

    reached = {where(cell) for cell in amounts if cell.unit_id in places}
    return {
        cell: value
        for release in releases
        for cell, value in release.published.items()
        if cell.column in ADDED_UP and cell not in amounts and where(cell) not in reached
    }


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
                # Money of nobody at all is of somebody who came late.
                if count < minimum and (count or sums.amounts.get(cell)):
                    found[cell] = minimum / max(count, 1)
    for rest, line in sums.rests.items():
        left = people[rest.year].beside(line) or 0
        if rest.column.split()[1] in SMALL and 0 < left < terms.minimum:
            found[rest] = terms.minimum / left
    return found
