"""The comments of a proposed mapping, in the language of whoever answers them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from fundeval.words import say

# Where the number of a question stands until all of them are there.
NUMBER = "«n»"


@dataclass(frozen=True)
class Comments:
    """Writes the comments of a mapping in a language; questions are numbered at the end."""

    lang: str

    def listed(self, names: Iterable[str]) -> str:
        """Return names in one line, as the language sets them off."""
        return ("、" if self.lang == "zh" else ", ").join(names)

    def note(self, message: str, **values: object) -> str:
        """Return what was recognised, for somebody to check."""
        return say(f"guess.note.{message}", self.lang, **values)

    def question(self, message: str, **values: object) -> str:
        """Return a question, whose number is still open."""
        text = say(f"guess.ask.{message}", self.lang, **values)
        return say("guess.question", self.lang, number=NUMBER, text=text)


def numbered(text: str) -> tuple[str, int]:
    """Return a text with its questions numbered, and how many there are.

    Examples
    --------
    >>> numbered("Question «n»: a, Question «n»: b")
    ('Question 1: a, Question 2: b', 2)
    """
    numbers = count(1)
    made = re.sub(NUMBER, lambda _: str(next(numbers)), text)
    return made, next(numbers) - 1
