"""Commands on the results of a run: explain, sign, pdf, docx."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from fundeval.cli.common import Lang, app, exit_on_bad_input, help_text
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

MadeRun = Annotated[Path, typer.Argument(help=help_text("cli.made_run"))]
Only = Annotated[list[str] | None, typer.Option(help=help_text("cli.only"))]
Annexes = Annotated[
    bool, typer.Option("--with-annexes/--without-annexes", help=help_text("cli.annexes"))
]


class SigningRole(Enum):
    """Roles of the people who sign."""

    EVALUATOR = "evaluator"
    REVIEWER = "reviewer"


@app.command(help=help_text("cli.explain"))
def explain(
    run: MadeRun,
    unit: Annotated[str, typer.Argument(help=help_text("cli.unit"))],
    what: Annotated[str | None, typer.Argument(help=help_text("cli.what"))] = None,
    lang: Lang = None,
) -> None:
    """Print how scores, next year's budget and the restriction of a unit were computed."""
    import fundeval

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        text = fundeval.open(run, language).unit(unit).explain(what)
    typer.echo(text + "\n")


@app.command(help=help_text("cli.sign"))
def sign(
    run: MadeRun,
    role: Annotated[SigningRole, typer.Option(help=help_text("cli.role"))],
    name: Annotated[str, typer.Option(help=help_text("cli.name"))],
    note: Annotated[str, typer.Option(help=help_text("cli.note"))] = "",
    lang: Lang = None,
) -> None:
    """Sign off a run."""
    from fundeval.batch import signoff
    from fundeval.batch.verify import find_changed_files

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        if any(find_changed_files(run)):
            raise BadInputError([Problem("sign.not_as_made", str(run))])
        state = signoff.sign(run, role.value, name, note, language)
    typer.echo(say(f"sign.{state}", language))


@app.command("pdf", help=help_text("cli.pdf"))
def print_pages(
    run: MadeRun,
    only: Only = None,
    annexes: Annexes = True,
    lang: Lang = None,
) -> None:
    """Print reports to PDF."""
    from fundeval.report.pages.pdf import Paper, print_pdf

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        pages = _pages(run, only)
        printed = print_pdf(pages, run / "pdf", Paper(language, _state(run, language), annexes))
    typer.echo(say("cli.printed", language, count=len(printed), path=run / "pdf"))


@app.command("docx", help=help_text("cli.docx"))
def write_documents(
    run: MadeRun,
    only: Only = None,
    annexes: Annexes = True,
    lang: Lang = None,
) -> None:
    """Write reports as Word documents."""
    from fundeval.report.word.document import write_document

    language = lang or DEFAULT_LANGUAGE
    folder = run / "docx"
    with exit_on_bad_input(language):
        pages = _pages(run, only)
        folder.mkdir(exist_ok=True)
        state = _state(run, language)
        for page in pages:
            write_document(page, folder / f"{page.stem}.docx", state, annexes=annexes)
    typer.echo(say("cli.written_documents", language, count=len(pages), path=folder))


def _pages(run: Path, only: list[str] | None) -> list[Path]:
    """Return the reports of a run that were asked for; raises BadInputError for each absent one."""
    from fundeval.batch.plan import report_page

    pages = [report_page(run, unit_id) for unit_id in only or ()]
    if absent := [page for page in pages if not page.is_file()]:
        raise BadInputError([Problem("pdf.no_report", str(page)) for page in absent])
    pages = pages or sorted((run / "reports").glob("*.html"))
    if not pages:
        raise BadInputError([Problem("pdf.no_report", str(run / "reports"))])
    return pages


def _state(run: Path, language: str) -> str:
    """Return whether a run is signed, in words."""
    from fundeval.batch.signoff import signoff_state, valid_signoffs

    return say(f"sign.{signoff_state(valid_signoffs(run))}", language)
