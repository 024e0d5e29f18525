"""Execute a run: check the input, save the evaluation, make one report per unit, write the index.

A run can be interrupted at any moment. The next call resumes it: reports that the ledger knows
with the same input hashes, and whose files are unchanged, are kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from fundeval import policy, tables, workspace
from fundeval.batch import folder_checks, papers, stored_evaluation
from fundeval.batch import ledger as ledgers
from fundeval.batch.cache_keys import UnitHashes, hash_evaluation, hash_inputs
from fundeval.batch.files import hash_if_any
from fundeval.batch.jobs import FORK, Job, JobSettings, Outcome, notebook_text
from fundeval.batch.ledger import Ledger
from fundeval.batch.manifest import MANIFEST, Ended, manifest_text, write_manifest
from fundeval.batch.plan import RunFile, check_selection, plan_jobs
from fundeval.batch.run_plan import (
    REPORT_FOLDERS,
    RunOptions,
    RunPlan,
    leftovers,
    plan_run,
)
from fundeval.batch.signoff import PICTURE, write_state_picture
from fundeval.batch.whole_run import (
    INDEX,
    INDEX_FOLDER,
    POLICY,
    WORKBOOK,
    whole_run_files,
    write_whole_run,
)
from fundeval.problems import BadInputError, Problem
from fundeval.results import parquet as store
from fundeval.results.frames import Evaluation

MakeReports = Callable[[Sequence[Job], JobSettings], Iterator[Outcome]]
OnReport = Callable[[Outcome], None]


@dataclass(frozen=True)
class PreparedRun:
    """A run whose input was checked and evaluated, before anything is written.

    Attributes
    ----------
    run
        The run file.
    evaluate
        Returns the evaluation of its data set, which is made once, when it is first asked for.
    about
        `about` of the evaluation.
    jobs
        The reports to make, whatever is selected.
    settings
        Settings that all jobs share.
    key
        What the evaluation is made from, see `stored_evaluation.key_of`.
    hashes
        What the reports read of the evaluation, see `cache_keys.hash_evaluation`.
    inputs
        Input hashes of each report by stem, see `cache_keys.hash_inputs`.
    """

    run: RunFile
    evaluate: Callable[[], Evaluation]
    about: Mapping[str, Any]
    jobs: list[Job]
    settings: JobSettings
    key: str | None
    hashes: UnitHashes
    inputs: Mapping[str, Mapping[str, str]]

    @property
    def evaluation(self) -> Evaluation:
        """The evaluation of the data set."""
        return self.evaluate()


def prepare_run(
    run: RunFile, output: Path, engine: str = FORK, public: bool = False
) -> PreparedRun:
    """Load and evaluate the data set of a run and plan its jobs. Nothing is written.

    Where an earlier call stored the evaluation of the same data by the same policy and program,
    the jobs are planned from that; nothing is loaded until more is needed.

    Parameters
    ----------
    run
        The run file.
    output
        Output folder.
    engine
        Papermill engine: `FORK` or `KERNEL`.
    public
        Whether only what the public gets is to be made, into a folder for it.

    Returns
    -------
    PreparedRun

    Raises
    ------
    BadInputError
        If data set, policy, run file or output folder cannot be used.
    """
    folder_checks.check_output_folder(output, public)
    key = stored_evaluation.key_of(run.dataset, run.policy, run.year)
    stored = stored_evaluation.find(output, key)
    evaluate = cache(partial(_evaluate, run))
    if stored:
        folder = output / stored_evaluation.FOLDER
        units, about, hashes = store.read_units(folder), store.read_about(folder), stored.hashes
        evaluate = cache(partial(_evaluate, run, about))
    else:
        evaluation = evaluate()
        key = stored_evaluation.confirmed(key, run.dataset, evaluation.about)
        units, about, hashes = evaluation.units, evaluation.about, hash_evaluation(evaluation)
    folder_checks.check_same_data(output, run, about)
    jobs = plan_jobs(units, run)
    names = dict.fromkeys(job.notebook for job in jobs)
    notebooks = {name: notebook_text(workspace.find(f"notebooks/{name}")) for name in names}
    settings = JobSettings(
        # Without "..", so that what lies beside it does not lie in it.
        Path(os.path.normpath(output.absolute())),
        notebooks,
        run.lang,
        engine,
        run.limits.seconds,
        run.limits.megabytes * 2**20,
        run.units,
        run.keep_notebooks,
        run.objections.line(run.lang) if run.objections else "",
    )
    inputs = hash_inputs(jobs, hashes, settings)
    return PreparedRun(run, evaluate, about, jobs, settings, key, hashes, inputs)


def _evaluate(run: RunFile, about: Mapping[str, Any] | None = None) -> Evaluation:
    """Evaluate a data set; raises BadInputError if it is not that which `about` tells of."""
    from fundeval.evaluation import evaluate  # noqa: PLC0415

    dataset = tables.load(run.dataset)
    rules = policy.load(run.policy)
    if about is not None:
        stored_evaluation.check_unchanged(about, dataset, rules, "run.changed_meanwhile")
    tables.check_year(dataset, run.year)
    return evaluate(dataset, rules, run.year)


def preview_run(prepared: PreparedRun, options: RunOptions) -> RunPlan:
    """Return the plan of a run without writing anything; raises BadInputError like the run."""
    check_selection(options.selection, prepared.jobs, prepared.run)
    output = prepared.settings.output
    if not (output / ledgers.LEDGER).exists():
        return plan_run(prepared, {}, options)
    with ledgers.open_ledger(output) as ledger:
        return plan_run(prepared, ledger.records(), options)


def execute_run(
    prepared: PreparedRun,
    options: RunOptions,
    make: MakeReports,
    on_start: Callable[[RunPlan], OnReport],
) -> list[Outcome]:
    """Make the reports of a run and write all its files; leave them alone if none would change.

    A report that fails does not stop the others.

    Parameters
    ----------
    prepared
        The run.
    options
        Options of the run.
    make
        Executes jobs, locally or on a cluster, and yields their outcomes.
    on_start
        Called with the plan; returns what is called with the outcome of each report.

    Returns
    -------
    list of Outcome
        Outcomes of all reports, made or kept, in the order of the jobs.

    Raises
    ------
    BadInputError
        If the output folder cannot be written or another run is using it.
    """
    check_selection(options.selection, prepared.jobs, prepared.run)
    papers.check_browser(prepared.run)
    output = prepared.settings.output
    refused: BadInputError | None = None
    try:
        output.mkdir(parents=True, exist_ok=True)
        with ledgers.lock_folder(output) as ledger:
            run_plan = plan_run(prepared, ledger.records(), options)
            if _is_done(prepared, run_plan, ledger):
                ledger.start_run(prepared.run, 0)
                on_start(run_plan)
                outcomes = _outcomes(prepared, run_plan, {})
            else:
                folder_checks.check_unsigned(output, prepared.run.lang)
                _clear(prepared, run_plan, ledger)
                evaluated = stored_evaluation.write(prepared, ledger)
                ledger.start_run(prepared.run, len(run_plan.reasons))
                made = _make(prepared, run_plan, ledger, make, on_start(run_plan))
                _check_products(prepared, _outcomes(prepared, run_plan, made), evaluated)
                outcomes, refused = _finish(prepared, run_plan, ledger, made)
            ledger.end_run()
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem("run.not_writable", str(output), {"reason": reason})
        raise BadInputError([problem]) from error
    if refused:
        raise refused
    return outcomes


def _make(
    prepared: PreparedRun, run_plan: RunPlan, ledger: Ledger, make: MakeReports, on_report: OnReport
) -> dict[Job, Outcome]:
    made: dict[Job, Outcome] = {}
    if not run_plan.reasons:
        return made
    for outcome in make(list(run_plan.reasons), prepared.settings):
        if outcome.unwritable:
            raise OSError(outcome.unwritable)
        ledger.record_outcome(outcome, prepared.inputs[outcome.job.stem])
        on_report(outcome)
        made[outcome.job] = outcome
    return made


def _check_products(
    prepared: PreparedRun, outcomes: Sequence[Outcome], evaluated: Mapping[str, str]
) -> None:
    """Raise BadInputError if a file is not as it was written, before anything vouches for it.

    A notebook can write wherever the run can. The next run makes again what was altered.
    """
    output = prepared.settings.output
    written = {name: found for outcome in outcomes for name, found in outcome.files.items()}
    altered = {name for name, found in written.items() if hash_if_any(output / name) != found}
    now = stored_evaluation.hash_files(output)
    names = {name for name in {*now, *evaluated} if now.get(name) != evaluated.get(name)}
    altered |= {f"{stored_evaluation.FOLDER}/{name}" for name in names}
    if altered:
        raise BadInputError([Problem("run.altered", name) for name in sorted(altered)])


def _finish(
    prepared: PreparedRun, run_plan: RunPlan, ledger: Ledger, made: Mapping[Job, Outcome]
) -> tuple[list[Outcome], BadInputError | None]:
    """Put reports on paper and write the files that cover all of them, the manifest last.

    Returns the outcomes and what could not be put on paper.
    """
    output = prepared.settings.output
    # Pages show it, so that it is there before they are printed.
    write_state_picture(output, prepared.run.lang)
    outcomes, refused = papers.make_papers(
        prepared.run, prepared.settings, _outcomes(prepared, run_plan, made), run_plan.selected
    )
    recorded = {job: record.files for job, record in run_plan.kept.items()}
    recorded |= {job: outcome.files for job, outcome in made.items()}
    for outcome in outcomes:
        if not outcome.error and outcome.files != recorded[outcome.job]:
            ledger.record_files(outcome.stem, outcome.files)
    ended = _ended(run_plan, outcomes)
    write_whole_run(prepared, output, ended.made, ended.failed, ended.stale)
    write_manifest(prepared, ended)
    write_state_picture(output, prepared.run.lang)
    return outcomes, refused


def _ended(run_plan: RunPlan, outcomes: Sequence[Outcome]) -> Ended:
    """Return what a manifest says of the reports."""
    files = {name: found for outcome in outcomes for name, found in outcome.files.items()}
    for each in run_plan.stale.values():
        files |= each.record.files
    return Ended(
        files=files,
        made=frozenset(outcome.stem for outcome in outcomes if not outcome.error),
        failed={outcome.stem: outcome.error for outcome in outcomes if outcome.error},
        stale={s: (each.record.unit_id, each.reason) for s, each in run_plan.stale.items()},
    )


def _is_done(prepared: PreparedRun, run_plan: RunPlan, ledger: Ledger) -> bool:
    """Tell whether every file of the run is there as the run would write it.

    The manifest, which is written last, has the hashes of all of them, of those that cover all
    reports as they are in the folder now.
    """
    output = prepared.settings.output
    if run_plan.reasons or run_plan.dropped or leftovers(prepared, run_plan):
        return False
    if not stored_evaluation.is_current(output, prepared.key, ledger.evaluation()):
        return False
    if not all((output / name).is_file() for name in (INDEX, POLICY, WORKBOOK, MANIFEST, PICTURE)):
        return False
    outcomes = _outcomes(prepared, run_plan, {})
    suffixes = papers.papers_of(prepared.run)
    chosen = (outcome for outcome in outcomes if outcome.stem in run_plan.selected)
    if any(papers.lacks_paper(outcome, suffixes) for outcome in chosen):
        return False
    text = manifest_text(prepared, _ended(run_plan, outcomes))
    return (output / MANIFEST).read_bytes() == text.encode()


def _outcomes(
    prepared: PreparedRun, run_plan: RunPlan, made: Mapping[Job, Outcome]
) -> list[Outcome]:
    """Return the outcomes of all reports, kept or made, in the order of the jobs."""
    kept = {
        job: Outcome(job, record.error, "", record.files, record.seconds, record.cpu, record.memory)
        for job, record in run_plan.kept.items()
    }
    suffixes = papers.papers_of(prepared.run)
    ended = {
        job: replace(outcome, files=papers.own_files(outcome.files, suffixes))
        if job.stem in run_plan.selected
        else outcome
        for job, outcome in {**kept, **made}.items()
    }
    return [ended[job] for job in prepared.jobs if job in ended]


def _clear(prepared: PreparedRun, run_plan: RunPlan, ledger: Ledger) -> None:
    """Create the folders and remove what is made again, so that no part of it remains."""
    output = prepared.settings.output
    for name in REPORT_FOLDERS:
        (output / name).mkdir(exist_ok=True)
    for path in [output / MANIFEST, *whole_run_files(output), *leftovers(prepared, run_plan)]:
        path.unlink(missing_ok=True)
    with suppress(OSError):  # another's file may be in it
        (output / INDEX_FOLDER).rmdir()
    ledger.delete_reports(run_plan.dropped)
