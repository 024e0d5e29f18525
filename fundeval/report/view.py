"""What a report sees: the slice of one unit, and short ways to ask it for rows and words."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from fundeval.evaluation import Evaluation
from fundeval.report.below import Below
from fundeval.report.wording import Row, Wording

__all__ = ["ALL", "FIGURES", "SCHEMES", "Row", "View", "to_rows"]

ALL = "all"
SCHEMES = ("employee", "resident", "supplementary", "assistance", ALL)
# Columns of a listing of units whose cells are figures.
FIGURES = {"score", "execution", "restricted", "restriction", "next_budget", "change"}


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
class View(Wording):
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


def _where(rows: list[Row], equal: Mapping[str, object]) -> list[Row]:
    for name, value in equal.items():
        rows = [row for row in rows if getattr(row, name) == value]
    return rows
