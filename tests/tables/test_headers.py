"""Headers of forms: several rows, a row of units, a row that numbers the columns."""

from pathlib import Path

import pytest
from table_files import Rows, Told, small, told, write_folder, write_workbook

from fundeval.tables import examine, load
from fundeval.tables.parsing.numbered_columns import numbers_columns

ROW = ["007", 2023, "职工", 100, 120, 90]
GROUPS: Rows = [
    ["单位编码", "年度", "险种", "金额（元）", "", ""],
    ["", "", "", "预算", "", "执行情况"],
    ["", "", "", "年初预算", "调整预算", "执行数"],
]
UNIT_BELOW: Rows = [
    ["单位编码", "年度", "险种", "预算", "", "执行"],
    ["", "", "", "年初", "调整", "全年"],
    ["", "", "", "（元）", "", ""],
]


@pytest.mark.parametrize("header", [GROUPS, UNIT_BELOW])
@pytest.mark.parametrize("title", [[], [["某县预算执行表"], []]])
def test_a_header_of_three_rows(tmp_path: Path, header: Rows, title: Rows) -> None:
    """The unit that stands over or under several columns holds for each of them."""
    sheets = {"units": small()["units"], "budgets": [*title, *header, ROW]}
    budgets = load(write_workbook(tmp_path / "book.xlsx", sheets)).budgets
    assert budgets[["initial", "adjusted", "executed"]].to_numpy().tolist() == [
        [10_000, 12_000, 9_000]
    ]
    assert budgets.index.tolist() == [len(title) + 4]


NUMBERS: Rows = [
    ["甲", "乙", "丙", "1", "2", "3=2/1"],
    ["栏次", "", "", 1, 2, 3],
    ["（1）", "（2）", "（3）", "（4）", "（5）", "（6）=（5）÷（4）"],
]


@pytest.mark.parametrize("numbers", NUMBERS)
def test_a_row_that_numbers_the_columns_is_no_data(tmp_path: Path, numbers: list[object]) -> None:
    header = ["单位编码", "年度", "险种", "年初预算", "调整预算", "执行数"]
    sheets = {"units": small()["units"], "budgets": [header, numbers, ROW]}
    book = write_workbook(tmp_path / "book.xlsx", sheets)
    assert load(book).budgets["year"].tolist() == [2023]
    expected = Told("intake.numbered_columns", "book.xlsx", 2, sheet="budgets")
    assert expected in told(examine(book).notes)


@pytest.mark.parametrize(
    "cells",
    [["007", "2023", "职工", "1", "2", "3"], ["1", "3", "2"], ["1", "", ""], ["甲", "丙", "1"],
     ["甲县", "1", "2"], ["2", "3", "4"], []],
)  # fmt: skip
def test_a_row_of_data_numbers_no_columns(cells: list[str]) -> None:
    assert not numbers_columns(cells)


def test_places_below_blank_rows_and_titles(tmp_path: Path) -> None:
    """A repeated key and a wrong cell are where a spreadsheet shows them, and so is the twin."""
    rows: Rows = [
        ["某县预算执行表"], [], ["", "", "单位：万元"], [],
        ["unit_id", "year", "scheme", "initial"],
        [], ["007", 2023, "职工", 100], [], ["007", 2023, "职工", 100], ["007", 2024, "职工", "坏"],
    ]  # fmt: skip
    rows = [["", *row] for row in rows]
    tables = {"units": small()["units"], "budgets": rows}
    for location in (write_folder(tmp_path / "files", tables),
                     write_workbook(tmp_path / "book.xlsx", tables)):  # fmt: skip
        found = {p.rule: p for p in examine(location).problems}
        assert found["tables.money"].row == 10
        assert (found["tables.money"].letter, found["tables.repeated_key"].row) == ("E", 9)
        assert found["tables.repeated_key"].values["first_row"] == 7
