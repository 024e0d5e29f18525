"""What a process does once, so that each report that a fork of it makes costs less."""

from __future__ import annotations

import nbformat

from fundeval.report.pages import notebook_page
from fundeval.report.report import PARTS, open_unit
from fundeval.results import parquet


def warm_up(evaluation: str, lang: str) -> None:
    """Show all there is to show of one unit: so imports are done and templates, words and signs
    are read.

    It starts no thread and leaves nothing that a later report could differ by.
    """
    open_unit(parquet.common(evaluation), evaluation, lang=lang).show(*PARTS)
    notebook_page.render(nbformat.v4.new_notebook(), lang)
