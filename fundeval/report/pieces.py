"""Small pieces of HTML from escaped templates, which a notebook can display."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "template"


@dataclass(frozen=True, repr=False)
class Html:
    """A piece of HTML; the names in it are escaped. A notebook shows it as it is."""

    markup: str

    def _repr_html_(self) -> str:
        return self.markup

    def __html__(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return f"<Html, {len(self.markup)} characters>"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: object) -> Html:
    """Return a template of the folder filled in; every value but `Html` is escaped."""
    return Html(_environment().get_template(template).render(**values))


def paragraph(text: str, style: str = "") -> Html:
    """Return a paragraph, with a class of the style sheet if given."""
    return render("paragraph.html.j2", text=text, style=style)


def together(*pieces: Html | None) -> Html:
    """Return the pieces one after the other; None is left out."""
    return Html(Markup("\n").join(piece for piece in pieces if piece is not None))
