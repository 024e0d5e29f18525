"""The self-evaluation form (绩效自评表) of a unit, in the columns of the official form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.indicator_formats import number_format_of
from fundeval.report.indicator_targets import target
from fundeval.report.sections.findings import advise
from fundeval.report.sections.scores import by_weight, provisional, scored_name, scored_value
from fundeval.report.tables.view_table import table
from fundeval.report.text.explain_score import domain_names
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import FindingRow, ScoreRow
from fundeval.words import has

EXECUTION, INITIAL = "execution_rate", "execution_rate_initial"
# The form states money in 万元.
FORM_MONEY = 10_000


def budget_row(view: View) -> dict[str, float | None]:
    """Return the budget over all schemes, in 万元, its execution and the points for it."""
    now, initial = (view.row(name, view.year) for name in (EXECUTION, INITIAL))
    score = next(iter(view.own(ScoreRow, indicator=EXECUTION)), None)
    amounts = {
        "form_initial": initial and initial.denominator,
        "form_adjusted": now and now.denominator,
        "form_executed": now and now.numerator,
    }
    return {
        **{name: amount and amount / FORM_MONEY for name, amount in amounts.items()},
        "form_max": score and score.max,
        "form_rate": now and now.value,
        "form_points": score and score.points,
    }


def indicator_rows(view: View) -> list[dict[str, Any]]:
    """Return a row for each scored indicator but execution, by column of the form.

    First the domains in the order of the policy, in each the heaviest indicator. `scored` is
    the row of `scores`, `form_actual_format` the number format of the actual value. Level and
    cause are blank where none is known.
    """
    names = domain_names(view)
    rows = [row for row in by_weight(view) if row.indicator != EXECUTION]
    rows.sort(key=lambda row: list(names).index(row.domain) if row.domain in names else len(names))
    return [
        {
            "form_first": names.get(row.domain, ""),
            "form_second": _second(view, row.indicator),
            "form_third": scored_name(view, row),
            "form_target": target(view, row),
            "form_actual": row.value,
            "form_max": row.max,
            "form_points": row.points,
            "form_cause": _cause(view, row),
            "form_actual_format": number_format_of(row.indicator, view.policy.units),
            "scored": row,
        }
        for row in rows
    ]


def form(view: View) -> Html:
    """Return the form as two tables, in the order of the official one."""
    floor, blank = view.policy.limit("execution_floor"), view.messages.say("report.missing")
    amounts = ("form_initial", "form_adjusted", "form_executed", "form_max")

    def number(column: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda row: view.numbers.number(row[column])

    budget = table(view, "form_budget", [budget_row(view)], {
        **{column: number(column) for column in amounts},
        "form_rate": lambda row: view.messages.cannot("no_data") if row["form_rate"] is None
                                 else view.numbers.percent(row["form_rate"], floor, 1.0),
        "form_points": number("form_points"),
    }, coin=view.numbers.plain_scale.name)  # fmt: skip
    indicators = table(view, "form_indicators", indicator_rows(view), {
        "form_first": itemgetter("form_first"),
        "form_second": lambda row: row["form_second"] or blank,
        "form_third": itemgetter("form_third"),
        "form_target": itemgetter("form_target"),
        "form_actual": lambda row: scored_value(view, row["scored"]),
        "form_max": number("form_max"),
        "form_points": number("form_points"),
        "form_cause": lambda row: row["form_cause"] or blank,
    })  # fmt: skip
    note = paragraph(view.messages.say("form.note"), "note")
    return together(provisional(view), budget, indicators, note)


def _second(view: View, indicator: str) -> str:
    """Return the second level of the form that an indicator stands under, where it is known."""
    message = f"form.second.{indicator}"
    return view.messages.say(message) if has(message) else ""


def _cause(view: View, row: ScoreRow) -> str:
    """Return why points were lost and what to do: the findings on it, or how far it fell short;
    or why it is not judged."""
    if row.points is None:
        return view.messages.cannot(row.reason)
    found = view.own(FindingRow, subject=row.indicator)
    found = [each for each in found if row.scheme in {each.scheme, ALL}]
    kinds = {each.finding for each in found}
    told = sorted({advise(view, each) for each in found})
    lost = round(row.max - row.points, 2)
    if lost > 0 and not kinds - {"points_lost"}:
        stated = {"target": target(view, row), "value": scored_value(view, row)}
        shortfall = view.messages.say("form.shortfall", **stated, lost=view.numbers.number(lost))
        told.insert(0, shortfall)
    return view.messages.join(told)
