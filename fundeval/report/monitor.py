"""Early warning within the year: the level of a month, its progress, and checks that are due."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from fundeval.report import charts
from fundeval.report.findings import findings
from fundeval.report.numbers import missing, money_unit, plain_unit
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.verdict import first_screen
from fundeval.report.view import View, each

# The gravest first; what cannot be judged comes before what is well.
SHAPES = {"red": "■", "yellow": "▲", "blue": "◆", "undetermined": "?", "none": "○"}
STANDING = ("surplus_low", "payable_months_low")
NOT_REPORTED = {"scheme": "all", "level": "undetermined", "reason": "no_data"}


def monitor_verdict(view: View) -> Html:
    """Return the first screen: the level of each scheme in the month, in shape and word."""
    month = _month(view)
    rows = view.own("warnings")
    about_purchases = rows["month"].isna()
    facts = [
        {
            "key": row.scheme,
            "name": view.say("monitor.purchases" if missing(row.month) else f"scheme.{row.scheme}"),
            "figure": _level(view, row),
            "detail": view.say("monitor.progress", progress=_progress(view, row)),
        }
        for row in each(rows[about_purchases | (rows["month"] == month)])
    ]
    levels = (
        view.say("monitor.scheme", scheme=fact["name"], level=fact["figure"]) for fact in facts
    )
    known = month is not None
    title = "monitor.title" if known else "monitor.title_without_month"
    sentence = view.say("monitor.sentence", month=month, levels=view.join(levels))
    screen = first_screen(
        view,
        facts,
        title=view.say(title, name=view.unit["name"], year=view.year, month=month),
        sentence=sentence if facts else view.say("monitor.without"),
        subject="",
    )
    return together(screen, _rule(view) if facts else None)


def progress(view: View) -> Html | None:
    """Return the chart of executed against phased budget to date, up to the month."""
    rows = _to_date(view).dropna(subset=["executed", "phased"])
    if rows.empty:
        return None
    unit = money_unit([*rows["executed"], *rows["phased"]], view.lang, view.currency)
    return charts.progress_lines(view, rows, unit)


def months(view: View) -> Html:
    """Return each month and scheme: amounts to date, progress and level with its reason."""
    unit = plain_unit(view.lang, view.currency)
    body = [
        [
            f"{row.month:.0f} {view.say(f'scheme.{row.scheme}')}",
            unit.show(row.executed, view.lang),
            unit.show(row.phased, view.lang),
            _progress(view, row),
            _level(view, row),
        ]
        for row in each(_to_date(view))
    ]
    columns = ("month", "executed_to_date", "phased", "progress", "warning")
    return view.table("months", columns, body, year=view.year, unit=unit.name)


def checks(view: View) -> Html:
    """Return where daily purchases call for a check on site, here and one level down."""
    rows = view.evaluation.warnings
    rows = rows[rows["month"].isna()]
    due_or_unknown = rows["level"] != "none"
    if not due_or_unknown.any():
        return paragraph(view.say("none.purchases" if rows.empty else "none.checks"))
    limit = view.limit("purchase_warning")
    due = view.say("monitor.due", hours=view.number(view.limit("onsite_check_hours"), 0))
    body = [
        [
            view.name(row.unit_id),
            view.percent(row.progress, limit),
            _level(view, row),
            due if row.level == "yellow" else view.say("report.missing"),
        ]
        for row in each(rows[due_or_unknown])
    ]
    stated = view.percent(limit, digits=0)
    return view.table("checks", ("unit", "purchase", "warning", "due"), body, limit=stated)


def warnings_below(view: View) -> Html | None:
    """Return the units one level down that have a warning in the month, or cannot be judged."""
    month = _month(view)
    if month is None or view.children.empty:
        return None
    rows = view.evaluation.warnings
    rows = view.children[["unit_id", "name"]].merge(rows[rows["month"] == month], how="left")
    rows = rows.fillna(NOT_REPORTED)
    rows = rows.assign(rank=rows["level"].map(list(SHAPES).index))
    rows = rows.sort_values(["rank", "unit_id", "scheme"])
    calm = rows["level"] == "none"
    body = [
        [row.name, view.say(f"scheme.{row.scheme}"), _progress(view, row), _level(view, row)]
        for row in each(rows[~calm])
    ]
    columns = ("unit", "scheme", "progress", "warning")
    listed = view.table("warnings_below", columns, body, year=view.year, month=month)
    return together(listed, paragraph(view.say("monitor.calm", count=calm.sum())))


def standing(view: View) -> Html | None:
    """Return the findings on the balance of a region's fund, which hold whatever the month."""
    if view.unit["kind"] != "region":
        return None
    rows = view.evaluation.findings
    rows = rows[rows["finding"].isin(STANDING)]
    return findings(replace(view, evaluation=replace(view.evaluation, findings=rows)))


def _month(view: View) -> int | None:
    """Return the month asked for, or the latest that the unit or one below it reported."""
    known = view.evaluation.warnings["month"].dropna()
    latest = None if known.empty else int(known.max())
    return view.month or latest


def _to_date(view: View) -> pd.DataFrame:
    rows = view.own("warnings")
    return rows[rows["month"] <= (_month(view) or 0)].sort_values(["month", "scheme"])


def _progress(view: View, row: Any) -> str:
    limits = [float(band["from"]) for band in view.parameter("warning_bands")["value"]]
    return view.percent(row.progress, *limits)


def _level(view: View, row: Any) -> str:
    shown = f"{SHAPES[row.level]} {view.say(f'warning.{row.level}')}"
    because = view.reason(row.reason)
    return view.say("report.because", what=shown, reason=because) if because else shown


def _rule(view: View) -> Html:
    source = view.parameter("warning_bands")["source"]
    kind = view.say(f"source.{source['kind']}")
    return paragraph(view.say("monitor.rule", source=kind, cite=source["cite"]))
