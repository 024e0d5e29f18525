"""A small .xlsb file, record by record: no program at hand writes one."""

import struct
import zipfile
from pathlib import Path

SHEET, ROW, NUMBER, TEXT, FORMULA_ERROR = 156, 0, 5, 6, 11
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class Error(int):
    """The code of an error that a cell holds, as 0x07 for #DIV/0!."""


def record(kind: int, data: bytes = b"") -> bytes:
    low = kind if kind < 0x80 else (kind & 0x7F) | 0x80
    head = bytes([low] if kind < 0x80 else [low, kind >> 7])
    length, size = len(data), []
    while length >= 0x80:
        size.append((length & 0x7F) | 0x80)
        length >>= 7
    return head + bytes([*size, length]) + data


def wide(text: str) -> bytes:
    return len(text).to_bytes(4, "little") + text.encode("utf-16-le")


def cell(column: int, value: object) -> bytes:
    place = column.to_bytes(4, "little") + bytes(4)
    if isinstance(value, Error):
        # A formula that gives an error; its own bytes follow and are not looked at.
        return record(FORMULA_ERROR, place + bytes([value]) + bytes(2) + bytes(8))
    if isinstance(value, int | float):
        return record(NUMBER, place + struct.pack("<d", value))
    return record(TEXT, place + wide(str(value)))


def sheet_of(rows: list[list[object]]) -> bytes:
    height, width = len(rows), max(map(len, rows))
    size = b"".join(n.to_bytes(4, "little") for n in (0, height - 1, 0, width - 1))
    content = record(129) + record(148, size) + record(145)
    for number, row in enumerate(rows):
        content += record(ROW, number.to_bytes(4, "little") + bytes(13))
        content += b"".join(cell(n, value) for n, value in enumerate(row) if value != "")
    return content + record(146) + record(130)


def write_xlsb(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    bundles = b"".join(
        record(SHEET, bytes(4) + n.to_bytes(4, "little") + wide(f"rId{n}") + wide(name))
        for n, name in enumerate(sheets, 1)
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.bin"/>'
        for n in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "xl/workbook.bin", record(131) + record(143) + bundles + record(144) + record(132)
        )
        relations = f'<Relationships xmlns="{RELATIONS}">{targets}</Relationships>'
        archive.writestr("xl/_rels/workbook.bin.rels", relations)
        for n, rows in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{n}.bin", sheet_of(rows))
    return path
