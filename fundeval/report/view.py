"""What a report sees: the slice of one unit, and short ways to ask it for rows and words."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from fundeval.evaluation import Evaluation
from fundeval.report import numbers
from fundeval.report.below import Below
from fundeval.report.forms import INDICATOR_FORMS, indicator_name, plain, show
from fundeval.report.numbers import MoneyUnit, missing
from fundeval.report.pieces import Html, paragraph, render, table
from fundeval.words import has, say

ALL = "all"
SCHEMES = ("employee", "resident", "supplementary", "assistance", ALL)
# Columns of a listing of units whose cells are figures.
FIGURES = {"score", "execution", "restricted", "restriction", "next_budget", "change"}

# A row of a frame, with a name for each column; what is missing is None.
Row = Any


@cache
def _row_type(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)


def to_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame as named tuples; what is missing is None."""
    columns = (
        [None if value != value else value for value in frame[name].tolist()]  # noqa: PLR0124
        for name in frame
    )
    return list(map(_row_type(tuple(frame))._make, zip(*columns, strict=True)))


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
    _known: dict[tuple[str, bool], list[Row]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

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
    def unit(self) -> Row:
        """The row of the unit in `units`."""
        return self.own("units")[0]

    @property
    def children(self) -> list[Row]:
        """The rows of `units` one level down: parts of the unit, or members of an alliance."""
        return [
            unit
            for unit in self._rows("units", own=False)
            if self.unit_id in {unit.parent_id, unit.alliance_id}
        ]

    @property
    def parts(self) -> list[Row]:
        """The children but alliances, which repeat the hospitals of their region."""
        return [unit for unit in self.children if unit.kind != "alliance"]

    def ancestors(self) -> list[str]:
        """Return the names of the units above, the root first."""
        return [unit.name for unit in reversed(self._lineage()[1:])]

    def nearest(self, frame: str, column: str, year: int) -> Row | None:
        """Return the row of a year that has a value: of the unit, else of the nearest above."""
        rows = {row.unit_id: row for row in self._rows(frame, own=False) if row.year == year}
        found = (rows.get(unit.unit_id) for unit in self._lineage())
        return next((row for row in found if row and getattr(row, column) is not None), None)

    def _lineage(self) -> list[Row]:
        """Return the unit and those above it, the root last."""
        units = {unit.unit_id: unit for unit in self._rows("units", own=False)}
        found, above = [], self.unit
        while above:
            found.append(above)
            above = units.get(above.parent_id)
        return found

    def name(self, unit_id: str) -> str:
        """Return the name of a unit of the slice."""
        return str(next(u.name for u in self._rows("units", own=False) if u.unit_id == unit_id))

    def own(self, frame: str, **equal: object) -> list[Row]:
        """Return the unit's own rows of a frame or table whose columns have these values."""
        return _where(self._rows(frame, own=True), equal)

    def rows(self, frame: str, **equal: object) -> list[Row]:
        """Return such rows of the unit, of its children and of the run as a whole."""
        ids = {"", self.unit_id, *(unit.unit_id for unit in self.children)}
        return [row for row in _where(self._rows(frame, own=False), equal) if row.unit_id in ids]

    def _rows(self, name: str, own: bool) -> list[Row]:
        if (name, own) not in self._known:
            if own:
                rows = [r for r in self._rows(name, own=False) if r.unit_id == self.unit_id]
            else:
                rows = to_rows(self._frame(name))
            self._known[name, own] = rows
        return self._known[name, own]

    def _frame(self, name: str) -> pd.DataFrame:
        of_evaluation, of_below = vars(self.evaluation), vars(self.below)
        frames: dict[str, pd.DataFrame] = of_evaluation | of_below | self.evaluation.tables
        return frames[name]

    def peers(self, indicator: str) -> Row | None:
        """Return the quantiles of an indicator among peers, None for too few of them."""
        found = _where(self._rows("peers", own=False), {"indicator": indicator})
        enough = found and found[0].count >= self.limit("minimum_peers")
        return found[0] if enough and found[0].p50 is not None else None

    def grade(self) -> Row | None:
        """Return the row of `grades` of the unit, None if there is none."""
        return next(iter(self.own("grades")), None)

    def row(self, indicator: str, year: int, scheme: str = ALL) -> Row | None:
        """Return the unit's row of `indicators`, None if there is none."""
        found = self.own("indicators", indicator=indicator, year=year, scheme=scheme)
        return next(iter(found), None)

    def value(self, indicator: str, year: int, scheme: str = ALL) -> float | None:
        """Return an indicator of the unit, None where there is no value."""
        row = self.row(indicator, year, scheme)
        return row and row.value

    def by_year(self, indicator: str, scheme: str = ALL) -> dict[int, float]:
        """Return the values of an indicator of the unit by year, the earliest first."""
        rows = self.own("indicators", indicator=indicator, scheme=scheme)
        return {row.year: row.value for row in rows if row.value is not None}

    def limit(self, parameter: str) -> float:
        """Return a parameter that is a number."""
        return float(self.parameter(parameter)["value"])

    def parameter(self, name: str) -> dict[str, Any]:
        """Return a parameter in force: value, unit, description, source, since, origin, stale."""
        entries: list[dict[str, Any]] = self.policy["parameters"]
        return next(entry for entry in entries if entry["name"] == name)

    def rule(self, indicator: str) -> dict[str, Any]:
        """Return how the policy scores an indicator, nothing where it does not."""
        entries: list[dict[str, Any]] = self.policy["indicators"]
        return next((entry for entry in entries if entry["name"] == indicator), {})

    def cited(self, *names: str) -> str:
        """Return parameters with their values and the kind of their sources."""
        return self.join(
            self.say(
                "report.cited",
                name=entry["name"],
                value=plain(entry["value"]),
                source=self.code("source.", entry["source"]["kind"]),
            )
            for entry in map(self.parameter, names)
        )

    def code(self, group: str, code: object) -> str:
        """Return a code in words, for instance of the group `scheme.`; one without words as is."""
        message = f"{group}{code}"
        return self.say(message) if has(message) else str(code or "")

    def scenario(self, name: str) -> str:
        """Return the name of a scenario; one that only the policy knows has its own."""
        return self.code("scenario.", name)

    def total(self, kind: str, count: int) -> str:
        """Return the heading of the sum over units of a kind, of which so many have a budget."""
        return self.say("report.total_of", kind=self.code("kind.", kind), count=count)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator; a supplied measure has its title from the policy."""
        described = self.rule(indicator).get("description")
        return indicator_name(
            indicator, self.lang, {indicator: described[self.lang]} if described else None
        )

    def reason(self, code: object) -> str:
        """Return a reason code in words, nothing for none."""
        return self.say(f"reason.{code}") if isinstance(code, str) and code else ""

    def because(self, what: str, reason: str | None) -> str:
        """Return what is said, with the reason after it if there is one."""
        why = self.reason(reason)
        return self.say("report.because", what=what, reason=why) if why else what

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

    @property
    def coin(self) -> MoneyUnit:
        """The unit of amounts to the 分, whose sums can be checked."""
        return numbers.plain_unit(self.lang, self.currency)

    def cents(self, amount: float | None, sign: bool = False) -> str:
        """Return an amount to the 分, without its unit."""
        return self.coin.show(amount, self.lang, sign)

    def cents_or(self, row: Row | None, sign: bool = False) -> str:
        """Return the amount of a row to the 分, or why there is none."""
        if row is None or row.amount is None:
            return self.cannot(row and row.reason)
        return self.cents(row.amount, sign)

    def unit_for(self, amounts: Iterable[float | None]) -> MoneyUnit:
        """Return the unit of money in which all of the amounts can be told apart."""
        return numbers.fine_unit(amounts, self.lang, self.currency)

    def number(self, value: float | None, digits: int = 2) -> str:
        """Return a plain number."""
        return numbers.number(value, self.lang, digits)

    def score(self, value: float | None) -> str:
        """Return a score, on its side of the limits of the grades."""
        limits = [float(band["from"]) for band in self.parameter("grade_bands")["value"]]
        return numbers.score(value, self.lang, limits)

    def figure(self, row: Row) -> str:
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
        self,
        name: str,
        rows: Sequence[Row],
        columns: Mapping[str, Callable[[Row], object]],
        **values: object,
    ) -> Html:
        """Return a table with the caption table.NAME, or the words none.NAME without rows.

        `columns` are what a row says under each title: a `column.` message or a text as it is.
        The first cell of each row is its heading; columns of figures are set flush right.
        """
        if not rows:
            return paragraph(self.say(f"none.{name}"))
        stated = {"unit": self.coin.name, "year": self.year, **values}
        caption = self.say(f"table.{name}", **stated)
        titles = [self.say(f"column.{c}") if has(f"column.{c}") else c for c in columns]
        return table(caption, titles, [[cell(row) for cell in columns.values()] for row in rows])

    def bullets(self, name: str, items: Sequence[str]) -> Html:
        """Return a list, or the words none.NAME for an empty one."""
        if not items:
            return paragraph(self.say(f"none.{name}"))
        return render("list.html.j2", items=items)


def _where(rows: list[Row], equal: Mapping[str, object]) -> list[Row]:
    for name, value in equal.items():
        rows = [row for row in rows if getattr(row, name) == value]
    return rows
