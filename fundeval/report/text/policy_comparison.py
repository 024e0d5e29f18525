"""Two evaluations of the same units side by side, as rows of text."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.results.compare import COLUMNS, Moved, count_moved

# From the top down.
KINDS = ("region", "hospital", "alliance", "department")


def state_moved(compared: pd.DataFrame, numbers: NumberFormatter, messages: Messages) -> list[str]:
    """Return what the other policy moves, counted: a sentence a kind of unit, the topmost first.

    Parameters
    ----------
    compared
        Units of `results.compare`; kinds without any difference are named in one last sentence.
    """
    moved = sorted(count_moved(compared), key=lambda one: KINDS.index(one.kind))
    differ = [one for one in moved if one.states or one.scores or one.grades or one.budgets]
    same = [one for one in moved if one not in differ]
    sentences = [_sentence(one, numbers, messages) for one in differ]
    if same:
        kinds = messages.join(
            messages.say("compare.units", kind=messages.code("kind.", one.kind), units=one.units)
            for one in same
        )
        sentences.append(messages.say("compare.nothing_moves", kinds=kinds))
    return sentences


def _sentence(moved: Moved, numbers: NumberFormatter, messages: Messages) -> str:
    """Return what moves among the units of a kind: states, scores, grades where any do, money."""
    counts = {"states": moved.states, "scores": moved.scores, "grades": moved.grades}
    parts = [
        messages.say(f"compare.{name}", count=count) for name, count in counts.items() if count
    ]
    if moved.budgets:
        amounts = {name: numbers.to_the_cent(getattr(moved, name)) for name in ("gained", "lost")}
        parts.append(messages.say("compare.budgets", count=moved.budgets, **amounts))
    else:
        parts.append(messages.say("compare.no_budget"))
    kind = messages.code("kind.", moved.kind)
    units = messages.say("compare.units", kind=kind, units=moved.units)
    return messages.say("compare.moved", units=units, moved=messages.join(parts))


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
