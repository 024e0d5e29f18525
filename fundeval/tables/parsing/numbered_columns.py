"""The row below a header in which a form numbers its columns: 栏次 1 2 3=2/1, 甲 乙 丙 1 2."""

from __future__ import annotations

import re
import unicodedata

STEMS = "甲乙丙丁戊己庚辛壬癸"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# E=D+1 says how a column is made of others too.
LETTER = re.compile(r"(?<=^[A-Za-z])=.+")
WORDS = ("栏次", "列次", "栏号", "栏目")
# 3=2/1 says how a column is made of others, as does (3)=(2)÷(1).
NUMBER = re.compile(r"[(]?(\d{1,2})[)]?(?:=[()\d+\-*/×÷%]+)?")
# So many numbered columns in a row are no accident.
LEAST = 2


def numbers_columns(cells: list[str]) -> bool:
    """Tell whether a row numbers the columns of a form, in order and from the first on.

    Examples
    --------
    >>> numbers_columns(["甲", "乙", "", "1", "2", "3=2/1"])
    True
    >>> numbers_columns(["①", "②", "③=②÷①"])
    True
    >>> numbers_columns(["A", "B", "C=B-A"])
    True
    >>> numbers_columns(["007", "2023", "职工", "1", "2", "3"])
    False
    """
    # Circled numbers may count columns too: ① ② ③.
    texts = [unicodedata.normalize("NFKC", cell).replace(" ", "") for cell in cells if cell.strip()]
    if texts and texts[0] in WORDS:
        texts = texts[1:]
    stems = [text for text in texts if text in STEMS]
    if "".join(stems) != STEMS[: len(stems)] or texts[: len(stems)] != stems:
        return False
    letters = "".join(LETTER.sub("", text) for text in texts).upper()
    if len(texts) > LEAST and letters == LETTERS[: len(texts)]:
        return True
    numbers = [NUMBER.fullmatch(text) for text in texts[len(stems) :]]
    found = [int(number.group(1)) for number in numbers if number]
    in_order = found == list(range(1, len(numbers) + 1))
    return in_order and len(stems) + len(found) >= LEAST
