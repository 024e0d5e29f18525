"""A table while it is read: its rows so far, its problems and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from fundeval.money import to_yuan
from fundeval.problems import Problem
from fundeval.tables.parsing.header import ColumnPlace, Layout
from fundeval.tables.schemas import columns_of_role, key_of
from fundeval.tables.sources import limits
from fundeval.tables.sources.data_source import SheetMarks

RuleAndColumn = tuple[str, str]


@dataclass
class ParsedTable:
    """A typed frame, the position of its columns in the source, its problems and notes.

    `money_unit` is that of the source; `frame` has money in whole 分 and the row of the source as
    index. `aside` are the rows that are no data: totals, parts of them, notes. `sums` are the rows
    of totals that were left out, numbers and year only; `ids` are those of units in all rows, also
    of rows that are left out for a blank. If there are problems only the ids of the frame can be
    used; without a required column it is empty. It has `ended` where another table begins below.
    """

    name: str
    file: str
    sheet: str
    layout: Layout
    money_unit: str
    decimal_commas: bool = False
    marks: SheetMarks = field(default_factory=SheetMarks)
    ended: bool = False
    short_rows: Mapping[int, int] = field(default_factory=dict)
    rows: int = 0
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    sums: pd.DataFrame = field(default_factory=pd.DataFrame)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    frames: list[pd.DataFrame] = field(default_factory=list)
    totals: list[pd.DataFrame] = field(default_factory=list)
    aside: list[int] = field(default_factory=list)
    ids: list[pd.Series] = field(default_factory=list)
    first_cells: dict[RuleAndColumn, tuple[int, object]] = field(default_factory=dict)
    counts: Counter[RuleAndColumn] = field(default_factory=Counter)

    def in_yuan(self) -> ParsedTable:
        """Return the table with its amounts in 元, as people compare and write them."""
        money = columns_of_role(self.name, "money")
        frames = ({c: to_yuan(f[c]) for c in money if c in f} for f in (self.frame, self.sums))
        frame, sums = (f.assign(**c) for f, c in zip((self.frame, self.sums), frames, strict=True))
        return replace(self, frame=frame, sums=sums)

    def problem(
        self, rule: str, row: int, place: ColumnPlace, value: object = None, **values: object
    ) -> Problem:
        """Return a problem with a cell of this table."""
        return Problem(rule, self.file, values, self.sheet, row, place.header, value, place.letter)

    def report(self, rule: str, column: str, cells: pd.Series, **values: object) -> None:
        """Add a problem for each of the cells of a column; the index has their rows."""
        if cells.empty:
            return
        place = self._place(column)
        room = max(0, limits.LISTED_ALIKE - self.counts[rule, column])
        self.counts[rule, column] += len(cells)
        for row, cell in cells.head(room).items():
            shown = None if pd.isna(cell) else cell
            self.problems.append(self.problem(rule, int(str(row)), place, shown, **values))

    def note(self, rule: str, column: str, cells: pd.Series, converted: pd.Series) -> None:
        """Count cells that were not read literally, and keep the first for the note."""
        if converted.any():
            cells = cells[converted]
            self.first_cells.setdefault((rule, column), (int(cells.index[0]), cells.iloc[0]))
            self.counts[rule, column] += len(cells)

    def finish(self) -> None:
        """Join the blocks that were read, report repeated keys, and sort by the key."""
        self.frames = [frame for frame in self.frames if len(frame)] or self.frames[:1]
        self.frame, self.sums = pd.concat(self.frames), pd.concat(self.totals)
        self.frames, self.totals = [], []
        self._report_repeated()
        for (rule, column), count in sorted(self.counts.items()):
            if (first := self.first_cells.get((rule, column))) is not None:
                place = self._place(column)
                self.notes.append(self.problem(rule, first[0], place, first[1], count=count))
            elif count > limits.LISTED_ALIKE:
                self.problems.append(
                    Problem(
                        "tables.more_alike",
                        self.file,
                        {"count": count - limits.LISTED_ALIKE},
                        self.sheet,
                        column=self._place(column).header,
                    )
                )
        if not self.problems:
            self.frame = self.frame.sort_values(key_of(self.name), kind="stable")

    def _place(self, column: str) -> ColumnPlace:
        return self.layout.columns.get(column) or ColumnPlace(-1, column)

    def _report_repeated(self) -> None:
        key = key_of(self.name)
        again = self.frame[self.frame.duplicated(key)]
        if again.empty:
            return
        rows = self.frame.index.to_series()
        keys = [self.frame[name] for name in key]
        first_rows = rows.groupby(keys, dropna=False).transform("first")
        headers = ", ".join(c.header for n in key if (c := self.layout.columns.get(n)))
        place = ColumnPlace(-1, headers)
        # Years are floats where another cell of the table breaks a rule.
        shown = again[key].convert_dtypes().astype("str")
        for row, values in zip(again.index, shown.to_numpy(), strict=True):
            value, first_row = ", ".join(values), int(first_rows[row])
            self.problems.append(
                self.problem("tables.repeated_key", int(row), place, value, first_row=first_row)
            )
