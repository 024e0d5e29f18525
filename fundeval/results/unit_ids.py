"""Unit ids as people and programs write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fundeval.problems import BadInputError, Problem


def unit_id_of(given: str | int, known: Callable[[], Iterable[str]], file: str) -> str:
    """Return a unit id as text, such as that of a notebook's parameter, which may be a number.

    Parameters
    ----------
    given
        The id. Papermill, for one, makes a number of `-p unit_id 990103`.
    known
        Returns the ids that there are; asked for a number only.
    file
        What a message names as the place of the id.

    Raises
    ------
    BadInputError
        If leading zeros were lost, with the id and how to write it.

    Examples
    --------
    >>> unit_id_of(990103, lambda: ["990103"], "notebook")
    '990103'
    """
    if isinstance(given, str):
        return given
    text, ids = str(given), set(known())
    lost = sorted(unit for unit in ids - {text} if unit.lstrip("0") == text)
    if text in ids or not lost:
        return text
    written = {"unit": ", ".join(lost), "first": lost[0]}
    raise BadInputError([Problem("report.lost_zero", file, written, column="unit_id", value=given)])
