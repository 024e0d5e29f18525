"""A run: everything checked, the evaluation saved, one report a unit, index and manifest.

A run can be stopped at any moment, by anything. The same command goes on: what the ledger says
was made from these very inputs, and still lies there unchanged, is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fundeval import policy, tables, workspace
from fundeval.batch import ledger as ledgers
from fundeval.batch.cache_keys import digest_inputs
from fundeval.batch.files import sha256, write_whole
from fundeval.batch.jobs import FORK, Job, Outcome, Setting, names
from fundeval.batch.ledger import Ledger, Record
from fundeval.batch.manifest import MANIFEST, write_manifest
from fundeval.batch.plan import RunFile, Selection, plan, refuse_unknown
from fundeval.batch.signoff import show_state
from fundeval.evaluation import evaluate
from fundeval.problems import BadInputError, Problem
from fundeval.report.pages.run_index import Entry, render_index
from fundeval.report.public.page import render_public
from fundeval.report.workbook.writer import write_workbook
from fundeval.results import parquet as store
from fundeval.results.frames import Evaluation

INDEX, WORKBOOK = "index.html", "workbook.xlsx"

Make = Callable[[Sequence[Job], Setting], Iterator[Outcome]]
Report = Callable[[Outcome], None]


@dataclass(frozen=True)
class Prepared:
    """A run whose input is found good, before anything is written.

    `inputs` has the hashes of what each report is made from, by stem.
    """

    run: RunFile
    evaluation: Evaluation
    jobs: list[Job]
    setting: Setting
    inputs: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Wish:
    """What a person wants of a run: some units, all anew, or only what failed."""

    selection: Selection = field(default_factory=Selection)
    fresh: bool = False
    only_failed: bool = False


@dataclass(frozen=True)
class Todo:
    """What a run will do: jobs with the reason why, reports that stay, and those that go."""

    reasons: Mapping[Job, str]
    kept: Mapping[Job, Record]
    dropped: tuple[str, ...]


def prepare(run: RunFile, output: Path, engine: str = FORK) -> Prepared:
    """Load, evaluate and plan; raises BadInputError for whatever cannot be used.

    Nothing is written.
    """
    _refuse_foreign(output)
    dataset = tables.load(run.dataset)
    rules = policy.load(run.policy)
    tables.check_year(dataset, run.year)
    evaluation = evaluate(dataset, rules, run.year)
    jobs = plan(evaluation.units, run)
    notebooks = {job.notebook: workspace.find(f"notebooks/{job.notebook}") for job in jobs}
    setting = Setting(
        output.absolute(),
        notebooks,
        run.lang,
        engine,
        run.limits.seconds,
        run.limits.megabytes * 2**20,
    )
    return Prepared(run, evaluation, jobs, setting, digest_inputs(jobs, evaluation, setting))


def decide(prepared: Prepared, records: Mapping[str, Record], wish: Wish) -> Todo:
    """Return what a run has to do, by what the ledger knows and what lies in the folder.

    The reason of a job is `new`, `fresh`, `failed`, `file` (missing or altered), or the kinds
    of inputs that changed.
    """
    chosen = _chosen(prepared, records, wish)
    reasons, kept = {}, {}
    for job in prepared.jobs:
        record = records.get(job.stem)
        reason = _reason(record, prepared.inputs[job.stem], prepared.setting.output)
        if job.stem in chosen and (reason or wish.fresh):
            reasons[job] = "fresh" if wish.fresh else reason
        elif record and reason in ("", "failed"):
            kept[job] = record
    stay = {job.stem for job in (*reasons, *kept)}
    return Todo(reasons, kept, tuple(stem for stem in records if stem not in stay))


def look_ahead(prepared: Prepared, wish: Wish) -> Todo:
    """Return what a run would do, without writing anything."""
    refuse_unknown(wish.selection, prepared.jobs, prepared.run)
    output = prepared.setting.output
    if not (output / ledgers.LEDGER).exists():
        return decide(prepared, {}, wish)
    with ledgers.opened(output) as ledger:
        return decide(prepared, ledger.records(), wish)


def carry_out(
    prepared: Prepared, wish: Wish, make: Make, begin: Callable[[Todo], Report]
) -> list[Outcome]:
    """Write all files of the run; return how each report stands, in the order of the plan.

    A report that fails does not stop the others. `make` makes reports, `begin` is told what
    will be done and returns what is to be called as each report ends. Raises BadInputError when
    the folder cannot be written or another run is at work in it.
    """
    refuse_unknown(wish.selection, prepared.jobs, prepared.run)
    output = prepared.setting.output
    try:
        output.mkdir(parents=True, exist_ok=True)
        with ledgers.locked(output) as ledger:
            todo = decide(prepared, ledger.records(), wish)
            _make_room(output, todo, ledger)
            store.write(prepared.evaluation, output / "evaluation")
            ledger.begin(prepared.run, len(todo.reasons))
            made = _make(prepared, todo, ledger, make, begin(todo))
            outcomes = _finish(prepared, todo, made)
            ledger.end()
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem("run.not_writable", str(output), {"reason": reason})
        raise BadInputError([problem]) from error
    return outcomes


def publish(prepared: Prepared) -> None:
    """Write what the public may see, one page and its manifest, and nothing else.

    Raises BadInputError, with nothing written, when a small number could be recovered from it,
    and for the folder of another run: what lies there is not for the public.
    """
    output, lang = prepared.setting.output, prepared.run.lang
    if (output / ledgers.LEDGER).exists():
        raise BadInputError([Problem("run.not_public", str(output))])
    page = render_public(prepared.evaluation, lang)
    output.mkdir(parents=True, exist_ok=True)
    write_whole({output / INDEX: page})
    write_manifest(prepared.run, prepared.evaluation, prepared.setting, [])


def _make(
    prepared: Prepared, todo: Todo, ledger: Ledger, make: Make, report: Report
) -> dict[Job, Outcome]:
    made: dict[Job, Outcome] = {}
    if not todo.reasons:
        return made
    for outcome in make(list(todo.reasons), prepared.setting):
        if outcome.unwritable:
            raise OSError(outcome.unwritable)
        ledger.enter(outcome, prepared.inputs[outcome.job.stem])
        report(outcome)
        made[outcome.job] = outcome
    return made


def _finish(prepared: Prepared, todo: Todo, made: Mapping[Job, Outcome]) -> list[Outcome]:
    """Write what is made of all reports together."""
    output = prepared.setting.output
    kept = {
        job: Outcome(job, record.error, "", record.files, record.seconds, record.cpu, record.memory)
        for job, record in todo.kept.items()
    }
    ended = {**kept, **made}
    outcomes = [ended[job] for job in prepared.jobs if job in ended]
    entries = _entries(prepared, ended)
    page = render_index(prepared.evaluation, entries, prepared.run.lang)
    write_whole({output / INDEX: page})
    write_workbook(prepared.evaluation, output / WORKBOOK, prepared.run.lang)
    write_manifest(prepared.run, prepared.evaluation, prepared.setting, outcomes)
    show_state(output, prepared.run.lang)
    return outcomes


def _entries(prepared: Prepared, ended: Mapping[Job, Outcome]) -> dict[str, Entry]:
    """Return what became of every unit of the kinds that get a report."""
    units = prepared.evaluation.units
    kinds = units["kind"].isin(prepared.run.units)
    entries = {unit_id: Entry(skipped="not_existing") for unit_id in units.loc[kinds, "unit_id"]}
    for job in prepared.jobs:
        if job not in ended:
            entries[job.unit_id] = Entry(skipped="not_selected")
        elif ended[job].error:
            entries[job.unit_id] = Entry(error=ended[job].error)
        else:
            entries[job.unit_id] = Entry(href=names(job)[1])
    return entries


def _chosen(prepared: Prepared, records: Mapping[str, Record], wish: Wish) -> set[str]:
    chosen = {job.stem for job in wish.selection.choose(prepared.jobs)}
    if wish.only_failed:
        chosen &= {stem for stem, record in records.items() if record.error}
    return chosen


def _reason(record: Record | None, inputs: Mapping[str, str], output: Path) -> str:
    if record is None:
        return "new"
    if changed := [kind for kind in inputs if inputs[kind] != record.inputs.get(kind)]:
        return ",".join(changed)
    if record.error:
        return "failed"
    files = ((output / name, expected) for name, expected in record.files.items())
    return "" if all(path.is_file() and sha256(path) == old for path, old in files) else "file"


def _refuse_foreign(output: Path) -> None:
    """Refuse a folder whose reports or notebooks are not ours: stale ones get removed."""
    ours = (output / "evaluation" / store.ABOUT).exists() or (output / ledgers.LEDGER).exists()
    taken = any((output / name).exists() for name in ("reports", "notebooks", INDEX))
    if output.is_file() or (taken and not ours):
        raise BadInputError([Problem("run.foreign_folder", str(output))])


def _make_room(output: Path, todo: Todo, ledger: Ledger) -> None:
    """Make the folders; remove what does not stay, so that nothing stale can be read."""
    stay = {output / name for job in todo.kept for name in names(job)}
    files = [output / INDEX, output / WORKBOOK, output / MANIFEST]
    for folder in (output / "reports", output / "notebooks"):
        folder.mkdir(exist_ok=True)
        files += [path for path in folder.iterdir() if path not in stay]
    for path in files:
        if path.is_file():
            path.unlink()
    ledger.forget(todo.dropped)
