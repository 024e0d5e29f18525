"""The commands on a run that was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval.cli.common import Lang, app, help_text, refusing
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from fundeval.report.view import View


@app.command(help=help_text("cli.explain"))
def explain(
    run: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))],
    unit: Annotated[str, typer.Argument(help=help_text("cli.unit"))],
    indicator: Annotated[str | None, typer.Argument(help=help_text("cli.indicator"))] = None,
    lang: Lang = None,
) -> None:
    """Print how the scores of a unit came about, or one of its indicators."""
    from fundeval.report.explain import explain

    spoken = lang or DEFAULT_LANGUAGE
    with refusing(spoken):
        view = _open(run, unit, spoken)
        for name in _chosen(view, indicator):
            typer.echo("\n".join([*explain(view, name), ""]))


def _open(run: Path, unit: str, spoken: str) -> View:
    """Open a unit in a run's folder."""
    from fundeval.report import open_unit

    folder = run / "evaluation" if (run / "evaluation").is_dir() else run
    return open_unit(unit, folder, lang=spoken).view


def _chosen(view: View, indicator: str | None) -> list[str]:
    """Return the indicator asked for, or all that are scored; refuse one that there is not."""
    scored = [row.indicator for row in view.own("scores")]
    values = view.own("indicators", year=view.year)
    known = sorted({*scored, *(row.indicator for row in values)})
    chosen = scored if indicator is None else [name for name in known if name == indicator]
    if chosen:
        return chosen
    rule = "explain.unknown_indicator" if indicator else "explain.not_scored"
    raise BadInputError([Problem(rule, view.unit_id, {"known": ", ".join(known)}, value=indicator)])
