"""What a mapping can say of the layouts that real tables have; all figures are invented."""

from pathlib import Path

import pandas as pd
import pytest
from table_files import Rows, write_csv, write_workbook

from fundeval.intake.convert import Converted, convert
from fundeval.intake.write import write_examination
from fundeval.problems import BadInputError, Problem
from fundeval.tables import Dataset, load

HEAD = """\
dataset:
  {title: t, source: invented for a test, money_unit: 万元, synthetic: true, licence: none,
   period: {first_year: 2023, last_year: 2024}}
"""
UNITS = (
    "  - {table: units, sources: [s], set: {kind: region}, columns: {unit_id: 单位, name: 单位}}\n"
)


DASH = f"""\
sources: {{s: {{file: a.csv}}}}
tables:
{UNITS}\
  - {{table: budgets, sources: [s], set: {{year: 2024, scheme: all}},
      columns: {{unit_id: 单位, executed: 执行数}}}}
"""


def conversion(folder: Path, mapping: str) -> Converted:
    """Convert the folder `in` by a mapping without its description."""
    (folder / "mapping.yaml").write_text(HEAD + mapping, encoding="utf-8")
    return convert(folder / "in", folder / "mapping.yaml")


def dataset(folder: Path, mapping: str) -> Dataset:
    """Return the data set that a mapping makes of the folder `in`, written and read back."""
    write_examination(folder / "out", conversion(folder, mapping).examination, "zh")
    return load(folder / "out")


def funds_of(folder: Path, mapping: str) -> pd.DataFrame:
    """Return the table of funds that a mapping makes."""
    return conversion(folder, mapping).examination.tables["funds"].frame


def refused(folder: Path, mapping: str) -> list[Problem]:
    with pytest.raises(BadInputError) as error:
        conversion(folder, mapping).examination.dataset()
    return list(error.value.problems)


def notes(converted: Converted, rule: str) -> list[Problem]:
    return [note for note in converted.examination.notes if note.rule == rule]


def write(folder: Path, rows: Rows, name: str = "a.csv") -> None:
    (folder / "in").mkdir(exist_ok=True)
    write_csv(folder / "in" / name, rows)


ACCOUNT: Rows = [
    ["项目", "预算数", "决算数"], ["一、收入合计", 30, 31], ["其中：保险费", 20, 20.5],
    ["财政补贴", 10, 10.5], ["二、支出合计", 25, 26.25], ["三、年末结余", 15, 14.75],
]  # fmt: skip
ACCOUNT_MAPPING = """\
sources: {s: {file: a.csv}}
tables:
  - {table: units, rows: [{unit_id: C1, name: 甲县, kind: region}]}
  - table: funds
    sources: [s]
    set: {unit_id: C1, year: 2024, scheme: all}
    items: 项目
    columns:
      income: {from: 决算数, item: "*收入合计"}
      expenditure: {from: 决算数, item: "*支出合计"}
"""


def test_items_in_rows_become_columns(tmp_path: Path) -> None:
    write(tmp_path, ACCOUNT)
    funds = funds_of(tmp_path, ACCOUNT_MAPPING)
    assert funds[["income", "expenditure"]].to_numpy().tolist() == [[31_0000_00, 262_500_00]]


def test_items_that_are_not_named_are_told(tmp_path: Path) -> None:
    write(tmp_path, ACCOUNT)
    (left,) = conversion(tmp_path, ACCOUNT_MAPPING).left_out
    assert (left.why, left.count) == ("items", 3)
    assert left.names == "其中：保险费、财政补贴、三、年末结余"


def test_an_item_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, ACCOUNT)
    told = refused(tmp_path, ACCOUNT_MAPPING.replace("*支出合计", "支出总计"))
    assert [(each.rule, each.values["item"]) for each in told] == [("convert.no_item", "支出总计")]


