"""Tables and bullet lists of a report; an empty one becomes a sentence that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from fundeval.report.format.html_fragments import Html, paragraph, render, render_table
from fundeval.report.unit_view import View
from fundeval.words import has


class HasReason(Protocol):
    """A row that may say why it has no value."""

    @property
    def reason(self) -> str | None:
        """The code of the reason, "" or None for none."""


# A row of any kind.
R = TypeVar("R")


def table(
    view: View,
    name: str,
    rows: Sequence[R],
    columns: Mapping[str, Callable[[R], object]],
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
        columns of figures are aligned right.
    **values
        Placeholders of the caption besides `unit` (the currency) and `year`.
    """
    if not rows:
        return paragraph(view.messages.say(f"none.{name}"))
    filled_in = {"unit": view.numbers.plain_scale.name, "year": view.year, **values}
    caption = view.messages.say(f"table.{name}", **filled_in)
    titles = [view.messages.say(f"column.{c}") if has(f"column.{c}") else c for c in columns]
    cells = [[cell(row) for cell in columns.values()] for row in rows]
    return render_table(caption, titles, cells, key=f"table-{name}")


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
