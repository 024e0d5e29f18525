"""What a reader returns: the sheets of a file as they are, not interpreted yet."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.dataset import DatasetInfo, InputFile
from fundeval.words import Named

Blocks = Callable[[], Iterator[pd.DataFrame]]


@dataclass(frozen=True)
class SourceSheet:
    """A sheet of an input file, or a file without sheets, or a table of a database.

    `blocks` returns the rows block by block, each time it is called: columns 0, 1, …, index =
    row in the source from 1; the header is in the first block. `titles` may name the table: the
    name of the sheet, then of the file. Rows of a database are not `numbered`: a row is shown
    by its key instead of its number. Where there may be `decimal_commas` a lone comma in a number
    may stand for the point.
    """

    file: str
    name: str
    titles: tuple[str, ...]
    blocks: Blocks
    numbered: bool = True
    decimal_commas: bool = False


@dataclass
class DataSource:
    """Everything that a reader found at one location, with its problems and notes."""

    info: DatasetInfo | None = None
    described_in: str = ""
    sheets: list[SourceSheet] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


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
