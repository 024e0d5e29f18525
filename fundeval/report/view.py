"""What a report sees: the slice of one unit, and short ways to ask it for figures and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundeval.evaluation import Evaluation
from fundeval.report import numbers
from fundeval.report.below import Below
from fundeval.report.forms import INDICATOR_FORMS, indicator_name, plain, show
from fundeval.report.numbers import missing
from fundeval.report.pieces import Html, paragraph, render
from fundeval.report.store import children_of
from fundeval.words import has, say

ALL = "all"
# Columns whose cells are figures, set flush right.
FIGURES = {
    "balance", "change_of", "closing", "desired", "envelope", "expenditure", "income", "months",
    "moved", "other_budget", "short", "spare",
    "adjusted", "amount", "award", "base", "change", "executed", "executed_to_date", "execution",
    "initial", "max", "mix", "next_budget", "peers", "phased", "points", "price", "progress",
    "purchase", "rate", "restricted", "rows", "score", "share", "total", "value", "volume",
    "with_carryover",
}  # fmt: skip


@dataclass(frozen=True)
class View:
    """The slice of an evaluation that the report of `unit_id` needs, and its language.

    `month` is the one that a report within the year is about, None for the latest.
    """

    evaluation: Evaluation
    below: Below
    unit_id: str
    lang: str
    month: int | None = None

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
        return children_of(self.evaluation.units, self.unit_id)

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

    def grade(self) -> pd.Series | None:
        """Return the row of `grades` of the unit, None if there is none."""
        rows = self.own("grades")
        return None if rows.empty else rows.iloc[0]

    def row(self, indicator: str, year: int, scheme: str = ALL) -> pd.Series | None:
        """Return the unit's row of `indicators`, None if there is none."""
        rows = self.own("indicators")
        found = rows[
            (rows["indicator"] == indicator) & (rows["year"] == year) & (rows["scheme"] == scheme)
        ]
        return None if found.empty else found.iloc[0]

    def value(self, indicator: str, year: int, scheme: str = ALL) -> float | None:
        """Return an indicator of the unit, None where there is no value."""
        row = self.row(indicator, year, scheme)
        return None if row is None or pd.isna(row["value"]) else float(row["value"])

    def limit(self, parameter: str) -> float:
        """Return a parameter that is a number."""
        return float(self.parameter(parameter)["value"])

    def parameter(self, name: str) -> dict[str, Any]:
        """Return a parameter in force: value, unit, description, source, since, origin, stale."""
        entries: list[dict[str, Any]] = self.policy["parameters"]
        return next(entry for entry in entries if entry["name"] == name)

    def cited(self, name: str) -> str:
        """Return a parameter with its value and the kind of its source."""
        entry = self.parameter(name)
        source = self.say(f"source.{entry['source']['kind']}")
        return self.say("report.cited", name=name, value=plain(entry["value"]), source=source)

    def scenario(self, name: str) -> str:
        """Return the name of a scenario; one that only the policy knows has its own."""
        return self.say(f"scenario.{name}") if has(f"scenario.{name}") else name

    def total(self, kind: str, count: int) -> str:
        """Return the heading of the sum over units of a kind, of which so many have a budget."""
        return self.say("report.total_of", kind=self.say(f"kind.{kind}"), count=count)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator; a supplied measure has its title from the policy."""
        titles = {
            entry["name"]: entry["description"][self.lang]
            for entry in self.policy["indicators"]
            if entry["description"]
        }
        return indicator_name(indicator, self.lang, titles)

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

    def join(self, parts: Iterable[str]) -> str:
        """Return the parts as one enumeration."""
        return self.say("report.semicolon").join(parts)

    def percent(self, value: float | None, *limits: float, digits: int = 2) -> str:
        """Return a fraction as percent, on its side of the limits it is judged by."""
        return numbers.percent(value, self.lang, limits, digits)

    def change(self, value: float | None) -> str:
        """Return a change as percent, with its sign."""
        return numbers.percent(value, self.lang, (0,), sign=True)

    def money(self, amount: float | None) -> str:
        """Return an amount in the unit of its size."""
        return numbers.money(amount, self.lang, self.currency)

    def number(self, value: float | None, digits: int = 2) -> str:
        """Return a plain number."""
        return numbers.number(value, self.lang, digits)

    def score(self, value: float | None) -> str:
        """Return a score, on its side of the limits of the grades."""
        limits = [float(band["from"]) for band in self.parameter("grade_bands")["value"]]
        return numbers.score(value, self.lang, limits)

    def figure(self, row: Any) -> str:
        """Return the value of a row, the reason where there is none, or that it is a deficit."""
        if row.reason == "deficit":
            return self.reason(row.reason)
        return (
            self.cannot(row.reason) if missing(row.value) else self.show(row.indicator, row.value)
        )

    def show(self, indicator: str, value: float | None, *limits: float) -> str:
        """Return an indicator's value in its form."""
        form = INDICATOR_FORMS.get(indicator, "percent")
        return show(form, value, self.lang, self.currency, limits)

    def table(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]], **values: object
    ) -> Html:
        """Return a table with the caption table.NAME, or the words none.NAME without rows.

        A column is the name of a `column.` message; any other is a title over figures, for
        instance a year. The first cell of each row is its heading.
        """
        if not rows:
            return paragraph(self.say(f"none.{name}"))
        titles = [
            (self.say(f"column.{c}"), c in FIGURES) if has(f"column.{c}") else (c, True)
            for c in columns
        ]
        caption = self.say(f"table.{name}", **values)
        return render("table.html.j2", caption=caption, columns=titles, rows=rows)

    def bullets(self, name: str, items: Sequence[str]) -> Html:
        """Return a list, or the words none.NAME for an empty one."""
        if not items:
            return paragraph(self.say(f"none.{name}"))
        return render("list.html.j2", items=items)


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame as named tuples."""
    return iter(frame.itertuples())
