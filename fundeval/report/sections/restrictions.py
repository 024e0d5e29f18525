"""The two-year rule: every department's state, the restricted ones below, and the conflict."""

from __future__ import annotations

from collections.abc import Sequence

from fundeval.report.charts import peer_comparison
from fundeval.report.format.html_fragments import Html, together
from fundeval.report.format.tables import table
from fundeval.report.unit_view import Row, View

SHAPES = {"clear": "○", "watch": "△", "restricted": "■", "released": "◇", "undetermined": "?"}
YEARS_SHOWN = 3


def departments(view: View) -> Html | None:
    """Return the state of each department of the unit, and its path over the years."""
    rows = view.rows("restrictions")
    now = sorted((row for row in rows if row.year == view.year), key=lambda row: row.unit_id)
    if not now:
        return None
    floor = view.policy.limit("execution_floor")
    both = [row for row in now if row.rate is not None and row.previous_rate is not None]
    listed = table(view, "departments", now, {
        "department": lambda row: view.name(row.unit_id),
        "rate_of": lambda row: view.numbers.percent(row.rate, floor),
        "state": lambda row: view.messages.because(
            f"{SHAPES[row.state]} {view.messages.code('state.', row.state)}", row.reason),
        "path": lambda row: _path(view, [
            r for r in rows if r.unit_id == row.unit_id and r.year > view.year - YEARS_SHOWN]),
    }, floor=view.numbers.percent(floor, digits=0))  # fmt: skip
    return together(peer_comparison.department_rates(view, both) if both else None, listed)


def restricted(view: View) -> Html:
    """Return every restricted department at any level below, with rates and states by year."""
    paths: dict[tuple[str, str, str], list[Row]] = {}
    for row in view.own("restricted"):
        paths.setdefault((row.above, row.below_id, row.name), []).append(row)
    return table(view, "restricted", sorted(paths), {
        "department": lambda key: key[2],
        "hospital": lambda key: key[0],
        "path": lambda key: _path(view, paths[key]),
    }, count=len(paths))  # fmt: skip


def conflicts(view: View) -> Html:
    """Return where low execution is punished while the surplus is rewarded."""
    rows = sorted(view.own("conflicts"), key=lambda row: (row.below_id, row.scheme))
    return table(view, "conflicts", rows, {
        "unit": lambda row: row.name,
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "award": lambda row: view.numbers.money(row.value),
        "given": lambda row: row.detail or view.messages.say("report.not_stated"),
    })  # fmt: skip


def _path(view: View, rows: Sequence[Row]) -> str:
    """Return rate and state of each year, the earliest first."""
    floor = view.policy.limit("execution_floor")
    return " → ".join(
        view.messages.say(
            "departments.step",
            year=row.year,
            rate=view.numbers.percent(row.rate, floor),
            state=view.messages.code("path.", row.state),
        )
        for row in sorted(rows, key=lambda row: row.year)
    )
