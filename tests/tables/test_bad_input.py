from collections.abc import Callable
from pathlib import Path

import pytest
from table_files import (
    DESCRIPTION,
    Tables,
    refusal,
    small,
    write_csv,
    write_folder,
    write_parquet,
    write_workbook,
)
from xlsxwriter import Workbook

from fundeval.problems import BadInputError
from fundeval.tables import check_year, load


def test_a_location_that_does_not_exist(tmp_path: Path) -> None:
    assert "文件或文件夹不存在" in refusal(tmp_path / "nowhere")
    assert "There is no such file or folder" in refusal(tmp_path / "nowhere", "en")


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "budget.doc"
    path.write_bytes(b"")
    assert "另存为 .xlsx、.xls、.ods、.csv、.tsv 或 .parquet" in refusal(path)


@pytest.mark.parametrize("name", ["sample:nowhere", "sample:../../etc", "sample:"])
def test_an_unknown_sample(name: str) -> None:
    assert "没有这个示例数据集" in refusal(name)


def test_the_description_is_missing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small())
    (folder / "dataset.yaml").unlink()
    assert "dataset.yaml。缺少数据集说明" in refusal(folder)


def test_a_required_table_is_missing(tmp_path: Path) -> None:
    tables = small()
    del tables["budgets"]
    text = refusal(write_folder(tmp_path, tables))
    assert "缺少必需的表 budgets（预算执行）" in text
    assert "补上名为 budgets 或 预算执行 的文件、工作表或数据库表" in text


def test_an_unknown_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small() | {"budget_2023": [["unit_id"], ["007"]]})
    text = refusal(folder)
    assert "budget_2023.csv。文件名或工作表名不是已知的表，表头也无法识别" in text
    assert "移出数据集：budgets" in text


def test_an_unknown_sheet(tmp_path: Path) -> None:
    text = refusal(write_workbook(tmp_path / "book.xlsx", small() | {"预算": [["x"], ["1"]]}))
    assert "book.xlsx，工作表“预算”。文件名或工作表名不是已知的表，表头也无法识别" in text


def test_an_id_without_unit_is_told_once_a_column(tmp_path: Path) -> None:
    tables = small()
    for row in tables["budgets"][1:]:
        row[0] = "8"
    text = refusal(write_folder(tmp_path, tables))
    assert text.count("“8”。单位编码不在单位表（units）中") == 1


def test_a_table_in_two_files(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small())
    write_csv(folder / "单位.csv", small()["units"])
    assert "单位.csv。表 units 出现了两次，另一处是 units.csv" in refusal(folder)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("units.csv", b"", "文件是空的"),
        ("units.csv", b" \n\n", "文件是空的"),
        ("units.csv", b"unit_id,name,kind\n" * 20 + b"1,2,3,4\n", "文件无法读取"),
        ("units.csv", b'unit_id,name,kind\n1,"2,3\n', "文件无法读取"),
        ("units.csv", b"\xff\xfeu\x00n\x00", "文件含有空字节，不是文本文件"),
        ("units.csv", b"unit_id,name,kind\n\xff", "文件既不是 UTF-8 也不是 GB18030 编码"),
        (
            "units.csv",
            b"\xef\xbb\xbfunit_id,name,kind\n\xd6\xd0",
            "文件既不是 UTF-8 也不是 GB18030",
        ),
        ("units.csv", b"a," * 1001 + b"\n", "表格超过 1000 列"),
        ("units.parquet", b"no parquet", "文件无法读取"),
        ("units.xls", b"no workbook", "文件无法读取"),
    ],
)
def test_a_file_that_cannot_be_read_is_the_only_problem(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    tables = small()
    del tables["units"]
    folder = write_folder(tmp_path, tables)
    (folder / name).write_bytes(content)
    text = refusal(folder)
    assert f"{name}。{told}" in text
    assert "输入有 1 处问题" in text


def test_a_workbook_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"no workbook")
    assert "book.xlsx。文件无法读取" in refusal(path)


