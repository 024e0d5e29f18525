"""Write the cells of the workbook on the standard input, a file, in a process of its own.

    python workbook_sandbox.py MEMORY SECONDS OUTPUT COLUMNS

Memory and output are limited in bytes. Of a sheet with more columns no cell is read.

A workbook is made by others, and the library that opens it allocates what the file asks for:
a few bytes can ask for all memory, which ends the process. So this one is started for the
purpose, under limits, and it alone ends. It imports nothing of the package, to start quickly.

Each line is JSON: `{"sheet": name}`, then `[row, [cell, ...]]` for each row that is not blank,
and `{"rule": ..., "cell": ..., "value": ...}` for a cell whose formula has an error or no value,
or with the cell "" for the sheet as a whole. `{"formulas": true}` says that there may be formulas
whose errors cannot be located, `{"marks": ...}` what a sheet says of its cells besides. Dates are
ISO text.
"""

from __future__ import annotations

import datetime as dt
import json
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZipFile, is_zipfile

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

if TYPE_CHECKING or __name__ != "__main__":
    from fundeval.tables.sources.workbook_marks import (
        Marks,
        letters_number,
        ods_marks,
        parse_xml,
        xls_marks,
        xlsx_marks,
    )
else:
    # Started in isolation, a program does not look beside itself.
    sys.path.append(str(Path(__file__).parent))
    from workbook_marks import Marks, letters_number, ods_marks, parse_xml, xls_marks, xlsx_marks

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# The same document in the strict form of the standard.
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
OTHER_WORKBOOK = re.compile(r"\[\d+\]")
# What the XML of a sheet with formulas or errors has in it, whatever its prefix and quotes.
DOUBTFUL = re.compile(rb"""<(?:[^<>\s/:]+:)?f[\s>/]|\bt\s*=\s*["']e["']""")
ODS_FORMULA = re.compile(rb"""[\s:]formula\s*=\s*["']""")
# What an older program writes for an error, beside the type that newer ones state.
ODS_ERROR = re.compile(r"#(?:DIV/0!|REF!|N/A|NAME\?|VALUE!|NUM!|NULL!)|(?:Err|错误):\d+")
BLOCK_BYTES = 2**20
# Records of a BIFF file of Excel 97: start and end of a part, a sheet, cells.
BIFF_START, BIFF_END, BIFF_SHEET = 0x0809, 0x000A, 0x0085
BIFF_FORMULA, BIFF_BOOLEAN_OR_ERROR = 0x0006, 0x0205
# Streams of an OLE file below so many bytes are kept together, in sectors of 64 bytes.
SHORT_STREAM = 4096
# Records of an .xlsb file: a sheet, a row, an error that stands alone or that a formula gives.
XLSB_SHEET, XLSB_ROW, XLSB_ERRORS = 156, 0, (3, 11)
# Looking through a larger sheet would take longer than reading it.
XLSB_BYTES = 2**26
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


def main(memory: int, seconds: int, output: int, columns: int) -> None:
    """Write the workbook; raises whatever the library raises, which the caller reads."""
    _limit(memory, seconds, output)
    file = sys.stdin.buffer
    workbook = CalamineWorkbook.from_filelike(file)
    opened = _open(file)
    formulas, known = _formulas(opened)
    marks = _marks(opened)
    for each in workbook.sheets_metadata:
        _write({"sheet": each.name})
        if each.typ != SheetTypeEnum.WorkSheet:
            _write({"rule": "no_cells", "cell": "", "value": ""})
            continue
        sheet = workbook.get_sheet_by_name(each.name)
        if sheet.end and sheet.end[1] >= columns:
            _write({"rule": "too_many_columns", "cell": "", "value": ""})
            continue
        # The library leaves out the columns before the first that is used, not the rows.
        before = [None] * (sheet.start[1] if sheet.start else 0)
        of_sheet = marks.get(each.name, Marks())
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells = before + [_plain(cell) for cell in row]
            if of_sheet.texts:
                cells = [of_sheet.texts.get((number, at), cell) for at, cell in enumerate(cells)]
            if of_sheet.units:
                cells = of_sheet.shown(number, cells)
            if any(cell is not None for cell in cells):
                _write([number, cells])
        for found in formulas.get(each.name, ()):
            _write(found)
        hidden = each.visible != SheetVisibleEnum.Visible
        if line := {**of_sheet.line(), **({"hidden": True} if hidden else {})}:
            _write({"marks": line})
    if not known:
        _write({"formulas": True})


