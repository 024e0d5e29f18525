"""A run: everything checked, the evaluation saved, one report a unit, index and manifest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fundeval import policy, tables, workspace
from fundeval.batch.files import write_whole
from fundeval.batch.jobs import Job, Outcome, Setting
from fundeval.batch.manifest import LOG, MANIFEST, write_manifest
from fundeval.batch.plan import RunFile, Selection, plan
from fundeval.batch.workers import make_all
from fundeval.evaluate import evaluate
from fundeval.evaluation import Evaluation
from fundeval.problems import BadInputError, Problem
from fundeval.report import store
from fundeval.report.index import Entry, render_index

INDEX = "index.html"
logger = logging.getLogger("fundeval.run")


@dataclass(frozen=True)
class Prepared:
    """A run whose input is found good, before anything is written."""

    run: RunFile
    evaluation: Evaluation
    jobs: list[Job]
    setting: Setting


def prepare(run: RunFile, output: Path, selection: Selection) -> Prepared:
    """Load, evaluate and plan; raises BadInputError for whatever cannot be used.

    Nothing is written.
    """
    _refuse_foreign(output)
    dataset = tables.load(run.dataset)
    rules = policy.load(run.policy)
    tables.check_year(dataset, run.year)
    evaluation = evaluate(dataset, rules, run.year)
    jobs = plan(evaluation.units, run, selection)
    notebooks = {job.notebook: workspace.find(f"notebooks/{job.notebook}") for job in jobs}
    return Prepared(run, evaluation, jobs, Setting(output.absolute(), notebooks, run.lang))


def carry_out(
    prepared: Prepared, processes: int, report: Callable[[Outcome], None]
) -> list[Outcome]:
    """Write all files of the run and return how each job ended, in the order of the plan.

    A job that fails does not stop the others. `report` is called as each job ends.
    Raises BadInputError when the output folder cannot be written.
    """
    output = prepared.setting.output
    try:
        store.write(prepared.evaluation, output / "evaluation")
        _make_room(output)
        with _log(output / LOG):
            outcomes = _make_all(prepared, processes, report)
        write_manifest(prepared.run, prepared.evaluation, prepared.setting, outcomes)
    except OSError as error:
        problem = Problem("run.not_writable", str(output), {"reason": error.strerror})
        raise BadInputError([problem]) from error
    return outcomes


def _make_all(
    prepared: Prepared, processes: int, report: Callable[[Outcome], None]
) -> list[Outcome]:
    logger.info("%s: %d reports, %d processes", prepared.run.name, len(prepared.jobs), processes)
    ended = {}
    for outcome in make_all(prepared.jobs, prepared.setting, processes):
        _log_outcome(outcome)
        report(outcome)
        ended[outcome.job] = outcome
    outcomes = [ended[job] for job in prepared.jobs]
    entries = {outcome.job.unit_id: _entry(outcome) for outcome in outcomes}
    page = render_index(prepared.evaluation, entries, prepared.run.lang)
    write_whole({prepared.setting.output / INDEX: page})
    logger.info("end: %d failed", sum(bool(outcome.error) for outcome in outcomes))
    return outcomes


def _entry(outcome: Outcome) -> Entry:
    href = "" if outcome.error else f"reports/{outcome.job.stem}.html"
    return Entry(href, outcome.error)


def _refuse_foreign(output: Path) -> None:
    """Refuse a folder whose reports or notebooks are not ours: stale ones get removed."""
    ours = (output / "evaluation" / store.ABOUT).exists()
    taken = any((output / name).exists() for name in ("reports", "notebooks", INDEX))
    if output.is_file() or (taken and not ours):
        raise BadInputError([Problem("run.foreign_folder", str(output))])


def _make_room(output: Path) -> None:
    """Make the folders; remove what an earlier run wrote, so that nothing stale can remain."""
    for folder in ("reports", "notebooks"):
        (output / folder).mkdir(parents=True, exist_ok=True)
    files = (path for folder in ("reports", "notebooks") for path in (output / folder).iterdir())
    for path in (*files, output / INDEX, output / MANIFEST):
        if path.is_file():
            path.unlink()


@contextmanager
def _log(path: Path) -> Iterator[None]:
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


def _log_outcome(outcome: Outcome) -> None:
    if outcome.error:
        logger.error(
            "failed %s %.2f s: %s\n%s",
            outcome.job.stem,
            outcome.seconds,
            outcome.error,
            outcome.details,
        )
    else:
        logger.info("done %s %.2f s", outcome.job.stem, outcome.seconds)
