"""What stands outside a table and holds for all its rows: year, scheme, unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fundeval.intake.guess.found_header import LABELS_OF_UNITS, is_caption
from fundeval.intake.guess.vocabulary import kind_of
from fundeval.intake.source_files import is_year_of
from fundeval.intake.year_texts import read_year
from fundeval.tables.cells import half_width
from fundeval.tables.parsing.header import normalize_header

# Not the year of a date, such as that of filling in.
YEARS = (r"((?:19|20)[0-9]{2})\s*年(?!\s*[0-9]{1,2}\s*月)", "([〇○零一二三四五六七八九]{4})年")
YEAR_IN_NAME = r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])"
SCHEME = "(职工|居民)"
SCHEME_CODES = {"职工": "employee", "居民": "resident"}
AFTER_LABEL = r"[^：:]{0,8}[：:]\s*([^\s：:]+)"
BEFORE = "^(?:(?:19|20)[0-9]{2}年?度?|[〇○零一二三四五六七八九]{4}年度?)?\\s*"
NAME = "[一-龥]{1,12}?(?:自治县|自治州|县|市|区|旗|州|省|医院|卫生院)"
IN_TITLE = f"{BEFORE}({NAME})(?:本级)?(?=[^一-龥]|[二城职居基医社财年收决预定])"
IN_FILE = f"^({NAME})(?=[^一-龥]|[二城职居基医社财年收决预定报])"
IN_FILE_NAME = f"^({NAME})(?=[^一-龥])"
WHOLE_NAME = r"(.+)\.[A-Za-z]+$"
NO_NAME = {"城市", "地市", "县市", "全市", "全县", "全省", "全区", "本市", "本县", "某市区"}


@dataclass(frozen=True)
class Around:
    """The texts around a table: the rows above its header, the names of sheet and file.

    `files` are those of its layout, if sheets of several have one name.
    """

    rows: Sequence[Sequence[str]]
    sheet: str
    file: str
    files: Sequence[str] = ()

    @property
    def above(self) -> list[str]:
        """Return the texts above the header."""
        return [text for row in self.rows for text in row if text]

    @property
    def stem(self) -> str:
        """Return the name of the file without its ending."""
        return self.file.rpartition(".")[0]

    def all(self) -> list[str]:
        """Return all texts around the table, the nearest first."""
        return [*self.above, *filter(None, (self.sheet, self.stem))]


@dataclass(frozen=True)
class Taken:
    """A value found around a table: the rule that takes it, and what it is.

    Several values are `found` where nobody can tell which holds: then there is no rule.
    """

    rule: Mapping[str, object] = field(default_factory=dict)
    found: tuple[str, ...] = ()


def find_year(around: Around) -> Taken:
    """Return how the year is taken from around a table.

    Examples
    --------
    >>> find_year(Around([["甲县2024年收支表", "制表日期：2025年3月1日"]], "", "a.xlsx")).found
    ('2024',)
    """
    places = [("above", around.above, pattern) for pattern in YEARS]
    places += [("sheet", [around.sheet], YEAR_IN_NAME), ("file", [around.stem], YEAR_IN_NAME)]
    for place, texts, pattern in places:
        found = _found(texts, pattern)
        if found:
            years = tuple(dict.fromkeys(read_year(f"{text}年", "") or text for text in found))
            rule = {"from": place, "pattern": pattern} if len(found) == 1 else {}
            return Taken(rule, years)
    return Taken()


def find_scheme(around: Around) -> Taken:
    """Return how the scheme is taken from around a table."""
    for place, texts in _places(around):
        found = _found(texts, SCHEME)
        if found:
            rule = {"from": place, "pattern": SCHEME, "codes": SCHEME_CODES}
            return Taken(rule if len(found) == 1 else {}, tuple(found))
    return Taken()


def find_unit(around: Around) -> Taken:
    """Return how the name of the unit that a whole sheet is of is taken from around it."""
    found = list(_beside_labels(around.rows))
    if len(set(found)) == 1:
        label, name = found[0]
        return Taken({"from": "above", "beside": label}, (name,))
    for pattern in (f"{label}{AFTER_LABEL}" for label in LABELS_OF_UNITS):
        names = _found(around.above, pattern)
        if len(names) == 1:
            return Taken({"from": "above", "pattern": pattern}, tuple(names))
    names = [name for name in _found(around.above, IN_TITLE) if name not in NO_NAME]
    if len(names) == 1:
        return Taken({"from": "above", "pattern": IN_TITLE}, tuple(names))
    if around.sheet and kind_of(around.sheet):
        return Taken({"from": "sheet"}, (around.sheet,))
    names = [name for name in _found([around.stem], IN_FILE) if name not in NO_NAME]
    if not names and kind_of(around.stem):
        return Taken({"from": "file", "pattern": WHOLE_NAME}, (around.stem,))
    return Taken({"from": "file", "pattern": IN_FILE} if names else {}, tuple(names))


def find_units_of_files(files: Sequence[str]) -> Taken | None:
    """Return how units are taken from the names of files, one for each; None if it is one unit.

    Examples
    --------
    >>> find_units_of_files(["甲县医院2023.xlsx", "甲县医院2024.xlsx"])
    >>> find_units_of_files(["甲县医院2024.xlsx", "乙县医院.xlsx"]).found
    ('甲县医院', '乙县医院')
    """
    for pattern in (IN_FILE_NAME, WHOLE_NAME):
        units = [found[1] for name in files if (found := re.search(pattern, name))]
        if len(units) == len(files) and not NO_NAME & {*units}:
            rule = {"from": "file", "pattern": pattern}
            return None if is_year_of(units) else Taken(rule, (*units,))
    return None


def says(words: Iterable[str], around: Around) -> str | None:
    """Return the first of some words that the texts around a table have, the nearest first."""
    return next((word for text in around.all() for word in words if word in text), None)


def _places(around: Around) -> list[tuple[str, list[str]]]:
    return [("above", around.above), ("sheet", [around.sheet]), ("file", [around.stem])]


def _found(texts: Iterable[str], pattern: str) -> list[str]:
    found = (match for text in texts for match in re.findall(pattern, text))
    return list(dict.fromkeys(found))


def _beside_labels(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield each label such as 单位名称 with what stands in the cell to the right of it."""
    for row in rows:
        for place, text in enumerate(row):
            after = [other for other in row[place + 1 :] if other][:1]
            if (
                normalize_header(text).rstrip(":：") in LABELS_OF_UNITS
                and after
                and not is_caption(after[0])
            ):
                yield (f"{half_width(text).rstrip(':：')}*", after[0])
