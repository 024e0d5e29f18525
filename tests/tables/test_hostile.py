"""Files made to harm: refused or read safely, in bounded time and memory."""

import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from table_files import (
    DESCRIPTION,
    Told,
    refused,
    small,
    tells,
    told,
    write_folder,
    write_workbook,
)
from xlsxwriter import Workbook

from fundeval.tables import examine, load

SHEET = "xl/worksheets/sheet1.xml"
TOO_LARGE = Told("tables.workbook_too_large", "book.xlsx")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "book.xlsx", small())


def replace_part(book: Path, part: str, content: str) -> Path:
    """Put other content in the place of a part of a workbook, or add it."""
    with zipfile.ZipFile(book) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = content.encode()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return book


def sheet_xml(rows: str) -> str:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    )


def test_two_cells_in_far_corners(book: Path) -> None:
    corners = (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    replace_part(book, SHEET, sheet_xml(corners))
    assert told(refused(book)) == [TOO_LARGE]


def test_a_zip_bomb(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundeval.tables.sources.limits.WORKBOOK_MEMORY", 200 * 2**20)
    replace_part(book, SHEET, sheet_xml(" " * (220 * 2**20)))
    assert told(refused(book)) == [TOO_LARGE]


def test_a_workbook_that_takes_too_long(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundeval.tables.sources.limits.WORKBOOK_SECONDS", 0)
    assert told(refused(book)) == [TOO_LARGE]


def test_a_workbook_that_holds_too_much(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundeval.tables.sources.limits.WORKBOOK_OUTPUT", 100)
    assert told(refused(book)) == [TOO_LARGE]


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_an_xml_bomb(book: Path, part: str) -> None:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' if n else '<!ENTITY e0 "lol">' for n in range(12)
    )
    replace_part(book, part, f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><x>&e11;</x>')
    assert {problem.file for problem in told(refused(book))} == {"book.xlsx"}


def test_macros_and_other_parts_are_never_looked_at(book: Path) -> None:
    expected = load(book).budgets
    replace_part(book, "xl/vbaProject.bin", "Sub Auto_Open()")
    replace_part(book, "xl/externalLinks/externalLink1.xml", "<!DOCTYPE x>")
    book.with_suffix(".yaml").rename(book.with_name("macro.yaml"))
    macro = book.rename(book.with_name("macro.xlsm"))
    pd.testing.assert_frame_equal(load(macro).budgets, expected)


def with_formula(path: Path, formula: str, value: object) -> Path:
    with Workbook(path) as workbook:
        for name, rows in small().items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        workbook.get_worksheet_by_name("budgets").write_formula("D3", formula, None, value)
    path.with_suffix(".yaml").write_text(DESCRIPTION, encoding="utf-8")
    return path


@pytest.mark.parametrize("value", ["", 0])
def test_a_formula_without_its_value(tmp_path: Path, value: object) -> None:
    found = refused(with_formula(tmp_path / "book.xlsx", "=1+1", value))
    [problem] = [p for p in found if p.rule == "tables.formula_without_value"]
    assert (problem.file, problem.sheet, problem.cell) == ("book.xlsx", "budgets", "D3")


def test_the_value_of_a_formula_is_read(tmp_path: Path) -> None:
    book = with_formula(tmp_path / "book.xlsx", "=100+10", 110)
    assert load(book).budgets["initial"].tolist()[1] == 1_100_000_00


def test_a_formula_that_refers_to_another_workbook_is_told(tmp_path: Path) -> None:
    book = with_formula(tmp_path / "book.xlsx", "=[1]Sheet1!A1", 110)
    notes = [n for n in examine(book).notes if n.rule == "tables.formula_elsewhere"]
    assert [(note.cell, str(note.value)) for note in notes] == [("D3", "110")]


@pytest.mark.slow
def test_a_long_file_of_nothing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small())
    with (folder / "budgets.csv").open("wb") as file:
        file.truncate(3 * 2**30)
    assert tells(refused(folder), Told("tables.file_too_large", "budgets.csv"), most=2048)
    with (folder / "budgets.csv").open("wb") as file:
        file.truncate(2**30)
    assert Told("tables.null_bytes", "budgets.csv") in told(refused(folder))


def test_ids_that_are_paths_are_read_as_text(tmp_path: Path) -> None:
    tables = small()
    tables["units"].append(["../../etc/passwd", "某", "region", "", "", "", ""])
    assert "../../etc/passwd" in load(write_folder(tmp_path, tables)).units["unit_id"].tolist()


def parquet(folder: Path, table: pa.Table) -> Path:
    write_folder(folder, {"units": small()["units"]})
    pyarrow.parquet.write_table(table, folder / "budgets.parquet")
    return folder


def test_a_text_repeated_without_end(tmp_path: Path) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), ["x" * 10**6])
    table = pa.table({"unit_id": text, "year": [2023] * 50_000, "scheme": text})
    expected = Told("tables.long_cell", "budgets.parquet")
    assert tells(refused(parquet(tmp_path, table)), expected, most=32767)


def test_parquet_of_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundeval.tables.sources.limits.ROWS", 10)
    found = refused(parquet(tmp_path, pa.table({"unit_id": ["1"] * 11})))
    assert tells(found, Told("tables.too_many_rows", "budgets.parquet"), most=10)


@pytest.mark.parametrize("column", [pa.array([{"a": 1}]), pa.array([b"1"])])
def test_parquet_with_columns_that_are_no_cells(tmp_path: Path, column: pa.Array) -> None:
    found = refused(parquet(tmp_path, pa.table({"unit_id": column})))
    expected = Told("tables.column_type", "budgets.parquet", column="unit_id")
    assert [str(p.values["type"]) for p, t in zip(found, told(found), strict=True)
            if t == expected] == [str(column.type)]  # fmt: skip
