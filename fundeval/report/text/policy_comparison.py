"""Two evaluations of the same units side by side, as rows of text."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.results.compare import COLUMNS, count_moved


def state_moved(compared: pd.DataFrame, numbers: NumberFormatter, messages: Messages) -> list[str]:
    """Return what the other policy moves, a sentence for each kind of unit, counted first.

    Parameters
    ----------
    compared
        Units of `results.compare`; kinds without any difference say so.
    """
    sentences = []
    for moved in count_moved(compared):
        kind = messages.code("kind.", moved.kind)
        if not (moved.states or moved.scores or moved.grades or moved.budgets):
            sentences.append(messages.say("compare.nothing_moves", kind=kind, units=moved.units))
            continue
        amounts = {
            name: f"{numbers.cents(getattr(moved, name))} {numbers.plain_scale.name}"
            for name in ("gained", "lost")
        }
        counts = {n: getattr(moved, n) for n in ("units", "states", "scores", "grades", "budgets")}
        sentences.append(messages.say("compare.moved", kind=kind, **counts, **amounts))
    return sentences


def list_changes(compared: pd.DataFrame, lang: str) -> list[list[str]]:
    """Return a row a unit of `results.compare`, money in 元 to the 分, and a row of totals.

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
