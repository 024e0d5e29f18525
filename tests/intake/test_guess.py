"""A mapping is proposed for what nobody described; it says what it read and asks the rest.

All figures are invented; the layouts are those of real tables.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from table_files import Rows, Tables, small, write_csv, write_workbook
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.intake.convert import Converted, convert
from fundeval.intake.guess.found_header import find_table_header
from fundeval.intake.guess.guess import guess_mapping, write_guess
from fundeval.problems import BadInputError
from tests.house.doc_pages import DOCS, blocks_of, path_of

RUNNER = CliRunner()
YUAN = 100
WAN = 1_000_000


def grid(rows: Rows) -> pd.DataFrame:
    width = max(map(len, rows))
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return pd.DataFrame(padded, index=range(1, len(rows) + 1)).replace("", None)


def book(folder: Path, sheets: Tables) -> Path:
    return write_workbook(folder / "in" / "a.xlsx", sheets, description=None)


def guessed(place: Path) -> str:
    return guess_mapping(place, "zh").text


def questions(text: str) -> list[str]:
    """Return what a proposed mapping asks: the keys whose value, or whose name, is open."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines()]
    return [line.partition(":")[0].strip('"') for line in lines if '"?"' in line and line[0] != "#"]


def answered(place: Path, text: str, **answers: str) -> Converted:
    """Convert by a proposed mapping once its questions are answered."""
    path = place.parent / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return convert(place, path, answers)


def figures(found: Converted, table: str, *columns: str) -> list[list[object]]:
    frame = found.examination.tables[table].frame
    assert found.examination.problems == []
    return frame[list(columns)].astype(object).where(frame.notna(), None).to_numpy().tolist()


TWO_ROWS: Rows = [
    ["甲市定点医疗机构2024年居民医保预算执行情况表"], ["", "", "", "", "单位：万元"],
    ["序号", "医疗机构名称", "预算数", "", "执行数", "备注"], ["", "", "年初", "调整后", "", ""],
    [1, "甲县人民医院", 100, 110, 95.5, ""], [2, "乙镇卫生院", 20, 20, 18, "x"],
    ["", "合计", 120, 130, 113.5, ""], ["注：1.数据来源于系统。"],
    ["填表人：张三", "", "", "审核人：李四"],
]  # fmt: skip


def test_title_unit_two_header_rows_sums_and_notes_need_no_question(tmp_path: Path) -> None:
    place = book(tmp_path, {"Sheet1": TWO_ROWS})
    text = guessed(place)
    assert questions(text) == []
    found = answered(place, text)
    assert figures(found, "budgets", "unit_id", "year", "scheme", "initial", "adjusted") == [
        ["乙镇卫生院", 2024, "resident", 20 * WAN, 20 * WAN],
        ["甲县人民医院", 2024, "resident", 100 * WAN, 110 * WAN],
    ]
    assert figures(found, "units", "name", "kind")[1] == ["甲县人民医院", "hospital"]


# The rows of a sheet, and the rows of its header; None where there is none.
HEADERS: dict[str, tuple[Rows, tuple[int, ...] | None]] = {
    "a title and a unit": ([["某县收支表"], ["", "单位：元"], ["项目", "决算"], ["收入", 3]], (3,)),
    "two cells above": ([["附表1", "某表"], ["单位", "执行数"], ["甲县", 3]], (2,)),
    "a line of numbers": ([["单位", "甲", "乙"], ["栏次", 1, 2], ["某县", 3, 4]], (1,)),
    "years as numbers": ([["县", 2022, 2023], ["甲县", 5, 6]], (1,)),
    "a row of texts first": ([["单位", "执行数", "备注"], ["甲县", "", "缺"], ["乙县", 3]], (1,)),
    "groups": ([["单位", "2023年", ""], ["", "预算", "执行"], ["甲县", 5, 6]], (1, 2)),
    "a group alone": ([["", "2024年", ""], ["单位", "预算", "执行"], ["甲县", 5, 6]], (1, 2)),
    "labels above": (
        [["单位名称", "甲县"], ["年度", "2024年"], ["项目", "金额"], ["收入", 3]], (3,),
    ),
    "no header": ([["甲县", 1, 2], ["乙县", 3, 4]], None),
    "no figures": ([["一些", "文字"], ["其他", "文字"]], None),
}  # fmt: skip


