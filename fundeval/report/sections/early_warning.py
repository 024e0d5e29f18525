"""Early warning within the year: the level of a month, its progress, and checks that are due."""

from __future__ import annotations

from types import SimpleNamespace

from fundeval.report.charts import time_and_money as charts
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.sections.findings import list_findings
from fundeval.report.sections.summary import first_screen
from fundeval.report.unit_view import Row, View

# The gravest first; what cannot be judged comes before what is well.
SHAPES = {"red": "■", "yellow": "▲", "blue": "◆", "undetermined": "?", "none": "○"}
NOT_REPORTED = {"scheme": "all", "progress": None, "level": "undetermined", "reason": "no_data"}
STANDING = ("surplus_low", "payable_months_low")


def monitor_verdict(view: View) -> Html:
    """Return the first screen: the level of each scheme in the month, in shape and word."""
    month = _month(view)
    facts = [
        (
            view.say("monitor.purchases") if row.month is None
            else view.code("scheme.", row.scheme),
            _level(view, row),
            view.say("monitor.progress", progress=_progress(view, row)),
        )
        for row in view.own("warnings")
        if row.month in {None, month}
    ]  # fmt: skip
    levels = (view.say("monitor.scheme", scheme=name, level=level) for name, level, _ in facts)
    sentence = view.say("monitor.sentence", month=month, levels=view.join(levels))
    title = "monitor.title_without_month" if month is None else "monitor.title"
    screen = first_screen(
        view,
        facts,
        title=view.say(title, name=view.unit.name, year=view.year, month=month),
        sentence=sentence if facts else view.say("monitor.without"),
    )
    if not facts:
        return screen
    source = view.parameters["warning_bands"]["source"]
    kind = view.code("source.", source["kind"])
    return together(screen, paragraph(view.say("monitor.rule", source=kind, cite=source["cite"])))


def progress(view: View) -> Html | None:
    """Return the chart of executed against phased budget to date, up to the month."""
    rows = [row for row in _to_date(view) if None not in {row.executed, row.phased}]
    if not rows:
        return None
    unit = view.unit_for(amount for row in rows for amount in (row.executed, row.phased))
    return charts.progress_lines(view, rows, unit)


def months(view: View) -> Html:
    """Return each month and scheme: amounts to date, progress and level with its reason."""
    return view.table("months", _to_date(view), {
        "month": lambda row: f"{row.month:.0f} {view.code('scheme.', row.scheme)}",
        "executed_to_date": lambda row: view.cents(row.executed),
        "phased": lambda row: view.cents(row.phased),
        "progress": lambda row: _progress(view, row),
        "warning": lambda row: _level(view, row),
    })  # fmt: skip


def checks(view: View) -> Html:
    """Return where daily purchases call for a check on site, here and one level down."""
    rows = view.rows("warnings", month=None)
    shown = [row for row in rows if row.level != "none"]
    if not shown:
        return paragraph(view.say("none.checks" if rows else "none.purchases"))
    limit = view.limit("purchase_warning")
    due = view.say("monitor.due", hours=view.number(view.limit("onsite_check_hours"), 0))
    return view.table("checks", shown, {
        "unit": lambda row: view.name(row.unit_id),
        "purchase": lambda row: view.percent(row.progress, limit),
        "warning": lambda row: _level(view, row),
        "due": lambda row: due if row.level == "yellow" else view.say("report.missing"),
    }, limit=view.percent(limit, digits=0))  # fmt: skip


def warnings_below(view: View) -> Html | None:
    """Return the units one level down that have a warning in the month, or cannot be judged."""
    month = _month(view)
    if month is None or not view.children:
        return None
    rows = [row for row in view.rows("warnings", month=month) if row.unit_id != view.unit_id]
    reported = {row.unit_id for row in rows}
    rows += [
        SimpleNamespace(unit_id=unit.unit_id, **NOT_REPORTED)
        for unit in view.children
        if unit.unit_id not in reported
    ]
    order = list(SHAPES)
    rows.sort(key=lambda row: (order.index(row.level), row.unit_id, row.scheme))
    warned = [row for row in rows if row.level != "none"]
    listed = view.table("warnings_below", warned, {
        "unit": lambda row: view.name(row.unit_id),
        "scheme": lambda row: view.code("scheme.", row.scheme),
        "progress": lambda row: _progress(view, row),
        "warning": lambda row: _level(view, row),
    }, month=month)  # fmt: skip
    calm = view.say("monitor.calm", count=len(rows) - len(warned))
    return together(listed, paragraph(calm))


def standing(view: View) -> Html | None:
    """Return the findings on the balance of a region's fund, which hold whatever the month."""
    if view.unit.kind != "region":
        return None
    return list_findings(view, [r for r in view.rows("findings") if r.finding in STANDING])


def _month(view: View) -> int | None:
    """Return the month asked for, or the latest that the unit or one below it reported."""
    months = [row.month for row in view.rows("warnings") if row.month is not None]
    return view.month or (int(max(months)) if months else None)


def _to_date(view: View) -> list[Row]:
    last = _month(view) or 0
    rows = [row for row in view.own("warnings") if row.month is not None and row.month <= last]
    return sorted(rows, key=lambda row: (row.month, row.scheme))


def _progress(view: View, row: Row) -> str:
    limits = view.limits("warning_bands")
    return view.percent(row.progress, *limits)


def _level(view: View, row: Row) -> str:
    return view.because(f"{SHAPES[row.level]} {view.code('warning.', row.level)}", row.reason)
