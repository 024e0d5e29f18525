"""Reports: number formats, charts, sections, HTML pages and the result workbook."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fundeval.jupyter import prepare_notebook

if TYPE_CHECKING:
    from fundeval.report.report import Report, open_unit

prepare_notebook()


def __getattr__(name: str) -> Any:
    """Load a report with its charts when it is asked for: many need the words and formats alone."""
    if name in ("Report", "open_unit"):
        return getattr(import_module("fundeval.report.report"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def warm_up(evaluation: str, lang: str) -> None:
    """Load in this process what every report needs, so that its forks start faster."""
    # Imported here: nbconvert is slow to import, and a notebook does not need it.
    from fundeval.report.warm import warm_up as warm  # noqa: PLC0415

    warm(evaluation, lang)


__all__ = ["Report", "open_unit", "warm_up"]
