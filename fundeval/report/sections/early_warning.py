"""Early warning within the year: the level of a month, its and its progress."""

from __future__ import annotations

from fundeval.report.charts import time_and_money
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.sections.findings import list_findings
from fundeval.report.sections.purchases import alerts_in_short
from fundeval.report.sections.summary import first_screen
from fundeval.report.tables.view_table import table, why_missing
from fundeval.report.text.cited_rules import citation
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import FindingRow, IndicatorRow, WarningRow

# The gravest first; what cannot be judged comes before what is well.
SHAPES = {"red": "■", "yellow": "▲", "blue": "◆", "undetermined": "?", "none": "○"}
STANDING = ("deficit", "surplus_low", "payable_months_low")
# What these findings are about.
BALANCES = ("surplus_rate", "payable_months")


def monitor_verdict(view: View) -> Html:
    """Return the first screen: the level of each scheme in the month, in shape and word."""
    month = month_of(view)
    facts = [
        (
            view.messages.code("scheme.", row.scheme),
            level_words(view, row.level, row.reason),
            view.messages.say("monitor.progress", progress=_progress(view, row)),
        )
        for row in view.own(WarningRow, month=month)
    ]
    judged = bool(facts)
    if bought := alerts_in_short(view):
        facts.append((view.messages.say("heading.purchases"), *bought))
    levels = (
        view.messages.say("monitor.scheme", scheme=name, level=level) for name, level, _ in facts
    )
    suffix = "_without_month" if month is None else ""
    sentence = view.messages.say(
        f"monitor.sentence{suffix}", month=month, levels=view.messages.join(levels)
    )
    without = view.messages.say("monitor.without")
    screen = first_screen(
        view,
        facts,
        title=view.messages.say(
            f"monitor.title{suffix}", name=view.unit.name, year=view.year, month=month
        ),
        sentence=sentence if judged or (facts and month is None) else without,
    )
    if not judged:
        return screen
    source = view.policy.parameters["warning_bands"]["source"]
    kind = view.messages.code("source.", source["kind"])
    return together(
        screen,
        paragraph(
            view.messages.say("monitor.rule", source=kind, cite=citation(view.messages, source))
        ),
    )


def progress(view: View) -> Html | None:
    """Return the chart of executed against phased budget to date, up to the month."""
    rows = [row for row in _to_date(view) if None not in {row.executed, row.phased}]
    if not rows:
        return why_missing(view, "progress", _to_date(view))
    unit = view.numbers.scale
    return time_and_money.progress_lines(view, rows, unit)


def months(view: View) -> Html:
    """Return each month and scheme: amounts to date, progress and level with its reason."""
    return table(view, "months", _to_date(view), {
        "month": lambda row: f"{row.month} {view.messages.code('scheme.', row.scheme)}",
        "executed_to_date": lambda row: view.numbers.amount(row.executed),
        "phased": lambda row: view.numbers.amount(row.phased),
        "progress": lambda row: _progress(view, row),
        "warning": lambda row: level_words(view, row.level, row.reason),
    })  # fmt: skip


def warnings_below(view: View) -> Html | None:
    """Return the units one level down that have a warning in the month, or cannot be judged."""
    month = month_of(view)
    if not view.children:
        return None
    if month is None:
        return paragraph(view.messages.say("none.months"))
    rows = rows_below(view, month)
    order = list(SHAPES)
    rows.sort(key=lambda row: (order.index(row.level), row.unit_id, row.scheme))
    warned = [row for row in rows if row.level != "none"]
    listed = table(view, "warnings_below", warned, {
        "unit": lambda row: view.link(row.unit_id),
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "progress": lambda row: _progress(view, row),
        "warning": lambda row: level_words(view, row.level, row.reason),
    }, month=month)  # fmt: skip
    calm = view.messages.say("monitor.calm", count=len(rows) - len(warned))
    return together(listed, paragraph(calm))


def rows_below(view: View, month: int) -> list[WarningRow]:
    """Return the warnings one level down in a month; a unit that reported none is not judged."""
    rows = [row for row in view.rows(WarningRow, month=month) if row.unit_id != view.unit_id]
    reported = {row.unit_id for row in rows}
    return rows + [
        WarningRow(unit.unit_id, view.year, month, ALL, None, None, None, "undetermined", "no_data")
        for unit in view.children
        if unit.unit_id not in reported
    ]


def standing(view: View) -> Html | None:
    """Return the findings on the balance of a region's fund, which hold whatever the month."""
    if view.unit.kind != "region":
        return None
    found = [row for row in view.rows(FindingRow) if row.finding in STANDING]
    if found:
        return list_findings(view, found)
    balances = [row for row in view.own(IndicatorRow, year=view.year) if row.indicator in BALANCES]
    if not any(row.status == "ok" for row in balances):
        return why_missing(view, "standing_unjudged", balances)
    return paragraph(view.messages.say("none.standing"))


def month_of(view: View) -> int | None:
    """Return the month asked for, or the latest that the unit or one below it reported."""
    return view.month or max((row.month for row in view.rows(WarningRow)), default=None)


def _to_date(view: View) -> list[WarningRow]:
    last = month_of(view) or 0
    rows = [row for row in view.own(WarningRow) if row.month <= last]
    return sorted(rows, key=lambda row: (row.month, row.scheme))


def _progress(view: View, row: WarningRow) -> str:
    limits = view.policy.limits("warning_bands")
    return view.numbers.percent(row.progress, *limits)


def level_words(view: View, level: str, reason: str | None = "") -> str:
    """Return a warning level in shape and word, followed by the reason if there is one."""
    return view.messages.because(f"{SHAPES[level]} {view.messages.code('warning.', level)}", reason)
