"""A mapping takes amounts and counts in the unit that the file states, or stops and asks."""

from pathlib import Path

import pytest
from table_files import Rows, write_csv, write_workbook
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.intake.convert import convert
from fundeval.money import to_yuan
from fundeval.problems import BadInputError
from fundeval.tables import Examination, load
from fundeval.words import say
from tests.messages import says

MAPPING = """\
dataset:
  title: 某市
  source: 决算表（虚构）
  money_unit: 万元
  synthetic: true
  licence: none
  period: {{first_year: 2024, last_year: 2024}}
sources: {{form: {{file: "决算*.*", header: {header}}}}}
tables:
  - table: units
    sources: [form]
    set: {{kind: region}}
    columns: {{unit_id: 编码, name: 编码}}
    repeated: keep_first
  - table: budgets
    sources: [form]
    set: {{year: 2024, scheme: all}}
    columns: {{unit_id: 编码, executed: {money}}}
    repeated: keep_first
  - table: funds
    sources: [form]
    set: {{year: 2024, scheme: all}}
    columns: {{unit_id: 编码, insured: {people}}}
    repeated: keep_first
"""
PERSONS = "{plus: [编码], times: [编码], unit: 人}"


def convert_rows(
    folder: Path,
    rows: Rows,
    money: str,
    people: str = PERSONS,
    *,
    header: object = 1,
    file: str = "决算.csv",
) -> Examination:
    folder.mkdir(exist_ok=True)
    if file.endswith(".xlsx"):
        write_workbook(folder / file, {"决算": rows}, description=None)
    else:
        write_csv(folder / file, rows)
    mapping = folder / "mapping.yaml"
    text = MAPPING.format(header=header, money=money, people=people)
    mapping.write_text(text, encoding="utf-8")
    return convert(folder, mapping).examination


def executed(found: Examination) -> list[float]:
    """Return the executed budgets in 元."""
    return list(to_yuan(found.dataset().budgets["executed"]))


def insured(found: Examination) -> list[float]:
    return list(found.dataset().funds["insured"])


def told(found: Examination) -> str:
    return "\n".join(note.text("zh") for note in found.notes)


HEADERS = {
    "执行数（元）": 12.5,
    "执行数(元)": 12.5,
    "执行数（单位：元）": 12.5,
    "执行数(单位: 人民币 元)": 12.5,
    "执行数［千元］": 12_500,
    "执行数【千元】": 12_500,
    "执行数（B，百万元）": 12_500_000,
    "执行数（百万元，保留一位小数）": 12_500_000,
    "执行数（亿元）": 1_250_000_000,
    "执行数（亿　元）": 1_250_000_000,
    "执行数/元": 12.5,
    "执行数_千元": 12_500,
    "执行数亿元": 1_250_000_000,
    "执行金额（圆）": 12.5,
    "人均执行数（元/人）": 12.5,
    "executed (10,000 yuan)": 125_000,
    "executed (million yuan)": 12_500_000,
    "执行数（万元）": 125_000,
    "执行数": 125_000,
    "执行数单元": 125_000,
    "执行数（多元）": 125_000,
}


@pytest.mark.parametrize(("header", "yuan"), HEADERS.items())
def test_the_unit_of_money_in_a_header(tmp_path: Path, header: str, yuan: float) -> None:
    found = convert_rows(tmp_path, [["编码", header], ["1", "12.5"]], f"{{from: '{header}'}}")
    assert executed(found) == [yuan]
    assert (header in told(found)) == (yuan != 125_000)


COUNTS = {
    "参保人数（万人）": 125_000,
    "参保人次（亿次）": 1_250_000_000,
    "参保人次（万人次）": 125_000,
    "参保（千人）": 12_500,
    "参保（百万人）": 12_500_000,
    "参保人数(单位：万)": 125_000,
    "参保人次/万人次": 125_000,
    "参保/人次": 12.5,
    "参保（人）": 12.5,
    "参保人次": 12.5,
}


@pytest.mark.parametrize(("header", "persons"), COUNTS.items())
def test_the_unit_of_a_count_in_a_header(tmp_path: Path, header: str, persons: float) -> None:
    rows: Rows = [["编码", "执行数", header], ["1", "1", "12.5"]]
    found = convert_rows(tmp_path, rows, "执行数", header)
    assert insured(found) == [persons]


