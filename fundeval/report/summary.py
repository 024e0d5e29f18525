"""One row a unit: what an index, a ranking and a table of children show."""

from __future__ import annotations

import pandas as pd

from fundeval.report.numbers import missing, money, number, percent, score
from fundeval.report.view import View

COLUMNS = ("unit", "grade", "score", "execution", "restricted", "next_budget", "change")
FIGURES = COLUMNS[2:]


def summarise(view: View) -> pd.DataFrame:
    """Return name, kind, parent_id, grade, score, execution, restricted, next_budget, base and
    reason (why there is no budget) of every unit that the view holds; the index is unit_id.
    """
    units = view.evaluation.units.set_index("unit_id")[["name", "kind", "parent_id"]]
    grades = view.evaluation.grades.set_index("unit_id")[["grade", "score"]]
    rates = view.evaluation.indicators
    rates = rates[(rates["indicator"] == "execution_rate") & (rates["scheme"] == "all")]
    execution = rates[rates["year"] == view.year].set_index("unit_id")["value"]
    restricted = view.states.set_index("unit_id")["restricted"]
    budget = view.evaluation.budget
    budget = budget[budget["scheme"] == "all"]
    steps = budget.pivot_table("amount", index="unit_id", columns="step", aggfunc="first")
    steps = steps.reindex(columns=["base", "next_budget"])
    reasons = budget[budget["step"] == "next_budget"].set_index("unit_id")["reason"]
    return units.join([grades, execution.rename("execution"), restricted, steps, reasons])


def cells(view: View, row: pd.Series) -> list[str]:
    """Return the row of a unit (from `summarise`) in words, in the order of `COLUMNS`."""
    graded = isinstance(row.grade, str) and row.grade
    change = None if not row.base or missing(row.base) else row.next_budget / row.base - 1
    no_budget = missing(row.next_budget)
    return [
        str(row["name"]),
        view.say(f"grade.{row.grade}" if graded else "grade.none"),
        score(row.score, view.lang, view.grade_limits()),
        percent(row.execution, view.lang, (view.limit("execution_floor"), 1.0)),
        number(row.restricted, view.lang, 0),
        view.cannot(row.reason) if no_budget else money(row.next_budget, view.lang, view.currency),
        percent(change, view.lang, limits=(0,), sign=True),
    ]
