"""The rows of an evaluation that the report of one unit shows, and how they are formatted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd

from fundeval.report.format.html_fragments import Html, unit_name
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.report.format.unit_names import english_names, name_units
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.results.descendants import DescendantSummary
from fundeval.results.frames import Evaluation
from fundeval.results.rows import (
    FRAME_OF,
    AllocationRow,
    BudgetInput,
    ContextInput,
    FundInput,
    GradeRow,
    IncidentInput,
    IndicatorRow,
    InstitutionInput,
    MeasureInput,
    MonthlyInput,
    PeerGroupRow,
    ServiceInput,
    SettlementInput,
    SupervisionInput,
    UnitRow,
)

__all__ = ["ALL", "SCHEMES", "InputRow", "TableRow", "View", "certain", "rows_of", "sum_rows"]

# The scheme of sums over all schemes.
ALL = "all"
# In the order in which tables list them.
SCHEMES = ("employee", "resident", "supplementary", "assistance", ALL)
# A row of an input table that holds figures by scheme.
InputRow = (
    BudgetInput
    | MonthlyInput
    | ServiceInput
    | FundInput
    | SettlementInput
    | SupervisionInput
    | InstitutionInput
    | ContextInput
)
# A row of any input table but that of units.
TableRow = InputRow | MeasureInput | IncidentInput
# A kind of row of `results.rows`.
R = TypeVar("R")
Frame = TypeVar("Frame", bound=pd.DataFrame)


def rows_of(frame: pd.DataFrame, kind: type[R]) -> list[R]:
    """Return the rows of a frame as the tuples that they are; what is missing becomes None.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit_id": ["a"], "domain": ["output"], "points": [float("nan")]})
    >>> from fundeval.results.rows import DomainRow
    >>> rows_of(frame, DomainRow)
    [DomainRow(unit_id='a', domain='output', points=None, max=None)]
    """
    made: Any = kind
    return list(map(made._make, zip(*_columns(frame, made._fields), strict=True)))


def _columns(frame: pd.DataFrame, names: Iterable[str]) -> Iterator[list[object]]:
    """Yield columns as lists in which None stands for what is missing."""
    for name in names:
        if name not in frame:
            yield [None] * len(frame)
            continue
        values = frame[name]
        if isinstance(values.dtype, pd.Int64Dtype):
            values = values.astype("object").where(values.notna(), None)
        yield [None if value != value else value for value in values.tolist()]  # noqa: PLR0124


def sum_rows(rows: Sequence[R], columns: Iterable[str], **others: object) -> R:
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
    >>> from fundeval.results.rows import DomainRow
    >>> rows = [DomainRow("a", "output", 0.1, 10.0), DomainRow("b", "output", 0.2, 10.0)]
    >>> sum_rows(rows, ["points"], unit_id="")
    DomainRow(unit_id='', domain='output', points=0.3, max=10.0)
    """
    sums: dict[str, float | None] = {}
    for column in columns:
        known = [v for row in rows if (v := getattr(row, column)) is not None]
        sums[column] = round(sum(known), 2) if known else None
    first: Any = rows[0]
    summed: R = first._replace(**sums, **others)
    return summed


