"""Estimate the width of a text without a font, to truncate or wrap it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile
from os.path import commonprefix
from unicodedata import east_asian_width

# Where a phrase or a word ends; a comma within a figure ends none.
PHRASE_ENDS = re.compile(
    r"(?<=\S)(?:[；，。：、]|[;,:](?=[\s…]))|(?<=[^\s（(])(?=[（(])|(?<=[^\s；，。：、;,:])\s"
)


def width_of(text: str) -> float:
    """Estimate the width of a text, in widths of a Chinese character.

    Examples
    --------
    >>> width_of("基金ab")
    3.2
    """
    return sum(
        1.0 if east_asian_width(sign) in "WF" else 0.9 if sign in "WMm@" else 0.6 for sign in text
    )


def cut(text: str, room: float) -> str:
    """Shorten a text to a width in Chinese characters, ending in an ellipsis.

    Examples
    --------
    >>> cut("医疗保障基金", 4)
    '医疗保…'
    """
    if width_of(text) <= room:
        return text
    # Every sign once: a line of source may have millions.
    widths = accumulate(map(width_of, text))
    kept = sum(1 for _ in takewhile(lambda width: width <= room - 1, widths))
    return f"{text[:kept]}…"


def cut_each(texts: Sequence[str], room: float) -> list[str]:
    """Shorten texts to a width; of those that would look alike, the beginning that they share.

    So too of all that are cut, where the words that they share would fill half of the width.

    Examples
    --------
    >>> cut_each(["North District Hospital", "North District Clinic", "South"], 8)
    ['No…Hospital', 'No…Clinic', 'South']
    >>> cut_each(["Baiheng County East Centre", "Baiheng County West Centre"], 10)
    ['Bai…East Centre', 'Bai…West Centre']
    """
    short = [cut(text, room) for text in texts]
    long = [text for text in texts if width_of(text) > room]
    shared = commonprefix(long)  # noqa: RUF071  (texts, not paths)
    if len(set(long)) > 1 and width_of(shared[: shared.rfind(" ") + 1]) > room / 2:
        own = [_cut_after_shared(text, long, room) if text in long else text for text in texts]
        if len(set(own)) == len(set(texts)):
            return own
    alike: dict[str, set[str]] = {}
    for each, text in zip(short, texts, strict=True):
        alike.setdefault(each, set()).add(text)
    return [
        _cut_after_shared(text, alike[each], room) if len(alike[each]) > 1 else each
        for each, text in zip(short, texts, strict=True)
    ]


def _cut_after_shared(text: str, others: Iterable[str], room: float) -> str:
    """Keep little of the beginning that a text shares with others, then what is its own."""
    shared = commonprefix([*others])  # noqa: RUF071  (texts, not paths)
    # Words stay whole where there are words.
    shared = shared[: shared.rfind(" ") + 1] or shared
    head = cut(shared, room / 3).rstrip("… ")
    return f"{head}…{cut(text[len(shared) :], room - width_of(head) - 0.6)}"


def wrap(text: str, room: float, *, within_words: bool = False) -> str:
    """Break a text into lines of a width in Chinese characters; English breaks at words.

    A word that is longer than a line stays whole, unless it may break within.

    Examples
    --------
    >>> wrap("Status: reviewed by Li", 9)
    'Status:\\nreviewed by Li'
    >>> wrap("reviewed", 3, within_words=True)
    'rev\\niewed'
    """
    lines = [""]
    parts = re.findall(r"[^\s\u1100-\uffff-]+-?\s?|\s|.[）」，。、]*", text)
    if within_words:
        # No sign is wider than a Chinese character.
        most = max(int(room), 1)
        parts = [
            piece
            for part in parts
            for piece in ([part] if width_of(part.rstrip()) <= room else _cut_up(part, most))
        ]
    for part in parts:
        if lines[-1] and width_of(lines[-1] + part.rstrip()) > room:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def _cut_up(word: str, signs: int) -> list[str]:
    return [word[at : at + signs] for at in range(0, len(word), signs)]


def fit_columns(titles: list[str], room: float, lines: int = 3) -> tuple[list[str], list[str]]:
    """Break titles of columns into lines; where a word has no room, number them.

    Returns
    -------
    tuple
        What stands at the columns, and what the numbers stand for (nothing without numbers).

    Examples
    --------
    >>> fit_columns(["Satisfaction", "Share"], 4)
    (['1', '2'], ['Satisfaction', 'Share'])
    """
    broken = [wrap(title, room).split("\n") for title in titles]
    if all(len(part) <= lines and all(width_of(p) <= room for p in part) for part in broken):
        return ["\n".join(part) for part in broken], []
    return [str(at + 1) for at in range(len(titles))], titles


def fit(text: str, room: float, lines: int = 2) -> str:
    """Break a name into at most so many lines of a width, the last one shortened.

    Examples
    --------
    >>> fit("住院次均费用实际增幅", 6).split()
    ['住院次均费用', '实际增幅']
    """
    found = wrap(text, room).split("\n")
    between = " " if text.isascii() else ""
    kept = [*found[: lines - 1], between.join(found[lines - 1 :])]
    return "\n".join(cut(line, room) for line in kept if line)


def shorten(text: str, most: float) -> str:
    """Return a text that fits, cut after a whole phrase or word and never within a figure.

    Examples
    --------
    >>> shorten("2020 年 0.07%，2024 年 0.09%", 11)
    '2020 年 0.07%…'
    >>> shorten("Of 60 hospitals, 56 grow", 11)
    'Of 60 hospitals…'
    >>> shorten("2020 年 0.07%", 11)
    '2020 年 0.07%'
    """
    kept = cut(text, most)
    if kept == text:
        return text
    ends = [match.start() for match in PHRASE_ENDS.finditer(kept)]
    return f"{kept[: ends[-1]]}…" if ends else kept
