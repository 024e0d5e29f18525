"""What a report sees: the slice of one unit, and short ways to ask it for figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundeval.evaluation import Evaluation
from fundeval.report.forms import indicator_name
from fundeval.words import say

STATES = ("clear", "watch", "restricted", "released", "undetermined")


@dataclass(frozen=True)
class View:
    """The slice of an evaluation that the report of `unit_id` needs, and its language.

    `states` counts the departments of each unit and below it by restriction state.
    """

    evaluation: Evaluation
    states: pd.DataFrame
    unit_id: str
    lang: str

    @property
    def year(self) -> int:
        """The evaluated year."""
        return int(self.evaluation.about["year"])

    @property
    def currency(self) -> str:
        """The currency of the amounts, an ISO code."""
        return str(self.evaluation.about["dataset"].get("currency", "CNY"))

    @property
    def policy(self) -> dict[str, Any]:
        """What `about` says of the policy."""
        policy: dict[str, Any] = self.evaluation.about["policy"]
        return policy

    @property
    def unit(self) -> pd.Series:
        """The row of the unit in `units`."""
        units = self.evaluation.units
        return units[units["unit_id"] == self.unit_id].iloc[0]

    @property
    def children(self) -> pd.DataFrame:
        """The rows of `units` one level down."""
        units = self.evaluation.units
        return units[units["parent_id"] == self.unit_id]

    def ancestors(self) -> list[str]:
        """Return the names of the units above, the root first."""
        parents = self.evaluation.units.set_index("unit_id")["parent_id"].to_dict()
        names: list[str] = []
        parent = parents[self.unit_id]
        while isinstance(parent, str) and parent in parents:
            names.insert(0, self.name(parent))
            parent = parents[parent]
        return names

    def name(self, unit_id: str) -> str:
        """Return the name of a unit of the slice."""
        units = self.evaluation.units
        return str(units.loc[units["unit_id"] == unit_id, "name"].iloc[0])

    def own(self, frame: str) -> pd.DataFrame:
        """Return the unit's own rows of a frame."""
        rows: pd.DataFrame = getattr(self.evaluation, frame)
        return rows[rows["unit_id"] == self.unit_id]

    def grade(self, unit_id: str | None = None) -> pd.Series | None:
        """Return the row of `grades` of a unit (this one by default), None if not graded."""
        grades = self.evaluation.grades
        rows = grades[grades["unit_id"] == (unit_id or self.unit_id)]
        return None if rows.empty else rows.iloc[0]

    def value(self, indicator: str, year: int, scheme: str = "all") -> float | None:
        """Return an indicator of the unit, None where there is no value."""
        return lookup(self.own("indicators"), indicator, year, scheme)

    def limit(self, parameter: str) -> float:
        """Return a parameter that is a number."""
        return float(self.parameter(parameter)["value"])

    def parameter(self, name: str) -> dict[str, Any]:
        """Return a parameter in force: value, unit, description, source, since, origin, stale."""
        entries: list[dict[str, Any]] = self.policy["parameters"]
        return next(entry for entry in entries if entry["name"] == name)

    def grade_limits(self) -> list[float]:
        """Return the scores at which the grade changes."""
        return [float(band["from"]) for band in self.parameter("grade_bands")["value"]]

    def titles(self) -> dict[str, str]:
        """Return the titles of supplied measures, by id."""
        return {
            entry["name"]: entry["description"][self.lang]
            for entry in self.policy["indicators"]
            if entry["description"]
        }

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator."""
        return indicator_name(indicator, self.lang, self.titles())

    def reason(self, code: object) -> str:
        """Return a reason code in words, nothing for none."""
        return self.say(f"reason.{code}") if isinstance(code, str) and code else ""

    def cannot(self, code: object) -> str:
        """Return what stands where a value is missing: the reason, or a dash."""
        reason = self.reason(code)
        return self.say("report.cannot", reason=reason) if reason else self.say("report.missing")

    def say(self, message: str, **values: object) -> str:
        """Return a message in the language of the report."""
        return say(message, self.lang, **values)


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame as named tuples."""
    return iter(frame.itertuples())


def lookup(indicators: pd.DataFrame, indicator: str, year: int, scheme: str) -> float | None:
    """Return one value of one unit's indicators, None where there is none."""
    found = indicators[
        (indicators["indicator"] == indicator)
        & (indicators["year"] == year)
        & (indicators["scheme"] == scheme)
    ]["value"].dropna()
    return None if found.empty else float(found.iloc[0])


def count_states(units: pd.DataFrame, restrictions: pd.DataFrame, year: int) -> pd.DataFrame:
    """Count departments by state in the evaluated year, for each unit and all below it.

    Returns unit_id and a column a state; a department counts for itself too.
    """
    parents = dict(zip(units["unit_id"], units["parent_id"], strict=True))
    now = restrictions.loc[restrictions["year"] == year, ["unit_id", "state"]]
    counted = []
    while not now.empty:
        counted.append(now)
        above = now.assign(unit_id=now["unit_id"].map(parents))
        now = above[above["unit_id"].notna()]
    every = pd.concat(counted) if counted else now
    table = pd.crosstab(every["unit_id"], every["state"]).reindex(
        columns=list(STATES), fill_value=0
    )
    return table.rename_axis(columns=None).reset_index().astype({"unit_id": "str"})
