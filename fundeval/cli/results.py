"""Commands on the results of a run: explain, sign, pdf."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval.cli.common import Lang, app, exit_on_bad_input, help_text
from fundeval.problems import BadInputError, Problem
from fundeval.results.rows import IndicatorRow, ScoreRow
from fundeval.words import DEFAULT_LANGUAGE, LANGUAGES, say

if TYPE_CHECKING:
    from fundeval.report.unit_view import View


class SigningRole(Enum):
    """Roles of the people who sign."""

    EVALUATOR = "evaluator"
    REVIEWER = "reviewer"


@app.command(help=help_text("cli.explain"))
def explain(
    run: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))],
    unit: Annotated[str, typer.Argument(help=help_text("cli.unit"))],
    what: Annotated[str | None, typer.Argument(help=help_text("cli.what"))] = None,
    lang: Lang = None,
) -> None:
    """Print how scores, next year's budget and the restriction of a unit were computed."""
    from fundeval.report.text.explain import explain
    from fundeval.report.text.explain_budget import explain_budget
    from fundeval.report.text.explain_restriction import explain_restriction

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        view = _open_with_group(run, unit, language)
        part = _part(what)
        blocks = []
        if part is None:
            names = _select_indicators(view, what)
            blocks += [explain(view, name) for name in names]
        if part == "next_budget" or what is None:
            blocks += explain_budget(view) or [[say("none.bridge", language)]]
        if part == "restriction" or what is None:
            blocks.append(explain_restriction(view))
        for block in blocks:
            typer.echo("\n".join([*block, ""]))


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
    from fundeval.batch.verify import find_changed_files

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        if any(find_changed_files(run)):
            raise BadInputError([Problem("sign.not_as_made", str(run))])
        state = signoff.sign(run, role.value, name, note, language)
    typer.echo(say(f"sign.{state}", language))


@app.command("pdf", help=help_text("cli.pdf"))
def print_pages(
    run: Annotated[Path, typer.Argument(help=help_text("cli.made_run"))],
    only: Annotated[list[str] | None, typer.Option(help=help_text("cli.only"))] = None,
    lang: Lang = None,
) -> None:
    """Print reports to PDF."""
    from fundeval.batch.plan import file_stem
    from fundeval.report.pages.pdf import print_pdf

    language = lang or DEFAULT_LANGUAGE
    reports = run / "reports"
    pages = [reports / f"{file_stem(unit_id)}.html" for unit_id in only or ()]
    with exit_on_bad_input(language):
        if absent := [page for page in pages if not page.is_file()]:
            raise BadInputError([Problem("pdf.no_report", str(page)) for page in absent])
        printed = print_pdf(pages or sorted(reports.glob("*.html")), run / "pdf")
    typer.echo(say("cli.printed", language, count=len(printed), path=run / "pdf"))


def _open(run: Path, unit: str, language: str) -> View:
    """Open a unit in the output folder of a run, or in its folder `evaluation`."""
    from fundeval.report import open_unit

    folder = run / "evaluation" if (run / "evaluation").is_dir() else run
    return open_unit(unit, folder, lang=language).view


def _open_with_group(run: Path, unit: str, language: str) -> View:
    """Open a unit with what its next budget was settled with."""
    from fundeval.report.unit_view import View
    from fundeval.results.parquet import read_with_group

    view = _open(run, unit, language)
    folder = run / "evaluation" if (run / "evaluation").is_dir() else run
    evaluation = read_with_group(folder, unit, view.evaluation)
    return View(evaluation, view.descendants, unit, language)


def _part(what: str | None) -> str | None:
    """Return which part of a derivation a word in either language asks for, if it does."""
    asked = (what or "").strip().lower().replace(" ", "_").replace("-", "_")
    words = {part: _words(f"cli.part.{part}") for part in ("next_budget", "restriction")}
    return next((part for part, known in words.items() if asked in known), None)


def _words(message: str) -> set[str]:
    return {word for language in LANGUAGES for word in say(message, language).split("|")}


def _select_indicators(view: View, indicator: str | None) -> list[str]:
    """Return the indicator asked for, or all that are scored; refuse an unknown one."""
    scored = [row.indicator for row in view.own(ScoreRow)]
    values = view.own(IndicatorRow, year=view.year)
    known = sorted({*scored, *(row.indicator for row in values)})
    chosen = scored if indicator is None else [name for name in known if name == indicator]
    if chosen or indicator is None:
        return chosen
    known += ["next_budget", "restriction"]
    raise BadInputError(
        [
            Problem(
                "explain.unknown_indicator",
                view.unit_id,
                {"known": ", ".join(known)},
                value=indicator,
            )
        ]
    )
