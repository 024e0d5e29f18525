"""The page of input tables: every column with its headers, type, unit, codes and limits."""

from __future__ import annotations

import inspect

from fundeval.tables.schemas import (
    CHINESE_NAMES,
    LIMIT,
    REQUIRED_TABLES,
    TABLES,
    Column,
    columns_of,
    key_of,
)
from fundeval.words import say as say_word
from tools.reference.markdown import code, has, page, paragraphs, prose, say, table

SIGNS = {
    "greater_than_or_equal_to": "≥", "greater_than": ">", "less_than_or_equal_to": "≤",
    "less_than": "<",
}  # fmt: skip


def write(lang: str) -> str:
    """Return the page in a language."""
    return page("tables", lang, *(_table(name, lang) for name in TABLES))


def _table(name: str, lang: str) -> str:
    columns = TABLES[name].to_schema().columns
    rows = [
        (
            code(column),
            held.zh,
            say(f"role.{held.role}", lang),
            str(columns[column].dtype),
            _allowed(held, name, column, lang),
            _need(held, lang),
        )
        for column, held in columns_of(name).items()
    ]
    headings = ("column", "header", "type", "dtype", "allowed", "need")
    need = say("table.required" if name in REQUIRED_TABLES else "table.optional", lang)
    told = f"model.{TABLES[name].__name__}"
    about = say(told, lang) if has(told, lang) else paragraphs(inspect.getdoc(TABLES[name]) or "")
    key = say("table.key", lang, columns=", ".join(code(column) for column in key_of(name)))
    return "\n\n".join(
        [
            f"## {code(name)} {CHINESE_NAMES[name]}",
            f"{about} {need} {key}",
            table([say(f"heading.{each}", lang) for each in headings], rows),
        ]
    )


def _allowed(held: Column, table_name: str, column: str, lang: str) -> str:
    if held.codes:
        return ", ".join(f"{code(value)} {zh}" for zh, value in held.codes.items())
    checks = TABLES[table_name].to_schema().columns[column].checks
    limits = [
        f"{SIGNS[check.name]} {value:g}"
        for check in checks
        if check.name in SIGNS
        for value in (check.statistics or {}).values()
        # Where a number cannot be meant any more; told once for all columns.
        if abs(value) < LIMIT
    ]
    return ", ".join(limits) or prose(_form(held, lang))


def _form(held: Column, lang: str) -> str:
    return say_word(f"template.{held.role}", lang, unit="`money_unit`", codes="")


def _need(held: Column, lang: str) -> str:
    if held.default is not None:
        return say("need.default", lang, value=code(held.default))
    return say("yes" if held.required else "need.blank", lang)
