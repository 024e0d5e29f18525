"""Two tables side by side in one sheet, each with its own column of units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fundeval.intake.guess.outside import SCHEME, SCHEME_CODES
from fundeval.intake.guess.sheet_columns import SheetColumn, last
from fundeval.intake.guess.vocabulary import is_unit_id, is_unit_name


@dataclass(frozen=True)
class Block:
    """The columns of one of the tables, and what their headers say of all its rows."""

    columns: tuple[SheetColumn, ...]
    scheme: str
    year: str

    @property
    def stated(self) -> dict[str, str]:
        """Return the values that hold for its rows."""
        values = {"scheme": self.scheme, "year": self.year}
        return {name: value for name, value in values.items() if value}


def tables_beside(columns: Sequence[SheetColumn]) -> list[Block]:
    """Return the tables that stand side by side; [] if it is one.

    They begin where the first header that is repeated as often as that of the units is.
    """
    labels = [last(each.label) for each in columns]
    counts = Counter(labels)
    units = [label for label in labels if is_unit_name(label) or is_unit_id(label)]
    number = max((counts[label] for label in units), default=0)
    first = next((label for label in labels if label and counts[label] == number), "")
    starts = [place for place, label in enumerate(labels) if label == first]
    if number < 2 or len(starts) != number or starts[0] != 0:
        return []
    ends = [*starts[1:], len(columns)]
    blocks = [_block(columns[start:end]) for start, end in zip(starts, ends, strict=True)]
    whole = all(any(each.holds_figures for each in block.columns[1:]) for block in blocks)
    return blocks if whole else []


def _block(columns: Sequence[SheetColumn]) -> Block:
    """Return a table; a year that all its headers name is that of its rows."""
    schemes = {word for each in columns for word in re.findall(SCHEME, each.header)}
    years = {each.year for each in columns if each.holds_figures}
    year = years.pop() if len(years) == 1 else ""
    if year:
        columns = [replace(each, year="", template=each.name) for each in columns]
    return Block((*columns,), SCHEME_CODES[schemes.pop()] if len(schemes) == 1 else "", year)
