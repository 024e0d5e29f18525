"""The two-year rule: every department's state, the restricted ones below, and the conflict."""

from __future__ import annotations

import pandas as pd

from fundeval.report import charts
from fundeval.report.pieces import Html, together
from fundeval.report.view import View, each

SHAPES = {"clear": "○", "watch": "△", "restricted": "■", "released": "◇", "undetermined": "?"}
YEARS_SHOWN = 3


def departments(view: View) -> Html | None:
    """Return the state of each department of the unit, and its path over the years."""
    rows = view.evaluation.restrictions
    now = rows[rows["year"] == view.year].sort_values("unit_id")
    if now.empty:
        return None
    floor = view.limit("execution_floor")
    names = now.assign(name=[view.name(unit_id) for unit_id in now["unit_id"]])
    both = names.dropna(subset=["rate", "previous_rate"])
    chart = None if both.empty else charts.department_rates(view, both)
    first = view.year - YEARS_SHOWN
    body = [
        [
            row.name,
            view.percent(row.rate, floor),
            _state(view, row.state, row.reason),
            _path(view, rows[(rows["unit_id"] == row.unit_id) & (rows["year"] > first)]),
        ]
        for row in each(names)
    ]
    columns = ("department", "rate_of", "state", "path")
    stated = view.percent(floor, digits=0)
    return together(chart, view.table("departments", columns, body, floor=stated, year=view.year))


def restricted(view: View) -> Html:
    """Return every restricted department at any level below, with rates and states by year."""
    rows = view.below.of(view.unit_id).restricted.sort_values(["above", "below_id", "year"])
    body = [
        [name, above, _path(view, group)]
        for (above, _, name), group in rows.groupby(["above", "below_id", "name"], sort=False)
    ]
    columns = ("department", "hospital", "path")
    return view.table("restricted", columns, body, year=view.year, count=len(body))


def conflicts(view: View) -> Html:
    """Return where low execution is punished while the surplus is rewarded."""
    rows = view.below.of(view.unit_id).conflicts.sort_values(["below_id", "scheme"])
    body = [
        [
            row.name,
            view.say(f"scheme.{row.scheme}"),
            view.money(row.value),
            row.detail or view.say("report.not_stated"),
        ]
        for row in each(rows)
    ]
    return view.table("conflicts", ("unit", "scheme", "award", "given"), body)


def _state(view: View, state: str, reason: object) -> str:
    shown = f"{SHAPES[state]} {view.say(f'state.{state}')}"
    because = view.reason(reason)
    return view.say("report.because", what=shown, reason=because) if because else shown


def _path(view: View, rows: pd.DataFrame) -> str:
    """Return rate and state of each year, the earliest first."""
    floor = view.limit("execution_floor")
    return " → ".join(
        view.say(
            "departments.step",
            year=row.year,
            rate=view.percent(row.rate, floor),
            state=view.say(f"path.{row.state}"),
        )
        for row in each(rows.sort_values("year"))
    )
