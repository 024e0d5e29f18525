"""Write what the public gets, remember it, and tell the evaluator what is hidden and why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path

from filelock import FileLock, Timeout

from fundeval import policy, tables
from fundeval.batch import ledger as ledgers
from fundeval.batch.files import write_atomically
from fundeval.batch.manifest import Ended, write_manifest
from fundeval.batch.pipeline import PreparedRun
from fundeval.batch.whole_run import INDEX, POLICY
from fundeval.problems import BadInputError, Problem
from fundeval.report.public.disclosure import Disclosed
from fundeval.report.public.figures import Figure
from fundeval.report.public.hiding_log import log_text
from fundeval.report.public.page import render_public, select
from fundeval.report.public.published import (
    amounts_of_year,
    figures_of,
    places_of_units,
    published_tables,
)
from fundeval.report.public.releases import RELEASES, earlier_releases, read_register

# Beside the public folder, never in it.
LOG_SUFFIX = "-hidden.csv"
# In the folders whose registers count: of two pages made at once neither would know of the other.
LOCK, LOCK_SECONDS = ".publishing.lock", 600.0


def publish(prepared: PreparedRun) -> Disclosed:
    """Write the page for the public, that of the policy, the register of releases and the manifest.

    The log for the evaluator goes beside the folder, see `log_of`.

    Parameters
    ----------
    prepared
        The run.

    Returns
    -------
    Disclosed
        What was published and hidden.

    Raises
    ------
    BadInputError
        If a suppressed number could be recovered from the page and what was published before, if
        the folder holds an internal run, or if it cannot be written. Nothing is written then.
    """
    output, lang = prepared.settings.output, prepared.run.lang
    if (output / ledgers.LEDGER).exists():
        raise BadInputError([Problem("run.not_public", str(output))])
    usual = prepared.run.folder(public=True)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        beside = usual.absolute().parent
        with lock_registers(output.parent, *([beside] if beside.is_dir() else [])):
            disclosed, files = make_public_files(prepared, output)
            log = log_text(prepared.evaluation, disclosed, lang)
            output.mkdir(parents=True, exist_ok=True)
            # The register before the page: what is out must never be forgotten.
            for name in (RELEASES, POLICY, INDEX):
                write_atomically({output / name: files[name]})
            write_manifest(prepared, Ended(), public=True)
            write_atomically({log_of(output): log})
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInputError(
            [Problem("run.not_writable", str(output), {"reason": reason})]
        ) from error
    return disclosed


@contextmanager
def lock_registers(*parents: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Let nobody else publish into these folders meanwhile; wait for who does.

    Raises BadInputError if that takes too long.
    """
    with ExitStack() as held:
        for parent in sorted({path.resolve() for path in parents}):
            try:
                held.enter_context(FileLock(parent / LOCK, timeout=seconds))
            except Timeout:
                raise BadInputError([Problem("run.held_unnamed", str(parent))]) from None
        yield


def make_public_files(prepared: PreparedRun, folder: Path) -> tuple[Disclosed, Mapping[str, str]]:
    """Return what may be published, and the files of a public folder by name.

    What was published in the folder, and of the same units in the folders beside it and where the
    run is published by default, is taken into account; publishing the same once more gives the same
    files.
    """
    from fundeval.report.pages.policy_page import render_policy  # noqa: PLC0415

    evaluation, lang = prepared.evaluation, prepared.run.lang
    register = read_register(folder)
    usual = prepared.run.folder(public=True)
    today = places_of_units(evaluation)
    releases = earlier_releases(folder, today, usual, partial(amounts_of_year, evaluation))
    again = cache(partial(_page_of, prepared))
    disclosed = select(evaluation, prepared.run.report == "quarterly", releases, again)
    return disclosed, {
        RELEASES: register.with_release(disclosed.release).text(),
        POLICY: render_policy(evaluation, lang),
        INDEX: render_public(evaluation, lang, disclosed),
    }


def _page_of(prepared: PreparedRun, year: int) -> Mapping[Figure, float]:
    """Return the figures of the page of another year by the data of today, none without a page."""
    from fundeval.evaluation import evaluate  # noqa: PLC0415

    run = prepared.run
    try:
        dataset = tables.load(run.dataset)
        tables.check_year(dataset, year)
        evaluation = evaluate(dataset, policy.load(run.policy), year)
    except BadInputError:
        return {}
    return figures_of(published_tables(evaluation), year)


def log_of(output: Path) -> Path:
    """Return where the log of a public folder lies: beside it, however that is written.

    Examples
    --------
    >>> log_of(Path("outputs/web/..")).as_posix()
    'outputs-hidden.csv'
    """
    output = Path(os.path.normpath(output))
    if output.name in ("", os.pardir):
        output = Path(os.path.normpath(output.absolute()))
    return output.with_name(f"{output.name}{LOG_SUFFIX}")
