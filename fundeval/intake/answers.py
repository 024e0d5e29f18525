"""Questions that a mapping leaves open, and the answers given on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fundeval.problems import BadInputError, Problem
from fundeval.tables.schemas import TABLES, columns_of

# What stands in a mapping where only a person can say what holds.
QUESTION = "?"
# Parts of a mapping whose values an answer may replace.
STATED = ("dataset", "set")


def answered(content: dict[str, Any], answers: Mapping[str, str], file: str) -> dict[str, Any]:
    """Return the content of a mapping with answers in place.

    Parameters
    ----------
    content
        The content of the file.
    answers
        Values by name: each replaces a question mark under its name, or what `dataset`, `set` or
        `taken` say of it.
    file
        The name shown in problems.

    Raises
    ------
    BadInputError
        With each question that is left, and each answer to nothing.

    Examples
    --------
    >>> answered({"dataset": {"money_unit": "?"}}, {"money_unit": "元"}, "mapping.yaml")
    {'dataset': {'money_unit': '元'}}
    """
    used: set[str] = set()
    filled = _with_answers(content, answers, used)
    known = ", ".join(dict.fromkeys(_names(content)))
    problems = [
        Problem("convert.nothing_to_answer", file, {"known": known}, value=name)
        for name in answers
        if name not in used
    ]
    problems += [_unanswered(name, place, file) for name, place in _questions(filled, "")]
    if problems:
        raise BadInputError(problems)
    return filled


def _with_answers(
    part: dict[str, Any], answers: Mapping[str, str], used: set[str], within: str = ""
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in part.items():
        if name in answers and (value == QUESTION or within in STATED):
            made[name] = answers[name]
            used.add(name)
        else:
            made[name] = _inside(value, answers, used, str(name))
    if isinstance(part.get("taken"), dict):
        stated = {name: answers[name] for name in part["taken"] if name in answers}
        used.update(stated)
        made["taken"] = {n: v for n, v in made["taken"].items() if n not in stated}
        made["set"] = {**(made.get("set") or {}), **stated}
    return made


def _inside(value: Any, answers: Mapping[str, str], used: set[str], name: str) -> Any:
    if isinstance(value, dict):
        return _with_answers(value, answers, used, name)
    if isinstance(value, list):
        return [_inside(each, answers, used, name) for each in value]
    return value


def _names(content: Any, within: str = "") -> Iterator[str]:
    """Yield the names to which an answer may be given."""
    if isinstance(content, list):
        for each in content:
            yield from _names(each, within)
    elif isinstance(content, dict):
        for name, value in content.items():
            if value == QUESTION or (within in ("set", "taken") and isinstance(name, str)):
                yield str(name)
            if within != "taken":
                yield from _names(value, str(name))


def _questions(content: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield name and place of each question; a ? in a list is a sign, not a question."""
    if isinstance(content, list):
        for number, each in enumerate(content):
            if isinstance(each, dict | list):
                yield from _questions(each, f"{place}[{number}]")
    elif isinstance(content, dict):
        for name, value in content.items():
            at = f"{place}.{name}".lstrip(".")
            if QUESTION in (name, value):
                yield str(name), at
            else:
                yield from _questions(value, at)


def _unanswered(name: str, place: str, file: str) -> Problem:
    """Return the problem of a question that nobody answered, with what may be said."""
    if name == QUESTION:
        return Problem("convert.unanswered_column", file, column=place)
    codes = next(
        (columns_of(table)[name].codes for table in TABLES if name in columns_of(table)), {}
    )
    choices = ", ".join(f"{code} ({zh})" for zh, code in codes.items())
    rule = "convert.unanswered_code" if choices else "convert.unanswered"
    return Problem(rule, file, {"name": name, "choices": choices}, column=place)
