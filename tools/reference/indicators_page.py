"""The page of indicators that are computed: what `fundeval indicators` prints."""

from __future__ import annotations

from fundeval.indicator_registry import DEFINITIONS, Definition
from fundeval.report.text.indicator_definitions import describe
from tools.reference.markdown import code, page, prose


def write(lang: str) -> str:
    """Return the page in a language."""
    return page("indicators", lang, *(_indicator(each, lang) for each in DEFINITIONS))


def _indicator(definition: Definition, lang: str) -> str:
    title, *facts = describe(definition, lang)
    name = title.removesuffix(f"({definition.id})").strip()
    lines = "\n".join(f"- {prose(fact)}" for fact in facts)
    return f"## {code(definition.id)} {prose(name)}\n\n{lines}"
