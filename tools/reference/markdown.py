"""Markdown as the site reads it: text without markup, tables, and what every page begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import yaml

CODE = re.compile(r"(`[^`]+`)")
SPECIAL = re.compile(r"([\\*_\[\]<>#$~{}|])")


@cache
def read_words() -> dict[str, dict[str, str]]:
    """Return the phrases of the reference: name -> language -> text."""
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    words: dict[str, dict[str, str]] = yaml.safe_load(text)
    return words


def say(name: str, lang: str, **values: object) -> str:
    """Return a phrase of the reference in a language, with the values put in their places."""
    text = read_words()[name][lang]
    return text.format(**values) if values else text


def has(name: str, lang: str) -> bool:
    """Tell whether the reference has a phrase in a language."""
    return lang in read_words().get(name, {})


def code(value: object) -> str:
    """Return a value as code, an empty text for none."""
    return f"`{value}`" if str(value) else ""


def prose(text: str) -> str:
    """Return a text in which only `code` is marked up; its lines become one.

    Examples
    --------
    >>> print(prose("a*b of `a*b`"))
    a\\*b of `a*b`
    """
    parts = CODE.split(" ".join(text.split()))
    return "".join(part if CODE.fullmatch(part) else SPECIAL.sub(r"\\\1", part) for part in parts)


def paragraphs(text: str) -> str:
    """Return a docstring's paragraphs, each as `prose`."""
    return "\n\n".join(prose(part) for part in re.split(r"\n\s*\n", text.strip()))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def page(name: str, lang: str, *parts: str) -> str:
    """Return a page: its title, a link to the other language, what it tells, and its parts."""
    other = f"[English](../en/reference/{name}.md)"
    if lang == "en":
        other = f"[中文](../../reference/{name}.md)"
    head = f"# {say(f'{name}.title', lang)}", other, say(f"{name}.about", lang)
    return "\n\n".join([*head, *filter(None, parts)]) + "\n"


def _cell(text: str) -> str:
    # A bar within code ends a cell as well.
    return CODE.sub(lambda found: found[0].replace("|", r"\|"), text).replace("\n", " ")
