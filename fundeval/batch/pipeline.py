"""Execute a run: check the input, save the evaluation, make one report per unit, write the index.

A run can be interrupted at any moment. The next call resumes it: reports that the ledger knows
with the same input hashes, and whose files are unchanged, are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundeval import policy, tables, workspace
from fundeval.batch import ledger as ledgers
from fundeval.batch import papers, stored_evaluation
from fundeval.batch.cache_keys import UnitHashes, hash_evaluation, hash_inputs
from fundeval.batch.files import sha256, write_atomically
from fundeval.batch.jobs import FORK, Job, JobSettings, Outcome, file_stem, kept_files, report_files
from fundeval.batch.ledger import Ledger, ReportRecord
from fundeval.batch.manifest import MANIFEST, manifest_text, write_manifest
from fundeval.batch.plan import RunFile, Selection, check_selection, plan_jobs
from fundeval.batch.signoff import PICTURE, write_state_picture
from fundeval.problems import BadInputError, Problem
from fundeval.results import parquet as store
from fundeval.results.frames import Evaluation

# What evaluates and draws is imported where it is used: a run with nothing to do needs none of it.
if TYPE_CHECKING:
    from fundeval.report.pages.run_index import Entry

INDEX, INDEX_FOLDER = "index.html", "index"
POLICY, WORKBOOK = "policy.html", "workbook.xlsx"
REPORT_FOLDERS = ("reports", "notebooks")

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


@dataclass(frozen=True)
class RunOptions:
    """Options of a run: selected units, all reports anew (`fresh`), or only those that failed."""

    selection: Selection = field(default_factory=Selection)
    fresh: bool = False
    only_failed: bool = False


@dataclass(frozen=True)
class RunPlan:
    """What a run will do.

    Attributes
    ----------
    reasons
        Jobs to execute, each with its reason, see `plan_run`.
    kept
        Reports that are kept, as the ledger knows them.
    dropped
        Stems of the reports that are removed.
    """

    reasons: Mapping[Job, str]
    kept: Mapping[Job, ReportRecord]
    dropped: tuple[str, ...]


def prepare_run(run: RunFile, output: Path, engine: str = FORK) -> PreparedRun:
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

    Returns
    -------
    PreparedRun

    Raises
    ------
    BadInputError
        If data set, policy, run file or output folder cannot be used.
    """
    _check_output_folder(output)
    key = stored_evaluation.key_of(run.dataset, run.policy, run.year)
    stored = stored_evaluation.find(output, key)
    evaluate = cache(partial(_evaluate, run))
    if stored:
        folder = output / stored_evaluation.FOLDER
        units, about, hashes = store.read_units(folder), store.read_about(folder), stored.hashes
    else:
        evaluation = evaluate()
        units, about, hashes = evaluation.units, evaluation.about, hash_evaluation(evaluation)
    jobs = plan_jobs(units, run)
    notebooks = {job.notebook: workspace.find(f"notebooks/{job.notebook}") for job in jobs}
    settings = JobSettings(
        output.absolute(),
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


def _evaluate(run: RunFile) -> Evaluation:
    from fundeval.evaluation import evaluate  # noqa: PLC0415

    dataset = tables.load(run.dataset)
    rules = policy.load(run.policy)
    tables.check_year(dataset, run.year)
    return evaluate(dataset, rules, run.year)


def plan_run(
    prepared: PreparedRun, records: Mapping[str, ReportRecord], options: RunOptions
) -> RunPlan:
    """Decide which reports to make, keep and remove.

    Parameters
    ----------
    prepared
        The run.
    records
        Reports in the ledger by stem.
    options
        Options of the run.

    Returns
    -------
    RunPlan
        The reason of a job is `new`, `fresh`, `failed`, `file` (missing or altered), or the
        kinds of input that changed, joined by commas.
    """
    chosen = _select_stems(prepared, records, options)
    reasons, kept = {}, {}
    for job in prepared.jobs:
        record = records.get(job.stem)
        reason = _reason(record, prepared.inputs[job.stem], prepared.settings, job)
        if job.stem in chosen and (reason or options.fresh):
            reasons[job] = "fresh" if options.fresh else reason
        elif record and reason in ("", "failed"):
            kept[job] = record
    stay = {job.stem for job in (*reasons, *kept)}
    return RunPlan(reasons, kept, tuple(stem for stem in records if stem not in stay))


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
                _clear_stale(prepared, run_plan, ledger)
                stored_evaluation.write(prepared, ledger)
                ledger.start_run(prepared.run, len(run_plan.reasons))
                made = _make(prepared, run_plan, ledger, make, on_start(run_plan))
                outcomes, refused = _finish(prepared, run_plan, ledger, made)
            ledger.end_run()
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem("run.not_writable", str(output), {"reason": reason})
        raise BadInputError([problem]) from error
    if refused:
        raise refused
    return outcomes


def publish(prepared: PreparedRun) -> None:
    """Write the page for the public, that of the policy and the manifest, and nothing else.

    Parameters
    ----------
    prepared
        The run.

    Raises
    ------
    BadInputError
        If a suppressed number could be recovered from the page, or if the folder holds an
        internal run. Nothing is written then.
    """
    from fundeval.report.pages.policy_page import render_policy  # noqa: PLC0415
    from fundeval.report.public.page import render_public  # noqa: PLC0415

    output, lang = prepared.settings.output, prepared.run.lang
    if (output / ledgers.LEDGER).exists():
        raise BadInputError([Problem("run.not_public", str(output))])
    page = render_public(prepared.evaluation, lang, prepared.run.report == "quarterly")
    output.mkdir(parents=True, exist_ok=True)
    rules = render_policy(prepared.evaluation, lang)
    write_atomically({output / INDEX: page, output / POLICY: rules})
    write_manifest(prepared.run, prepared.about, prepared.settings, [])


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


def _finish(
    prepared: PreparedRun, run_plan: RunPlan, ledger: Ledger, made: Mapping[Job, Outcome]
) -> tuple[list[Outcome], BadInputError | None]:
    """Put reports on paper and write the files that cover all of them, the manifest last.

    Returns the outcomes and what could not be put on paper.
    """
    from fundeval.report.pages.policy_page import render_policy  # noqa: PLC0415
    from fundeval.report.pages.run_index import render_index  # noqa: PLC0415
    from fundeval.report.workbook.writer import write_workbook  # noqa: PLC0415

    output = prepared.settings.output
    # Pages show it, so that it is there before they are printed.
    write_state_picture(output, prepared.run.lang)
    outcomes, refused = papers.make_papers(
        prepared.run, prepared.settings, _outcomes(prepared, run_plan, made)
    )
    recorded = {job: record.files for job, record in run_plan.kept.items()}
    recorded |= {job: outcome.files for job, outcome in made.items()}
    for outcome in outcomes:
        if not outcome.error and outcome.files != recorded[outcome.job]:
            ledger.record_files(outcome.stem, outcome.files)
    entries = _entries(prepared, {outcome.job: outcome for outcome in outcomes})
    within = prepared.run.report != "yearly"
    pages = render_index(prepared.evaluation, entries, prepared.run.lang, within, stem=file_stem)
    if len(pages) > 1:
        (output / INDEX_FOLDER).mkdir(exist_ok=True)
    pages = {**pages, POLICY: render_policy(prepared.evaluation, prepared.run.lang)}
    write_atomically({output / name: page for name, page in pages.items()})
    write_workbook(prepared.evaluation, output / WORKBOOK, prepared.run.lang)
    write_manifest(prepared.run, prepared.about, prepared.settings, outcomes)
    write_state_picture(output, prepared.run.lang)
    return outcomes, refused


def _is_done(prepared: PreparedRun, run_plan: RunPlan, ledger: Ledger) -> bool:
    """Tell whether every file of the run is there as the run would write it.

    The manifest, which is written last, has the hashes of all of them, of those that cover all
    reports as they are in the folder now.
    """
    output = prepared.settings.output
    if run_plan.reasons or run_plan.dropped or _stale_reports(prepared, run_plan):
        return False
    if not stored_evaluation.is_current(output, prepared.key, ledger.evaluation()):
        return False
    if not all((output / name).is_file() for name in (INDEX, POLICY, WORKBOOK, MANIFEST, PICTURE)):
        return False
    outcomes = _outcomes(prepared, run_plan, {})
    suffixes = papers.papers_of(prepared.run)
    if any(papers.lacks_paper(outcome, suffixes) for outcome in outcomes):
        return False
    text = manifest_text(prepared.run, prepared.about, prepared.settings, outcomes)
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
        for job, outcome in {**kept, **made}.items()
    }
    return [ended[job] for job in prepared.jobs if job in ended]


