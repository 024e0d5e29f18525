"""The manifest of a run: hashes of its inputs and outputs, and versions. It has no times."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fundeval import workspace
from fundeval.batch.cache_keys import versions
from fundeval.batch.files import sha256, write_atomically
from fundeval.batch.jobs import Job, hash_notebook
from fundeval.tables import short_name

if TYPE_CHECKING:
    from fundeval.batch.pipeline import PreparedRun
    from fundeval.batch.plan import RunFile

MANIFEST = "manifest.json"
LOCK_FILE = "requirements.lock"
# Made from the evaluation as a whole, besides the report of each unit.
SHARED = (
    "index.html", "index/*.html", "policy.html", "releases.json", "workbook.xlsx",
    "evaluation/**/*",
)  # fmt: skip


Stale = tuple[str, str]


@dataclass(frozen=True)
class Ended:
    """What became of the reports of a run.

    Attributes
    ----------
    files
        SHA-256 of the files of reports, stale ones too, by place in the output folder.
    made
        Stems of the reports that were made from what the run reads.
    failed
        Errors of those that failed, by stem.
    stale
        The unit of each stale report and why it is stale, by stem.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    stale: Mapping[str, Stale] = field(default_factory=dict)


def write_manifest(prepared: PreparedRun, ended: Ended, public: bool = False) -> None:
    """Write `manifest.json`, see `manifest_text`."""
    text = manifest_text(prepared, ended, public)
    write_atomically({prepared.settings.output / MANIFEST: text})


def manifest_text(prepared: PreparedRun, ended: Ended, public: bool = False) -> str:
    """Return a manifest with the SHA-256 of everything a run read and wrote.

    Parameters
    ----------
    prepared
        The run.
    ended
        What became of its reports.
    public
        Whether it is that of the public page, which plans no report and tells no hash of data.

    Notes
    -----
    `plan` names every report that the run file asks for, by the stem of its files. Ledger, log and
    the manifest itself are not listed; `seal` is the SHA-256 of the rest of the manifest.
    """
    run, about, settings = prepared.run, prepared.about, prepared.settings
    output = settings.output
    shared = [path for pattern in SHARED for path in output.glob(pattern) if path.is_file()]
    notebooks = {name: hash_notebook(text) for name, text in settings.notebooks.items()}
    content = {
        "run": run_settings(run),
        # A hash of figures that are hidden would let anybody try amounts until one fits.
        "inputs": [] if public else about["inputs"],
        "policy": about["policy"]["files"],
        "notebooks": {} if public else notebooks,
        "environment": environment(),
        "public": public,
        "plan": {} if public else plan_of(prepared.jobs),
        "failed": dict(ended.failed),
        "stale": dict(ended.stale),
        "files": {
            **ended.files,
            **{path.relative_to(output).as_posix(): sha256(path) for path in shared},
        },
    }
    return to_sealed_json(content)


def run_settings(run: RunFile) -> dict[str, Any]:
    """Return a run file as a manifest records it: where its data and policy lie is left out."""
    places = {"dataset": short_name(run.dataset), "policy": short_name(run.policy)}
    return {**run.model_dump(mode="json"), **places}


def plan_of(jobs: Iterable[Job]) -> dict[str, list[str]]:
    """Return kind and id of the unit, and notebook, of each planned report by its stem."""
    return {job.stem: [job.kind, job.unit_id, job.notebook] for job in jobs}


def environment() -> dict[str, str | None]:
    """Return the versions that may affect a report, and the hash of the lock file if found."""
    try:
        lock = sha256(workspace.find(LOCK_FILE))
    except FileNotFoundError:
        lock = None
    return {"python": platform.python_version(), **versions(), LOCK_FILE: lock}


def to_sealed_json(content: Mapping[str, Any]) -> str:
    """Format content as JSON with its own SHA-256 as `seal`; equal content gives equal text."""
    seal = hashlib.sha256(_text(content).encode()).hexdigest()
    return _text({**content, "seal": seal})


def from_sealed_json(text: str) -> dict[str, Any]:
    """Return the content of JSON that `to_sealed_json` formatted, without its seal.

    Raises
    ------
    ValueError
        If it is anything else, or was altered.
    """
    try:
        content = json.loads(text)
        del content["seal"]
        if to_sealed_json(content) == text:
            return dict(content)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    raise ValueError(MANIFEST)


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
