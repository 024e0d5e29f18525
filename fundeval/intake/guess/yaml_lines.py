"""Write the YAML of a mapping with comments beside what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# What needs no quotes in YAML and is no number, date or truth.
PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff（）()]*")
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"}


@dataclass(frozen=True)
class Line:
    """A key with its value, or with lines of its own, below its comments."""

    key: str
    value: object
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comment:
    """Comments where there is nothing to say."""

    comments: tuple[str, ...]


Lines = Sequence[Line | Comment]


def yaml_text(lines: Lines, indent: int = 0) -> Iterator[str]:
    """Yield lines of YAML: short values in one line, lists of rules one entry below another.

    Examples
    --------
    >>> list(yaml_text([Line("dataset", [Line("money_unit", "?", ("万元？",))])]))
    ['dataset:', '  # 万元？', '  money_unit: "?"']
    """
    space = " " * indent
    for line in lines:
        yield from (f"{space}# {comment}" for comment in line.comments)
        if isinstance(line, Comment):
            continue
        if (
            isinstance(line.value, list)
            and line.value
            and isinstance(line.value[0], Line | Comment)
        ):
            yield f"{space}{flow(line.key)}:"
            yield from yaml_text(line.value, indent + 2)
        elif isinstance(line.value, list) and line.value and isinstance(line.value[0], list):
            yield f"{space}{flow(line.key)}:"
            for entry in line.value:
                yield from _entry(entry, indent + 2)
        else:
            yield f"{space}{flow(line.key)}: {flow(line.value)}"


def _entry(lines: Lines, indent: int) -> Iterator[str]:
    """Yield an entry of a list: its first key stands beside the dash."""
    made = list(yaml_text(lines, indent + 2))
    first = next(place for place, text in enumerate(made) if not text.lstrip().startswith("#"))
    yield from (text.replace("  ", "", 1) for text in made[:first])
    yield f"{' ' * indent}- {made[first].lstrip()}"
    yield from made[first + 1 :]


def flow(value: object) -> str:
    """Return a value in one line.

    Examples
    --------
    >>> flow({"from": "决算数", "item": "*收入合计"}), flow("2024"), flow([3, 4])
    ('{from: 决算数, item: "*收入合计"}', '"2024"', '[3, 4]')
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in WORDS
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
