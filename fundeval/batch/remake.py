"""Make again what a run made, and compare it with the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fundeval.batch.difference import Difference
from fundeval.batch.execution.local_pool import make_reports
from fundeval.batch.files import sha256, write_atomically
from fundeval.batch.jobs import Job
from fundeval.batch.pipeline import PreparedRun
from fundeval.batch.publishing import make_public_files
from fundeval.batch.read_manifest import Manifest
from fundeval.batch.whole_run import INDEX, INDEX_FOLDER, POLICY, WORKBOOK, write_whole_run
from fundeval.report.public.releases import RELEASES
from fundeval.results import parquet as store


def remake_whole_run(
    prepared: PreparedRun, manifest: Manifest, output: Path, folder: Path
) -> Iterator[Difference]:
    """Make the evaluation, the index, the page of the policy and the workbook again.

    Of a public run, its page and that of the policy.

    Parameters
    ----------
    prepared
        The run.
    manifest
        What it said it had made.
    output
        An empty place to write to.
    folder
        Where the run lies: a public page is made beside the register of what was published.
    """
    for name in ("reports", "notebooks"):
        (output / name).mkdir(parents=True)
    if manifest.public:
        _, files = make_public_files(prepared, folder)
        write_atomically({output / name: text for name, text in files.items()})
    else:
        store.write(prepared.evaluation, output / "evaluation")
        made = set(manifest.reports()) - set(manifest.stale)
        write_whole_run(prepared, output, made, manifest.failed, manifest.stale)
    whole = (INDEX, POLICY, RELEASES, WORKBOOK)
    places = ("evaluation/", f"{INDEX_FOLDER}/")
    then = {n: h for n, h in manifest.files.items() if n in whole or n.startswith(places)}
    now = {
        path.relative_to(output).as_posix(): sha256(path)
        for path in output.rglob("*")
        if path.is_file()
    }
    yield from _differences(then, now)


def remake_reports(
    prepared: PreparedRun, manifest: Manifest, jobs: Sequence[Job]
) -> Iterator[Difference]:
    """Make reports again, in fresh interpreters; `remake_whole_run` made what they read."""
    if not jobs:
        return
    for outcome in make_reports(jobs, prepared.settings, 1):
        then = manifest.failed.get(outcome.stem, "")
        if outcome.error != then:
            yield Difference("otherwise", outcome.stem, then, outcome.error)
        elif not outcome.error:
            expected = {name: manifest.files.get(name, "") for name in outcome.files}
            yield from _differences(expected, outcome.files)


def _differences(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            yield Difference("otherwise", name, then.get(name) or "–", now.get(name) or "–")
