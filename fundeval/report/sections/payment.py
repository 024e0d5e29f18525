"""How payment works: entry into groups, pay-out, stay, case mix, operations (R16)."""

from __future__ import annotations

from fundeval.indicator_registry import PAYMENT_INDICATORS
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.indicator_formats import number_format_of
from fundeval.report.format.numbers import missing
from fundeval.report.tables.cells import value_or_reason
from fundeval.report.tables.view_table import table, why_missing
from fundeval.report.unit_view import View
from fundeval.results.rows import IndicatorRow, SettlementInput


def payment(view: View) -> Html | None:
    """Return each indicator in this year and the last, its change, and the median of peers."""
    defined = view.policy.definitions
    of_kind = [name for name in PAYMENT_INDICATORS if view.unit.kind in defined[name].kinds]
    rows = [row for name in of_kind if (row := view.row(name, view.year))]
    if not of_kind:
        return None
    if all(row.value is None for row in rows):
        if view.unit.kind == "alliance":
            return of_members(view, view.messages.say("heading.payment"))
        return why_missing(view, "payment", rows)

    def last_year(row: IndicatorRow) -> str:
        before = view.row(row.indicator, view.year - 1)
        return value_or_reason(view, before) if before else view.messages.say("report.missing")

    def median(row: IndicatorRow) -> str:
        among = view.peers(row.indicator)
        if among is None:
            return view.messages.reason("too_few_peers")
        shown = view.numbers.indicator(row.indicator, among.p50)
        return view.messages.say("payment.median", value=shown, count=among.count)

    shown = table(view, "payment", rows, {
        "indicator": lambda row: view.messages.indicator(row.indicator),
        "this_year": lambda row: _this_year(view, row),
        "last_year": last_year,
        "change_of": lambda row: _change(view, row),
        "median": median,
    })  # fmt: skip
    return together(shown, paragraph(_ways(view), "note"))


def of_members(view: View, names: str) -> Html:
    """Return that an alliance has no such figures of its own: they stand with its members."""
    return paragraph(view.messages.say("none.of_members", names=names))


def _ways(view: View) -> str:
    """Say in which ways the unit is paid, as its settlement of the year states them."""
    given = view.own(SettlementInput, year=view.year)
    ways = dict.fromkeys(row.payment for row in given if row.payment)
    if not ways:
        return view.messages.say("payment.not_stated")
    names = view.messages.join(view.messages.code("payment_way.", way) for way in ways)
    return view.messages.say("payment.stated", ways=names)


def _this_year(view: View, row: IndicatorRow) -> str:
    """Return the value, with the doubt about it; or why there is none."""
    shown = value_or_reason(view, row)
    if missing(row.value) or row.status == "ok":
        return shown
    return view.messages.because(shown, row.reason)


def _change(view: View, row: IndicatorRow) -> str:
    """Return the change on the year before: in percentage points for shares, else in percent."""
    before = view.value(row.indicator, view.year - 1)
    if row.value is None or before is None:
        return view.messages.say("report.missing")
    if number_format_of(row.indicator, view.policy.units) == "percent":
        return view.numbers.format_as("points", row.value - before)
    return view.numbers.change(row.value / before - 1 if before else None)
