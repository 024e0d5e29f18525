"""Write the problems of a data set as an HTML page or as an annotated copy of its sheets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from xlsxwriter.utility import xl_cell_to_rowcol

from fundeval.intake.template_workbook import new_workbook
from fundeval.invisible_signs import visible
from fundeval.problems import Problem
from fundeval.tables import Examination
from fundeval.tables.sources import limits
from fundeval.tables.sources.data_source import SourceSheet
from fundeval.words import say

COLUMNS = ("severity", "rule", "remedy", "file", "sheet", "column", "cell", "value")
COLOURS = {"error": "#F4B6B6", "warning": "#FCE8A6"}
# A larger sheet is not copied: the list says where to look.
COPIED_ROWS = 100_000


@dataclass(frozen=True)
class ProblemGroup:
    """Problems of one severity that differ only in row and value."""

    severity: str
    problems: tuple[Problem, ...]

    @property
    def count(self) -> int:
        """Return the number of cells with this problem."""
        facts = [problem.values for problem in self.problems]  # noqa: PD011
        return sum(int(str(known.get("count", 1))) for known in facts)

    def text(self, lang: str) -> str:
        """Return the group in one line: the first problem, and how many there are alike."""
        line = self.problems[0].text(lang)
        if len(self.problems) == 1:
            return line
        places = [p.key or p.cell or str(p.row) for p in self.problems]
        shown = ", ".join(dict.fromkeys(places[1:6]))
        return line + say("check.alike", lang, count=len(places) - 1, places=shown)


def group_problems(errors: Iterable[Problem], warnings: Iterable[Problem]) -> list[ProblemGroup]:
    """Group problems by rule and column, the most severe first.

    Errors come before warnings, problems of a whole file or header before those of cells, and
    larger groups before smaller ones.
    """
    groups = []
    for severity, problems in (("error", errors), ("warning", warnings)):
        alike: dict[tuple[str, ...], list[Problem]] = defaultdict(list)
        for problem in problems:
            # Without a row it is the values that tell two apart: two missing columns are two.
            apart = "" if problem.row else repr(problem.values)
            key = (problem.rule, problem.file, problem.sheet, problem.column, apart)
            alike[key].append(problem)
        found = [ProblemGroup(severity, tuple(members)) for members in alike.values()]
        groups += sorted(found, key=lambda each: (each.problems[0].row is not None, -each.count))
    return groups


def write_html_report(path: Path, groups: list[ProblemGroup], title: str, lang: str) -> None:
    """Write the list of problems as one HTML file without scripts or other files."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fundeval.intake", "template"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("check.html.j2").render(
        groups=groups, title=title, lang=lang, say=say, row=_row
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def write_annotated_copy(
    path: Path, groups: list[ProblemGroup], found: Examination, lang: str
) -> None:
    """Write a workbook: the list of problems, and a copy of every sheet with marked cells.

    Each marked cell has a comment with rule and remedy. The copy has the values of the sheets,
    not their formats; text stays text.
    """
    with new_workbook(path) as workbook:
        _write_list(workbook, groups, lang)
        marks = _marks(groups, lang)
        for sheet in found.sheets.values():
            _write_sheet(workbook, sheet, marks.get((sheet.file, sheet.name), {}))


def _row(severity: str, problem: Problem, lang: str) -> list[str]:
    value = "" if problem.value is None else visible(str(problem.value))
    row = "" if problem.row is None else str(problem.row)
    return [
        say(f"check.{severity}", lang),
        say(problem.rule, lang, **problem.values),
        say(f"{problem.rule}.remedy", lang, **problem.values),
        problem.file,
        problem.sheet,
        visible(problem.column),
        problem.key or problem.cell or row,
        value[: limits.CELL_CHARACTERS],
    ]


def _write_list(workbook: Any, groups: list[ProblemGroup], lang: str) -> None:
    sheet = workbook.add_worksheet(say("check.list", lang))
    bold = workbook.add_format({"bold": True, "bg_color": "#DDE7F0"})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    for position, (name, width) in enumerate(
        zip(COLUMNS, (8, 40, 40, 16, 14, 16, 8, 24), strict=True)
    ):
        sheet.set_column(position, position, width, wrap)
        sheet.write_string(0, position, say(f"check.{name}", lang), bold)
    rows = [_row(each.severity, problem, lang) for each in groups for problem in each.problems]
    for number, row in enumerate(rows, start=1):
        for position, text in enumerate(row):
            sheet.write_string(number, position, text)
    sheet.autofilter(0, 0, max(1, len(rows)), len(COLUMNS) - 1)
    sheet.freeze_panes(1, 0)


def _marks(
    groups: list[ProblemGroup], lang: str
) -> dict[tuple[str, str], dict[tuple[int, int], Any]]:
    """Return, by file and sheet, the cells with problems: severity and comment."""
    marks: dict[tuple[str, str], dict[tuple[int, int], Any]] = defaultdict(dict)
    for each in groups:
        for problem in each.problems:
            if problem.cell:
                _, rule, remedy, *_ = _row(each.severity, problem, lang)
                cells = marks[problem.file, problem.sheet]
                place = xl_cell_to_rowcol(problem.cell)
                severity, before = cells.get(place, (each.severity, ""))
                cells[place] = (severity, f"{before}\n{rule}\n{remedy}".strip())
    return marks


def _write_sheet(workbook: Any, source: SourceSheet, marks: Mapping[tuple[int, int], Any]) -> None:
    sheet = workbook.add_worksheet(_sheet_name(workbook, source))
    formats = {
        severity: workbook.add_format({"bg_color": colour}) for severity, colour in COLOURS.items()
    }
    rows = (row for block in source.blocks() for row in block.astype(object).itertuples())
    for number, *cells in rows:
        if number > COPIED_ROWS:
            break
        for position, cell in enumerate(cells):
            severity, _ = marks.get((number - 1, position), ("", ""))
            if pd.notna(cell):
                write = sheet.write_number if _is_number(cell) else sheet.write_string
                shown = cell if _is_number(cell) else str(cell)[: limits.CELL_CHARACTERS]
                write(number - 1, position, shown, formats.get(severity))
            elif severity:
                sheet.write_blank(number - 1, position, None, formats[severity])
    for (row, position), (_, comment) in marks.items():
        if row < COPIED_ROWS:
            sheet.write_comment(row, position, comment, {"x_scale": 2})


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _sheet_name(workbook: Any, source: SourceSheet) -> str:
    """Return a valid unused sheet name similar to that of the source."""
    wanted = source.name or source.file
    plain = "".join("_" if sign in "[]:*?/\\'" else sign for sign in wanted)[:28] or "_"
    taken = {sheet.name.lower() for sheet in workbook.worksheets()}
    names = [plain, *(f"{plain}{number}" for number in range(2, 1000))]
    return next(name for name in names if name.lower() not in taken)
