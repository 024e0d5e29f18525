"""Figures in a notebook: as SVG, the same bytes in every run, with words for who cannot see them.

matplotlib is not imported here: a notebook may not draw.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

# What a figure says of itself is cut to as many axes.
MOST_AXES = 6
# Of the inline backend: no date, which would differ from run to run.
SAVING = {"bbox_inches": "tight", "metadata": {"Date": None}}


def configure_figures(shell: Any) -> None:
    """Let matplotlib's inline backend give SVG without a date, unless the user chose otherwise."""
    if "InlineBackend" in shell.config:
        return
    shell.config.InlineBackend.figure_formats = {"svg"}
    shell.config.InlineBackend.print_figure_kwargs = SAVING
    # Where the backend is there already, it has read its configuration.
    for configurable in shell.configurables:
        if type(configurable).__name__ == "InlineBackend":
            configurable.update_config(shell.config)


def describe_figures(shell: Any) -> None:
    """Give the picture of each figure an alternative text, whatever its format becomes."""
    from IPython.core import pylabtools  # noqa: PLC0415

    select = pylabtools.select_figure_formats

    @wraps(select)
    def select_and_describe(shell: Any, *formats: Any, **saving: Any) -> None:
        select(shell, *formats, **saving)  # type: ignore[no-untyped-call]
        _describe(shell)

    # A change of the format, with %config, sets the plain formatters again.
    pylabtools.select_figure_formats = select_and_describe
    _describe(shell)


def describe(figure: Any) -> str:
    """Return what a figure says of itself: its titles, and what its axes are.

    Parameters
    ----------
    figure
        A `matplotlib.figure.Figure`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.subplots().set(title="Score by region", xlabel="Region", ylabel="Score")
    >>> describe(figure)
    'Score by region: Region × Score'
    """
    said = [figure.get_suptitle()]
    for axes in figure.axes[:MOST_AXES]:
        named = " × ".join(filter(None, (axes.get_xlabel(), axes.get_ylabel())))
        said.append(": ".join(filter(None, (axes.get_title(), named))))
    return "; ".join(dict.fromkeys(" ".join(text.split()) for text in said if text.strip()))


def _describe(shell: Any) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415

    formatters = shell.display_formatter.formatters
    for kind in ("image/svg+xml", "image/png", "image/jpeg"):
        try:
            draw = formatters[kind].lookup_by_type(Figure)
        except KeyError:
            continue
        if not isinstance(draw, _Described):
            formatters[kind].for_type(Figure, _Described(draw))


class _Described:
    """Draws a figure, with its alternative text as metadata."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw

    def __call__(self, figure: Any) -> Any:
        drawn, said = self.draw(figure), describe(figure)
        if drawn is None or not said:
            return drawn
        picture, more = drawn if isinstance(drawn, tuple) else (drawn, {})
        return picture, {**more, "alt": said}
