"""Look in a text for a message of the catalogue, however it is worded.

A test says which message a reader meets and with which values. The wording of messages is held
once, in `tests/house/test_words.py` and where a text itself is what a test is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from string import Formatter

from fundeval.words import catalogue, say


def pattern(message: str, lang: str = "zh", **values: object) -> str:
    """Return a regular expression for a message; values that are not given may be any text."""
    parts = []
    for fixed, name, spec, _ in Formatter().parse(catalogue()[message][lang]):
        parts.append(re.escape(fixed))
        if name is not None:
            parts.append(_value(str(values[name])) if name in values else "(.*?)")
        if spec and "|" in spec:
            parts.append(f" (?:{'|'.join(map(re.escape, spec.split('|')))})")
    unknown = values.keys() - {n for _, n, _, _ in Formatter().parse(catalogue()[message][lang])}
    assert not unknown, f"{message} has no placeholder {sorted(unknown)}"
    return "".join(parts)


def _value(text: str) -> str:
    """Return a regular expression for a value: a number is not the end of a longer one."""
    before, after = (r"(?<!\d)" * text[:1].isdigit(), r"(?!\d)" * text[-1:].isdigit())
    return f"{before}{re.escape(text)}{after}"


def says(text: str, message: str, lang: str = "zh", **values: object) -> bool:
    """Tell whether a text, or the text of a page, holds a message with these values."""
    return any(re.search(pattern(message, lang, **values), t, re.S) for t in _read(text))


def count(text: str, message: str, lang: str = "zh", **values: object) -> int:
    """Return how often a text holds a message with these values."""
    return len(re.findall(pattern(message, lang, **values), text, re.S))


def word(message: str, lang: str = "zh") -> str:
    """Return a message without placeholders, such as the name of a code."""
    return say(message, lang)


def _read(text: str) -> Iterator[str]:
    yield text
    yield unescape(re.sub(r"<[^>]+>", "", text))


def unlinked(markup: str) -> str:
    """Return HTML in which names of units are plain text, as where they have no report."""
    return re.sub(r"</?(?:span|a)\b[^>]*>", "", markup)