ABOVE = {
    "单位：元": 12.5,
    "金额单位：元": 12.5,
    "计量单位：千元": 12_500,
    "货币单位：人民币亿元": 1_250_000_000,
    "单 位 ：元": 12.5,
    "编制单位：元氏县医保局    金额单位：千元": 12_500,
    "编制单位：元氏县医保局": 125_000,
    "填报单位：次仁   日期：2024年": 125_000,
    "决算表（单位：元、万人次）": 12.5,
    "决算表（百万元）": 12_500_000,
    "以元为单位": 12.5,
    "Unit: yuan": 12.5,
    "元": 12.5,
}


@pytest.mark.parametrize("file", ["决算.csv", "决算.xlsx"])
@pytest.mark.parametrize(("line", "yuan"), ABOVE.items())
def test_the_unit_of_money_above_the_table(
    tmp_path: Path, line: str, yuan: float, file: str
) -> None:
    rows: Rows = [["决算", ""], ["", line], ["", ""], ["编码", "执行数"], ["1", "12.5"]]
    assert executed(convert_rows(tmp_path, rows, "执行数", header=4, file=file)) == [yuan]


def test_a_word_and_its_unit_in_two_cells_above(tmp_path: Path) -> None:
    rows: Rows = [["单位：", "", "千元"], ["编码", "", "执行数"], ["1", "", "12.5"]]
    assert executed(convert_rows(tmp_path, rows, "执行数", header=2)) == [12_500]


def test_the_units_of_counts_above_go_to_what_is_counted(tmp_path: Path) -> None:
    rows: Rows = [["单位：元、万人、天", ""], ["编码", "数"], ["1", "12.5"]]
    found = convert_rows(tmp_path, rows, "数", "数", header=2)
    assert (executed(found), insured(found)) == ([12.5], [125_000])


def test_the_unit_in_the_upper_row_of_a_header(tmp_path: Path) -> None:
    rows: Rows = [["编码", "2024年（千元）", ""], ["", "预算数", "执行数"], ["1", "1", "12.5"]]
    found = convert_rows(tmp_path, rows, "2024年（千元）/执行数", header=[1, 2])
    assert executed(found) == [12_500]


@pytest.mark.parametrize("unit", ["千元", "（千元）"])
def test_the_unit_in_a_row_of_its_own_below_the_header(tmp_path: Path, unit: str) -> None:
    rows: Rows = [["编码", "执行数", "参保"], ["计量单位", unit, "万人"], ["1", "12.5", "3"]]
    found = convert_rows(tmp_path, rows, "执行数", "参保")
    assert (executed(found), insured(found)) == ([12_500], [30_000])
    rows[1][0] = ""
    joined = convert_rows(tmp_path, rows, f"执行数/{unit}", "参保/万人", header=[1, 2])
    assert (executed(joined), insured(joined)) == ([12_500], [30_000])


def test_the_unit_in_a_note_below_the_table(tmp_path: Path) -> None:
    rows: Rows = [["编码", "执行数"], ["1", "12.5"], ["注：金额单位为千元，保留一位小数。", ""]]
    with pytest.raises(BadInputError) as refused:
        convert_rows(tmp_path, rows, "{from: 执行数, unit: 万元}")
    assert "第 3 行：“注：金额单位为千元，保留一位小数。”" in refused.value.text("zh")


def test_the_unit_in_the_name_of_the_file(tmp_path: Path) -> None:
    rows: Rows = [["编码", "执行数"], ["1", "12.5"]]
    assert executed(convert_rows(tmp_path, rows, "执行数", file="决算（千元）.csv")) == [12_500]


def test_the_unit_of_each_row_in_a_column_beside(tmp_path: Path) -> None:
    rows: Rows = [
        ["编码", "计量单位", "执行数"],
        ["1", "元", "12.5"],
        ["2", "千元", "12.5"],
        ["3", "亿元", "0.5亿"],
        ["4", "", ""],
    ]
    found = convert_rows(tmp_path, rows, "执行数")
    assert executed(found)[:3] == [12.5, 12_500, 50_000_000]


def test_one_unit_beside_holds_for_rows_it_is_merged_over(tmp_path: Path) -> None:
    rows: Rows = [["编码", "执行数", "单位"], ["1", "12.5", "千元"], ["2", "3", ""]]
    assert executed(convert_rows(tmp_path, rows, "执行数")) == [12_500, 3_000]


def test_units_of_amounts_and_counts_in_columns_beside(tmp_path: Path) -> None:
    rows: Rows = [
        ["编码", "执行数", "金额单位", "参保", "数量单位"],
        ["1", "12.5", "千元", "3", "万人"],
    ]
    found = convert_rows(tmp_path, rows, "执行数", "参保")
    assert (executed(found), insured(found)) == ([12_500], [30_000])


