"""What a workbook says of its cells besides their values: formats, merged and hidden ones.

A part of `workbook_sandbox.py`, which finds it beside itself; it imports nothing of the package.
Rows count from 1, columns from 0; a mark of many cells is a list of first and last rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZipFile

BLOCK_BYTES = 2**20
Rows = list[list[int]]
# Formats of a percentage that need no definition.
PERCENT_FORMATS = (9, 10)
# What is no sign for a digit in the code of a format: quoted and escaped text, colours.
ASIDE = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\!_*].')
# Commas after the last digit divide by a thousand each; an escaped point among digits moves them.
SCALED = re.compile(r"[0#?],+(?![0#?,])")
MOVED_POINT = re.compile(r'[0#?](?:[\\!]\.|"\.")([0#?]+)')
# A unit that a format writes behind each figure, quoted, escaped or as it is.
UNIT_SHOWN = re.compile(
    r"(?:[0#?]|general|g/通用格式)[,.]*(?:_.|\s)*"
    r"(?:人民币|rmb)?([十百千万亿]*(?:[美港欧日]?元|人次|人|例|床日|天|次|点)|[十百千]?[万亿]|[%‰])"
    r"(?:_.|\s)*$",
    re.IGNORECASE,
)
QUOTED = re.compile(r'"([^"]*)"|[\\!](.)|\[[^\]]*\]')
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_COLUMNS = 1_000
PLACE = re.compile(r"\$?([A-Z]+)\$?(\d+)")
# Records of a BIFF file of Excel 97.
BIFF_FORMAT, BIFF_XF, BIFF_ROW, BIFF_COLUMNS, BIFF_MERGED = 0x041E, 0x00E0, 0x0208, 0x007D, 0x00E5
BIFF_NUMBERS, BIFF_MANY = (0x0203, 0x027E, 0x0006), 0x00BD


class Marks:
    """The marks of one sheet as they are found."""

    def __init__(self) -> None:
        self.merged: list[list[int]] = []
        self.of_format: dict[str, dict[int, Rows]] = {"percent": {}, "scaled": {}}
        # By column, in order: first and last row, and what their format says of the figures.
        self.units: dict[int, list[tuple[list[int], str]]] = {}
        self.hidden_rows: Rows = []
        self.hidden_columns: Rows = []
        # (row, column) -> the text with raised digits as such.
        self.texts: dict[tuple[int, int], str] = {}

    def format(self, kind: str, row: int, column: int, last: int | None = None) -> None:
        """Note the format of a cell, or of those below it down to a last row."""
        if kind in self.of_format:
            add(self.of_format[kind].setdefault(column, []), row, last or row)
            return
        units = self.units.setdefault(column, [])
        if units and units[-1][1] == kind and units[-1][0][1] >= row - 1:
            units[-1][0][1] = max(units[-1][0][1], last or row)
        else:
            units.append(([row, last or row], kind))

    def shown(self, row: int, cells: list[Any]) -> list[Any]:
        """Return the cells of a row, those whose format has a unit as text with that unit.

        Rows are asked for in order.
        """
        for column, units in self.units.items():
            while units and units[0][0][1] < row:
                units.pop(0)
            if units and units[0][0][0] <= row and column < len(cells):
                cells[column] = with_unit(cells[column], units[0][1])
        return cells

    def line(self) -> dict[str, Any]:
        """Return the marks that there are, to be written as JSON."""
        found = {"merged": self.merged, "hidden_rows": self.hidden_rows, **self.of_format}
        found["hidden_columns"] = self.hidden_columns
        return {name: each for name, each in found.items() if each}


def add(rows: Rows, first: int, last: int) -> None:
    """Add rows to ranges in order."""
    if rows and rows[-1][1] >= first - 1:
        rows[-1][1] = max(rows[-1][1], last)
    else:
        rows.append([first, last])


def kind_of_format(code: str) -> str:
    """Return what a format says of a figure that the figure alone does not.

    That is `percent` or `scaled` where the cell shows another number than it holds. Where a unit
    stands behind the number it is that unit, with the power of ten that the figure is divided by.

    Examples
    --------
    >>> [kind_of_format(code) for code in ("0.0%", "#,##0.00", "#,##0,", '0"%"', '0.00"元"_ ')]
    ['percent', '', 'scaled', '00%', '00元']
    >>> kind_of_format('0!.0,"万元"')
    '04万元'
    """
    first = code.split(";", maxsplit=1)[0]
    plain = ASIDE.sub("", first)
    if "%" in plain:
        return "percent"
    moved, scaled = MOVED_POINT.search(first), SCALED.search(plain)
    written = QUOTED.sub(lambda found: found[1] or found[2] or "", first)
    if unit := UNIT_SHOWN.search(written):
        divided = 3 * scaled[0].count(",") if scaled else 0
        return f"{divided + (len(moved[1]) if moved else 0):02}{unit[1]}"
    return "scaled" if scaled or moved else ""


def with_unit(cell: Any, kind: str) -> Any:
    """Return a figure as its format shows it, whole and with the unit; anything else as it is.

    Examples
    --------
    >>> with_unit(5_000_000.0, "04万元"), with_unit(0.5, "00元"), with_unit("暂无", "00元")
    ('500万元', '0.5元', '暂无')
    """
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell
    number = Decimal(repr(cell)).scaleb(-int(kind[:2])).normalize()
    return f"{number:f}{kind[2:]}"


def xlsx_marks(
    archive: ZipFile, parts: Mapping[str, str], contains: Any
) -> Iterator[tuple[str, Marks]]:
    """Yield the marks of each sheet of an .xlsx file, parsed only if there may be any."""
    styles = _xlsx_formats(archive)
    raised = _raised_strings(archive)
    for name, part in parts.items():
        pattern = rb"mergeCell[\s]|hidden\s*=|vertAlign" + (
            b"|\\bs\\s*=\\s*[\"'](?:" + "|".join(styles).encode() + b")[\"']" if styles else b""
        )
        with archive.open(part) as file:
            if not raised and not contains(file, re.compile(pattern)):
                continue
        reader = _XlsxSheet(styles, raised)
        with archive.open(part) as file:
            parse_xml(file, reader)
        yield name, reader.marks


def parse_xml(file: IO[bytes], reader: Any) -> None:
    """Give the elements and texts of a part to a reader: its `start`, `end` and `text`."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    while block := file.read(BLOCK_BYTES):
        parser.Parse(block)


