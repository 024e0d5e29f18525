"""Units in rows: what an index, a ranking, a table of children and a heat map show."""

from __future__ import annotations

import pandas as pd

from fundeval.report import charts
from fundeval.report.numbers import missing
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.view import ALL, View

COLUMNS = ("unit", "grade", "score", "execution", "restricted", "next_budget", "change")
MOST_RANKED = 300


def summarise(view: View) -> pd.DataFrame:
    """Return name, kind, parent_id, grade, why (there is none), score, execution, restricted,
    base, next_budget and reason (why there is none) of every unit that the view holds.

    The index is unit_id.
    """
    units = view.evaluation.units.set_index("unit_id")[["name", "kind", "parent_id"]]
    grades = view.evaluation.grades.set_index("unit_id")[["grade", "score", "reason"]]
    grades = grades.rename(columns={"reason": "why"})
    rates = view.evaluation.indicators
    rates = rates[(rates["indicator"] == "execution_rate") & (rates["scheme"] == ALL)]
    execution = rates[rates["year"] == view.year].set_index("unit_id")["value"]
    restricted = view.below.states.set_index("unit_id")["restricted"]
    budget = view.evaluation.budget
    budget = budget[budget["scheme"] == ALL]
    steps = budget.pivot_table("amount", index="unit_id", columns="step", aggfunc="first")
    steps = steps.reindex(columns=["base", "next_budget"])
    reasons = budget[budget["step"] == "next_budget"].set_index("unit_id")["reason"]
    return units.join([grades, execution.rename("execution"), restricted, steps, reasons])


def cells(view: View, row: pd.Series) -> list[str]:
    """Return the row of a unit (from `summarise`) in words, in the order of `COLUMNS`."""
    change = None if not row.base or missing(row.base) else row.next_budget / row.base - 1
    no_budget = missing(row.next_budget)
    return [
        str(row["name"]),
        view.cannot(row.why) if missing(row.grade) else view.say(f"grade.{row.grade}"),
        view.score(row.score),
        view.percent(row.execution, view.limit("execution_floor"), 1.0),
        view.number(row.restricted, 0),
        view.cannot(row.reason) if no_budget else view.money(row.next_budget),
        view.change(change),
    ]


def children(view: View) -> Html | None:
    """Return the units one level down: score, grade, execution, departments, next budget."""
    rows = summarise(view)
    rows = rows[rows.index.isin(view.children["unit_id"])]
    return None if rows.empty else _table(view, "children", rows, year=view.year)


def regions(view: View) -> Html:
    """Return all regions, the best score first, those not judged last."""
    return _ranking(view, "region")


def hospitals(view: View) -> Html:
    """Return all hospitals, the best score first, those not judged last."""
    return _ranking(view, "hospital")


def heat(view: View) -> Html:
    """Return the heat map of points one level down, of the kind that is most common there."""
    below = view.children
    kind = str(below["kind"].mode().get(0, ""))
    below = below[below["kind"] == kind]
    scores = view.evaluation.scores.merge(below[["unit_id", "name"]], on="unit_id")
    if scores["points"].notna().sum() == 0:
        return paragraph(view.say("none.scorecard"))
    scores["share"] = scores["points"] / scores["max"]
    scores["title"] = scores["indicator"].map(view.indicator)
    order = scores.sort_values(["max", "indicator"], ascending=[False, True])["title"].unique()
    shares = scores.pivot_table(
        "share", index=["unit_id", "name"], columns="title", aggfunc="first", sort=False
    )
    return charts.score_heat(view, shares.reindex(columns=order).droplevel("unit_id"), kind)


def _ranking(view: View, kind: str) -> Html:
    rows = summarise(view)
    rows = rows[rows["kind"] == kind]
    rows = rows.sort_values(["score", "unit_id"], ascending=[False, True])
    ranked = _table(
        view, "ranking", rows.head(MOST_RANKED), kind=view.say(f"kind.{kind}"), count=len(rows)
    )
    if len(rows) <= MOST_RANKED:
        return ranked
    return together(ranked, paragraph(view.say("ranking.left_out", count=len(rows) - MOST_RANKED)))


def _table(view: View, name: str, rows: pd.DataFrame, **values: object) -> Html:
    return view.table(name, COLUMNS, [cells(view, row) for _, row in rows.iterrows()], **values)
