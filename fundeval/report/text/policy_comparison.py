"""Two evaluations of the same units side by side, as rows of text."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.report.format.messages import Messages

COLUMNS = (
    "unit_id", "name", "kind", "score", "other_score", "grade", "other_grade", "state",
    "other_state", "next_budget", "other_next_budget", "change",
)  # fmt: skip


def list_changes(compared: pd.DataFrame, lang: str) -> list[list[str]]:
    """Return a row a unit of `evaluate.compare`, money in 元 to the 分, and a row of totals.

    Regions lie within regions, so that their budgets are not added up.
    """
    messages = Messages(lang)
    records = compared.to_dict("records")
    rows = [[_cell(messages, name, row[name]) for name in COLUMNS] for row in records]
    if not (compared["kind"] == "region").any():
        sums = compared[["next_budget", "other_next_budget", "change"]].sum()
        total = {name: f"{amount:.2f}" for name, amount in sums.items()}
        rows.append([messages.say("compare.total"), *(total.get(name, "") for name in COLUMNS[1:])])
    return rows


def _cell(messages: Messages, name: str, value: Any) -> str:
    if pd.isna(value):
        return messages.say("report.missing")
    if isinstance(value, float):
        return f"{value:.2f}"
    return messages.code(f"{name.removeprefix('other_')}.", value)
