"""The message catalogue: every sentence the package says, in Chinese and English."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

import yaml

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Named:
    """What each language calls by a name of its own: a table, a column, a list of them.

    Examples
    --------
    >>> say("intake.header_means", "zh", called=Named("调整预算", "adjusted"))
    '按“调整预算”读取'
    """

    zh: str
    en: str


# The language of messages where nobody says which.
PREFERRED = os.environ.get("FUNDEVAL_LANG", "")
DEFAULT_LANGUAGE = PREFERRED if PREFERRED in LANGUAGES else "zh"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return all messages of the files in this folder: id -> language -> text."""
    messages: dict[str, dict[str, str]] = {}
    for file in sorted(files("fundeval.words").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            # The parser in C: this is read whenever a process starts.
            text = file.read_text(encoding="utf-8")
            messages |= yaml.load(text, Loader=yaml.CSafeLoader)
    return messages


class _Counts(Formatter):
    """Fills in what `str.format` does, and `{count:unit|units}` with the form that fits."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value; after a count, the singular or the plural."""
        one, is_count, many = format_spec.partition("|")
        if not is_count:
            return str(super().format_field(value, format_spec))
        return f"{value} {one if str(value) == '1' else many}"


_COUNTS = _Counts()


def say(message: str, lang: str, **values: Any) -> str:
    """Return the message in `lang` with the values put in their places.

    Raises KeyError for an unknown message or a value that is not given: both are mistakes
    of the program, not of its user. `{count:unit|units}` is a count with the noun in the number
    that fits it.

    Examples
    --------
    >>> say("purchases.fact", "en", count=1), say("purchases.fact", "en", count=2)
    ('1 yellow alert', '2 yellow alerts')
    """
    text = catalogue()[message][lang]
    values = {k: getattr(v, lang) if isinstance(v, Named) else v for k, v in values.items()}
    return _COUNTS.vformat(text, (), values) if "|" in text else text.format(**values)


def has(message: str) -> bool:
    """Tell whether the catalogue has the message."""
    return message in catalogue()
