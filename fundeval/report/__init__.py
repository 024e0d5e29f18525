"""Reports: number formats, charts, sections, HTML pages and the result workbook."""

from fundeval.jupyter import prepare_notebook
from fundeval.report.report import Report, open_unit

prepare_notebook()


def warm_up(evaluation: str, lang: str) -> None:
    """Load in this process what every report needs, so that its forks start faster."""
    # Imported here: nbconvert is slow to import, and a notebook does not need it.
    from fundeval.report.warm import warm_up as warm  # noqa: PLC0415

    warm(evaluation, lang)


__all__ = ["Report", "open_unit", "warm_up"]
