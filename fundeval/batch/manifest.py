"""What a run was made from and what it made, by hash; no clock in it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from fundeval import workspace
from fundeval.batch.cache_keys import versions
from fundeval.batch.files import sha256, write_whole
from fundeval.batch.jobs import Outcome, Setting
from fundeval.batch.plan import RunFile
from fundeval.results.frames import Evaluation
from fundeval.tables import short_name

MANIFEST = "manifest.json"
LOCK_FILE = "requirements.lock"
# Made from the evaluation as a whole, besides the report of each unit.
SHARED = ("index.html", "workbook.xlsx", "evaluation/**/*")


def write_manifest(
    run: RunFile, evaluation: Evaluation, setting: Setting, outcomes: Sequence[Outcome]
) -> None:
    """Write `manifest.json`: the run, inputs, policy, notebooks, versions, failures, outputs.

    Every file of the run is listed with its SHA-256, but for the manifest itself, the ledger
    and the log; `seal` is that of the manifest without it.
    """
    output = setting.output
    shared = [path for pattern in SHARED for path in output.glob(pattern) if path.is_file()]
    reports = {name: found for outcome in outcomes for name, found in outcome.files.items()}
    content = {
        "run": {
            **run.model_dump(mode="json"),
            "dataset": short_name(run.dataset),
            "policy": short_name(run.policy),
        },
        "inputs": evaluation.about["inputs"],
        "policy": evaluation.about["policy"]["files"],
        "notebooks": {name: sha256(path) for name, path in setting.notebooks.items()},
        "environment": environment(),
        "failed": {outcome.job.stem: outcome.error for outcome in outcomes if outcome.error},
        "files": reports | {path.relative_to(output).as_posix(): sha256(path) for path in shared},
    }
    write_whole({output / MANIFEST: sealed(content)})


def environment() -> dict[str, str | None]:
    """Return the versions that may show in a report, and the hash of the lock file if there."""
    try:
        lock = sha256(workspace.find(LOCK_FILE))
    except FileNotFoundError:
        lock = None
    return {"python": platform.python_version(), **versions(), LOCK_FILE: lock}


def sealed(content: Mapping[str, Any]) -> str:
    """Return a manifest as text, with its seal; equal content gives equal text."""
    seal = hashlib.sha256(_text(content).encode()).hexdigest()
    return _text({**content, "seal": seal})


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
