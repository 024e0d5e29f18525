"""What the cells of an executed notebook show on a page: the richest form without a script."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape
from nbconvert.filters import strip_ansi

from fundeval.report.charts.text_width import cut
from fundeval.report.format.html_fragments import paragraph, unwrapped
from fundeval.report.pages.own_html import OwnHtml, own_html
from fundeval.words import say

# The tag of a cell that the page does not show; its code stands with that of the others.
HIDDEN = "page-hide"
PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
TEXTS = ("text/markdown", "text/latex", "application/json", "text/plain")
# What pandas may add of a frame that it shows as HTML as well.
BESIDE = {"application/vnd.dataresource+json"}
# What calls that draw return: it says nothing to a reader.
DRAWING = re.compile(
    r"<(matplotlib|mpl_toolkits|seaborn)\.|<\w*Axes\w*[\s:(>]|<Figure size|<\w*Container "
    r"|^\[?Text\("
)
# Chinese signs of a line of code that a message or an alternative text quotes.
MOST_QUOTED = 40


class NoStaticFormError(Exception):
    """Cells with outputs that a page cannot show."""


class _NotStaticError(Exception):
    """What one output gave, and the message that says what to do."""

    def __init__(self, gave: str, remedy: str) -> None:
        super().__init__(gave)
        self.gave, self.remedy = gave, remedy


def show_cells(notebook: Any, lang: str, ids: Sequence[str] = ()) -> Iterator[str]:
    """Yield what each cell shows as HTML.

    Parameters
    ----------
    notebook
        The executed notebook.
    lang
        Language of what is said about an output, `zh` or `en`.
    ids
        Ids of the cells in the notebook as its author knows it, for messages; by default those
        that it has.

    Raises
    ------
    NoStaticFormError
        After the last cell, if the output of any has no form without a script: its cells, what
        they gave and what to do.
    """
    ids = ids or [cell.get("id", "") for cell in notebook.cells]
    failures: list[str] = []
    for name, cell in zip(ids, notebook.cells, strict=True):
        if HIDDEN in cell.metadata.get("tags", ()):
            continue
        shown = _Cell(cell, _first_line(cell.source), lang)
        try:
            yield from shown.parts()
        except _NotStaticError as error:
            told = {"cell": name, "line": shown.line, "gave": error.gave}
            failures.append(say("own.no_static_form", lang, **told, remedy=say(error.remedy, lang)))
    if failures:
        raise NoStaticFormError("\n".join(failures))


def _first_line(source: str) -> str:
    lines = (line.strip() for line in source.splitlines())
    return cut(next((line for line in lines if line and not line.startswith("#")), ""), MOST_QUOTED)


@dataclass(frozen=True)
class _Cell:
    """A cell that is shown."""

    cell: Any
    line: str
    lang: str

    def parts(self) -> Iterator[str]:
        """Yield its parts from the top down."""
        if self.cell.cell_type == "markdown":
            yield self._markdown(self.cell.source, self.cell.get("attachments"))
        elif self.cell.cell_type == "code":
            drawn = any(
                kind in output.get("data", ()) for output in self.cell.outputs for kind in PICTURES
            )
            for output in self.cell.outputs:
                yield from self._output(output, drawn)

    def _output(self, output: Any, drawn: bool) -> Iterator[str]:
        if output.output_type == "stream":
            yield _preformatted(output.text)
        elif output.output_type == "error":
            yield _preformatted("\n".join(output.traceback), "output error")
        elif not (drawn and _only_names_a_drawing(output.data)):
            yield self._bundle(output.data, output.metadata)

    def _bundle(self, data: dict[str, Any], metadata: dict[str, Any]) -> str:
        """Return the richest form of an output that needs no script."""
        html: str | None = data.get("text/html")
        reduced = ""
        if html is not None:
            own = unwrapped(html) if html else ""
            if own is not None:
                return own
            found = self._html(html)
            if found.whole:
                return found.markup
            reduced = found.markup
        for kind in PICTURES:
            if kind in data:
                return self._picture(kind, data[kind], metadata.get(kind, {}))
        if reduced:
            return reduced + paragraph(self._say("no_script"), "note").markup
        for kind in TEXTS[:-1]:
            if kind in data:
                return self._text(kind, data[kind])
        return self._plain(data)

    def _plain(self, data: dict[str, Any]) -> str:
        """Return the text of an output that has no other form."""
        others = sorted(data.keys() - {"text/plain"} - BESIDE)
        text = data.get("text/plain", "")
        if others:
            raise _NotStaticError(", ".join(others), "own.script")
        if DRAWING.search(text):
            raise _NotStaticError(cut(text, MOST_QUOTED), "own.drawing")
        return _preformatted(text)

    def _text(self, kind: str, text: Any) -> str:
        if kind == "text/markdown":
            return self._markdown(text)
        if kind == "application/json":
            return _preformatted(json.dumps(text, ensure_ascii=False, indent=1, sort_keys=True))
        # Imported here: the notebooks of this project have none.
        from fundeval.report.pages.formulas import NoFormulaError, render_latex  # noqa: PLC0415

        try:
            found = self._html(render_latex(text))
        except NoFormulaError as error:
            raise _NotStaticError(str(error), "own.formula") from error
        if not found.whole:
            raise _NotStaticError(kind, "own.formula")
        return found.markup

    def _markdown(self, text: str, attachments: Any = None) -> str:
        from fundeval.report.pages.formulas import NoFormulaError, render_markdown  # noqa: PLC0415

        try:
            html = render_markdown(text, attachments)
        except NoFormulaError as error:
            raise _NotStaticError(str(error), "own.formula") from error
        found = self._html(html)
        if not found.whole:
            raise _NotStaticError("text/markdown", "own.script")
        return found.markup

    def _html(self, html: str) -> OwnHtml:
        return own_html(html, self._say("table", cell=self.line))

    def _picture(self, kind: str, content: str, metadata: dict[str, Any]) -> str:
        """Return a picture: as such, an SVG can neither run a script nor clash with another."""
        coded = content if kind != PICTURES[0] else base64.b64encode(content.encode()).decode()
        said = metadata.get("alt") or self._say("picture", cell=self.line)
        width = f' width="{int(metadata["width"])}"' if "width" in metadata else ""
        source = f"data:{kind};base64,{''.join(coded.split())}"
        return f'<figure class="own"><img src="{source}" alt="{escape(said)}"{width}></figure>'

    def _say(self, message: str, **values: Any) -> str:
        return say(f"own.{message}", self.lang, **values)


def _only_names_a_drawing(data: dict[str, Any]) -> bool:
    return set(data) == {"text/plain"} and bool(DRAWING.search(data["text/plain"]))


def _preformatted(text: str, style: str = "output") -> str:
    plain = strip_ansi(text)  # type: ignore[no-untyped-call]
    return f'<pre class="{style}">{escape(plain)}</pre>'
