"""An executed notebook as one HTML file: no script, no address to fetch, readable on paper."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.templateexporter import TemplateExporter

from fundeval.report.pieces import TEMPLATES
from fundeval.words import say


def render(notebook: Any, lang: str, title: str | None = None) -> str:
    """Return the notebook (a node or a path) as a page in `lang`.

    The title is that of the first heading, unless given. Code is kept, folded, at the end.
    """
    if isinstance(notebook, str | Path):
        notebook = nbformat.read(notebook, as_version=4)
    resources = {"lang": lang, "title": title or _first_heading(notebook), "say": say}
    page, _ = _exporter().from_notebook_node(notebook, resources=resources)
    return str(page)


@cache
def _exporter() -> TemplateExporter:
    return TemplateExporter(  # type: ignore[no-untyped-call]
        template_name=TEMPLATES.name,
        extra_template_basedirs=[str(TEMPLATES.parent)],
        template_file="notebook.html.j2",
        file_extension=".html",
        preprocessors=[],
    )


def _first_heading(notebook: Any) -> str:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = re.search(r"<h1>(.*?)</h1>", _text(output.get("data", {}).get("text/html", "")))
            if found:
                return unescape(found.group(1))
    return "fundeval"


def _text(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
