"""The part of a mapping that is proposed for one sheet: its source and the rules on its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from fundeval.intake.column_units import Target, find_units
from fundeval.intake.guess.comments import Comments
from fundeval.intake.guess.found_header import SIGNS, find_next_block, find_table_header
from fundeval.intake.guess.item_rules import rules_of_sides
from fundeval.intake.guess.month_rules import (
    find_months,
    rules_of_months,
    schemes_of,
    with_year_of_months,
)
from fundeval.intake.guess.outside import (
    Around,
    find_scheme,
    find_unit,
    find_units_of_files,
    find_year,
)
from fundeval.intake.guess.setting_rules import columns_by_setting, rules_by_setting
from fundeval.intake.guess.sheet_columns import (
    SheetColumn,
    Side,
    columns_of_sheet,
    id_column,
    scheme_column,
    sides_of,
    unit_column,
    year_column,
)
from fundeval.intake.guess.tables_beside import Block, tables_beside
from fundeval.intake.guess.unit_rules import Key, columns_by_scheme, rules_of_units
from fundeval.intake.guess.units_of_files import (
    files_of_one_name,
    rule_of_units_of_files,
    within_units_of_files,
)
from fundeval.intake.guess.vocabulary import PART, TOTAL, kind_of, kinds_of
from fundeval.intake.guess.yaml_lines import Comment, Line
from fundeval.intake.mapping import SourceRule
from fundeval.intake.source_files import SourceTable, read_source_table
from fundeval.problems import Problem
from fundeval.tables.cells import MISSING
from fundeval.tables.parsing.header import header_texts
from fundeval.tables.sources.data_source import SourceSheet

# What stands for a unit of money that is not stated.
UNSTATED = "?"
# The row of a form that has the whole of what the others are parts of.
WHOLE = re.compile(r"(?:年度)?(?:资金)?(?:总额|总计|合计)[:：]?|年度资金总额[:：]?")
# What is counted, and no money.
COUNTED = ("参保人数", "人次", "床日")
# So many names of units are told apart one by one.
MOST_KINDS = 30


@dataclass
class Proposal:
    """What is proposed for one sheet.

    `header` names its columns, by which sheets of one layout are found; `source` are the lines
    of the source beside file and sheet, `taken` and `stated` values for all rows, `rules` those
    on its tables, `money` the units of money that it states, `UNSTATED` where it states none.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    title: str
    source: list[Line | Comment] = field(default_factory=list)
    taken: list[Line | Comment] = field(default_factory=list)
    stated: list[Line | Comment] = field(default_factory=list)
    rules: list[list[Line | Comment]] = field(default_factory=list)
    money: set[str] = field(default_factory=set)