def _entries(prepared: PreparedRun, ended: Mapping[Job, Outcome]) -> dict[str, Entry]:
    """Return an entry of the index for every unit of the kinds that get a report."""
    from fundeval.report.pages.run_index import Entry  # noqa: PLC0415

    units = prepared.evaluation.units
    kinds = units["kind"].isin(prepared.run.units)
    entries = {unit_id: Entry(skipped="not_existing") for unit_id in units.loc[kinds, "unit_id"]}
    for job in prepared.jobs:
        if job not in ended:
            entries[job.unit_id] = Entry(skipped="not_selected")
        elif ended[job].error:
            entries[job.unit_id] = Entry(error=ended[job].error)
        else:
            entries[job.unit_id] = Entry(href=report_files(job)[1])
    return entries


def _select_stems(
    prepared: PreparedRun, records: Mapping[str, ReportRecord], options: RunOptions
) -> set[str]:
    chosen = {job.stem for job in options.selection.select(prepared.jobs)}
    if options.only_failed:
        chosen &= {stem for stem, record in records.items() if record.error}
    return chosen


def _reason(
    record: ReportRecord | None, inputs: Mapping[str, str], settings: JobSettings, job: Job
) -> str:
    if record is None:
        return "new"
    if changed := [kind for kind in inputs if inputs[kind] != record.inputs.get(kind)]:
        return ",".join(changed)
    if record.error:
        return "failed"
    without_paper = papers.own_files(record.files, ())
    if set(without_paper) != set(kept_files(job, settings.keep_notebooks)):
        return "kept"
    files = ((settings.output / name, expected) for name, expected in record.files.items())
    return "" if all(path.is_file() and sha256(path) == old for path, old in files) else "file"


