"""What a reader hands over: sheets as their file holds them, nothing interpreted yet."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.dataset import DatasetInfo, InputFile

Blocks = Callable[[], Iterator[pd.DataFrame]]


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet, or of a file without sheets.

    `blocks` gives them a block at a time, as often as it is called: columns 0, 1, …, index =
    row in the source counted from 1, the header among the rows of the first block. `titles` are
    what may name the table: the name of the sheet, of the file. People see the number of a row
    in the source if it is `numbered`; else its key tells them which one is meant.
    """

    file: str
    name: str
    titles: tuple[str, ...]
    blocks: Blocks
    numbered: bool = True


@dataclass
class Source:
    """All that a reader found at one location, what it could not read, and what to be told."""

    info: DatasetInfo | None = None
    described_in: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known names that look like `name`, else all of them, as one text."""
    names = list(known)
    # What is compared is a name: of a cell of a million characters the start will do.
    return ", ".join(difflib.get_close_matches(name[:100], names, cutoff=0.5) or names)