def test_items_are_added_where_the_mapping_says_so(tmp_path: Path) -> None:
    """20.5 + 10.5 = 31 万元."""
    write(tmp_path, ACCOUNT)
    mapping = """\
sources: {s: {file: a.csv}}
tables:
  - {table: units, rows: [{unit_id: C1, name: 甲县, kind: region}]}
  - table: funds
    sources: [s]
    set: {unit_id: C1, year: 2024, scheme: all}
    items: 项目
    repeated: sum
    columns: {income: {from: 决算数, item: ["*保险费", 财政补贴]}}
"""
    assert funds_of(tmp_path, mapping)["income"].tolist() == [31_0000_00]
    told = refused(tmp_path, mapping.replace("    repeated: sum\n", ""))
    assert [(each.rule, each.row) for each in told] == [("convert.item_twice", 4)]


def test_two_sides_of_a_form_by_letter(tmp_path: Path) -> None:
    write(tmp_path, [
        ["项目", "决算数", "项目", "决算数"], ["收入合计", 30, "支出合计", 25],
        ["上年结余", 10, "年末结余", 15],
    ])  # fmt: skip
    side = """\
  - table: funds
    sources: [s]
    set: {unit_id: C1, year: 2024, scheme: all}
    items: "%s:%s"
    columns: {%s: {from: "%s:%s", item: %s}}
"""
    mapping = (
        "sources: {s: {file: a.csv}}\ntables:\n"
        "  - {table: units, rows: [{unit_id: C1, name: 甲县, kind: region}]}\n"
        + side % ("A", "A", "income", "B", "B", "收入合计")
        + side % ("C", "C", "expenditure", "D", "D", "支出合计")
    )
    funds = funds_of(tmp_path, mapping)
    assert funds[["income", "expenditure"]].to_numpy().tolist() == [[300_000_00, 250_000_00]]


TWO_FILES = f"""\
sources: {{s: {{file: b.csv}}, a: {{file: a.csv}}}}
tables:
{UNITS}\
  - {{table: budgets, sources: [s], set: &all {{year: 2024, scheme: all}},
      columns: {{unit_id: 单位, initial: 预算数}}}}
  - {{table: budgets, sources: [a], set: *all, columns: {{unit_id: 单位, executed: 决算数}}}}
"""


def test_two_files_that_give_parts_of_one_row(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "预算数"], ["H1", 100], ["H2", 50], ["H3", 7]], "b.csv")
    write(tmp_path, [["单位", "决算数"], ["H2", 51], ["H1", 95]])
    converted = conversion(tmp_path, TWO_FILES)
    budgets = converted.examination.dataset().budgets.set_index("unit_id")
    assert budgets["initial"].to_dict() == {"H1": 100_0000_00, "H2": 50_0000_00, "H3": 7_0000_00}
    assert budgets["executed"].dropna().to_dict() == {"H1": 95_0000_00, "H2": 51_0000_00}
    (note,) = notes(converted, "convert.joined_in_part")
    assert (note.values["count"], note.values["names"]) == (2, "H3 2024 all")


def test_two_files_that_state_a_cell_differently_are_not_joined(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "预算数"], ["H1", 100]], "b.csv")
    write(tmp_path, [["单位", "决算数"], ["H1", 95]])
    told = refused(tmp_path, TWO_FILES.replace("executed: 决算数", "initial: 决算数"))
    assert [(each.rule, each.file, each.row) for each in told] == [
        ("tables.repeated_key", "a.csv", 2)
    ]


def test_a_wrong_cell_of_a_joined_row_is_told_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "预算数"], ["H1", 100]], "b.csv")
    write(tmp_path, [["单位", "决算数"], ["H0", 1], ["H1", "九十五"]])
    write(tmp_path, [["单位", "预算数"], ["H1", 100], ["H0", 1]], "b.csv")
    told = refused(tmp_path, TWO_FILES)
    assert [(each.file, each.row, each.column, each.value) for each in told] == [
        ("a.csv", 3, "决算数", "九十五")
    ]


