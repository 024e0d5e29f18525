"""The mappings that ship with the package, each on its layout; all figures are invented."""

from pathlib import Path

import pytest
from table_files import Rows, write_csv, write_workbook
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.intake.convert import Converted, convert
from fundeval.intake.mapping import read_mapping_file
from fundeval.intake.ready_mappings import about_mapping, find_mapping, ready_mappings
from fundeval.problems import BadInputError

RUNNER = CliRunner()
WAN = 1_000_000
YI = 100 * 1_000_000_00


def book(folder: Path, rows: Rows, sheet: str = "Sheet1") -> Path:
    return write_workbook(folder / "in" / "a.xlsx", {sheet: rows}, description=None)


def made(place: Path, mapping: str, **answers: str) -> Converted:
    return convert(place, find_mapping(mapping), answers)


def figures(found: Converted, table: str, *columns: str) -> list[list[object]]:
    assert found.examination.problems == []
    frame = found.examination.tables[table].frame
    return frame[list(columns)].astype(object).where(frame.notna(), None).to_numpy().tolist()


def refused(place: Path, mapping: str, **answers: str) -> list[tuple[str, str]]:
    with pytest.raises(BadInputError) as error:
        made(place, mapping, **answers).examination.dataset()
    return [(each.rule, each.column) for each in error.value.problems]


def budget_form(title: str, *headers: str) -> Rows:
    """Return the form of two sides with the figures 1, 2, 3 … in each column of figures."""
    left = [
        "一、基本医疗保险费收入", "    其中：集体扶持收入", "二、财政补贴收入", "三、利息收入",
        "五、本年收入小计", "六、上级补助收入", "八、本年收入合计", "×", "九、上年结余", "总    计",
    ]  # fmt: skip
    right = [
        "一、基本医疗保险待遇支出", "    其中：住院费用支出", "二、大病保险支出", "三、其他支出",
        "四、本年支出小计", "五、补助下级支出", "七、本年支出合计", "八、本年收支结余",
        "九、年末滚存结余", "总    计",
    ]  # fmt: skip
    rows: Rows = [[title], ["", "", "", "", "", "单位：万元"], ["项        目", *headers] * 2]
    for number, (income, expenditure) in enumerate(zip(left, right, strict=True), start=1):
        count = len(headers)
        got = ["×"] * count if income == "×" else [number + 100 * k for k in range(count)]
        spent = [number + 1000 + 100 * k for k in range(count)]
        rows.append([income, *got, expenditure, *spent])
    return rows


RESIDENTS = "二○二四年甲县城乡居民基本医疗保险基金收支预算表"


def test_the_budget_form_of_two_sides(tmp_path: Path) -> None:
    """Row 7 is income 7 and 107, expenditure 1007 and 1107; row 9 the balances."""
    found = made(
        book(tmp_path, budget_form(RESIDENTS, "2023年执行数", "2024年预算数")), "fund-budget"
    )
    columns = ("unit_id", "year", "scheme", "basis", "opening", "income", "premiums", "subsidy")
    assert figures(found, "funds", *columns) == [
        ["甲县", 2023, "resident", "执行数", 9 * WAN, 7 * WAN, 1 * WAN, 3 * WAN],
        ["甲县", 2024, "resident", "预算数", 109 * WAN, 107 * WAN, 101 * WAN, 103 * WAN],
    ]
    assert figures(found, "funds", "expenditure", "closing") == [
        [1007 * WAN, 1009 * WAN], [1107 * WAN, 1109 * WAN],
    ]  # fmt: skip
    assert figures(found, "budgets", "year", "initial", "executed") == [
        [2023, None, 1007 * WAN], [2024, 1107 * WAN, None],
    ]  # fmt: skip


ONE_SIDE: Rows = [
    ["2025年职工基本医疗保险基金预算表"], ["编制单位：乙市医疗保障局", "", "金额单位：元"],
    ["项目", "2024年预计执行数", "2025年预算数"],
    ["一、基金收入合计", 9, 10], ["1.基本医疗保险费收入", 8, 9], ["二、基金支出合计", 7, 8],
]  # fmt: skip


def test_the_budget_form_of_one_side_and_what_it_lacks(tmp_path: Path) -> None:
    found = made(book(tmp_path, ONE_SIDE), "fund-budget")
    assert figures(found, "funds", "unit_id", "year", "scheme", "income", "expenditure") == [
        ["乙市", 2024, "employee", 900, 700], ["乙市", 2025, "employee", 1000, 800],
    ]  # fmt: skip
    lacking = [n for n in found.examination.notes if n.rule == "convert.optional_lacking"]
    assert {note.values["lacking"] for note in lacking} == {
        "*上年*结余", "*财政补[贴助]收入", "*年末*结余"
    }  # fmt: skip


def test_a_form_that_names_no_place_asks(tmp_path: Path) -> None:
    place = book(
        tmp_path,
        budget_form("二○二四年城乡居民基本医疗保险基金收支预算表", "2023年执行数", "2024年预算数"),
    )
    told = refused(place, "fund-budget")
    assert told == [("convert.not_taken", "name"), ("convert.not_taken", "unit_id")]
    found = made(place, "fund-budget", unit_id="330101", name="丙县")
    assert figures(found, "units", "unit_id", "name", "kind") == [["330101", "丙县", "region"]]


