"""Columns of a database whose type loses or hides something: arrays, time zones, single floats."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fundeval.problems import Problem

# As DuckDB and PostgreSQL write the types of columns.
SEVERAL = re.compile(r".*\[\d*\]|(?:struct|map|union|list)\b.*|jsonb?|hstore", re.I | re.DOTALL)
ZONED = re.compile(r"timestamptz|timetz|.*with time zone", re.I)
SINGLE = re.compile("float|real|float4", re.I)
# A float of four bytes tells whole numbers apart up to here only.
WHOLE_UP_TO = 2**24


def refused_types(place: str, columns: Sequence[tuple[str, str]]) -> list[Problem]:
    """Return a problem for each column whose type cannot be read without loss.

    Parameters
    ----------
    place
        The table, for the messages.
    columns
        Name and type of each column.

    Examples
    --------
    >>> [p.rule for p in refused_types("funds", [("day", "timestamptz"), ("sum", "numeric")])]
    ['tables.type_with_zone']
    """
    found = []
    for name, kind in columns:
        if SEVERAL.fullmatch(kind):
            found.append(Problem("tables.type_of_several", place, {"type": kind}, column=name))
        elif ZONED.fullmatch(kind):
            found.append(Problem("tables.type_with_zone", place, {"type": kind}, column=name))
    return found


def single_floats(columns: Sequence[tuple[str, str]]) -> list[int]:
    """Return the places of the columns that are kept as floats of four bytes."""
    return [place for place, (_, kind) in enumerate(columns) if SINGLE.fullmatch(kind)]


def of_single_float(place: str, name: str, kind: str, largest: float | None) -> Problem:
    """Return what to say of such a column: an error if a figure in it has lost digits."""
    values = {"type": kind}
    if largest is not None and largest >= WHOLE_UP_TO:
        return Problem("tables.single_float", place, values, column=name, value=f"{largest:.0f}")
    return Problem("intake.single_float", place, values, column=name)
