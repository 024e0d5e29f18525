"""What a reader returns: the sheets of a file as they are, not interpreted yet."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.dataset import DatasetInfo, InputFile
from fundeval.words import Named

Blocks = Callable[[], Iterator[pd.DataFrame]]


@dataclass(frozen=True)
class SheetMarks:
    """What a sheet of a workbook says of its cells besides their values.

    `merged` are ranges of cells: first row and column, last row and column; columns count from 0.
    `percent` and `scaled` are, by column, ranges of rows whose cells show a percentage, or a figure
    divided by thousands. `hidden_rows` and `hidden_columns` are ranges of those that are hidden, as
    the whole sheet may be.
    """

    merged: tuple[tuple[int, int, int, int], ...] = ()
    percent: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    scaled: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    hidden_rows: tuple[tuple[int, int], ...] = ()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    hidden: bool = False

    def shown_as_percent(self, cells: pd.Series, position: int) -> pd.Series:
        """Return the cells of a column, those that show a percentage as they show it.

        Examples
        --------
        >>> marks = SheetMarks(percent={2: ((2, 2),)})
        >>> marks.shown_as_percent(pd.Series(["0.052", "5.2"], index=[2, 3]), 2).tolist()
        ['5.2%', '5.2']
        """
        formatted = within(cells.index, self.percent.get(position, ()))
        if not formatted.any():
            return cells
        numbers = pd.to_numeric(cells[formatted], errors="coerce").dropna()
        hundredfold = {row: Decimal(repr(float(n))) * 100 for row, n in numbers.items()}
        shown = {row: f"{number.normalize():f}%" for row, number in hundredfold.items()}
        return cells.astype(object).where(~cells.index.isin(list(shown)), pd.Series(shown))


def within(rows: pd.Index, ranges: Iterable[tuple[int, int]]) -> pd.Series:
    """Tell which rows lie in any of some ranges."""
    found = pd.Series(False, rows)
    for first, last in ranges:
        found |= (rows >= first) & (rows <= last)
    return found


@dataclass(frozen=True)
class SourceSheet:
    """A sheet of an input file, or a file without sheets, or a table of a database.

    `blocks` returns the rows block by block, each time it is called: columns 0, 1, …, index =
    row in the source from 1; the header is in the first block. `titles` may name the table: the
    name of the sheet, then of the file. Rows of a database are not `numbered`: a row is shown
    by its key instead of its number. Where there may be `decimal_commas` a lone comma in a number
    may stand for the point. `marks` are those of a workbook. Of a text, `short_rows` says
    how many cells the rows have that have fewer than the header. `broken` are the cells of formulas
    with an error or without a result, which matter where they are read.
    """

    file: str
    name: str
    titles: tuple[str, ...]
    blocks: Blocks
    numbered: bool = True
    decimal_commas: bool = False
    marks: SheetMarks = field(default_factory=SheetMarks)
    short_rows: Mapping[int, int] = field(default_factory=dict)
    broken: tuple[Problem, ...] = ()


@dataclass
class DataSource:
    """Everything that a reader found at one location, with its problems and notes."""

    info: DatasetInfo | None = None
    described_in: str = ""
    sheets: list[SourceSheet] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def first_names(names: Sequence[str], most: int) -> str:
    """Return names as one text, of more than `most` the first, with a sign that there are more.

    Examples
    --------
    >>> first_names(["a", "b", "c"], 2), first_names(["a", "b"], 2)
    ('a, b, …', 'a, b')
    """
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def similar_names(name: str, known: Iterable[str]) -> str:
    """Return the known names most similar to `name`, or all if none is, as one text."""
    names = list(known)
    return ", ".join(_near(name, names) or names)


def similar_or_all(name: str, known: Iterable[str], every: Named) -> str | Named:
    """Return the known names most similar to `name`, or `every` one as each language has them."""
    return ", ".join(_near(name, list(known))) or every


def _near(name: str, names: list[str]) -> list[str]:
    # What is compared is a name: of a cell of a million characters the start will do.
    return difflib.get_close_matches(name[:100], names, cutoff=0.5)