def certain(value: R | None) -> R:
    """Return a value that its row must have, such as the envelope of a budget that was made.

    Raises
    ------
    TypeError
        If it is missing after all: a mistake of the program.

    Examples
    --------
    >>> certain(0.5)
    0.5
    """
    if value is None:
        raise TypeError("a value is missing that this row must have")
    return value


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
    read_below
        Reads what figures show of all units below this one; None if there is nowhere to read.
    of_run
        Whether the report is on all units of the run, not on one.

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
    card
        The further scorecard that scores are of, "" for that of budgets.
    """

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        evaluation: Evaluation,
        descendants: DescendantSummary,
        unit_id: str,
        lang: str,
        month: int | None = None,
        read_below: Callable[[], Mapping[str, pd.DataFrame]] | None = None,
        *,
        of_run: bool = False,
    ) -> None:
        about = evaluation.about
        self._english: dict[str, str] = {}
        self.evaluation = evaluation = replace(
            evaluation, units=self._in_language(evaluation.units, lang)
        )
        self.descendants = descendants = replace(
            descendants,
            restricted=self._in_language(descendants.restricted, lang),
            conflicts=self._in_language(descendants.conflicts, lang),
        )
        self.unit_id, self.year, self.month = unit_id, int(about["year"]), month
        self.card, self.of_run = "", of_run
        unit = evaluation.units.loc[evaluation.units["unit_id"] == unit_id, ["kind", "level"]]
        self.policy = PolicyInForce(about["policy"], *unit.head(1).to_numpy().ravel())
        self.messages = Messages(lang, self.policy)
        currency = about["dataset"].get("currency", "CNY")
        self.numbers = NumberFormatter(lang, currency, self.policy.units)
        self._frames: dict[str, pd.DataFrame] = (
            vars(evaluation) | vars(descendants) | evaluation.tables
        )
        self._read_below = read_below
        peers = rows_of(evaluation.peers, PeerGroupRow)
        self._peers = {
            (row.kind, row.level or "", row.tier, row.indicator, row.scheme): row for row in peers
        }
        self._known: dict[type, dict[str, list[Any]]] = {}
        self._below: dict[str | None, list[AllocationRow]] | None = None

    def at(self, unit_id: str) -> View:
        """Return the view of another unit; it shares the rows already converted."""
        other = copy(self)
        other.unit_id = unit_id
        return other

    def of_card(self, card: str) -> View:
        """Return the view in which a further scorecard, or one fund, stands for the score.

        Parameters
        ----------
        card
            Name of a further scorecard of the policy, or a scheme.
        """
        other = copy(self)
        is_fund = card not in self.policy.scorecards
        other.policy = self.policy if is_fund else self.policy.scorecard(card)
        other.messages = Messages(self.messages.lang, other.policy)
        currency = self.numbers.currency
        other.numbers = NumberFormatter(self.messages.lang, currency, other.policy.units)
        own = {name: _of_card(self._frames[f"card_{name}"], card, self.year)
               for name in ("scores", "domains", "grades")}  # fmt: skip
        other.card = card
        other._frames = self._frames | own
        other._known = {kind: rows for kind, rows in self._known.items()
                        if FRAME_OF[kind] not in own}  # fmt: skip
        # Values of one fund have no peers among those of all schemes.
        other._peers = {} if is_fund else self._peers
        return other

    @cached_property
    def below(self) -> Mapping[str, pd.DataFrame]:
        """Columns of frames of this unit and all below it, read when first asked for."""
        read = self._read_below() if self._read_below else {}
        return {name: self._in_language(frame, self.messages.lang) for name, frame in read.items()}

    @property
    def years_elsewhere(self) -> dict[str, list[int]] | None:
        """The years in which a unit without figures of this year has some, by table; else None.

        A run is without figures where each of its units is.
        """
        about: dict[str, dict[str, list[int]]] = self.evaluation.about["dataset"].get(
            "elsewhere", {}
        )
        if not self.of_run:
            return about.get(self.unit_id)
        if len(about) < len(self.evaluation.units):
            return None
        years: dict[str, set[int]] = {}
        for tables in about.values():
            for table, of_unit in tables.items():
                years.setdefault(table, set()).update(of_unit)
        return {table: sorted(found) for table, found in years.items()}

    @property
    def roots(self) -> int:
        """The number of units without a unit above; budgets of several are not one sum."""
        units = self.evaluation.units
        return int((units["parent_id"].isna() & (units["kind"] != "alliance")).sum())

    @property
    def has_no_root(self) -> bool:
        """Whether the report is on a run of several units without a unit above."""
        return self.of_run and self.roots > 1

    @property
    def run_name(self) -> str:
        """What a report on all units is called: the region above them, or else the data set."""
        title: Mapping[str, str] = self.evaluation.about["dataset"]["title"]
        return self.unit.name if self.roots == 1 else title[self.messages.lang]

    def of_dataset(self, text: str) -> str:
        """Return the source or the licence of the data set, in English where it is stated so."""
        about = self.evaluation.about["dataset"]
        english = about.get(f"{text}_en") if self.messages.lang == "en" else None
        return str(english or about[text])

    @property
    def unit(self) -> UnitRow:
        """The row of the unit in `units`."""
        return self.own(UnitRow)[0]

    @property
    def children(self) -> list[UnitRow]:
        """The rows of `units` one level down: parts of the unit, or members of an alliance."""
        return [u for u in self.everyone(UnitRow) if self.unit_id in {u.parent_id, u.alliance_id}]

    @property
    def parts(self) -> list[UnitRow]:
        """The children except alliances, which repeat the hospitals of their region."""
        return [unit for unit in self.children if unit.kind != "alliance"]

    def ancestors(self) -> list[str]:
        """Return the names of the units above this one, the root first."""
        return [unit.name for unit in reversed(self.lineage()[1:])]

    def nearest(self, kind: type[R], column: str, year: int, **equal: object) -> R | None:
        """Return the row of a year with a value in `column`, of the unit or the nearest above it.

        Returns None if neither the unit nor any unit above has such a row.
        """
        found = (row for unit in self.lineage() for row in self._of(kind)[unit.unit_id])
        known = [row for row in found if getattr(row, column) is not None]
        return next(iter(_where(kind, known, equal | {"year": year})), None)

    def lineage(self) -> list[UnitRow]:
        """Return the rows of `units` of the unit and of those above it, the root last."""
        found = self.own(UnitRow)
        while above := self._of(UnitRow)[found[-1].parent_id or ""]:
            found = [*found, *above]
        return found

    def name(self, unit_id: str) -> str:
        """Return the name of any unit of the slice.

        Raises
        ------
        IndexError
            If the slice does not hold the unit.
        """
        return self._of(UnitRow)[unit_id][0].name

    def in_language(self, name: str) -> str:
        """Return the name of a unit that a row states, in the language of the report."""
        return self._english.get(name, name)

    def _in_language(self, frame: Frame, lang: str) -> Frame:
        """Return a frame that names units in the language, and remember names in English."""
        self._english |= english_names(frame, lang)
        return name_units(frame, lang)

    def link(self, unit_id: str) -> Html:
        """Return the name of a unit of the slice, which the page of a run links to its report.

        A run makes no report of a unit that did not exist in the year: its name is not linked.
        """
        unit = self._of(UnitRow)[unit_id][0]
        starts_later = unit.valid_from is not None and unit.valid_from.year > self.year
        ended_before = unit.valid_to is not None and unit.valid_to.year < self.year
        kind = "" if starts_later or ended_before else unit.kind
        return unit_name(unit_id, kind, unit.name)

    def own(self, kind: type[R], **equal: object) -> list[R]:
        """Return the unit's own rows of a kind.

        Parameters
        ----------
        kind
            A row of a frame of the evaluation, of a table of the data set, or of a frame of the
            descendant summary; see `results.rows`.
        **equal
            Only rows with these values, by column.
        """
        return _where(kind, self._of(kind)[self.unit_id], equal)

    def of_table(self, table: str, **equal: object) -> list[TableRow]:
        """Return the unit's own rows of an input table whose name is not known before."""
        known = {frame: kind for kind, frame in FRAME_OF.items()}
        rows: list[Any] = self.own(known[table], **equal)
        return rows

    def rows(self, kind: type[R], **equal: object) -> list[R]:
        """Return rows as `own` does: of the unit, its children and the whole run."""
        ids = {"", self.unit_id, *(unit.unit_id for unit in self.children)}
        return [row for row in self.everyone(kind, **equal) if getattr(row, "unit_id", "") in ids]

    def everyone(self, kind: type[R], **equal: object) -> list[R]:
        """Return rows as `own` does, of all units of the slice."""
        return _where(kind, [row for rows in self._of(kind).values() for row in rows], equal)

    def under(self, parent_id: str | None) -> list[AllocationRow]:
        """Return how the budgets below a unit were settled."""
        if self._below is None:
            self._below = defaultdict(list)
            for row in self.everyone(AllocationRow):
                self._below[row.parent_id].append(row)
        return self._below[parent_id]

    def _of(self, kind: type[R]) -> Mapping[str, list[R]]:
        """Return the rows of a kind by unit_id, converted on first use."""
        known: dict[str, list[R]] | None = self._known.get(kind)
        if known is None:
            known = self._known[kind] = defaultdict(list)
            frame = self._frames[FRAME_OF[kind]]
            for row in rows_of(frame, kind):
                known[getattr(row, "unit_id")].append(row)  # noqa: B009
        return known

    def peers(self, indicator: str, scheme: str = ALL) -> PeerGroupRow | None:
        """Return the quantiles of an indicator among units of the same kind, level and tier.

        Returns None if there are fewer peers than the policy's `minimum_peers`.
        """
        unit, *above = self.lineage()
        tier = sum(each.kind == unit.kind for each in above)
        found = self._peers.get((unit.kind, unit.level or "", tier, indicator, scheme))
        if found is None or found.count < self.policy.limit("minimum_peers") or found.p50 is None:
            return None
        return found

    def grade(self) -> GradeRow | None:
        """Return the row of `grades` of the unit, or None."""
        return next(iter(self.own(GradeRow)), None)

    def row(self, indicator: str, year: int, scheme: str = ALL) -> IndicatorRow | None:
        """Return the unit's row of `indicators` for a year and scheme, or None."""
        found = self.own(IndicatorRow, indicator=indicator, year=year, scheme=scheme)
        return next(iter(found), None)

    def value(self, indicator: str, year: int, scheme: str = ALL) -> float | None:
        """Return the value of an indicator for a year and scheme, or None if it has none."""
        row = self.row(indicator, year, scheme)
        return row and row.value

    def by_year(self, indicator: str, scheme: str = ALL) -> dict[int, float]:
        """Return the values of an indicator by year, the earliest first, without missing ones."""
        rows = self.own(IndicatorRow, indicator=indicator, scheme=scheme)
        return {row.year: row.value for row in rows if row.value is not None}


def _of_card(frame: pd.DataFrame, card: str, year: int) -> pd.DataFrame:
    rows = frame[frame["card"] == card]
    return rows[rows["year"] == year] if "year" in rows else rows


def _where(kind: type[R], rows: list[R], equal: Mapping[str, object]) -> list[R]:
    """Return the rows that have these values, by column.

    Raises
    ------
    AttributeError
        For a column that rows of the kind do not have, even where there is no row.
    """
    for name in equal:
        getattr(kind, name)
    for name, value in equal.items():
        rows = [row for row in rows if getattr(row, name) == value]
    return rows
