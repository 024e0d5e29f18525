"""How much room a text takes, told without a font: cut it, or break it into lines."""

from __future__ import annotations

import re
from unicodedata import east_asian_width


def width_of(text: str) -> float:
    """Return about how wide a text is, in widths of a Chinese sign."""
    return sum(
        1.0 if east_asian_width(sign) in "WF" else 0.9 if sign in "WMm@" else 0.6 for sign in text
    )


def cut(text: str, room: float) -> str:
    """Return the text, cut to so many widths of a Chinese sign."""
    if width_of(text) <= room:
        return text
    while text and width_of(text) > room - 1:
        text = text[:-1]
    return f"{text}…"


def wrap(text: str, room: float) -> str:
    """Break a heading into lines of so many Chinese signs; English breaks between words."""
    lines = [""]
    for part in re.findall(r"[^\s\u1100-\uffff-]+-?\s?|\s|.[）」，。、]*", text):
        if lines[-1] and width_of(lines[-1] + part.rstrip()) > room:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)