def propose(
    path: Path,
    sheet: SourceSheet,
    name: str,
    comments: Comments,
    alike: Sequence[tuple[str, str]] = (),
) -> Proposal | None:
    """Return what is proposed for a sheet; None if no table is found in it.

    Parameters
    ----------
    path
        The file.
    sheet
        The sheet as its reader returns it.
    name
        The name of the source in the mapping.
    comments
        Writes the comments.
    alike
        The file and the name of each sheet of this layout.
    """
    grid = pd.concat(sheet.blocks())
    header = find_table_header(grid)
    if header is None:
        return None
    rule = SourceRule(file=path.name, sheet=sheet.name, header=header.rows)
    table = read_source_table(path, rule, sheet)
    above = header_texts(grid.loc[grid.index < min(header.rows)])
    around = Around(above, sheet.name, path.name, files_of_one_name(alike))
    found = Proposal(path.name, sheet.name, table.headers, _title(above))
    found.source.append(
        Line("header", list(header.rows), tuple(_told_header(table, above, comments)))
    )
    if ends := _ends_at(table):
        block, line = ends
        values = {"row": block, "first": str(line["matching"])}
        found.source.append(Line("ends_at", line, (comments.note("ends_at", **values),)))
        table = replace(table, cells=table.cells[table.cells.index < block])
    columns = columns_of_sheet(table)
    sides = sides_of(columns)
    if not sides and (blocks := tables_beside(columns)):
        _add_blocks(found, blocks, name, around, comments)
        return _closed(found, table, columns, sides, comments)
    key = Key(
        unit=None if sides else unit_column(columns),
        unit_id=None if sides else id_column(columns),
        year=year_column(columns),
        scheme=None if sides else scheme_column(columns),
    )
    key = _filled(found, key, columns, comments)
    months = None if sides else find_months(columns)
    key = with_year_of_months(key, months)
    _add_year(found, columns, key, around, comments)
    by_scheme = schemes_of(months, key) if months else columns_by_scheme(columns, key)
    if sides or not by_scheme:
        _add_scheme(found, key, around, comments)
    key, hospitals = within_units_of_files(found, key, alike, comments)
    parents = _add_unit(found, key, around, comments, _units_in_headers(columns, bool(sides)))
    if header.numbered or _sums(key):
        key = replace(key, drop=_drops(key, header.numbered))
    if sides:
        found.rules = rules_of_sides(name, sides, around, comments)
    elif months:
        found.rules = rules_of_months(name, months, key, around, comments)
    elif by_setting := columns_by_setting(columns, key):
        found.rules = rules_by_setting(name, by_setting, columns, key, comments)
    else:
        found.rules = rules_of_units(name, columns, key, around, comments)
        if not any((key.has_units, key.year, key.scheme)):
            _keep_one(found.rules, columns, comments)
    if key.has_units:
        found.rules[:0] = [*hospitals, _units_rule(name, key, comments, several=len(alike) > 1)]
    elif not _units_in_headers(columns, bool(sides)):
        one = [Line("table", "units"), Line("sources", [name]), Line("columns", {})]
        found.rules.insert(0, [*one, Line("repeated", "keep_first")])
        found.rules[:0] = parents
    return _closed(found, table, columns, sides, comments)


def _closed(
    found: Proposal,
    table: SourceTable,
    columns: list[SheetColumn],
    sides: list[Side],
    comments: Comments,
) -> Proposal:
    """Return a proposal with the units, signs and values of its source, once it has its rules."""
    found.money = _money(table, found.rules, columns)
    _add_signs(found, columns, sides, comments)
    found.source += [Line("taken", found.taken)] if found.taken else []
    found.source += [Line("set", found.stated)] if found.stated else []
    return found


def _add_blocks(
    found: Proposal, blocks: list[Block], name: str, around: Around, comments: Comments
) -> None:
    """Add the rules on tables that stand side by side, each of its own columns and rows."""
    keys = [
        Key(unit_column(b.columns), id_column(b.columns), year_column(b.columns),
            scheme_column(b.columns))
        for b in blocks
    ]  # fmt: skip
    for key, block in zip(keys, blocks, strict=True):
        if not (key.year or block.year or {"year"} & _names(found)):
            _add_year(found, list(block.columns), key, around, comments)
        if not (key.scheme or block.scheme or {"scheme"} & _names(found)):
            _add_scheme(found, key, around, comments)
    for each, block in zip(keys, blocks, strict=True):
        key = replace(each, drop=_drops(each, False)) if _sums(each) else each
        column = key.unit_id or key.unit
        assert column is not None
        rules = [_units_rule(name, key, comments, several=True)]
        for rule in rules_of_units(name, block.columns, key, around, comments):
            stated = {n: v for n, v in block.stated.items() if not getattr(key, n)}
            told = comments.note("beside", headers=comments.listed(e.header for e in block.columns))
            rules.append([*rule[:2], Line("set", stated, (told,)) if stated else Comment((told,)),
                          *rule[2:]])  # fmt: skip
        if column.cells.isna().any():
            for rule in rules:
                rule.append(Line("keep", [{"column": column.name, "matching": "?*"}]))
        found.rules += rules


def _names(found: Proposal) -> set[str]:
    """Return the values that the source gives so far."""
    return {line.key for line in (*found.taken, *found.stated) if isinstance(line, Line)}


def _filled(found: Proposal, key: Key, columns: list[SheetColumn], comments: Comments) -> Key:
    """Return the key with blanks below merged cells filled, as the source then says."""
    merged = _merged(key, columns)
    if merged:
        found.source.append(Line("fill_down", merged, (comments.note("fill_down"),)))
    return key.filled(merged) if merged else key