def test_an_error_value_in_a_workbook_is_not_taken_for_a_blank(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "book.xlsx", small())
    with Workbook(path) as workbook:
        for name, rows in small().items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        workbook.get_worksheet_by_name("budgets").write_formula("D3", "=1/0", None, "#DIV/0!")
    text = refusal(path)
    assert "工作表“budgets”，单元格 D3：“#DIV/0!”。单元格是公式错误值" in text


def changed(change: Callable[[Tables], object]) -> Tables:
    tables = small()
    change(tables)
    return tables


def set_cell(table: str, row: int, label: str, value: object) -> Callable[[Tables], None]:
    """Return a change of one cell; `row` counts as in the file, the header is 1."""

    def change(tables: Tables) -> None:
        rows = tables[table]
        rows[row - 1][rows[0].index(label)] = value

    return change


CELLS = {
    "text in a number column": (
        set_cell("budgets", 3, "executed", "约108"),
        "budgets.csv，第 3 行，“executed”：“约108”。此列只能是金额数字。处理：写数字",
    ),
    "thousands separator out of place": (
        set_cell("budgets", 3, "executed", "10,82"),
        "第 3 行，“executed”：“10,82”。此列只能是金额数字",
    ),
    "unit of something else": (
        set_cell("budgets", 3, "executed", "108万人"),
        "第 3 行，“executed”：“108万人”。此列只能是金额数字",
    ),
    "percent in an amount": (
        set_cell("budgets", 3, "executed", "85%"),
        "第 3 行，“executed”：“85%”。此列只能是金额数字",
    ),
    "hyphen, which may be nought": (
        set_cell("budgets", 3, "executed", "-"),
        "第 3 行，“executed”：“-”。此列只能是金额数字",
    ),
    "missing word in a key": (
        set_cell("budgets", 3, "year", "暂无"),
        "第 3 行，“year”：“暂无”。此列不得为空",
    ),
    "the word nan": (
        set_cell("budgets", 3, "executed", "nan"),
        "第 3 行，“executed”：“nan”。此列只能是金额数字",
    ),
    "infinite amount": (
        set_cell("budgets", 3, "executed", "inf"),
        "第 3 行，“executed”：“inf”。此列只能是金额数字",
    ),
    "negative amount": (
        set_cell("budgets", 3, "executed", "-1.5"),
        "第 3 行，“executed”：“-1.5”。数值不得小于 0。处理：核对原始资料",
    ),
    "amount beyond belief": (
        set_cell("budgets", 3, "executed", "99999999999"),
        "第 3 行，“executed”：“99999999999”。数值须小于 100000000000000",
    ),
    "unknown code": (
        set_cell("budgets", 3, "scheme", "公务员"),
        "第 3 行，“scheme”：“公务员”。取值不在允许的范围内。处理：改为下列取值之一"
        "（中文或英文均可）：职工 employee, 居民 resident",
    ),
    "unknown flag": (
        set_cell("units", 2, "flags", "economic_stress;五统一"),
        "第 2 行，“flags”：“economic_stress;五统一”。标记不在允许的范围内",
    ),
    "unknown unit": (
        set_cell("budgets", 3, "unit_id", "8"),
        "第 3 行，“unit_id”：“8”。单位编码不在单位表（units）中。处理：在单位表中补上该单位",
    ),
    "unknown parent": (
        set_cell("units", 4, "parent_id", "H9"),
        "units.csv，第 4 行，“parent_id”：“H9”。单位编码不在单位表（units）中",
    ),
    "bad date": (
        set_cell("budgets", 3, "adjusted_on", "2023-02-30"),
        "第 3 行，“adjusted_on”：“2023-02-30”。日期无法识别。处理：写成 2024-07-15",
    ),
    "year out of range": (
        set_cell("budgets", 3, "year", "1889"),
        "第 3 行，“year”：“1889”。数值不得小于 1990",
    ),
    "year with a word": (
        set_cell("budgets", 3, "year", "去年"),
        "第 3 行，“year”：“去年”。此列只能是整数",
    ),
    "half a year": (
        set_cell("budgets", 3, "year", "2023.5"),
        "第 3 行，“year”：“2023.5”。此列只能是整数",
    ),
    "blank key": (
        set_cell("budgets", 3, "year", ""),
        "第 3 行，“year”。此列不得为空。处理：填写该单元格，或删除整行",
    ),
    "id mangled by a spreadsheet": (
        set_cell("budgets", 3, "unit_id", "1.23457E+11"),
        "第 3 行，“unit_id”：“1.23457E+11”。编码已被电子表格改成数字",
    ),
    "id that became a fraction": (
        set_cell("budgets", 3, "unit_id", "123456.0"),
        "第 3 行，“unit_id”：“123456.0”。编码已被电子表格改成数字，位数可能丢失",
    ),
    "id without its zeros": (
        set_cell("budgets", 3, "unit_id", "7"),
        "第 3 行，“unit_id”：“7”。编码丢失了前导零，单位表中为“007”。处理：将该列设为文本",
    ),
    "control character": (
        set_cell("units", 3, "name", "某\x07医院"),
        "units.csv，第 3 行，“name”：“某\x07医院”。文本含有控制字符",
    ),
    "cell longer than a spreadsheet holds": (
        set_cell("units", 3, "name", "院" * 1_000_000),
        "”。单元格超过 32767 个字符。处理：缩短文字",
    ),
    "content without header": (
        set_cell("budgets", 1, "adjusted_on", ""),
        "budgets.csv，第 3 行，“G”：“2023-07-01”。此列有内容而没有表头",
    ),
    "repeated key": (
        set_cell("budgets", 4, "scheme", "employee"),
        "第 4 行，“unit_id, year, scheme”：“007, 2023, employee”。主键重复，与第 3 行相同",
    ),
    "unknown header": (
        set_cell("budgets", 1, "executed", "执行数额"),
        "第 1 行，“执行数额”。表头无法识别。处理：改为下列表头之一，或删除该列：执行数",
    ),
    "header of a column given twice": (
        set_cell("budgets", 1, "executed", "年初预算"),
        "第 1 行，“年初预算”。同一列给出了两次，另一列的表头是“initial”",
    ),
    "key column missing": (
        set_cell("budgets", 1, "year", "执行数A"),
        "budgets.csv。缺少必需的列 年度（year）。处理：在表头中加入 年度 或 year",
    ),
    "id too long": (
        set_cell("units", 3, "unit_id", "H" * 65),
        "…”。文本长度须为 1 至 64 个字符。处理：核对并改正",
    ),
    "own parent": (
        set_cell("units", 2, "parent_id", "010203"),
        "units.csv，第 2 行，“parent_id”：“010203”。单位成了自己的上级：010203 → 010203",
    ),
    "own ancestor": (
        set_cell("units", 2, "parent_id", "007"),
        "单位成了自己的上级：007 → H00000000001 → 010203 → 007。处理：改正",
    ),
}


