"""What a notebook is given without asking: the theme of its charts, readers of workbooks, tables.

Nothing heavy is imported here: what concerns a library is done when a notebook imports it.
"""

from __future__ import annotations

import sys
from typing import Any

from fundeval.jupyter.on_import import after_import

_done: set[str] = set()


def prepare_notebook() -> None:
    """Prepare the notebook that this process runs, if it runs one.

    Charts of matplotlib and seaborn get a Chinese font that is there, the theme of the reports,
    and bytes that do not differ from run to run; `pandas.read_excel` reads with calamine.
    """
    shell = _shell()
    if shell is None or "notebook" in _done:
        return
    _done.add("notebook")
    # Imported here: every use of the package comes by, and few are in a notebook.
    from fundeval.jupyter.figures import configure_figures  # noqa: PLC0415

    configure_figures(shell)
    # Whoever draws imports it; the charts of a report's own pieces do without.
    after_import("matplotlib.pyplot", _use_theme)
    after_import("matplotlib_inline.backend_inline", _describe_figures)
    after_import("pandas", _set_pandas)


def prepare_batch(lang: str) -> None:
    """Prepare a notebook that makes a report: what would need a script is static from the start.

    Parameters
    ----------
    lang
        Language of the report, `zh` or `en`.
    """
    prepare_notebook()
    if "batch" in _done:
        return
    _done.add("batch")
    if (shell := _shell()) is not None:
        from fundeval.jupyter.in_batch import set_up  # noqa: PLC0415

        set_up(shell)
    after_import("itables", lambda _: _make_static(lang))


def _shell() -> Any:
    """Return the shell of this notebook, None in any other process."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _use_theme(_: object) -> None:
    from fundeval.jupyter.theme import use_theme  # noqa: PLC0415

    use_theme()


def _describe_figures(_: object) -> None:
    from fundeval.jupyter.figures import describe_figures  # noqa: PLC0415

    describe_figures(_shell())


def _set_pandas(pandas: Any) -> None:
    # As in any kernel: where pandas came before the shell, it takes this for a terminal.
    pandas.set_option("display.max_columns", 20)
    for kind in ("xlsx", "xlsm", "xlsb", "xls", "ods"):
        pandas.set_option(f"io.excel.{kind}.reader", "calamine")


def _make_static(lang: str) -> None:
    from fundeval.jupyter.static_tables import make_static  # noqa: PLC0415

    make_static(lang)