def _limit(memory: int, seconds: int, output: int) -> None:
    try:
        import resource  # noqa: PLC0415
    except ImportError:
        # Windows has no such limits; the time limit of the caller holds there too.
        return
    limits = {
        resource.RLIMIT_AS: (memory, memory),
        resource.RLIMIT_CPU: (seconds, seconds + 5),
        resource.RLIMIT_FSIZE: (output, output),
        resource.RLIMIT_CORE: (0, 0),
    }
    for kind, (soft, most) in limits.items():
        _, hard = resource.getrlimit(kind)
        # What the system allows less of stays as it is.
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (min(soft, allowed), allowed))


def _plain(cell: Any) -> Any:
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return str(cell)
    return None if cell == "" else cell


def _write(line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def _open(file: IO[bytes]) -> ZipFile | bytes:
    """Return the archive that a workbook is, or its BIFF stream, empty if there is none."""
    try:
        file.seek(0)
        if is_zipfile(file):
            return ZipFile(file)
        file.seek(0)
        return _stream(file.read())
    except (LookupError, ValueError):
        # What the library reads may still be unusual.
        return b""


def _formulas(
    opened: ZipFile | bytes,
) -> tuple[Mapping[str, Iterable[dict[str, str]]], bool]:
    """Return, by sheet, the cells whose value cannot be relied on, and whether that is known."""
    try:
        if isinstance(opened, bytes):
            return _xls_errors(opened), bool(opened)
        archive, names = opened, opened.namelist()
        if "content.xml" in names:
            return _ods_formulas(archive), True
        if "xl/workbook.bin" in names:
            return _xlsb_errors(archive), True
    except (LookupError, ValueError, expat.ExpatError):
        # What the library reads may still be unusual.
        return {}, False
    if "xl/workbook.xml" not in names:
        return {}, False
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    stale = any(part.get("fullCalcOnLoad") in ("1", "true") for part in _named(workbook, "calcPr"))
    parts = _sheet_parts(archive, workbook)
    return {name: _doubtful(archive, part, stale) for name, part in parts}, True


def _marks(opened: ZipFile | bytes) -> Mapping[str, Marks]:
    """Return, by sheet, what a workbook says of its cells besides their values."""
    try:
        if isinstance(opened, bytes):
            return dict(xls_marks(dict(_xls_sheets(opened)), opened, _records))
        archive, names = opened, opened.namelist()
        if "content.xml" in names:
            return dict(ods_marks(archive, _contains))
        if "xl/workbook.xml" not in names:
            return {}
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        return dict(xlsx_marks(archive, dict(_sheet_parts(archive, workbook)), _contains))
    except (LookupError, ValueError, expat.ExpatError, ElementTree.ParseError):
        # What the library reads may still be unusual.
        return {}


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of a name, in whichever namespace the standard has them."""
    return (part for part in root.iter() if str(part.tag).rpartition("}")[2] == name)


def _sheet_parts(archive: ZipFile, workbook: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Yield the name of each sheet and the part of the archive that holds it."""
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    for sheet in _named(workbook, "sheet"):
        known = sheet.get(f"{{{RELATIONS}}}id") or sheet.get(f"{{{STRICT}}}id")
        part = posixpath.join("/xl", targets.get(known or "", "")).lstrip("/")
        if part in archive.namelist():
            yield sheet.get("name", ""), part


def _targets(archive: ZipFile, part: str) -> dict[str, str]:
    relations = ElementTree.fromstring(archive.read(part))
    return {relation.get("Id", ""): relation.get("Target", "") for relation in relations}


def _doubtful(archive: ZipFile, part: str, stale: bool) -> Iterator[dict[str, str]]:
    """Yield what cannot be relied on in a sheet, which is parsed only if there may be any."""
    with archive.open(part) as file:
        if not _contains(file, DOUBTFUL):
            return
    with archive.open(part) as file:
        cells = _Formulas(stale)
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
        parser.CharacterDataHandler = cells.text
        while block := file.read(BLOCK_BYTES):
            parser.Parse(block)
            yield from cells.take()
        parser.Parse(b"", True)
        yield from cells.take()


def _contains(file: IO[bytes], pattern: re.Pattern[bytes]) -> bool:
    before = b""
    while block := file.read(BLOCK_BYTES):
        if pattern.search(before + block):
            return True
        before = block[-200:]
    return False


class _Formulas:
    """Follows the elements of a sheet and keeps the formulas that cannot be relied on."""

    def __init__(self, stale: bool) -> None:
        self.stale = stale
        self.found: list[dict[str, str]] = []
        self.row = self.column = 0
        self.kind = self.inside = ""
        self.texts: dict[str, str] = {}

    def take(self) -> list[dict[str, str]]:
        """Return what was found since the last time."""
        found, self.found = self.found, []
        return found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note where a cell stands: a file may leave the places of rows and cells out."""
        element = name.rpartition("}")[2]
        if element == "row":
            self.row, self.column = int(attributes.get("r") or self.row + 1), 0
        elif element == "c":
            place = re.fullmatch(r"([A-Z]+)(\d+)", attributes.get("r", ""))
            if place:
                self.column, self.row = letters_number(place.group(1)), int(place.group(2))
            else:
                self.column += 1
            self.kind, self.texts = attributes.get("t", "n"), {}
        elif element in ("f", "v"):
            self.inside = element
            self.texts.setdefault(element, "")

    def text(self, text: str) -> None:
        """Add what stands inside a formula or a value."""
        if self.inside:
            self.texts[self.inside] += text

    def end(self, name: str) -> None:
        """Judge a cell at its end."""
        element = name.rpartition("}")[2]
        if element == self.inside:
            self.inside = ""
        elif element == "c" and (rule := self._rule()):
            cell = f"{_letters(self.column)}{self.row}"
            value = self.texts.get("v", "").strip()
            self.found.append({"rule": rule, "cell": cell, "value": value})

    def _rule(self) -> str:
        value = self.texts.get("v", "").strip()
        if self.kind == "e":
            return "error_cell"
        if "f" not in self.texts:
            return ""
        # A result that is empty text is blank; a number, or a text without any result, is not.
        if self.kind == "str":
            missing = "v" not in self.texts and self.stale
        else:
            missing = not value or (self.stale and value == "0")
        if missing:
            return "formula_without_value"
        return "formula_elsewhere" if OTHER_WORKBOOK.search(self.texts["f"]) else ""


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _ods_formulas(archive: ZipFile) -> dict[str, list[dict[str, str]]]:
    """Return, by sheet of an .ods file, the formulas with an error."""
    with archive.open("content.xml") as file:
        if not _contains(file, ODS_FORMULA):
            return {}
    cells = _OdsFormulas()
    with archive.open("content.xml") as file:
        parse_xml(file, cells)
    return cells.found


class _OdsFormulas:
    """Follows the tables of an .ods file, in which one element may stand for many rows or cells."""

    def __init__(self) -> None:
        self.found: dict[str, list[dict[str, str]]] = {}
        self.sheet = self.shown = ""
        self.row = self.column = self.rows = self.columns = 0
        self.cell: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note where a cell stands, and what its attributes say of it."""
        element = name.rpartition("}")[2]
        known = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if element == "table":
            self.sheet, self.row, self.rows = known.get("name", ""), 0, 0
        elif element == "table-row":
            self.row, self.column, self.columns = self.row + self.rows, 0, 0
            self.rows = int(known.get("number-rows-repeated", 1))
        elif element in ("table-cell", "covered-table-cell"):
            self.column += self.columns
            self.columns = int(known.get("number-columns-repeated", 1))
            self.cell, self.shown = known, ""
            # Both the standard's and LibreOffice's own type are called value-type.
            types = {value for key, value in attributes.items() if key.endswith("}value-type")}
            self.cell["error"] = "error" if "error" in types else ""

    def text(self, text: str) -> None:
        """Add what a cell shows."""
        self.shown += text

    def end(self, name: str) -> None:
        """Judge a cell at its end."""
        if name.rpartition("}")[2] != "table-cell" or "formula" not in self.cell:
            return
        shown = self.shown.strip()
        if self.cell["error"] or ODS_ERROR.fullmatch(shown):
            cell = f"{_letters(self.column + 1)}{self.row + 1}"
            found = {"rule": "error_cell", "cell": cell, "value": shown}
            self.found.setdefault(self.sheet, []).append(found)


def _xlsb_errors(archive: ZipFile) -> dict[str, list[dict[str, str]]]:
    """Return, by sheet of an .xlsb file, the cells that hold an error."""
    targets = _targets(archive, "xl/_rels/workbook.bin.rels")
    found: dict[str, list[dict[str, str]]] = {}
    for kind, data in _xlsb_records(archive.read("xl/workbook.bin")):
        if kind == XLSB_SHEET:
            relation, end = _wide_text(data, 8)
            name, _ = _wide_text(data, end)
            part = posixpath.join("/xl", targets.get(relation, "")).lstrip("/")
            row = 0
            if archive.getinfo(part).file_size > XLSB_BYTES:
                raise ValueError
            cells = archive.read(part)
            for kind_of_cell, cell in _xlsb_records(cells):
                if kind_of_cell == XLSB_ROW:
                    row = int.from_bytes(cell[:4], "little")
                elif kind_of_cell in XLSB_ERRORS:
                    column = int.from_bytes(cell[:4], "little")
                    found.setdefault(name, []).append(_error(row, column, cell[8]))
    return found


def _xlsb_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record; both lengths have seven bits a byte."""
    at = 0

    def number(most: int) -> int:
        nonlocal at
        value = 0
        for place in range(most):
            byte = content[at]
            at += 1
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                break
        return value

    while at < len(content):
        kind, length = number(2), number(4)
        yield kind, content[at : at + length]
        at += length


def _wide_text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + 2 * int.from_bytes(data[at : at + 4], "little")
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _xls_errors(stream: bytes) -> dict[str, list[dict[str, str]]]:
    """Return, by sheet of a BIFF stream, the cells that hold an error."""
    found: dict[str, list[dict[str, str]]] = {}
    for name, start in _xls_sheets(stream):
        for of_cell, cell in _records(stream, start):
            row, column = (int.from_bytes(cell[at : at + 2], "little") for at in (0, 2))
            # A result that is no number ends in FF FF; the first byte says what it is.
            wrong = of_cell == BIFF_FORMULA and cell[12:14] == b"\xff\xff" and cell[6] == 2
            if wrong or (of_cell == BIFF_BOOLEAN_OR_ERROR and cell[7] == 1):
                code = cell[8] if wrong else cell[6]
                found.setdefault(name, []).append(_error(row, column, code))
    return found


def _xls_sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """Yield the name of each sheet of a BIFF stream and where it begins."""
    for kind, data in _records(stream, 0):
        if kind == BIFF_SHEET:
            width = 1 + (data[7] & 1)
            name = data[8 : 8 + data[6] * width].decode("utf-16-le" if width > 1 else "latin-1")
            yield name, int.from_bytes(data[:4], "little")


def _error(row: int, column: int, code: int) -> dict[str, str]:
    place = f"{_letters(column + 1)}{row + 1}"
    return {"rule": "error_cell", "cell": place, "value": ERRORS.get(code, "#")}


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a part of a BIFF stream up to its end; parts within it too."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = (int.from_bytes(stream[at + n : at + n + 2], "little") for n in (0, 2))
        yield kind, stream[at + 4 : at + 4 + length]
        depth += (kind == BIFF_START) - (kind == BIFF_END)
        if kind == BIFF_END and depth <= 0:
            return
        at += 4 + length


def _stream(content: bytes) -> bytes:
    """Return the workbook in an OLE file: its sectors, in the order that its table gives them."""
    size = 1 << int.from_bytes(content[30:32], "little")
    heads = [_int(content, at) for at in range(76, 512, 4)]

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    table = b"".join(sector(number) for number in heads if number < len(content) // size)

    def chain(
        number: int, follows: bytes = table, whole: bytes = content[size:], by: int = size
    ) -> bytes:
        parts: list[bytes] = []
        while 4 * number < len(follows) and 4 * len(parts) < len(follows):
            parts.append(whole[number * by : (number + 1) * by])
            number = _int(follows, 4 * number)
        return b"".join(parts)

    directory = chain(_int(content, 48))
    for at in range(0, len(directory), 128):
        entry = directory[at : at + 128]
        if entry[: 2 * len("Workbook")] == "Workbook".encode("utf-16-le"):
            start, length = _int(entry, 116), _int(entry, 120)
            # A short one lies with other short ones in the stream of the root.
            short = length < SHORT_STREAM
            within = chain(_int(directory, 116)) if short else b""
            whole = chain(start, chain(_int(content, 60)), within, 64) if short else chain(start)
            # Of a very long one only the beginning is found.
            return whole[:length] if length <= len(whole) else b""
    return b""


def _int(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "little")


if __name__ == "__main__":
    main(*(int(limit) for limit in sys.argv[1:5]))
