"""What a workbook says of cells besides their values: formats, merged, hidden, raised digits."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from table_files import DESCRIPTION, Rows, Told, in_chinese, refused, small, tells, told

from fundeval.intake.convert import convert
from fundeval.problems import BadInputError
from fundeval.tables import examine, load
from fundeval.tables.sources.workbook_marks import kind_of_format

BUDGETS: Rows = [
    ["单位编码", "年度", "险种", "年初预算", "执行数"],
    ["007", 2022, "职工", 100, 90],
    ["007", 2023, "职工", 110, 95],
]
Change = Callable[[Any, Any], object]


def book(path: Path, rows: Rows, change: Change, sheet: str = "预算执行") -> Path:
    """Write a workbook whose last sheet has the rows, changed as a person would in Excel."""
    with xlsxwriter.Workbook(path) as workbook:
        units = workbook.add_worksheet("单位")
        for number, row in enumerate(in_chinese({"units": small()["units"]})["units"]):
            units.write_row(number, 0, row)
        made = workbook.add_worksheet(sheet)
        for number, row in enumerate(rows):
            made.write_row(number, 0, row)
        change(workbook, made)
    path.with_suffix(".yaml").write_text(DESCRIPTION, encoding="utf-8")
    return path


def at(rule: str, row: int, column: str, value: str | None = None) -> Told:
    return Told(rule, "b.xlsx", row, column, value, "预算执行")


def test_a_percentage_below_a_header_in_percent_is_read_as_it_shows(tmp_path: Path) -> None:
    rows: Rows = [["单位编码", "年度", "GDP增速（%）", "CPI涨幅"], ["010203", 2023, 0.052, 0.02]]
    rows.append(["010203", 2022, 4.8, 0.02])

    def percent(workbook: Any, sheet: Any) -> None:
        style = workbook.add_format({"num_format": "0.0%"})
        sheet.write(1, 2, 0.052, style)
        sheet.write(1, 3, 0.02, style)

    file = book(tmp_path / "b.xlsx", rows, percent, "环境参数")
    file.with_suffix(".yaml").write_text(DESCRIPTION, encoding="utf-8")
    context = examine(file).tables["context"].frame
    assert context["gdp_growth"].tolist() == [0.048, 0.052]
    assert context["cpi"].tolist() == [0.02, 0.02]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("0.00%", "percent"), ("#,##0.00", ""), ("#,##0,", "scaled"), ('0!.0,"万元"', "04万元"),
        ('0"%"', "00%"), ("0.00;-0.00", ""), ('#,##0.00,,"百万"', "06百万"), ("0!.0,", "scaled"),
        ('[红色]#,##0.00" 元"_ ', "00元"), ('"￥"0.00', ""), ('0"年"', ""), ('0\\人', "00人"),
        ('[>=10000]0"."0,"万";0', "04万"), ('G/通用格式"万人次"', "00万人次"),
    ],
)  # fmt: skip
def test_formats_that_show_another_number(code: str, kind: str) -> None:
    assert kind_of_format(code) == kind


def test_a_figure_that_is_shown_divided_is_told(tmp_path: Path) -> None:
    def scaled(workbook: Any, sheet: Any) -> None:
        sheet.write(1, 4, 90, workbook.add_format({"num_format": "0!.0,"}))

    found = examine(book(tmp_path / "b.xlsx", BUDGETS, scaled))
    assert found.problems == []
    assert told(found.notes) == [at("intake.scaled_format", 2, "执行数", "90")]


@pytest.mark.parametrize(
    ("code", "figure", "shown", "yuan"),
    [
        ('#,##0.00"元"', 900_000, "900000元", 900_000),
        ('0!.0,"万元"', 900_000, "90万元", 900_000),
        ('0.0000"亿"', 0.009, "0.009亿", 900_000),
    ],
)
def test_a_unit_that_stands_in_the_format_alone_is_read(
    tmp_path: Path, code: str, figure: float, shown: str, yuan: int
) -> None:
    """The description says 万元; what the cell shows counts, to check and to convert."""

    def formatted(workbook: Any, sheet: Any) -> None:
        sheet.write(1, 4, figure, workbook.add_format({"num_format": code}))

    file = book(tmp_path / "b.xlsx", BUDGETS, formatted)
    found = examine(file)
    assert told(found.notes) == [at("intake.converted", 2, "执行数", shown)]
    assert found.tables["budgets"].frame["executed"].tolist() == [yuan * 100, 95 * 10**6]
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    made = convert(file, mapping)
    assert made.examination.dataset().budgets["executed"].tolist() == [yuan * 100, 95 * 10**6]
    totals = {each.column: each.total for each in made.read}
    assert totals["executed"] == yuan + 950_000


def test_an_amount_that_nobody_knows_in_a_format_is_refused(tmp_path: Path) -> None:
    def formatted(workbook: Any, sheet: Any) -> None:
        sheet.write(1, 4, 90, workbook.add_format({"num_format": '0"百元"'}))

    file = book(tmp_path / "b.xlsx", BUDGETS, formatted)
    assert at("tables.money", 2, "执行数", "90百元") in told(refused(file))


def test_years_that_are_formatted_as_dates(tmp_path: Path) -> None:
    """2022 as a day is 1905-07-14; the end of 2023 is of 2023."""

    def dated(workbook: Any, sheet: Any) -> None:
        style = workbook.add_format({"num_format": "yyyy"})
        sheet.write(1, 1, 2022, style)
        sheet.write_datetime(2, 1, dt.datetime(2023, 12, 31), style)

    file = book(tmp_path / "b.xlsx", BUDGETS, dated)
    found = examine(file)
    assert found.tables["budgets"].frame["year"].tolist() == [2022, 2023]
    assert told(found.notes) == [at("intake.day_for_year", 2, "年度", "1905-07-14")]
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    assert convert(file, mapping).examination.dataset().budgets["year"].tolist() == [2022, 2023]


def test_a_figure_merged_over_two_rows_belongs_to_neither(tmp_path: Path) -> None:
    file = book(tmp_path / "b.xlsx", BUDGETS, lambda _, s: s.merge_range("D2:D3", 100))
    assert tells(refused(file), at("tables.merged_figure", 2, "年初预算"), range="D2:D3")


def test_a_figure_merged_over_two_columns_belongs_to_neither(tmp_path: Path) -> None:
    file = book(tmp_path / "b.xlsx", BUDGETS, lambda _, s: s.merge_range("D2:E2", 100))
    assert tells(refused(file), at("tables.merged_figure", 2, "年初预算"), range="D2:E2")


def test_words_merged_over_rows_hold_for_each(tmp_path: Path) -> None:
    def merge(_: Any, sheet: Any) -> None:
        sheet.merge_range("A2:A9", "007")
        sheet.merge_range("C2:C3", "职工")

    rows: Rows = [*BUDGETS[:2], [None, 2023, None, 110, 95]]
    file = book(tmp_path / "b.xlsx", rows, merge)
    budgets = load(file).budgets
    assert budgets["unit_id"].tolist() == ["007", "007"]
    assert budgets["scheme"].tolist() == ["employee", "employee"]
    assert told(examine(file).notes) == [
        at("intake.merged_down", 2, "单位编码", "007"), at("intake.merged_down", 2, "险种", "职工"),
    ]  # fmt: skip


def test_what_is_hidden_is_named(tmp_path: Path) -> None:
    def hide(_: Any, sheet: Any) -> None:
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True})
        sheet.very_hidden()

    found = examine(book(tmp_path / "b.xlsx", BUDGETS, hide))
    assert found.problems == []
    assert told(found.notes) == [
        Told("intake.hidden_sheet", "b.xlsx", sheet="预算执行"),
        Told("intake.hidden_rows", "b.xlsx", 3, sheet="预算执行"),
        at("intake.hidden_column", 1, "年初预算"),
    ]


def test_raised_digits_in_a_cell_are_no_digits(tmp_path: Path) -> None:
    def raise_digits(workbook: Any, sheet: Any) -> None:
        up = workbook.add_format({"font_script": 1})
        sheet.write_rich_string(1, 4, "9", up, "1", " ")

    file = book(tmp_path / "b.xlsx", BUDGETS, raise_digits)
    assert told(refused(file)) == [at("tables.footnote_mark", 2, "执行数", "9¹")]


MAPPING = """\
dataset: {title: 某县, source: 虚构, money_unit: 万元, synthetic: true, licence: none}
sources: {form: {file: "b.xlsx", sheet: 预算执行, header: 1}}
tables:
  - {table: units, sources: [form], set: {kind: department}, repeated: keep_first,
     columns: {unit_id: 单位编码, name: 单位编码}}
  - {table: budgets, sources: [form],
     columns: {unit_id: 单位编码, year: 年度, scheme: 险种, initial: 年初预算, executed: 执行数}}
