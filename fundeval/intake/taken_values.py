"""Values that stand outside a table: above its header, in a cell, in the name of file or sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from xlsxwriter.utility import xl_cell_to_rowcol

from fundeval.intake.mapping import SourceRule, TakenRule
from fundeval.intake.patterns import plain_pattern
from fundeval.problems import BadInputError, Problem
from fundeval.tables.cells import cell_text
from fundeval.tables.parsing.header import header_texts, normalize_header
from fundeval.tables.schemas import TABLES, called_column, columns_of
from fundeval.words import Named

PLACES = {
    "above": Named("表头以上", "the cells above the header"),
    "sheet": Named("工作表名", "the name of the sheet"),
    "file": Named("文件名", "the name of the file"),
}


def take_values(
    of: tuple[str, str], rule: SourceRule, grid: pd.DataFrame, above: pd.DataFrame
) -> dict[str, str]:
    """Return the values that stand outside a table; raises BadInputError for each not found.

    Parameters
    ----------
    of
        The file and the sheet.
    rule
        Which values are taken, and from where.
    grid
        The cells of the sheet.
    above
        Those of them above the header.
    """
    file, sheet = of
    given, problems = {}, []
    for name, taken in rule.taken.items():
        values = next(
            filter(None, (_found_at(p, of, taken, grid, above) for p in taken.places)), []
        )
        told = {
            "name": name,
            "called": _called(name),
            "place": _called_places(taken),
            "found": ", ".join(values),
        }
        if len(values) != 1:
            kind = "convert.taken_twice" if values else "convert.not_taken"
            problems.append(Problem(kind, file, told, sheet, column=name))
        elif taken.codes and values[0] not in taken.codes:
            problems.append(
                Problem("convert.unmapped", file, {}, sheet, column=name, value=values[0])
            )
        else:
            given[name] = taken.codes.get(values[0], values[0])
    if problems:
        raise BadInputError(problems)
    known = {**rule.set, **given}
    inside = {name: taken.within for name, taken in rule.taken.items() if taken.within}
    return given | {name: f"{known[within]} {given[name]}" for name, within in inside.items()}


def _called(name: str) -> Named:
    """Return what each language calls a value of a mapping, by the first table that has it."""
    table = next((table for table in TABLES if name in columns_of(table)), "")
    return called_column(table, name) if table else Named(name, name)


def _called_places(taken: TakenRule) -> Named:
    """Return where a value is looked for, in words."""
    shown = [PLACES.get(place, Named(place, place)) for place in taken.places]
    beside = Named("，".join(taken.beside), ", ".join(taken.beside))
    zh, en = "、".join(each.zh for each in shown), ", ".join(each.en for each in shown)
    return Named(f"{zh}（{beside.zh}）", f"{en} ({beside.en})") if taken.beside else Named(zh, en)


def _found_at(
    place: str, of: tuple[str, str], taken: TakenRule, grid: pd.DataFrame, above: pd.DataFrame
) -> list[str]:
    """Return what the pattern finds at one place, each text once."""
    texts = _texts_at(place, of, taken, grid, above)
    matches = [found.group(1) for text in texts if (found := taken.pattern.search(text))]
    return list(dict.fromkeys(matches))


def _beside(rows: pd.DataFrame, patterns: Sequence[str]) -> Iterator[str]:
    """Yield the text to the right of each cell that matches one of the patterns."""
    wanted = [plain_pattern(each) for each in patterns]
    for row in header_texts(rows):
        for place, text in enumerate(row):
            if text and any(each.fullmatch(normalize_header(text)) for each in wanted):
                yield from [other for other in row[place + 1 :] if other][:1]


def _texts_at(
    place: str, of: tuple[str, str], taken: TakenRule, grid: pd.DataFrame, above: pd.DataFrame
) -> list[str]:
    if place in ("file", "sheet"):
        file, sheet = of
        return [file if place == "file" else sheet]
    if place == "above" and taken.beside:
        return list(_beside(above, taken.beside))
    if place == "above":
        cells = above.astype(object).to_numpy().ravel().tolist()
    else:
        row, position = xl_cell_to_rowcol(place)
        inside = row + 1 in grid.index and position in grid.columns
        cells = [grid.loc[row + 1, position]] if inside else []
    return [cell_text(cell) for cell in cells if not pd.isna(cell)]
