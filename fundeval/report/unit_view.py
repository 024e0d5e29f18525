"""The slice of an evaluation that the report of one unit is made from."""

from __future__ import annotations

from collections import defaultdict, namedtuple
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from typing import Any

import pandas as pd

from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.results.descendants import DescendantSummary
from fundeval.results.frames import Evaluation

__all__ = ["ALL", "SCHEMES", "Row", "View", "sum_rows", "to_rows"]

ALL = "all"
SCHEMES = ("employee", "resident", "supplementary", "assistance", ALL)
# A row of a frame, with an attribute for each column; missing values are None.
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


def sum_rows(rows: Sequence[Row], columns: Iterable[str], **others: object) -> Row:
    """Return a row like the first with the sums of columns, to the 分, and other values in others.

    What is missing is left out of a sum; the sum of nothing is missing.
    """
    sums: dict[str, float | None] = {}
    for column in columns:
        known = [v for row in rows if (v := getattr(row, column)) is not None]
        sums[column] = round(sum(known), 2) if known else None
    return rows[0]._replace(**sums, **others)


class View:
    """The rows that the report of `unit_id` needs, and how they are written for its reader.

    Attributes
    ----------
    policy
        The parameters and scoring rules in force.
    messages
        The message catalogue in the language of the report.
    numbers
        How figures are written.
    year
        The evaluated year.
    month
        The month that a report within the year is about, None for the latest.
    """

    def __init__(  # what a report is about
        self,
        evaluation: Evaluation,
        descendants: DescendantSummary,
        unit_id: str,
        lang: str,
        month: int | None = None,
    ) -> None:
        about = evaluation.about
        self.evaluation, self.descendants = evaluation, descendants
        self.unit_id, self.year, self.month = unit_id, int(about["year"]), month
        self.policy = PolicyInForce(about["policy"])
        self.messages = Messages(lang, self.policy)
        self.numbers = NumberFormatter(lang, about["dataset"].get("currency", "CNY"))
        self._frames: dict[str, pd.DataFrame] = (
            vars(evaluation) | vars(descendants) | evaluation.tables
        )
        self._peers = {(r.kind, r.level or "", r.indicator): r for r in to_rows(evaluation.peers)}
        self._known: dict[str, dict[str, list[Row]]] = {}

    def at(self, unit_id: str) -> View:
        """Return the view of another unit; what was read once is shared."""
        other = copy(self)
        other.unit_id = unit_id
        return other

    @property
    def unit(self) -> Row:
        """The row of the unit in `units`."""
        return self.own("units")[0]

    @property
    def children(self) -> list[Row]:
        """The rows of `units` one level down: parts of the unit, or members of an alliance."""
        return [u for u in self.everyone("units") if self.unit_id in {u.parent_id, u.alliance_id}]

    @property
    def parts(self) -> list[Row]:
        """The children but alliances, which repeat the hospitals of their region."""
        return [unit for unit in self.children if unit.kind != "alliance"]

    def ancestors(self) -> list[str]:
        """Return the names of the units above, the root first."""
        return [unit.name for unit in reversed(self.lineage()[1:])]

    def nearest(self, frame: str, column: str, year: int, **equal: object) -> Row | None:
        """Return the row of a year that has a value: of the unit, else of the nearest above."""
        found = (row for unit in self.lineage() for row in self._by_unit(frame)[unit.unit_id])
        known = _where([row for row in found if getattr(row, column) is not None], equal)
        return next((row for row in known if row.year == year), None)

    def lineage(self) -> list[Row]:
        """Return the unit and those above it, the root last."""
        found = self.own("units")
        while above := self._by_unit("units")[found[-1].parent_id]:
            found = [*found, *above]
        return found

    def name(self, unit_id: str) -> str:
        """Return the name of a unit of the slice."""
        return str(self._by_unit("units")[unit_id][0].name)

    def own(self, frame: str, **equal: object) -> list[Row]:
        """Return the unit's own rows of a frame or table whose columns have these values."""
        return _where(self._by_unit(frame)[self.unit_id], equal)

    def rows(self, frame: str, **equal: object) -> list[Row]:
        """Return such rows of the unit, of its children and of the run as a whole."""
        ids = {"", self.unit_id, *(unit.unit_id for unit in self.children)}
        return [row for row in self.everyone(frame, **equal) if row.unit_id in ids]

    def everyone(self, frame: str, **equal: object) -> list[Row]:
        """Return such rows of all units of the slice."""
        return _where([row for rows in self._by_unit(frame).values() for row in rows], equal)

    def under(self, frame: str, parent_id: str) -> list[Row]:
        """Return the rows of a frame with a column `parent_id` that have this parent."""
        name = f"{frame} by parent"
        if name not in self._known:
            self._known[name] = defaultdict(list)
            for row in self.everyone(frame):
                self._known[name][row.parent_id].append(row)
        return self._known[name][parent_id]

    def _by_unit(self, name: str) -> Mapping[str, list[Row]]:
        if name not in self._known:
            self._known[name] = defaultdict(list)
            for row in to_rows(self._frames[name]):
                self._known[name][row.unit_id].append(row)
        return self._known[name]

    def peers(self, indicator: str) -> Row | None:
        """Return the quantiles of an indicator among peers, None for too few of them."""
        unit = self.unit
        found = self._peers.get((unit.kind, unit.level or "", indicator))
        if found is None or found.count < self.policy.limit("minimum_peers") or found.p50 is None:
            return None
        return found

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


def _where(rows: list[Row], equal: Mapping[str, object]) -> list[Row]:
    for name, value in equal.items():
        rows = [row for row in rows if getattr(row, name) == value]
    return rows