def test_a_column_of_names_called_unit_is_no_unit(tmp_path: Path) -> None:
    rows: Rows = [["编码", "单位", "执行数"], ["1", "县医院", "12.5"], ["2", "元", "3"]]
    assert executed(convert_rows(tmp_path, rows, "执行数")) == [125_000, 30_000]


def test_each_part_of_a_sum_is_in_its_own_unit(tmp_path: Path) -> None:
    rows: Rows = [["编码", "人员（元）", "材料（千元）", "药品"], ["1", "500", "2", "0.1万"]]
    sum_of_parts = "{plus: [人员（元）, 材料（千元）, 药品]}"
    assert executed(convert_rows(tmp_path, rows, sum_of_parts)) == [3_500]


def test_the_unit_of_a_product_is_that_of_the_mapping(tmp_path: Path) -> None:
    rows: Rows = [["编码", "人均（元）", "人数（万人）"], ["1", "500", "2"]]
    product = "{plus: [人均（元）], times: [人数（万人）], unit: 万元}"
    assert executed(convert_rows(tmp_path, rows, product)) == [10_000_000]


def test_a_rate_in_percent(tmp_path: Path) -> None:
    write_csv(tmp_path / "决算.csv", [["编码", "增速（%）"], ["1", "5.2"]])
    text = MAPPING.split("  - table: budgets", maxsplit=1)[0].format(header=1)
    text += "  - {table: budgets, rows: [{unit_id: 1, year: 2024, scheme: all}]}\n"
    text += "  - table: context\n    sources: [form]\n    set: {year: 2024}\n"
    text += "    columns: {unit_id: 编码, gdp_growth: 增速（%）}\n"
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    found = convert(tmp_path, tmp_path / "mapping.yaml").examination
    assert list(found.dataset().context["gdp_growth"]) == pytest.approx([0.052])


# Rows, what the mapping says of the amount and of persons, the rows of the header; both places.
CONTRADICTIONS: dict[str, tuple[Rows, str, object, tuple[str, str]]] = {
    "mapping and header": (
        [["编码", "执行数（元）"], ["1", "12.5"]],
        "{from: 执行数（元）, unit: 万元}",
        1,
        ("“执行数（元）”", "mapping.yaml tables[1].executed"),
    ),
    "mapping and line above": (
        [["单位：元", ""], ["编码", "执行数"], ["1", "12.5"]],
        "{from: 执行数, unit: 万元}",
        2,
        ("“单位：元”", "mapping.yaml tables[1].executed"),
    ),
    "header and line above": (
        [["单位：万元", ""], ["编码", "执行数（元）"], ["1", "12.5"]],
        "执行数（元）",
        2,
        ("“单位：万元”", "决算.xlsx 决算!B2"),
    ),
    "two lines above": (
        [["单位：万元", ""], ["金额单位：元", ""], ["编码", "执行数"], ["1", "12.5"]],
        "执行数",
        3,
        ("“金额单位：元”", "决算.xlsx 决算!A1"),
    ),
    "two rows of the header": (
        [["编码", "金额（元）"], ["", "执行数（万元）"], ["1", "12.5"]],
        "金额（元）/执行数（万元）",
        [1, 2],
        ("“万元”", "决算.xlsx 决算!B2"),
    ),
    "header and column of units": (
        [["编码", "执行数（万元）", "单位"], ["1", "1", "万元"], ["2", "12.5", "元"]],
        "执行数（万元）",
        1,
        ("单元格 C3", "决算.xlsx 决算!B1"),
    ),
    "mapping and column of units": (
        [["编码", "执行数", "单位"], ["1", "1", "万元"], ["2", "12.5", "元"]],
        "{from: 执行数, unit: 万元}",
        1,
        ("单元格 C3", "mapping.yaml tables[1].executed"),
    ),
    "two columns of units beside": (
        [["编码", "金额单位", "执行数", "单位"], ["1", "万元", "12.5", "元"]],
        "执行数",
        1,
        ("单元格 D2", "决算.xlsx 决算!B2"),
    ),
    "table and note below": (
        [["单位：元", ""], ["编码", "执行数"], ["1", "12.5"], ["注：单位为千元", ""]],
        "执行数",
        2,
        ("单元格 A4", "决算.xlsx 决算!A1"),
    ),
}


