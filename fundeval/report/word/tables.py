"""Tables of a page as tables of a Word document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bs4 import Tag
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from markupsafe import escape

from fundeval.report.charts.text_width import width_of
from fundeval.report.word.typography import TEXT_WIDTH

# Twentieths of a point in a millimetre.
TWIPS = 1440 / 25.4
# Of up to so many columns the letters have this size, in half points.
SIZES = ((6, 21), (9, 18), (12, 15), (99, 13))
# A column is no narrower, and counts no wider, in signs.
NARROWEST, WIDEST = 4.0, 24.0
# What XML cannot hold.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Cell:
    """What a cell says, how many columns it spans, and how it stands."""

    text: str
    columns: int = 1
    rows: int = 1
    is_heading: bool = False
    is_figure: bool = False
    continues: bool = False


def words(tag: Tag) -> str:
    """Return what an element says, in one line."""
    return FORBIDDEN.sub(
        "", re.sub(r"\s+", " ", tag.get_text(" " if tag.find("br") else ""))
    ).strip()


def table_element(table: Tag) -> Any | None:
    """Return a table of a page as an element of a Word document; None if it has no cells.

    Rows of the head are repeated on each page, and no row is cut in two.
    """
    head = [_cells(row) for row in table.select("thead tr")]
    body = [_cells(row) for row in table.find_all("tr") if row.find_parent("thead") is None]
    rows = [_spread(rows) for rows in (head, body)]
    width = max((sum(cell.columns for cell in row) for part in rows for row in part), default=0)
    if not width:
        return None
    size = next(size for most, size in SIZES if width <= most)
    widths = _widths([*rows[0], *rows[1]], width)
    lines = [_row(row, widths, size, is_head=True) for row in rows[0]]
    lines += [_row(row, widths, size, is_head=False) for row in rows[1]]
    grid = "".join(f'<w:gridCol w:w="{each}"/>' for each in widths)
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/>'
        f'<w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )


def _cells(row: Tag) -> list[Cell]:
    return [
        Cell(
            words(cell),
            int(str(cell.get("colspan", "1"))),
            int(str(cell.get("rowspan", "1"))),
            cell.name == "th",
            "figure" in cell.get_attribute_list("class"),
        )
        for cell in row.find_all(["th", "td"], recursive=False)
    ]


def _spread(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Return the rows with an empty cell wherever one of a row above goes on."""
    open_cells: dict[int, tuple[int, Cell]] = {}
    spread = []
    for row in rows:
        waiting, made, column = list(row), list[Cell](), 0
        while waiting or column in open_cells:
            if column in open_cells:
                left, above = open_cells.pop(column)
                if left > 1:
                    open_cells[column] = (left - 1, above)
                cell = Cell("", above.columns, 1, above.is_heading, continues=True)
            else:
                cell = waiting.pop(0)
                if cell.rows > 1:
                    open_cells[column] = (cell.rows - 1, cell)
            made.append(cell)
            column += cell.columns
        spread.append(made)
    return spread


def _widths(rows: Sequence[Sequence[Cell]], count: int) -> list[int]:
    """Return the width of each column: as wide as its words ask, within the width of the text."""
    asked = [NARROWEST] * count
    for row in rows:
        column = 0
        for cell in row:
            if cell.columns == 1 and column < count:
                longest = max(map(width_of, cell.text.split(" ")), default=0.0)
                whole = width_of(cell.text)
                wanted = whole if cell.is_figure else max(longest, whole / 3)
                asked[column] = max(asked[column], min(wanted + 1, WIDEST))
            column += cell.columns
    scale = TEXT_WIDTH * TWIPS / sum(asked)
    return [int(each * scale) for each in asked]


def _row(row: Sequence[Cell], widths: Sequence[int], size: int, *, is_head: bool) -> str:
    cells, column = [], 0
    for cell in row:
        width = sum(widths[column : column + cell.columns])
        span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
        merged = '<w:vMerge w:val="restart"/>' if cell.rows > 1 else ""
        merged = "<w:vMerge/>" if cell.continues else merged
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/>' if is_head else ""
        side = "right" if cell.is_figure and not is_head else "center" if is_head else "left"
        bold = "<w:b/>" if is_head else ""
        together = "<w:keepNext/>" if is_head else ""
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merged}{shade}'
            f'<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="Cells"/>{together}'
            f'<w:jc w:val="{side}"/></w:pPr><w:r><w:rPr>{bold}<w:sz w:val="{size}"/></w:rPr>'
            f'<w:t xml:space="preserve">{escape(cell.text)}</w:t></w:r></w:p></w:tc>'
        )
        column += cell.columns
    head = "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{''.join(cells)}</w:tr>"
