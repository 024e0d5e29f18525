"""The workbook of a run: the same frames as the reports, in sheets to sort, filter and print.

Every text is written as text, never as a formula. One that a spreadsheet could take for a
formula is marked as text besides: its value stays, and editing the cell does not turn it into
one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from fundeval.report.format.numbers import missing
from fundeval.report.unit_view import View
from fundeval.report.workbook.result_sheet import (
    FIRST_ROW,
    FROZEN_COLUMNS,
    HEADING,
    ResultSheet,
)
from fundeval.report.workbook.sheets import format_of, sheets
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation
from fundeval.tables.cells import FORMULA_STARTS
from fundeval.words import has

# Not a clock: the same evaluation gives the same bytes on any day.
CREATED = datetime(1980, 1, 1)
# Excel's limits: rows below title and heading, characters of a cell.
MOST_ROWS = 2**20 - 2
MOST_CHARACTERS = 32767
EXCEL_FORMATS = {
    "count": "#,##0",
    "money": "#,##0.00",
    "price": "#,##0.00",
    "factor": "#,##0.00##",
    "number": "#,##0.00",
    "year": "0",
    "exact_money": "#,##0.00######",
    "exact": "0.00##########",
    "rate": "0.00##########%",
    # Up to four decimals: 89.996 % must not look like 90 %.
    "score": "0.00##",
    "percent": "0.00##%",
}
WIDTHS = {
    **dict.fromkeys(("unit", "department", "hospital", "finding", "project", "decision"), 24),
    **dict.fromkeys(("indicator", "form_third", "above"), 28),
    **dict.fromkeys(("unit_id", "subject", "form_target", "form_second"), 20),
    **dict.fromkeys(("note", "form_cause", "advice", "given"), 36),
    **{"item": 22, "sheet": 26, "content": 96},
}
WIDTHS_OF_FORMATS = {"text": 12, "money": 18, "score": 9, "percent": 12, "count": 9, "rate": 12}
LINK = "link"
A4 = 9


def write_workbook(evaluation: Evaluation, path: Path, lang: str) -> None:
    """Write a cover, the contents, and a sheet of each table over all units of the evaluation.

    It is written to a temporary name and renamed; equal evaluations give equal bytes.
    """
    view = View(evaluation, summarize_descendants(evaluation), "", lang)
    tables = [part for sheet in sheets(view) for part in _split(sheet)]
    with TemporaryDirectory(prefix="fundeval-") as scratch:
        draft = Path(scratch) / "draft.xlsx"
        with xlsxwriter.Workbook(draft, {"constant_memory": True, "tmpdir": scratch}) as book:
            pen = _Pen(book, view)
            for sheet in (_cover(view), _contents(view, tables), *tables):
                pen.write(sheet)
        part = path.with_name(f".{path.name}.part")
        _with_fixed_dates(draft, part)
    part.replace(path)


def _split(sheet: ResultSheet) -> Iterator[ResultSheet]:
    """Yield the sheet in parts that Excel can hold."""
    for start in range(0, max(len(sheet.frame), 1), MOST_ROWS):
        part = start // MOST_ROWS + 1
        title = f"{sheet.title} {part}" if part > 1 else sheet.title
        yield replace(sheet, title=title, frame=sheet.frame.iloc[start : start + MOST_ROWS])


def _cover(view: View) -> ResultSheet:
    """Return what the workbook is about and what it was made from."""
    about = view.evaluation.about
    dataset, policy = about["dataset"], about["policy"]
    items = {
        "dataset": dataset["title"][view.messages.lang],
        "synthetic": view.messages.say(
            "verdict.invented" if dataset["synthetic"] else "verdict.real"
        ),
        "year": str(view.year),
        "policy": policy["title"][view.messages.lang],
        "source": view.of_dataset("source"),
        "licence": view.of_dataset("licence"),
        "money": view.numbers.plain_scale.name,
        "version": about["version"],
    }
    rows = [(view.messages.say(f"cover.{item}"), content) for item, content in items.items()]
    rows += [
        (view.messages.say("cover.file"), f"{file['name']}  {file['sha256']}")
        for file in (*about["inputs"], *policy["files"])
    ]
    frame = pd.DataFrame(rows, columns=["item", "content"])
    return ResultSheet(view.messages.say("sheet.cover"), _title(view), frame)


def _contents(view: View, tables: list[ResultSheet]) -> ResultSheet:
    """Return a link to each sheet, its number of rows and what it holds."""
    rows = [(table.title, LINK, len(table.frame), table.note) for table in tables]
    frame = pd.DataFrame(rows, columns=["sheet", "sheet_format", "rows", "content"])
    return ResultSheet(
        view.messages.say("sheet.contents"), view.messages.say("sheet.contents"), frame
    )


def _title(view: View) -> str:
    title = view.evaluation.about["dataset"]["title"][view.messages.lang]
    return view.messages.say("cover.title", dataset=title, year=view.year)


def _with_fixed_dates(draft: Path, path: Path) -> None:
    """Copy a zip file without what depends on the machine that wrote it: dates and rights."""
    with ZipFile(draft) as source, ZipFile(path, "w") as target:
        for name in source.namelist():
            entry = ZipInfo(name, CREATED.timetuple()[:6])
            entry.compress_type, entry.create_system = ZIP_DEFLATED, 0
            with source.open(name) as content, target.open(entry, "w") as copy:
                shutil.copyfileobj(content, copy)


class _Pen:
    """Writes sheets row by row, as constant memory wants it; each figure in its number format."""

    def __init__(self, book: Any, view: View) -> None:
        self.book, self.view = book, view
        book.set_properties({"title": _title(view), "created": CREATED})
        self.plain: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.marked: Format = book.add_format(
            {"text_wrap": True, "valign": "top", "quote_prefix": True}
        )
        self.bold: Format = book.add_format({"bold": True, "font_size": 13})
        self.heading: Format = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "bg_color": "#F4F6F8"}
        )
        self.computed: Format = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "bg_color": "#DCE9F7"}
        )
        units = {
            number_format: _beside(view.messages.say(f"report.{number_format}", value="0.00"))
            for number_format in ("months", "days", "points", "score")
        }
        self.figures: dict[str, Format] = {
            number_format: book.add_format({"num_format": code, "valign": "top"})
            for number_format, code in (EXCEL_FORMATS | units).items()
        }

    def write(self, table: ResultSheet) -> None:
        """Write a frame below its note and heading; `X_format` is the number format of each `X`."""
        sheet = self._add(table.title)
        columns = [name for name in table.frame.columns if not name.endswith("_format")]
        last_row, last_column = FIRST_ROW + len(table.frame) - 1, len(columns) - 1
        sheet.freeze_panes(FIRST_ROW, min(FROZEN_COLUMNS, last_column))
        sheet.repeat_rows(HEADING)
        sheet.autofilter(HEADING, 0, max(last_row, HEADING), last_column)
        sheet.print_area(0, 0, max(last_row, HEADING), last_column)
        self._text(sheet, 0, 0, table.note, self.bold)
        for column, name in enumerate(columns):
            message = f"column.{name}" if has(f"column.{name}") else name
            sheet.set_column(column, column, _width(name))
            money = self.view.numbers.plain_scale.name
            title = table.headings.get(name) or self.view.messages.say(message, money=money)
            style = self.computed if name in table.formulas else self.heading
            self._text(sheet, HEADING, column, title, style)
        formulas = {columns.index(name): text for name, text in table.formulas.items()}
        cells = zip(*(self._cells(table.frame, name) for name in columns), strict=True)
        for row, values in enumerate(cells, FIRST_ROW):
            for column, (value, number_format) in enumerate(values):
                formula = formulas.get(column)
                if formula is not None and not missing(value):
                    text = formula.replace("{row}", str(row + 1))
                    sheet.write_formula(row, column, text, self.figures[number_format], value)
                elif number_format == LINK:
                    sheet.write_url(row, column, f"internal:'{value}'!A1", string=value)
                elif isinstance(value, str):
                    self._text(sheet, row, column, value)
                elif not missing(value):
                    number = value * 100 if number_format == "points" else value
                    sheet.write_number(row, column, number, self.figures[number_format])

    def _cells(self, frame: pd.DataFrame, column: str) -> Iterator[tuple[Any, str]]:
        """Yield the values of a column, each with its number format."""
        values = frame[column].astype(object).where(frame[column].notna(), None)
        if f"{column}_format" in frame.columns:
            return zip(values, frame[f"{column}_format"], strict=True)
        number_format = format_of(column) or "number"
        return ((value, number_format) for value in values)

    def _add(self, title: str) -> Worksheet:
        sheet: Worksheet = self.book.add_worksheet(title)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{_title(self.view).replace('&', '&&')}&R&A")
        sheet.set_footer("&C&P / &N")
        return sheet

    def _text(
        self, sheet: Worksheet, row: int, column: int, text: str, style: Format | None = None
    ) -> None:
        """Write a text that no spreadsheet takes for a formula; cut where Excel would drop it."""
        if style is None:
            style = self.marked if text.startswith(FORMULA_STARTS) else self.plain
        shown = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
        sheet.write_string(row, column, shown, style)


def _width(column: str) -> int:
    return WIDTHS.get(column) or WIDTHS_OF_FORMATS.get(format_of(column) or "text", 14)


def _beside(text: str) -> str:
    """Return a number format that shows the words around 0.00."""
    before, number, after = text.partition("0.00")
    return "".join(
        f'"{words}"' if words != number else words for words in (before, number, after) if words
    )
