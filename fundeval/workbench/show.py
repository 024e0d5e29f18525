"""A table that sorts and filters, in a notebook."""

from __future__ import annotations

from typing import Any

import itables
import pandas as pd
from IPython.display import HTML, display

from fundeval.words import DEFAULT_LANGUAGE, say

# Sentences of DataTables, by their names in its option `language`.
TABLE_WORDS = ("search", "lengthMenu", "info", "infoEmpty", "infoFiltered")
# In the dark theme the texts around a table are white: on the ground of the notebook, then.
GROUND = """<style>
.jp-RenderedHTML div.dt-container { background: transparent; }
.jp-RenderedHTML div.dt-container :is(td, th):not(.dt-type-numeric) { text-align: left; }
</style>"""
# Of one table; what is beyond is left out, and itables says so.
MOST_BYTES = 4 * 2**20
_state = {"loaded": False}


def show(frame: pd.DataFrame | pd.Series, caption: str | None = None, **options: Any) -> None:
    """Show a frame as a table that sorts, searches and turns pages.

    It needs no network: the first call in a notebook brings the program along, so keep the output
    of that cell. In a report, which runs no script, the first rows are shown.

    Parameters
    ----------
    frame
        A frame, best in words: `run.in_words(run.grades)`.
    caption
        Stands above the table.
    **options
        Of itables, such as `pageLength=25` or `column_filters="header"`.

    Examples
    --------
    >>> import fundeval
    >>> import pandas as pd
    >>> fundeval.show(pd.DataFrame({"a": [1]}))  # doctest: +SKIP
    """
    if not _state["loaded"]:
        itables.init_notebook_mode(all_interactive=False, connected=False)
        display(HTML(GROUND))
        _state["loaded"] = True
    words = {name: say(f"table_words.{name.lower()}", DEFAULT_LANGUAGE) for name in TABLE_WORDS}
    style = "table-layout:auto; width:auto; margin:0; caption-side:top"
    itables.show(
        frame, caption, **{"language": words, "style": style, "maxBytes": MOST_BYTES, **options}
    )
