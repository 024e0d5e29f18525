"""What is near a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 20


def near(name: str, known: Iterable[str]) -> str:
    """Return the known names most like one, joined; where none is like it, the first `MOST`.

    Examples
    --------
    >>> near("grade", ["grades", "units"])
    'grades'
    """
    known = sorted(known)
    found = get_close_matches(name, known, n=3) or known
    return ", ".join([*found[:MOST], *["…"][: len(found) > MOST]])
