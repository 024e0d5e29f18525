"""The two-year rule: every department's state, the restricted ones below, and the conflict."""

from __future__ import annotations

from collections.abc import Sequence

from fundeval.report.charts import peer_comparison as comparisons
from fundeval.report.format.html_fragments import Html, together
from fundeval.report.unit_view import Row, View

SHAPES = {"clear": "○", "watch": "△", "restricted": "■", "released": "◇", "undetermined": "?"}
YEARS_SHOWN = 3


def departments(view: View) -> Html | None:
    """Return the state of each department of the unit, and its path over the years."""
    rows = view.rows("restrictions")
    now = sorted((row for row in rows if row.year == view.year), key=lambda row: row.unit_id)
    if not now:
        return None
    floor = view.limit("execution_floor")
    both = [row for row in now if row.rate is not None and row.previous_rate is not None]
    table = view.table("departments", now, {
        "department": lambda row: view.name(row.unit_id),
        "rate_of": lambda row: view.percent(row.rate, floor),
        "state": lambda row: view.because(
            f"{SHAPES[row.state]} {view.code('state.', row.state)}", row.reason),
        "path": lambda row: _path(view, [
            r for r in rows if r.unit_id == row.unit_id and r.year > view.year - YEARS_SHOWN]),
    }, floor=view.percent(floor, digits=0))  # fmt: skip
    return together(comparisons.department_rates(view, both) if both else None, table)


def restricted(view: View) -> Html:
    """Return every restricted department at any level below, with rates and states by year."""
    paths: dict[tuple[str, str, str], list[Row]] = {}
    for row in view.own("restricted"):
        paths.setdefault((row.above, row.below_id, row.name), []).append(row)
    return view.table("restricted", sorted(paths), {
        "department": lambda key: key[2],
        "hospital": lambda key: key[0],
        "path": lambda key: _path(view, paths[key]),
    }, count=len(paths))  # fmt: skip


def conflicts(view: View) -> Html:
    """Return where low execution is punished while the surplus is rewarded."""
    rows = sorted(view.own("conflicts"), key=lambda row: (row.below_id, row.scheme))
    return view.table("conflicts", rows, {
        "unit": lambda row: row.name,
        "scheme": lambda row: view.code("scheme.", row.scheme),
        "award": lambda row: view.money(row.value),
        "given": lambda row: row.detail or view.say("report.not_stated"),
    })  # fmt: skip


def _path(view: View, rows: Sequence[Row]) -> str:
    """Return rate and state of each year, the earliest first."""
    floor = view.limit("execution_floor")
    return " → ".join(
        view.say(
            "departments.step",
            year=row.year,
            rate=view.percent(row.rate, floor),
            state=view.code("path.", row.state),
        )
        for row in sorted(rows, key=lambda row: row.year)
    )
