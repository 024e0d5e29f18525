"""Two evaluations of the same units side by side: what another policy would change."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from pandas.api.types import is_numeric_dtype

from fundeval.results.frames import Evaluation, Outcomes
from fundeval.tables.schemas import ALL_SCHEMES


class ComparedRow(NamedTuple):
    """A unit under two policies; `change` is the other budget less the first, in 元."""

    unit_id: str
    name: str
    kind: str
    score: float | None
    other_score: float | None
    grade: str | None
    other_grade: str | None
    state: str | None
    other_state: str | None
    next_budget: float | None
    other_next_budget: float | None
    change: float | None


# Decimal places to which scores and amounts are printed.
PRINTED = 2
COLUMNS = list(ComparedRow._fields)


def compare(evaluation: Evaluation | Outcomes, other: Evaluation | Outcomes) -> pd.DataFrame:
    """Return score, grade, restriction state and next budget of each unit under both.

    Columns: `COLUMNS`; `change` is the other budget less the first, in 元, missing where one
    of the two is not drawn up. Units in the order of `units`.
    """
    frame = evaluation.units[["unit_id", "name", "kind"]]
    frame = frame.merge(_outcome(evaluation), on="unit_id", how="left", validate="one_to_one")
    others = _outcome(other).add_prefix("other_").rename(columns={"other_unit_id": "unit_id"})
    frame = frame.merge(others, on="unit_id", how="left", validate="one_to_one")
    change = (frame["other_next_budget"] - frame["next_budget"]).round(2)
    return frame.assign(change=change)[COLUMNS]


class Moved(NamedTuple):
    """How many units of a kind another policy moves: states, scores, grades, budgets, money.

    `gained` and `lost` are the sums of what budgets rise and fall by, in 元. Units whose budget
    is drawn up under one of the two policies only count as `budgets`, not in the sums.
    """

    kind: str
    units: int
    states: int
    scores: int
    grades: int
    budgets: int
    gained: float
    lost: float


def count_moved(compared: pd.DataFrame) -> list[Moved]:
    """Count by kind of unit what differs between the two evaluations of `compare`."""
    return [
        _count(str(kind), rows) for kind, rows in compared.groupby("kind", sort=True, dropna=True)
    ]


def differences(compared: pd.DataFrame) -> pd.DataFrame:
    """Tell of each unit of `compare` what differs, as it is printed.

    Columns: `states`, `scores`, `grades`, `budgets`. What only one of the two has differs.
    """
    columns = {"states": "state", "scores": "score", "grades": "grade", "budgets": "next_budget"}

    def differ(name: str) -> pd.Series:
        now, then = compared[name], compared[f"other_{name}"]
        if is_numeric_dtype(now.dtype):
            now, then = now.round(PRINTED), then.round(PRINTED)
        return (now != then) & ~(now.isna() & then.isna())

    return pd.DataFrame({title: differ(name) for title, name in columns.items()})


def _count(kind: str, rows: pd.DataFrame) -> Moved:
    counts = {str(name): int(count) for name, count in differences(rows).sum().items()}
    change = rows["change"].fillna(0.0)
    return Moved(
        kind=kind,
        units=len(rows),
        **counts,
        gained=round(float(change[change > 0].sum()), 2),
        lost=round(float(change[change < 0].abs().sum()), 2),
    )


def _outcome(evaluation: Evaluation | Outcomes) -> pd.DataFrame:
    budget = evaluation.budget
    final = budget[(budget["step"] == "next_budget") & (budget["scheme"] == ALL_SCHEMES)]
    states = evaluation.restrictions
    states = states[states["year"] == evaluation.about["year"]]
    frame = evaluation.grades[["unit_id", "score", "grade"]]
    frame = frame.merge(
        states[["unit_id", "state"]], on="unit_id", how="left", validate="one_to_one"
    )
    amounts = final[["unit_id", "amount"]].rename(columns={"amount": "next_budget"})
    return frame.merge(amounts, on="unit_id", how="left", validate="one_to_one")
