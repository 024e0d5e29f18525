"""The page of the command line: every command with its arguments and options."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_type_hints

import typer

from fundeval.cli import app
from fundeval.words import DEFAULT_LANGUAGE, catalogue
from tools.reference.markdown import code, page, prose, say, table


def write(lang: str) -> str:
    """Return the page in a language."""
    return page("commands", lang, *(_part(name, each, lang) for name, each in commands()))


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command by what is typed, groups of commands too."""
    yield from _below("fundeval", typer.main.get_command(app))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for each in getattr(command, "commands", {}).values():
        yield from _below(f"{name} {each.name}", each)


def _part(name: str, command: Any, lang: str) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = " ".join([name, *(_placeholder(each) for each in arguments)])
    if options:
        usage += " [OPTIONS]"
    hints = get_type_hints(command.callback) if command.callback else {}
    rows = [_row(each, hints.get(each.name), lang) for each in (*arguments, *options)]
    headings = [say(f"heading.{each}", lang) for each in ("argument", "value", "does", "default")]
    parts = [f"## {code(name)}", prose(_translate(command.help or "", lang))]
    if not hasattr(command, "commands"):
        parts.append(f"```text\n{usage}\n```")
    return "\n\n".join([*parts, *([table(headings, rows)] if rows else [])])


def _placeholder(argument: Any) -> str:
    name = argument.name.upper()
    return name if argument.required else f"[{name}]"


def _row(parameter: Any, hint: Any, lang: str) -> tuple[str, str, str, str]:
    if parameter.param_type_name == "argument":
        shown = code(parameter.name.upper())
    else:
        shown = ", ".join(code(each) for each in (*parameter.opts, *parameter.secondary_opts))
    default = parameter.default
    stated = default not in (None, False, (), []) and not callable(default)
    several = say("several", lang) if parameter.multiple else ""
    value = "" if getattr(parameter, "is_flag", False) else _value(hint, lang)
    text = prose(_translate(getattr(parameter, "help", "") or "", lang))
    need = say("yes", lang) if parameter.required else ""
    return (
        shown,
        value + several,
        text,
        code(getattr(default, "value", default)) if stated else need,
    )


def _value(hint: Any, lang: str) -> str:
    """Return in words what an annotation takes, of a list what each of it is."""
    if parts := [each for each in get_args(hint) if each is not NoneType]:
        return _value(parts[0], lang)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " ".join(code(choice.value) for choice in hint)
    return say(f"cli_type.{getattr(hint, '__name__', 'str')}", lang)


def _translate(text: str, lang: str) -> str:
    """Return a help text in a language: commands hold it in the one that was preferred."""
    return _texts().get(text, {}).get(lang, text)


def _texts() -> dict[str, dict[str, str]]:
    return {
        texts[DEFAULT_LANGUAGE]: texts
        for name, texts in catalogue().items()
        if name.startswith("cli.")
    }
