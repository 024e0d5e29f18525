"""Files as people have them: read for what they mean, and told where that took understanding."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from table_files import (
    DESCRIPTION,
    Rows,
    Tables,
    Told,
    assert_same,
    in_chinese,
    refused,
    small,
    tells,
    told,
    with_chinese_names,
    write_csv,
    write_folder,
    write_workbook,
)

from fundeval.problems import Problem
from fundeval.tables import Dataset, examine, load

FILES = Path(__file__).with_name("files")


def notes(location: Path) -> tuple[Problem, ...]:
    return tuple(examine(location).notes)


def budgets(*cells: object, label: str = "executed") -> Tables:
    tables = small()
    tables["budgets"] = [["unit_id", "year", "scheme", label]]
    tables["budgets"] += [["007", 2000 + n, "employee", cell] for n, cell in enumerate(cells)]
    return tables


@pytest.mark.parametrize("name", ["small.xls", "small.ods"])
def test_old_and_open_workbooks(tmp_path: Path, dataset: Dataset, name: str) -> None:
    shutil.copy(FILES / name, tmp_path / name)
    assert_same(load(tmp_path / name), dataset)
    # Neither has a formula whose error could have been lost.
    assert notes(tmp_path / name) == ()


AMOUNTS = {
    "3359.62万": 33_596_200,
    "1.2亿元": 120_000_000,
    "３３５９．６２": 33_596_200,
    "1,082.5": 10_825_000,
    "￥12": 120_000,
    "15000元": 15_000,
    "-0": 0,
    "1e3": 10_000_000,
    "—": None,
    "暂无": None,
    "": None,
}


def test_amounts_with_units_separators_and_words_for_missing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, budgets(*AMOUNTS))
    read = load(folder).budgets.sort_values("year")["executed"]
    assert [None if pd.isna(fen) else fen / 100 for fen in read] == list(AMOUNTS.values())
    found = notes(folder)
    converted = Told("intake.converted", "budgets.csv", 2, "executed", "3359.62万")
    assert tells(found, converted, count=6)
    missing = Told("intake.missing_words", "budgets.csv", 10, "executed", "—")
    assert tells(found, missing, count=2)


def test_rates_in_percent_and_counts_in_ten_thousands(tmp_path: Path) -> None:
    tables = small()
    tables["context"] = [["unit_id", "year", "GDP增速", "CPI涨幅（%）", "人口（万人）"]]
    tables["context"] += [["010203", 2023, "5.2%", "0.2", "62.5"]]
    context = load(write_folder(tmp_path, tables)).context.iloc[0]
    assert context[["gdp_growth", "cpi", "population"]].tolist() == [0.052, 0.002, 625_000]


def test_years_dates_and_ids_with_words_or_of_full_width(tmp_path: Path, dataset: Dataset) -> None:
    tables = small()
    tables["budgets"][1][1] = "2022年"
    tables["budgets"][2][0] = "００７"
    tables["budgets"][2][6] = "2023年7月1日"
    tables["budgets"][3][1] = "２０２３年度"
    assert_same(load(write_folder(tmp_path / "words", tables)), dataset)


def test_a_header_with_its_unit_goes_before_that_of_the_data_set(tmp_path: Path) -> None:
    tables = budgets(15000, label="执行数（元）*")
    assert load(write_folder(tmp_path, tables)).budgets["executed"].tolist() == [15_000_00]


def test_a_header_with_an_unknown_unit_is_not_known(tmp_path: Path) -> None:
    found = refused(write_folder(tmp_path, budgets(15, label="执行数（美元）")))
    assert Told("tables.unknown_header_unit", "budgets.csv", 1, "执行数（美元）") in told(found)


@pytest.mark.parametrize(
    "header", ["执行数（单位：元）", "执行数[元]", "执行数【人民币元】", "执行数/元", "执行数_元"]
)
def test_ways_to_state_the_unit_in_a_header(tmp_path: Path, header: str) -> None:
    read = load(write_folder(tmp_path, budgets(15000, label=header))).budgets
    assert read["executed"][2] == 15_000_00


def test_the_unit_in_the_upper_of_two_header_rows(tmp_path: Path) -> None:
    tables = small()
    rows = form(["007", 2023, "职工", 110, 120.25, 1_082_250, "节约"])
    rows[2][5], rows[3][5] = "本年（元）", "执行数"
    tables["budgets"] = rows
    read = load(write_workbook(tmp_path / "book.xlsx", tables)).budgets.loc[5]
    assert read[["initial", "executed"]].tolist() == [1_100_000_00, 1_082_250_00]
    rows[3][5] = "执行数（千元）"
    found = refused(write_workbook(tmp_path / "book.xlsx", tables))
    assert {(p.rule, p.row) for p in found} == {("tables.unknown_header_unit", 4)}


CAPTIONS = {
    "计量单位：千元": "千元",
    "金额单位：人民币元": "元",
    "预算执行表（亿元）": "亿元",
    "编制单位：元氏县医保局": None,
    "编制单位：元氏县医保局  金额单位：元": "元",
    "单位：万元、人次": None,
}


@pytest.mark.parametrize(("line", "unit"), CAPTIONS.items())
def test_the_unit_above_the_table_against_the_description(
    tmp_path: Path, line: str, unit: str | None
) -> None:
    tables = small()
    tables["budgets"] = form(["007", 2023, "职工", 110, 120.25, 108.225, "节约"])
    tables["budgets"][1][6] = line
    book = write_workbook(tmp_path / "book.xlsx", tables)
    if unit is None:
        assert load(book).budgets.loc[5, "executed"] == 1_082_250_00
    else:
        expected = Told("tables.other_money_unit", "book.xlsx", 2, "", line, "budgets")
        assert tells(refused(book), expected, unit="万元")


# 万元 is the unit of the data set; None is an unit that nobody can convert.
STATEMENTS = {
    "（以元为单位）": "other",
    "本表金额以千元计": "other",
    "单位——元": "other",
    "金额按元填报": "other",
    "单位：人民币": "other",
    "Unit: RMB": "other",
    "(amounts in CNY)": "other",
    "RMB'000": "other",
    "单位：百元": "unknown",
    "单位：千万元": "unknown",
    "金额单位：美元": "unknown",
    "Unit: USD": "unknown",
    "金额单位：比索": "unknown",
    "金额单位：人民币 万元": "",
    "以万元计": "",
    "in ten thousand yuan": "",
    "货币单位：人民币": "",
    "填报单位：元江县医保局": "",
    "门诊按人次计费": "",
}


@pytest.mark.parametrize("where", ["above", "below"])
@pytest.mark.parametrize(("line", "kind"), STATEMENTS.items())
def test_every_notation_of_the_unit_of_a_sheet(
    tmp_path: Path, where: str, line: str, kind: str
) -> None:
    tables = small()
    header, *rows = tables["budgets"]
    note = [f"注：{line}。", *[""] * (len(header) - 1)]
    stated = [line, *[""] * (len(header) - 1)]
    tables["budgets"] = [stated, header, *rows] if where == "above" else [header, *rows, note]
    folder = write_folder(tmp_path, tables)
    if where == "below" and line == "RMB'000":
        # Without 单位, in or brackets a sentence states no unit.
        kind = ""
    if not kind:
        assert load(folder).budgets["executed"].max() == 28839.2 * 1_000_000
    else:
        rule = f"tables.{kind}_money_unit"
        assert [p.rule for p in refused(folder)] == [rule]


def services(line: str, *headers: str) -> Rows:
    return [
        [line, *[""] * 6],
        ["单位编码", "年度", "险种", "就医类型", "机构类型", *headers],
        ["H00000000001", 2023, "职工", "门诊", "二级医院", 12.5, 800],
    ]


def test_counts_are_read_in_the_unit_above_the_table(tmp_path: Path) -> None:
    tables = small() | {"services": services("单位：万元、万人次", "人次", "医疗费用")}
    book = write_workbook(tmp_path / "book.xlsx", tables)
    assert load(book).services[["visits", "cost"]].iloc[0].tolist() == [125_000, 800_000_000]
    above = Told("intake.unit_above", "book.xlsx", 1, "", "单位：万元、万人次", "services")
    assert told(examine(book).notes) == [above]


def test_two_units_of_counts_above_a_table_are_told(tmp_path: Path) -> None:
    tables = small() | {"services": services("单位：万人次、人次", "人次", "医疗费用")}
    found = refused(write_workbook(tmp_path / "book.xlsx", tables))
    differ = Told("tables.units_differ", "book.xlsx", 1, "", "单位：万人次、人次", "services")
    assert tells(found, differ, unit="人次", other="万人次")


def test_a_unit_of_counts_below_a_table_is_told(tmp_path: Path) -> None:
    tables = small() | {"services": services("", "人次", "医疗费用")}
    tables["services"].append(["注：人次单位为万人次。", *[""] * 6])
    found = refused(write_workbook(tmp_path / "book.xlsx", tables))
    below = Told("tables.unit_below", "book.xlsx", 4, "", "注：人次单位为万人次。", "services")
    assert tells(found, below, unit="万人次", header="人次")


def test_the_unit_in_the_name_of_a_sheet(tmp_path: Path) -> None:
    tables = {"单位": small()["units"], "预算（元）": small()["budgets"]}
    found = refused(write_workbook(tmp_path / "book.xlsx", tables))
    expected = Told("tables.other_money_unit", "book.xlsx", None, "", "预算（元）", "预算（元）")
    assert tells(found, expected, unit="万元")


@pytest.mark.parametrize(
    "header", ["执行数 元", "执行数＜元＞", "执行数 单位:元", "执行数，元", "执行数《单位：元》"]
)
def test_a_unit_in_a_header_however_it_is_set_off(tmp_path: Path, header: str) -> None:
    tables = small()
    tables["budgets"][0][5] = header
    assert load(write_folder(tmp_path, tables)).budgets["executed"].max() == 2_883_920


@pytest.mark.parametrize("header", ["执行数（百元）", "执行数（元，含税）", "执行数(RMB)"])
def test_a_header_with_a_unit_that_is_not_read_is_told_with_it(tmp_path: Path, header: str) -> None:
    tables = small()
    tables["budgets"][0][5] = header
    found = refused(write_folder(tmp_path, tables))
    assert told(found) == [Told("tables.unknown_header_unit", "budgets.csv", 1, header)]


@pytest.mark.parametrize("cell", ["123①", "1²3", "①123", "4³", "12⑴", "1½", "20⒈"])
def test_a_footnote_mark_is_no_digit(tmp_path: Path, cell: str) -> None:
    tables = small()
    tables["budgets"][1][5] = cell
    found = refused(write_folder(tmp_path, tables))
    assert told(found) == [Told("tables.footnote_mark", "budgets.csv", 2, "executed", cell)]


def form(*rows: list[object]) -> Rows:
    """Return a table under a title, the unit and a header of two rows, as it is printed."""
    return [
        ["某县2023年医保基金预算执行情况表", "", "", "", "", "", ""],
        ["", "", "", "", "", "", "单位：万元"],
        ["单位编码", "年度", "险种", "预算", "", "执行数", "说明"],
        ["", "", "", "年初预算", "调整预算", "", "原因说明"],
        *rows,
    ]


def test_a_header_of_two_merged_rows_below_a_title(tmp_path: Path) -> None:
    tables = small()
    tables["budgets"] = form(["007", 2023, "职工", 110, 120.25, 108.225, "节约"])
    book = write_workbook(tmp_path / "book.xlsx", tables)
    row = load(book).budgets.loc[5]
    assert row[["initial", "adjusted", "executed", "reason"]].tolist() == [
        1_100_000_00, 1_202_500_00, 1_082_250_00, "节约",
    ]  # fmt: skip


def test_a_header_of_two_rows_that_make_one_name(tmp_path: Path) -> None:
    tables = small()
    tables["budgets"] = [
        ["单位编码", "年度", "险种", "预算", "", "执行数"],
        ["", "", "", "年初", "调整", ""],
        ["007", 2023, "职工", 110, 120.25, 108.225],
    ]
    read = load(write_folder(tmp_path, tables)).budgets
    assert read[["initial", "adjusted"]].to_numpy().tolist() == [[1_100_000_00, 1_202_500_00]]


def test_a_stated_unit_that_contradicts_the_description(tmp_path: Path) -> None:
    tables = small()
    tables["budgets"] = form(["007", 2023, "职工", 110, 120.25, 108.225, ""])
    tables["budgets"][1][6] = "单位:元"
    found = refused(write_folder(tmp_path, tables))
    expected = Told("tables.other_money_unit", "budgets.csv", 2, "", "单位:元")
    assert tells(found, expected, unit="万元")


@pytest.mark.parametrize("word", ["合计", "小 计", "全县总计：", "Total"])
def test_a_totals_row_is_set_aside_and_told(tmp_path: Path, dataset: Dataset, word: str) -> None:
    tables = small()
    tables["budgets"] += [[word, 2023, "employee", 999, "约一半", 999, ""]]
    folder = write_folder(tmp_path / "totals", tables)
    assert_same(load(folder), dataset)
    expected = Told("intake.totals_row", "budgets.csv", 5, "unit_id", word)
    assert tells(notes(folder), expected, count=1)


def test_a_total_over_schemes_that_is_alone_is_kept(tmp_path: Path) -> None:
    """007 reports employee and total in 2023, and a total alone in 2022."""
    tables = small()
    header = tables["budgets"][0]
    tables["budgets"] = [
        header,
        ["007", 2022, "合计", 100, "", 90, ""],
        ["007", 2023, "职工", 110, "", 95, ""],
        ["007", 2023, "合计", 110, "", 95, ""],
    ]
    folder = write_folder(tmp_path, tables)
    budgets = load(folder).budgets
    assert budgets[["year", "scheme"]].to_numpy().tolist() == [[2022, "all"], [2023, "employee"]]
    found = told(notes(folder))
    assert Told("intake.total_of_unit", "budgets.csv", 2, "scheme", "合计") in found
    assert Told("intake.totals_row", "budgets.csv", 4, "scheme", "合计") in found


def test_names_that_differ_by_how_they_are_typed_are_told(tmp_path: Path) -> None:
    tables = small()
    rows = [["008", "内 科"], ["009", "内科①"], ["010", "外科"], ["h00000000001", "另一科"]]
    tables["units"] += [[*row, "department", "H00000000001", "", "", ""] for row in rows]
    found = told(notes(write_folder(tmp_path, tables)))
    assert found == [
        Told("intake.alike_name", "units.csv", 5, "name", "内 科"),
        Told("intake.alike_name", "units.csv", 6, "name", "内科①"),
        Told("intake.alike_name", "units.csv", 8, "unit_id", "h00000000001"),
    ]
    tables["units"][4:] = [["011", "内科*", "department", "H00000000001", "", "", ""]]
    tables["units"] += [["012", "内科（原第一内科）", "department", "H00000000001", "", "", ""]]
    alike = [each for each in told(notes(write_folder(tmp_path, tables))) if each.row in (5, 6)]
    assert [(each.rule, each.value) for each in alike] == [
        ("intake.alike_name", "内科*"), ("intake.alike_name", "内科（原第一内科）"),
    ]  # fmt: skip


def test_a_code_for_a_total_is_no_totals_row(tmp_path: Path) -> None:
    tables = small()
    tables["services"] = [
        ["unit_id", "year", "险种", "就医类型", "机构类型", "visits"],
        ["010203", 2023, "居民", "门诊", "基层合计", 5],
        ["010203", 2023, "居民", "门诊", "医院合计", 7],
    ]
    assert load(write_folder(tmp_path, tables)).services["visits"].tolist() == [7, 5]


def test_a_total_beside_its_details_would_count_twice(tmp_path: Path) -> None:
    tables = small()
    tables["services"] = [
        ["unit_id", "year", "scheme", "setting", "care_level", "visits"],
        ["010203", 2023, "resident", "outpatient", "primary_total", 9],
        ["010203", 2023, "resident", "outpatient", "township_center", 5],
        ["010203", 2022, "resident", "outpatient", "township_center", 5],
        ["010203", 2023, "resident", "inpatient", "hospital_total", 5],
    ]
    found = refused(write_folder(tmp_path, tables))
    rule = "tables.total_beside_details"
    assert told(found) == [Told(rule, "services.csv", 2, "care_level", "primary_total")]
    assert str(found[0].values["details"]).startswith("community_center")


def test_sheets_named_anyhow_are_known_by_their_headers(tmp_path: Path, dataset: Dataset) -> None:
    tables = in_chinese(small())
    sheets = {"Sheet1": tables["units"], "2023年": tables["budgets"], "填表说明": [["请逐项填写"]]}
    book = write_workbook(tmp_path / "names" / "book.xlsx", sheets)
    assert_same(load(book), dataset)
    expected = Told("intake.by_headers", "book.xlsx", sheet="2023年")
    assert tells(notes(book), expected, table="budgets")


def test_a_folder_of_workbooks_beside_text_files(tmp_path: Path, dataset: Dataset) -> None:
    folder = write_folder(tmp_path / "mixed", {"budgets": small()["budgets"]})
    write_workbook(folder / "单位.xlsx", {"Sheet1": in_chinese(small())["units"]}, None)
    (folder / "~$单位.xlsx").write_bytes(b"an open spreadsheet leaves this")
    assert_same(load(folder), dataset)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("separator", ["\t", ";"])
def test_text_with_other_separators(
    tmp_path: Path, dataset: Dataset, encoding: str, separator: str
) -> None:
    folder = write_folder(tmp_path / "tsv", {})
    for name, rows in with_chinese_names(in_chinese(small())).items():
        write_csv(folder / f"{name}.tsv", rows, encoding)
        text = (folder / f"{name}.tsv").read_bytes().replace(b",", separator.encode())
        (folder / f"{name}.tsv").write_bytes(text)
    assert_same(load(folder), dataset)
    rules = {note.rule for note in notes(folder)}
    assert ("intake.encoding" in rules) == (encoding == "gb18030")


def test_the_example_of_a_template_is_left_out(tmp_path: Path, dataset: Dataset) -> None:
    tables = small()
    tables["budgets"].insert(1, ["示例0001", 2024, "employee", 1, 1, 1, ""])
    folder = write_folder(tmp_path / "example", tables)
    assert_same(load(folder), dataset)
    expected = Told("intake.example_row", "budgets.csv", 2, "unit_id", "示例0001")
    assert tells(notes(folder), expected, count=1)


def test_a_file_of_more_rows_than_a_block_is_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundeval.tables.sources.limits.BLOCK_ROWS", 15)
    tables = small()
    tables["budgets"] = [["unit_id", "year", "scheme", "executed"]]
    tables["budgets"] += [["007", year, "employee", year] for year in range(2089, 1989, -1)]
    folder = write_folder(tmp_path / "csv", tables)
    read = load(folder).budgets
    assert read["executed"].tolist() == [year * 10_000_00 for year in range(1990, 2090)]
    assert read.index.tolist() == list(range(101, 1, -1))
    assert_same(load(write_workbook(tmp_path / "book.xlsx", tables)), load(folder))
    tables["budgets"].append(["007", 2050, "employee", 1])
    found = refused(write_folder(tmp_path / "again", tables))
    key, value = "unit_id, year, scheme", "007, 2050, employee"
    assert tells(found, Told("tables.repeated_key", "budgets.csv", 102, key, value), first_row=41)


def test_cells_beyond_those_listed_are_counted(tmp_path: Path) -> None:
    tables = small()
    tables["budgets"] = [["unit_id", "year", "scheme", "executed"]]
    tables["budgets"] += [["007", 2023, "employee", "x"] for _ in range(1010)]
    problems = examine(write_folder(tmp_path, tables)).problems
    more = [problem for problem in problems if problem.rule == "tables.more_alike"]
    assert told(more) == [Told("tables.more_alike", "budgets.csv", column="executed")]
    assert more[0].values["count"] == 10


def test_the_unit_of_the_description_still_counts(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, budgets("2"), DESCRIPTION.replace("万元", "亿元"))
    assert load(folder).budgets["executed"].tolist() == [200_000_000_00]


def purchases(*times: object) -> Tables:
    """Return purchases of as many days as times of checks."""
    tables = small()
    tables["purchases"] = [["unit_id", "采购日期", "采购类别", "采购额", "核查时间"]]
    days = enumerate(times, start=1)
    tables["purchases"] += [["007", f"2024-03-{n:02}", "合计", 1, time] for n, time in days]
    return tables


TIMES = {
    "2024-05-01 09:30": "2024-05-01 09:30:00", "2024/5/1 9:30": "2024-05-01 09:30:00",
    "2024年5月1日9时30分": "2024-05-01 09:30:00", "2024．5．1　9：05": "2024-05-01 09:05:00",
    "2024-05-01T14:30:59": "2024-05-01 14:30:59", "2024年5月1日": "2024-05-01 00:00:00",
    "2024-05-01 14:29:59.9999": "2024-05-01 14:30:00", "": "NaT", "不详": "NaT",
}  # fmt: skip
NO_TIMES = (
    "2024-05", "2024-05-01 下午2:30", "2024-05-01 2:30 PM", "2024-05-01 09:30+08:00",
    "2024-05-01 24:00", "2024-05-01 9", "05/01/2024 9:30", "2024-02-30 9:30", "45413.4",
)  # fmt: skip


def test_a_time_is_read_as_it_is_written(tmp_path: Path) -> None:
    read = load(write_folder(tmp_path / "d", purchases(*TIMES))).purchases
    shown = read["checked_at"].dt.strftime("%Y-%m-%d %H:%M:%S").fillna("NaT")
    assert shown.tolist() == [*TIMES.values()]


@pytest.mark.parametrize("cell", NO_TIMES)
def test_a_time_that_may_be_misread_is_refused(tmp_path: Path, cell: str) -> None:
    problems = refused(write_folder(tmp_path / "d", purchases(cell)))
    assert Told("tables.datetime", "purchases.csv", 2, "核查时间", cell) in told(problems)


def test_the_day_of_a_purchase_has_no_time(tmp_path: Path) -> None:
    tables = purchases("")
    tables["purchases"][1][1] = "2024-03-01 10:00"
    problems = refused(write_folder(tmp_path / "d", tables))
    assert Told("tables.date", "purchases.csv", 2, "采购日期", "2024-03-01 10:00") in told(problems)


@pytest.mark.parametrize(
    ("cell", "rule"), [("（475）", "brackets"), ("(4,750.5)元", "brackets"), ("同上", "ditto")]
)
def test_a_cell_that_may_mean_two_things_is_told_why(tmp_path: Path, cell: str, rule: str) -> None:
    problems = refused(write_folder(tmp_path, budgets("100", cell)))
    assert told(problems) == [Told(f"tables.{rule}", "budgets.csv", 3, "executed", cell)]


def test_a_key_is_no_reference_to_the_row_above(tmp_path: Path) -> None:
    tables = budgets("100", "90")
    tables["budgets"][2][0] = "〃"
    problems = refused(write_folder(tmp_path, tables))
    assert told(problems) == [Told("tables.ditto", "budgets.csv", 3, "unit_id", "〃")]


def test_the_minus_of_a_word_processor(tmp_path: Path) -> None:
    read = load(write_folder(tmp_path, budgets("\u22125"))).budgets["executed"]
    assert read.tolist() == [-5 * 10**6]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("某县2024年上半年预算执行情况", "上半年"), ("2024年1—9月执行情况表", "1-9月"),
        ("截至2024年9月底", "截至2024年9月"), ("2024年前三季度", "前三季度"),
        ("2024年一至三季度", "一至三季度"), ("Execution, January to June 2024", "January to June"),
        ("2024年1-12月", ""), ("填报日期：2025年3月1日", ""), ("截至2024年12月31日", ""),
        ("第三人民医院", ""), ("2023-2024年", ""),
    ],
)  # fmt: skip
def test_figures_of_a_part_of_a_year_are_told(tmp_path: Path, title: str, words: str) -> None:
    tables = with_chinese_names(in_chinese(budgets("100")))
    tables["预算执行"].insert(0, [title])
    found = notes(write_workbook(tmp_path / "b.xlsx", tables))
    place = Told("intake.part_of_year", "b.xlsx", 1, "", title, "预算执行")
    assert tells(found, place, words=words) == bool(words)
    assert (place.rule in {each.rule for each in found}) == bool(words)