"""


def test_a_mapping_sees_merged_cells_as_the_check_does(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    rows: Rows = [*BUDGETS[:2], [None, 2023, "职工", 110, 95]]
    file = book(tmp_path / "b.xlsx", rows, lambda _, s: s.merge_range("A2:A3", "007"))
    found = convert(file, mapping).examination
    assert found.dataset().budgets["unit_id"].tolist() == ["007", "007"]
    assert at("intake.merged_down", 2, "单位编码", "007") in told(found.notes)
    file = book(tmp_path / "b.xlsx", BUDGETS, lambda _, s: s.merge_range("D2:D3", 100))
    with pytest.raises(BadInputError) as error:
        convert(file, mapping)
    assert told(error.value.problems) == [at("tables.merged_figure", 2, "年初预算")]


def test_the_sums_of_a_mapping_leave_out_what_is_left_out(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    rows: Rows = [*BUDGETS, ["合计", 2023, "职工", 210, 185]]
    made = convert(book(tmp_path / "b.xlsx", rows, lambda _, s: s), mapping)
    read = {(each.table, each.column): each for each in made.read}
    executed = read["budgets", "executed"]
    assert (executed.filled, executed.total) == (2, 1_850_000)
    left = {(each.table, each.why, each.names, each.count) for each in made.left_out}
    assert ("budgets", "totals", "4", 1) in left
    totals = [each for each in told(made.examination.notes) if each.rule == "intake.totals_row"]
    assert totals == [at("intake.totals_row", 4, "单位编码", "合计")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["007", "2023年1-6月", "职工", 1, 1], at("tables.year", 2, "年度", "2023年1-6月")),
        (["007", 2023, "职工", 1, "×"], at("convert.sign", 2, "执行数", "×")),
    ],
)
def test_what_a_mapping_cannot_read_is_told_at_its_cell(
    tmp_path: Path, row: list[object], expected: Told
) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    file = book(tmp_path / "b.xlsx", [BUDGETS[0], row], lambda _, s: s)
    with pytest.raises(BadInputError) as error:
        convert(file, mapping).examination.dataset()
    assert told(error.value.problems) == [expected]


def test_an_error_in_a_column_that_is_not_read_stops_nobody(tmp_path: Path) -> None:
    """A rate of a budget of 0 is #DIV/0!; an error in a column that is read is told."""
    rows: Rows = [[*BUDGETS[0], "执行率"], *BUDGETS[1:]]

    def divided(cell: str) -> Change:
        return lambda _, sheet: sheet.write_formula(cell, "=1/0", None, "#DIV/0!")

    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    file = book(tmp_path / "b.xlsx", rows, divided("F2"))
    assert told(examine(file).notes) == [at("intake.not_read_computed", 1, "执行率")]
    assert len(convert(file, mapping).examination.dataset().budgets) == 2
    file = book(tmp_path / "b.xlsx", rows, divided("E2"))
    broken = at("tables.error_cell", 2, "", "#DIV/0!")
    assert broken in told(refused(file))
    with pytest.raises(BadInputError) as error:
        convert(file, mapping)
    assert told(error.value.problems) == [broken]
