"""What other values of the policy would change, in money, unit by unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fundeval.evaluation import judge
from fundeval.evaluation.pipeline import Measured
from fundeval.policy import Policy
from fundeval.policy.load import suppose
from fundeval.problems import BadInputError
from fundeval.report.charts import time_and_money
from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.format.indicator_formats import plain
from fundeval.report.tables.view_table import bullets, table
from fundeval.report.text.policy_comparison import state_moved
from fundeval.report.unit_view import View, rows_of, sum_rows
from fundeval.results.compare import ComparedRow, compare
from fundeval.results.frames import Evaluation

CODES = dict.fromkeys(("grade", "other_grade", "state", "other_state"))
MONEY = ("next_budget", "other_next_budget", "change")


@dataclass(frozen=True)
class Source:
    """What a report was opened on: data set and year, policy, the evaluation of all units."""

    measured: Measured
    policy: Policy
    evaluation: Evaluation


def what_if(view: View, source: Source | None, changes: Mapping[str, Any]) -> Html:
    """Return the unit's children and the unit under the policy and under the changed one.

    `changes` as in `policy.load.suppose`. What is wrong with them is said in the report.
    """
    if source is None:
        return paragraph(view.messages.say("what_if.no_dataset"))
    try:
        supposed = suppose(source.policy, changes, dt.date(view.year, 12, 31))
        other = judge(source.measured, supposed)
    except BadInputError as error:
        # The first line speaks of a run that writes nothing.
        lines = [
            line.removeprefix("- ") for line in error.text(view.messages.lang).splitlines()[1:]
        ]
        return render("list.html.j2", items=lines)
    whole = compare(source.evaluation, other)
    compared = {row.unit_id: row for row in rows_of(whole, ComparedRow)}
    own, children = compared[view.unit_id], [compared[unit.unit_id] for unit in view.parts]
    rows: list[ComparedRow] = []
    for kind in sorted({unit.kind for unit in view.parts}):
        group = [row for row in children if row.kind == kind]
        known = [row for row in group if row.change is not None]
        total = sum_rows(known or group, MONEY, name=view.messages.total(kind, len(known)), **CODES)
        rows += [*group, total]
    drawn = [(row.name, row.change) for row in children or [own] if row.change is not None]
    stated = view.messages.join(f"{name} = {plain(value)}" for name, value in changes.items())
    listed = table(view, "what_if", [*rows, own], {
        "unit": lambda row: row.name,
        "grade": lambda row: _both(view, "grade.", row.grade, row.other_grade),
        "state": lambda row: _both(view, "path.", row.state, row.other_state),
        "next_budget": lambda row: view.numbers.cents(row.next_budget),
        "other_budget": lambda row: view.numbers.cents(row.other_next_budget),
        "change_of": lambda row: view.numbers.cents(row.change, sign=True),
    }, changes=stated)  # fmt: skip
    counted = bullets(view, "what_if", state_moved(whole, view.numbers, view.messages))
    return together(counted, listed, time_and_money.change_bars(view, drawn) if drawn else None)


def _both(view: View, group: str, now: str | None, then: str | None) -> str:
    """Return a code in words, and what it becomes where that is another."""
    words = [
        view.messages.code(group, code) or view.messages.say("report.missing")
        for code in (now, then)
    ]
    return " → ".join(dict.fromkeys(words))
