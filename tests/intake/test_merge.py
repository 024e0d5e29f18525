"""Many data sets made one, and the ledger of every row."""

from pathlib import Path

import pandas as pd
import pytest
from table_files import DESCRIPTION, Tables, small, write_csv, write_folder, write_workbook

from fundeval.intake.merge import MergeResult, merge, write_ledger
from fundeval.intake.write import write_dataset
from fundeval.problems import BadInputError
from fundeval.tables import load
from fundeval.words import Named


def county(number: int) -> Tables:
    """Return a county, its hospital and department under ids of their own."""
    rows = {name: [list(row) for row in table] for name, table in small().items()}
    for table in rows.values():
        for row in table[1:]:
            row[:] = [
                f"{number}{cell}" if cell in ("010203", "H00000000001", "007") else cell
                for cell in row
            ]
    return rows


def statuses(merged: MergeResult) -> list[list[object]]:
    ledger = merged.ledger[merged.ledger["status"] != "taken"]
    return ledger[["status", "table", "key"]].to_numpy().tolist()


def test_workbooks_and_folders_become_one_data_set(tmp_path: Path) -> None:
    write_folder(tmp_path / "in" / "a", county(1))
    write_workbook(tmp_path / "in" / "b.xlsx", county(2))
    (tmp_path / "in" / "readme.txt").write_text("no data")
    merged = merge(tmp_path / "in")
    assert merged.conflicts == []
    [(status, *_)] = statuses(merged)
    assert status == "not_taken"
    write_dataset(tmp_path / "out", merged.info, merged.frames, "zh")
    dataset = load(tmp_path / "out")
    assert len(dataset.units) == 6
    assert dataset.budgets["executed"].sum() == 2 * (1_082_250_00 + 288_392_000_00)
    assert dataset.info.title["zh"] == "2 份数据集合并"
    taken = merged.ledger.set_index(["table", "key", "file"])["value"]
    assert taken["budgets", "1007", "a/budgets.csv"] == 3
    assert taken["budgets", "2007", "b.xlsx"] == 3


def test_a_row_that_stands_twice_is_taken_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_folder(tmp_path / name, county(1))
    merged = merge(tmp_path)
    assert [status for status, *_ in statuses(merged)] == ["duplicate"] * 6
    assert len(merged.frames["budgets"]) == 3


def test_two_files_that_disagree(tmp_path: Path) -> None:
    write_folder(tmp_path / "a", county(1))
    other = county(1)
    other["budgets"][2][5] = "109"
    other["budgets"][2][3] = ""
    write_folder(tmp_path / "b", other)
    merged = merge(tmp_path)
    [conflict] = merged.conflicts
    assert (conflict.rule, conflict.file, conflict.row, conflict.column) == (
        "merge.conflict", "a/budgets.csv", 3, "executed",
    )  # fmt: skip
    said = {
        "other_file": "b/budgets.csv", "other_row": "3", "other_value": "109 万元",
    }  # fmt: skip
    assert {name: str(conflict.values[name]) for name in said} == said
    assert conflict.values["table"] == Named("预算执行", "budgets")
    assert conflict.values["key"] == Named("1007, 2023, 职工", "1007, 2023, employee")
    assert conflict.value == "108.225 万元"
    entry = merged.ledger[merged.ledger["status"] == "conflict"].iloc[0]
    assert (entry["column"], entry["value"], entry["other_value"]) == (
        "executed", 1_082_250, 1_090_000,
    )  # fmt: skip
    # What one leaves blank the other gives.
    assert merged.frames["budgets"]["initial"].notna().all()


def test_a_blank_that_another_file_fills_has_its_origin(tmp_path: Path) -> None:
    """b gives what a leaves blank; c differs from that, though not from the first row."""
    for name, value in (("a", ""), ("b", "510"), ("c", "520")):
        rows = county(1)
        rows["budgets"][2][4] = value
        write_folder(tmp_path / name, rows)
        if name == "b":
            merged = merge(tmp_path)
            [entry] = merged.ledger[merged.ledger["status"] == "filled"].to_dict("records")
            given = (entry["column"], entry["value"], entry["file"], entry["other_file"])
            assert given == ("adjusted", 5_100_000, "b/budgets.csv", "a/budgets.csv")
            assert merged.conflicts == []
    [conflict] = merge(tmp_path).conflicts
    assert (conflict.file, conflict.value) == ("b/budgets.csv", "510 万元")
    assert (conflict.values["other_file"], conflict.values["other_value"]) == (
        "c/budgets.csv", "520 万元",
    )  # fmt: skip


def test_invented_and_real_data_do_not_mix(tmp_path: Path) -> None:
    write_folder(tmp_path / "a", county(1))
    write_folder(tmp_path / "b", county(2), DESCRIPTION.replace("true", "false"))
    with pytest.raises(BadInputError) as refused:
        merge(tmp_path)
    [problem] = refused.value.problems
    assert (problem.rule, problem.values) == ("merge.synthetic", {"invented": "a", "real": "b"})


