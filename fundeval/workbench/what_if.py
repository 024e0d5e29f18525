"""What other values of a policy would move: counted first, then unit by unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from fundeval.evaluation import judge, judge_outcomes
from fundeval.near import near
from fundeval.policy import Policy
from fundeval.problems import BadInputError, Problem
from fundeval.report.charts import time_and_money
from fundeval.report.charts.lean_style import lean_style
from fundeval.report.format.html_fragments import Html, paragraph, render, render_table, together
from fundeval.report.format.indicator_formats import plain
from fundeval.report.text.policy_comparison import state_moved
from fundeval.report.unit_view import rows_of
from fundeval.results.compare import ComparedRow, compare, count_moved, differences
from fundeval.results.frames import Evaluation, Outcomes
from fundeval.strict_yaml import parse_mapping
from fundeval.workbench.suppose import (
    INDICATORS,
    WHAT_IF,
    list_weights,
    refuse_in_report,
    split_changes,
    suppose,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fundeval.workbench.run import Run
    from fundeval.workbench.source import Source

SHOWN, DRAWN = 20, 15
MONEY = ("next_budget", "other_next_budget", "change")


@dataclass(frozen=True)
class WhatIf:
    """The answer to a what-if.

    Attributes
    ----------
    run
        The run as it is.
    changes
        What was supposed.
    policy
        The supposed policy.
    outcomes
        What is decided under the supposed policy.
    unit
        The unit, by id, that the answer is about, with all units below it; "" for all.
    """

    run: Run
    changes: Mapping[str, Any]
    policy: Policy
    outcomes: Outcomes
    unit: str = ""

    @cached_property
    def other(self) -> Evaluation:
        """The whole evaluation under the supposed policy."""
        return judge(self.run.source.measured, self.policy)

    def of(self, unit: str) -> WhatIf:
        """Return what moves in a unit, by id or unique name, and in all units below it."""
        return replace(self, unit=self.run.unit(unit).id)

    @cached_property
    def units(self) -> pd.DataFrame:
        """Score, grade, state and next budget of every unit, now and then (`other_…`), in 元."""
        frame = compare(self.run.source.evaluation, self.outcomes)
        if self.unit:
            chosen = frame["unit_id"].isin(self.run.ids_below(self.unit))
            frame = frame[chosen].reset_index(drop=True)
        return frame

    @cached_property
    def counts(self) -> pd.DataFrame:
        """By kind of unit: how many change state, grade or budget, and what is gained and lost."""
        return pd.DataFrame(count_moved(self.units)).set_index("kind")

    @cached_property
    def moved(self) -> pd.DataFrame:
        """The units with any difference, the largest change of budget first."""
        found = self.units[differences(self.units).any(axis=1)]
        order = found["change"].abs().sort_values(ascending=False, kind="stable").index
        return found.loc[order].reset_index(drop=True)

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Weights of 100 by kind of unit and indicator, now and then (`other_weight`)."""
        date = dt.date(self.run.year, 12, 31)
        return list_weights(self.run.source.policy.on(date), self.policy.on(date))

    def lines(self) -> list[str]:
        """Return what moves in sentences, one a kind of unit, and the weights that change."""
        run = self.run
        return [*state_moved(self.units, run.numbers, run.messages), *self._weights_in_words()]

    def _weights_in_words(self) -> list[str]:
        say, messages = self.run.messages.say, self.run.messages

        def named(kind: object, level: object) -> str:
            title = messages.code("kind.", kind)
            of_level = messages.code("level.", level)
            return say("workbench.named", title=title, name=of_level) if level else title

        return [
            say(
                "workbench.weights",
                kind=named(kind, level),
                weights=messages.join(
                    f"{messages.indicator(name)} {plain(old)} → {plain(round(new, 2))}"
                    for name, old, new in zip(
                        rows["indicator"], rows["weight"], rows["other_weight"], strict=True
                    )
                ),
            )
            for (kind, level), rows in self.weights.groupby(
                ["kind", "level"], sort=True, dropna=True
            )
        ]

    def chart(self, most: int = DRAWN) -> Axes:
        """Draw who gains and who loses most of next year's budget; returns the axes.

        Parameters
        ----------
        most
            How many units to draw, from both ends together.
        """
        # Imported here: drawing is asked for, evaluating is not drawing.
        from fundeval.workbench.charts import draw_changes  # noqa: PLC0415

        return draw_changes(self, most)

    @property
    def _stated(self) -> str:
        stated = (f"{self._name(n)} = {plain(value)}" for n, value in self.changes.items())
        return self.run.messages.join(stated)

    def _name(self, name: str) -> str:
        """Return what a parameter or indicator is called, with the name that a policy file uses."""
        title = self.run.change_name(name)
        return self.run.messages.say("workbench.named", title=title, name=name)

    def __repr__(self) -> str:
        """Say what was supposed and what moves."""
        return "\n".join([self._stated, *self.lines()])

    def _repr_html_(self) -> str:
        run = self.run
        left = len(self.moved) - SHOWN
        changes = self.moved.dropna(subset=["change"]).query("change != 0").head(DRAWN)
        names = map(self.run.full_name, changes["unit_id"])
        drawn = list(zip(names, changes["change"], strict=True))
        with lean_style():
            chart = time_and_money.change_bars(run, drawn) if drawn else None
        more = paragraph(run.messages.say("workbench.more", count=left)) if left > 0 else None
        lines = render("list.html.j2", items=self.lines())
        return together(paragraph(self._stated), lines, chart, self._table(), more)._repr_html_()

    def _table(self) -> Html | None:
        """Return the units that move most, with what they have now and then."""
        messages, numbers = self.run.messages, self.run.numbers
        rows = rows_of(self.moved.head(SHOWN), ComparedRow)
        if not rows:
            return None

        def both(now: str, then: str) -> str:
            return " → ".join(dict.fromkeys([now, then]))

        def code(group: str, value: str | None) -> str:
            return messages.code(group, value) or messages.say("report.missing")

        columns: dict[str, Callable[[ComparedRow], str]] = {
            "name": lambda row: self.run.full_name(row.unit_id),
            "score": lambda row: both(numbers.number(row.score), numbers.number(row.other_score)),
            "grade": lambda row: both(code("grade.", row.grade), code("grade.", row.other_grade)),
            "state": lambda row: both(code("path.", row.state), code("path.", row.other_state)),
            "next_budget": lambda row: numbers.amount(row.next_budget),
            "other_next_budget": lambda row: numbers.amount(row.other_next_budget),
            "change": lambda row: numbers.amount(row.change, sign=True),
        }
        unit = numbers.scale.name
        titles = [self.run.word("field", name) for name in columns]
        titles = [
            messages.say("heading.in_scale", name=title, scale=unit) if name in MONEY else title
            for name, title in zip(columns, titles, strict=True)
        ]
        return render_table("", titles, [[cell(row) for cell in columns.values()] for row in rows])


def _check_measures(source: Source, indicators: Iterable[str]) -> None:
    """Refuse a further indicator that nothing computes and no row of `measures` supplies."""
    supplied = set(source.measured.dataset.measures["measure"])
    known = supplied | source.policy.indicators.keys() | source.policy.definitions.keys()
    for name in indicators:
        if name not in known:
            listed = ", ".join(sorted(supplied)) or "—"
            values = {"near": near(name, known), "supplied": listed}
            place = INDICATORS + name
            raise BadInputError([Problem("workbench.no_measure", WHAT_IF, values, column=place)])


def suppose_changes(run: Run, changes: Mapping[str, Any] | str) -> WhatIf:
    """Evaluate a run again with other values of its policy; see `Run.what_if`."""
    # Before the data are loaded: every report of a run may hold one.
    refuse_in_report()
    if isinstance(changes, str):
        # As papermill passes a map that was typed at the command line.
        changes = parse_mapping(changes, "changes")
    source, date = run.source, dt.date(run.year, 12, 31)
    _, rules = split_changes(changes, source.policy.on(date))
    _check_measures(source, rules)
    supposed = suppose(source.policy, changes, date)
    return WhatIf(run, changes, supposed, judge_outcomes(source.measured, supposed))
