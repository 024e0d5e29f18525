"""Signs that nobody sees: they make two texts that look alike differ, or turn figures round."""

from __future__ import annotations

import re

# Signs without a width, byte order marks, tags, line separators, and those that turn the direction
# of writing, so that 2024 reads 4202.
ALWAYS = "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# Two that join letters of some scripts and parts of one picture, and mean nothing elsewhere.
PLAIN = "\x00-\x7f\u4e00-\u9fff"
# What Unicode calls default ignorable, and a pattern of Braille without a dot: a name that has one
# looks like the name without it. Some are no mistake in a text, none belongs in a name.
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
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


def has_unseen(text: str) -> bool:
    """Tell whether a text has a sign that nobody sees, whatever it is good for elsewhere.

    Examples
    --------
    >>> has_unseen("Wang"), has_unseen("Wang\u3164")
    (False, True)
    """
    return UNSEEN.search(text) is not None


def visible(text: str) -> str:
    """Return a text in which each sign that nobody sees stands by its number.

    Examples
    --------
    >>> visible("H\u200b001")
    'H‹U+200B›001'
    """
    return SHOWN.sub(lambda sign: f"‹U+{ord(sign.group()):04X}›", text)
