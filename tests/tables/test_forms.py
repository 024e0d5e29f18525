"""The everyday forms of offices: read as they are, with a note of what was passed over."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest
from table_files import (
    Rows,
    Told,
    assert_same,
    in_chinese,
    refused,
    small,
    tells,
    told,
    write_csv,
    write_folder,
    write_parquet,
    write_workbook,
)

from fundeval.problems import BadInputError, Problem
from fundeval.tables import Dataset, check_year, examine, load
from fundeval.words import Named

OFFICIAL = ["单位编码", "年度", "险种", "年初预算数", "全年预算数（A）", "全年执行数（B）"]


def notes(location: Path) -> tuple[Problem, ...]:
    found = examine(location)
    assert found.problems == []
    return tuple(found.notes)


def with_budgets(path: Path, rows: Rows) -> Path:
    return write_workbook(path, in_chinese({"units": small()["units"]}) | {"budgets": rows})


def test_the_headers_of_the_official_form(tmp_path: Path) -> None:
    rows = [[*OFFICIAL, "执行率(B/A)", "得分"], ["007", 2023, "职工", 110, 120.25, 108.2, 0.9, 9]]
    book = with_budgets(tmp_path / "book.xlsx", rows)
    row = load(book).budgets.loc[2]
    assert row[["initial", "adjusted", "executed"]].tolist() == [
        1_100_000_00, 1_202_500_00, 1_082_000_00,
    ]  # fmt: skip
    found = notes(book)
    means = Told("intake.header_means", "book.xlsx", 1, "全年预算数（A）", sheet="budgets")
    assert tells(found, means, name="adjusted")
    for header in ("执行率(B/A)", "得分"):
        expected = Told("intake.not_read_computed", "book.xlsx", 1, header, sheet="budgets")
        assert expected in told(found)


@pytest.mark.parametrize(
    ("header", "reason"),
    [("序号", "number"), ("备 注", "remark"), ("单位名称", "name"), ("执行率（%）", "computed")],
)
def test_a_column_that_is_passed_over_by_name(
    tmp_path: Path, dataset: Dataset, header: str, reason: str
) -> None:
    tables = small()
    tables["budgets"] = [[header, *tables["budgets"][0]]] + [
        [n, *row] for n, row in enumerate(tables["budgets"][1:])
    ]
    folder = write_folder(tmp_path / "form", tables)
    assert_same(load(folder), dataset)
    assert told(notes(folder)) == [Told(f"intake.not_read_{reason}", "budgets.csv", 1, header)]


def test_a_table_that_has_such_a_column_reads_it(tmp_path: Path) -> None:
    tables = small() | {"measures": [["单位编码", "年度", "指标代码", "指标值", "备注"]]}
    tables["measures"] += [["007", 2023, "satisfaction", 0.9, "抽样"]]
    folder = write_folder(tmp_path, tables)
    assert load(folder).measures["note"].tolist() == ["抽样"]
    assert notes(folder) == ()


@pytest.mark.parametrize("name", ["城镇职工基本医疗保险", "职工医保", "职工基本医疗保险基金"])
def test_the_full_names_of_a_scheme(tmp_path: Path, dataset: Dataset, name: str) -> None:
    tables = small()
    for row in tables["budgets"][1:3]:
        row[2] = name
    folder = write_folder(tmp_path / "names", tables)
    assert_same(load(folder), dataset)
    expected = Told("intake.code_words", "budgets.csv", 2, "scheme", name)
    assert tells(notes(folder), expected, count=2)


def test_a_cover_is_passed_over_and_named(tmp_path: Path, dataset: Dataset) -> None:
    sheets = {"封面": [["某县医保基金填报表"], ["填报单位：", "某县医保局"]]} | small()
    book = write_workbook(tmp_path / "book.xlsx", sheets)
    assert_same(load(book), dataset)
    assert told(notes(book)) == [Told("intake.sheet_passed_over", "book.xlsx", sheet="封面")]


BELOW = [
    ["合计", "", "", 400, "", 380, ""],
    ["其中：市本级", 2023, "employee", 100, "", 95, ""],
    ["注：1．本表数据截至12月31日；", "", "", "", "", "", ""],
    ["2．结转另计。", "", "", "", "", "", ""],
    ["填表人：张三", "", "", "审核人：李四", "", "日期：2024年1月5日", ""],
]


def test_notes_signatures_and_parts_below_a_table(tmp_path: Path, dataset: Dataset) -> None:
    tables = small()
    tables["budgets"] += BELOW
    folder = write_folder(tmp_path / "form", tables)
    assert_same(load(folder), dataset)
    found = notes(folder)
    assert len(found) == 3
    assert tells(found, Told("intake.totals_row", "budgets.csv", 5, "unit_id", "合计"), count=1)
    assert tells(
        found, Told("intake.part_row", "budgets.csv", 6, "unit_id", "其中：市本级"), count=1
    )
    note = Told("intake.note_row", "budgets.csv", 7, "unit_id", "注：1．本表数据截至12月31日；")
    assert tells(found, note, count=3)


def test_a_note_may_stand_in_a_column_without_a_header(tmp_path: Path, dataset: Dataset) -> None:
    tables = small()
    tables["budgets"] = [["", *row] for row in tables["budgets"]]
    tables["budgets"].append(["注：数据为虚构。", *[""] * 7])
    folder = write_folder(tmp_path / "form", tables)
    assert_same(load(folder), dataset)
    assert tells(
        notes(folder), Told("intake.note_row", "budgets.csv", 5, "A", "注：数据为虚构。"), count=1
    )
    # Beside data, or as no note, it is content of a column that nobody named.
    for row in (["注：数据为虚构。", *small()["budgets"][1]], ["其他", *[""] * 7]):
        tables["budgets"][-1] = row
        found = refused(write_folder(tmp_path / "other", tables))
        assert Told("tables.no_header", "budgets.csv", 5, "A", row[0]) in told(found)


@pytest.mark.parametrize(
    "header", ["全年执行数(B)（元）", "全年执行数（元）（B）", "全年执行数（元）"]
)
def test_mark_and_unit_of_a_header_in_either_order(tmp_path: Path, header: str) -> None:
    rows = [["单位编码", "年度", "险种", header], ["007", 2023, "职工", 1_082_000]]
    book = with_budgets(tmp_path / "book.xlsx", rows)
    assert load(book).budgets.loc[2, "executed"] == 1_082_000_00


@pytest.mark.parametrize("unit", ["某某医院", "注射室"])
def test_a_row_without_a_year_is_no_note(tmp_path: Path, unit: str) -> None:
    tables = small()
    tables["budgets"] += [[unit, "", "", "", "", "", ""]]
    found = refused(write_folder(tmp_path, tables))
    assert Told("tables.blank", "budgets.csv", 5, "year") in told(found)


def test_what_a_folder_holds_besides_is_named(tmp_path: Path, dataset: Dataset) -> None:
    folder = write_folder(tmp_path / "mixed", small())
    (folder / "说明.docx").write_bytes(b"")
    (folder / "sub").mkdir()
    (folder / "~$budgets.xlsx").write_bytes(b"an open spreadsheet leaves this")
    (folder / ".hidden").write_bytes(b"")
    assert_same(load(folder), dataset)
    assert set(told(notes(folder))) == {
        Told("intake.file_passed_over", "说明.docx"),
        Told("intake.folder_passed_over", "sub"),
        Told("intake.lock_file", "~$budgets.xlsx"),
    }


def test_a_folder_with_one_workbook_and_its_description(tmp_path: Path, dataset: Dataset) -> None:
    write_workbook(tmp_path / "only" / "县.xlsx", small())
    assert_same(load(tmp_path / "only"), dataset)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("units.xls", b"<html><table><tr><td>unit_id</td></tr></table></html>", "web_page"),
        ("units.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("units.xlsx", OLE, "renamed"),
        ("units.csv", OLE, "renamed"),
        ("units.csv", "unit_id,name".encode("utf-16"), "utf16"),
        ("units.csv", b"%PDF-1.7", "renamed"),
        ("units.xlsx", b"PK\x03\x04 and no more", "damaged"),
        ("units.et", b"no workbook", "damaged"),
        ("units.xlsb", b"", "damaged"),
    ],
)
def test_why_a_file_cannot_be_read(tmp_path: Path, name: str, content: bytes, rule: str) -> None:
    tables = small()
    del tables["units"]
    folder = write_folder(tmp_path, tables)
    (folder / name).write_bytes(content)
    assert told(refused(folder)) == [Told(f"tables.{rule}", name)]


def test_a_workbook_under_another_suffix(tmp_path: Path, dataset: Dataset) -> None:
    book = write_workbook(tmp_path / "book.xlsx", small())
    other = book.rename(tmp_path / "book.xls")
    assert tells(refused(other), Told("tables.renamed", "book.xls"), kind=".xlsx")
    # What WPS names .et is a workbook of either kind.
    assert_same(load(other.rename(tmp_path / "book.et")), dataset)


@pytest.mark.parametrize(
    ("cell", "rule", "place"),
    [
        ('<c r="F2"><f>90+5</f></c>', "formula_without_value", "F2"),
        ("<c r='F2'><f>90+5</f><v/></c>", "formula_without_value", "F2"),
        ("<c><f>90+5</f><v></v></c>", "formula_without_value", "F2"),
        ("<c t = 'e' r='F2'><v>#REF!</v></c>", "error_cell", "F2"),
        ('<c r="F2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "error_cell", "F2"),
        ('<x:c r="F2" t="e"><x:v>#N/A</x:v></x:c>', "error_cell", "F2"),
        ('<c r="F2" t="str"><f>IF(D2&gt;9,D2,"")</f><v></v></c>', None, ""),
        ('<c r="F2" t="str"><f>IF(D2&gt;9,D2,"")</f></c>', None, ""),
        ('<c r="F2"><f>90+5</f><v>95</v></c>', None, ""),
    ],
)
def test_formulas_however_the_xml_is_written(
    tmp_path: Path, cell: str, rule: str | None, place: str
) -> None:
    tables = small()
    tables["budgets"] = [["unit_id", "year", "scheme", "initial", "adjusted", "executed"]]
    tables["budgets"] += [["007", 2023, "employee", 1, 2, 3]]
    book = write_workbook(tmp_path / "plain.xlsx", tables)
    changed = tmp_path / "book.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.namelist():
            content = old.read(part).decode()
            if part == "xl/workbook.xml":
                content = content.replace(' fullCalcOnLoad="1"', "")
            if part == "xl/worksheets/sheet2.xml":
                was = '<c r="F2"><v>3</v></c>'
                assert was in content
                content = content.replace(was, cell)
                content = content.replace(
                    "<worksheet", '<worksheet xmlns:x="http://schemas.openxmlformats.org/'
                    'spreadsheetml/2006/main"', 1,
                )  # fmt: skip
            new.writestr(part, content)
    book.with_suffix(".yaml").rename(tmp_path / "book.yaml")
    if rule is None:
        assert notes(changed) == ()
    else:
        [found] = refused(changed)
        assert (found.rule, found.sheet, found.cell) == (f"tables.{rule}", "budgets", place)


def test_a_sheet_that_is_too_wide_is_refused_unread(tmp_path: Path) -> None:
    tables = small()
    tables["budgets"][1] += [""] * 9_000 + ["1"]
    found = refused(write_workbook(tmp_path / "book.xlsx", tables))
    expected = Told("tables.too_many_columns", "book.xlsx", sheet="budgets")
    assert told(found) == [expected]


@pytest.mark.parametrize(
    ("separator", "cells", "rows"),
    [
        (",", ["0,875", "12,345"], [2, 3]),
        (",", ["12,345", "1,234,567"], []),
        (",", ["12,34", "1.5"], [2]),
        (";", ["12,345", "7"], [2]),
        (";", ["1,234,567", "1,234.5"], []),
    ],
)
def test_a_comma_that_may_be_a_decimal_point(
    tmp_path: Path, separator: str, cells: list[str], rows: list[int]
) -> None:
    folder = write_folder(tmp_path, small())
    lines = [["unit_id", "year", "scheme", "initial"]]
    lines += [["007", str(2022 + n), "employee", f'"{cell}"'] for n, cell in enumerate(cells)]
    text = "\n".join(separator.join(line) for line in lines)
    (folder / "budgets.csv").write_text(text, encoding="utf-8")
    rule = "tables.decimal_comma"
    found = [(p.rule, p.row) for p in examine(folder).problems]
    assert found == [(rule, row) for row in rows]


def test_a_parquet_column_of_single_floats(tmp_path: Path) -> None:
    """Few digits are read with a note; 16 777 217 has lost its last digit in four bytes."""
    folder = write_parquet(tmp_path, small())
    path = folder / "budgets.parquet"
    frame = pd.read_parquet(path).astype({"executed": "float32"})
    frame.to_parquet(path)
    assert ("intake.single_float", "executed") in {
        (n.rule, n.column) for n in examine(folder).notes
    }
    frame.loc[0, "executed"] = 16_777_217
    frame.to_parquet(path)
    expected = Told("tables.single_float", "budgets.parquet", None, "executed", "16777216")
    assert told(refused(folder)) == [expected]


def test_a_parquet_column_of_half_floats(tmp_path: Path) -> None:
    tables = small()
    del tables["budgets"]
    folder = write_folder(tmp_path, tables)
    frame = pd.DataFrame({"unit_id": ["007"], "year": [2023], "executed": [1.5]})
    frame["executed"] = frame["executed"].astype("float16")
    frame.to_parquet(folder / "budgets.parquet")
    expected = Told("tables.column_type", "budgets.parquet", None, "executed")
    assert tells(refused(folder), expected, type="halffloat")


def test_an_unread_csv_of_a_known_header_stays_an_error(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small())
    write_csv(folder / "预算2.csv", [["unit_id"], ["007"]])
    assert Told("tables.unknown_table", "预算2.csv", 1) in told(refused(folder))


def test_what_an_unknown_table_resembles(tmp_path: Path) -> None:
    rows: Rows = [
        ["某县2023年预算执行情况表", "", "", ""],
        ["编制单位：某县医保局", "", "", "单位：万元"],
        ["机构", "年度", "险种", "执行数"],
        ["某医院", 2023, "职工", 95],
    ]
    sheets = in_chinese(small()) | {"附表一": rows}
    found = refused(write_workbook(tmp_path / "book.xlsx", sheets))
    expected = Told("tables.unknown_table", "book.xlsx", 3, sheet="附表一")
    missing = Named("单位编码", "unit_id")
    headers = "机构、年度、险种、执行数"
    assert tells(found, expected, table="budgets", missing=missing, headers=headers)


def test_a_title_is_no_header(tmp_path: Path) -> None:
    rows: Rows = [["某县收支情况表", "", ""], ["项目", "本年", "上年"], ["保费", 9, 8]]
    found = refused(write_workbook(tmp_path / "book.xlsx", small() | {"附表": rows}))
    expected = Told("tables.strange_table", "book.xlsx", 2, sheet="附表")
    assert tells(found, expected, headers="项目、本年、上年")


def test_an_item_is_no_header(tmp_path: Path) -> None:
    """基金收入 is a column of funds, but stands in a row of figures here."""
    rows: Rows = [["项目", "甲县", "乙县"], ["基金收入", 9, 8], ["基金支出", 7, 6]]
    found = refused(write_workbook(tmp_path / "book.xlsx", small() | {"附表": rows}))
    expected = Told("tables.strange_table", "book.xlsx", 1, sheet="附表")
    assert tells(found, expected, headers="项目、甲县、乙县", file="book.xlsx")


def test_a_table_of_two_columns_is_no_cover(tmp_path: Path) -> None:
    sheets = {
        "附表": [["项目", "金额"], ["收入合计", 9], ["支出合计", 8]],
        "封面": [["填报单位", "某县"], ["联系电话", "13800000000"], ["邮编", "310000"]],
    }
    book = write_workbook(tmp_path / "book.xlsx", small() | sheets)
    found = examine(book)
    assert Told("tables.strange_table", "book.xlsx", 1, sheet="附表") in told(found.problems)
    assert told(found.notes) == [Told("intake.sheet_passed_over", "book.xlsx", sheet="封面")]


def test_a_file_called_like_a_table_that_has_another_layout(tmp_path: Path) -> None:
    rows: Rows = [["项目", "决算数"], ["收入合计", 9], ["支出合计", 8]]
    found = refused(write_folder(tmp_path, small() | {"funds": rows}))
    assert told(found) == [Told("tables.strange_table", "funds.csv", 1)]


def test_a_blank_in_a_unit_is_told_once(tmp_path: Path) -> None:
    tables = small()
    tables["units"][3][2] = ""
    found = refused(write_folder(tmp_path, tables))
    assert told(found) == [Told("tables.blank", "units.csv", 4, "kind")]


SIGN = "\u202e"


def test_signs_that_nobody_sees_are_left_out_and_told(tmp_path: Path, dataset: Dataset) -> None:
    tables = small()
    tables["budgets"][2][0] = "00\u200b7"
    tables["budgets"][0][5] = "executed\ufeff"
    tables["budgets"][3][5] = "28839.2\u200b"
    tables["units"][2][1] = f"某{SIGN}医院"
    folder = write_folder(tmp_path / "signs", tables)
    assert_same(load(folder), dataset)
    found = notes(folder)
    assert tells(
        found, Told("intake.invisible_signs", "budgets.csv", 3, "unit_id", "00\u200b7"), count=1
    )
    assert Told("intake.invisible_signs", "units.csv", 3, "name", f"某{SIGN}医院") in told(found)
    header = "executed\ufeff"
    assert Told("intake.invisible_header", "budgets.csv", 1, header, header) in told(found)
    assert Told("intake.converted", "budgets.csv", 4, header, "28839.2\u200b") in told(found)
    for problem in found:
        assert not set(problem.text("zh")) & {"\u200b", "\u200e", "\ufeff", SIGN}
    assert "‹U+202E›" in "".join(problem.text("zh") for problem in found)


def test_letters_that_a_sign_joins_keep_it(tmp_path: Path) -> None:
    name = "می\u200cخواهم"
    tables = small()
    tables["units"][2][1] = name
    folder = write_folder(tmp_path, tables)
    assert load(folder).units["name"].tolist().count(name) == 1
    assert notes(folder) == ()


def test_ids_that_are_numbers_among_texts(tmp_path: Path) -> None:
    tables = small()
    tables["units"] += [[350900, "某市", "region", "", "", "", ""]]
    book = write_workbook(tmp_path / "book.xlsx", tables)
    assert "350900" in load(book).units["unit_id"].tolist()
    expected = Told("intake.number_ids", "book.xlsx", 5, "unit_id", "350900", "units")
    assert tells(notes(book), expected, count=1)


def test_a_problem_of_the_description_names_its_label(tmp_path: Path) -> None:
    entries = [
        ["标题", "某县"], ["数据来源", "自拟"], ["金额单位", "万元"], ["起始年度", "2022"],
        ["截止年度", "去年"], ["合成数据", "是"],
    ]  # fmt: skip
    path = write_workbook(tmp_path / "book.xlsx", small() | {"数据集说明": entries}, None)
    assert set(told(refused(path))) == {
        Told("yaml.not_whole", "book.xlsx", 5, "截止年度", "去年", "数据集说明"),
        Told("yaml.missing_key", "book.xlsx", None, "许可", sheet="数据集说明"),
    }


def test_measures_alone_need_no_budgets(tmp_path: Path) -> None:
    tables = small() | {"measures": [["unit_id", "year", "measure", "value"]]}
    tables["measures"] += [["007", 2023, "satisfaction", 0.9]]
    del tables["budgets"]
    folder = write_folder(tmp_path / "alone", tables)
    assert Told("intake.no_budgets", "alone") in told(notes(folder))
    check_year(load(folder), 2023)
    with pytest.raises(BadInputError) as error:
        check_year(load(folder), 2024)
    assert [p.rule for p in error.value.problems] == ["tables.year_without_data"]
