"""An executed notebook as one HTML file: no address to fetch, whole without script, on paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from html import escape, unescape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.templateexporter import TemplateExporter

from fundeval.report.charts.text_width import cut
from fundeval.report.format.html_fragments import TEMPLATES
from fundeval.report.pages.cell_outputs import show_cells
from fundeval.report.pages.code_listing import list_code
from fundeval.report.pages.contents import Outline, unlink_missing
from fundeval.report.pages.standalone import hash_of
from fundeval.report.pages.style_texts import quoted
from fundeval.report.pages.unit_links import Address, link_units, no_address
from fundeval.words import say

TEMPLATE = "notebook.html.j2"
# Of the running header, in Chinese signs: what one line of A4 holds.
MOST_HEADER = 50
# Where the first screen ends.
FIRST_SCREEN = "</header>"


def render(  # noqa: PLR0913
    notebook: Any,
    lang: str,
    title: str | None = None,
    ids: Sequence[str] = (),
    address: Address = no_address,
    *,
    objections: str = "",
) -> str:
    """Return an executed notebook as a page.

    Code is kept, folded, at the end. A cell tagged `page-hide` shows nothing but that.

    Parameters
    ----------
    notebook
        The notebook, a node or a path.
    lang
        Language of the page, `zh` or `en`.
    title
        Title of the page; by default the first heading of it.
    ids
        Ids of the cells by which an error names them; by default those of the notebook.
    address
        Where the report of a unit is, from this page.
    objections
        A line for the foot of the first screen, "" for none.

    Raises
    ------
    NoStaticFormError
        If a cell gave what cannot be shown without a script.
    """
    if isinstance(notebook, str | Path):
        notebook = nbformat.read(notebook, as_version=4)
    title = title or _first_heading(notebook)
    outline = Outline(lang)
    parts = [outline.read(link_units(part, address)) for part in show_cells(notebook, lang, ids)]
    if objections:
        parts = _with_foot(parts, objections)
    script = report_script()
    resources = {
        "lang": lang,
        "title": title,
        "header": quoted(cut(title, MOST_HEADER)),
        "say": partial(say, lang=lang),
        "parts": unlink_missing(parts),
        "code": list_code(notebook),
        "contents": outline.entries if len(outline.entries) > 1 else [],
        "script": script,
        "script_hash": hash_of(script),
    }
    # Not `from_notebook_node`: it would copy the notebook, which is as large as the page.
    return str(_exporter().template.render(nb=notebook, resources=resources))


def _with_foot(parts: Sequence[str], line: str) -> list[str]:
    """Return the parts of a page with a line at the foot of its first screen, or at its end."""
    foot = f'<p class="objections">{escape(line)}</p>'
    for place, part in enumerate(parts):
        if FIRST_SCREEN in part:
            return [*parts[:place], part.replace(FIRST_SCREEN, f"{foot}\n{FIRST_SCREEN}", 1),
                    *parts[place + 1 :]]  # fmt: skip
    return [*parts, foot]


@cache
def report_script() -> str:
    """Return what a page of a report does beyond its HTML."""
    return (TEMPLATES / "report.js").read_text(encoding="utf-8").strip()


@cache
def _exporter() -> TemplateExporter:
    return TemplateExporter(  # type: ignore[no-untyped-call]
        template_name=TEMPLATES.name,
        extra_template_basedirs=[str(TEMPLATES.parent)],
        template_file=TEMPLATE,
        file_extension=".html",
        preprocessors=[],
    )


def _first_heading(notebook: Any) -> str:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = re.search(r"<h1>(.*?)</h1>", output.get("data", {}).get("text/html", ""))
            if found:
                return unescape(found.group(1))
    return "fundeval"