@pytest.mark.parametrize(("change", "expected"), CELLS.values(), ids=CELLS.keys())
def test_a_table_that_does_not_fit(
    tmp_path: Path, change: Callable[[Tables], object], expected: str
) -> None:
    assert expected in refusal(write_folder(tmp_path, changed(change)))


def test_the_same_in_english(tmp_path: Path) -> None:
    change = set_cell("budgets", 3, "executed", "about 108")
    assert (
        "- budgets.csv, row 3, “executed”: “about 108”. This column takes amounts of money only. "
        "Remedy: write digits, optionally with"
    ) in refusal(write_folder(tmp_path, changed(change)), "en")


def test_a_measure_that_bears_the_name_of_a_computed_indicator(tmp_path: Path) -> None:
    tables = small()
    tables["measures"] = [
        ["unit_id", "year", "measure", "value"], ["H00000000001", 2024, "execution_rate", 0.5],
    ]  # fmt: skip
    assert "“execution_rate”。这是由其他表计算的指标" in refusal(write_folder(tmp_path, tables))


def test_a_rate_in_words_and_a_weight_of_nought(tmp_path: Path) -> None:
    tables = small()
    tables["context"] = [["unit_id", "year", "cpi"], ["010203", "2023", "约2%"]]
    tables["services"] = [
        ["unit_id", "year", "scheme", "setting", "care_level", "case_mix"],
        ["010203", "2023", "employee", "inpatient", "tertiary", "0"],
    ]
    text = refusal(write_folder(tmp_path, tables))
    assert "“cpi”：“约2%”。此列只能是比率。处理：写成小数或百分数，如 0.05 或 5%" in text
    assert "“case_mix”：“0”。数值须大于 0。处理：核对原始资料并改正" in text


