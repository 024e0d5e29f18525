"""Signs that nobody sees: they make two texts that look alike differ, or turn figures round."""

from __future__ import annotations

import re

# Signs without a width, byte order marks, tags, line separators, and those that turn the direction
# of writing, so that 2024 reads 4202.
ALWAYS = "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# Two that join letters of some scripts and parts of one picture, and mean nothing elsewhere.
PLAIN = "\x00-\x7f\u4e00-\u9fff"
INVISIBLE = re.compile(
    f"[{ALWAYS}\U000e0000-\U000e007f]|(?<![^{PLAIN}])[\u200c\u200d]|[\u200c\u200d](?![^{PLAIN}])"
)
SHOWN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{ALWAYS}\u200c\u200d\U000e0000-\U000e007f]")


def without_invisible(text: str) -> str:
    """Return a text without signs that nobody sees.

    Examples
    --------
    >>> without_invisible("H\u200b001\u202e")
    'H001'
    """
    return INVISIBLE.sub("", text)


def visible(text: str) -> str:
    """Return a text in which each sign that nobody sees stands by its number.

    Examples
    --------
    >>> visible("H\u200b001")
    'H‹U+200B›001'
    """
    return SHOWN.sub(lambda sign: f"‹U+{ord(sign.group()):04X}›", text)
