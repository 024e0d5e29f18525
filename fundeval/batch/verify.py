"""Verify a run: compare all files with its manifest, and make again what was made from the data.

What was looked at, and what was not, is counted in a `Coverage`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fundeval import policy, tables, workspace
from fundeval.batch import folder_contents
from fundeval.batch.difference import Difference
from fundeval.batch.files import sha256
from fundeval.batch.files_of_run import PAPERS
from fundeval.batch.jobs import KERNEL, Job
from fundeval.batch.manifest import MANIFEST, environment, plan_of
from fundeval.batch.own_run_file import OwnRunFile, find_own_run_file, signing_of
from fundeval.batch.pipeline import PreparedRun, prepare_run
from fundeval.batch.plan import RunFile
from fundeval.batch.read_manifest import InputHash, Manifest, read_manifest
from fundeval.batch.remake import remake_reports, remake_whole_run
from fundeval.batch.signing import check_signature, find_signers, names_of_many
from fundeval.batch.signoff import (
    PICTURE,
    ROLES,
    SIGNATURES,
    Statement,
    read_signoffs,
    state_picture,
)
from fundeval.problems import BadInputError
from fundeval.report.public.releases import RELEASES
from fundeval.tables import absolute_location
from fundeval.words import say

# Two machines may disagree on the time, and one take its own hour for that of Greenwich.
CLOCKS_DIFFER = dt.timedelta(days=1)
NOT_COMPARED = folder_contents.NOT_COMPARED


@dataclass
class Coverage:
    """What a verification looked at.

    Attributes
    ----------
    files
        How many files were compared with the manifest.
    planned, made
        How many reports the plan has, and how many of them there are.
    remade
        Stems of the reports that were made again.
    whole, public
        Whether what covers the whole run was made again, and whether that is the public page.
    papers
        How many PDF and Word documents of reports were compared, but not made again.
    seed
        From which number the sample was drawn; the same number draws the same sample.
    """

    files: int = 0
    planned: int = 0
    made: int = 0
    remade: list[str] = field(default_factory=list)
    whole: bool = False
    public: bool = False
    papers: int = 0
    seed: int = 0

    def text(self, lang: str) -> str:
        """Return it as a sentence."""
        whole = ("" if self.whole else "not_") + ("public" if self.public else "whole")
        parts = [
            say(f"verify.covered.{whole}", lang),
            say("verify.covered.files", lang, files=self.files),
        ]
        if not self.public:
            counts = {"remade": len(self.remade), "made": self.made, "planned": self.planned}
            parts.insert(0, say("verify.covered.reports", lang, **counts, seed=self.seed))
        if self.papers:
            parts.append(say("verify.covered.papers", lang, papers=self.papers))
        return say("sign.separator", lang).join(parts)


@dataclass(frozen=True)
class Asked:
    """What is verified: how many reports are made again, drawn from which seed, by whose list.

    `signers` is the list of signers, by default that of the run file; `run_file` is a run file of
    one's own, see `own_run_file`.
    """

    sample: int = 3
    seed: int | None = None
    signers: Path | None = None
    run_file: Path | None = None


def verify(
    folder: Path, asked: Asked | None = None, coverage: Coverage | None = None
) -> Iterator[Difference]:
    """Verify a run.

    First all files are compared with the manifest and the sign-offs are checked, then versions,
    notebooks, data set and policy are compared: those of a run file of one's own, since nothing
    that the folder names is opened. If those are unchanged, everything is evaluated again: the
    plan is compared, what covers the whole run is made again, and so are the overview and a
    sample of reports, in fresh interpreters.

    Parameters
    ----------
    folder
        Output folder of the run.
    asked
        What to verify.
    coverage
        What was looked at is added to it.

    Yields
    ------
    Difference
        Differences, and notes of what was not checked (`is_note`).

    Raises
    ------
    BadInputError
        If there is no manifest, or no list of signers or run file where one is named.
    """
    asked, seen = asked or Asked(), coverage or Coverage()
    manifest = read_manifest(folder)
    if manifest is None:
        yield Difference("manifest", MANIFEST)
        return
    own = find_own_run_file(folder, manifest, asked.run_file)
    yield from folder_contents.compare_files(folder, manifest)
    yield from folder_contents.list_unchecked(folder, manifest)
    seen.files = len(manifest.files)
    seen.papers = sum(name.endswith(PAPERS) for name in manifest.files)
    seen.public = manifest.public
    seen.planned = len(manifest.plan)
    seen.made = len(set(manifest.plan) & set(manifest.reports()) - set(manifest.stale))
    signed = list(_check_signoffs(folder, manifest, asked, own))
    yield from signed
    yield from _list_incomplete(folder, manifest, all(each.is_note for each in signed))
    outside = [*own.told, *_compare("library", manifest.environment, environment())]
    outside += _compare("notebook", manifest.notebooks, _notebooks(manifest.notebooks))
    if own.run is not None:
        outside += _compare_inputs(own.run, manifest)
    yield from outside
    if own.run is not None and all(each.is_note for each in outside):
        yield from _make_again(folder, own.run, manifest, asked, seen)


def find_changed_files(folder: Path) -> Iterator[Difference]:
    """Yield the files of a run that differ from its manifest, or the manifest if it was altered.

    Raises BadInputError if there is no manifest.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        yield Difference("manifest", MANIFEST)
    else:
        yield from folder_contents.compare_files(folder, manifest)


