"""Load imports, templates and messages once, before a process forks to make reports."""

from __future__ import annotations

import nbformat

from fundeval.report.pages import notebook_page
from fundeval.report.report import PARTS, open_unit
from fundeval.results import parquet


def warm_up(evaluation: str, lang: str) -> None:
    """Make every part of one report and discard it, to fill the caches of this process.

    It starts no thread and leaves no state that could change a later report.

    Parameters
    ----------
    evaluation
        Folder of a written evaluation.
    lang
        Language of the reports, `zh` or `en`.
    """
    open_unit(parquet.common(evaluation), evaluation, lang=lang).show(*PARTS)
    notebook_page.render(nbformat.v4.new_notebook(), lang)
