"""An inbox of files in another layout, merged by one mapping; all figures are invented."""

from pathlib import Path

import pytest
from table_files import Rows, small, write_csv, write_folder, write_workbook
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.intake.merge import MergeResult, merge
from fundeval.intake.ready_mappings import find_mapping
from fundeval.problems import BadInputError, Problem
from fundeval.tables import load

WAN = 10_000
MAPPING = """\
dataset: {title: t, source: s, money_unit: 万元, synthetic: true, licence: none}
sources:
  s:
    file: "*.csv"
    taken: {year: {from: file, pattern: "(20[0-9]{2})"}}
tables:
  - {table: units, sources: [s], set: {kind: "?"}, repeated: keep_first,
     columns: {unit_id: 单位, name: 单位}}
  - {table: budgets, sources: [s], set: {scheme: all}, columns: {unit_id: 单位, executed: 决算数}}
"""


def inbox(folder: Path, **files: Rows) -> Path:
    place = folder / "in"
    place.mkdir(exist_ok=True)
    for name, rows in files.items():
        write_csv(place / f"{name}.csv", rows)
    return place


def merged(folder: Path, **files: Rows) -> MergeResult:
    mapping = folder / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return merge(inbox(folder, **files), None, mapping, {"kind": "region"})


def refused(folder: Path, **files: Rows) -> list[Problem]:
    with pytest.raises(BadInputError) as error:
        merged(folder, **files)
    return list(error.value.problems)


def county(name: str, executed: object) -> Rows:
    return [["单位", "决算数"], [name, executed]]


def test_each_file_is_converted_and_the_ledger_names_its_row(tmp_path: Path) -> None:
    found = merged(tmp_path, 甲2024=county("甲县", 9), 乙2024=county("乙县", 8))
    budgets = found.frames["budgets"].set_index("unit_id")["executed"]
    assert budgets.to_dict() == {"甲县": 9 * WAN, "乙县": 8 * WAN}
    taken = found.ledger[found.ledger["table"] == "budgets"]
    assert taken[["status", "key", "file", "value"]].to_numpy().tolist() == [
        ["taken", "乙县", "乙2024.csv", 1], ["taken", "甲县", "甲2024.csv", 1],
    ]  # fmt: skip
    assert (found.info.period.first_year, found.info.period.last_year) == (2024, 2024)


def test_two_files_of_one_county_that_differ_are_a_conflict_at_their_cells(tmp_path: Path) -> None:
    found = merged(tmp_path, 甲2024=county("甲县", 9), 甲2024改=county("甲县", 8))
    (conflict,) = found.conflicts
    assert (conflict.file, conflict.row, conflict.column) == ("甲2024.csv", 2, "决算数")
    assert conflict.values["other_file"] == "甲2024改.csv"
    assert conflict.value == "90,000 元"


def test_problems_of_all_files_are_told_at_once_at_their_cells(tmp_path: Path) -> None:
    told = refused(tmp_path, 甲2024=county("甲县", "九"), 乙2024=[["单位", "金额"], ["乙县", 8]])
    assert {(each.rule, each.file, each.row) for each in told} == {
        ("tables.money", "甲2024.csv", 2), ("convert.no_header", "乙2024.csv", None),
    }  # fmt: skip


def test_data_sets_of_the_usual_layout_stay_and_other_files_are_named(tmp_path: Path) -> None:
    place = inbox(tmp_path)
    write_folder(place / "usual", small())
    write_workbook(place / "book.xlsx", {"x": [["a", "b"], ["c", 1]]}, description=None)
    write_workbook(place / "filled.xlsx", {"单位": small()["units"]})
    found = merged(tmp_path, 甲2024=county("甲县", 9))
    assert set(found.frames["budgets"]["unit_id"]) == {"007", "甲县"}
    left = found.ledger[found.ledger["status"] == "not_taken"]["file"]
    assert left.tolist() == ["book.xlsx"]


def test_the_twin_of_a_row_is_named_where_it_stands(tmp_path: Path) -> None:
    place = inbox(tmp_path) / "甲县"
    place.mkdir()
    write_csv(place / "a2024.csv", [["单位", "决算数"], ["", ""], ["甲县", 9]])
    write_csv(place / "b2024.csv", county("甲县", 7))
    (told,) = refused(tmp_path)
    assert (told.rule, told.file, told.row) == ("tables.repeated_key", "甲县/b2024.csv", 2)
    assert told.values["first_row"] == "3, a2024.csv"


def test_folders_of_an_inbox_are_converted_too(tmp_path: Path) -> None:
    place = inbox(tmp_path) / "甲县"
    place.mkdir()
    write_csv(place / "2024.csv", county("甲县", 9))
    write_csv(place / "2023.csv", county("甲县", 7))
    found = merged(tmp_path)
    taken = found.ledger[found.ledger["table"] == "budgets"]
    assert sorted(taken["file"]) == ["甲县/2023.csv", "甲县/2024.csv"]


def test_an_inbox_of_budget_forms_by_the_ready_mapping(tmp_path: Path) -> None:
    place = inbox(tmp_path)
    for name, spent in (("甲县", 7), ("乙县", 6)):
        rows: Rows = [
            [f"2025年{name}职工基本医疗保险基金预算表（万元）"],
            ["项目", "2024年执行数", "2025年预算数"],
            ["一、收入合计", 9, 10], ["二、支出合计", spent, 8],
        ]  # fmt: skip
        write_workbook(place / f"{name}.xlsx", {"社预05": rows}, description=None)
    out = tmp_path / "city"
    called = CliRunner().invoke(app, ["merge", str(place), str(out), "--mapping", "fund-budget"])
    assert called.exit_code == 0, called.output
    funds = load(out).funds.set_index(["unit_id", "year"])["expenditure"]
    assert funds.to_dict() == {
        ("乙县", 2024): 6 * WAN * 100, ("乙县", 2025): 8 * WAN * 100,
        ("甲县", 2024): 7 * WAN * 100, ("甲县", 2025): 8 * WAN * 100,
    }  # fmt: skip
    assert find_mapping("fund-budget").exists()


def test_a_file_of_another_kind_is_not_taken_and_stops_nobody(tmp_path: Path) -> None:
    other: Rows = [["项目", "金额"], ["打印纸", 3]]
    found = merged(tmp_path, 甲2024=county("甲县", 9), 丙2024=other)
    assert found.frames["budgets"]["unit_id"].tolist() == ["甲县"]
    not_taken = found.ledger[found.ledger["status"] == "not_taken"]
    assert not_taken["file"].tolist() == ["丙2024.csv"]
    assert {note.file for note in found.notes} == {"丙2024.csv"}
    (tmp_path / "alone").mkdir()
    assert {each.file for each in refused(tmp_path / "alone", 丙2024=other)} == {"丙2024.csv"}


def test_a_file_that_lacks_one_header_of_the_layout_is_an_error(tmp_path: Path) -> None:
    lacking: Rows = [["单位", "决算"], ["乙县", 3]]
    (told,) = refused(tmp_path, 甲2024=county("甲县", 9), 乙2024=lacking)
    assert (told.rule, told.file) == ("convert.no_header", "乙2024.csv")
