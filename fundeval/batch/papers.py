"""The reports of a run on paper, beside its pages: PDF and Word documents."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fundeval.batch.files import sha256
from fundeval.batch.jobs import Job, JobSettings, Outcome, report_files
from fundeval.batch.plan import RunFile
from fundeval.problems import BadInputError, Problem
from fundeval.words import say

PDF, DOCX = ".pdf", ".docx"
# In this folder they are part of the run; `fundeval pdf` and `fundeval docx` write elsewhere.
FOLDER = "reports"


def papers_of(run: RunFile) -> tuple[str, ...]:
    """Return the suffixes of what a run makes of each report for paper.

    Examples
    --------
    >>> papers_of(RunFile(name="r", dataset="sample:city", year=2024, pdf=True))
    ('.pdf',)
    """
    return (PDF,) * run.pdf + (DOCX,) * run.docx


def paper_files(job: Job, suffixes: Sequence[str]) -> tuple[str, ...]:
    """Return the paths of a report on paper in the output folder."""
    return tuple(f"{FOLDER}/{job.stem}{suffix}" for suffix in suffixes)


def check_browser(run: RunFile) -> None:
    """Raise BadInputError if a run is to print and the machine has no browser."""
    if run.pdf:
        # Imported here: what prints is slow to import, and few runs print.
        from fundeval.report.pages.pdf import find_browser  # noqa: PLC0415

        find_browser()


def own_files(files: Mapping[str, str], suffixes: Sequence[str]) -> dict[str, str]:
    """Return the files of a report without those on paper that the run no longer makes.

    Examples
    --------
    >>> own_files({"reports/H1.html": "a", "reports/H1.pdf": "b"}, [".docx"])
    {'reports/H1.html': 'a'}
    """
    dropped = tuple({PDF, DOCX} - set(suffixes))
    return {name: found for name, found in files.items() if not name.endswith(dropped)}


def lacks_paper(outcome: Outcome, suffixes: Sequence[str]) -> bool:
    """Tell whether a report that was made is not on paper yet."""
    wanted = paper_files(outcome.job, suffixes)
    return not outcome.error and not set(wanted) <= set(outcome.files)


def make_papers(
    run: RunFile, settings: JobSettings, outcomes: Sequence[Outcome], selected: Container[str]
) -> tuple[list[Outcome], BadInputError | None]:
    """Put the reports on paper that are not yet.

    Parameters
    ----------
    run
        The run file.
    settings
        Settings of the run, for its output folder and language.
    outcomes
        The reports, those kept too.
    selected
        Stems of the reports that are put on paper.

    Returns
    -------
    The outcomes with the hashes of what was written; and what could not be printed, which is for
    the caller to raise once everything else is written.
    """
    suffixes, output = papers_of(run), settings.output
    problems = list[Problem]()
    todo = [
        outcome
        for outcome in outcomes
        if outcome.stem in selected and lacks_paper(outcome, suffixes)
    ]
    pages = [output / report_files(outcome.job)[1] for outcome in todo]
    # Whoever signs does so later, and prints again for that.
    state = say("sign.draft", settings.lang)
    if todo and run.pdf:
        from fundeval.report.pages.pdf import Paper, print_pdf  # noqa: PLC0415

        try:
            print_pdf(pages, output / FOLDER, Paper(settings.lang, state))
        except BadInputError as error:
            problems += error.problems
    if todo and run.docx:
        from fundeval.report.word.document import write_document  # noqa: PLC0415

        for page in pages:
            try:
                write_document(page, page.with_suffix(DOCX), state)
            except BadInputError as error:
                problems += error.problems
    written = {outcome.job: _written(output, outcome.job, suffixes) for outcome in todo}
    ended = [
        replace(outcome, files={**outcome.files, **written.get(outcome.job, {})})
        for outcome in outcomes
    ]
    return ended, BadInputError(problems) if problems else None


def _written(output: Path, job: Job, suffixes: Sequence[str]) -> Mapping[str, str]:
    names = paper_files(job, suffixes)
    return {name: sha256(output / name) for name in names if (output / name).is_file()}
