"""Monthly execution statistics and the quarterly review of a unit (R22)."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from fundeval.report.charts.progress_bands import draw_progress_bands
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.parameter_values import cite
from fundeval.report.sections.early_warning import level_words, month_of
from fundeval.report.sections.summary import first_screen
from fundeval.report.tables.view_table import table, why_missing
from fundeval.report.text.cited_rules import citation
from fundeval.report.unit_view import View
from fundeval.results.rows import PeriodRow, WarningRow

QUARTER = 3


def month_statistics(view: View) -> Html:
    """Return what each month executed: against its plan, the year before, and to date."""
    return _periods(view, "month", "month_statistics", "month")


def quarters(view: View) -> Html:
    """Return each quarter alone and from January: plan, deviation, growth, and the forecast."""
    rule = view.policy.parameters["year_end_forecast"]
    say = view.messages.say
    return together(
        _periods(view, "quarter", "quarters", "quarter"),
        _to_date(view),
        paragraph(
            say(
                "periods.rule",
                forecast=view.messages.code("choice.", rule["value"]),
                source=cite(view.messages, "year_end_forecast"),
            )
        ),
    )


def quarter_verdict(view: View) -> Html:
    """Return the first screen of a quarter: of each scheme the level, progress and deviation."""
    quarter, say = quarter_of(view), view.messages.say
    rows = view.own(PeriodRow, span="quarter", number=quarter)
    limits = view.policy.limits("warning_bands")
    facts = [
        (
            view.messages.code("scheme.", row.scheme),
            level_words(view, row.level, row.reason),
            say(
                "periods.fact",
                alone=view.numbers.percent(row.progress, *limits),
                to_date=view.numbers.percent(row.progress_to_date, *limits),
            ),
        )
        for row in rows
    ]
    levels = view.messages.join(
        say("monitor.scheme", scheme=name, level=level) for name, level, _ in facts
    )
    begun = any(row.months < QUARTER for row in rows)
    sentence = "quarter.sentence_begun" if begun else "quarter.sentence"
    covered = max((row.months for row in rows), default=0)
    return first_screen(
        view,
        facts,
        title=say("quarter.title", name=view.unit.name, year=view.year, quarter=quarter or "—"),
        sentence=say(sentence, quarter=quarter, levels=levels, months=covered)
        if facts
        else say("quarter.without"),
    )


def progress_bands(view: View) -> Html:
    """Return the chart of progress by month against the bands, and where the bands begin."""
    last = month_of(view) or 0
    own = sorted(view.own(WarningRow), key=lambda row: (row.scheme, row.month))
    rows = [row for row in own if row.month <= last and row.progress is not None]
    thresholds = paragraph(bands_in_words(view))
    if not rows:
        return together(why_missing(view, "progress_bands", own), thresholds)
    bands = _bands(view)
    names = [level_words(view, band["result"]) for band in bands]
    return together(draw_progress_bands(view, rows, bands, names), thresholds)


def bands_in_words(view: View) -> str:
    """Return where each level begins and ends, and what says so."""
    source = view.policy.parameters["warning_bands"]["source"]
    listed = view.messages.join(
        view.messages.say(
            "periods.last_band" if band.get("to") is None else "periods.band",
            level=level_words(view, band["result"]),
            start=view.numbers.percent(band["from"], digits=0),
            end=view.numbers.percent(band.get("to"), digits=0),
        )
        for band in _bands(view)
    )
    return view.messages.say(
        "periods.bands",
        bands=listed,
        source=view.messages.code("source.", source["kind"]),
        cite=citation(view.messages, source),
    )


def _bands(view: View) -> list[dict[str, Any]]:
    stated: list[dict[str, Any]] = view.policy.parameters["warning_bands"]["value"]
    return sorted(stated, key=lambda band: band["from"])


def off_course(view: View) -> Html | None:
    """Return the units below that are off their plan at the quarter, the farthest first.

    Each with by how much, and what its level calls for. What cannot be judged is counted.
    """
    if not view.children:
        return None
    quarter, ids = quarter_of(view), {unit.unit_id for unit in view.children}
    rows = [
        row for row in view.rows(PeriodRow, span="quarter", number=quarter) if row.unit_id in ids
    ]
    judged = [row for row in rows if row.level != "undetermined"]
    off = [row for row in judged if row.level != "none"]
    if not rows:
        return paragraph(view.messages.say("none.off_course_data"))
    off.sort(key=lambda row: (-abs(row.deviation_to_date or 0), row.unit_id, row.scheme))
    limits = view.policy.limits("warning_bands")
    listed = table(view, "off_course", off, {
        "unit": lambda row: view.link(row.unit_id),
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "warning": lambda row: level_words(view, row.level),
        "progress": lambda row: view.numbers.percent(row.progress_to_date, *limits),
        "deviation_to_date": lambda row: view.numbers.amount(row.deviation_to_date, sign=True),
        "deviation": lambda row: view.numbers.amount(row.deviation, sign=True),
        "measure_due": lambda row: view.messages.say(f"measure.{row.level}"),
    }, quarter=quarter) if off else None  # fmt: skip
    counts = view.messages.say(
        "periods.judged", count=len(judged), off=len(off), unknown=len(rows) - len(judged)
    )
    return together(listed, paragraph(counts))


def quarter_of(view: View) -> int | None:
    """Return the quarter of the month asked for, or of the latest reported."""
    month = month_of(view)
    return ceil(month / QUARTER) if month else None


def _shown(view: View, span: str) -> list[PeriodRow]:
    """Return the unit's periods of a kind up to the month of the report."""
    last = (month_of(view) if span == "month" else quarter_of(view)) or 0
    rows = [row for row in view.own(PeriodRow, span=span) if row.number <= last]
    return sorted(rows, key=lambda row: (row.number, row.scheme))


