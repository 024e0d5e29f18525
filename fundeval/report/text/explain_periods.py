"""How the progress, deviation and forecast of each quarter came about (R22)."""

from __future__ import annotations

from collections.abc import Iterator

from fundeval.report.sections.early_warning import level_words
from fundeval.report.sections.periods import QUARTER, period_name
from fundeval.report.text.arithmetic import amount, bracketed, number, to_fen
from fundeval.report.text.settled_budgets import sources
from fundeval.report.text.source_cells import cite_cell
from fundeval.report.unit_view import View
from fundeval.results.rows import BudgetInput, MonthlyInput, PeriodRow

PARAMETERS = ("warning_bands", "year_end_forecast")


def explain_periods(view: View) -> list[str]:
    """Derive each quarter of the unit: the cells of its months, progress, deviation, forecast.

    Returns
    -------
    list of str
        A title; for each scheme and quarter the cells and the sums; the rules with their source.
    """
    rows = sorted(view.own(PeriodRow, span="quarter"), key=lambda row: (row.scheme, row.number))
    lines = [view.messages.say("explain.periods_of", year=view.year)]
    if not rows:
        return [*lines, view.messages.say("none.quarters")]
    for row in rows:
        lines += _derive(view, row)
    return [*lines, *sources(view, PARAMETERS)]


def _derive(view: View, row: PeriodRow) -> Iterator[str]:
    say, scheme = view.messages.say, view.messages.code("scheme.", row.scheme)
    period = period_name(view, row.number, row.months)
    yield say("explain.period_title", period=period, scheme=scheme)
    first = (row.number - 1) * QUARTER + 1
    months = view.own(MonthlyInput, year=view.year, scheme=row.scheme)
    own = [month for month in months if first <= month.month < first + row.months]
    for month in sorted(own, key=lambda month: month.month):
        for column in ("executed", "phased_budget"):
            yield cite_cell(view, "monthly", month, column)
    budgets = view.own(BudgetInput, year=view.year, scheme=row.scheme)
    adjusted = amount(to_fen(budgets[0].adjusted)) if budgets else ""
    if row.reason == "twelfths" or any(month.phased_budget is None for month in own):
        yield say("explain.period_twelfths", adjusted=adjusted or say("report.missing"))
    if row.executed is not None and row.phased and row.progress is not None:
        yield say(
            "explain.period_alone",
            sum=" + ".join(amount(to_fen(month.executed)) for month in own),
            executed=amount(to_fen(row.executed)),
            phased=amount(to_fen(row.phased)),
            progress=number(row.progress),
        )
    if row.growth is not None:
        executed, previous = (amount(to_fen(each)) for each in (row.executed, row.previous))
        growth = number(row.growth)
        yield say("explain.period_growth", executed=executed, previous=previous, growth=growth)
    if row.progress_to_date is None:
        yield say("explain.period_unknown", reason=view.messages.reason(row.reason))
        return
    phased = amount(to_fen(row.phased_to_date))
    known = {
        "executed": amount(to_fen(row.executed_to_date)),
        "phased": phased,
        "phased_in_brackets": bracketed(phased),
    }
    yield say(
        "explain.period_to_date",
        **known,
        progress=number(row.progress_to_date),
        level=level_words(view, row.level, row.reason),
        deviation=amount(to_fen(row.deviation_to_date)),
    )
    if row.forecast is not None:
        rule = view.policy.parameters["year_end_forecast"]["value"]
        yield say(
            f"explain.period_{rule}",
            **known,
            rule=view.messages.code("choice.", rule),
            adjusted=adjusted,
            forecast=amount(to_fen(row.forecast)),
        )
