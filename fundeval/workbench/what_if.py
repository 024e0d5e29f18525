"""What other values of a policy would move: counted first, then unit by unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from fundeval.evaluation import judge
from fundeval.policy.load import suppose
from fundeval.report.format.html_fragments import render, render_table
from fundeval.report.format.indicator_formats import plain
from fundeval.report.text.policy_comparison import state_moved
from fundeval.results.compare import compare, count_moved
from fundeval.results.frames import Evaluation

if TYPE_CHECKING:
    from fundeval.workbench.run import Run

SHOWN = 20


@dataclass(frozen=True)
class WhatIf:
    """The answer to a what-if.

    Attributes
    ----------
    run
        The run as it is.
    changes
        What was supposed.
    other
        The evaluation under the supposed policy.
    """

    run: Run
    changes: Mapping[str, Any]
    other: Evaluation

    @cached_property
    def units(self) -> pd.DataFrame:
        """Score, grade, state and next budget of every unit, now and then (`other_…`), in 元."""
        frame = compare(self.run.source.evaluation, self.other)
        frame.attrs["frame"] = "compared"
        return frame

    @cached_property
    def counts(self) -> pd.DataFrame:
        """By kind of unit: how many change state, grade or budget, and what is gained and lost."""
        return pd.DataFrame(count_moved(self.units)).set_index("kind")

    @cached_property
    def moved(self) -> pd.DataFrame:
        """The units with any difference, the largest change of budget first."""
        rows = self.units
        differs = pd.Series(False, rows.index)
        for name in ("score", "grade", "state", "next_budget"):
            now, then = rows[name], rows[f"other_{name}"]
            differs |= (now != then) & ~(now.isna() & then.isna())
        found = rows[differs]
        order = found["change"].abs().sort_values(ascending=False, kind="stable").index
        return found.loc[order].reset_index(drop=True)

    def lines(self) -> list[str]:
        """Return what moves in sentences, one for each kind of unit."""
        return state_moved(self.units, self.run.numbers, self.run.messages)

    def chart(self, most: int = 15) -> Any:
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
        return self.run.messages.join(f"{name} = {plain(v)}" for name, v in self.changes.items())

    def __repr__(self) -> str:
        """Say what was supposed and what moves."""
        return "\n".join([self._stated, *self.lines()])

    def _repr_html_(self) -> str:
        words = self.run.in_words(self.moved.head(SHOWN))
        rows = [["" if pd.isna(v) else str(v) for v in row] for row in words.to_numpy()]
        left = len(self.moved) - SHOWN
        more = [self.run.messages.say("workbench.more", count=left)] if left > 0 else []
        lines = render("list.html.j2", items=[*self.lines(), *more]).markup
        listed = render_table(self._stated, list(words.columns), rows).markup
        return lines + listed


def suppose_changes(run: Run, changes: Mapping[str, Any]) -> WhatIf:
    """Evaluate a run again with other values of its policy; see `Run.what_if`."""
    source = run.source
    supposed = suppose(source.policy, changes, dt.date(run.year, 12, 31))
    return WhatIf(run, changes, judge(source.measured, supposed))