def test_a_form_with_parts_of_the_fund_in_a_second_row_stops(tmp_path: Path) -> None:
    """The first of 统筹基金 and 个人账户 is not taken for the whole."""
    rows: Rows = [
        ["2024年甲县职工基本医疗保险基金预算表（万元）"],
        ["项目", "2023年执行数", "", "2024年预算数", ""],
        ["", "统筹基金", "个人账户", "统筹基金", "个人账户"],
        ["一、收入合计", 9, 1, 10, 1], ["二、支出合计", 7, 1, 8, 1],
    ]  # fmt: skip
    told = refused(book(tmp_path, rows), "fund-budget")
    assert {rule for rule, _ in told} == {"convert.no_such_headers"}


def test_the_final_account(tmp_path: Path) -> None:
    title = "2024年甲县职工基本医疗保险基金收支决算表"
    found = made(
        book(tmp_path, budget_form(title, "年初预算数", "调整预算数", "决算数")), "fund-account"
    )
    assert figures(found, "budgets", "year", "scheme", "initial", "adjusted", "executed") == [
        [2024, "employee", 1007 * WAN, 1107 * WAN, 1207 * WAN]
    ]
    assert figures(found, "funds", "basis", "income", "closing") == [
        ["决算数", 207 * WAN, 1209 * WAN]
    ]


def evaluation(project: str, executed: int) -> Rows:
    return [
        ["附件2"], ["项目支出绩效自评表"], ["（2024年度）"], ["项目名称", project],
        ["主管部门", "某市医保局", "", "实施单位（盖章）", "某市医保中心"],
        ["项目资金（万元）", "", "年初预算数", "全年预算数（A）", "全年执行数（B）", "分值",
         "执行率（B/A）", "得分"],
        ["", "年度资金总额：", 100, 110, executed, 10, "", ""],
        ["", "其中：当年财政拨款", 90, 100, executed - 10, "－", "", "－"],
        ["", "上年结转资金", 10, 10, 10, "－", "", "－"],
        ["年度总体目标", "预期目标", "", "", "实际完成情况"],
        ["绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值"],
        ["", "产出指标", "数量指标", "检查家数", "≥50家", "52家", 10, 10],
    ]  # fmt: skip


def test_self_evaluations_of_one_unit_are_added_up_and_told(tmp_path: Path) -> None:
    """105 + 50 = 155 万元 are executed of 110 + 110."""
    sheets = {"项目1": evaluation("智能监控", 105), "项目2": evaluation("宣传", 50)}
    for number, (sheet, rows) in enumerate(sheets.items()):
        write_workbook(tmp_path / "in" / f"{number}.xlsx", {sheet: rows}, description=None)
    found = made(tmp_path / "in", "self-evaluation", kind="region")
    assert figures(found, "budgets", "unit_id", "year", "scheme", "adjusted", "executed") == [
        ["某市医保中心", 2024, "all", 220 * WAN, 155 * WAN]
    ]
    summed = [n.values["count"] for n in found.examination.notes if n.rule == "convert.summed"]
    assert summed == [1]


def test_the_self_evaluation_of_a_province_with_other_words(tmp_path: Path) -> None:
    rows: Rows = [
        ["部门预算项目支出绩效自评表（2023年度）"],
        ["主管部门", "某县医保局", "实施单位", "某县医院"],
        ["年度预算数（万元）", "年初预算", "调整后预算数", "预算执行数", "预算执行率", "权重"],
        ["总额", 238.93, 251.89, 240, "95.28%", 10, 9.5], ["其中：财政资金", 238.93, 251.89, 240],
    ]  # fmt: skip
    found = made(book(tmp_path, rows), "self-evaluation", kind="hospital")
    assert figures(found, "budgets", "unit_id", "initial", "adjusted", "executed") == [
        ["某县医院", 238_9300_00, 251_8900_00, 240 * WAN]
    ]


def test_the_kind_of_unit_is_asked(tmp_path: Path) -> None:
    place = book(tmp_path, evaluation("智能监控", 105))
    assert refused(place, "self-evaluation") == [
        ("convert.unanswered_code", "sources.form.set.kind")
    ]


def export(indicator: str, *figures: object) -> Rows:
    return [
        ["数据库：分省年度数据"], [f"指标：{indicator}"], ["时间：最近5年"],
        ["地区", "2023年", "2022年"],
        ["北京市", *figures], ["天津市", 5, ""], ["数据来源：国家统计局"],
    ]  # fmt: skip