def _check_signoffs(
    folder: Path, manifest: Manifest, asked: Asked, own: OwnRunFile
) -> Iterator[Difference]:
    """Check statements, signatures and the picture of the state."""
    if manifest.public:
        return
    signoffs, hashed = read_signoffs(folder), sha256(folder / MANIFEST)
    yield from (Difference("signature_damaged", name) for name in signoffs.damaged)
    standing = signoffs.standing(hashed)
    latest = {each.role: each for each in signoffs.statements}
    signed = {role: each for role, each in latest.items() if each.action == "sign"}
    for role, statement in signed.items():
        if standing.get(role) != statement:
            yield Difference("void", statement.name)
    if len(signed) == len(ROLES) and signoffs.same_key(*signed.values()):
        yield Difference("same_key", SIGNATURES)
    incomplete = manifest.incomplete()
    for statement in standing.values():
        if statement.incomplete and statement.incomplete != incomplete:
            accepted = say("problem.separator", "en").join(sorted(statement.incomplete))
            yield Difference("accepts_other", statement.name, now=accepted[:200])
    yield from _check_times(signoffs.statements)
    yield from _check_keys(folder, signoffs.statements, manifest, asked, own)
    today = dt.datetime.now(dt.UTC).date()
    for statement in standing.values():
        if statement.until and statement.until < today:
            yield Difference("expired", statement.name, now=str(statement.until))
    picture = folder / PICTURE
    if picture.is_symlink() or not picture.is_file():
        yield Difference("missing", PICTURE)
    elif picture.read_bytes() != state_picture(folder, _language(manifest)).encode():
        yield Difference("picture", PICTURE)


def _check_times(statements: tuple[Statement, ...]) -> Iterator[Difference]:
    """Yield statements whose time, by their own account, cannot be: ahead, or before the former."""
    latest = dt.datetime.now(dt.UTC)
    for each in reversed(statements):
        if each.signed > latest + CLOCKS_DIFFER:
            yield Difference("impossible_time", each.name, str(latest), str(each.signed))
        latest = min(latest, each.signed)


def _check_keys(
    folder: Path,
    statements: tuple[Statement, ...],
    manifest: Manifest,
    asked: Asked,
    own: OwnRunFile,
) -> Iterator[Difference]:
    by_key = [each for each in statements if each.identity]
    how = signing_of(manifest, own) if by_key else own.signing
    signers = find_signers(folder, how, asked.signers)
    # Whoever has a list of signers asks for keys.
    kind = "by_name" if signers.path is None else "needs_key"
    for each in statements:
        if not each.identity:
            yield Difference(kind, each.name, now=f"{SIGNATURES}/{each.file}")
    if not by_key:
        return
    if signers.path is None:
        yield Difference("no_signers", SIGNATURES)
        return
    yield Difference("signers", str(signers.path), now=signers.sha256)
    for names in names_of_many(signers.path.read_text(encoding="utf-8", errors="replace")):
        yield Difference("any_name", str(signers.path), now=names[:80])
    for each in by_key:
        if why := check_signature(folder, each, signers):
            yield Difference("signature", f"{SIGNATURES}/{each.file}", each.identity, why)
        else:
            signed = str(each.signed)
            yield Difference(f"holds_{each.action}", each.identity, each.file, signed)