SUMS = """\
sources: {s: {file: a.csv}}
tables:
  - {table: units, sources: [s], set: {kind: region}, repeated: keep_first,
     columns: {unit_id: 单位, name: 单位}}
  - {table: budgets, sources: [s], set: {year: 2024, scheme: all}, repeated: sum,
     columns: {unit_id: 单位, executed: 执行数}}
"""


def test_rows_of_one_key_are_added(tmp_path: Path) -> None:
    """60 + 35 = 95."""
    write(
        tmp_path,
        [["单位", "用途", "执行数"], ["H1", "住院", 60], ["H2", "住院", 51], ["H1", "门诊", 35]],
    )
    budgets = dataset(tmp_path, SUMS).budgets.set_index("unit_id")
    assert budgets["executed"].to_dict() == {"H1": 95_0000_00, "H2": 51_0000_00}


@pytest.mark.parametrize(("blank", "executed"), [("missing", None), ("zero", 60_0000_00)])
def test_a_blank_part_of_a_sum_of_rows(tmp_path: Path, blank: str, executed: int | None) -> None:
    write(
        tmp_path,
        [["单位", "用途", "执行数"], ["H1", "住院", 60], ["H1", "门诊", ""], ["H2", "住院", 5]],
    )
    mapping = SUMS.replace("repeated: sum", f"repeated: sum, blank: {blank}")
    converted = conversion(tmp_path, mapping)
    found = converted.examination.dataset().budgets.set_index("unit_id")["executed"]
    assert found.dropna().to_dict() == {"H2": 5_0000_00} | ({"H1": executed} if executed else {})
    (note,) = notes(converted, f"convert.blank_in_sum.{blank}")
    assert (note.file, note.row, note.column, note.values["count"]) == ("a.csv", 3, "执行数", 1)


@pytest.mark.parametrize(("blank", "executed"), [("missing", None), ("zero", 80_0000_00)])
def test_a_blank_part_of_a_sum_of_columns(tmp_path: Path, blank: str, executed: int | None) -> None:
    write(tmp_path, [["单位", "人员", "材料"], ["K1", 100, 20], ["K2", 80, ""], ["K3", "", ""]])
    mapping = (
        "sources: {s: {file: a.csv}}\ntables:\n" + UNITS +
        "  - {table: budgets, sources: [s], set: {year: 2024, scheme: all}, columns:"
        f" {{unit_id: 单位, executed: {{plus: [人员, 材料], blank: {blank}}}}}}}\n"
    )  # fmt: skip
    converted = conversion(tmp_path, mapping)
    found = converted.examination.dataset().budgets.set_index("unit_id")["executed"]
    assert found.dropna().to_dict() == {"K1": 120_0000_00} | ({"K2": executed} if executed else {})
    (note,) = notes(converted, f"convert.blank_in_sum.{blank}")
    assert (note.row, note.letter, note.values["count"]) == (3, "C", 1)


YEARS = """\
sources: {s: {file: a.csv}}
tables:
  - {table: units, sources: [s], set: {kind: region}, repeated: keep_first,
     columns: {unit_id: 单位, name: 单位}}
  - {table: budgets, sources: [s], set: {scheme: all},
     columns: {unit_id: 单位, year: YEAR, executed: 执行数}}
"""


def test_years_as_people_write_them(tmp_path: Path) -> None:
    write(tmp_path, [
        ["单位", "年度", "执行数"], ["H1", "2023年度", 1], ["H1", "2024-03-31", 2],
        ["H2", "二○二四年", 3], ["H2", "二〇二三", 4],
    ])  # fmt: skip
    budgets = dataset(tmp_path, YEARS.replace("YEAR", "年度")).budgets
    assert budgets[["unit_id", "year", "executed"]].to_numpy().tolist() == [
        ["H1", 2023, 1_0000_00], ["H1", 2024, 2_0000_00],
        ["H2", 2023, 4_0000_00], ["H2", 2024, 3_0000_00],
    ]  # fmt: skip