def _xlsx_formats(archive: ZipFile) -> dict[str, str]:
    """Return the kinds of format by the number that a cell has for its style."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    known = {str(number): "percent" for number in PERCENT_FORMATS}
    styles: dict[str, str] = {}
    for element in root.iter():
        if _plain(element.tag) == "numFmt" and (
            kind := kind_of_format(element.get("formatCode", ""))
        ):
            known[element.get("numFmtId", "")] = kind
    for element in root.iter():
        if _plain(element.tag) == "cellXfs":
            for number, style in enumerate(element):
                if style.get("numFmtId") in known:
                    styles[str(number)] = known[style.get("numFmtId", "")]
    return styles


def _raised_strings(archive: ZipFile) -> dict[str, str]:
    """Return the shared texts with raised digits, by number."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return {}
    content = archive.read("xl/sharedStrings.xml")
    if b"superscript" not in content:
        return {}
    root = ElementTree.fromstring(content)
    texts = {str(number): _with_raised(item) for number, item in enumerate(root)}
    return {number: text for number, text in texts.items() if text}


def _with_raised(item: ElementTree.Element) -> str:
    """Return the text of runs, raised digits as such; "" if there are none."""
    parts, raised = [], False
    for run in item:
        up = any(
            _plain(each.tag) == "vertAlign" and each.get("val") == "superscript"
            for each in run.iter()
        )
        text = "".join(each.text or "" for each in run.iter() if _plain(each.tag) == "t")
        if _plain(run.tag) in ("r", "t"):
            raised |= up and any(map(str.isdigit, text))
            parts.append(text.translate(RAISED) if up else text)
    return "".join(parts) if raised else ""


