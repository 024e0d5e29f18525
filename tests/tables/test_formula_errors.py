"""Formulas that ended in an error, in every kind of workbook: each is told at its cell."""

import zipfile
from pathlib import Path

import pytest
from table_files import DESCRIPTION, assert_same, refused, small
from xlsb_file import Error, write_xlsb

from fundeval.tables import Dataset, examine, load

FILES = Path(__file__).with_name("files")
DIVISION = 0x07
NUMBER_28839 = '<table:table-cell office:value-type="float" office:value="28839.2" '


def ods_with(path: Path, cell: str) -> Path:
    """Put a cell in the place of the number in F4 of the sheet of budgets."""
    with zipfile.ZipFile(FILES / "small.ods") as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "content.xml":
                text = content.decode()
                at = text.index(NUMBER_28839)
                end = text.index("</table:table-cell>", at) + len("</table:table-cell>")
                content = (text[:at] + cell + text[end:]).encode()
            new.writestr(part, content)
    return path


def xls_with_an_error(path: Path) -> Path:
    """Turn the number of an .xls file into an error: a record as long, with one to fill it up."""
    content = (FILES / "small.xls").read_bytes()
    at = content.index(b"\x03\x02\x0e\x00")
    place = content[at + 4 : at + 10]
    error = b"\x05\x02\x08\x00" + place + bytes([DIVISION, 1]) + b"\xff\x0f\x02\x00\x00\x00"
    path.write_bytes(content[:at] + error + content[at + 18 :])
    return path


def told_at(location: Path) -> list[tuple[str, str, object]]:
    return [(p.rule, p.cell, p.value) for p in refused(location)]


@pytest.mark.parametrize(
    "cell",
    [
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>',
        '<table:table-cell table:formula="of:=1/0" office:value-type="float" '
        'office:value="0"><text:p>#DIV/0!</text:p>',
    ],
)
def test_an_error_in_an_open_document(tmp_path: Path, cell: str) -> None:
    book = ods_with(tmp_path / "book.ods", cell + "</table:table-cell>")
    assert told_at(book) == [("tables.error_cell", "F4", "#DIV/0!")]


def test_a_formula_with_a_value_in_an_open_document(tmp_path: Path, dataset: Dataset) -> None:
    cell = NUMBER_28839 + 'table:formula="of:=2*14419.6"><text:p>28839.2</text:p>'
    book = ods_with(tmp_path / "book.ods", cell + "</table:table-cell>")
    assert_same(load(book), dataset)
    assert examine(book).notes == []


@pytest.mark.parametrize("suffix", ["xls", "et"])
def test_an_error_in_an_old_workbook(tmp_path: Path, suffix: str) -> None:
    [(rule, cell, value)] = told_at(xls_with_an_error(tmp_path / f"book.{suffix}"))
    assert (rule, cell[0], value) == ("tables.error_cell", "F", "#DIV/0!")


def test_a_binary_workbook(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "book.yaml").write_text(DESCRIPTION, encoding="utf-8")
    tables = small()
    assert_same(load(write_xlsb(tmp_path / "book.xlsb", tables)), dataset)
    tables["budgets"][2][5] = Error(DIVISION)
    found = told_at(write_xlsb(tmp_path / "book.xlsb", tables))
    assert found == [("tables.error_cell", "F3", "#DIV/0!")]
