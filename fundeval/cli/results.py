"""Commands on the results of a run: explain, sign, verify, pdf, docx."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from fundeval.cli.common import SOME_FAILED, Lang, app, exit_on_bad_input, help_text
from fundeval.invisible_signs import visible
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

MadeRun = Annotated[Path, typer.Argument(help=help_text("cli.made_run"))]
Only = Annotated[list[str] | None, typer.Option(help=help_text("cli.only"))]
Annexes = Annotated[
    bool, typer.Option("--with-annexes/--without-annexes", help=help_text("cli.annexes"))
]


SignersFile = Annotated[Path | None, typer.Option("--signers", help=help_text("cli.signers"))]
OwnRunFile = Annotated[Path | None, typer.Option("--run-file", help=help_text("cli.own_run_file"))]


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
    key: Annotated[Path | None, typer.Option(help=help_text("cli.key"))] = None,
    identity: Annotated[str, typer.Option(help=help_text("cli.identity"))] = "",
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_text("cli.until"))
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help=help_text("cli.withdraw"))] = False,
    accept: Annotated[
        bool, typer.Option("--accept-incomplete", help=help_text("cli.accept"))
    ] = False,
    signers: SignersFile = None,
    run_file: OwnRunFile = None,
    lang: Lang = None,
) -> None:
    """Sign off a run, or withdraw that."""
    from fundeval.batch import signing
    from fundeval.batch.own_run_file import find_own_run_file, signing_of
    from fundeval.batch.read_manifest import read_manifest
    from fundeval.batch.signoff import standing_signoffs, state_in_words
    from fundeval.batch.verify import find_changed_files

    language = lang or DEFAULT_LANGUAGE
    who = signing.Signer(name, note, key, identity, until.date() if until else None)
    with exit_on_bad_input(language):
        manifest = read_manifest(run)
        if manifest is None or (not withdraw and any(find_changed_files(run))):
            raise BadInputError([Problem("sign.not_as_made", str(run))])
        if manifest.public:
            raise BadInputError([Problem("sign.public", str(run))])
        incomplete = {} if withdraw else manifest.incomplete()
        if incomplete and not accept:
            raise BadInputError([_incomplete(run, incomplete, language)])
        how = signing_of(manifest, find_own_run_file(run, manifest, run_file))
        found = signing.find_signers(run, how, signers)
        act = signing.Act(role.value, incomplete, withdraw)
        signing.sign(run, act, who, found, manifest.run.get("lang", language))
        words = state_in_words(standing_signoffs(run), language)
    typer.echo(words)


def _incomplete(run: Path, incomplete: Mapping[str, str], lang: str) -> Problem:
    shown = sorted(incomplete)[:10]
    values = {"count": len(incomplete), "which": say("problem.separator", lang).join(shown)}
    return Problem("sign.incomplete", str(run), values)


@app.command(help=help_text("cli.verify"))
def verify(
    folder: MadeRun,
    sample: Annotated[int, typer.Option(min=0, help=help_text("cli.sample"))] = 3,
    seed: Annotated[int | None, typer.Option(min=0, help=help_text("cli.seed"))] = None,
    signers: SignersFile = None,
    run_file: OwnRunFile = None,
    lang: Lang = None,
) -> None:
    """Verify that a run is unchanged, signed and reproducible."""
    from fundeval.batch.verify import Asked, Coverage, verify

    language = lang or DEFAULT_LANGUAGE
    differences, coverage = 0, Coverage()
    with exit_on_bad_input(language):
        asked = Asked(sample, seed, signers, run_file)
        for found in verify(folder, asked, coverage):
            differences += not found.is_note
            typer.echo(visible(say(f"verify.{found.kind}", language, **vars(found))))
    typer.echo(say("verify.differs" if differences else "verify.same", language, count=differences))
    typer.echo(coverage.text(language))
    raise typer.Exit(SOME_FAILED if differences else 0)


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
    from fundeval.batch.signoff import standing_signoffs, state_in_words

    return state_in_words(standing_signoffs(run), language)