def test_a_count_with_more_digits_than_a_number_keeps(tmp_path: Path) -> None:
    tables = small()
    tables["funds"] = [["unit_id", "year", "scheme", "insured"]]
    tables["funds"] += [["010203", "2023", "resident", "123456789012345678"]]
    text = refusal(write_folder(tmp_path, tables))
    assert "“insured”：“123456789012345678”。数值须小于 100000000000000。处理：核对" in text


def test_units_without_a_row(tmp_path: Path) -> None:
    tables = small()
    del tables["units"][1:]
    text = refusal(write_folder(tmp_path, tables))
    assert "budgets.csv，第 2 行，“unit_id”：“007”。单位编码不在单位表（units）中" in text


def test_a_successor_that_leads_back(tmp_path: Path) -> None:
    tables = small()
    tables["units"][0][4] = "successor_id"
    tables["units"][2][4] = "007"
    tables["units"][3][4] = "H00000000001"
    text = refusal(write_folder(tmp_path, tables))
    assert "单位的承接关系绕回自身：007 → H00000000001 → 007" in text


def test_a_workbook_names_the_sheet(tmp_path: Path) -> None:
    change = set_cell("budgets", 3, "executed", "约108")
    text = refusal(write_workbook(tmp_path / "book.xlsx", changed(change)))
    assert "book.xlsx，工作表“budgets”，单元格 F3，“executed”：“约108”" in text


def test_an_id_longer_than_a_spreadsheet_can_hold(tmp_path: Path) -> None:
    change = set_cell("budgets", 3, "unit_id", 123456789012345678)
    text = refusal(write_workbook(tmp_path / "book.xlsx", changed(change)))
    assert "编码已被电子表格改成数字，位数可能丢失" in text


def test_parquet_counts_rows_as_below_a_header(tmp_path: Path) -> None:
    text = refusal(write_parquet(tmp_path, changed(set_cell("budgets", 3, "executed", "-1"))))
    assert "budgets.parquet，第 3 行，“executed”：“-1.0”。数值不得小于 0" in text


DESCRIPTIONS = {
    "money unit absent": (
        DESCRIPTION.replace("money_unit: 万元\n", ""),
        "dataset.yaml，“money_unit”。没有写明金额单位 money_unit，无法换算金额。处理：写明",
    ),
    "money unit unknown": (
        DESCRIPTION.replace("万元", "千元"),
        "dataset.yaml，“money_unit”：“千元”。",
    ),
    "unknown key": (DESCRIPTION + "licens: MIT\n", "dataset.yaml，“licens”：“MIT”。"),
    "key twice": (DESCRIPTION + "source: again\n", "dataset.yaml，第 7 行，“source”。"),
    "required key missing": (
        DESCRIPTION.replace("licence: Apache-2.0\n", ""),
        "dataset.yaml，“licence”。",
    ),
    "not yaml": (DESCRIPTION + "licence\n  - [\n", "dataset.yaml，第 "),
    "years reversed": (
        DESCRIPTION.replace("first_year: 2022", "first_year: 2024"),
        "dataset.yaml，“period”：“2024”。起始晚于截止",
    ),
    "part year of an unknown unit": (
        DESCRIPTION.replace(
            "2023}", "2023, part_years: [{year: 2023, last_month: 6, units: ['7']}]}"
        ),
        "dataset.yaml，“period.part_years.units”：“7”。单位编码不在单位表",
    ),
}


