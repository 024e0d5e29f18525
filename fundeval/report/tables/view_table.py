"""Tables and bullet lists of a report; an empty one becomes a sentence that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from fundeval.report.format.html_fragments import (
    Html,
    mostly_figures,
    paragraph,
    render,
    render_table,
    together,
)
from fundeval.report.format.numbers import as_shown
from fundeval.report.text.indicator_definitions import define
from fundeval.report.unit_view import View
from fundeval.words import has

# A table with more rows than this shows the first of them until one asks for all.
MOST_ROWS = 15
# Columns are left out of tables with at least so many rows, and so many other columns.
LEAST_ROWS, LEAST_COLUMNS = 3, 2


class HasReason(Protocol):
    """A row that may say why it has no value."""

    @property
    def reason(self) -> str | None:
        """The code of the reason, "" or None for none."""


# A row of any kind.
R = TypeVar("R")
# What a row or column is in a sum: a part that is added or taken off, or the total.
PART, LESS, TOTAL = "+", "-", "="


@dataclass(frozen=True)
class Adds(Generic[R]):
    """What adds up in a table, which its markup says, so that a reader's program can check it.

    Attributes
    ----------
    rows
        What a row is in the sums of the columns: `PART`, `LESS`, `TOTAL` or "" for none. A total
        is that of the parts since the total before it.
    columns
        What a column is in the sum of each row, by title as given to `table`.
    """

    rows: Callable[[R], str] = lambda _: ""
    columns: Mapping[str, str] = field(default_factory=dict)


def table(
    view: View,
    name: str,
    rows: Sequence[R],
    columns: Mapping[str, Callable[[R], object]],
    adds: Adds[R] | None = None,
    **values: object,
) -> Html:
    """Return a table with the caption `table.NAME`.

    Parameters
    ----------
    name
        Name of the caption message, and of `none.NAME`, which replaces a table without rows.
    rows
        Any objects, one for each row.
    columns
        Functions that return the cell of a row, by column title: NAME of a message
        `column.NAME`, or else the title itself. The first column holds the row headings;
        columns of figures are aligned right. A column of texts that says the same in every row is
        left out where nothing adds up, and a note below the table says what.
    adds
        What of the table adds up. Where rounding hides that it does, a note below says so.
    **values
        Placeholders of the caption besides `unit` (of money) and `year`.
    """
    if not rows:
        return paragraph(view.messages.say(f"none.{name}"))
    filled_in = {"unit": view.numbers.scale.name, "year": view.year, **values}
    caption = view.messages.say(f"table.{name}", **filled_in)
    titles = [view.messages.say(f"column.{c}") if has(f"column.{c}") else c for c in columns]
    cells = [[cell(row) for cell in columns.values()] for row in rows]
    many = view.messages.say("table.all_rows", count=len(rows)) if len(rows) > MOST_ROWS else ""
    if adds is None:
        return _without_the_same(view, caption, titles, cells, f"table-{name}", many)
    signs = [adds.rows(row) for row in rows], [adds.columns.get(column, "") for column in columns]
    listed = render_table(caption, titles, cells, key=f"table-{name}", signs=signs, all_rows=many)
    transposed = [list(column) for column in zip(*cells, strict=True)]
    exact = _add_up(signs[0], transposed[1:]) and _add_up(signs[1], cells)
    return (
        listed if exact else together(listed, paragraph(view.messages.say("table.rounded"), "note"))
    )


def _without_the_same(  # noqa: PLR0913, PLR0917
    view: View,
    caption: str,
    titles: Sequence[str],
    cells: Sequence[Sequence[object]],
    key: str,
    many: str,
) -> Html:
    """Return a table without the columns that say the same in every row; a note says what."""
    places = range(len(titles))
    same = [place for place in places if place and _says_the_same(row[place] for row in cells)]
    shown = [place for place in places if place not in same]
    # What would be left is no table.
    if len(cells) < LEAST_ROWS or len(shown) < LEAST_COLUMNS:
        same, shown = [], [*places]
    named = [titles[place] for place in shown]
    kept = [[row[place] for place in shown] for row in cells]
    made = render_table(caption, named, kept, key=key, all_rows=many)
    told = [_told(view, titles[place], cells[0][place]) for place in same]
    note = paragraph(view.messages.say("table.same", columns=view.messages.join(told)), "note")
    return together(made, note) if told else made


def _says_the_same(cells: Iterable[object]) -> bool:
    """Tell whether cells are all alike; figures never count as such.

    A figure belongs to the sum of its row, also where it is the same in every row.
    """
    texts = {cell.markup if isinstance(cell, Html) else str(cell) for cell in cells}
    return len(texts) == 1 and not mostly_figures([*texts])


def _told(view: View, title: str, cell: object) -> str:
    """Return a column and what it says in every row."""
    text = cell.text if isinstance(cell, Html) else str(cell)
    value = text if text.strip() else view.messages.say("report.missing")
    return view.messages.say("value.named", name=title, value=value)


def _add_up(signs: Sequence[str], series: Iterable[Sequence[object]]) -> bool:
    """Return whether the figures of each series, as they are shown, add up to their totals.

    A sum of which a part is not shown as a figure is none.
    """
    for each in series:
        parts: list[Decimal | None] = []
        for sign, cell in zip(signs, each, strict=True):
            shown = as_shown(str(cell))
            if sign == TOTAL:
                known = [part for part in parts if part is not None]
                whole = parts and shown is not None and len(known) == len(parts)
                if whole and sum(known) != shown:
                    return False
                parts = []
            elif sign:
                parts.append(-shown if sign == LESS and shown is not None else shown)
    return True


def bullets(view: View, name: str, items: Sequence[str]) -> Html:
    """Return a bullet list, or the sentence `none.NAME` if it has no items."""
    if not items:
        return paragraph(view.messages.say(f"none.{name}"))
    return render("list.html.j2", items=items)


def why_missing(view: View, name: str, rows: Iterable[HasReason] = ()) -> Html:
    """Return the sentence `none.NAME` with the distinct reasons of rows, or "no data"."""
    reasons = dict.fromkeys(view.messages.reason(row.reason) for row in rows if row.reason)
    stated = view.messages.join(reasons) or view.messages.reason("no_data")
    return paragraph(view.messages.say(f"none.{name}", reasons=stated))


def applies(view: View, indicators: Iterable[str]) -> bool:
    """Return whether any of the indicators is defined for the kind of the unit."""
    return any(
        view.unit.kind in view.policy.definitions[indicator].kinds for indicator in indicators
    )


def definitions(view: View, indicators: Iterable[str]) -> Html:
    """Return what indicators of a table are, folded below it."""
    named = [
        (view.messages.indicator(name), _defined(view, name)) for name in dict.fromkeys(indicators)
    ]
    return render("definitions.html.j2", named=named, say=view.messages.say)


def _defined(view: View, name: str) -> str:
    """Return what an indicator is: its formula, or that it was supplied as it is."""
    known, direction = view.policy.definitions, view.policy.direction(name)
    if name in known:
        return define(known[name], view.messages, known, direction)
    parts = [
        view.messages.say("definition.supplied"),
        view.messages.say(f"unit.{view.policy.units.get(name, 'fraction')}"),
        *([view.messages.say(f"better.{direction}")] if direction else []),
    ]
    return view.messages.join(parts)