@pytest.mark.parametrize(
    ("rows", "money", "header", "places"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys()
)
def test_two_units_that_differ(
    tmp_path: Path, rows: Rows, money: str, header: object, places: tuple[str, str]
) -> None:
    with pytest.raises(BadInputError) as refused:
        convert_rows(tmp_path, rows, money, header=header, file="决算.xlsx")
    text = refused.value.text("zh")
    assert [place for place in places if place not in text] == []
    assert says(text, "convert.units_differ")


def test_the_mapping_settles_a_header_against_the_line_above(tmp_path: Path) -> None:
    rows: Rows = [["单位：万元", ""], ["编码", "执行数（元）"], ["1", "12.5"]]
    assert executed(convert_rows(tmp_path, rows, "{from: 执行数（元）, unit: 元}", header=2)) == [
        12.5
    ]


def test_a_count_whose_mapping_and_header_differ(tmp_path: Path) -> None:
    rows: Rows = [["编码", "执行数", "参保（人）"], ["1", "1", "12.5"]]
    with pytest.raises(BadInputError) as refused:
        convert_rows(tmp_path, rows, "执行数", "{from: 参保（人）, unit: 万人}")
    assert "mapping.yaml tables[2].insured 写的是“万人”" in refused.value.text("zh")


UNREAD: dict[str, tuple[Rows, str, str]] = {
    "foreign": (
        [["编码", "执行数（万美元）"], ["1", "2"]],
        "执行数（万美元）",
        "“执行数（万美元）”",
    ),
    "unusual": (
        [["编码", "执行数（十万元）"], ["1", "2"]],
        "执行数（十万元）",
        "“执行数（十万元）”",
    ),
    "no amount": (
        [["编码", "执行数", "计量单位"], ["1", "2", "万元"], ["2", "3", "人次"]],
        "执行数",
        "第 3 行",
    ),
    "unknown": (
        [["编码", "执行数", "计量单位"], ["1", "2", "万元"], ["2", "3", "斤"]],
        "执行数",
        "“斤”",
    ),
    "blank": (
        [["编码", "执行数", "单位"], ["1", "2", "万元"], ["2", "3", "元"], ["3", "4", ""]],
        "执行数",
        "第 4 行",
    ),
    "product": (
        [["编码", "人均（元）"], ["1", "2"]],
        "{plus: [人均（元）], times: [编码]}",
        "“人均（元）”",
    ),
    "quotient": (
        [["单位：元", ""], ["编码", "数"], ["1", "2"]],
        "{plus: [数], divided_by: 10000}",
        "“单位：元”",
    ),
}


@pytest.mark.parametrize(("rows", "money", "place"), UNREAD.values(), ids=UNREAD.keys())
def test_a_unit_that_cannot_be_used(tmp_path: Path, rows: Rows, money: str, place: str) -> None:
    header = 2 if rows[0][0] == "单位：元" else 1
    with pytest.raises(BadInputError) as refused:
        convert_rows(tmp_path, rows, money, header=header)
    assert place in refused.value.text("zh")
    assert "unit" in refused.value.text("zh")


@pytest.mark.parametrize("header", ["执行数（万美元）", "执行数（十万元）"])
def test_the_mapping_settles_a_unit_that_is_not_known(tmp_path: Path, header: str) -> None:
    rows: Rows = [["编码", header], ["1", "2"]]
    assert executed(convert_rows(tmp_path, rows, f"{{from: {header}, unit: 万元}}")) == [20_000]


def test_the_command_line_converts_or_stops(tmp_path: Path) -> None:
    rows: Rows = [["编码", "执行数（元）"], ["1", "1000000"]]
    convert_rows(tmp_path / "in", rows, "执行数（元）")
    mapping = tmp_path / "in" / "mapping.yaml"
    arguments = ["convert", str(tmp_path / "in"), str(tmp_path / "out"), "--mapping", str(mapping)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    assert say("convert.unit_stated", "zh", unit="元") in done.output.replace("\n", "")
    assert list(to_yuan(load(tmp_path / "out").budgets["executed"])) == [1_000_000]
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(
        text.replace("executed: 执行数（元）", "executed: {from: 执行数（元）, unit: 万元}"),
        encoding="utf-8",
    )
    arguments[2] = str(tmp_path / "other")
    stopped = CliRunner().invoke(app, arguments)
    assert stopped.exit_code == 2
    assert not (tmp_path / "other").exists()
    assert "tables[1].executed" in stopped.output.replace("\n", "")
