"""The list of problems: grouped, the most severe first, on a page and in an annotated copy."""

import zipfile
from pathlib import Path

from python_calamine import CalamineWorkbook
from table_files import small, write_folder, write_workbook

from fundeval.intake.check_report import (
    ProblemGroup,
    group_problems,
    write_annotated_copy,
    write_html_report,
)
from fundeval.intake.plausibility import check_plausibility
from fundeval.tables import Examination, examine
from tests.messages import says, word


def spoilt(folder: Path) -> tuple[Examination, list[ProblemGroup]]:
    tables = small()
    tables["budgets"][1][5] = "95"
    tables["budgets"][1][3] = "<b>约百</b>"
    tables["budgets"][2][3] = "约百"
    tables["budgets"][3][3] = "21,082"
    tables["units"][0][4] = "等级"
    tables["units"][3][2] = "诊所"
    found = examine(write_workbook(folder / "book.xlsx", tables))
    return found, group_problems(found.problems, [*found.notes, *check_plausibility(found)])


def test_what_concerns_a_column_comes_before_cells_and_errors_before_warnings(
    tmp_path: Path,
) -> None:
    _, groups = spoilt(tmp_path)
    assert [(each.severity, each.problems[0].rule, each.count) for each in groups] == [
        ("error", "tables.money", 2),
        ("error", "tables.unknown_header", 1),
        ("error", "tables.isin", 1),
        ("warning", "intake.converted", 1),
    ]
    assert groups[0].text("zh").endswith("（另有 1 处：D3）")


def test_the_page_needs_nothing_else_and_escapes_what_it_quotes(tmp_path: Path) -> None:
    _, groups = spoilt(tmp_path)
    write_html_report(tmp_path / "check.html", groups, "数据检查：book.xlsx", "zh")
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert says(page, "check.summary", errors=4, warnings=1)
    assert f"<td>D2</td><td>&lt;b&gt;约百&lt;/b&gt;</td><td>{word('tables.money')}</td>" in page
    assert "<script" not in page
    assert "http://" not in page


def test_the_copy_has_the_values_with_marks_and_comments(tmp_path: Path) -> None:
    found, groups = spoilt(tmp_path)
    write_annotated_copy(tmp_path / "copy.xlsx", groups, found, "zh")
    book = CalamineWorkbook.from_path(tmp_path / "copy.xlsx")
    assert book.sheet_names == ["问题清单", "units", "budgets"]
    listed = book.get_sheet_by_name("问题清单").to_python()
    assert listed[1][0] == "错误"
    assert listed[1][3:8] == ["book.xlsx", "budgets", "initial", "D2", "<b>约百</b>"]
    copied = book.get_sheet_by_name("budgets").to_python()
    original = CalamineWorkbook.from_path(tmp_path / "book.xlsx").get_sheet_by_name("budgets")
    assert copied == original.to_python()
    with zipfile.ZipFile(tmp_path / "copy.xlsx") as archive:
        comments = archive.read("xl/comments2.xml").decode()
        sheet = archive.read("xl/worksheets/sheet3.xml").decode()
    assert 'ref="D2"' in comments
    assert word("tables.money") in comments
    assert '<c r="D2" s=' in sheet
    assert '<c r="A2" s=' not in sheet


def test_two_columns_that_are_missing_are_two_problems(tmp_path: Path) -> None:
    tables = small()
    for row in tables["budgets"]:
        del row[1:3]
    groups = group_problems(examine(write_folder(tmp_path, tables)).problems, [])
    assert [each.problems[0].values["name"] for each in groups] == ["year", "scheme"]