def test_who_is_missing(tmp_path: Path) -> None:
    write_folder(tmp_path / "in" / "a", county(1))
    without = county(2)
    del without["budgets"][1]
    write_folder(tmp_path / "in" / "b", without)
    assert statuses(merge(tmp_path / "in")) == [["missing", "budgets", "2007, 2022"]]
    expected = [
        ["单位编码", "单位名称", "单位类别"],
        ["1007", "内科", "科室"],
        ["3007", "外科", "科室"],
    ]
    write_csv(tmp_path / "expected.csv", expected)
    assert statuses(merge(tmp_path / "in", tmp_path / "expected.csv")) == [
        ["missing", "units", "3007"],
        ["missing", "budgets", "3007, 2022"],
        ["missing", "budgets", "3007, 2023"],
    ]


def test_a_unit_may_stand_in_another_file_but_must_stand_somewhere(tmp_path: Path) -> None:
    city = {"units": [["unit_id", "name", "kind"], ["0102", "某市", "region"]]}
    write_folder(tmp_path / "a", city)
    below = county(1)
    below["units"][1][3] = "0102"
    write_folder(tmp_path / "b", below)
    assert len(merge(tmp_path).frames["units"]) == 4
    below["units"][1][3] = "0109"
    below["budgets"][1][5] = "约"
    write_folder(tmp_path / "b", below)
    with pytest.raises(BadInputError) as refused:
        merge(tmp_path)
    assert sorted((p.file, p.row, p.column, p.value, p.rule) for p in refused.value.problems) == [
        ("b/budgets.csv", 2, "executed", "约", "tables.money"),
        ("b/units.csv", 2, "parent_id", "0109", "tables.unknown_unit"),
    ]


def test_money_units_may_differ_but_not_currencies(tmp_path: Path) -> None:
    write_folder(tmp_path / "a", county(1))
    write_folder(tmp_path / "b", county(2), DESCRIPTION.replace("万元", "亿元"))
    merged = merge(tmp_path)
    assert merged.info.money_unit == "元"
    assert merged.frames["budgets"]["executed"].max() == 28839.2 * 10**8
    write_folder(tmp_path / "b", county(2), DESCRIPTION + "currency: USD\n")
    with pytest.raises(BadInputError) as refused:
        merge(tmp_path)
    [problem] = refused.value.problems
    assert (problem.rule, problem.values["currencies"]) == ("merge.currencies", "CNY, USD")


def test_totals_and_details_of_two_files_do_not_meet(tmp_path: Path) -> None:
    header = ["unit_id", "year", "scheme", "setting", "care_level", "visits"]
    for name, level in (("a", "primary_total"), ("b", "clinic")):
        care = [header, ["1010203", 2023, "resident", "outpatient", level, 5]]
        write_folder(tmp_path / "in" / name, county(1) | {"services": care})
    merged = merge(tmp_path / "in")
    with pytest.raises(BadInputError) as refused:
        write_dataset(tmp_path / "out", merged.info, merged.frames, "zh")
    assert {p.rule for p in refused.value.problems} == {"tables.total_beside_details"}


def test_a_folder_that_holds_nothing(tmp_path: Path) -> None:
    for place, told in ((tmp_path, "文件夹里没有数据集"), (tmp_path / "no", "这不是文件夹")):
        with pytest.raises(BadInputError) as refused:
            merge(place)
        assert told in refused.value.text("zh")


def test_units_awaited_must_be_a_table_of_units(tmp_path: Path) -> None:
    write_folder(tmp_path / "in" / "a", county(1))
    write_csv(tmp_path / "budgets.csv", small()["budgets"])
    with pytest.raises(BadInputError) as refused:
        merge(tmp_path / "in", tmp_path / "budgets.csv")
    assert [problem.rule for problem in refused.value.problems] == ["tables.no_units"]


def test_the_ledger_runs_nothing_when_a_spreadsheet_opens_it(tmp_path: Path) -> None:
    write_ledger(tmp_path / "ledger.csv", pd.DataFrame({"value": ["=1+1", 2, None]}, dtype=object))
    assert (tmp_path / "ledger.csv").read_text(encoding="utf-8-sig") == 'value\n\'=1+1\n2\n""\n'


def test_files_that_are_not_read_are_in_the_ledger(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    write_workbook(inbox / "甲县.xlsx", small())
    for name in ("~$丁县.xlsx", "丙县.pdf", ".hidden"):
        (inbox / name).write_bytes(b"")
    ledger = merge(inbox).ledger
    unread = ledger.loc[ledger["status"] == "not_taken", "file"]
    assert unread.tolist() == ["~$丁县.xlsx", "丙县.pdf"]