@pytest.mark.parametrize(("counted", "years"), [("first", [2022, 2023]), ("last", [2023, 2024])])
def test_which_of_two_years_counts_the_mapping_says(
    tmp_path: Path, counted: str, years: list[int]
) -> None:
    write(tmp_path, [["单位", "年度", "执行数"], ["H1", "2022-23", 1], ["H1", "2023/2024", 2]])
    told = refused(tmp_path, YEARS.replace("YEAR", "年度"))
    assert [(each.rule, each.row, each.value) for each in told] == [
        ("convert.two_years", 2, "2022-23"), ("convert.two_years", 3, "2023/2024"),
    ]  # fmt: skip
    mapping = YEARS.replace("YEAR", f"{{from: 年度, year: {counted}}}")
    budgets = conversion(tmp_path, mapping).examination.tables["budgets"].frame
    assert sorted(budgets["year"].tolist()) == years


def test_columns_of_years_by_a_pattern(tmp_path: Path) -> None:
    """The budget of 2023 is not in the file, so that it is blank; no other year is made up."""
    write(
        tmp_path, [["单位", "2023年决算数", "2024年预算数", "2024年决算数"], ["甲县", 10, 12, 11]]
    )
    mapping = (
        "sources: {s: {file: a.csv}}\ntables:\n"
        + UNITS
        + """\
  - table: budgets
    sources: [s]
    set: {scheme: all}
    columns: {unit_id: 单位}
    melt:
      - each: {year: "20[0-9]{2}"}
        columns: {initial: "{year}年预算数", executed: "{year}年决算数"}
"""
    )
    budgets = dataset(tmp_path, mapping).budgets.set_index("year")
    assert budgets["executed"].to_dict() == {2023: 10_0000_00, 2024: 11_0000_00}
    assert budgets["initial"].dropna().to_dict() == {2024: 12_0000_00}


def test_notes_below_are_no_units(tmp_path: Path) -> None:
    write(tmp_path, [
        ["单位", "执行数"], ["甲县", 10], ["乙县", 20], ["丙县", ""],
        ["注：1.口径为权责发生制。", ""], ["　　2.甲县含调剂", ""],
        ["制表人：张三", "审核人：李四"],
    ])  # fmt: skip
    converted = conversion(tmp_path, DASH)
    assert sorted(converted.examination.dataset().units["unit_id"]) == ["丙县", "乙县", "甲县"]
    (note,) = notes(converted, "convert.notes_below")
    assert (note.row, note.values["count"]) == (5, 3)


def test_a_sign_for_missing_or_nought_is_what_the_mapping_says(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "执行数"], ["H1", 10], ["H2", "-"], ["H3", "×"]])
    assert {each.value for each in refused(tmp_path, DASH)} == {"-", "×"}
    said = DASH.replace("file: a.csv", 'file: a.csv, zero: "-", missing: ["×", "/"]')
    executed = dataset(tmp_path, said).budgets.set_index("unit_id")["executed"]
    assert executed.dropna().to_dict() == {"H1": 10_0000_00, "H2": 0}


ABOVE = """\
sources:
  s:
    file: "*.xlsx"
    sheet: "*县"
    header: 3
    taken:
      unit_id: {from: above, pattern: "编码：([0-9]+)"}
      name: {from: sheet}
      year: {from: file, pattern: "(.{4})年"}
      scheme: {from: B2, codes: {居民: resident}}
tables:
  - {table: units, sources: [s], set: {kind: region}, columns: {}}
  - {table: budgets, sources: [s], items: 项目, columns: {executed: {from: 金额, item: 支出合计}}}
"""


def county(code: str, executed: int, scheme: str = "居民") -> Rows:
    return [[f"编码：{code}", ""], ["险种", scheme], ["项目", "金额"], ["支出合计", executed]]


