"""The commands on a run that was made."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval.cli.common import Lang, app, help_text, refusing
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

if TYPE_CHECKING:
    from fundeval.report.unit_view import View


class SigningRole(Enum):
    """Who signs."""

    EVALUATOR = "evaluator"
    REVIEWER = "reviewer"


@app.command(help=help_text("cli.explain"))
def explain(
    run: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))],
    unit: Annotated[str, typer.Argument(help=help_text("cli.unit"))],
    indicator: Annotated[str | None, typer.Argument(help=help_text("cli.indicator"))] = None,
    lang: Lang = None,
) -> None:
    """Print how the scores of a unit came about, or one of its indicators."""
    from fundeval.report.text.explain import explain

    spoken = lang or DEFAULT_LANGUAGE
    with refusing(spoken):
        view = _open(run, unit, spoken)
        for name in _chosen(view, indicator):
            typer.echo("\n".join([*explain(view, name), ""]))


@app.command(help=help_text("cli.sign"))
def sign(
    run: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))],
    role: Annotated[SigningRole, typer.Option(help=help_text("cli.role"))],
    name: Annotated[str, typer.Option(help=help_text("cli.name"))],
    note: Annotated[str, typer.Option(help=help_text("cli.note"))] = "",
    lang: Lang = None,
) -> None:
    """Sign off a run."""
    from fundeval.batch import signoff
    from fundeval.batch.verify import differing_files

    spoken = lang or DEFAULT_LANGUAGE
    with refusing(spoken):
        if any(differing_files(run)):
            raise BadInputError([Problem("sign.not_as_made", str(run))])
        state = signoff.sign(run, role.value, name, note, spoken)
    typer.echo(say(f"sign.{state}", spoken))


@app.command("pdf", help=help_text("cli.pdf"))
def print_pages(
    run: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))],
    only: Annotated[list[str] | None, typer.Option(help=help_text("cli.only"))] = None,
    lang: Lang = None,
) -> None:
    """Print reports to PDF."""
    from fundeval.batch.plan import file_stem
    from fundeval.report.pages.pdf import print_pdf

    spoken = lang or DEFAULT_LANGUAGE
    reports = run / "reports"
    pages = [reports / f"{file_stem(unit_id)}.html" for unit_id in only or ()]
    with refusing(spoken):
        if absent := [page for page in pages if not page.is_file()]:
            raise BadInputError([Problem("pdf.no_report", str(page)) for page in absent])
        printed = print_pdf(pages or sorted(reports.glob("*.html")), run / "pdf")
    typer.echo(say("cli.printed", spoken, count=len(printed), path=run / "pdf"))


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
