"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import codecs
import re
from zipfile import BadZipFile, ZipFile

from fundeval.problems import Problem
from fundeval.tables.sources.held import HeldFile

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A workbook with a password is kept in such a stream.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|meta|table|style)\b", re.I
)
XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b")
HEAD_BYTES = 4096
# A part of the archive -> the suffix of the file.
PARTS = {
    "xl/workbook.xml": ".xlsx",
    "xl/workbook.bin": ".xlsb",
    "content.xml": ".ods",
    "word/document.xml": ".docx",
    "ppt/presentation.xml": ".pptx",
}
# What a file of a suffix may be; a text is what remains.
EXPECTED = {
    ".csv": ("text",),
    ".tsv": ("text",),
    ".parquet": (".parquet",),
    ".xlsx": (".xlsx",),
    ".xlsm": (".xlsx",),
    ".xlsb": (".xlsb",),
    ".ods": (".ods",),
    ".xls": (".xls",),
    # WPS writes its own suffix around either.
    ".et": (".xls", ".xlsx"),
}
# Kinds whose cause has a message of its own.
CAUSES = {"encrypted": "tables.password", "html": "tables.web_page", "utf16": "tables.utf16"}


def kind_of(file: HeldFile) -> str:
    """Return what a file is: a suffix, or `text`, `html`, `xml`, `utf16`, `encrypted`, `zip`."""
    head = file.open().read(HEAD_BYTES)
    if head.startswith(ZIP):
        return _kind_of_archive(file)
    if head.startswith(OLE):
        return "encrypted" if _holds(file, ENCRYPTED) else ".xls"
    if XML.match(head):
        return "html" if b"<html" in head.lower() else "xml"
    starts = {b"PAR1": ".parquet", b"%PDF": ".pdf", **dict.fromkeys(UTF16, "utf16")}
    known = (kind for start, kind in starts.items() if head.startswith(start))
    return next(known, "html" if PAGE.match(head) else "text")


def other_kind(file: HeldFile) -> Problem | None:
    """Return why a file cannot be read by the reader of its suffix; None where it may be.

    What cannot be told from its first bytes is left to the reader.
    """
    expected = EXPECTED.get(file.suffix.lower(), ())
    kind = kind_of(file)
    damaged = kind == "text" and "text" not in expected
    if kind in expected or (damaged and file.size == 0):
        return None
    if kind in CAUSES:
        return Problem(CAUSES[kind], file.name)
    if damaged and _is_table_of_text(file):
        return Problem("tables.text_workbook", file.name, {"suffix": file.suffix})
    if kind == "xml" and b"office:spreadsheet" in file.open().read(HEAD_BYTES):
        return Problem("tables.xml_workbook", file.name)
    if damaged or kind == "zip":
        return Problem("tables.damaged", file.name, {"suffix": file.suffix})
    kind = "XML" if kind == "xml" else kind
    return Problem("tables.renamed", file.name, {"suffix": file.suffix, "kind": kind})


def _is_table_of_text(file: HeldFile) -> bool:
    """Tell whether a file is lines of text with cells set off, whatever its name says."""
    head = file.open().read(HEAD_BYTES)
    if b"\0" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            text = decoder.decode(head)
        except UnicodeDecodeError:
            continue
        lines = [line for line in text.splitlines() if line.strip()]
        return len(lines) > 1 and any(sign in lines[0] for sign in "\t,;|")
    return False


def _kind_of_archive(file: HeldFile) -> str:
    try:
        with ZipFile(file.open()) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return "zip"
    return next((suffix for part, suffix in PARTS.items() if part in names), "zip")


def _holds(file: HeldFile, text: bytes) -> bool:
    """Tell whether the start or the end of a file, where its directory may be, holds a text."""
    opened = file.open()
    head = opened.read(2**20)
    opened.seek(max(0, file.size - 2**20))
    return text in head or text in opened.read()