def _plain(tag: str) -> str:
    return str(tag).rpartition("}")[2]


class _XlsxSheet:
    def __init__(self, styles: Mapping[str, str], raised: Mapping[str, str]) -> None:
        self.styles, self.raised = styles, raised
        self.marks = Marks()
        self.row = self.column = 0
        self.shared = self.inside = False
        self.value = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = _plain(name)
        if element == "c":
            place = PLACE.fullmatch(attributes.get("r", ""))
            if place:
                self.column, self.row = letters_number(place.group(1)) - 1, int(place.group(2))
            else:
                self.column += 1
            kind = attributes.get("t", "n")
            if kind == "n" and (style := self.styles.get(attributes.get("s", ""))):
                self.marks.format(style, self.row, self.column)
            self.shared, self.value = bool(self.raised) and kind == "s", ""
        elif element == "v":
            self.inside = self.shared
        elif element == "row":
            self.row, self.column = int(attributes.get("r") or self.row + 1), -1
            if attributes.get("hidden") in ("1", "true"):
                add(self.marks.hidden_rows, self.row, self.row)
        elif element == "col" and attributes.get("hidden") in ("1", "true"):
            first = int(attributes.get("min", 1)) - 1
            last = min(int(attributes.get("max", 1)) - 1, MOST_COLUMNS)
            add(self.marks.hidden_columns, first, last)
        elif element == "mergeCell":
            ends = [PLACE.fullmatch(end) for end in attributes.get("ref", "").split(":")]
            found = [end.groups() for end in ends if end]
            if len(found) == 2:
                (c1, r1), (c2, r2) = found
                self.marks.merged.append(
                    [int(r1), letters_number(c1) - 1, int(r2), letters_number(c2) - 1]
                )

    def text(self, text: str) -> None:
        if self.inside:
            self.value += text

    def end(self, name: str) -> None:
        if self.inside and _plain(name) == "v":
            self.inside = False
            if self.value in self.raised:
                self.marks.texts[self.row, self.column] = self.raised[self.value]


def letters_number(letters: str) -> int:
    """Return the number of a column from its letters, A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


ODS_MARKS = re.compile(
    rb"""value-type\s*=\s*["']percentage|visibility\s*=\s*["'](?:collapse|filter)"""
    rb"""|-spanned\s*=\s*["'](?!1["'])|text-position\s*=\s*["'](?:super|[1-9])"""
)


def ods_marks(archive: ZipFile, contains: Any) -> Iterator[tuple[str, Marks]]:
    """Yield the marks of each sheet of an .ods file."""
    with archive.open("content.xml") as file:
        if not contains(file, ODS_MARKS):
            return
    reader = _OdsSheets()
    with archive.open("content.xml") as file:
        parse_xml(file, reader)
    yield from reader.sheets.items()


