"""Two evaluations of the same units side by side: what another policy would change."""

from __future__ import annotations

import pandas as pd

from fundeval.results.frames import Evaluation
from fundeval.tables.schemas import ALL_SCHEMES

COLUMNS = [
    "unit_id", "name", "kind", "score", "other_score", "grade", "other_grade", "state",
    "other_state", "next_budget", "other_next_budget", "change",
]  # fmt: skip


def compare(evaluation: Evaluation, other: Evaluation) -> pd.DataFrame:
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


def _outcome(evaluation: Evaluation) -> pd.DataFrame:
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
