"""Tables of itables without script, for a report: their first rows, and how many there are."""

from __future__ import annotations

from typing import Any

import itables
import pandas as pd
from IPython.display import HTML, display
from itables import javascript
from markupsafe import escape

from fundeval.words import say

# Of one table in a report.
MOST_ROWS = 100


def make_static(lang: str) -> None:
    """Let itables show the first rows of a table, and bring no script; for this process.

    Parameters
    ----------
    lang
        Language of what is said of rows left out, `zh` or `en`.
    """

    def to_html_datatable(df: Any, caption: str | None = None, **_: Any) -> str:
        return static_table(df, lang, caption)

    def show(df: Any, caption: str | None = None, **_: Any) -> None:
        display(HTML(static_table(df, lang, caption)))

    def init_notebook_mode(all_interactive: bool = True, **_: Any) -> None:
        javascript.set_itables_repr_html_methods(all_interactive)

    for module in (itables, javascript):
        for function in (to_html_datatable, show, init_notebook_mode):
            setattr(module, function.__name__, function)


def static_table(given: Any, lang: str, caption: str | None = None) -> str:
    """Return the first rows of a frame as HTML, and a sentence if there are more.

    Parameters
    ----------
    given
        A DataFrame, a Series, a Styler (which is shown whole, as it is styled), or what pandas
        makes a DataFrame of.
    lang
        `zh` or `en`.
    caption
        Of the table.

    Examples
    --------
    >>> "The first 100 of 250 rows" in static_table(pd.DataFrame({"a": range(250)}), "en")
    True
    """
    if hasattr(given, "to_html") and not isinstance(given, pd.DataFrame):
        return str(given.set_caption(caption).to_html() if caption else given.to_html())
    if hasattr(given, "to_pandas"):
        given = given.to_pandas()
    frame = given.to_frame() if isinstance(given, pd.Series) else pd.DataFrame(given)
    plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    with pd.option_context("display.max_colwidth", None):
        table = frame.head(MOST_ROWS).to_html(index=not plain, border=0)
    if caption:
        table = table.replace(">", f"><caption>{escape(caption)}</caption>", 1)
    if len(frame) > MOST_ROWS:
        rows = say("own.first_rows", lang, shown=MOST_ROWS, count=len(frame))
        table += f'<p class="note">{escape(rows)}</p>'
    return table
