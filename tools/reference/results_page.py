"""The page of results: every frame of an evaluation and its columns."""

from __future__ import annotations

import inspect

from fundeval.results.frames import DTYPES, MODELS, Column, columns_of_frame
from fundeval.words import has as has_word
from fundeval.words import say as say_word
from tools.reference.markdown import code, has, page, paragraphs, prose, say, table


def write(lang: str) -> str:
    """Return the page in a language."""
    return page("results", lang, *(_frame(name, lang) for name in MODELS))


def _frame(name: str, lang: str) -> str:
    model = MODELS[name]
    schema = model.to_schema()
    told = f"model.{model.__name__}Result"
    about = say(told, lang) if has(told, lang) else paragraphs(inspect.getdoc(model) or "")
    unique = schema.unique or []
    key = say("table.key", lang, columns=", ".join(map(code, unique))) if unique else ""
    rows = [
        (
            code(column),
            _title(column, lang),
            say(f"result_role.{held.role}", lang),
            DTYPES[held.role],
            _codes(schema.columns[column].checks, held, lang),
            say("need.missing" if held.nullable else "need.always", lang),
        )
        for column, held in columns_of_frame(name).items()
    ]
    headings = ("column", "name", "type", "dtype", "codes", "missing")
    return "\n\n".join(
        [
            f"## {code(name)} {say_word(f'frame.{name}', lang)}",
            f"{about} {key}",
            table([say(f"heading.{each}", lang) for each in headings], rows),
        ]
    )


def _title(column: str, lang: str) -> str:
    return prose(say_word(f"field.{column}", lang)) if has_word(f"field.{column}") else ""


def _codes(checks: list[object], held: Column, lang: str) -> str:
    allowed = [
        value
        for check in checks
        for value in (getattr(check, "statistics", None) or {}).get("allowed_values", ())
        if value != ""
    ]
    return ", ".join(f"{code(value)} {_word(held.group, value, lang)}".strip() for value in allowed)


def _word(group: str, value: str, lang: str) -> str:
    message = f"{group}{value}"
    return prose(say_word(message, lang)) if has_word(message) else ""
