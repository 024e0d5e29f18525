"""Formulas of LaTeX as MathML, which needs no script, and markdown with such formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import escape
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

# A formula in a text: between dollar signs, in \(…\) or \[…\], or an environment.
_FORMULA = re.compile(
    r"\$\$(?P<block>.+?)\$\$|\\\[(?P<bracket>.+?)\\\]"
    r"|\$(?P<line>.+?)\$|\\\((?P<round>.+?)\\\)"
    r"|(?P<environment>\\begin\{(?P<name>[a-zA-Z]+\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
# Environments that only place a formula on a line of its own, which MathML does anyway.
_PLACED = re.compile(r"\\(begin|end)\{(equation|displaymath|math)\*?\}")


# Elements of MathML that have two parts.
TWO_PARTS = ("mfrac", "mroot", "msub", "msup", "mover", "munder")


class NoFormulaError(Exception):
    """A formula that cannot be read."""


def mathml(formula: str, block: bool = False) -> str:
    r"""Return a formula of LaTeX as MathML; `block` puts it on a line of its own.

    Raises
    ------
    NoFormulaError
        If it cannot be read.

    Examples
    --------
    >>> "<mfrac>" in mathml(r"\frac{a}{b}")
    True
    """
    plain = _PLACED.sub("", formula).replace(r"\displaystyle", "")
    # The converter takes signs of HTML as they are.
    safe = plain.strip().replace("<", r"\lt ").replace(">", r"\gt ")
    try:
        made = str(convert(safe, display="block" if block else "inline"))
    except Exception as error:  # it has many, and falls over some mistakes
        raise NoFormulaError(f"{formula.strip()} ({type(error).__name__})") from error
    if wrong := _wrong_in(made):
        raise NoFormulaError(f"{formula.strip()} ({wrong})")
    return made


def _wrong_in(made: str) -> str:
    """Return what the converter let pass: a command that it does not know, or half a fraction."""
    try:
        parts = list(ElementTree.fromstring(made).iter())
    except ElementTree.ParseError as error:
        return str(error)
    for part in parts:
        if (part.text or "").startswith("\\"):
            return str(part.text)
        if part.tag.rpartition("}")[2] in TWO_PARTS and len(part) != 2:
            return part.tag.rpartition("}")[2]
    return ""


def render_latex(text: str) -> str:
    r"""Return a text with formulas of LaTeX as HTML; what is no formula stays text.

    Examples
    --------
    >>> render_latex(r"a < $b$").startswith("<p>a &lt; <math")
    True
    """
    parts, end = [], 0
    for found in _FORMULA.finditer(text):
        parts.append(str(escape(text[end : found.start()])))
        line = found["line"] or found["round"]
        block = found["block"] or found["bracket"] or found["environment"]
        # Alone, a formula is shown large, as a notebook shows it.
        alone = found[0] == text.strip()
        parts.append(mathml(line or block, block=line is None or alone))
        end = found.end()
    parts.append(str(escape(text[end:])))
    return f"<p>{''.join(parts).strip()}</p>"


def render_markdown(text: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Return markdown as HTML, with formulas as MathML and pictures that the cell carries.

    Examples
    --------
    >>> render_markdown("**a** and $b$").startswith("<p><strong>a</strong> and <math")
    True
    """
    return str(MarkdownWithMath(renderer=_Renderer(attachments)).render(text)).strip()


class _Renderer(IPythonRenderer):
    """Markdown of a notebook: headings without links, whose ids could be those of a chapter."""

    def __init__(self, attachments: Mapping[str, Any] | None) -> None:
        super().__init__(
            escape=False, exclude_anchor_links=True, attachments=dict(attachments or {})
        )

    def inline_math(self, body: str) -> str:
        return mathml(body)

    def block_math(self, body: str) -> str:
        return mathml(body, block=True)

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)