@pytest.mark.parametrize(
    ("description", "expected"), DESCRIPTIONS.values(), ids=DESCRIPTIONS.keys()
)
def test_a_description_that_does_not_fit(tmp_path: Path, description: str, expected: str) -> None:
    text = refusal(write_folder(tmp_path, small(), description))
    assert expected in text
    assert "输入有 1 处问题" in text


def test_a_sheet_of_description_names_the_row(tmp_path: Path) -> None:
    sheets = small() | {"dataset": [["标题", "甲"], ["来源", "乙"], ["起始年度", "去年"]]}
    text = refusal(write_workbook(tmp_path / "book.xlsx", sheets, description=None))
    assert "工作表“dataset”，第 2 行，“来源”：“乙”。键无法识别" in text
    assert "改为下列键之一，或删除：数据来源" in text
    assert "工作表“dataset”，第 3 行，“period.first_year”：“去年”" in text
    assert "没有写明金额单位 money_unit" in text


def test_a_sheet_of_description_with_a_key_twice(tmp_path: Path) -> None:
    sheets = small() | {"dataset": [["标题", "甲"], ["标题", "乙"]]}
    text = refusal(write_workbook(tmp_path / "book.xlsx", sheets, description=None))
    assert "第 2 行，“标题”：“乙”。同一个键出现了两次。处理：只保留一处" in text


def test_a_description_given_twice(tmp_path: Path) -> None:
    sheets = small() | {"dataset": [["标题", "甲"]]}
    text = refusal(write_workbook(tmp_path / "book.xlsx", sheets))
    assert "只保留一处：工作表（dataset）或旁边的 YAML 文件" in text


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    tables = small()
    for change in (
        set_cell("units", 3, "kind", "诊所"),
        set_cell("budgets", 1, "adjusted_on", "调整日"),
        set_cell("budgets", 2, "executed", "无"),
        set_cell("budgets", 3, "unit_id", "008"),
        set_cell("budgets", 4, "initial", "-5"),
    ):
        change(tables)
    description = DESCRIPTION.replace("money_unit: 万元\n", "")
    text = refusal(write_folder(tmp_path, tables, description))
    assert "输入有 6 处问题" in text
    for part in ("money_unit", "“诊所”", "“调整日”", "“无”", "“008”", "“-5”"):
        assert part in text


def test_one_mistake_in_every_row_does_not_hide_another(tmp_path: Path) -> None:
    tables = small()
    years = range(1990, 2090)
    tables["budgets"] = [["unit_id", "year", "scheme", "executed"]]
    tables["budgets"] += [["007", year, "employee", "-1"] for year in years]
    tables["context"] = [["unit_id", "year", "cpi"], ["010203", "2023", "2.1"]]
    text = refusal(write_folder(tmp_path, tables))
    assert "输入有 101 处问题" in text
    assert text.count("数值不得小于 0") == 5
    assert "context.csv，第 2 行，“cpi”：“2.1”。数值不得大于 1" in text
    assert "另有 95 处" in text


def test_a_year_without_a_budget(tmp_path: Path) -> None:
    dataset = load(write_folder(tmp_path, small()))
    check_year(dataset, 2023)
    with pytest.raises(BadInputError) as refused:
        check_year(dataset, 2024)
    text = refused.value.text("zh")
    assert "budgets.csv。数据集中没有 2024 年的预算" in text
    assert "改为评价下列年度之一：2022, 2023" in text
