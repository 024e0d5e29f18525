"""What `--help` prints: in the language of messages, wrapped to the terminal and never cut.

Chinese has no blanks to wrap at, so a table that cuts long words would cut most sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperArgument, TyperCommand, TyperGroup

from fundeval.words import DEFAULT_LANGUAGE, say

Row = tuple[str, str]


class Command(TyperCommand):
    """A command with such a help page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  (as typer calls it)
        """Print usage, what the command does, its arguments and its options."""
        _print_page(self, ctx)


class Group(TyperGroup):
    """A group of commands with such a help page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  (as typer calls it)
        """Print usage, what the commands are for, the options, and each command."""
        _print_page(self, ctx)
        _print_rows("commands", [(name, self.commands[name].help or "") for name in self.commands])


class App(typer.Typer):
    """An application whose commands and groups have such help pages."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=Group, no_args_is_help=True, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        """Add a command, as `typer.Typer.command` does."""
        return super().command(name, cls=Command, **options)


def _say(message: str, **values: object) -> str:
    return say(f"help.{message}", DEFAULT_LANGUAGE, **values)


def _print_page(command: Any, ctx: Any) -> None:
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    arguments = [param for param in params if isinstance(param, TyperArgument)]
    options = [param for param in params if not isinstance(param, TyperArgument)]
    usage = " ".join([
        ctx.command_path,
        *([f"[{_say('options')}]"] if options else []),
        *(_name(param) if param.required else f"[{_name(param)}]" for param in arguments),
        *([_say("command")] if isinstance(command, TyperGroup) else []),
    ])  # fmt: skip
    console = Console(highlight=False)
    console.print("\n" + escape(_say("usage", usage=usage)) + "\n")
    if command.help:
        console.print(escape(command.help), overflow="fold")
    _print_rows("arguments", [(_name(param), param.help or "") for param in arguments])
    _print_rows("options", [(_switches(param), _explain(param, ctx)) for param in options])


def _name(argument: Any) -> str:
    return str(argument.name).upper() + ("..." if argument.nargs != 1 else "")


def _switches(option: Any) -> str:
    return ", ".join([*option.opts, *option.secondary_opts])


def _explain(option: Any, ctx: Any) -> str:
    """Return what an option does, what it may be, and what it is where it is not given."""
    if "--help" in option.opts:
        return _say("help")
    parts = [option.help or ""]
    kinds = str(option.display_type_rich(ctx) or "").strip("<>")
    if "|" in kinds:
        parts.append(_say("choices", choices=kinds.replace("|", " | ")))
    default = option.default.value if isinstance(option.default, Enum) else option.default
    if isinstance(default, str | int) and not isinstance(default, bool) and default != "":
        parts.append(_say("default", value=default))
    return " ".join(part for part in parts if part)


def _print_rows(title: str, rows: Iterable[Row]) -> None:
    """Print rows of two columns under a title; nothing without rows."""
    rows = list(rows)
    if not rows:
        return
    console = Console(highlight=False)
    listed = Table.grid(padding=(0, 2, 0, 0))
    # Where names are long they fold, so that what they mean keeps half of the width.
    listed.add_column(overflow="fold", max_width=max(console.width // 3, 12))
    listed.add_column(overflow="fold", ratio=1)
    for name, text in rows:
        listed.add_row(escape(name), escape(text))
    console.print(f"\n{_say(title)}", style="bold")
    console.print(listed)
