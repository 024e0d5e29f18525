"""Break a text into lines that a telephone shows at full size."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

# Of a sign of East Asia, which is as wide as it is high, and of any other, in its own height.
WIDE, NARROW = 1.0, 0.6
# What stays together: a word of narrow signs, or a wide sign with the stops that follow it.
PIECE = re.compile(r"[!-~\u00a0-\u2e7f]+\s*|.[，。；：、）]*\s*")


def width_of(text: str) -> float:
    """Return how wide a text is at most, in the height of its letters.

    Examples
    --------
    >>> width_of("签署ab")
    3.2
    """
    return sum(WIDE if east_asian_width(sign) in "WFA" else NARROW for sign in text)


def wrapped(text: str, width: float) -> list[str]:
    """Return a text in lines no wider than that; a longer word is cut.

    Examples
    --------
    >>> wrapped("Status: reviewed by Li", 9)
    ['Status:', 'reviewed by Li']
    """
    lines = [""]
    for piece in PIECE.findall(text):
        for part in _cut(piece, width):
            if lines[-1] and width_of(lines[-1] + part.rstrip()) > width:
                lines.append("")
            lines[-1] += part
    return [line.rstrip() for line in lines]


def _cut(piece: str, width: float) -> list[str]:
    if width_of(piece.rstrip()) <= width:
        return [piece]
    most = max(int(width / WIDE), 1)
    return [piece[at : at + most] for at in range(0, len(piece), most)]
