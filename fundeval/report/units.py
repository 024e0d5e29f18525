"""Units in rows: what an index, a ranking, a table of children and a heat map show."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import Any

import pandas as pd

from fundeval.report import comparisons
from fundeval.report.numbers import missing
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.view import ALL, View, to_rows

COLUMNS = ("unit", "grade", "score", "execution", "restricted", "next_budget", "change")
MOST_RANKED = 300
# What the funnel of the units below shows.
FUNNEL = "exam_share"


def summarise(view: View) -> pd.DataFrame:
    """Return name, kind, parent_id, grade, why (there is none), score, execution, restricted,
    base, next_budget and reason (why there is none) of every unit that the view holds.

    The index is unit_id.
    """
    held = view.evaluation
    units = held.units.set_index("unit_id")[["name", "kind", "parent_id"]]
    grades = held.grades.set_index("unit_id")[["grade", "score", "reason"]]
    rates = held.indicators
    rates = rates[(rates["indicator"] == "execution_rate") & (rates["year"] == view.year)]
    execution = rates[rates["scheme"] == ALL].set_index("unit_id")["value"]
    restricted = view.below.states.set_index("unit_id")["restricted"]
    budget = held.budget[held.budget["scheme"] == ALL]
    base, following = (
        budget[budget["step"] == step].set_index("unit_id") for step in ("base", "next_budget")
    )
    return units.join([
        grades.rename(columns={"reason": "why"}), execution.rename("execution"), restricted,
        base["amount"].rename("base"), following["amount"].rename("next_budget"),
        following["reason"],
    ])  # fmt: skip


def cells(view: View, row: Any) -> list[str]:
    """Return the row of a unit (from `summarise`) in words, in the order of `COLUMNS`."""
    known = not missing(row.base) and not missing(row.next_budget) and row.base
    return [
        str(row.name),
        view.cannot(row.why) if missing(row.grade) else view.say(f"grade.{row.grade}"),
        view.score(row.score),
        view.percent(row.execution, view.limit("execution_floor"), 1.0),
        view.number(row.restricted, 0),
        view.cannot(row.reason) if missing(row.next_budget) else view.money(row.next_budget),
        view.change(row.next_budget / row.base - 1 if known else None),
    ]


def children(view: View) -> Html | None:
    """Return the units one level down: score, grade, execution, departments, next budget."""
    ids = [unit.unit_id for unit in view.children]
    rows = summarise(view)
    rows = rows[rows.index.isin(ids)]
    return _table(view, "children", rows) if len(rows) else None


def regions(view: View) -> Html:
    """Return all regions, the best score first, those not judged last."""
    return _ranking(view, "region")


def hospitals(view: View) -> Html:
    """Return all hospitals, the best score first, those not judged last."""
    return _ranking(view, "hospital")


def heat(view: View) -> Html | None:
    """Return the heat map of points one level down, of the kind that is most common there."""
    kinds = Counter(unit.kind for unit in view.children)
    if not kinds:
        return None
    kind = max(sorted(kinds), key=kinds.__getitem__)
    names = {unit.unit_id: unit.name for unit in view.children if unit.kind == kind}
    scores = [r for r in view.rows("scores") if r.unit_id in names and r.points is not None]
    scores.sort(key=lambda row: (-row.max, row.indicator))
    shares = []
    for unit_id in sorted({row.unit_id for row in scores}):
        own = [row for row in scores if row.unit_id == unit_id]
        points = {view.indicator(row.indicator): row.points / row.max for row in own}
        shares.append((names[unit_id], points))
    if not shares:
        return paragraph(view.say("none.scorecard"))
    order = [view.indicator(name) for name in dict.fromkeys(row.indicator for row in scores)]
    return comparisons.score_heat(view, shares, order, kind)


def funnel(view: View) -> Html | None:
    """Return the funnel of the units below: a share against the volume that it rests on."""
    names = {unit.unit_id: unit.name for unit in view.parts}
    rows = view.rows("indicators", year=view.year, scheme=ALL)
    volumes = {r.unit_id: r.denominator for r in rows if r.indicator == "inpatient_cost"}
    points = [
        (names[row.unit_id], volumes[row.unit_id], row.value)
        for row in sorted(rows, key=lambda row: row.unit_id)
        if row.indicator == FUNNEL and row.unit_id in names
        and row.value is not None and volumes.get(row.unit_id)
    ]  # fmt: skip
    centre = view.value(FUNNEL, view.year)
    if centre is None or not points:
        return None
    return comparisons.funnel(view, FUNNEL, centre, points)


def _ranking(view: View, kind: str) -> Html:
    rows = summarise(view)
    rows = rows[rows["kind"] == kind]
    rows = rows.sort_values(["score", "unit_id"], ascending=[False, True])
    ranked = _table(
        view, "ranking", rows.head(MOST_RANKED), kind=view.code("kind.", kind), count=len(rows)
    )
    if len(rows) <= MOST_RANKED:
        return ranked
    return together(ranked, paragraph(view.say("ranking.left_out", count=len(rows) - MOST_RANKED)))


def _table(view: View, name: str, units: pd.DataFrame, **values: object) -> Html:
    rows = [cells(view, row) for row in to_rows(units)]
    columns = {column: itemgetter(at) for at, column in enumerate(COLUMNS)}
    return view.table(name, rows, columns, **values)
