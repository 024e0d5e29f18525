"""HTML fragments from escaping templates, which a notebook can display."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parents[1] / "template"
# A number, with a unit after it or none.
_FIGURE = re.compile(r"[-+]?[\d,]*\d(\.\d+)?(%| \D*)?")


@dataclass(frozen=True, repr=False)
class Html:
    """Escaped HTML that a notebook displays and a template inserts unchanged."""

    markup: str

    def _repr_html_(self) -> str:
        return self.markup

    def __html__(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return f"<Html, {len(self.markup)} characters>"


@cache
def environment() -> Environment:
    """Return the shared Jinja environment: values are escaped, templates compiled once."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render(template: str, **values: object) -> Html:
    """Fill in a template of the folder `template`; every value except `Html` is escaped."""
    return Html(environment().get_template(template).render(**values))


def paragraph(text: str, style: str = "") -> Html:
    """Return a paragraph, with a class of the style sheet if given.

    Examples
    --------
    >>> "a &lt; b" in paragraph("a < b").markup
    True
    """
    return render("paragraph.html.j2", text=text, style=style)


def render_table(caption: str, titles: Sequence[str], rows: Sequence[Sequence[object]]) -> Html:
    """Return a table in which the first cell of each row is its heading.

    Columns in which at least half of the cells are figures are aligned right.
    """
    texts = [[str(cell) for cell in row] for row in rows]
    figures = [
        2 * sum(bool(_FIGURE.fullmatch(cell)) for cell in column) >= len(column)
        for column in zip(*texts, strict=True)
    ]
    columns = list(zip(titles, [False, *figures[1:]], strict=True))
    return render("table.html.j2", caption=caption, columns=columns, rows=rows)


def together(*pieces: Html | None) -> Html:
    """Concatenate fragments; None is skipped."""
    return Html(Markup("\n").join(piece for piece in pieces if piece is not None))
