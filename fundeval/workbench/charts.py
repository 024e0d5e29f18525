"""Charts of a workbench, drawn with seaborn: those of the reports, and of a what-if."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.text import Text

from fundeval.jupyter.theme import chinese_font, use_theme
from fundeval.report.figures import budget_parts as budgets
from fundeval.report.figures import department_years as departments
from fundeval.report.figures import points as scored
from fundeval.report.figures import rates_by_year as rates
from fundeval.report.figures import score_and_change as changes
from fundeval.report.figures import spread as spreads
from fundeval.report.figures.figure import Chart
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.sections.figures import floors
from fundeval.results import below_unit

if TYPE_CHECKING:
    from fundeval.workbench.run import Run
    from fundeval.workbench.what_if import WhatIf


class Charts:
    """The figures of the reports, of a whole run or of what is below one unit.

    Each is a figure of matplotlib that a notebook shows as the report does: `.axes` are there to
    change, `.savefig` to save. None where there is too little to draw.

    Parameters
    ----------
    run
        The run; `run.charts` makes this.
    unit_id
        The unit, None for the whole run.

    Examples
    --------
    >>> import fundeval
    >>> run = fundeval.evaluate("sample:city", policy="national", year=2024, lang="en")
    >>> run.charts.score_and_change().axes[0].get_xlabel()
    'Score'
    """

    def __init__(self, run: Run, unit_id: str | None = None) -> None:
        self._run, self._unit_id = run, unit_id

    def of(self, unit: str) -> Charts:
        """Return the figures of what is below a unit, by its id or unique name.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024, lang="en")
        >>> run.charts.of("990103").points().title.partition(" (")[0]
        'Lowest indicator: Satisfaction'
        """
        return Charts(self._run, self._run.unit(unit).id)

    def score_and_change(self) -> Chart | None:
        """Draw score and execution rate of hospitals against the change of their next budget.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> len(run.charts.score_and_change().axes)
        2
        """
        frame = changes.score_and_change(self._frames, self._run.year)
        return _shown(changes.draw_score_and_change(frame, self._run, self._floor))

    def budget_parts(self) -> Chart | None:
        """Draw what moves next year's budgets of hospitals: needs, the envelope, results.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> len(run.charts.budget_parts().axes[0].containers)
        3
        """
        return _shown(budgets.draw_budget_parts(budgets.budget_parts(self._frames), self._run))

    def rates_by_year(self) -> Chart | None:
        """Draw execution rates over the years, a small figure for each region or level.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> len(run.charts.rates_by_year().axes)
        9
        """
        frame = rates.rates_by_year(self._frames, self._run.year)
        return _shown(rates.draw_rates_by_year(frame, self._run, floors(self._frames)))

    def spread(self) -> Chart | None:
        """Draw how scores and execution rates of hospitals are spread, by level and year.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> len(run.charts.spread().axes)
        2
        """
        frame = spreads.spread(self._frames, self._run.year)
        return _shown(spreads.draw_spread(frame, self._run, self._floor))

    def points(self, kind: str = "hospital") -> Chart | None:
        """Draw the points of units by indicator as a heat map, sorted by score.

        Parameters
        ----------
        kind
            The kind of the units: `hospital`, `region` or `department`.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> run.charts.points("region").key
        '-region'
        """
        return _shown(scored.draw_points(scored.points(self._frames, kind), self._run, kind))

    def department_years(self) -> Chart | None:
        """Draw departments over the years around the execution floor.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> run.charts.of("990103").department_years().name
        'department_years'
        """
        frame = departments.department_years(self._frames, self._run.year)
        return _shown(departments.draw_department_years(frame, self._run))

    @cached_property
    def _frames(self) -> Mapping[str, pd.DataFrame]:
        frames = {name: self._run.frame(name) for name in below_unit.BELOW_COLUMNS}
        return below_unit.select_below(frames, self._unit_id)

    @property
    def _floor(self) -> float:
        return PolicyInForce(self._run.about["policy"]).limit("execution_floor")


def _shown(chart: Chart | None) -> Chart | None:
    """Let a chart be saved as a picture too, with the characters of a Chinese font."""
    font = chinese_font()
    if chart is not None and font is not None:
        for text in chart.findobj(Text):
            text.set_fontfamily([*text.get_fontfamily(), font])
    return chart


def draw_changes(answer: WhatIf, most: int) -> Axes:
    """Draw the largest changes of next year's budget as bars, gains above losses."""
    use_theme()
    rows = answer.moved.dropna(subset=["change"])
    rows = rows[rows["change"] != 0].head(most).sort_values("change", ascending=False)
    scale = answer.run.numbers.scale
    data = pd.DataFrame(
        {"name": rows["unit_id"].map(answer.run.full_name), "change": rows["change"] / scale.factor}
    )
    _, axes = plt.subplots(figsize=(7, 0.3 * max(len(data), 1) + 1))
    sns.barplot(data, x="change", y="name", orient="h", ax=axes)
    axes.axvline(0, linewidth=0.8)
    axes.set(xlabel=f"{answer.run.messages.say('field.net')} ({scale.name})", ylabel="")
    return axes
