"""Tables that stand in parts: two sheets, a header once more, another table below, cut rows."""

from pathlib import Path

import pytest
from table_files import (
    Rows,
    Told,
    in_chinese,
    refused,
    small,
    tells,
    told,
    write_folder,
    write_workbook,
)

from fundeval.tables import examine, load

HEADER: list[object] = ["单位编码", "年度", "险种", "年初预算", "执行数"]
ROWS: Rows = [["007", 2022, "职工", 100, 90], ["007", 2023, "职工", 110, 95]]


def book(path: Path, budgets: Rows, **more: Rows) -> Path:
    units = in_chinese({"units": small()["units"]})
    return write_workbook(path, units | {"budgets": budgets} | more)


def test_two_sheets_of_one_table_with_other_rows(tmp_path: Path) -> None:
    file = book(tmp_path / "b.xlsx", [HEADER, ROWS[0]], 其他=[HEADER, ROWS[1]])
    expected = Told("tables.table_in_parts", "b.xlsx", sheet="其他")
    assert tells(refused(file), expected, first="b.xlsx budgets")


def test_two_sheets_with_the_same_content(tmp_path: Path) -> None:
    file = book(tmp_path / "b.xlsx", [HEADER, ROWS[0]], 其他=[["标题"], HEADER, ROWS[0]][1:])
    assert told(refused(file)) == [Told("tables.table_twice", "b.xlsx", sheet="其他")]


def test_a_header_that_is_repeated_on_each_page_is_left_out(tmp_path: Path) -> None:
    rows: Rows = [HEADER, ROWS[0], ["某县预算执行表（续）"], HEADER, ROWS[1]]
    file = book(tmp_path / "b.xlsx", rows)
    assert load(file).budgets["year"].tolist() == [2022, 2023]
    again = Told("intake.header_again", "b.xlsx", 4, sheet="budgets")
    assert tells(examine(file).notes, again, count=2)


def test_the_unit_above_a_repeated_header_is_read_too(tmp_path: Path) -> None:
    file = book(tmp_path / "b.xlsx", [HEADER, ROWS[0], ["单位：元"], HEADER, ROWS[1]])
    expected = Told("tables.other_money_unit", "b.xlsx", 3, "", "单位：元", "budgets")
    assert told(refused(file)) == [expected]


def test_another_table_below_is_one_problem(tmp_path: Path) -> None:
    other: Rows = [["基金收支表"], ["单位编码", "年度", "险种", "基金收入", "基金支出"]]
    file = book(tmp_path / "b.xlsx", [HEADER, *ROWS, [], *other, ["010203", 2023, "职工", 9, 8]])
    assert told(refused(file)) == [Told("tables.second_table", "b.xlsx", 6, sheet="budgets")]


def test_years_side_by_side_are_not_to_be_deleted(tmp_path: Path) -> None:
    rows: Rows = [
        ["单位编码", "险种", "2022年", "", "2023年", ""],
        ["", "", "年初预算", "执行数", "年初预算", "执行数"],
        ["007", "职工", 100, 90, 110, 95],
    ]
    found = {(each.rule, each.column) for each in told(refused(book(tmp_path / "b.xlsx", rows)))}
    assert ("tables.columns_beside", "2023年/年初预算") in found
    assert ("tables.columns_beside", "2023年/执行数") in found


@pytest.mark.parametrize(
    "below", [["—", "—", "—", "元", "元"], ["A", "B", "C", "D", "E=D+1"], ["①", "②", "③", "④", "⑤"]]
)
def test_rows_of_units_and_of_numbers_below_a_header(tmp_path: Path, below: list[object]) -> None:
    budgets = load(book(tmp_path / "b.xlsx", [HEADER, below, *ROWS])).budgets
    factor = 100 if below[3] == "元" else 1_000_000
    assert budgets["executed"].tolist() == [90 * factor, 95 * factor]


def test_a_text_row_that_is_cut_off_is_told(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"units": small()["units"]})
    text = "unit_id,year,scheme,initial,executed\n007,2022,employee,100,90\n007,2023,employee,11"
    (folder / "budgets.csv").write_text(text, encoding="utf-8")
    short = Told("intake.short_row", "budgets.csv", 3, "executed", "007")
    assert tells(examine(folder).notes, short, count=1)


def test_what_sets_cells_off(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"units": small()["units"]})
    for sign, good in (("|", True), ("，", False), ("；", False)):
        lines = [sign.join(map(str, row)) for row in (HEADER, *ROWS)]
        (folder / "budgets.csv").write_text("\n".join(lines), encoding="utf-8")
        if good:
            assert load(folder).budgets["executed"].tolist() == [90_000_000, 95_000_000]
        else:
            (found,) = refused(folder)
            assert (found.rule, found.values["sign"]) == ("tables.separator", sign)


def test_lines_that_are_quoted_as_a_whole(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"units": small()["units"]})
    lines = [f'"{",".join(map(str, row))}"' for row in (HEADER, *ROWS)]
    (folder / "budgets.csv").write_text("\n".join(lines), encoding="utf-8")
    assert [each.rule for each in refused(folder)] == ["tables.quoted_rows"]


def test_a_date_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    tables = small()
    tables["units"][2][6] = "5/1/2020"
    found = examine(write_folder(tmp_path, tables))
    assert told(found.problems) == [Told("tables.date", "units.csv", 3, "valid_from", "5/1/2020")]
    assert found.notes == []


def test_a_blank_in_a_column_that_may_be_left_out(tmp_path: Path) -> None:
    tables = small() | {"context": [["unit_id", "year", "scheme", "cpi"], ["010203", 2023, "", 0]]}
    blank = Told("tables.blank_or_without", "context.csv", 2, "scheme")
    assert tells(refused(write_folder(tmp_path, tables)), blank, default="全部")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("单位编码\t年度\n007\t2023\n", "tables.text_workbook"),
        ('<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
         "tables.xml_workbook"),
    ],
)  # fmt: skip
def test_what_is_called_a_workbook_and_is_text(tmp_path: Path, text: str, rule: str) -> None:
    folder = write_folder(tmp_path, small())
    (folder / "预算.xls").write_text(text, encoding="gb18030")
    assert told(refused(folder)) == [Told(rule, "预算.xls")]


def test_a_description_in_a_sheet_of_another_name(tmp_path: Path) -> None:
    about: Rows = [["标题", "某县"], ["数据来源", "虚构"], ["金额单位", "万元"], ["许可", "无"]]
    about += [["起始年度", 2022], ["截止年度", 2023], ["合成数据", "不是"]]
    file = book(tmp_path / "b.xlsx", [HEADER, *ROWS], 说明=about)
    file.with_suffix(".yaml").unlink()
    info = load(file).info
    assert (info.synthetic, info.licence) == (False, "无")
    assert told(examine(file).notes) == [Told("intake.description_by_keys", "b.xlsx", sheet="说明")]
