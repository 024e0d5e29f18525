"""Problems of an input: what is wrong, where, why, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from inspect import isfunction
from typing import Any, TypeVar

from fundeval.invisible_signs import visible
from fundeval.words import DEFAULT_LANGUAGE, say

SHOWN = 40
# A wrong column can break one rule in every row: the rows after these are only counted.
SHOWN_ALIKE = 5

Kind = TypeVar("Kind", bound=type)


@dataclass(frozen=True)
class Problem:
    """One violation of a rule: its place, the value as typed, the rule, and the remedy.

    `rule` is a message id of the catalogue; `rule + ".remedy"` is the id of its remedy. `values`
    fill the placeholders of both. `key` names the row of a database, which has no number.
    """

    rule: str
    file: str
    values: Mapping[str, object] = field(default_factory=dict)
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: object = None
    letter: str = ""
    key: str = ""

    @property
    def cell(self) -> str:
        """Return the address of the cell, such as B7, "" where there is none."""
        return f"{self.letter}{self.row}" if self.letter and self.row else ""

    def place(self, lang: str) -> str:
        """Return file, sheet, row and column as text, as far as they are known.

        A workbook shows the address of the cell instead of the row, a database the key.
        """
        row = ("cell", self.cell) if self.sheet and self.cell else ("row", self.row)
        row = ("key", self.key) if self.key else row
        parts = [self.file]
        for name, part in (("sheet", self.sheet), row, ("column", self.column)):
            if part not in ("", None):
                parts.append(say(f"problem.{name}", lang, **{name: part}))
        return visible(say("problem.separator", lang).join(parts))

    def text(self, lang: str) -> str:
        """Return the problem in one paragraph: place, value, rule, remedy."""
        shown = "" if self.value is None else say("problem.value", lang, value=_short(self.value))
        rule = say(self.rule, lang, **self.values)
        remedy = say(f"{self.rule}.remedy", lang, **self.values)
        return say(
            "problem.line", lang, place=self.place(lang), value=shown, rule=rule, remedy=remedy
        )


class BadInputError(Exception):
    """An input that cannot be used, with all its problems; the exit status is 2.

    As text, in a script or a notebook, it is told in `lang`: that of the run it was met in.
    """

    lang = DEFAULT_LANGUAGE

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return the problems in the language they are told in."""
        return self.text(self.lang)

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows: the problems, and no lines of this program."""
        return [str(self)]

    def text(self, lang: str) -> str:
        """Return the problems, one per line.

        At most 40 are shown, and at most 5 that differ only in row and value; others are counted.
        """
        seen: Counter[tuple[str, ...]] = Counter()
        shown: list[Problem] = []
        for problem in self.problems:
            kind = (problem.rule, problem.file, problem.sheet, problem.column)
            seen[kind] += 1
            if seen[kind] <= SHOWN_ALIKE and len(shown) < SHOWN:
                shown.append(problem)
        lines = [say("problem.count", lang, count=len(self.problems))]
        lines += [problem.text(lang) for problem in shown]
        if len(self.problems) > len(shown):
            lines.append(say("problem.more", lang, count=len(self.problems) - len(shown)))
        return "\n".join(lines)


def refusal(rule: str, file: str, column: str = "", **values: object) -> BadInputError:
    """Return the error for a single problem of a file or of one of its columns."""
    return BadInputError([Problem(rule, file, values, column=column)])


@contextmanager
def told_in(lang: str) -> Iterator[None]:
    """Have what is refused within told in a language.

    Examples
    --------
    >>> with told_in("en"):
    ...     raise refusal("yaml.missing_key", "run.yaml", "dataset")
    Traceback (most recent call last):
    fundeval.problems.BadInputError: 1 problem in the input; nothing was written:
    - run.yaml, “dataset”. A required key is missing. Remedy: add the key.
    """
    try:
        yield
    except BadInputError as error:
        error.lang = lang
        raise


def tells_in_its_language(kind: Kind) -> Kind:
    """Have what the public methods of a class refuse told in the `lang` of the object."""
    for name, method in [*vars(kind).items()]:
        if isfunction(method) and not name.startswith("_"):
            setattr(kind, name, _told_in_own(method))
    return kind


def _told_in_own(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Any, *given: Any, **named: Any) -> Any:
        with told_in(self.lang):
            return method(self, *given, **named)

    return call


def _short(value: object, length: int = 60) -> str:
    text = visible(str(value))
    return text if len(text) <= length else text[: length - 1] + "…"