def test_exports_of_the_statistics_office_are_joined(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    indicators = {
        "收入": export("城镇职工基本医疗保险基金收入(亿元)", 9, 8),
        "支出": export("城镇职工基本医疗保险基金支出(亿元)", 7, 6),
        "人数": export("城镇职工基本医疗保险年末参保人数(万人)", 30, 29),
        "其他": export("地区生产总值(亿元)", 1, 1),
    }
    for name, rows in indicators.items():
        write_csv(folder / f"{name}.csv", rows, "gb18030")
    found = made(folder, "statistics")
    beijing = [
        row
        for row in figures(found, "funds", "unit_id", "year", "scheme", "income", "insured")
        if row[0] == "北京市"
    ]
    assert beijing == [
        ["北京市", 2022, "employee", 8 * YI, 290_000],
        ["北京市", 2023, "employee", 9 * YI, 300_000],
    ]
    executed = {tuple(row) for row in figures(found, "budgets", "unit_id", "year", "executed")}
    assert {("北京市", 2023, 7 * YI), ("天津市", 2023, 5 * YI)} <= executed
    (left,) = [n for n in found.examination.notes if n.rule == "convert.files_left"]
    assert left.values["names"] == "其他.csv"


def test_exports_of_nothing_that_is_wanted_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    write_csv(place, export("地区生产总值(亿元)", 1, 1))
    assert [rule for rule, _ in refused(place, "statistics")] == ["convert.nothing_about"]


def test_an_export_by_region_has_its_indicators_in_rows(tmp_path: Path) -> None:
    """Income 9 and 8, expenditure 7 and 6 亿元 of employees, 5 and blank of residents."""
    rows: Rows = [
        ["数据库：分省年度数据"], ["地区：甲省"], ["时间：最近2年"], ["指标", "2023年", "2022年"],
        ["城镇职工基本医疗保险基金收入(亿元)", 9, 8], ["职工基本医疗保险基金支出(亿元)", 7, 6],
        ["职工基本医疗保险年末参保人数(万人)", 30, 29], ["年末常住人口(万人)", 99, 98],
        ["城乡居民基本医疗保险基金支出(亿元)", 5, ""], ["数据来源：国家统计局"],
    ]  # fmt: skip
    found = made(book(tmp_path, rows), "statistics-region")
    columns = ("unit_id", "year", "scheme", "income", "expenditure", "insured")
    assert figures(found, "funds", *columns) == [
        ["甲省", 2022, "employee", 8 * YI, 6 * YI, 290_000],
        ["甲省", 2022, "resident", None, None, None],
        ["甲省", 2023, "employee", 9 * YI, 7 * YI, 300_000],
        ["甲省", 2023, "resident", None, 5 * YI, None],
    ]
    executed = figures(found, "budgets", "year", "scheme", "executed")
    assert [2023, "resident", 5 * YI] in executed
    assert any("年末常住人口" in left.names for left in found.left_out)


PENSIONS = "2024年甲县企业职工基本养老保险基金收支预算表"


def test_a_pension_form_of_the_same_layout_is_not_read(tmp_path: Path) -> None:
    """Beside the two medical forms and a cover, each of which is named or read."""
    headers = ("2023年执行数", "2024年预算数")
    place = book(tmp_path, budget_form(PENSIONS, *headers))
    assert [rule for rule, _ in refused(place, "fund-budget")] == ["convert.nothing_about"]
    sheets = {
        "封面": [["甲县社会保险基金预算"]], "社预01": budget_form(PENSIONS, *headers),
        "社预05": budget_form(RESIDENTS.replace("城乡居民", "职工"), *headers),
        "社预06": budget_form(RESIDENTS, *headers),
    }  # fmt: skip
    found = made(write_workbook(tmp_path / "b.xlsx", sheets, description=None), "fund-budget")
    rows = figures(found, "funds", "year", "scheme", "income")
    assert rows == [
        [2023, "employee", 7 * WAN], [2023, "resident", 7 * WAN],
        [2024, "employee", 107 * WAN], [2024, "resident", 107 * WAN],
    ]  # fmt: skip
    (left,) = [n for n in found.examination.notes if n.rule == "convert.sheets_left"]
    assert left.values["names"] == "封面, 社预01"


@pytest.mark.parametrize("name", ready_mappings())
def test_each_says_what_it_is_for_and_where_its_layout_comes_from(name: str) -> None:
    path = find_mapping(name)
    if name != "self-evaluation":
        assert read_mapping_file(path).tables
    assert read_mapping_file(path, {"kind": "region"}).tables
    assert about_mapping(path, "zh") != about_mapping(path, "en")
    assert "版式依据" in path.read_text(encoding="utf-8")


def test_the_command_lists_them_and_prints_one(tmp_path: Path) -> None:
    listed = RUNNER.invoke(app, ["mappings"])
    assert all(name in listed.output for name in ready_mappings())
    printed = RUNNER.invoke(app, ["mappings", "statistics"])
    assert printed.output == find_mapping("statistics").read_text(encoding="utf-8")
    place = book(tmp_path, ONE_SIDE)
    done = RUNNER.invoke(
        app, ["convert", str(place), str(tmp_path / "out"), "--mapping", "fund-budget"]
    )
    assert done.exit_code == 0, done.output
    unknown = RUNNER.invoke(app, ["convert", str(place), str(tmp_path / "x"), "--mapping", "fund"])
    assert unknown.exit_code == 2