def write_counties(folder: Path, **more: Rows) -> None:
    (folder / "in").mkdir()
    sheets = {"甲县": county("01", 3), "乙县": county("02", 4), **more}
    write_workbook(folder / "in" / "二○二四年.xlsx", sheets, description=None)


def test_values_from_outside_the_table(tmp_path: Path) -> None:
    write_counties(tmp_path, 说明=[["x"]])
    converted = conversion(
        tmp_path, ABOVE.replace("columns: {}}", "columns: {}, repeated: keep_first}")
    )
    data = converted.examination.dataset()
    assert data.units.set_index("unit_id")["name"].to_dict() == {"01": "甲县", "02": "乙县"}
    assert data.budgets[["unit_id", "year", "scheme", "executed"]].to_numpy().tolist() == [
        ["01", 2024, "resident", 3_0000_00], ["02", 2024, "resident", 4_0000_00],
    ]  # fmt: skip
    (note,) = notes(converted, "convert.sheets_left")
    assert note.values["names"] == "说明"


@pytest.mark.parametrize(
    ("sheet", "rule", "column"),
    [
        (county("", 5), "convert.not_taken", "unit_id"),
        (county("03", 5, "职工"), "convert.unmapped", "scheme"),
        ([["编码：03", "编码：04"], *county("", 5)[1:]], "convert.taken_twice", "unit_id"),
    ],
)
def test_what_cannot_be_taken_is_told(tmp_path: Path, sheet: Rows, rule: str, column: str) -> None:
    write_counties(tmp_path, 丙县=sheet)
    (told,) = refused(tmp_path, ABOVE)
    assert (told.rule, told.sheet, told.column) == (rule, "丙县", column)


def test_rows_to_keep_and_the_end_of_a_block(tmp_path: Path) -> None:
    write(tmp_path, [
        ["主管部门", "单位", "执行数"], ["卫健局", "县医院", 60], ["", "县中医院", 20],
        ["教育局", "一中", 9], ["合计", "", 89], ["附表", "x", 1],
    ])  # fmt: skip
    mapping = """\
sources: {s: {file: a.csv, fill_down: [主管部门], ends_at: {column: 主管部门, matching: 合计}}}
tables:
  - &rows
    table: units
    sources: [s]
    set: {kind: hospital}
    keep: [{column: 主管部门, matching: 卫健局}]
    columns: {unit_id: 单位, name: 单位}
  - table: budgets
    sources: [s]
    set: {year: 2024, scheme: all}
    keep: [{column: 主管部门, matching: 卫健局}]
    columns: {unit_id: 单位, executed: 执行数}
"""
    converted = conversion(tmp_path, mapping)
    budgets = converted.examination.dataset().budgets.set_index("unit_id")
    assert budgets["executed"].to_dict() == {"县医院": 60_0000_00, "县中医院": 20_0000_00}
    (end,) = notes(converted, "convert.rows_after_end")
    assert (end.row, end.values["count"]) == (5, 2)
    assert [(each.table, each.why, each.count) for each in converted.left_out] == [
        ("units", "not_kept", 1), ("budgets", "not_kept", 1),
    ]  # fmt: skip


def test_what_was_read_is_counted_and_added_up(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "执行数（元）"], ["H1", 1_000_000], ["H2", ""], ["H3", 50_000]])
    write(tmp_path, [["x"]], "other.csv")
    converted = conversion(tmp_path, DASH.replace("executed: 执行数", "executed: 执行数（元）"))
    read = {(each.table, each.column): each for each in converted.read}
    executed = read["budgets", "executed"]
    assert (executed.header, executed.filled, executed.blanks) == ("执行数（元）", 2, 1)
    assert executed.total == 1_050_000
    assert read["units", "name"].total is None
    (note,) = notes(converted, "convert.files_left")
    assert note.values["names"] == "other.csv"


