"""Verify a run: compare all files with its manifest, and make a sample of reports again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundeval import policy, tables, workspace
from fundeval.batch import ledger as ledgers
from fundeval.batch.execution.local_pool import make_reports
from fundeval.batch.files import sha256
from fundeval.batch.jobs import KERNEL, report_files
from fundeval.batch.manifest import MANIFEST, environment, to_sealed_json
from fundeval.batch.pipeline import prepare_run
from fundeval.batch.plan import RunFile
from fundeval.batch.progress import LOG
from fundeval.batch.signoff import PICTURE, SIGNOFFS, read_signoffs
from fundeval.batch.whole_run import POLICY
from fundeval.problems import BadInputError, Problem
from fundeval.report.pages.policy_page import render_policy
from fundeval.results import parquet as store

# Files that are no part of the result; they hold times.
NOT_COMPARED = {
    MANIFEST, SIGNOFFS, PICTURE, ledgers.LEDGER, f"{ledgers.LEDGER}-journal", ledgers.LOCK, LOG,
}  # fmt: skip
# What `fundeval pdf` and `fundeval docx` write, which shows the state of that day.
PAPER_FOLDERS = ("pdf", "docx")


@dataclass(frozen=True)
class Difference:
    """A difference from the manifest; `kind` names a message `verify.KIND`."""

    kind: str
    name: str
    was: str = ""
    now: str = ""


def verify(folder: Path, sample: int) -> Iterator[Difference]:
    """Compare a run with its manifest.

    First the hashes of all files are compared, then versions, notebooks, data set and policy. If
    those are unchanged, everything is evaluated again and a sample of reports is made again in
    fresh interpreters.

    Parameters
    ----------
    folder
        Output folder of the run.
    sample
        Number of reports to make again, chosen by the hash of the manifest; 0 for none.

    Yields
    ------
    Difference

    Raises
    ------
    BadInputError
        If there is no manifest.
    """
    files = list(find_changed_files(folder))
    yield from files
    yield from _void_signoffs(folder, files)
    manifest = _read(folder / MANIFEST)
    if manifest is None:
        return
    outside = [*_compare("library", manifest["environment"], environment())]
    outside += _compare("notebook", manifest["notebooks"], _notebooks(manifest["notebooks"]))
    run = _restore_run(folder, manifest["run"])
    outside += _compare_inputs(run, manifest)
    yield from outside
    if sample and not outside:
        with tempfile.TemporaryDirectory(prefix="fundeval-") as scratch:
            yield from _remake_sample(run, manifest, sample, Path(scratch) / "run")


def find_changed_files(folder: Path) -> Iterator[Difference]:
    """Yield the files of a run that differ from its manifest, or the manifest if it was altered.

    Raises BadInputError if there is no manifest.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInputError([Problem("verify.no_manifest", str(folder))])
    manifest = _read(path)
    if manifest is None:
        yield Difference("manifest", MANIFEST)
    else:
        yield from _compare_files(folder, manifest["files"])


def _read(path: Path) -> dict[str, Any] | None:
    """Read a manifest; None if it was altered."""
    text = path.read_bytes().decode(errors="replace")
    try:
        content: dict[str, Any] = json.loads(text)
        del content["seal"]
    except (ValueError, KeyError, TypeError):
        return None
    return content if to_sealed_json(content) == text else None


def _void_signoffs(folder: Path, files: Sequence[Difference]) -> Iterator[Difference]:
    """Yield the sign-offs that are void because the manifest or a file changed."""
    signoffs = read_signoffs(folder)
    if signoffs is None:
        yield Difference("void", SIGNOFFS)
        return
    manifest = sha256(folder / MANIFEST)
    for signoff in signoffs:
        if files or signoff.manifest != manifest:
            yield Difference("void", signoff.name)


def _compare_files(folder: Path, listed: Mapping[str, str]) -> Iterator[Difference]:
    present = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.parent not in [folder / name for name in PAPER_FOLDERS]
    }
    for name, expected in listed.items():
        if name not in present:
            yield Difference("missing", name)
        elif (found := sha256(present[name])) != expected:
            yield Difference("altered", name, expected, found)
    for name in sorted(set(present) - set(listed) - NOT_COMPARED):
        yield Difference("unlisted", name)


def _compare(
    kind: str, then: Mapping[str, str | None], now: Mapping[str, str | None]
) -> Iterator[Difference]:
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            yield Difference(kind, name, then.get(name) or "–", now.get(name) or "–")


def _notebooks(named: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in named:
        with suppress(FileNotFoundError):
            found[name] = sha256(workspace.find(f"notebooks/{name}"))
    return found


def _restore_run(folder: Path, recorded: Mapping[str, Any]) -> RunFile:
    """Restore the run file, with the paths of data set and policy from the ledger."""
    places = {}
    with suppress(BadInputError), ledgers.open_ledger(folder) as ledger:
        if last := ledger.last_run():
            places = {"dataset": last.dataset, "policy": last.policy}
    return RunFile.model_validate({**recorded, **places})


def _compare_inputs(run: RunFile, manifest: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare the files of data set and policy; one that cannot be read is a difference too."""
    try:
        inputs = {file.name: file.sha256 for file in tables.load(run.dataset).inputs}
        yield from _compare("data", _by_name(manifest["inputs"]), inputs)
    except BadInputError as error:
        yield Difference("data", run.dataset, now=error.problems[0].text("en"))
    try:
        files = dict(policy.load(run.policy).files)
        yield from _compare("policy", _by_name(manifest["policy"]), files)
    except BadInputError as error:
        yield Difference("policy", run.policy, now=error.problems[0].text("en"))


def _by_name(files: list[dict[str, str]]) -> dict[str, str]:
    return {file["name"]: file["sha256"] for file in files}


def _remake_sample(
    run: RunFile, manifest: Mapping[str, Any], sample: int, output: Path
) -> Iterator[Difference]:
    prepared = prepare_run(run, output, KERNEL)
    for name in ("reports", "notebooks"):
        (output / name).mkdir(parents=True)
    store.write(prepared.evaluation, output / "evaluation")
    listed = manifest["files"]
    for name in sorted(name for name in listed if name.startswith("evaluation/")):
        path = output / name
        found = sha256(path) if path.exists() else "–"
        if found != listed[name]:
            yield Difference("otherwise", name, listed[name], found)
    rules = hashlib.sha256(render_policy(prepared.evaluation, run.lang).encode()).hexdigest()
    yield from _compare("otherwise", {POLICY: listed.get(POLICY)}, {POLICY: rules})
    recorded = [job for job in prepared.jobs if report_files(job)[1] in listed]
    recorded += [job for job in prepared.jobs if job.stem in manifest["failed"]]
    seal = to_sealed_json(manifest)
    drawn = sorted(recorded, key=lambda job: hashlib.sha256((seal + job.stem).encode()).digest())
    for outcome in make_reports(drawn[:sample], prepared.settings, 1):
        then = manifest["failed"].get(outcome.stem, "")
        if outcome.error != then:
            yield Difference("otherwise", outcome.stem, then, outcome.error)
        elif not outcome.error:
            expected = {name: listed.get(name) for name in outcome.files}
            yield from _compare("otherwise", expected, outcome.files)
