"""HTML fragments from escaping templates, which a notebook can display."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parents[1] / "template"
# What no fragment of a report holds.
_NOT_OURS = re.compile(
    r"<(?:script|iframe|object|embed|link|meta|base|form|body|plaintext|textarea)\b"
    r"|<[^<>]*\son[a-z]+\s*=|javascript:",
    re.IGNORECASE,
)
# A number, with a unit after it or none.
_FIGURE = re.compile(r"[-+]?[\d,]*\d(\.\d+)?(e[-+]\d+)?(%| \D{0,18})?")
# A cell of more bytes is a sentence: of more than 60 letters or 20 Chinese signs.
LONG_CELL = 60
# The name of a unit: the page of a run makes it a link, anywhere else it is only text.
_UNIT = Markup('<span class="unit" data-unit="{}" data-kind="{}">{}</span>')
UNIT = re.compile(r'<span class="unit" data-unit="([^"]*)" data-kind="([^"]*)">(.*?)</span>')
# What a notebook displays stands in an element that its style names.
OPEN, CLOSE = '<div class="fundeval">', "</div>"


@dataclass(frozen=True, repr=False)
class Html:
    """Escaped HTML that a notebook displays and a template inserts unchanged."""

    markup: str

    def _repr_html_(self) -> str:
        """Return it with its own style, for a notebook: cells come and go in any order."""
        return f"{notebook_style()}{OPEN}{self.markup}{CLOSE}" if self.markup else ""

    def __html__(self) -> str:
        return self.markup

    @classmethod
    def link(cls, href: str, text: str) -> Html:
        """Return a text that leads to an address.

        Examples
        --------
        >>> Html.link("a.html", "A & B").markup
        '<a href="a.html">A &amp; B</a>'
        """
        return cls(str(Markup('<a href="{}">{}</a>').format(href, text)))

    @property
    def text(self) -> str:
        """What it says without its markup.

        Examples
        --------
        >>> Html.link("a.html", "A & B").text
        'A & B'
        """
        return unescape(re.sub(r"<[^>]*>", "", self.markup))

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


@cache
def notebook_style() -> str:
    """Return the style of what a notebook displays, which leaves the rest of the notebook alone."""
    style = environment().get_template("notebook_style.css.j2").render()
    return f"<style>{' '.join(line.strip() for line in style.splitlines())}</style>"


def without_style(html: str) -> str:
    """Return what a notebook displays without its style: one is enough for a stored notebook."""
    return html.removeprefix(notebook_style())


def unwrapped(html: str) -> str | None:
    """Return the markup of a displayed `Html`; None for what somebody else displayed.

    Examples
    --------
    >>> unwrapped(paragraph("text")._repr_html_())
    '<p>text</p>'
    >>> unwrapped("<p>text</p>") is None
    True
    """
    bare = without_style(html)
    own = bare.startswith(OPEN) and bare.endswith(CLOSE) and not _NOT_OURS.search(bare)
    return bare[len(OPEN) : -len(CLOSE)] if own else None


def mostly_figures(cells: Sequence[str]) -> bool:
    """Return whether at least half of some texts are figures, with a unit or none.

    Examples
    --------
    >>> mostly_figures(["1,024.5", "98.1%", "—"])
    True
    >>> mostly_figures(["30 days after the end of the year", "90%", "by score: below 60"])
    False
    """
    return 2 * sum(bool(_FIGURE.fullmatch(cell)) for cell in cells) >= len(cells)


def paragraph(text: str, style: str = "") -> Html:
    """Return a paragraph, with a class of the style sheet if given.

    Examples
    --------
    >>> "a &lt; b" in paragraph("a < b").markup
    True
    """
    return render("paragraph.html.j2", text=text, style=style)


def _kind_of(cells: Sequence[str]) -> str:
    """Return how a column is set: figures to the right, sentences with room, others as they are.

    Examples
    --------
    >>> _kind_of(["9.90 months"]), _kind_of(["good"]), _kind_of(["by score: " * 8])
    ('figure', '', 'prose')
    """
    if mostly_figures(cells):
        return "figure"
    return "prose" if any(len(cell.encode()) > LONG_CELL for cell in cells) else ""


def render_table(  # noqa: PLR0913, PLR0917
    caption: str,
    titles: Sequence[str],
    rows: Sequence[Sequence[object]],
    key: str = "",
    signs: tuple[Sequence[str], Sequence[str]] | None = None,
    all_rows: str = "",
) -> Html:
    """Return a table in which the first cell of each row is its heading.

    Columns in which at least half of the cells are figures are aligned right. A table with a
    `key` can be linked to by it. `signs` say of each row and of each column what it is in a sum:
    "+" or "-" a part, "=" the total, "" nothing; they stand in the markup as `data-adds`.
    With `all_rows`, the label of a box, a page shows the first rows until the box is ticked.
    """
    texts = [[cell.text if isinstance(cell, Html) else str(cell) for cell in row] for row in rows]
    kinds = [_kind_of(column) for column in zip(*texts, strict=True)]
    of_rows, of_columns = signs or ([""] * len(rows), [""] * len(titles))
    columns = list(zip(titles, ["", *kinds[1:]], of_columns, strict=True))
    signed = list(zip(of_rows, rows, strict=True))
    return render(
        "table.html.j2", caption=caption, columns=columns, rows=signed, key=key, all=all_rows
    )


def unit_name(unit_id: str, kind: str, name: str) -> Html:
    """Return the name of a unit that a page of a run can make a link to its report.

    Examples
    --------
    >>> unit_name("H1", "hospital", "A & B").markup
    '<span class="unit" data-unit="H1" data-kind="hospital">A &amp; B</span>'
    """
    return Html(str(_UNIT.format(unit_id, kind, name)))


def anchor(*parts: object) -> str:
    """Return an id for a place of a page made from what it is about, the same in every run.

    Examples
    --------
    >>> anchor("finding", "over_execution", "H1-D02", None)
    'finding-over_execution-H1-D02'
    """
    given = (re.sub(r"[^\w-]+", "-", str(part)).strip("-") for part in parts if part is not None)
    return "-".join(part for part in given if part)


def together(*pieces: Html | None) -> Html:
    """Concatenate fragments; None is skipped."""
    return Html(Markup("\n").join(piece for piece in pieces if piece is not None))
