"""One unit of a run: its rows, its children, its figures over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from fundeval.near import near
from fundeval.problems import BadInputError, Problem, tells_in_its_language
from fundeval.report.format.html_fragments import render_table
from fundeval.tables.schemas import ALL_SCHEMES
from fundeval.workbench.in_words import field_name

if TYPE_CHECKING:
    from fundeval.report.report import Report
    from fundeval.workbench.explain import Explanation
    from fundeval.workbench.run import Run


@tells_in_its_language
class Unit:
    """A unit of a run; `run.unit("990101")` makes it.

    Attributes
    ----------
    run
        The run that it belongs to.
    id
        Its id.
    """

    def __init__(self, run: Run, unit_id: str) -> None:
        self.run, self.id = run, unit_id

    @property
    def _row(self) -> pd.Series:
        units = self.run.units
        return units[units["unit_id"] == self.id].iloc[0]

    @property
    def lang(self) -> str:
        """The language of names and messages: that of the run."""
        return self.run.lang

    @property
    def name(self) -> str:
        """The name of the unit."""
        return str(self._row["name"])

    @property
    def kind(self) -> str:
        """The kind of the unit: region, hospital, department or alliance."""
        return str(self._row["kind"])

    @property
    def parent(self) -> Unit | None:
        """The unit above, None for the topmost."""
        above = self._row["parent_id"]
        return None if pd.isna(above) else Unit(self.run, str(above))

    @property
    def children(self) -> list[Unit]:
        """The units one level down, an alliance's members among them, in order of their ids."""
        units = self.run.units
        below = units[(units["parent_id"] == self.id) | (units["alliance_id"] == self.id)]
        return [Unit(self.run, str(unit_id)) for unit_id in sorted(below["unit_id"])]

    def rows(self, frame: str) -> pd.DataFrame:
        """Return its rows of a frame, such as `"budget"`, or of a table, `"tables/funds"`."""
        whole = self.run.frame(frame)
        return whole[whole["unit_id"] == self.id]

    def history(self, indicator: str, scheme: str = ALL_SCHEMES) -> pd.Series:
        """Return an indicator by year, without the years in which it has no value.

        Parameters
        ----------
        indicator
            An indicator or supplied measure, such as `"execution_rate"`.
        scheme
            A scheme code, or `all` for the sum over all schemes.

        Returns
        -------
        pandas.Series
            Values by year, fractions as fractions, money in 元.
        """
        self._check_indicator(indicator, scheme)
        rows = self.rows("indicators")
        rows = rows[(rows["indicator"] == indicator) & (rows["scheme"] == scheme)]
        return rows.dropna(subset=["value"]).set_index("year")["value"].rename(indicator)

    def _check_indicator(self, indicator: str, scheme: str) -> None:
        """Refuse an indicator or a scheme that no unit of the run has."""
        frame = self.run.indicators
        for value, column in ((indicator, "indicator"), (scheme, "scheme")):
            known = frame[column].unique().tolist()
            if value not in known:
                values = {"near": near(value, known)}
                raise BadInputError(
                    [Problem(f"workbench.no_{column}_rows", "run", values, value=value)]
                )

    def explain(self, what: str | None = None) -> Explanation:
        """Explain how its figures came about: cells, sums, curve, steps, sources.

        Parameters
        ----------
        what
            An indicator by id or name, `"score"`, `"settlement"`, `"next_budget"` or
            `"restriction"`, all of these by default; or `"project ID"`.

        Raises
        ------
        BadInputError
            If the unit has no such indicator.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024, lang="en")
        >>> print(run.unit("990101").explain("execution_rate").splitlines()[0])
        Execution rate (adjusted budget)
        """
        # Imported here: texts of derivations are asked for, not needed.
        from fundeval.workbench.explain import explain_unit  # noqa: PLC0415

        return explain_unit(self.run.folder, self.id, what, self.run.lang)

    def report(self) -> Report:
        """Open its report, whose parts a notebook shows in any order."""
        return self.run.report(self.id)

    def summary(self) -> pd.Series:
        """Return what is asked first, in words: score, grade, state, budget, each indicator."""
        run = self.run
        messages, numbers = run.messages, run.numbers
        grade: Any = next(self.rows("grades").itertuples(), None)
        state = self.rows("restrictions")
        state = state[state["year"] == run.year]
        final = self.rows("budget")
        final = final[(final["step"] == "next_budget") & (final["scheme"] == ALL_SCHEMES)]
        shown = {
            field_name(messages, "kind"): messages.code("kind.", self.kind),
            field_name(messages, "score"): numbers.number(grade.score if grade else None),
            field_name(messages, "grade"): messages.code(
                "grade.", grade.grade if grade and isinstance(grade.grade, str) else "none"
            ),
        }
        if len(state):
            named = field_name(messages, "state")
            shown[named] = messages.code("path.", state["state"].iloc[0])
        if len(final):
            amount = final["amount"].iloc[0]
            shown[field_name(messages, "next_budget")] = (
                messages.cannot(final["reason"].iloc[0])
                if pd.isna(amount)
                else numbers.money(float(amount))
            )
        row: Any
        for row in self.rows("scores").itertuples():
            shown[messages.indicator(row.indicator)] = (
                messages.cannot(row.reason)
                if pd.isna(row.value)
                else numbers.indicator(row.indicator, float(row.value))
            )
        return pd.Series(shown, name=self.name, dtype="str")

    def __repr__(self) -> str:
        """Say which unit it is, with score and grade."""
        facts = self.summary()
        return f"{self.name} ({self.id}): " + ", ".join(
            f"{k} {v}" for k, v in facts.head(4).items()
        )

    def _repr_html_(self) -> str:
        return render_table(
            f"{self.name} ({self.id})", ["", ""], list(self.summary().items())
        )._repr_html_()
