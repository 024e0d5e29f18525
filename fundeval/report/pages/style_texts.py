"""Texts inside a style sheet."""

from __future__ import annotations


def quoted(text: str) -> str:
    """Return a text as a string of CSS in which no sign can end it."""
    signs = (sign if sign.isalnum() else f"\\{ord(sign):x} " for sign in text)
    return f'"{"".join(signs)}"'
