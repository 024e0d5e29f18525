"""Read a CSV or TSV file block by block, whatever its encoding and separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

import pandas as pd

from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.cells import without_escapes
from fundeval.tables.sources import limits
from fundeval.tables.sources.data_source import DataSource, SourceSheet
from fundeval.tables.sources.held import HeldFile

SEPARATORS = (",", "\t", ";", "|")
# What people set cells off by and no program does.
NO_SEPARATORS = ("，", "；", "、", "\u3000")
BLOCK_BYTES = 2**20
# Looking for rows that are cut off takes a second for so many bytes.
LOOKED_THROUGH = 2**25
# What pandas says of a row that does not fit.
MORE_CELLS = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


def read_csv_file(file: HeldFile, source: DataSource) -> list[SourceSheet]:
    """Return the one sheet of a text file; problems of the whole file are added to `source`."""
    try:
        encoding = _encoding(file)
        separator, width = _shape(file, encoding)
    except BadInputError as error:
        source.problems += error.problems
        return []
    if encoding == "gb18030":
        source.notes.append(Problem("intake.encoding", file.name))
    blocks = partial(_blocks, file, encoding, separator, width)
    # Cells are set off by semicolons where the comma is the decimal point.
    return [
        SourceSheet(
            file.name,
            "",
            (file.stem,),
            blocks,
            decimal_commas=separator == ";",
            short_rows=_short_rows(file, encoding, separator, width),
        )
    ]


def _encoding(file: HeldFile) -> str:
    """Return `utf-8-sig`, which also reads files without a byte order mark, or `gb18030`."""
    marked = file.open().read(3) == codecs.BOM_UTF8
    for encoding in ("utf-8-sig", "gb18030")[: 1 if marked else 2]:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            opened = file.open()
            while block := opened.read(BLOCK_BYTES):
                if b"\0" in block:
                    raise refusal("tables.null_bytes", file.name)
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise refusal("tables.encoding", file.name)


def _shape(file: HeldFile, encoding: str) -> tuple[str, int]:
    """Return the separator, and the number of cells in the longest of the first rows."""
    with io.TextIOWrapper(file.open(), encoding, newline="") as text:
        head = io.StringIO(text.read(BLOCK_BYTES), newline="").readlines()[: limits.HEADER_WITHIN]
    if not "".join(head).strip():
        raise refusal("tables.empty_file", file.name)
    # A cell that is too long is told later, with its place.
    csv.field_size_limit(BLOCK_BYTES)
    separator = max(SEPARATORS, key="".join(head).count)
    try:
        width = max(map(len, csv.reader(head, delimiter=separator)))
    except csv.Error as error:
        raise BadInputError([_torn(file.name, str(error))]) from None
    first = next(filter(str.strip, head))
    if width == 1 and (sign := max(NO_SEPARATORS, key=first.count)) and first.count(sign) > 1:
        raise refusal("tables.separator", file.name, sign=sign)
    if width == 1 and first.lstrip("\ufeff").startswith('"') and first.count(separator) > 1:
        raise refusal("tables.quoted_rows", file.name)
    if width > limits.COLUMNS:
        raise refusal("tables.too_many_columns", file.name, most=limits.COLUMNS)
    return separator, width


def _short_rows(file: HeldFile, encoding: str, separator: str, width: int) -> dict[int, int]:
    """Return how many cells the rows have that have fewer than the header; not of a huge file."""
    if file.size > LOOKED_THROUGH:
        return {}
    with io.TextIOWrapper(file.open(), encoding, newline="") as text:
        try:
            rows = enumerate(csv.reader(text, delimiter=separator), start=1)
            return {number: len(row) for number, row in rows if 0 < len(row) < width}
        except csv.Error:
            # What is wrong with it is told when it is read.
            return {}


def _blocks(file: HeldFile, encoding: str, separator: str, width: int) -> Iterator[pd.DataFrame]:
    try:
        with pd.read_csv(
            file.open(),
            encoding=encoding,
            sep=separator,
            header=None,
            names=range(width),
            dtype="str",
            keep_default_na=False,
            skip_blank_lines=False,
            chunksize=limits.BLOCK_ROWS,
        ) as blocks:
            for block in blocks:
                texts = block.apply(without_escapes)
                yield texts.set_axis(texts.index + 1, axis="index")
    except (ValueError, OSError) as error:
        raise BadInputError([_torn(file.name, str(error))]) from None


def _torn(file: str, said: str) -> Problem:
    """Return what is wrong with the rows of a file, in place of what the library says of it."""
    if wider := MORE_CELLS.search(said):
        expected, row, saw = map(int, wider.groups())
        return Problem("tables.ragged", file, {"expected": expected, "saw": saw}, row=row)
    if opened := OPEN_QUOTE.search(said):
        return Problem("tables.open_quote", file, row=int(opened.group(1)) + 1)
    return Problem("tables.damaged", file, {"suffix": PurePath(file).suffix})