@pytest.mark.parametrize("case", HEADERS)
def test_the_header_is_found_and_no_title_is_taken_for_it(case: str) -> None:
    rows, expected = HEADERS[case]
    found = find_table_header(grid(rows))
    assert (found.rows if found else None) == expected


FORM: Rows = [
    ["二○二四年甲县城乡居民基本医疗保险基金收支预算表"], ["", "", "", "", "", "单位：万元"],
    ["项    目", "2023年执行数", "2024年预算数"] * 2,
    ["一、基本医疗保险费收入", 100, 110, "一、基本医疗保险待遇支出", 250, 260],
    ["    其中：集体扶持收入", "", "", "    其中：住院费用支出", 200, 205],
    ["二、财政补贴收入", 205, 216, "二、大病保险支出", 31, 32],
    ["八、本年收入合计", 305, 326, "七、本年支出合计", 281, 292],
    ["×", "×", "×", "八、本年收支结余", 24, 34],
    ["九、上年结余", 50, 74, "九、年末滚存结余", 74, 108],
    ["总    计", 355, 400, "总    计", 355, 400],
]  # fmt: skip


def test_a_form_of_two_sides_is_read_without_a_question(tmp_path: Path) -> None:
    """What is executed in one year and budgeted in the next stays apart by its basis."""
    place = book(tmp_path, {"社预06": FORM})
    text = guessed(place)
    assert questions(text) == []
    found = answered(place, text)
    columns = ("year", "scheme", "basis", "income", "expenditure", "closing", "premiums")
    assert figures(found, "funds", *columns) == [
        [2023, "resident", "执行数", 305 * WAN, 281 * WAN, 74 * WAN, 100 * WAN],
        [2024, "resident", "预算数", 326 * WAN, 292 * WAN, 108 * WAN, 110 * WAN],
    ]
    assert figures(found, "budgets", "unit_id", "year", "initial", "executed") == [
        ["甲县", 2023, None, 281 * WAN], ["甲县", 2024, 292 * WAN, None],
    ]  # fmt: skip