def test_a_column_that_comes_out_empty(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "执行数", "备注"], ["H1", 10, ""]])
    mapping = DASH.replace("executed: 执行数", "executed: 执行数, remark: 备注")
    mapping = mapping.replace(", remark: 备注", ", adjusted: 备注")
    (told,) = refused(tmp_path, mapping)
    assert (told.rule, told.column) == ("convert.empty_column", "备注")


def test_an_item_without_items(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "执行数"], ["H1", 10]])
    (told,) = refused(
        tmp_path, DASH.replace("executed: 执行数", "executed: {from: 执行数, item: x}")
    )
    assert (told.rule, told.column) == ("convert.no_items", "tables[1].executed")


BY_SHEET = """\
sources: {s: {file: "*.xlsx", sheet: "*", set: {kind: department}, taken: {TAKEN}}}
tables:
  - {table: units, sources: [s], repeated: keep_first, columns: {}}
  - {table: budgets, sources: [s], set: {scheme: all}, columns: {year: 年度, executed: 执行数}}
"""


def write_departments(folder: Path, years: tuple[int, int]) -> None:
    for name, year in zip(("甲院", "乙院"), years, strict=True):
        sheets: dict[str, Rows] = {"内科": [["年度", "执行数"], [year, 9]]}
        write_workbook(folder / "in" / f"{name}.xlsx", sheets, description=None)


def test_one_sheet_name_in_two_files_is_told_or_kept_apart(tmp_path: Path) -> None:
    write_departments(tmp_path, (2023, 2024))
    taken = "{unit_id: &u {from: sheet}, name: *u}"
    found = conversion(tmp_path, BY_SHEET.replace("{TAKEN}", taken))
    (told,) = notes(found, "convert.one_id_of_files")
    assert (told.value, told.values["names"]) == ("内科", "乙院.xlsx, 甲院.xlsx")
    of_file = "parent: {from: file, pattern: '(.*)[.]'}, name: {from: sheet}"
    apart = f"{{unit_id: {{from: sheet, within: parent}}, {of_file}}}"
    found = conversion(tmp_path, BY_SHEET.replace("{TAKEN}", apart))
    assert notes(found, "convert.one_id_of_files") == []
    units = found.examination.tables["budgets"].frame["unit_id"]
    assert sorted(units) == ["乙院 内科", "甲院 内科"]


def test_within_names_a_value_of_the_source(tmp_path: Path) -> None:
    write_departments(tmp_path, (2023, 2024))
    taken = "{unit_id: {from: sheet, within: nobody}, name: {from: sheet}}"
    (told,) = refused(tmp_path, BY_SHEET.replace("{TAKEN}", taken))
    assert told.values["name"] == "nobody"


PARTS = f"""\
sources: {{s: {{file: a.csv, missing: [×]}}}}
tables:
{UNITS[:-2]}, repeated: keep_first}}
  - {{table: budgets, sources: [s], set: {{year: 2024, scheme: all}}, REPEATED
      columns: {{unit_id: 单位, executed: EXECUTED}}}}
"""


def parts(executed: str, repeated: str = "") -> str:
    return PARTS.replace("EXECUTED", executed).replace("REPEATED", repeated)


def test_columns_that_the_mapping_does_not_use_are_named(tmp_path: Path) -> None:
    header = ["序号", "单位", "2023年", "2024年", "2024年预算", "2022", "备注", ""]
    write(tmp_path, [header, [1, "甲", 1, 2, 3, 4, "x", ""]])
    mapping = f"""\
sources: {{s: {{file: a.csv}}}}
tables:
{UNITS}\
  - table: budgets
    sources: [s]
    set: {{scheme: all}}
    columns: {{unit_id: 单位}}
    melt: [{{each: {{year: "20[0-9]{{2}}"}}, columns: {{executed: "{{year}}年"}}}}]
"""
    (told,) = notes(conversion(tmp_path, mapping), "convert.columns_left")
    assert (told.file, told.values["names"]) == ("a.csv", "2024年预算、2022")