class _OdsSheets:
    def __init__(self) -> None:
        self.sheets: dict[str, Marks] = {}
        self.marks = Marks()
        self.row = self.column = self.first_column = 0
        self.rows = self.count = 1
        self.style = ""
        self.raised_styles: set[str] = set()
        self.spans: list[bool] = []
        self.parts: list[str] = []
        self.raised = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = _plain(name)
        known = {_plain(key): value for key, value in attributes.items()}
        if element == "style":
            self.style = known.get("name", "")
        elif element == "text-properties":
            # Lifted by a word or by a part of the height, as in 33% 58%.
            if re.match("super|[1-9]", known.get("text-position", "")):
                self.raised_styles.add(self.style)
        elif element == "table":
            self.marks = self.sheets.setdefault(known.get("name", ""), Marks())
            self.row = self.first_column = 0
        elif element == "table-column":
            count = int(known.get("number-columns-repeated", 1))
            if known.get("visibility") in ("collapse", "filter"):
                last = min(self.first_column + count - 1, MOST_COLUMNS)
                add(self.marks.hidden_columns, self.first_column, last)
            self.first_column += count
        elif element == "table-row":
            self.rows = int(known.get("number-rows-repeated", 1))
            self.column = 0
            if known.get("visibility") in ("collapse", "filter"):
                add(self.marks.hidden_rows, self.row + 1, self.row + self.rows)
        elif element in ("table-cell", "covered-table-cell"):
            self._cell(known)
        elif element == "span":
            self.spans.append(known.get("style-name", "") in self.raised_styles)

    def _cell(self, known: Mapping[str, str]) -> None:
        self.count = int(known.get("number-columns-repeated", 1))
        self.parts, self.raised = [], False
        down = int(known.get("number-rows-spanned", 1))
        across = int(known.get("number-columns-spanned", 1))
        if down > 1 or across > 1:
            place = [self.row + 1, self.column, self.row + down, self.column + across - 1]
            self.marks.merged.append(place)
        if known.get("value-type") == "percentage":
            for column in range(self.column, min(self.column + self.count, MOST_COLUMNS)):
                self.marks.format("percent", self.row + 1, column, self.row + self.rows)

    def text(self, text: str) -> None:
        up = any(self.spans)
        self.raised |= up and any(map(str.isdigit, text))
        self.parts.append(text.translate(RAISED) if up else text)

    def end(self, name: str) -> None:
        element = _plain(name)
        if element == "span" and self.spans:
            self.spans.pop()
        elif element in ("table-cell", "covered-table-cell"):
            if self.raised:
                self.marks.texts[self.row + 1, self.column] = "".join(self.parts)
            self.column += self.count
        elif element == "table-row":
            self.row += self.rows


def _xls_formats(stream: bytes, records: Any) -> list[str]:
    """Return the kind of format by the number that a cell has for its style."""
    codes: dict[int, str] = dict.fromkeys(PERCENT_FORMATS, "percent")
    styles: list[int] = []
    for kind, data in records(stream, 0):
        if kind == BIFF_FORMAT:
            wide = data[4] & 1
            length = int.from_bytes(data[2:4], "little") * (1 + wide)
            code = data[5 : 5 + length].decode("utf-16-le" if wide else "latin-1", "replace")
            codes[int.from_bytes(data[:2], "little")] = kind_of_format(code)
        elif kind == BIFF_XF:
            styles.append(int.from_bytes(data[2:4], "little"))
    return [codes.get(number, "") for number in styles]


def xls_marks(
    sheets: Mapping[str, int], stream: bytes, records: Any
) -> Iterator[tuple[str, Marks]]:
    """Yield the marks of each sheet of a BIFF stream; `sheets` are the places where they begin."""
    kinds = _xls_formats(stream, records)

    def style(number: int) -> str:
        return kinds[number] if number < len(kinds) else ""

    for name, start in sheets.items():
        marks = Marks()
        for kind, data in records(stream, start):
            ints = [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]
            if kind in BIFF_NUMBERS and (of := style(ints[2])):
                marks.format(of, ints[0] + 1, ints[1])
            elif kind == BIFF_MANY:
                for place, number in enumerate(ints[2:-1:3]):
                    if of := style(number):
                        marks.format(of, ints[0] + 1, ints[1] + place)
            elif kind == BIFF_ROW and ints[6] & 0x20:
                add(marks.hidden_rows, ints[0] + 1, ints[0] + 1)
            elif kind == BIFF_COLUMNS and ints[4] & 1:
                add(marks.hidden_columns, ints[0], min(ints[1], MOST_COLUMNS))
            elif kind == BIFF_MERGED:
                for at in range(1, 1 + 4 * ints[0], 4):
                    r1, r2, c1, c2 = ints[at : at + 4]
                    marks.merged.append([r1 + 1, c1, r2 + 1, c2])
        yield name, marks