def _periods(view: View, span: str, name: str, title: str) -> Html:
    """Return the table of periods alone: plan, progress, deviation, growth, level."""
    limits = view.policy.limits("warning_bands")
    return table(view, name, _shown(view, span), {
        title: lambda row: _period(view, row),
        "executed_alone": lambda row: view.numbers.amount(row.executed),
        "phased_alone": lambda row: view.numbers.amount(row.phased),
        "progress": lambda row: view.numbers.percent(row.progress, *limits),
        "deviation": lambda row: view.numbers.amount(row.deviation, sign=True),
        "growth_on_year": _growth(view, "growth"),
        "progress_to_date": lambda row: view.numbers.percent(row.progress_to_date, *limits),
        "warning": lambda row: level_words(view, row.level, row.reason),
    })  # fmt: skip


def _to_date(view: View) -> Html:
    """Return the table of quarters from January on, with the forecast of the year."""
    limits = view.policy.limits("warning_bands")

    def forecast(row: PeriodRow) -> str:
        if row.forecast is None:
            return view.messages.cannot(row.forecast_reason)
        rate = view.numbers.percent(row.forecast_rate, 1.0)
        return view.messages.say(
            "periods.forecast", amount=view.numbers.amount(row.forecast), rate=rate
        )

    return table(view, "quarters_to_date", _shown(view, "quarter"), {
        "quarter": lambda row: _period(view, row),
        "executed_to_date": lambda row: view.numbers.amount(row.executed_to_date),
        "phased": lambda row: view.numbers.amount(row.phased_to_date),
        "progress": lambda row: view.numbers.percent(row.progress_to_date, *limits),
        "deviation_to_date": lambda row: view.numbers.amount(row.deviation_to_date, sign=True),
        "growth_on_year": _growth(view, "growth_to_date"),
        "forecast": forecast,
    })  # fmt: skip


def period_name(view: View, number: int, months: int, span: str = "quarter") -> str:
    """Return what a month or a quarter is called, with how much of a quarter has begun."""
    begun = span == "quarter" and months < QUARTER
    name = "periods.quarter_begun" if begun else f"periods.{span}"
    return view.messages.say(name, number=number, months=months)


def _period(view: View, row: PeriodRow) -> str:
    period = period_name(view, row.number, row.months, row.span)
    return f"{period} {view.messages.code('scheme.', row.scheme)}"


def _growth(view: View, column: str) -> Callable[[Any], str]:
    """Return what shows a growth on the same months of last year, or why there is none."""

    def show(row: PeriodRow) -> str:
        value = getattr(row, column)
        if value is not None:
            return view.numbers.change(value)
        return view.messages.cannot(getattr(row, f"{column}_reason"))

    return show
