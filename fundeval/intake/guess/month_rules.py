"""The rules that are proposed for a table of months, which stand in its rows or in its headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fundeval.intake.guess.comments import Comments
from fundeval.intake.guess.outside import Around, says
from fundeval.intake.guess.sheet_columns import KNOWN_SCHEMES, SheetColumn, last
from fundeval.intake.guess.unit_rules import EXECUTED, Key, Rule, figures_of_sheet, rules_of_units
from fundeval.intake.guess.vocabulary import TOTAL, names_of
from fundeval.intake.guess.yaml_lines import Comment, Line

MONTH_HEADERS = {"月份", "月", "月度", "month"}
MONTH = re.compile(r"(?:((?:19|20)\d\d)年?度?)?\s*(1[0-2]|0?[1-9])月?份?")
MONTH_IN_HEADER = re.compile(r"(?:1[0-2]|0?[1-9])(?=月)")
# So many months in headers make a table of months.
FEWEST = 3
SPENT = {
    "当月支出", "本月支出", "月支出", "支出", "支出数", "基金支出", "当月执行", "当月执行数",
    "本月执行数", "本月执行", "月执行数", "当月数", "本月数", "金额", "支付", "支付金额",
}  # fmt: skip
PHASED = {"序时预算", "序时预算数", "分月预算", "月预算", "月度预算", "当月预算", "本月预算"}
# What has been spent since January is not what was spent in a month.
CUMULATED = re.compile(r"(?:本年|全年)?累计.*|截[至止].*|.*累计")


@dataclass(frozen=True)
class Months:
    """The columns of a sheet, and where its months stand: in one, or in the headers of several."""

    columns: tuple[SheetColumn, ...]
    rows: SheetColumn | None = None
    wide: tuple[SheetColumn, ...] = ()

    @property
    def year(self) -> SheetColumn | None:
        """Return the column of months if it says the year too, as 2024年1月."""
        found = [MONTH.fullmatch(text) for text in months_in(self.rows)] if self.rows else []
        return self.rows if found and all(each and each[1] for each in found) else None


def find_months(columns: Sequence[SheetColumn]) -> Months | None:
    """Return where the months of a table stand; None if it is none of months."""
    for column in columns:
        texts = months_in(column)
        if last(column.label) in MONTH_HEADERS and texts and all(map(MONTH.fullmatch, texts)):
            return Months((*columns,), rows=column)
    wide = [
        each
        for each in columns
        if each.holds_figures and MONTH_IN_HEADER.match(each.label) and MONTH.fullmatch(each.label)
    ]
    return Months((*columns,), wide=(*wide,)) if len(wide) >= FEWEST else None


def with_year_of_months(key: Key, months: Months | None) -> Key:
    """Return the key with the year that the column of months says too, if it has none."""
    return replace(key, year=months.year) if months and not key.year else key


def months_in(column: SheetColumn) -> list[str]:
    """Return what stands in a column of months, but for totals."""
    return [text for text in column.texts if not TOTAL.fullmatch(text)]


def schemes_of(months: Months, key: Key) -> list[str]:
    """Return the scheme that each column of figures names; [] if not all do, or a column does."""
    found = [scheme_in(each)[0] for each in _figures(months, key)]
    return [] if key.scheme or not found or not all(found) else found


def scheme_in(column: SheetColumn) -> tuple[str, str]:
    """Return the scheme that a header names, "" for none, and the rest of the header."""
    label = column.label.replace("/", "")
    words = [word for word in KNOWN_SCHEMES if label.startswith(word) or label.endswith(word)]
    if not words:
        return "", last(column.label)
    word = max(words, key=len)
    rest = label.removeprefix(word) if label.startswith(word) else label.removesuffix(word)
    return KNOWN_SCHEMES[word], rest


def rules_of_months(
    name: str,
    months: Months,
    key: Key,
    around: Around,
    comments: Comments,
) -> list[Rule]:
    """Return the rule on the table of months.

    Parameters
    ----------
    name
        The name of the source in the mapping.
    months
        The columns of the sheet, and where its months stand.
    key
        The columns that tell its rows apart besides.
    around
        What stands around the table, which may say what its figures are.
    comments
        Writes the comments.
    """
    keys, used = key.lines(comments), list[SheetColumn]()
    if months.rows:
        texts = dict.fromkeys(months_in(months.rows) if months.year else ())
        codes = {text: found[2] for text in texts if (found := MONTH.fullmatch(text))}
        month: object = {"from": months.rows.name, "codes": codes} if codes else months.rows.name
        keys.append(Line("month", month))
    rule: Rule = [
        Comment((comments.note("months"),)), Line("table", "monthly"), Line("sources", [name])
    ]  # fmt: skip
    melt: list[object] = []
    by_scheme = schemes_of(months, key)
    if months.wide:
        used += months.wide
        for year in dict.fromkeys(each.year for each in months.wide):
            template = next(each.name for each in months.wide if each.year == year)
            said = [Line("set", {"year": year})] if year and not key.year else []
            line = _line(_said(around), MONTH_IN_HEADER.sub("{month}", template), comments)
            each_month = Line("each", {"month": "[0-9]{1,2}"})
            melt.append([*said, each_month, Line("columns", [line])])
    made: dict[str, list[Line]] = {}
    for column in [] if months.wide else _figures(months, key):
        scheme, rest = scheme_in(column) if by_scheme else ("", last(column.label))
        meant = _meaning(rest, around)
        of_scheme = made.setdefault(scheme, [])
        if meant and meant not in [line.key for line in of_scheme]:
            of_scheme.append(_line(meant, column.name, comments))
            used.append(column)
    if by_scheme:
        melt = [
            [Line("set", {"scheme": scheme}), Line("columns", lines)]
            for scheme, lines in made.items()
            if lines
        ]
        made = {}
    rule.append(Line("columns", [*keys, *(line for lines in made.values() for line in lines)]))
    if melt:
        rule.append(Line("melt", melt))
    yearly = _yearly(name, months, key, around, comments)
    left = figures_of_sheet(months.columns, key) if not yearly else []
    rest_of_it = [e.name for e in left if e not in used]
    rest_of_it = [n for n in rest_of_it if not months.rows or n != months.rows.name]
    if rest_of_it:
        rule.append(Comment((comments.note("left", headers=comments.listed(rest_of_it)),)))
    return [[*rule, *_drops(months, key, comments)], *yearly]


def _yearly(name: str, months: Months, key: Key, around: Around, comments: Comments) -> list[Rule]:
    """Return the rules on columns of the whole year that stand beside those of its months."""
    others = [each for each in months.columns if each not in months.wide]
    known = names_of("budgets")
    if months.rows or not any(last(e.label) in known for e in figures_of_sheet(others, key)):
        return []
    return rules_of_units(name, others, key, around, comments)


def _figures(months: Months, key: Key) -> list[SheetColumn]:
    """Return the columns of figures that may be of a month; totals and sums of months are none."""
    return [
        each
        for each in figures_of_sheet(months.columns, key)
        if each not in (months.rows, *months.wide)
        and not TOTAL.fullmatch(last(each.label))
        and not CUMULATED.fullmatch(last(each.label))
    ]


def _meaning(label: str, around: Around) -> str:
    """Return the column of the table that a header means, "?" to ask, "" for none."""
    if label in PHASED:
        return "phased_budget"
    known = names_of("budgets").get(label) or names_of("budgets").get(f"{label}数")
    if label in SPENT or known == "executed":
        return "executed"
    if not label:
        return _said(around)
    return "" if known else "?"


def _said(around: Around) -> str:
    """Return what a title says that the figures are; "?" if it says nothing."""
    if says(sorted(PHASED), around):
        return "phased_budget"
    return "executed" if says((*EXECUTED, "支出", "支付"), around) else "?"


def _line(meant: str, value: str, comments: Comments) -> Line:
    return Line(meant, value, (comments.question("monthly"),) if meant == "?" else ())


def _drops(months: Months, key: Key, comments: Comments) -> Rule:
    """Return the line that leaves out totals, of the months too."""
    lines = key.drop_lines(comments)
    if not months.rows:
        return lines
    totals = [text for text in dict.fromkeys(months.rows.texts) if TOTAL.fullmatch(text)]
    if not totals:
        return lines
    of_months = {"column": months.rows.name, "matching": totals}
    others = lines[0].value if lines and isinstance(lines[0], Line) else []
    assert isinstance(others, list)
    return [Line("drop", [*others, of_months], (comments.note("drop"),))]
