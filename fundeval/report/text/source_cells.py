"""Where a figure was read: file, sheet and cell, as it stands there and in 元."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fundeval.money import exact
from fundeval.report.format.numbers import missing
from fundeval.report.text.arithmetic import amount, number, to_fen
from fundeval.report.unit_view import ALL, InputRow, TableRow, View
from fundeval.results.rows import MeasureInput, ProjectInput, PurchaseInput
from fundeval.tables.cells import UNITS
from fundeval.tables.schemas import columns_of_role

# A row of an input table that has a place in a file.
CitedRow = InputRow | MeasureInput | PurchaseInput | ProjectInput


def header(view: View, column: str) -> str:
    """Name a column: its Chinese header, or its name."""
    headers: dict[str, str] = view.evaluation.about["headers"]
    named = headers.get(column, column)
    return named if view.messages.lang == "zh" else column.replace("_", " ")


def cite_cell(view: View, table: str, row: CitedRow, column: str) -> str:
    """Return a cell that was read: its place, what it is about, and its figure.

    Parameters
    ----------
    row
        A traced row of the table, with `file` and `row`; row 0 was made from several.

    Returns
    -------
    str
        Such as `  县.xlsx「预算执行」G41（2024 职工）执行数：9,162.98 万元 = 91,629,800.00 元`.
    """
    about = [view.name(row.unit_id)] if row.unit_id != view.unit_id else []
    about += [f"{row.date:%Y-%m-%d}" if isinstance(row, PurchaseInput) else str(row.year)]
    scheme = getattr(row, "scheme", ALL)
    about += [view.messages.code("scheme.", scheme)] if scheme != ALL else []
    return view.messages.say(
        "explain.cell",
        place=_place(view, table, row, column),
        keys=" ".join(about),
        header=header(view, column),
        figure=_figure(view, table, row, column),
    )


def cite_column(view: View, table: str, row: TableRow, column: str) -> str:
    """Return the column that a figure of a cited row stands in, and how it stands there.

    Returns
    -------
    str
        Such as `（G 列：20170.3138 万元）`; without the figure where the file has it in the unit
        that it is used in, "" where the figure was made from several.
    """
    letter, _ = _column_in_file(view, table, column)
    if not letter or not row.row:
        return ""
    figure, unit = _in_unit_of_file(view, table, column, getattr(row, column))
    if not figure:
        return view.messages.say("explain.column", letter=letter)
    stands = f"{figure.replace(',', '')} {unit}".replace(" %", "%")
    return view.messages.say("explain.column_with", letter=letter, figure=stands)


def sheet_of(view: View, table: str) -> str:
    """Return the name of the sheet that a table stands in, "" for a file without sheets."""
    places: Mapping[str, Mapping[str, str]] = view.evaluation.about.get("places", {})
    return places.get(table, {"sheet": ""})["sheet"]


def _column_in_file(view: View, table: str, column: str) -> tuple[str, str]:
    """Return the letters of a column and the unit of its figures, "" where they are not known."""
    place = view.evaluation.about.get("places", {}).get(table, {"columns": {}})
    letter, unit = place["columns"].get(column, ("", ""))
    return letter, unit


def _in_unit_of_file(view: View, table: str, column: str, value: Any) -> tuple[str, str]:
    """Write a figure as it stands in its file, and its unit; "" where that is the one it is used
    in, or where there is no figure."""
    _, unit = _column_in_file(view, table, column)
    role = _role(table, column)
    factor = Fraction(UNITS[role].get(unit, 1))
    if missing(value) or factor == 1:
        return "", ""
    used = Fraction(to_fen(value), 100) if role == "money" else exact(value)
    return number(used / factor), _named(view, unit, factor)


def _role(table: str, column: str) -> str:
    """Return by which units a column is read: of money, of rates or of numbers."""
    if column in columns_of_role(table, "money"):
        return "money"
    return "rate" if column in columns_of_role(table, "rate") else "number"


def _place(view: View, table: str, row: CitedRow, column: str) -> str:
    if not row.file:
        return view.messages.say("explain.no_file")
    if not row.row:
        return view.messages.say("explain.no_row", file=row.file)
    letter, _ = _column_in_file(view, table, column)
    values = {"file": row.file, "row": row.row, "letter": letter}
    if sheet := sheet_of(view, table):
        return view.messages.say("explain.cell_of_sheet", sheet=sheet, **values)
    return view.messages.say("explain.cell_of_file" if letter else "explain.row_of_file", **values)


def _figure(view: View, table: str, row: CitedRow, column: str) -> str:
    """Write a figure as it stands in its file, and as it is used."""
    value = getattr(row, column)
    if missing(value):
        return view.messages.say("report.missing")
    shown = number(value)
    if _role(table, column) == "money":
        shown = f"{amount(to_fen(value))} {view.numbers.plain_scale.name}"
    figure, unit = _in_unit_of_file(view, table, column, value)
    return f"{figure} {unit} = {shown}".replace(" %", "%") if figure else shown


def _named(view: View, unit: str, factor: Fraction) -> str:
    """Return the unit that a file states; in English, one written in Chinese as its factor."""
    if view.messages.lang == "zh" or unit.isascii():
        return unit
    return f"× {number(factor)}"
