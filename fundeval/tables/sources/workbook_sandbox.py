"""Open a workbook and write its cells to the standard output, in a process of its own.

    python workbook_sandbox.py FILE MEMORY SECONDS OUTPUT COLUMNS

Memory and output are limited in bytes. Of a sheet with more columns no cell is read.

A workbook is made by others, and the library that opens it allocates what the file asks for:
a few bytes can ask for all memory, which ends the process. So this one is started for the
purpose, under limits, and it alone ends. It imports nothing of the package, to start quickly.

Each line is JSON: `{"sheet": name}`, then `[row, [cell, ...]]` for each row that is not blank,
and `{"rule": ..., "cell": ..., "value": ...}` for a cell whose formula has an error or no value,
or with the cell "" for the sheet as a whole. `{"formulas": true}` says that there are formulas
whose errors cannot be located. Dates are ISO text.
"""

from __future__ import annotations

import datetime as dt
import json
import posixpath
import re
import sys
from collections.abc import Iterator
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZipFile, is_zipfile

from python_calamine import CalamineWorkbook, SheetTypeEnum

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# The same document in the strict form of the standard.
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
OTHER_WORKBOOK = re.compile(r"\[\d+\]")
# What the XML of a sheet with formulas or errors has in it, whatever its prefix and quotes.
DOUBTFUL = re.compile(rb"""<(?:[^<>\s/:]+:)?f[\s>/]|\bt\s*=\s*["']e["']""")
ODS_FORMULA = re.compile(rb"""[\s:]formula\s*=\s*["']""")
BLOCK_BYTES = 2**20
# How a BIFF file of Excel 97 says that a cell has a formula.
BIFF_FORMULA = 0x0006


def main(path: str, memory: int, seconds: int, output: int, columns: int) -> None:
    """Write the workbook; raises whatever the library raises, which the caller reads."""
    _limit(memory, seconds, output)
    workbook = CalamineWorkbook.from_path(path)
    formulas = _formulas(path)
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
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells = before + [_plain(cell) for cell in row]
            if any(cell is not None for cell in cells):
                _write([number, cells])
        for found in formulas.get(each.name, ()):
            _write(found)
    if not formulas and _has_formulas(path):
        _write({"formulas": True})


def _limit(memory: int, seconds: int, output: int) -> None:
    try:
        import resource  # noqa: PLC0415
    except ImportError:
        # Windows has no such limits; the time limit of the caller holds there too.
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _plain(cell: Any) -> Any:
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return str(cell)
    return None if cell == "" else cell


def _write(line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def _formulas(path: str) -> dict[str, Iterator[dict[str, str]]]:
    """Return, by sheet of an .xlsx file, the formulas whose value cannot be relied on."""
    if not is_zipfile(path):
        return {}
    archive = ZipFile(path)
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    stale = any(part.get("fullCalcOnLoad") in ("1", "true") for part in _named(workbook, "calcPr"))
    return {name: _doubtful(archive, part, stale) for name, part in _sheet_parts(archive, workbook)}


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of a name, in whichever namespace the standard has them."""
    return (part for part in root.iter() if str(part.tag).rpartition("}")[2] == name)


def _sheet_parts(archive: ZipFile, workbook: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Yield the name of each sheet and the part of the archive that holds it."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in _named(workbook, "sheet"):
        known = sheet.get(f"{{{RELATIONS}}}id") or sheet.get(f"{{{STRICT}}}id")
        part = posixpath.join("/xl", targets.get(known, "")).lstrip("/")
        if part in archive.namelist():
            yield sheet.get("name", ""), part


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
                self.column, self.row = _number(place.group(1)), int(place.group(2))
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


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _has_formulas(path: str) -> bool:
    """Tell whether a workbook that is no .xlsx has formulas, as far as can be told."""
    if is_zipfile(path):
        with ZipFile(path) as archive:
            if "content.xml" in archive.namelist():
                with archive.open("content.xml") as file:
                    return _contains(file, ODS_FORMULA)
        return True
    with open(path, "rb") as file:  # noqa: PTH123  (this process starts quickly)
        content = file.read()
    return any(kind == BIFF_FORMULA for kind in _records(_stream(content)))


def _stream(content: bytes) -> bytes:
    """Return the workbook in an OLE file: its sectors, in the order that its table gives them."""
    size = 1 << int.from_bytes(content[30:32], "little")
    heads = [int.from_bytes(content[at : at + 4], "little") for at in range(76, 512, 4)]

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    table = b"".join(sector(number) for number in heads if number < len(content) // size)
    follows = [int.from_bytes(table[at : at + 4], "little") for at in range(0, len(table), 4)]

    def chain(number: int) -> bytes:
        parts: list[bytes] = []
        while number < len(follows) and len(parts) < len(follows):
            parts.append(sector(number))
            number = follows[number]
        return b"".join(parts)

    directory = chain(int.from_bytes(content[48:52], "little"))
    for at in range(0, len(directory), 128):
        entry = directory[at : at + 128]
        if entry[: 2 * len("Workbook")] == "Workbook".encode("utf-16-le"):
            whole = chain(int.from_bytes(entry[116:120], "little"))
            length = int.from_bytes(entry[120:124], "little")
            # A short one stands elsewhere, of a very long one only the beginning is found.
            return whole[:length] if 4096 <= length <= len(whole) else b""
    return b""


def _records(stream: bytes) -> Iterator[int]:
    """Yield the kind of each record of a BIFF stream; a formula if there is no stream."""
    if not stream:
        yield BIFF_FORMULA
    at = 0
    while at + 4 <= len(stream):
        yield int.from_bytes(stream[at : at + 2], "little")
        at += 4 + int.from_bytes(stream[at + 2 : at + 4], "little")


if __name__ == "__main__":
    main(sys.argv[1], *(int(limit) for limit in sys.argv[2:6]))