def _merged(key: Key, columns: list[SheetColumn]) -> list[str]:
    """Return the columns with a blank below a name where figures go on, as in merged cells."""
    keys = [each for each in (key.unit_id, key.unit, key.year, key.scheme) if each]
    if len(keys) < 2:
        return []
    figures = pd.concat([e.cells.notna() for e in columns if e.holds_figures], axis="columns")
    rows = figures.any(axis="columns")
    return [e.name for e in keys if e.cells[rows].isna().any() and not e.cells[rows].isna().iloc[0]]


def _title(above: list[list[str]]) -> str:
    texts = [text for row in above for text in row if text]
    return max(texts, key=len, default="")


def _told_header(table: SourceTable, above: list[list[str]], comments: Comments) -> Iterator[str]:
    headers = comments.listed(header for header in table.headers if header)
    yield comments.note("header", headers=headers)
    titles = comments.listed(text for row in above for text in row if text)
    if titles:
        yield comments.note("titles", titles=titles)


def _ends_at(table: SourceTable) -> tuple[int, Mapping[str, object]] | None:
    """Return the row where another table begins, and the rule that says so."""
    begins = find_next_block(table.cells)
    if begins is None:
        return None
    row = table.cells.loc[[begins]].iloc[0].dropna()
    at = int(str(row.index[0]))
    column = table.headers[at] or "{0}:{0}".format(table.header(at))
    text = str(row.iloc[0])
    before = table.cells.loc[table.cells.index < begins, at]
    if (before.astype(str) == text).any() or isinstance(table.find((column,)), Problem):
        return None
    return begins, {"column": column, "matching": text}


def _add_year(
    found: Proposal, columns: list[SheetColumn], key: Key, around: Around, comments: Comments
) -> None:
    years = {each.year for each in columns if each.year and each.holds_figures}
    if key.year or years:
        return
    read = find_year(around)
    if read.rule:
        found.taken.append(Line("year", read.rule, (comments.note("found", value=read.found[0]),)))
    elif read.found:
        question = comments.question("which_year", found=comments.listed(read.found))
        found.stated.append(Line("year", "?", (question,)))
    else:
        found.stated.append(Line("year", "?", (comments.question("year"),)))


def _add_scheme(found: Proposal, key: Key, around: Around, comments: Comments) -> None:
    if key.scheme:
        return
    read = find_scheme(around)
    if read.rule:
        found.taken.append(
            Line("scheme", read.rule, (comments.note("found", value=read.found[0]),))
        )
    else:
        found.stated.append(Line("scheme", "?", (comments.question("scheme"),)))


def _units_in_headers(columns: list[SheetColumn], items: bool) -> list[str]:
    """Return the units that the headers of figures name, where a table has items in rows."""
    figures = [each for each in columns if each.holds_figures]
    named = [each.label for each in figures if kind_of(each.label)]
    return named if items and len(named) == len(figures) > 1 else []


def _add_unit(
    found: Proposal, key: Key, around: Around, comments: Comments, by_columns: list[str]
) -> list[list[Line | Comment]]:
    """Add the unit that a sheet is of; return the rule on the units that files are of, if any."""
    if key.has_units or by_columns:
        return []
    read, parents = find_unit(around), list[list[Line | Comment]]()
    if read.rule == {"from": "sheet"} and (of := find_units_of_files(around.files)):
        parent = of.found[around.files.index(found.file)]
        note = comments.note("within", value=f"{parent} {read.found[0]}")
        found.taken += [
            Line("parent_id", of.rule), Line("name", read.rule),
            Line("unit_id", {**read.rule, "within": "parent_id"}, (note,)),
        ]  # fmt: skip
        kind = kind_of(read.found[0])
        parents = [rule_of_units_of_files(of, comments)]
    elif read.rule:
        name = read.found[0]
        note = comments.note("found_unit", value=name)
        found.taken += [Line("unit_id", read.rule, (note,)), Line("name", read.rule)]
        kind = kind_of(name)
    else:
        found.stated += [Line("unit_id", "?", (comments.question("unit"),)), Line("name", "?")]
        kind = None
    question = () if kind else (comments.question("kind"),)
    found.stated.append(Line("kind", kind or "?", question))
    return parents


