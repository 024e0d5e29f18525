"""The manifest of a run: hashes of its inputs and outputs, and versions. It has no times."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from fundeval import workspace
from fundeval.batch.cache_keys import versions
from fundeval.batch.files import sha256, write_atomically
from fundeval.batch.jobs import JobSettings, Outcome
from fundeval.batch.plan import RunFile
from fundeval.tables import short_name

MANIFEST = "manifest.json"
LOCK_FILE = "requirements.lock"
# Made from the evaluation as a whole, besides the report of each unit.
SHARED = ("index.html", "index/*.html", "policy.html", "workbook.xlsx", "evaluation/**/*")


def write_manifest(
    run: RunFile, about: Mapping[str, Any], settings: JobSettings, outcomes: Sequence[Outcome]
) -> None:
    """Write `manifest.json`, see `manifest_text`."""
    text = manifest_text(run, about, settings, outcomes)
    write_atomically({settings.output / MANIFEST: text})


def manifest_text(
    run: RunFile, about: Mapping[str, Any], settings: JobSettings, outcomes: Sequence[Outcome]
) -> str:
    """Return a manifest with the SHA-256 of everything a run read and wrote.

    Parameters
    ----------
    run
        The run file.
    about
        `about` of the evaluation, for the hashes of data set and policy.
    settings
        Settings of the run, for its output folder and notebooks.
    outcomes
        How each report ended: files of those made, errors of those that failed.

    Notes
    -----
    Ledger, log and the manifest itself are not listed; `seal` is the SHA-256 of the rest of the
    manifest.
    """
    output = settings.output
    shared = [path for pattern in SHARED for path in output.glob(pattern) if path.is_file()]
    reports = {name: found for outcome in outcomes for name, found in outcome.files.items()}
    content = {
        "run": {
            **run.model_dump(mode="json"),
            "dataset": short_name(run.dataset),
            "policy": short_name(run.policy),
        },
        "inputs": about["inputs"],
        "policy": about["policy"]["files"],
        "notebooks": {name: sha256(path) for name, path in settings.notebooks.items()},
        "environment": environment(),
        "failed": {outcome.job.stem: outcome.error for outcome in outcomes if outcome.error},
        "files": reports | {path.relative_to(output).as_posix(): sha256(path) for path in shared},
    }
    return to_sealed_json(content)


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


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
