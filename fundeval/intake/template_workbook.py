"""Write a data set or an empty template as a workbook that `check` can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from fundeval.intake.example_rows import example_row
from fundeval.intake.template_columns import TemplateColumn, template_columns
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.schemas import CHINESE_NAMES
from fundeval.tables.sources.description import (
    DESCRIPTION_SHEETS,
    SHEET_KEYS,
    YES_NO,
    description_rows,
)
from fundeval.tables.sources.readers import INSTRUCTION_SHEETS
from fundeval.words import say

# The time in a file would make each one different.
CREATED = dt.datetime(2024, 1, 1)
LAST_COLUMN = 16_383
# Rows below are filled in without guidance; `check` reads them as well.
GUIDED_ROWS = 20_000
WIDTHS = {"text": 24, "id": 18, "name": 24, "datetime": 18}
ALLOWED = (
    "format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort",
    "autofilter", "select_locked_cells", "select_unlocked_cells",
)  # fmt: skip


def new_workbook(path: Path) -> Any:
    """Return a new workbook that never turns text into formulas or links."""
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False,
    }  # fmt: skip
    workbook = xlsxwriter.Workbook(path, options)
    workbook.set_properties({"created": CREATED})
    return workbook


@dataclass(frozen=True)
class WorkbookOptions:
    """How to write a workbook: unit of money, language, and whether its rows are examples."""

    money_unit: str
    lang: str
    example: bool = False

    def columns(self, table: str) -> list[TemplateColumn]:
        """Return the template columns of a table."""
        return template_columns(table, self.money_unit, self.lang)


def write_template(path: Path, names: list[str], money_unit: str, lang: str) -> None:
    """Write a template workbook with the named tables, each with an example row."""
    options = WorkbookOptions(money_unit, lang, example=True)
    rows = {name: pd.DataFrame([example_row(name, money_unit, lang)]) for name in names}
    _write(path, description_rows(None, money_unit, lang), rows, options)


def write_filled(
    path: Path, info: DatasetInfo, frames: Mapping[str, pd.DataFrame], lang: str
) -> None:
    """Write tables, amounts already in `info.money_unit`, in the layout of the template.

    `info` must not have incomplete years, which the sheet of the description cannot hold.
    """
    options = WorkbookOptions(info.money_unit, lang)
    _write(path, description_rows(info, info.money_unit, lang), frames, options)


def _write(
    path: Path,
    description: list[tuple[str, str]],
    frames: Mapping[str, pd.DataFrame],
    options: WorkbookOptions,
) -> None:
    with new_workbook(path) as workbook:
        _write_advice(workbook, options)
        _write_description(workbook, description, options.lang)
        for name, frame in frames.items():
            sheet = workbook.add_worksheet(CHINESE_NAMES[name] if options.lang == "zh" else name)
            _write_table(workbook, sheet, frame, options.columns(name), options.example)


def _write_advice(workbook: Any, options: WorkbookOptions) -> None:
    sheet = workbook.add_worksheet(
        INSTRUCTION_SHEETS[0] if options.lang == "zh" else INSTRUCTION_SHEETS[1]
    )
    sheet.set_column(0, 0, 100, workbook.add_format({"text_wrap": True}))
    advice = say("template.advice", options.lang, unit=options.money_unit)
    for row, line in enumerate(advice.split("\n")):
        sheet.write_string(row, 0, line)
    sheet.protect("")


def _write_description(workbook: Any, description: list[tuple[str, str]], lang: str) -> None:
    sheet = workbook.add_worksheet(DESCRIPTION_SHEETS[1] if lang == "zh" else DESCRIPTION_SHEETS[0])
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 60)
    bold = workbook.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
    open_cell = workbook.add_format({"locked": False, "num_format": "@", "border": 1})
    fixed = workbook.add_format({"num_format": "@", "border": 1})
    for row, (key, value) in enumerate(description):
        sheet.write_string(row, 0, key, bold)
        # The headers of the tables state the unit, so it is not to be changed here.
        meaning = SHEET_KEYS.get(key, key)
        sheet.write_string(row, 1, value, fixed if meaning == "money_unit" else open_cell)
        if meaning == "synthetic":
            answers = list(YES_NO if lang == "zh" else YES_NO.values())
            sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": answers})
    sheet.protect("", dict.fromkeys(ALLOWED, True))


def _write_table(
    workbook: Any, sheet: Any, frame: pd.DataFrame, columns: list[TemplateColumn], example: bool
) -> None:
    head = {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#DDE7F0"}
    grey = {"italic": True, "font_color": "#808080"} if example else {}
    sheet.set_column(0, LAST_COLUMN, None, workbook.add_format({"locked": False}))
    for position, column in enumerate(columns):
        form = {"locked": False, "num_format": column.number_format}
        kept = workbook.add_format(form)
        sheet.set_column(position, position, WIDTHS.get(column.role, 14), kept)
        colour = {"bg_color": "#F5DEB3"} if column.required else {}
        sheet.write_string(0, position, column.header, workbook.add_format(head | colour))
        sheet.write_comment(0, position, column.note, {"x_scale": 2})
        if column.validation:
            sheet.data_validation(1, position, GUIDED_ROWS, position, column.validation)
        if column.name in frame:
            cell_format = workbook.add_format(form | grey) if example else kept
            _write_cells(sheet, position, frame[column.name], cell_format)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    sheet.protect("", dict.fromkeys(ALLOWED, True))


def _write_cells(sheet: Any, position: int, cells: pd.Series, cell_format: Any) -> None:
    for row, cell in enumerate(cells, start=1):
        if pd.isna(cell):
            continue
        if isinstance(cell, str):
            sheet.write_string(row, position, cell, cell_format)
        elif isinstance(cell, dt.date):
            sheet.write_datetime(row, position, cell, cell_format)
        else:
            sheet.write_number(row, position, cell, cell_format)
