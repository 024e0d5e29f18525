"""Chapters and sections of a page: their numbers, their contents, and how one links to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from markupsafe import escape

from fundeval.report.format.html_fragments import anchor
from fundeval.words import say

# A heading of a report, and one of a cell that an evaluator added, as pages hold them.
HEADING = re.compile(
    r'<h([23]) id="([^"]+)" class="(chapter|annex|section)">(.*?)</h\1>', re.DOTALL
)
OWN_HEADING = re.compile(r"<h([123])((?:\s[^>]*)?)>(.*?)</h\1>", re.DOTALL)
OWN = '<div class="own">'
TABLE = re.compile(r'<table id="([^"]+)">(.*?</table>\n</div>)', re.DOTALL)
WITHIN = re.compile(r'<a href="#([^"]+)">(.*?)</a>', re.DOTALL)
ID = re.compile(r'\sid="([^"]+)"')
TAG = re.compile(r"<[^>]*>")
DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Entry:
    """A line of the contents, with those below it."""

    key: str
    text: str
    below: list[Entry] = field(default_factory=list)


class Outline:
    """Numbers the headings of a page, gives own ones an id, and keeps the contents.

    Parameters
    ----------
    lang
        Language of the page, `zh` or `en`.

    Attributes
    ----------
    entries
        The contents, as far as parts were read.
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.entries: list[Entry] = []
        self._counts: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()

    def read(self, part: str) -> str:
        """Return the next part of the page with its headings numbered, every id once.

        A link to itself stands below each table.
        """
        if part.startswith(OWN):
            return OWN_HEADING.sub(self._own, part)
        return TABLE.sub(self._table, HEADING.sub(self._heading, part))

    def _heading(self, found: re.Match[str]) -> str:
        level, key, kind, text = found.groups()
        self._counts[kind] += 1
        if kind != "section":
            self._counts["section"] = 0
        named = self._numbered(kind, text)
        key = self._once(key)
        self._list(level == "2", Entry(key, _plain(named)))
        link = f'<a class="anchor" href="#{key}" aria-hidden="true" tabindex="-1">#</a>'
        return f'<h{level} id="{key}" class="{kind}">{named}{link}</h{level}>'

    def _own(self, found: re.Match[str]) -> str:
        level, given, text = found.groups()
        if 'id="' in given:
            return found.group()
        key = self._once(anchor("own", _plain(text)))
        self._list(level != "3", Entry(key, _plain(text)))
        return f'<h{level} id="{escape(key)}"{given}>{text}</h{level}>'

    def _table(self, found: re.Match[str]) -> str:
        key = self._once(found.group(1))
        link = f'<p class="tools"><a href="#{key}">{say("tools.link", self.lang)}</a></p>'
        return f'<table id="{key}">{found.group(2)}\n{link}'

    def _list(self, is_chapter: bool, entry: Entry) -> None:
        """Add a line to the contents: a section below the chapter before it."""
        if is_chapter or not self.entries:
            self.entries.append(entry)
        else:
            self.entries[-1].below.append(entry)

    def _once(self, key: str) -> str:
        self._seen[key] += 1
        return key if self._seen[key] == 1 else f"{key}-{self._seen[key]}"

    def _numbered(self, kind: str, title: str) -> str:
        """Return a heading with its number; a section before the first chapter has none."""
        chapter, number = self._counts["chapter"], self._counts[kind]
        if kind == "section" and not chapter:
            return title
        if self.lang == "zh":
            counted = chinese_number(number)
        else:
            counted = f"{chapter}.{number}" if kind == "section" else str(number)
        return say(f"contents.{kind}", self.lang, number=counted, title=title)


def chinese_number(number: int) -> str:
    """Return a number below a hundred as chapters of Chinese reports are counted.

    Examples
    --------
    >>> [chinese_number(number) for number in (3, 10, 12, 20, 21)]
    ['三', '十', '十二', '二十', '二十一']
    """
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return f"{DIGITS[tens] if tens > 1 else ''}十{DIGITS[ones] if ones else ''}"


def unlink_missing(parts: Sequence[str]) -> list[str]:
    """Return the parts of a page in which links to places that it does not have are plain text."""
    known = {key for part in parts for key in ID.findall(part)}

    def link(found: re.Match[str]) -> str:
        return found.group() if unescape(found.group(1)) in known else found.group(2)

    return [part if part.startswith(OWN) else WITHIN.sub(link, part) for part in parts]


def _plain(markup: str) -> str:
    text: Any = unescape(TAG.sub("", markup))
    return " ".join(text.split())
