"""Where a unit differs most: from its peers of the year, and from its own earlier years."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.tables.view_table import table, why_missing
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import IndicatorRow

MOST = 5
# Beyond so many spreads a multiple says no more than that.
MOST_TIMES = 10
# Earlier years that a unit is held against, and the fewest that have a spread.
YEARS, FEWEST = 3, 2
# Readings of one rate that say the same again.
AGAIN = ("execution_rate_initial", "execution_rate_with_carryover")


class Deviation(NamedTuple):
    """How far a value lies from a middle, as a multiple of a spread."""

    row: IndicatorRow
    middle: float
    last: float | None
    distance: float
    verdict: str


def deviations(view: View) -> Html:
    """Return the five largest deviations from the peers, and from the unit's own past."""
    rows = _judged(view)
    if not rows:
        own = view.own(IndicatorRow, year=view.year)
        return why_missing(view, "deviations", own)
    beside = _largest(beside_peers(view, row) for row in rows)
    before = _largest(beside_past(view, row) for row in rows)
    return together(_from_peers(view, beside), _from_past(view, before))


def beside_peers(view: View, row: IndicatorRow) -> Deviation | None:
    """Return how far a value is from its peers' median, in their interquartile ranges.

    None where there are too few peers, or where the middle half of them is printed alike.
    """
    among = view.peers(row.indicator, row.scheme)
    if among is None or among.p25 is None or among.p50 is None or among.p75 is None:
        return None
    return _deviation(view, row, among.p50, (among.p25, among.p75), None)


def beside_past(view: View, row: IndicatorRow) -> Deviation | None:
    """Return how far a value is from the mean of up to three earlier years, in their spread.

    The spread is the largest of them less the smallest; None where there are fewer than two, or
    where they are printed alike.
    """
    earlier = {
        each.year: each.value
        for each in view.own(IndicatorRow, indicator=row.indicator, scheme=row.scheme)
        if each.status == "ok" and each.value is not None
        and view.year - YEARS <= each.year < view.year
    }  # fmt: skip
    values = [*earlier.values()]
    if len(values) < FEWEST:
        return None
    within, last = (min(values), max(values)), earlier.get(view.year - 1)
    return _deviation(view, row, sum(values) / len(values), within, last)


def _deviation(
    view: View,
    row: IndicatorRow,
    middle: float,
    within: tuple[float, float],
    last: float | None,
) -> Deviation | None:
    """Return how far a value lies from a middle; None where a reader sees no difference.

    Neither what is printed alike nor a spread whose two ends are measures anything.
    """
    if row.value is None:
        return None
    value, mean, low, high = (
        view.numbers.indicator(row.indicator, each) for each in (row.value, middle, *within)
    )
    if low == high or value == mean:
        return None
    distance = (row.value - middle) / (within[1] - within[0])
    return Deviation(row, middle, last, distance, _verdict(view, row.indicator, distance))


def _verdict(view: View, indicator: str, distance: float) -> str:
    """Say whether more is better or worse; an indicator without such a side only differs."""
    direction = _scored_by(view, indicator).policy.direction(indicator)
    if direction not in {"higher", "lower"} or not distance:
        return "differs"
    return "better" if (distance > 0) == (direction == "higher") else "worse"


def _scored_by(view: View, indicator: str) -> View:
    """Return the view that names an indicator: that of a further scorecard which alone has it."""
    if indicator in view.policy.rules or indicator in view.policy.definitions:
        return view
    cards = (view.of_card(card) for card in view.policy.scorecards)
    return next((card for card in cards if indicator in card.policy.rules), view)


def _judged(view: View) -> list[IndicatorRow]:
    """Return the values of the year that can be judged; over all schemes where there is one."""
    own = view.own(IndicatorRow, year=view.year, status="ok")
    own = [row for row in own if row.value is not None and row.indicator not in AGAIN]
    joint = {row.indicator for row in own if row.scheme == ALL}
    return [row for row in own if row.scheme == ALL or row.indicator not in joint]


def _largest(found: Iterable[Deviation | None]) -> list[Deviation]:
    known = [each for each in found if each is not None]
    known.sort(key=lambda each: (-abs(each.distance), each.row.indicator, each.row.scheme))
    return known[:MOST]


def _from_peers(view: View, found: list[Deviation]) -> Html:
    if not found:
        few = int(view.policy.limit("minimum_peers"))
        return paragraph(view.messages.say("none.deviations_peers", few=few))
    listed = table(view, "deviations_peers", found, {
        "indicator": lambda each: _name(view, each.row),
        "value": lambda each: view.numbers.indicator(each.row.indicator, each.row.value),
        "median": lambda each: view.numbers.indicator(each.row.indicator, each.middle),
        "distance": lambda each: _distance(view, each),
        "better_or_worse": lambda each: view.messages.say(f"deviation.{each.verdict}"),
    })  # fmt: skip
    return together(listed, paragraph(view.messages.say("deviations.peers_measure"), "note"))


def _from_past(view: View, found: list[Deviation]) -> Html:
    if not found:
        return paragraph(view.messages.say("none.deviations_past", count=FEWEST, years=YEARS))
    listed = table(view, "deviations_past", found, {
        "indicator": lambda each: _name(view, each.row),
        "value": lambda each: view.numbers.indicator(each.row.indicator, each.row.value),
        "last_year": lambda each: view.numbers.indicator(each.row.indicator, each.last),
        "mean_before": lambda each: view.numbers.indicator(each.row.indicator, each.middle),
        "distance": lambda each: _distance(view, each),
        "better_or_worse": lambda each: view.messages.say(f"deviation.{each.verdict}"),
    })  # fmt: skip
    note = view.messages.say("deviations.past_measure", years=YEARS)
    return together(listed, paragraph(note, "note"))


def _name(view: View, row: IndicatorRow) -> str:
    name = _scored_by(view, row.indicator).messages.indicator(row.indicator)
    if row.scheme == ALL:
        return name
    scheme = view.messages.code("scheme.", row.scheme)
    return view.messages.say("scorecard.by_scheme", name=name, scheme=scheme)


def _distance(view: View, each: Deviation) -> str:
    if abs(each.distance) > MOST_TIMES:
        most = view.numbers.number(math.copysign(MOST_TIMES, each.distance), 0, sign=True)
        return view.messages.say("deviations.beyond", distance=most)
    return view.messages.say(
        "deviations.times", distance=view.numbers.number(each.distance, sign=True)
    )
