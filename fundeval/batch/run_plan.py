"""Which reports a run makes, keeps, leaves as they are, and removes.

A report that is not selected stays, whatever became of its inputs: what it was made from is no
longer what the run reads, so it is called stale. Only `prune` removes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fundeval.batch import papers
from fundeval.batch.files import is_temporary, sha256
from fundeval.batch.jobs import Job, JobSettings, kept_files
from fundeval.batch.ledger import ReportRecord
from fundeval.batch.plan import Selection

if TYPE_CHECKING:
    from fundeval.batch.pipeline import PreparedRun

REPORT_FOLDERS = ("reports", "notebooks")
# Why a report is stale that belongs to no unit of the run.
GONE = "gone"


@dataclass(frozen=True)
class RunOptions:
    """Options of a run.

    Attributes
    ----------
    selection
        The units whose reports are made.
    fresh
        Whether all of them are made anew.
    only_failed
        Whether only those that failed are made.
    prune
        Whether stale reports, and files that are none of the run's, are removed.
    """

    selection: Selection = field(default_factory=Selection)
    fresh: bool = False
    only_failed: bool = False
    prune: bool = False


@dataclass(frozen=True)
class StaleReport:
    """A report made from other inputs than those of the run, and which: see `plan_run`."""

    record: ReportRecord
    reason: str


@dataclass(frozen=True)
class RunPlan:
    """What a run will do.

    Attributes
    ----------
    reasons
        Jobs to execute, each with its reason, see `plan_run`.
    kept
        Reports that are kept, as the ledger knows them.
    stale
        Reports that stay though they are stale, by stem.
    dropped
        Stems of what the ledger forgets: pruned, or without a page.
    removed
        Files that `prune` removes, by place in the output folder.
    selected
        Stems of the reports that are selected.
    """

    reasons: Mapping[Job, str]
    kept: Mapping[Job, ReportRecord]
    stale: Mapping[str, StaleReport]
    dropped: tuple[str, ...]
    removed: tuple[str, ...]
    selected: frozenset[str]


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
        kinds of input that changed, joined by commas; that of a stale report may be `gone`: the
        run has no such report.
    """
    chosen = _select_stems(prepared, records, options)
    reasons, kept, stale = {}, {}, {}
    for job in prepared.jobs:
        record = records.get(job.stem)
        reason = _reason(record, prepared.inputs[job.stem], prepared.settings, job)
        if job.stem in chosen and (reason or options.fresh):
            reasons[job] = "fresh" if options.fresh else reason
        elif record and reason in ("", "failed"):
            kept[job] = record
        elif record:
            stale[job.stem] = StaleReport(record, reason)
    made = {job.stem for job in prepared.jobs}
    stale |= {stem: StaleReport(records[stem], GONE) for stem in records if stem not in made}
    output = prepared.settings.output
    # A report that failed, or whose page is gone, is none that could stay.
    stay = {
        stem: each
        for stem, each in stale.items()
        if not options.prune and not each.record.error and _has_page(output, each.record)
    }
    dropped = tuple(stem for stem in stale if stem not in stay)
    plan = RunPlan(reasons, kept, stay, dropped, (), frozenset(chosen))
    if not options.prune:
        return plan
    known = {*kept_names(prepared, plan), *_made_names(reasons)}
    removed = tuple(name for name in _names_in(output) if name not in known)
    return RunPlan(reasons, kept, stay, dropped, removed, frozenset(chosen))


def kept_names(prepared: PreparedRun, plan: RunPlan) -> Iterator[str]:
    """Yield the files of the reports that stay, by place in the output folder."""
    suffixes = papers.papers_of(prepared.run)
    for job, record in plan.kept.items():
        # Whether reports are on paper too is asked of those that are selected.
        selected = job.stem in plan.selected
        yield from papers.own_files(record.files, suffixes) if selected else record.files
    for each in plan.stale.values():
        yield from each.record.files


def leftovers(prepared: PreparedRun, plan: RunPlan) -> list[Path]:
    """Return the files that a run removes before it makes reports.

    These are what `prune` names, files of reports that are made again, papers that are no longer
    asked for, and what a writer that was killed left.
    """
    output, stay = prepared.settings.output, set(kept_names(prepared, plan))
    ours = {name for record in plan.kept.values() for name in record.files}
    gone = {*plan.removed, *_made_names(plan.reasons), *ours} - stay
    return [
        output / name
        for name in _names_in(output)
        if name in gone or is_temporary(output / name)
    ]  # fmt: skip


def _made_names(reasons: Mapping[Job, str]) -> Iterator[str]:
    for job in reasons:
        yield from kept_files(job, keep=True)
        yield from papers.paper_files(job, (papers.PDF, papers.DOCX))


def _names_in(output: Path) -> list[str]:
    folders = (output / name for name in REPORT_FOLDERS)
    return sorted(
        path.relative_to(output).as_posix()
        for folder in folders
        if folder.is_dir()
        for path in folder.iterdir()
        if path.is_symlink() or not path.is_dir()
    )


def _has_page(output: Path, record: ReportRecord) -> bool:
    return any(name.endswith(".html") and (output / name).is_file() for name in record.files)


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
