"""Open a workbook and write its cells to the standard output, in a process of its own.

    python workbook_sandbox.py FILE MEMORY SECONDS OUTPUT

Memory and output are limited in bytes.

A workbook is made by others, and the library that opens it allocates what the file asks for:
a few bytes can ask for all memory, which ends the process. So this one is started for the
purpose, under limits, and it alone ends. It imports nothing of the package, to start quickly.

Each line is JSON: `{"sheet": name}`, then `[row, [cell, ...]]` for each row that is not blank,
and `{"rule": ..., "cell": ..., "value": ...}` for a cell whose formula has an error or no value.
Dates are ISO text.
"""

from __future__ import annotations

import datetime as dt
import json
import posixpath
import re
import sys
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile, is_zipfile

from python_calamine import CalamineWorkbook, SheetTypeEnum

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
CELL = re.compile(rb"<c\s([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
PLACE = re.compile(rb'\br="([A-Z]+\d+)"')
VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")
OTHER_WORKBOOK = re.compile(rb"<f[^>]*>[^<]*\[\d+\]")


def main(path: str, memory: int, seconds: int, output: int) -> None:
    """Write the workbook; raises whatever the library raises, which the caller reads."""
    _limit(memory, seconds, output)
    workbook = CalamineWorkbook.from_path(path)
    formulas = _formulas(path)
    for sheet in workbook.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        _write({"sheet": sheet.name})
        for number, row in enumerate(workbook.get_sheet_by_name(sheet.name).iter_rows(), start=1):
            cells = [_plain(cell) for cell in row]
            if any(cell is not None for cell in cells):
                _write([number, cells])
        for found in formulas.get(sheet.name, ()):
            _write(found)


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


def _formulas(path: str) -> dict[str, list[dict[str, str]]]:
    """Return, by sheet of an .xlsx file, the formulas whose value cannot be relied on."""
    if not is_zipfile(path):
        return {}
    with ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        stale = any(part.get("fullCalcOnLoad") == "1" for part in workbook.iter(f"{MAIN}calcPr"))
        return {
            name: list(_doubtful(archive.read(part), stale))
            for name, part in _sheet_parts(archive, workbook)
        }


def _sheet_parts(archive: ZipFile, workbook: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Yield the name of each sheet and the part of the archive that holds it."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in workbook.iter(f"{MAIN}sheet"):
        part = posixpath.join("/xl", targets.get(sheet.get(RELATION), "")).lstrip("/")
        if part in archive.namelist():
            yield sheet.get("name", ""), part


def _doubtful(content: bytes, stale: bool) -> Iterator[dict[str, str]]:
    if b"<f" not in content and b't="e"' not in content:
        return
    for cell in CELL.finditer(content):
        attributes, inside = cell.group(1), cell.group(2) or b""
        formula = b"<f" in inside
        error = b't="e"' in attributes
        place = PLACE.search(attributes)
        if not place or not (formula or error):
            continue
        value = VALUE.search(inside)
        text = value.group(1).decode() if value else ""
        rule = ""
        if error:
            rule = "error_cell"
        elif not text or (stale and text == "0"):
            rule = "formula_without_value"
        elif OTHER_WORKBOOK.search(inside):
            rule = "formula_elsewhere"
        if rule:
            yield {"rule": rule, "cell": place.group(1).decode(), "value": text}


if __name__ == "__main__":
    main(sys.argv[1], *(int(limit) for limit in sys.argv[2:5]))