def test_a_dash_is_no_value_and_a_column_of_them_an_error(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "执行数"], ["甲", "—"], ["乙", ""], ["丙", "×"]])
    (told,) = refused(tmp_path, parts("执行数"))
    assert (told.rule, told.column) == ("convert.empty_column", "执行数")
    write(tmp_path, [["单位", "执行数"], ["甲", "—"], ["乙", 5], ["丙", "×"]])
    read = conversion(tmp_path, parts("执行数")).read
    (executed,) = [each for each in read if each.column == "executed"]
    assert (executed.filled, executed.blanks, executed.total) == (1, 2, 5 * 10_000)


def test_blanks_of_sums_are_nought_where_the_column_says_so(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "执行数"], ["甲", 5], ["甲", ""]])
    (told,) = refused(tmp_path, parts("执行数", "repeated: sum,"))
    assert (told.rule, told.column) == ("convert.no_sum", "执行数")
    found = conversion(tmp_path, parts("{from: 执行数, blank: zero}", "repeated: sum,"))
    assert len(notes(found, "convert.blank_in_sum.zero")) == 1
    executed = found.examination.tables["budgets"].in_yuan().frame["executed"]
    assert executed.tolist() == [5 * 10_000]


def test_what_a_column_is_computed_of_is_shown_whole(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "职工", "居民", "退库"], ["甲", 5, 3, 1]])
    found = conversion(
        tmp_path, parts("{plus: [职工, 居民], minus: [退库], divided_by: 2, unit: 万元}")
    )
    (executed,) = [each for each in found.read if each.column == "executed"]
    assert executed.header == "(职工 + 居民 − 退库) ÷ 2"
    assert executed.total == 3.5 * 10_000


def test_what_is_not_found_around_a_table_is_told_in_words(tmp_path: Path) -> None:
    write(tmp_path, [["单位", "执行数"], ["甲", 5]])
    taken = "year: {from: [above, file], pattern: '([12][0-9]{3})年'}"
    mapping = parts("执行数").replace("missing: [×]", f"taken: {{{taken}}}")
    (told,) = refused(tmp_path, mapping)
    assert "没有找到年度：看过表头以上、文件名。" in told.text("zh")
    assert "year was not found: looked at the cells above the header" in told.text("en")
    assert "[12]" not in told.text("zh")


def test_rows_of_no_item_are_named_by_their_cell(tmp_path: Path) -> None:
    write(tmp_path, [["项目", "2024年"], ["收入", 5], ["", 7]])
    mapping = """\
sources: {s: {file: a.csv}}
tables:
  - {table: units, rows: [{unit_id: 甲, name: 甲, kind: region}]}
  - {table: funds, sources: [s], items: 项目, set: {unit_id: 甲, year: 2024, scheme: all},
      columns: {income: {from: 2024年, item: 收入}}}
"""
    (left,) = conversion(tmp_path, mapping).left_out
    assert (left.why, left.names, left.count) == ("items", "A3", 1)


@pytest.mark.parametrize(
    ("stated", "fen"),
    [("1.5", 15_000_00), ("'1,200'", 1200_0000_00), ("300 元", 300_00), ("2亿元", 2_0000_0000_00)],
)
def test_amounts_that_a_mapping_states_are_in_the_unit_of_the_data_set(
    tmp_path: Path, stated: str, fen: int
) -> None:
    """A data set in 万元: 1.5 is 15 000 元, unless the amount has its own unit."""
    write(tmp_path, ACCOUNT)
    row = f"{{unit_id: C1, year: 2024, scheme: all, executed: {stated}}}"
    mapping = ACCOUNT_MAPPING.replace("set: {", f"set: {{closing: {stated}, ")
    mapping += f"  - {{table: budgets, rows: [{row}]}}\n"
    found = conversion(tmp_path, mapping).examination.dataset()
    assert found.budgets["executed"].tolist() == [fen]
    assert found.funds["closing"].tolist() == [fen]
