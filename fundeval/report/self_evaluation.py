"""The self-evaluation form (绩效自评表) of a unit, in the columns of the official form."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.scores import by_weight, domain_names, scored_name, scored_value
from fundeval.report.target import target
from fundeval.report.view import ALL, Row, View
from fundeval.words import has

# The budget over all schemes, in 万元, and its execution.
BUDGET_COLUMNS = (
    "form_initial",
    "form_adjusted",
    "form_executed",
    "form_max",
    "form_rate",
    "form_points",
)
INDICATOR_COLUMNS = (
    "form_first", "form_second", "form_third", "form_target", "form_actual", "form_max",
    "form_points", "form_cause",
)  # fmt: skip
EXECUTION = "execution_rate"
# The form states money in 万元.
FORM_MONEY = 10_000


def budget_row(view: View) -> list[str]:
    """Return budget, execution and its points, in the order of `BUDGET_COLUMNS`."""
    now, initial = (view.row(name, view.year) for name in (EXECUTION, "execution_rate_initial"))
    score = next(iter(view.own("scores", indicator=EXECUTION)), None)
    amounts = (initial and initial.denominator, now and now.denominator, now and now.numerator)
    floor = view.limit("execution_floor")
    return [
        *(view.number(None if a is None else a / FORM_MONEY) for a in amounts),
        view.number(score and score.max),
        view.cannot("no_data") if now is None or now.value is None
        else view.percent(now.value, floor, 1.0),
        view.number(score and score.points),
    ]  # fmt: skip


def indicator_rows(view: View) -> list[list[str]]:
    """Return a row for each scored indicator but execution, in the order of `INDICATOR_COLUMNS`.

    First the domains in the order of the policy, in each the heaviest indicator.
    """
    names = domain_names(view)
    rows = [row for row in by_weight(view) if row.indicator != EXECUTION]
    rows.sort(key=lambda row: list(names).index(row.domain) if row.domain in names else len(names))
    return [
        [
            names.get(row.domain, ""),
            _second(view, row.indicator),
            scored_name(view, row),
            target(view, row.indicator),
            scored_value(view, row),
            view.number(row.max),
            view.number(row.points),
            _cause(view, row),
        ]
        for row in rows
    ]


def self_evaluation(view: View) -> tuple[list[str], list[list[str]]]:
    """Return the form of the unit: the row of its budget, and the rows of its indicators."""
    return budget_row(view), indicator_rows(view)


def form(view: View) -> Html:
    """Return the form as two tables, in the order of the official one."""
    budget, indicators = self_evaluation(view)
    pieces = [
        view.table("form_budget", [budget], _columns(BUDGET_COLUMNS)),
        view.table("form_indicators", indicators, _columns(INDICATOR_COLUMNS)),
        paragraph(view.say("form.note"), "note"),
    ]
    return together(*pieces)


def _columns(names: tuple[str, ...]) -> dict[str, Callable[[Row], object]]:
    return {name: itemgetter(at) for at, name in enumerate(names)}


def _second(view: View, indicator: str) -> str:
    """Return the second level of the form that an indicator stands under, where it is known."""
    message = f"form.second.{indicator}"
    return view.say(message) if has(message) else view.say("report.missing")


def _cause(view: View, row: Row) -> str:
    """Return why points were lost and what to do: the findings on it, or why it is not judged."""
    if row.points is None:
        return view.cannot(row.reason)
    findings = {
        view.say("advice.line", title=view.say(f"finding.{found.finding}"),
                 advice=view.say(f"finding.{found.finding}.advice"))
        for found in view.own("findings", subject=row.indicator)
        if row.scheme in {found.scheme, ALL}
    }  # fmt: skip
    return view.join(sorted(findings)) or view.say("report.missing")
