"""The page of indicators that are computed: what `fundeval indicators` prints."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from fundeval.cli import app
from tools.reference.markdown import code, page, prose

TITLE = re.compile(r"(.+) \((\w+)\)")


def write(lang: str) -> str:
    """Return the page in a language."""
    printed = CliRunner().invoke(app, ["indicators", "--lang", lang], catch_exceptions=False)
    # The last paragraph is about measures, which the page says itself.
    *indicators, _ = printed.stdout.strip().split("\n\n")
    return page("indicators", lang, *map(_indicator, indicators))


def _indicator(printed: str) -> str:
    title, *facts = printed.splitlines()
    named = TITLE.fullmatch(title)
    if named is None:
        raise ValueError(f"no title of an indicator: {title}")
    lines = "\n".join(f"- {prose(fact)}" for fact in facts)
    return f"## {code(named[2])} {prose(named[1])}\n\n{lines}"
