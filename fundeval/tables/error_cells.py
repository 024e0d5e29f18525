"""Find cells such as #DIV/0! in a workbook: the library that reads it hands them over as blank."""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

from fundeval.problems import Problem

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
ERROR_CELL = re.compile(r'<c (?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>.*?<v>([^<]*)</v>')


def error_cells(content: bytes, file: str) -> list[Problem]:
    """Return a problem for each cell of the workbook that holds an error value."""
    with ZipFile(io.BytesIO(content)) as archive:
        return [
            Problem("tables.error_cell", file, {}, sheet, int(row), column, value)
            for sheet, part in _sheet_parts(archive)
            for column, row, value in ERROR_CELL.findall(archive.read(part).decode())
        ]


def _sheet_parts(archive: ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name of each sheet and the part of the archive that holds it."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    for sheet in workbook.iter(f"{MAIN}sheet"):
        target = targets[sheet.get(RELATION)]
        yield sheet.get("name", ""), posixpath.join("/xl", target).lstrip("/")
