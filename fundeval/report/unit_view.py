"""The rows of an evaluation that the report of one unit shows, and how they are formatted."""

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

# The scheme of sums over all schemes.
ALL = "all"
# In the order in which tables list them.
SCHEMES = ("employee", "resident", "supplementary", "assistance", ALL)
# A row of a frame, with an attribute for each column; missing values are None.
Row = Any


@cache
def _row_type(columns: tuple[str, ...]) -> Any:
    """Return the named tuple for these columns, made once."""
    return namedtuple("Row", columns)


def to_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame as named tuples; missing values become None.

    Examples
    --------
    >>> to_rows(pd.DataFrame({"unit_id": ["a", "b"], "value": [0.5, float("nan")]}))
    [Row(unit_id='a', value=0.5), Row(unit_id='b', value=None)]
    """
    columns = (
        [None if value != value else value for value in frame[name].tolist()]  # noqa: PLR0124
        for name in frame
    )
    return list(map(_row_type(tuple(frame))._make, zip(*columns, strict=True)))


def sum_rows(rows: Sequence[Row], columns: Iterable[str], **others: object) -> Row:
    """Sum columns over rows, to the 分.

    Parameters
    ----------
    rows
        At least one row.
    columns
        The columns to sum. Missing values are skipped; if all are missing, so is the sum.
    **others
        Values of other columns; the rest are those of the first row.

    Examples
    --------
    >>> rows = to_rows(pd.DataFrame({"name": ["a", "b"], "amount": [0.1, 0.2]}))
    >>> sum_rows(rows, ["amount"], name="total")
    Row(name='total', amount=0.3)
    """
    sums: dict[str, float | None] = {}
    for column in columns:
        known = [v for row in rows if (v := getattr(row, column)) is not None]
        sums[column] = round(sum(known), 2) if known else None
    return rows[0]._replace(**sums, **others)


class View:
    """The rows that the report of one unit needs, with the formatters for its reader.

    Parameters
    ----------
    evaluation
        A whole evaluation, or the slice of the unit (`parquet.read_slice`).
    descendants
        The summary of departments and hospitals below each unit.
    unit_id
        The unit that the report is about.
    lang
        Language of the report, `zh` or `en`.
    month
        The month of an early-warning report; None for the latest.

    Attributes
    ----------
    policy
        The parameters and scoring rules in force.
    messages
        The message catalogue in the language of the report.
    numbers
        The formatter of figures in the language and currency of the report.
    year
        The evaluated year.
    month
        The month of an early-warning report, None for the latest.
    """

    def __init__(
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
        """Return the view of another unit; it shares the rows already converted."""
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
        """The children except alliances, which repeat the hospitals of their region."""
        return [unit for unit in self.children if unit.kind != "alliance"]

    def ancestors(self) -> list[str]:
        """Return the names of the units above this one, the root first."""
        return [unit.name for unit in reversed(self.lineage()[1:])]

    def nearest(self, frame: str, column: str, year: int, **equal: object) -> Row | None:
        """Return the row of a year with a value in `column`, of the unit or the nearest above it.

        Returns None if neither the unit nor any unit above has such a row.
        """
        found = (row for unit in self.lineage() for row in self._by_unit(frame)[unit.unit_id])
        known = _where([row for row in found if getattr(row, column) is not None], equal)
        return next((row for row in known if row.year == year), None)

    def lineage(self) -> list[Row]:
        """Return the rows of `units` of the unit and of those above it, the root last."""
        found = self.own("units")
        while above := self._by_unit("units")[found[-1].parent_id]:
            found = [*found, *above]
        return found

    def name(self, unit_id: str) -> str:
        """Return the name of any unit of the slice.

        Raises
        ------
        IndexError
            If the slice does not hold the unit.
        """
        return str(self._by_unit("units")[unit_id][0].name)

    def own(self, frame: str, **equal: object) -> list[Row]:
        """Return the unit's own rows of a frame.

        Parameters
        ----------
        frame
            Name of a frame of the evaluation, of a table of the data set, or of a frame of the
            descendant summary.
        **equal
            Only rows with these values, by column.
        """
        return _where(self._by_unit(frame)[self.unit_id], equal)

    def rows(self, frame: str, **equal: object) -> list[Row]:
        """Return rows of a frame as `own` does: of the unit, its children and the whole run."""
        ids = {"", self.unit_id, *(unit.unit_id for unit in self.children)}
        return [row for row in self.everyone(frame, **equal) if row.unit_id in ids]

    def everyone(self, frame: str, **equal: object) -> list[Row]:
        """Return rows of a frame as `own` does, of all units of the slice."""
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
        """Return the rows of a frame by unit_id, converted on first use."""
        if name not in self._known:
            self._known[name] = defaultdict(list)
            for row in to_rows(self._frames[name]):
                self._known[name][row.unit_id].append(row)
        return self._known[name]

    def peers(self, indicator: str) -> Row | None:
        """Return the quantiles of an indicator among units of the same kind and level.

        Returns None if there are fewer peers than the policy's `minimum_peers`.
        """
        unit = self.unit
        found = self._peers.get((unit.kind, unit.level or "", indicator))
        if found is None or found.count < self.policy.limit("minimum_peers") or found.p50 is None:
            return None
        return found

    def grade(self) -> Row | None:
        """Return the row of `grades` of the unit, or None."""
        return next(iter(self.own("grades")), None)

    def row(self, indicator: str, year: int, scheme: str = ALL) -> Row | None:
        """Return the unit's row of `indicators` for a year and scheme, or None."""
        found = self.own("indicators", indicator=indicator, year=year, scheme=scheme)
        return next(iter(found), None)

    def value(self, indicator: str, year: int, scheme: str = ALL) -> float | None:
        """Return the value of an indicator for a year and scheme, or None if it has none."""
        row = self.row(indicator, year, scheme)
        return row and row.value

    def by_year(self, indicator: str, scheme: str = ALL) -> dict[int, float]:
        """Return the values of an indicator by year, the earliest first, without missing ones."""
        rows = self.own("indicators", indicator=indicator, scheme=scheme)
        return {row.year: row.value for row in rows if row.value is not None}


def _where(rows: list[Row], equal: Mapping[str, object]) -> list[Row]:
    """Return the rows that have these values, by column."""
    for name, value in equal.items():
        rows = [row for row in rows if getattr(row, name) == value]
    return rows
