"""A small data set, and ways to write it as the files that an evaluator would have."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import xlsxwriter

from fundeval.problems import BadInputError, Problem
from fundeval.tables import Dataset, load
from fundeval.tables.schemas import CHINESE_NAMES, TABLES, columns_of

Rows = list[list[object]]
Tables = dict[str, Rows]

DESCRIPTION = """\
title: {zh: 测试数据, en: Test data}
source: invented for a test
money_unit: 万元
period: {first_year: 2022, last_year: 2023}
synthetic: true
licence: Apache-2.0
"""


def assert_same(one: Dataset, other: Dataset) -> None:
    """Hold that two data sets have equal tables, whatever their rows are called."""
    for name in TABLES:
        mine, others = (getattr(data, name).reset_index(drop=True) for data in (one, other))
        pd.testing.assert_frame_equal(mine, others, check_exact=True)


def small() -> Tables:
    """Return a region, its hospital and a department, with budgets of two years."""
    return {
        "units": [
            ["unit_id", "name", "kind", "parent_id", "level", "flags", "valid_from"],
            ["010203", "某县", "region", "", "", "economic_stress", ""],
            ["H00000000001", "某医院", "hospital", "010203", "secondary", "", "2020-01-01"],
            ["007", "内科", "department", "H00000000001", "", "", ""],
        ],
        "budgets": [
            ["unit_id", "year", "scheme", "initial", "adjusted", "executed", "adjusted_on"],
            ["007", "2022", "employee", "100.5", "", "0", ""],
            ["007", "2023", "employee", "110", "120.25", "108.225", "2023-07-01"],
            ["007", "2023", "resident", "23793.02", "", "28839.2", ""],
        ],
    }


def in_chinese(tables: Tables) -> Tables:
    """Return the tables with Chinese headers and codes."""
    return {name: _table_in_chinese(name, rows) for name, rows in tables.items()}


def _table_in_chinese(name: str, rows: Rows) -> Rows:
    columns = columns_of(name)
    header = [str(label) for label in rows[0]]
    words = [{code: zh for zh, code in columns[label].codes.items()} for label in header]
    body = [
        [word.get(str(cell), cell) for word, cell in zip(words, row, strict=True)]
        for row in rows[1:]
    ]
    return [[columns[label].zh for label in header], *body]


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def write_folder(folder: Path, tables: Tables, description: str = DESCRIPTION) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(description, encoding="utf-8")
    for name, rows in tables.items():
        write_csv(folder / f"{name}.csv", rows)
    return folder


def write_parquet(folder: Path, tables: Tables, description: str = DESCRIPTION) -> Path:
    """Write the tables with numbers as numbers and blanks as missing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(description, encoding="utf-8")
    for name, rows in tables.items():
        frame = pd.DataFrame(rows[1:], columns=rows[0]).replace("", None)
        for label in ("year", "initial", "adjusted", "executed"):
            if label in frame:
                frame[label] = pd.to_numeric(frame[label])
        for label in ("adjusted_on", "valid_from"):
            if label in frame:
                frame[label] = pd.to_datetime(frame[label])
        frame.to_parquet(folder / f"{name}.parquet")
    return folder


def write_workbook(path: Path, sheets: Tables, description: str | None = DESCRIPTION) -> Path:
    """Write a sheet a table: numbers and dates as such, ids and years as they come."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    if description is not None:
        path.with_suffix(".yaml").write_text(description, encoding="utf-8")
    return path


def with_chinese_names(tables: Tables) -> Tables:
    return {CHINESE_NAMES[name]: rows for name, rows in tables.items()}


def refusal(location: Path | str, lang: str = "zh") -> str:
    """Return what is said of a data set that must be refused."""
    try:
        load(location)
    except BadInputError as error:
        return error.text(lang)
    message = "the data set was not refused"
    raise AssertionError(message)


class Told(NamedTuple):
    """A problem as a test names it: rule and place, and what was found there."""

    rule: str
    file: str
    row: int | None = None
    column: str = ""
    value: str | None = None
    sheet: str = ""


def told(problems: Iterable[Problem]) -> list[Told]:
    """Return problems without their wording; the path of a file is its name."""
    return [
        Told(p.rule, Path(p.file).name, p.row, p.column,
             None if p.value is None else str(p.value), p.sheet)
        for p in problems
    ]  # fmt: skip


def tells(problems: Iterable[Problem], expected: Told, **values: object) -> bool:
    """Tell whether one of the problems is the expected one, with these among its values."""
    problems = tuple(problems)
    return any(
        found == expected and values.items() <= dict(p.values).items()
        for p, found in zip(problems, told(problems), strict=True)
    )


def refused(location: Path | str) -> tuple[Problem, ...]:
    """Return the problems of a data set that must be refused."""
    try:
        load(location)
    except BadInputError as error:
        return error.problems
    message = "the data set was not refused"
    raise AssertionError(message)