def test_what_a_file_does_not_say_is_asked_and_never_made_up(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    write_csv(place, [["项目", "决算数"], ["收入合计", 30], ["支出合计", 25]])
    text = guessed(place)
    assert questions(text) == ["money_unit", "year", "scheme", "unit_id", "name", "kind"]
    with pytest.raises(BadInputError) as error:
        answered(place, text)
    assert {each.rule for each in error.value.problems} == {
        "convert.unanswered", "convert.unanswered_code"
    }  # fmt: skip
    answers = {"unit_id": "01", "name": "甲县", "kind": "region"}
    found = answered(place, text, money_unit="元", year="2024", scheme="all", **answers)
    assert figures(found, "funds", "unit_id", "income") == [["01", 30 * YUAN]]
    assert found.examination.dataset().info.period.first_year == 2024


def test_a_budget_beside_what_was_executed_of_it_is_asked_for(tmp_path: Path) -> None:
    """Whether it is the initial or the adjusted one decides on the execution rate."""
    place = tmp_path / "a.csv"
    write_csv(place, [
        ["甲县2024年职工医保基金收支表（元）", "", ""], ["项目", "预算数", "决算数"],
        ["收入合计", 30, 31], ["支出合计", 25, 24],
    ])  # fmt: skip
    text = guessed(place)
    assert questions(text) == ["?"]
    found = answered(place, text.replace('"?": ', "adjusted: "))
    assert figures(found, "budgets", "adjusted", "executed") == [[25 * YUAN, 24 * YUAN]]


def test_an_answer_to_nothing_is_told(tmp_path: Path) -> None:
    place = book(tmp_path, {"Sheet1": TWO_ROWS})
    with pytest.raises(BadInputError) as error:
        answered(place, guessed(place), month="3")
    (told,) = error.value.problems
    assert (told.rule, told.value) == ("convert.nothing_to_answer", "month")


# Rows of a CSV file: what is asked, answers, what stands for a `?` as a column; a table, figures.
LAYOUTS: dict[str, tuple[Rows, list[str], Mapping[str, str], str, list[list[object]]]] = {
    "columns of years": (
        [["统筹地区（万元）", "2023年预算数", "2023年决算数", "2024年预算数"], ["甲县", 9, 8, 7]],
        ["scheme", "?"], {"scheme": "all"}, "initial",
        [["甲县", 2023, 9 * WAN, 8 * WAN], ["甲县", 2024, 7 * WAN, None]],
    ),
    "a unit in the corner": (
        [["（万元）", "2023年", "2024年"], ["甲县", 9, 8], ["合计", 9, 8]],
        ["scheme", "?"], {"scheme": "all"}, "executed",
        [["甲县", 2023, None, 9 * WAN], ["甲县", 2024, None, 8 * WAN]],
    ),
    "merged names": (
        [["机构名称", "险种", "年度", "年初预算（元）", "执行数（元）"],
         ["县医院", "职工医保", 2024, 9, 8], ["", "居民医保", 2024, 7, 6]],
        [], {}, "",
        [["县医院", 2024, 9 * YUAN, 8 * YUAN], ["县医院", 2024, 7 * YUAN, 6 * YUAN]],
    ),
    "rows to add": (
        [["单位", "用途", "2024年执行数（元）"], ["甲县", "住院", 9], ["甲县", "门诊", 8]],
        ["scheme", "repeated"], {"scheme": "all", "repeated": "sum"}, "",
        [["甲县", 2024, None, 17 * YUAN]],
    ),
    "two years": (
        [["单位", "年度", "执行数（元）"], ["甲县", "2023-24", 9]],
        ["scheme", "year"], {"scheme": "all", "year": "last"}, "",
        [["甲县", 2024, None, 9 * YUAN]],
    ),
    "signs": (
        [["单位", "2024年执行数（元）"], ["甲县", "-"], ["乙县", 9]],
        ["missing", "scheme"], {"scheme": "all", "missing": "-"}, "",
        [["乙县", 2024, None, 9 * YUAN], ["甲县", 2024, None, None]],
    ),
    "nothing recognised": (
        [["科室", "2024年人员经费（元）", "2024年材料费（元）"], ["内科", 9, 8]],
        ["scheme", "?"], {"scheme": "all"}, "executed",
        [["内科", 2024, None, 17 * YUAN]],
    ),
    "units in the header": (
        [["2024年", "单位：元", ""], ["项目", "甲县", "乙县"], ["基金收入", 9, 8],
         ["基金支出", 7, 6]],
        ["scheme"], {"scheme": "all"}, "",
        [["乙县", 2024, None, 6 * YUAN], ["甲县", 2024, None, 7 * YUAN]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYOUTS)
def test_layouts_come_in_whole_once_the_questions_are_answered(tmp_path: Path, case: str) -> None:
    rows, asked, answers, column, expected = LAYOUTS[case]
    place = tmp_path / "a.csv"
    write_csv(place, rows)
    text = guessed(place)
    assert questions(text) == asked
    found = answered(place, text.replace('"?": ', f"{column}: ") if column else text, **answers)
    columns = ("unit_id", "year", "initial", "executed")
    assert figures(found, "budgets", *columns) == expected


SELF_EVALUATION: Rows = [
    ["项目支出绩效自评表"], ["（2024年度）"], ["项目名称", "智能监控"],
    ["主管部门", "某市医保局", "", "实施单位", "某市医保中心"],
    ["项目资金（万元）", "", "年初预算数", "全年预算数（A）", "全年执行数（B）", "分值",
     "执行率（B/A）", "得分"],
    ["", "年度资金总额", 100, 110, 105, 10, 0.9545, 9.5],
    ["", "其中：当年财政拨款", 100, 110, 105, "－", "", "－"],
    ["年度总体目标", "预期目标", "", "", "实际完成情况"],
    ["绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"],
    ["", "产出指标", "数量指标", "检查家数", "≥50家", "52家", 10, 10],
]  # fmt: skip


def test_of_a_self_evaluation_only_the_total_counts(tmp_path: Path) -> None:
    place = book(tmp_path, {"自评表": SELF_EVALUATION})
    text = guessed(place)
    assert questions(text) == ["scheme", "kind"]
    found = answered(place, text, scheme="all", kind="region")
    assert figures(found, "budgets", "unit_id", "year", "adjusted", "executed") == [
        ["某市医保中心", 2024, 110 * WAN, 105 * WAN]
    ]


def test_sheets_and_files_of_one_layout_are_one_source(tmp_path: Path) -> None:
    sheet: Rows = [
        ["2024年职工医保基金决算表（万元）"],
        ["项目", "决算数"],
        ["收入合计", 9],
        ["支出合计", 8],
    ]
    for city in ("甲市", "乙市"):
        write_workbook(tmp_path / "in" / f"{city}年报.xlsx",
                       {"封面": [["x"]], "A县": sheet, "B县": sheet}, description=None)  # fmt: skip
    found = guess_mapping(tmp_path / "in", "en")
    assert re.findall(r"^  (table\d+):", found.text, re.MULTILINE) == ["table1"]
    assert found.aside == ("乙市年报.xlsx 封面", "甲市年报.xlsx 封面")


def test_a_table_below_is_named_and_not_read(tmp_path: Path) -> None:
    place = book(tmp_path, {"S": [
        ["甲县2024年财务公开（元）"], ["职工", ""],
        ["指标名称", "决算数"], ["二、收入合计", 9], ["三、支出合计", 8],
        ["居民", ""], ["指标名称", "决算数"], ["二、收入合计", 7], ["三、支出合计", 6],
    ]})  # fmt: skip
    text = guessed(place)
    assert "ends_at: {column: 指标名称, matching: 居民}" in text
    assert figures(answered(place, text), "funds", "unit_id", "scheme", "income") == [
        ["甲县", "employee", 9 * YUAN]
    ]


def test_on_the_command_line_a_mapping_is_written_edited_and_used(tmp_path: Path) -> None:
    place, out = book(tmp_path, {"自评表": SELF_EVALUATION}), tmp_path / "out"
    for _ in range(2):
        written = RUNNER.invoke(app, ["convert", str(place), str(out), "--guess"])
        assert written.exit_code == 0, written.output
    mapping = out / "mapping.yaml"
    mapping.write_text(mapping.read_text("utf-8").replace('scheme: "?"', "scheme: all"), "utf-8")
    again = RUNNER.invoke(app, ["convert", str(place), str(out), "--guess"])
    assert again.exit_code == 2
    edited = mapping.read_text("utf-8")
    options = ["--mapping", str(mapping), "--set", "kind=region"]
    made = RUNNER.invoke(app, ["convert", str(place), str(out), *options])
    assert made.exit_code == 0, made.output
    assert mapping.read_text("utf-8") == edited
    checked = RUNNER.invoke(app, ["check", str(out)])
    assert checked.exit_code == 0
    assert "mapping.yaml" not in checked.output


@pytest.mark.parametrize(
    "options", [[], ["--guess", "--mapping", "m.yaml"], ["--mapping", "m.yaml", "--set", "x"]]
)
def test_options_that_do_not_go_together(tmp_path: Path, options: list[str]) -> None:
    place = book(tmp_path, {"自评表": SELF_EVALUATION})
    (tmp_path / "m.yaml").write_text("{}")
    called = RUNNER.invoke(app, ["convert", str(place), str(tmp_path / "out"), *options])
    assert called.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_without_a_table_nothing_is_written(tmp_path: Path) -> None:
    place = book(tmp_path, {"S": [["一些文字"], ["其他文字"]]})
    with pytest.raises(BadInputError) as error:
        guess_mapping(place, "zh")
    assert [each.rule for each in error.value.problems] == ["guess.no_table"]


def test_another_mapping_is_not_overwritten(tmp_path: Path) -> None:
    place, path = book(tmp_path, {"Sheet1": TWO_ROWS}), tmp_path / "mapping.yaml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(BadInputError) as error:
        write_guess(path, guess_mapping(place, "zh"))
    assert [each.rule for each in error.value.problems] == ["guess.exists"]
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_guide_shows_what_is_drafted_of_its_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docs/from-mail.md` shows part of the draft, `docs/examples` all of it, answered."""
    monkeypatch.chdir(tmp_path)
    make, *_ = (b.text for b in blocks_of(path_of("from-mail", "zh")) if b.language == "python")
    exec(make, {})
    for lang in ("zh", "en"):
        draft = guess_mapping(Path("data/mail"), lang).text
        (shown,) = (b.text for b in blocks_of(path_of("from-mail", lang)) if b.language == "text")
        assert shown in draft
    draft = guessed(Path("data/mail")).replace('missing: "?"', 'missing: ["-"]')
    draft = draft.replace("{kind: hospital}", "{kind: hospital, parent_id: 甲县}")
    example = (DOCS / "examples" / "county-mail-mapping.yaml").read_text(encoding="utf-8")
    assert example.split("\n", 2)[2] == draft


def test_tables_of_a_data_set_need_no_mapping(tmp_path: Path) -> None:
    place = book(tmp_path, small())
    with pytest.raises(BadInputError) as refusal:
        guess_mapping(place, "zh")
    assert [problem.rule for problem in refusal.value.problems] == ["guess.own_layout"]
    # Beside one that is not, all are proposed for.
    guessed(book(tmp_path / "both", {**small(), "其他": TWO_ROWS}))


def fund_form(title: str) -> Rows:
    return [
        [title],
        ["单位：万元"],
        ["项目", "2025年预算数"],
        ["一、本年收入合计", 100],
        ["二、本年支出合计", 90],
        ["三、年末滚存结余", 30],
    ]


def test_sheets_of_other_insurance_are_named_and_not_drafted(tmp_path: Path) -> None:
    place = book(
        tmp_path,
        {
            "社预02": fund_form("甲县2025年城乡居民基本养老保险基金收支预算表"),
            "失业": fund_form("甲县2025年基金收支预算表"),
            "社预06": fund_form("甲县2025年城乡居民基本医疗保险基金收支预算表"),
            "社预05": fund_form("甲县2025年职工基本医疗保险（含生育保险）基金收支预算表"),
        },
    )
    text = guessed(place)
    sheets = re.findall(r"^    sheet: (.*)$", text, re.MULTILINE)
    assert sheets == ["社预06", "社预05"]
    assert "养老、失业、工伤、生育等其他保险，未写入的：a.xlsx 社预02、a.xlsx 失业" in text
    found = answered(place, text)
    assert sorted(figures(found, "funds", "scheme", "income")) == [
        ["employee", 100 * WAN],
        ["resident", 100 * WAN],
    ]


@pytest.mark.parametrize(
    ("file", "title", "item"),
    [("甲县工伤保险", "甲县2025年收支表", "合计"), ("a", "2025年收支表", "基本养老金支出")],
)
def test_files_of_other_insurance_alone_are_refused(
    tmp_path: Path, file: str, title: str, item: str
) -> None:
    sheets: Tables = {"Sheet1": [*fund_form(title), [item, 5]]}
    place = write_workbook(tmp_path / f"{file}.xlsx", sheets, description=None)
    with pytest.raises(BadInputError) as error:
        guess_mapping(place, "zh")
    assert [each.rule for each in error.value.problems] == ["guess.other_insurance"]


def of_department(scheme: str, budget: int, executed: int) -> Rows:
    rows: Rows = [["2024年度预算执行表（万元）"], ["险种", "年初预算", "执行数"]]
    return [*rows, [scheme, budget, executed], ["居民", 7, 6]]


@pytest.mark.parametrize(
    ("files", "units", "asked"),
    [
        (("甲县人民医院", "乙县中医院"), ["甲县人民医院 内科", "乙县中医院 内科"], []),
        (("东区", "西部"), ["东区 内科", "西部 内科"], ["kind"]),
    ],
)
def test_departments_of_one_name_in_two_files_are_two_units(
    tmp_path: Path, files: tuple[str, str], units: list[str], asked: list[str]
) -> None:
    for name, scheme in zip(files, ("职工", "职工"), strict=True):
        sheets: Tables = {"内科": of_department(scheme, 100, 90)}
        write_workbook(tmp_path / "in" / f"{name}.xlsx", sheets, description=None)
    text = guessed(tmp_path / "in")
    if asked:
        assert '"?"' in text
        text = text.replace('"?"', "hospital")
    found = answered(tmp_path / "in", text)
    assert sorted(figures(found, "budgets", "unit_id", "scheme", "initial")) == sorted(
        [unit, *of] for unit in units for of in (["employee", 100 * WAN], ["resident", 7 * WAN])
    )
    parents = {(u, p) for u, p in figures(found, "units", "unit_id", "parent_id") if p}
    assert parents == {(unit, unit.split()[0]) for unit in units}


def test_departments_in_a_column_of_two_files_are_two_units(tmp_path: Path) -> None:
    """内科 of 甲县人民医院 has no figure of 内科 of 乙县中医院."""
    for hospital, amount in (("甲县人民医院", 100), ("乙县中医院", 20)):
        scheme = {100: "职工", 20: "居民"}[amount]
        rows: Rows = [[f"2024年{scheme}医保（万元）"], ["科室", "年初预算"], ["内科", amount]]
        rows.append(["合计", amount])
        name = tmp_path / "in" / f"{hospital}.xlsx"
        write_workbook(name, {"Sheet1": rows}, description=None)
    text = guessed(tmp_path / "in")
    assert questions(text) == []
    found = answered(tmp_path / "in", text)
    assert sorted(figures(found, "budgets", "unit_id", "initial")) == [
        ["乙县中医院 内科", 20 * WAN], ["甲县人民医院 内科", 100 * WAN],
    ]  # fmt: skip
    parents = {(u, p) for u, p in figures(found, "units", "unit_id", "parent_id") if p}
    assert parents == {("乙县中医院 内科", "乙县中医院"), ("甲县人民医院 内科", "甲县人民医院")}
    # Without `within` the two are one, which is told.
    alone = text.replace(", within: parent_id", "")
    assert alone != text
    notes = answered(tmp_path / "in", alone).examination.notes
    told = [(n.value, n.file) for n in notes if n.rule == "convert.one_id_of_files"]
    assert told == [("内科", "甲县人民医院.xlsx")]


def test_files_of_two_years_are_of_one_unit(tmp_path: Path) -> None:
    for year in (2023, 2024):
        rows = [[f"{year}年度预算执行表（万元）"], *of_department("职工", 100, 90)[1:]]
        sheets: Tables = {"内科": rows}
        path = tmp_path / "in" / f"甲县人民医院{year}.xlsx"
        write_workbook(path, sheets, description=None)
    found = answered(tmp_path / "in", guessed(tmp_path / "in"))
    assert {unit for (unit,) in figures(found, "budgets", "unit_id")} == {"内科"}


def test_what_hospitals_spent_beside_a_budget_is_executed(tmp_path: Path) -> None:
    rows: Rows = [
        ["某县2024年度居民医保定点医疗机构预算执行情况", "单位：元"],
        ["序号", "医院", "预算", "支出", "执行率"],
        [1, "甲院", 5200000, 4940000, "95%"],
        [2, "乙院", 3100000, 3000000, "96.8%"],
    ]
    place = book(tmp_path, {"Sheet1": rows})
    text = guessed(place)
    assert "funds" not in text
    assert questions(text) == ["?"]
    found = answered(place, text.replace('"?":', "adjusted:"))
    assert sorted(figures(found, "budgets", "unit_id", "adjusted", "executed")) == [
        ["乙院", 3100000 * YUAN, 3000000 * YUAN],
        ["甲院", 5200000 * YUAN, 4940000 * YUAN],
    ]


def test_schemes_in_headers_are_rows_of_their_own(tmp_path: Path) -> None:
    rows: Rows = [
        ["2024年预算执行表（万元）"],
        ["单位名称", "职工预算", "职工执行", "居民预算", "居民执行"],
        ["甲县医院", 100, 90, 50, 40],
        ["合计", 100, 90, 50, 40],
    ]
    place = book(tmp_path, {"Sheet1": rows})
    text = guessed(place)
    assert questions(text) == ["?", "?"]
    found = answered(place, text.replace('"?":', "adjusted:"))
    assert sorted(figures(found, "budgets", "scheme", "adjusted", "executed")) == [
        ["employee", 100 * WAN, 90 * WAN],
        ["resident", 50 * WAN, 40 * WAN],
    ]


def test_totals_of_schemes_are_left_out_and_not_asked_for(tmp_path: Path) -> None:
    rows: Rows = [["甲县人民医院内科"], *of_department("职工", 100, 90), ["合计", 107, 96]]
    place = book(tmp_path, {"内科": rows})
    text = guessed(place)
    assert questions(text) == []
    found = answered(place, text)
    assert sorted(figures(found, "budgets", "scheme", "initial")) == [
        ["employee", 100 * WAN],
        ["resident", 7 * WAN],
    ]


def test_comments_in_english_list_names_as_english_does(tmp_path: Path) -> None:
    rows: Rows = [["Hospital", "Year", "A", "B"], ["Alpha", 2024, 5, 6]]
    text = guess_mapping(book(tmp_path, {"Sheet1": rows}), "en").text
    assert "# Header: Hospital, Year, A, B" in text
    assert "by one of initial, adjusted, executed;" in text


MONTHS = {
    "in rows, schemes beside": (
        [["某县2024年医保基金月度支出表", "", "单位：万元"], ["月份", "职工", "居民"],
         ["1月", 40, 30], ["2月", 41, 31], ["合计", 81, 61]],
        [["某县", 2024, 1, "employee", 40 * WAN], ["某县", 2024, 1, "resident", 30 * WAN],
         ["某县", 2024, 2, "employee", 41 * WAN], ["某县", 2024, 2, "resident", 31 * WAN]],
    ),
    "in headers": (
        [["2024年职工医保月度执行表（万元）"], ["医院", "1月", "2月", "3月", "合计"],
         ["甲医院", 40, 41, 42, 123]],
        [["甲医院", 2024, n, "employee", (39 + n) * WAN] for n in (1, 2, 3)],
    ),
    "with the year, cumulated beside": (
        [["甲医院职工医保", "单位：万元"], ["月份", "当月支出", "累计支出"],
         ["2024年11月", 40, 400], ["2024年12月", 41, 441]],
        [["甲医院", 2024, 11, "employee", 40 * WAN], ["甲医院", 2024, 12, "employee", 41 * WAN]],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), MONTHS.values(), ids=MONTHS.keys())
def test_months_become_the_table_of_months(
    tmp_path: Path, rows: Rows, expected: list[list[object]]
) -> None:
    place = book(tmp_path, {"Sheet1": rows})
    text = guessed(place)
    assert questions(text) == []
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    # The budgets of the year stand in another file.
    found = convert(place, path, whole=False).examination
    assert found.problems == []
    columns = ["unit_id", "year", "month", "scheme", "executed"]
    assert found.tables["monthly"].frame[columns].to_numpy().tolist() == expected


def test_figures_of_the_year_beside_its_months_are_budgets(tmp_path: Path) -> None:
    rows: Rows = [
        ["2024年职工医保科室执行表（万元）"],
        ["科室", "1月", "2月", "3月", "年初预算", "全年执行数"],
        ["内科", 40, 41, 42, 130, 123],
    ]
    place = book(tmp_path, {"Sheet1": rows})
    text = guessed(place)
    assert questions(text) == []
    found = answered(place, text)
    assert figures(found, "budgets", "initial", "executed") == [[130 * WAN, 123 * WAN]]
    assert [figure for (figure,) in figures(found, "monthly", "executed")] == [
        40 * WAN, 41 * WAN, 42 * WAN,
    ]  # fmt: skip


def test_tables_side_by_side_are_two(tmp_path: Path) -> None:
    """The units of the left one do not get the figures of the right one, nor its blank rows."""
    rows: Rows = [
        ["职工医保（万元）", "", "", "", "居民医保（万元）", "", ""],
        ["医院", "年初预算", "执行数", "", "医院", "年初预算", "执行数"],
        ["甲医院", 100, 90, "", "乙医院", 50, 40],
        ["乙医院", 20, 10, "", "", "", ""],
        ["合计", 120, 100, "", "合计", 50, 40],
    ]
    place = book(tmp_path, {"2024年": rows})
    text = guessed(place)
    assert questions(text) == []
    found = answered(place, text)
    assert sorted(figures(found, "budgets", "unit_id", "scheme", "initial", "executed")) == [
        ["乙医院", "employee", 20 * WAN, 10 * WAN],
        ["乙医院", "resident", 50 * WAN, 40 * WAN],
        ["甲医院", "employee", 100 * WAN, 90 * WAN],
    ]


def test_a_unit_may_stand_in_the_sheet_of_each_year(tmp_path: Path) -> None:
    rows: Rows = [["医院", "年初预算（万元）"], ["甲医院", 100]]
    place = book(tmp_path, {"2023年": rows, "2024年": rows})
    found = answered(place, guessed(place), scheme="resident")
    assert figures(found, "units", "name") == [["甲医院"]]
    assert figures(found, "budgets", "year") == [[2023], [2024]]


def test_outpatient_and_inpatient_care_in_columns(tmp_path: Path) -> None:
    """Visits and costs in units of their own are no sum to be spent of a budget."""
    rows: Rows = [
        ["2024年职工医保医疗服务情况"],
        ["医院", "门诊人次（万人次）", "门诊费用（万元）", "住院人次", "住院费用（亿元）"],
        ["甲医院", 12.5, 3000, 4500, 0.62],
    ]
    place = book(tmp_path, {"Sheet1": rows})
    text = guessed(place)
    assert "budgets" not in text
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    found = convert(place, path, {"care_level": "tertiary"}, whole=False).examination
    assert found.problems == []
    services = found.tables["services"].frame[["setting", "visits", "cost"]].to_numpy().tolist()
    assert sorted(services) == [
        ["inpatient", 4500, 6200 * WAN],
        ["outpatient", 125_000, 3000 * WAN],
    ]
