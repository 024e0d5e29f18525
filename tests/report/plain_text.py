"""Words of the machine in what people read: codes, ids of parameters, signs of Python or YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

# Code that a page keeps, what only machines read, and where files and hashes are told.
NOT_READ = re.compile(r"<(style|script|code|head)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
MACHINE_WORDS = {
    "a word with an underscore": re.compile(r"\b[a-zA-Z]+_[a-zA-Z_0-9]+\b"),
    "a word of Python": re.compile(r"\b(None|nan|NaN|NaT)\b|\b(True|False)\b(?! [a-z])|<NA>"),
    "a sign of Python or YAML": re.compile(r"[{}]|\['|\"\]|'\]|\\n"),
    "a key of YAML": re.compile(r"\b(from|to|result|points|kind|value|by): [\d\[\w]+, "),
}
# What a sum is written with, and names that are the same in Chinese.
KNOWN_IN_CHINESE = {"min", "max", "floor", "sha256", "fundeval", "psecc", "com"}
ENGLISH = re.compile(r"(?<![A-Za-z0-9_./-])[a-z][a-z_0-9]{2,}(?![A-Za-z])")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
CHINESE = re.compile("[\u4e00-\u9fff]+")
# The number of an official document, and what was typed, which is quoted.
DOCUMENT = re.compile("[\u4e00-\u9fff]+〔\\d+〕\\d+号")
TYPED = re.compile("“[^”]*”")
# Names of files are told as they are.
FILE = re.compile(r"\b[\w-]+\.(csv|xlsx|xls|yaml|html|parquet|json|py)\b")


def texts(page: str) -> list[str]:
    """Return the pieces of text that a page shows."""
    bare = NOT_READ.sub("\n", page)
    return [text.strip() for text in unescape(bare).split("\n") if text.strip()]


def machine_words(text: str) -> Iterator[str]:
    """Yield what of a text is a word of the machine, and why.

    Examples
    --------
    >>> [*machine_words("execution_floor is None in units.csv")]
    ['a word with an underscore: execution_floor', 'a word of Python: None']
    """
    said = TYPED.sub(" ", FILE.sub(" ", text))
    for why, pattern in MACHINE_WORDS.items():
        yield from (f"{why}: {found[0]}" for found in pattern.finditer(said))


def foreign_words(text: str, lang: str) -> list[str]:
    """Return the English words of a text in Chinese, or the Chinese words of one in English.

    Examples
    --------
    >>> foreign_words("单位由政策的 unit 写明", "zh"), foreign_words("120.25 万元 = 1", "en")
    (['unit'], ['万元'])
    >>> foreign_words("见 units.csv；财预〔2020〕10号", "zh")
    []
    """
    said = TYPED.sub(" ", HASH.sub(" ", FILE.sub(" ", DOCUMENT.sub(" ", text))))
    if lang == "en":
        return CHINESE.findall(said)
    return [word for word in ENGLISH.findall(said) if word not in KNOWN_IN_CHINESE]
