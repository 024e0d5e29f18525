"""What is near a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, known: Iterable[str]) -> str:
    """Return the known names most like one, joined, or all of them where none is like it.

    Examples
    --------
    >>> near("grade", ["grades", "units"])
    'grades'
    """
    known = sorted(known)
    return ", ".join(get_close_matches(name, known, n=3) or known)
