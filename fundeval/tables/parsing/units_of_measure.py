"""The units of measure that a sheet states: in a header, above its rows, or in cells of their own.

`check` and `convert` both read units here, so that （万元） means the same to both.
"""

from __future__ import annotations

import re

from fundeval.tables.cells import UNITS, half_width

FACTORS = {unit: factor for units in UNITS.values() for unit, factor in units.items() if unit}
# Any amount, known or not: 十万元 and 美元 must not be taken for a sheet that states no unit.
AMOUNT = "[十百千万亿]*[美港欧日澳加]?元"
CURRENCY = r"(?:人民币|rmb|cny|¥|\s)*"
LONGEST_FIRST = "|".join(map(re.escape, sorted(FACTORS, key=len, reverse=True)))
# 元 in 元氏县 is no unit.
UNIT = re.compile(rf"{CURRENCY}({AMOUNT}|{LONGEST_FIRST}){CURRENCY}(?![\u4e00-\u9fff])")
# What a header may end with without brackets; 元 alone ends words such as 单元.
SUFFIX = re.compile(
    rf"(?:[-_:/]{CURRENCY}({AMOUNT})|[-_:/]?([千万亿]+(?:元|人次|人|例|床日|天|次)))$"
)
BRACKETS = re.compile(r"[(\[{【〔〈]([^()\[\]{}【】〔〕〈〉]*)[)\]}】〕〉]")
BEFORE_UNIT = re.compile("(?:计量|金额|货币)?单位|金额")
LIST_SEPARATOR = re.compile(r"[、,;/|:。\s]|和|及|与")
AS_UNIT = re.compile(r"以([^,。]{1,6}?)为(?:计量|金额|货币)?单位")
SPELLINGS = (
    (re.compile(r"单\s+位"), "单位"),
    (re.compile(r"\bunits?\b"), "单位"),
    (re.compile(r"100\s*million\s*yuan"), "亿元"),
    (re.compile(r"billion\s*yuan"), "十亿元"),
    (re.compile(r"million\s*yuan"), "百万元"),
    (re.compile(r"(?:10[,\s]?000|ten\s*thousand)\s*yuan"), "万元"),
    (re.compile(r"(?:1[,\s]?000|thousand)\s*yuan"), "千元"),
    (re.compile("yuan|圆"), "元"),
    (re.compile(r"(?<=[十百千万亿])\s+(?=[元人次例床天])"), ""),
)


def read_unit(text: str) -> str | None:
    """Return the unit of measure that a cell consists of; None if it holds anything else.

    Parameters
    ----------
    text
        A whole cell, such as `人民币 万元` or `（亿次）`.

    Returns
    -------
    The unit as in `cells.UNITS`, or an amount that has no factor there, such as 美元.
    """
    found = UNIT.fullmatch(BRACKETS.sub(r"\1", _spelled(text)))
    return found.group(1) if found else None


def units_in_text(text: str, *, in_brackets: bool = True) -> list[str]:
    """Return the units that a title, a line above the table or a note states.

    Parameters
    ----------
    text
        A whole cell, such as `金额单位：人民币万元` or `基金收支表（单位：万元、万人次）`.
    in_brackets
        Whether （万元） is a statement without the word 单位, as in a title.

    Returns
    -------
    The units in the order they stand, each once.
    """
    plain = _spelled(text)
    found = []
    if in_brackets:
        whole = UNIT.fullmatch(plain)
        found += [whole.group(1)] if whole and not _is_name(whole.group(1)) else []
        found += [unit for inside in BRACKETS.findall(plain) for unit in _listed(inside)]
    else:
        plain = BRACKETS.sub(r" \1 ", plain)
    plain = BRACKETS.sub(" ", plain)
    for piece in [*AS_UNIT.findall(plain), *BEFORE_UNIT.split(plain)[1:]]:
        listed = re.split(r"\s", piece.lstrip(" :(为是均计"))[0]
        starts = (UNIT.match(part) for part in LIST_SEPARATOR.split(listed))
        found += [start.group(1) for start in starts if start]
    return list(dict.fromkeys(found))


def units_in_header(header: str) -> list[str]:
    """Return the units that a header states, several rows of it joined by `/`, each once."""
    plain = _spelled(header)
    found = units_in_text(plain)
    for part in BRACKETS.sub("", plain).split("/"):
        unit = UNIT.fullmatch(part)
        if unit and not _is_name(unit.group(1)):
            found.append(unit.group(1))
    if ending := SUFFIX.search(BRACKETS.sub("", plain)):
        found.append(ending.group(1) or ending.group(2))
    return list(dict.fromkeys(found))


def split_header(header: str) -> tuple[str, list[str]]:
    """Return a plain header without the unit that it states, and that unit: none or more."""
    units: list[str] = []

    def without(brackets: re.Match[str]) -> str:
        words = [word for word in _words(brackets.group(1)) if word]
        listed = _listed(brackets.group(1))
        units.extend(listed)
        return "" if listed and len(listed) == len(words) else brackets.group()

    name = BRACKETS.sub(without, _spelled(header))
    if not units and (ending := SUFFIX.search(name)):
        return name[: ending.start()], [ending.group(1) or ending.group(2)]
    return name, units


def _spelled(text: str) -> str:
    """Return text of usual width and case, with each unit spelled as in `cells.UNITS`."""
    plain = half_width(text).lower()
    for spelling, usual in SPELLINGS:
        plain = spelling.sub(usual, plain)
    return plain


def _words(text: str) -> list[str]:
    return LIST_SEPARATOR.split(BEFORE_UNIT.sub("", text))


def _listed(text: str) -> list[str]:
    """Return the units among the words of a text such as `单位:万元,保留两位`."""
    found = (UNIT.fullmatch(word) for word in _words(text))
    return [unit.group(1) for unit in found if unit]


def _is_name(unit: str) -> bool:
    """Tell whether a unit alone in a cell may as well be the name of a column, as 人次."""
    return unit in UNITS["number"] and FACTORS[unit] == 1