def _check_output_folder(output: Path) -> None:
    """Refuse a folder with reports or notebooks of another program: a run removes stale ones."""
    ours = (output / "evaluation" / store.ABOUT).exists() or (output / ledgers.LEDGER).exists()
    taken = any((output / name).exists() for name in (*REPORT_FOLDERS, INDEX, INDEX_FOLDER))
    if output.is_file() or (taken and not ours):
        raise BadInputError([Problem("run.foreign_folder", str(output))])


def _stale_reports(prepared: PreparedRun, run_plan: RunPlan) -> list[Path]:
    output, suffixes = prepared.settings.output, papers.papers_of(prepared.run)
    stay = {
        output / name
        for record in run_plan.kept.values()
        for name in papers.own_files(record.files, suffixes)
    }
    folders = (output / name for name in REPORT_FOLDERS)
    return [
        path for each in folders if each.is_dir() for path in each.iterdir() if path not in stay
    ]


def _clear_stale(prepared: PreparedRun, run_plan: RunPlan, ledger: Ledger) -> None:
    """Create the folders and remove files that are not kept, so that no stale report remains."""
    output = prepared.settings.output
    for name in REPORT_FOLDERS:
        (output / name).mkdir(exist_ok=True)
    pages = output / INDEX_FOLDER
    files = [output / name for name in (INDEX, POLICY, WORKBOOK, MANIFEST)]
    files += pages.glob("*")
    for path in [*files, *_stale_reports(prepared, run_plan)]:
        if path.is_file():
            path.unlink()
    if pages.is_dir():
        pages.rmdir()
    ledger.delete_reports(run_plan.dropped)
