"""What other values of the policy would change, in money, unit by unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundeval.evaluate import evaluate
from fundeval.evaluate.compare import compare
from fundeval.evaluation import Evaluation
from fundeval.policy import Policy
from fundeval.policy.load import suppose
from fundeval.problems import BadInputError
from fundeval.report import charts
from fundeval.report.forms import plain
from fundeval.report.numbers import missing, plain_unit
from fundeval.report.pieces import Html, paragraph, render, together
from fundeval.report.view import View
from fundeval.tables.dataset import Dataset

MONEY = ["next_budget", "other_next_budget", "change"]


@dataclass(frozen=True)
class Source:
    """What a report was opened on: data set, policy and the evaluation of all units."""

    dataset: Dataset
    policy: Policy
    evaluation: Evaluation


def what_if(view: View, source: Source | None, changes: Mapping[str, Any]) -> Html:
    """Return the unit's children and the unit under the policy and under the changed one.

    `changes` as in `policy.load.suppose`. What is wrong with them is said in the report.
    """
    if source is None:
        return paragraph(view.say("what_if.no_dataset"))
    try:
        supposed = suppose(source.policy, changes, dt.date(view.year, 12, 31))
        other = evaluate(source.dataset, supposed, view.year)
    except BadInputError as error:
        # The first line speaks of a run that writes nothing.
        lines = [line.removeprefix("- ") for line in error.text(view.lang).splitlines()[1:]]
        return render("list.html.j2", items=lines)
    frame = compare(source.evaluation, other).set_index("unit_id", drop=False)
    # An alliance repeats the hospitals of its region.
    below = view.children[view.children["kind"] != "alliance"]["unit_id"]
    children, own = frame.loc[below], frame.loc[[view.unit_id]]
    parts = []
    for kind, group in children.groupby("kind"):
        total = group[MONEY].sum(min_count=1).round(2).to_frame().T
        name = view.total(str(kind), group["change"].count())
        parts += [group, total.assign(name=name)]
    drawn = own if children.empty else children
    unit = plain_unit(view.lang, view.currency)
    body = [_cells(view, row) for _, row in pd.concat([*parts, own]).iterrows()]
    columns = ("unit", "grade", "state", "next_budget", "other_budget", "change_of")
    stated = view.join(f"{name} = {plain(value)}" for name, value in changes.items())
    return together(
        view.table("what_if", columns, body, changes=stated, unit=unit.name),
        charts.change_bars(view, drawn.set_index("name")["change"].dropna()),
    )


def _cells(view: View, row: pd.Series) -> list[str]:
    unit = plain_unit(view.lang, view.currency)
    return [
        str(row["name"]),
        _both(view, "grade", row["grade"], row["other_grade"]),
        _both(view, "path", row["state"], row["other_state"]),
        *(unit.show(row[name], view.lang, sign=name == "change") for name in MONEY),
    ]


def _both(view: View, kind: str, now: object, then: object) -> str:
    """Return a code in words, and what it becomes where that is another."""
    words = [
        view.say("report.missing") if missing(code) else view.say(f"{kind}.{code}")
        for code in (now, then)
    ]
    return " → ".join(dict.fromkeys(words))
