"""The units of measure that a sheet states: in a header, above its rows, or in cells of their own.

`check` and `convert` both read units here, so that （万元） means the same to both.
"""

from __future__ import annotations

import re
from itertools import takewhile

from fundeval.tables.cells import MISSING, UNITS, half_width

FACTORS = {unit: factor for units in UNITS.values() for unit, factor in units.items() if unit}
# What stands for a unit where there is none.
NO_UNIT = {*MISSING, "-", "/", "无"}
PEOPLE = ("人", "人次", "次", "例", "")
# What is counted in a column of numbers; people and their visits where nothing stands here.
COUNTED: dict[str, tuple[str, ...]] = {
    "bed_days": ("床日", "天", "日", ""), "points": ("点", ""), "case_mix": (),
}  # fmt: skip
# Any amount, known or not: 十万元 and 美元 must not be taken for a sheet that states no unit.
AMOUNT = (
    r"[十百千万亿]*(?:[美港欧日澳加韩]?元|美金|港币|英镑|欧罗|卢布|usd|us\$|hkd|eur|gbp|jpy|[$€£])"
)
# Smaller ones, which are a unit only where nothing but the unit can stand.
SMALL = "角|分"
RENMINBI = "人民币|rmb|cny|renminbi|¥"
CURRENCY = rf"(?:{RENMINBI}|\s)*"
LONGEST_FIRST = "|".join(map(re.escape, sorted(FACTORS, key=len, reverse=True)))
# 元 in 元氏县 is no unit.
UNIT = re.compile(rf"{CURRENCY}({AMOUNT}|{LONGEST_FIRST}){CURRENCY}(?![\u4e00-\u9fff])")
UNIT_WORD = "(?:计量|金额|货币|计价)?单位"
BEFORE_UNIT = re.compile(f"{UNIT_WORD}|金额")
# What a header may end with without brackets; 元 alone ends words such as 单元.
BETWEEN = r"[-_:/,、;|*·—–\s]"
SUFFIX = re.compile(
    rf"(?:{BETWEEN}*{UNIT_WORD}{BETWEEN}*{CURRENCY}({AMOUNT}|{LONGEST_FIRST})"
    rf"|{BETWEEN}+{CURRENCY}({AMOUNT})"
    rf"|{BETWEEN}*([千万亿]+(?:元|人次|人|例|床日|天|次)|[%‰]))\s*$"
)
BRACKETS = re.compile(
    r"[(\[{【〔〈<《「『]([^()\[\]{}【】〔〕〈〉<>《》「」『』]*)[)\]}】〕〉>》」』]"
)
LIST_SEPARATOR = re.compile(r"[、,;/|:。\s]|和|及|与")
AS_UNIT = re.compile(f"[以按用]([^,。]{{1,6}}?)为{UNIT_WORD}")
# 以万元计, 按元填报: of money only, as 按人次计费 states no unit.
COUNTED_IN = re.compile(
    rf"[以按用]\s*{CURRENCY}({AMOUNT}){CURRENCY}(?:为?计(?:算|量|价|列)?|表示|列示|填[列报写]|反映|统计|记)"
)
IN_ENGLISH = re.compile(rf"\bin\s+{CURRENCY}({AMOUNT})")
MONEY = re.compile(rf"{AMOUNT}|[仟佰]元|{RENMINBI}")
CURRENCY_ALONE = re.compile(rf"(?:{RENMINBI})[\s。.;,)]*$")
CURRENCY_IN_ENGLISH = re.compile(r"\bin\s+(?:rmb|cny|renminbi)\b(?!\s*\d)")
# Where only a unit of money can stand, one that nobody knows is told.
OF_MONEY = re.compile(
    r"(?:金额|货币|计价)单位[\s:为是]*([^\s:,、;。()见详各表如_]{1,4})(?=$|[\s,;。)])"
)
BEFORE_THE_UNIT = " :(为是均皆都一律按以用计-—–―_=|~→·、,.\"'"
SCALES = (
    (r"hundred\s*millions?|100\s*millions?", "亿"),
    (r"ten\s*thousands?|10[,\s]?000s?", "万"),
    (r"billions?|bn", "十亿"),
    (r"millions?|mn|mio", "百万"),
    (r"thousands?|1[,\s]?000s?|['’‘]\s?000s?|\b000s", "千"),
)
YUAN = r"(?:rmb|cny|renminbi|yuan|元|¥)"
SPELLINGS = (
    (re.compile(r"单\s+位"), "单位"),
    (re.compile(r"金\s+额"), "金额"),
    (re.compile(r"\bunits?\b(?:\s+of\s+(?:measure(?:ment)?|account))?"), "单位"),
    *(
        (re.compile(rf"(?<![\d.,])(?:{scale})\s*(?:of\s*)?{YUAN}"), f"{zh}元")
        for scale, zh in SCALES
    ),
    *(
        (re.compile(rf"{YUAN}\s*(?:in\s|,)?\s*(?:{scale})(?![\d.,])"), f"{zh}元")
        for scale, zh in SCALES
    ),
    (re.compile("yuan|圆"), "元"),
    (re.compile(r"(?<=[十百千万亿])\s+(?=[元人次例床天])"), ""),
    (re.compile(rf"(?:{RENMINBI})[\s:(]*(?={AMOUNT})"), ""),
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
    found, everywhere = [], BRACKETS.sub(r" \1 ", plain)
    if in_brackets:
        whole = UNIT.fullmatch(plain)
        found += [whole.group(1)] if whole and not _is_name(whole.group(1)) else []
        found += [unit for inside in BRACKETS.findall(plain) for unit in _listed(inside)]
    for piece in BEFORE_UNIT.split(everywhere)[1:]:
        first, *others = re.split(r"\s+", piece.lstrip(BEFORE_THE_UNIT))
        parts = [*LIST_SEPARATOR.split(first), *takewhile(UNIT.fullmatch, others)]
        found += [start.group(1) for start in map(UNIT.match, parts) if start]
        found += [part for part in parts[:1] if re.fullmatch(SMALL, part)]
    as_units = (UNIT.fullmatch(each) for each in AS_UNIT.findall(everywhere))
    found += [unit.group(1) for unit in as_units if unit]
    found += [*COUNTED_IN.findall(everywhere), *IN_ENGLISH.findall(everywhere)]
    return list(dict.fromkeys(found or _of_money_alone(everywhere)))


def _of_money_alone(plain: str) -> list[str]:
    """Return 元 for 单位：人民币 and in CNY, or an unknown word after 金额单位."""
    after = [piece.lstrip(BEFORE_THE_UNIT) for piece in re.split("(?<!货币)单位", plain)[1:]]
    if any(map(CURRENCY_ALONE.match, after)) or CURRENCY_IN_ENGLISH.search(plain):
        return ["元"]
    return [word for word in OF_MONEY.findall(plain) if not re.fullmatch(RENMINBI, word)]


def units_in_header(header: str) -> list[str]:
    """Return the units that a header states, several rows of it joined by `/`, each once."""
    plain = _spelled(header)
    found = units_in_text(plain)
    for part in BRACKETS.sub("", plain).split("/"):
        unit = UNIT.fullmatch(part)
        if unit and not _is_name(unit.group(1)):
            found.append(unit.group(1))
    if ending := SUFFIX.search(BRACKETS.sub("", plain)):
        found.append(_ending(ending))
    return list(dict.fromkeys(found))


def mentions_money(header: str) -> bool:
    """Tell whether a header that is not known holds a unit of money, even one that is not read.

    Examples
    --------
    >>> mentions_money("执行数（百元）"), mentions_money("执行数(RMB)"), mentions_money("第三单元")
    (True, True, False)
    """
    plain = _spelled(header)
    inside = BRACKETS.findall(plain)
    return any(map(MONEY.search, inside)) or any(
        unit not in UNITS["number"] for unit in units_in_header(header)
    )


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
        return name[: ending.start()], [_ending(ending)]
    return name, units


def is_meant_for(column: str, role: str, unit: str) -> bool:
    """Tell whether a unit that is stated for a whole table is meant for a column of it.

    Examples
    --------
    >>> is_meant_for("visits", "number", "万人次"), is_meant_for("executed", "money", "万人次")
    (True, False)
    """
    if unit not in FACTORS:
        return role == "money"
    if role == "number" and unit in UNITS["number"]:
        return unit.lstrip("千百万亿") in COUNTED.get(column, PEOPLE)
    return unit in UNITS.get(role, {})


def _ending(found: re.Match[str]) -> str:
    return str(next(filter(None, found.groups())))


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
