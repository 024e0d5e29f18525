"""The rules that are proposed for a table with a row for each unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from fundeval.intake.guess.comments import Comments
from fundeval.intake.guess.outside import Around, says
from fundeval.intake.guess.sheet_columns import (
    KNOWN_SCHEMES,
    SheetColumn,
    is_aside,
    last,
    scheme_of,
)
from fundeval.intake.guess.vocabulary import TOTAL, figure_tables, figures_of, kinds_of, names_of
from fundeval.intake.guess.yaml_lines import Comment, Line
from fundeval.intake.year_texts import two_years
from fundeval.tables.cells import as_text
from fundeval.tables.schemas import columns_of, key_of

Rule = list[Line | Comment]
# The columns of a sheet that a column of a table is made of: several for years.
Meant = dict[str, tuple[SheetColumn, ...]]
EACH_YEAR = {"year": "(?:19|20)[0-9]{2}"}
# Headers that do not say which budget they are of.
BARE_BUDGET = ("预算数", "预算", "预算金额", "budget")
# Words by which a title says what its figures are.
EXECUTED, BUDGET = ("决算", "执行", "完成", "实际"), ("预算",)


@dataclass(frozen=True)
class Key:
    """The columns that tell the rows of a sheet apart, and patterns of rows that are no data.

    `within` is the value of the source that ids are told apart within, as 内科 in a hospital.
    """

    unit: SheetColumn | None
    unit_id: SheetColumn | None
    year: SheetColumn | None
    scheme: SheetColumn | None
    drop: Sequence[str] = field(default_factory=tuple)
    within: str = ""

    def filled(self, merged: Sequence[str]) -> Key:
        """Return the key with the blank cells of merged columns filled."""
        columns = {
            field: replace(column, cells=column.cells.ffill())
            for field in ("unit", "unit_id", "year", "scheme")
            if (column := getattr(self, field)) and column.name in merged
        }
        return replace(self, **columns)

    @property
    def has_units(self) -> bool:
        """Tell whether each row says which unit it is of."""
        return bool(self.unit or self.unit_id)

    def dropped(self) -> set[str]:
        """Return the texts of the column of units that are no units."""
        texts = self.unit.texts if self.unit else []
        return {text for text in texts if any(fnmatchcase(text, each) for each in self.drop)}

    def drop_lines(self, comments: Comments) -> Rule:
        """Return the line that leaves out the rows that are no data."""
        value: list[object] = []
        if self.drop and self.unit:
            value.append({"column": self.unit.name, "matching": list(self.drop)})
        if self.scheme and (totals := self._totals()):
            value.append({"column": self.scheme.name, "matching": totals})
        return [Line("drop", value, (comments.note("drop"),))] if value else []

    def id_from(self, column: SheetColumn) -> object:
        """Return what a mapping says of the column of ids."""
        return {"from": column.name, "within": self.within} if self.within else column.name

    def _totals(self) -> list[str]:
        """Return the texts of the column of schemes that are sums of others in it."""
        texts = list(dict.fromkeys(self.scheme.texts)) if self.scheme else []
        totals = [text for text in texts if TOTAL.fullmatch(text) and scheme_of(text) is None]
        return totals if len(totals) < len(texts) else []

    def lines(self, comments: Comments) -> Rule:
        """Return the lines of the columns that tell rows apart."""
        found: Rule = []
        column = self.unit_id or self.unit
        if column:
            found.append(Line("unit_id", self.id_from(column)))
        if self.year:
            two = [text for text in self.year.texts if two_years(text)]
            value: object = {"from": self.year.name, "year": "?"} if two else self.year.name
            told = (comments.question("two_years", value=two[0]),) if two else ()
            found.append(Line("year", value, told))
        if self.scheme:
            texts = [t for t in dict.fromkeys(self.scheme.texts) if t not in self._totals()]
            unknown = [t for t in texts if scheme_of(t) is None]
            codes = {t: scheme_of(t) or "?" for t in texts}
            value = {"from": self.scheme.name, "codes": codes}
            question = (
                (comments.question("schemes", names=comments.listed(unknown)),) if unknown else ()
            )
            found.append(Line("scheme", value, question))
        return found


def rules_of_units(
    name: str, columns: Sequence[SheetColumn], key: Key, around: Around, comments: Comments
) -> list[Rule]:
    """Return the rules on the tables that a sheet of units seems to hold, with questions.

    Parameters
    ----------
    name
        The name of the source in the mapping.
    columns
        The columns of the sheet.
    key
        Those that tell its rows apart.
    around
        What stands around the table, which may say what its figures are.
    comments
        Writes the comments.
    """
    figures = figures_of_sheet(columns, key)
    if by_scheme := columns_by_scheme(columns, key):
        return [_rule_by_scheme(name, by_scheme, key, comments)]
    found = _without_funds_of_providers(_meanings(figures, around), key)
    rules = [_rule(name, table, of, key, comments) for table, of in found.items()]
    known = {each.position for of in found.values() for each in _same_template(of, figures)}
    rest = [each for each in figures if each.position not in known]
    if not rules:
        rules = [_unknown_rule(name, rest, key, comments)]
    elif rest:
        rules[0].append(Comment(tuple(_left(rest, comments))))
    if "funds" in found and "budgets" not in found and "expenditure" in found["funds"]:
        rule = _rule(name, "budgets", {"executed": found["funds"]["expenditure"]}, key, comments)
        rules.append([Comment((comments.note("executed_of_fund"),)), *rule])
    return rules


def figures_of_sheet(columns: Sequence[SheetColumn], key: Key) -> list[SheetColumn]:
    """Return the columns of figures that are no keys, numbers of rows or computed ones."""
    keys = [each.position for each in (key.unit, key.unit_id, key.year, key.scheme) if each]
    return [e for e in columns if e.position not in keys and e.holds_figures and not is_aside(e)]


def columns_by_scheme(
    columns: Sequence[SheetColumn], key: Key
) -> dict[str, dict[str, SheetColumn]]:
    """Return by scheme what columns of budgets mean whose headers name it; {} if some do not.

    Such are 职工预算, 职工执行, 居民预算 and 居民执行.
    """
    if key.scheme:
        return {}
    known, wanted = names_of("budgets"), figures_of("budgets")
    found: dict[str, dict[str, SheetColumn]] = {}
    for column in figures_of_sheet(columns, key):
        label = column.label.replace("/", "")
        words = [w for w in KNOWN_SCHEMES if label.startswith(w) or label.endswith(w)]
        if not words or column.year:
            return {}
        word = max(words, key=len)
        rest = label.removeprefix(word) if label.startswith(word) else label.removesuffix(word)
        meant = known.get(rest) or known.get(f"{rest}数")
        of_scheme = found.setdefault(KNOWN_SCHEMES[word], {})
        if meant not in wanted or meant in of_scheme:
            return {}
        of_scheme[str(meant)] = replace(column, label=rest)
    return found if len(found) > 1 else {}


def _rule_by_scheme(
    name: str, of: dict[str, dict[str, SheetColumn]], key: Key, comments: Comments
) -> Rule:
    """Return a rule on budgets with a row for each scheme that headers name."""
    parts = []
    for scheme, columns in of.items():
        meant: Meant = {each: (column,) for each, column in columns.items()}
        beside = "executed" in meant
        lines = [
            Line(_key(each, of_it, beside), of_it[0].name, _told(each, of_it, comments, beside))
            for each, of_it in meant.items()
        ]
        parts.append([Line("set", {"scheme": scheme}), Line("columns", lines)])
    rule: Rule = [Line("table", "budgets"), Line("sources", [name])]
    rule += [Line("columns", key.lines(comments) or {}), Line("melt", parts)]
    return [*rule, *key.drop_lines(comments), *_repeated(key, comments)]


def _without_funds_of_providers(found: dict[str, Meant], key: Key) -> dict[str, Meant]:
    """Return what columns mean with 支出 as executed where it is no expenditure of a fund.

    Hospitals and departments have no fund, and beside a budget it is what was executed of it.
    """
    column = key.unit or key.unit_id
    names = [text for text in column.texts if text not in key.dropped()] if column else []
    kinds = set(kinds_of(names, column.label).values()) if column else set()
    providers = bool(kinds) and kinds <= {"hospital", "department"}
    funds, budgets = dict(found.get("funds", {})), dict(found.get("budgets", {}))
    beside = bool(budgets) and "executed" not in budgets and set(funds) == {"expenditure"}
    if not (providers or beside) or "expenditure" not in funds:
        return found
    budgets.setdefault("executed", funds.pop("expenditure"))
    left = {"funds": funds} if funds and not providers else {}
    others = {table: of for table, of in found.items() if table not in ("budgets", "funds")}
    return {"budgets": budgets, **left, **others}


def _meanings(figures: Sequence[SheetColumn], around: Around) -> dict[str, Meant]:
    """Return for each table the columns of it that the sheet seems to have."""
    left = list(figures)
    found: dict[str, Meant] = {}
    while left:
        read = {table: _columns_meant(table, left, around) for table in figure_tables()}
        best = max(read, key=lambda table: len(read[table]))
        if not read[best] or (found and best not in ("budgets", "funds")):
            break
        found[best] = read[best]
        used = {each.position for each in _same_template(read[best], left)}
        left = [each for each in left if each.position not in used]
    return found


def _same_template(of: Meant, figures: Sequence[SheetColumn]) -> list[SheetColumn]:
    templates = {each.template for columns in of.values() for each in columns}
    return [each for each in figures if each.template in templates]


def _columns_meant(table: str, figures: Sequence[SheetColumn], around: Around) -> Meant:
    """Return the columns of a table by what the headers say; the first of a meaning counts."""
    known, wanted = names_of(table), figures_of(table)
    needed = set(key_of(table)) - {"unit_id", "year", "scheme"}
    found: Meant = {}
    for column in figures:
        label = last(column.label)
        name = next(filter(None, map(known.get, _readings(column.label))), None)
        if not label and column.year:
            name = _said_around(table, around)
        if name not in wanted or needed:
            continue
        if name not in found:
            found[name] = (column,)
        elif column.year and all(each.year for each in found[name]):
            found[name] = (*found[name], column)
    return found


def _readings(label: str) -> Iterator[str]:
    """Yield what a header of several rows may mean: its lowest part, or all in either order."""
    parts = label.split("/")
    yield parts[-1]
    yield "".join(parts)
    yield "".join(reversed(parts))


def _said_around(table: str, around: Around) -> str | None:
    """Return the column that a title names where headers are years alone."""
    texts = [text.replace(" ", "") for text in around.all()]
    known = names_of(table)
    labels = [label for label in known if len(label) >= 4 and any(label in t for t in texts)]
    names = {known[max(labels, key=len)]} if labels else set()
    if table == "budgets" and not names:
        word = says((*EXECUTED, *BUDGET), around)
        names = {"executed" if word in EXECUTED else "initial"} if word else set()
    return names.pop() if len(names) == 1 else None


def _rule(name: str, table: str, of: Meant, key: Key, comments: Comments) -> Rule:
    """Return the rule that makes rows of a table of the columns that were recognised."""
    rule: Rule = [Line("table", table), Line("sources", [name])]
    keys = key.lines(comments)
    wide = {each: columns for each, columns in of.items() if columns[0].year and not key.year}
    beside = "executed" in of

    def line(each: str, value: str | list[str]) -> Line:
        told = _told(each, of[each], comments, beside)
        return Line(_key(each, of[each], beside), value, told)

    lines = [line(each, columns[0].name) for each, columns in of.items() if each not in wide]
    rule.append(Line("columns", [*keys, *lines] or {}))
    if wide:
        made = [line(each, _templates(columns)) for each, columns in wide.items()]
        each_year = [Line("each", EACH_YEAR), Line("columns", made)]
        rule.append(Line("melt", [each_year], (comments.note("years"),)))
    rule += key.drop_lines(comments)
    return rule + _repeated(key, comments)


def _templates(columns: Sequence[SheetColumn]) -> str | list[str]:
    names = list(dict.fromkeys(each.template for each in columns))
    return names[0] if len(names) == 1 else names


def _key(name: str, columns: Sequence[SheetColumn], beside: bool) -> str:
    """Return the column that is made, "?" for a mere budget beside what was executed of it.

    What is executed is divided by the adjusted budget, so that it matters which one it is.
    """
    bare = name == "initial" and last(columns[0].label) in BARE_BUDGET
    return "?" if bare and beside else name


def _told(
    name: str, columns: Sequence[SheetColumn], comments: Comments, beside: bool
) -> tuple[str, ...]:
    """Return what a header was read as where it is not that of the template, or what is asked."""
    header, label = columns[0].header, last(columns[0].label)
    if _key(name, columns, beside) != name:
        return (comments.question("budget", header=header),)
    zh = next(of[name].zh for of in map(columns_of, figure_tables()) if name in of)
    if label == zh:
        return ()
    message = "budget" if label in BARE_BUDGET else "read_as"
    return (comments.note(message, header=header, zh=zh),)


def _repeated(key: Key, comments: Comments) -> Rule:
    """Ask what to do with rows of one key."""
    columns = [each for each in (key.unit_id or key.unit, key.year, key.scheme) if each]
    if not columns or not key.has_units:
        return []
    dropped = key.dropped()
    texts = [as_text(each.cells).fillna("") for each in columns]
    keys = Counter(row for row in zip(*texts, strict=True) if row[0] and row[0] not in dropped)
    twice = [" ".join(row) for row, count in keys.items() if count > 1]
    if not twice:
        return []
    return [Line("repeated", "?", (comments.question("repeated", key=twice[0], count=len(twice)),))]


def _unknown_rule(name: str, rest: Sequence[SheetColumn], key: Key, comments: Comments) -> Rule:
    """Return a rule on budgets that asks which of the figures it is made of."""
    choices = ", ".join(
        f"{n} ({columns_of('budgets')[n].zh})" if comments.lang == "zh" else n
        for n in ("initial", "adjusted", "executed")
    )
    years = [each for each in rest if each.year and not key.year]
    names = [each.template if each in years else each.name for each in rest]
    names = list(dict.fromkeys(names))
    value = names[0] if len(names) == 1 else {"plus": names}
    line = Line("?", value, (comments.question("figures", choices=choices),))
    rule: Rule = [Line("table", "budgets"), Line("sources", [name])]
    keys = key.lines(comments)
    if years:
        each_year = [Line("each", EACH_YEAR), Line("columns", [line])]
        rule += [Line("columns", keys or {}), Line("melt", [each_year], (comments.note("years"),))]
    else:
        rule.append(Line("columns", [*keys, line]))
    return [*rule, *key.drop_lines(comments), *_repeated(key, comments)]


def _left(rest: Sequence[SheetColumn], comments: Comments) -> list[str]:
    """Return the columns of figures that nothing was recognised in, with names like theirs."""
    told = [comments.note("left", headers=comments.listed(each.name for each in rest))]
    known = {
        label: name for table in ("budgets", "funds") for label, name in names_of(table).items()
    }
    for each in rest:
        near = get_close_matches(last(each.label), known, n=1, cutoff=0.65)
        if near:
            told.append(
                comments.note("near", header=each.header, name=known[near[0]], label=near[0])
            )
    return told