def _sums(key: Key) -> bool:
    texts = key.unit.texts if key.unit else []
    return any(TOTAL.fullmatch(text) or PART.fullmatch(text) for text in texts)


def _drops(key: Key, numbered: bool) -> list[str]:
    """Return patterns of the rows that are no units: sums, parts, and numbers of columns."""
    texts = key.unit.texts if key.unit else []
    totals = [text for text in dict.fromkeys(texts) if TOTAL.fullmatch(text)]
    patterns = [
        f"*{word}" for word in ("合计", "小计", "总计") if any(t.endswith(word) for t in totals)
    ]
    patterns += [text for text in totals if not text.endswith(("合计", "小计", "总计"))]
    patterns += ["其中*"] if any(PART.fullmatch(text) for text in texts) else []
    return patterns + ([texts[0]] if numbered and texts else [])


def _units_rule(name: str, key: Key, comments: Comments, *, several: bool) -> list[Line | Comment]:
    """Return the rule on units: each name once, and the kind that names tell.

    In `several` sheets a unit may stand again.
    """
    column = key.unit or key.unit_id
    assert column is not None
    dropped = key.dropped()
    names = [text for text in dict.fromkeys(column.texts) if text not in dropped]
    kinds = kinds_of(names, column.label)
    known = set(kinds.values())
    rule: list[Line | Comment] = [Line("table", "units"), Line("sources", [name])]
    columns: list[Line | Comment] = [
        Line("unit_id", key.id_from(key.unit_id or column),
             () if key.unit_id else (comments.note("name_as_id", header=column.header),)),
        Line("name", column.name),
    ]  # fmt: skip
    if len(known) == 1 and None not in known:
        rule.append(Line("set", {"kind": known.pop()}, (comments.note("kind"),)))
    elif known == {None} or len(names) > MOST_KINDS:
        rule.append(Line("set", {"kind": "?"}, (comments.question("kind"),)))
    else:
        codes = {each: kind or "?" for each, kind in kinds.items()}
        unclear = comments.listed(each for each, kind in kinds.items() if kind is None)
        told = comments.question("kinds", names=unclear) if unclear else comments.note("kinds_told")
        columns.append(Line("kind", {"from": column.name, "codes": codes}, (told,)))
    rule.append(Line("columns", columns))
    rule += key.drop_lines(comments)
    if several or len(names) < len([text for text in column.texts if text not in dropped]):
        rule.append(Line("repeated", "keep_first"))
    return rule


def _money(
    table: SourceTable, rules: list[list[Line | Comment]], columns: list[SheetColumn]
) -> set[str]:
    """Return the units of money that the sheet states for its figures."""
    found = set()
    for column in columns:
        if column.holds_figures and not any(map(column.label.count, COUNTED)):
            target = Target("executed", "money", "", UNSTATED, "")
            found |= set(find_units(table, column.position, target).units)
    return found if len(rules) > 1 else set()


def _add_signs(
    found: Proposal, columns: list[SheetColumn], sides: list[Side], comments: Comments
) -> None:
    """Ask what signs among the figures that are read mean."""
    figures = [each.cells for each in columns if each.holds_figures]
    if sides:
        figures = [each.cells[side.read()] for side in sides for each in side.figures]
    signs = [
        t for cells in figures for t in cells.dropna().astype(str) if t.strip() in SIGNS - MISSING
    ]
    if signs:
        shown = comments.listed(dict.fromkeys(signs))
        question = comments.question("signs", signs=shown, count=len(signs))
        found.source.append(Line("missing", "?", (question,)))


def _keep_one(
    rules: list[list[Line | Comment]], columns: list[SheetColumn], comments: Comments
) -> None:
    """Ask which row counts where several have nothing that tells them apart."""
    labels = next(
        (each for each in columns if not each.holds_figures and len(each.texts) > 1), None
    )
    if labels is None or len(labels.cells) < 2:
        return
    whole = [text for text in labels.texts if WHOLE.fullmatch(text)]
    if len(whole) == 1:
        told, matching = comments.note("keep_total", row=whole[0]), whole[0]
    else:
        told, matching = comments.question("keep", rows=comments.listed(labels.texts[:5])), "?"
    line = Line("keep", [{"column": labels.name, "matching": matching}], (told,))
    for rule in rules:
        rule.append(line)