def _list_incomplete(folder: Path, manifest: Manifest, holds: bool) -> Iterator[Difference]:
    """Yield the planned reports that are not as they should be; those accepted as notes."""
    incomplete = manifest.incomplete()
    standing = read_signoffs(folder).standing(sha256(folder / MANIFEST))
    accepted = holds and "evaluator" in standing
    accepted = accepted and all(each.incomplete == incomplete for each in standing.values())
    for stem, why in sorted(incomplete.items()):
        kind = why if why in ("stale", "not_made") else "failed"
        yield Difference(f"accepted_{kind}" if accepted else kind, stem, now=why)


def _make_again(
    folder: Path, run: RunFile, manifest: Manifest, asked: Asked, seen: Coverage
) -> Iterator[Difference]:
    register = folder / RELEASES
    if manifest.public and register.exists() and not register.is_file():
        return  # told as what it is; it would never end
    with tempfile.TemporaryDirectory(prefix="fundeval-") as scratch:
        output = Path(scratch) / "run"
        prepared = prepare_run(run, output, KERNEL)
        yield from _compare_plan(prepared, manifest)
        yield from remake_whole_run(prepared, manifest, output, folder)
        seen.whole = True
        seen.seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
        # What was made, and what failed, in an order that nobody foresees.
        recorded = {*manifest.reports(), *manifest.failed} - set(manifest.stale)
        jobs = [job for job in prepared.jobs if job.stem in recorded]
        chosen = draw(jobs, asked.sample, seen.seed)
        seen.remade += [job.stem for job in chosen]
        yield from remake_reports(prepared, manifest, chosen)


def draw(jobs: Sequence[Job], most: int, seed: int) -> list[Job]:
    """Draw the reports to make again: the overview, and at most so many of the others.

    Examples
    --------
    >>> draw([Job("H1", "hospital", "hospital.ipynb", "H1")], 3, seed=1)[0].stem
    'H1'
    """
    overview = [job for job in jobs if not job.unit_id]
    units = sorted((job for job in jobs if job.unit_id), key=lambda job: job.stem)
    drawn = random.Random(seed).sample(units, min(most, len(units)))
    return [*overview, *drawn] if most else []


def _compare_plan(prepared: PreparedRun, manifest: Manifest) -> Iterator[Difference]:
    planned = {} if manifest.public else plan_of(prepared.jobs)
    for stem in sorted({*planned, *manifest.plan}):
        if stem not in manifest.plan:
            yield Difference("left_out", stem)
        elif planned.get(stem) != [*manifest.plan[stem]]:
            yield Difference("not_planned", stem)


def _compare(
    kind: str, then: Mapping[str, str | None], now: Mapping[str, str | None]
) -> Iterator[Difference]:
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            yield Difference(kind, name, then.get(name) or "–", now.get(name) or "–")


def _notebooks(named: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in named:
        with suppress(OSError):
            found[name] = sha256(workspace.find(f"notebooks/{Path(name).name}"))
    return found


def _compare_inputs(run: RunFile, manifest: Manifest) -> Iterator[Difference]:
    """Compare the files of data set and policy; one that cannot be read is a difference too."""
    place = absolute_location(run.dataset)
    try:
        inputs = {file.name: file.sha256 for file in tables.load(run.dataset).inputs}
        yield Difference("data_place", place, now=_hash_of_all(inputs))
        # The manifest of a public page says nothing of confidential files.
        if manifest.inputs or not manifest.public:
            yield from _compare("data", _by_name(manifest.inputs), inputs)
    except BadInputError as error:
        yield Difference("data", place, now=error.problems[0].text("en"))
    place = absolute_location(run.policy)
    with suppress(FileNotFoundError):
        place = str(workspace.find(f"params/policy/{run.policy}.yaml"))
    try:
        files = dict(policy.load(run.policy).files)
        yield Difference("policy_place", place, now=_hash_of_all(files))
        yield from _compare("policy", _by_name(manifest.policy), files)
    except BadInputError as error:
        yield Difference("policy", place, now=error.problems[0].text("en"))


def _hash_of_all(files: Mapping[str, str]) -> str:
    """Return the SHA-256 of what `sha256sum` prints of files, in the order of their names."""
    listed = "".join(f"{files[name]}  {name}\n" for name in sorted(files))
    return hashlib.sha256(listed.encode()).hexdigest()


def _by_name(files: list[InputHash]) -> dict[str, str]:
    return {file.name: file.sha256 for file in files}


def _language(manifest: Manifest) -> str:
    return "en" if manifest.run.get("lang") == "en" else "zh"
