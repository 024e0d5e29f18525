"""The rules that are proposed for a table with items in rows, on one side or two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fundeval.intake.guess.comments import Comments
from fundeval.intake.guess.outside import Around, find_year, says
from fundeval.intake.guess.sheet_columns import RELATIVE, SheetColumn, Side, last
from fundeval.intake.guess.unit_rules import (
    BARE_BUDGET,
    BUDGET,
    EACH_YEAR,
    EXECUTED,
    Rule,
)
from fundeval.intake.guess.vocabulary import kind_of, names_of
from fundeval.intake.guess.yaml_lines import Comment, Line

# A budget that is initial or adjusted, nobody can tell.
BUDGET_OF_SOME_KIND = "budget"
# Columns of budgets by how near they are to what happened.
NEARNESS = ("executed", "adjusted", "initial", BUDGET_OF_SOME_KIND, "")


@dataclass(frozen=True)
class Figures:
    """A column of figures: which it is of budgets, "" where nobody can tell, and its year.

    `year` is what its header says, such as 2024, or 上年 and 本年; "" where it says nothing.
    """

    column: SheetColumn
    meaning: str
    year: str


def rules_of_sides(
    name: str, sides: Sequence[Side], around: Around, comments: Comments
) -> list[Rule]:
    """Return the rules on funds and budgets for a table with items in rows.

    Parameters
    ----------
    name
        The name of the source in the mapping.
    sides
        The sides of the table.
    around
        What stands around it, which may say what its figures are.
    comments
        Writes the comments.
    """
    rules: list[Rule] = []
    units = [each.label for each in sides[0].figures if kind_of(each.label)]
    if len(units) == len(sides[0].figures) > 1:
        return _rules_by_unit(name, sides[0], units, comments)
    for side in sides:
        figures = [_figures(each, around) for each in side.figures]
        chosen = _nearest(figures)
        rules.append(
            _rule(name, "funds", side, {c: [(f, c) for f in chosen] for c in side.rows}, comments)
        )
    for side in sides:
        if "expenditure" in side.rows:
            figures = _budgets_told_apart([_figures(each, around) for each in side.figures])
            of: dict[str, list[tuple[Figures, str]]] = {}
            for each in figures:
                known = each.meaning not in ("", BUDGET_OF_SOME_KIND)
                of.setdefault(each.meaning if known else "?", []).append((each, "expenditure"))
            rules.append(_rule(name, "budgets", side, of, comments))
    if not any("expenditure" in side.rows for side in sides):
        rules.append([Comment((comments.note("no_expenditure"),))])
    return [rule for rule in rules if any(isinstance(line, Line) for line in rule)]


def _figures(column: SheetColumn, around: Around) -> Figures:
    label = last(column.label)
    relative = next((word for word in RELATIVE if label.startswith(word)), "")
    known = names_of("budgets")
    rest = label.removeprefix(relative).removeprefix("度")
    meaning = known.get(rest, "")
    if meaning not in NEARNESS:
        meaning = ""
    if not meaning:
        word = says((*EXECUTED, *BUDGET), around)
        meaning = {True: "executed", False: "initial"}[word in EXECUTED] if word else ""
    stated = find_year(around).found
    if relative and len(stated) == 1 and stated[0].isdigit():
        return Figures(column, meaning, str(int(stated[0]) + RELATIVE[relative]))
    return Figures(column, meaning, column.year or relative)


def _budgets_told_apart(figures: Sequence[Figures]) -> list[Figures]:
    """Return the figures with a mere budget beside what was executed of it told as such.

    What is executed is divided by the adjusted budget, so that it matters which one it is.
    """
    executed = {each.year for each in figures if each.meaning == "executed"}
    return [
        replace(each, meaning=BUDGET_OF_SOME_KIND)
        if each.meaning == "initial" and each.year in executed and _is_bare(each.column)
        else each
        for each in figures
    ]


def _is_bare(column: SheetColumn) -> bool:
    label = last(column.label)
    return any(label.removeprefix(word) in BARE_BUDGET for word in ("", *RELATIVE))


def _nearest(figures: Iterable[Figures]) -> list[Figures]:
    """Return of each year the figures that are nearest to what happened."""
    by_year: dict[str, Figures] = {}
    for each in figures:
        kept = by_year.get(each.year)
        if kept is None or NEARNESS.index(each.meaning) < NEARNESS.index(kept.meaning):
            by_year[each.year] = each
    return list(by_year.values())


def _rule(
    name: str, table: str, side: Side, of: dict[str, list[tuple[Figures, str]]], comments: Comments
) -> Rule:
    """Return a rule on one side of a table: which items of which figures make which columns."""
    rule: Rule = [Line("table", table), Line("sources", [name]), Line("items", side.items.name)]
    parts: dict[tuple[str, str], list[Line | Comment]] = {}
    figures = [figure for pairs in of.values() for figure, _ in pairs]
    for column, pairs in of.items():
        for figure, item in pairs:
            lines = parts.setdefault((figure.year and figure.column.template, figure.year), [])
            asked = "budget" if figure.meaning == BUDGET_OF_SOME_KIND else "meaning"
            question = comments.question(asked, header=figure.column.header)
            told = (question,) if column == "?" else ()
            source = {"from": figure.column.name, "item": side.rows[item]}
            lines.append(Line(column, source, told))
    if all(not year for _, year in parts):
        (lines,) = parts.values()
        return [*rule, Line("columns", lines)]
    labels = {f.column.label for f in figures}
    made = []
    for (template, year), lines in parts.items():
        alike = [f.column for f in figures if f.column.template == template]
        stated: Rule = []
        if table == "funds" and len(labels) > 1:
            stated.append(Line("basis", last(alike[0].label)))
        if "{year}" in template and _all_chosen(template, side, parts):
            if year == min(y for t, y in parts if t == template):
                columns = [_for_each_year(line, alike) for line in lines]
                settings = [Line("set", stated)] if stated else []
                made.append([Line("each", EACH_YEAR), *settings, Line("columns", columns)])
            continue
        open_question = comments.question("relative_year", header=alike[0].header)
        known = year.isdigit()
        stated.append(Line("year", year if known else "?", () if known else (open_question,)))
        made.append([Line("set", stated), Line("columns", lines)])
    return [*rule, Line("melt", made)]


def _all_chosen(template: str, side: Side, parts: Iterable[tuple[str, str]]) -> bool:
    """Tell whether all years that the headers of a kind name are read."""
    years = {each.year for each in side.figures if each.template == template}
    return years == {year for of, year in parts if of == template}


def _for_each_year(line: Line | Comment, alike: Sequence[SheetColumn]) -> Line | Comment:
    """Return a line that names a column of one year with the place of the year in it."""
    if isinstance(line, Comment) or not isinstance(line.value, dict):
        return line
    return Line(line.key, {**line.value, "from": alike[0].template}, line.comments)


def _rules_by_unit(name: str, side: Side, units: Sequence[str], comments: Comments) -> list[Rule]:
    """Return the rules for a table whose columns are units."""
    rows = [{"unit_id": unit, "name": unit, "kind": kind_of(unit)} for unit in units]
    named: Rule = [Line("table", "units", (comments.note("units_in_headers"),)), Line("rows", rows)]
    funds: Rule = [Line("table", "funds"), Line("sources", [name]), Line("items", side.items.name)]
    rules = [named, [*funds, _melted_by_unit(side, side.rows)]]
    if spent := side.rows.get("expenditure"):
        budgets: Rule = [
            Line("table", "budgets", (comments.note("executed_of_fund"),)), Line("sources", [name]),
            Line("items", side.items.name), _melted_by_unit(side, {"executed": spent}),
        ]  # fmt: skip
        rules.append(budgets)
    return rules


def _melted_by_unit(side: Side, items: Mapping[str, str]) -> Line:
    """Return the line that makes rows of the columns of units; `items` are rows by column."""
    return Line("melt", [
        [
            Line("set", {"unit_id": column.label}),
            Line("columns", [Line(c, {"from": column.name, "item": i}) for c, i in items.items()]),
        ]
        for column in side.figures
    ])  # fmt: skip
