"""The message catalogue: every sentence the package says, in Chinese and English."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = ("zh", "en")
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


def say(message: str, lang: str, **values: Any) -> str:
    """Return the message in `lang` with the values put in their places.

    Raises KeyError for an unknown message or a value that is not given: both are mistakes
    of the program, not of its user.
    """
    return catalogue()[message][lang].format(**values)


def has(message: str) -> bool:
    """Tell whether the catalogue has the message."""
    return message in catalogue()
