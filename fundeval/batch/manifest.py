"""What a run was made from and what it made, by hash; no clock in it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fundeval import __version__
from fundeval.batch.files import sha256, write_whole
from fundeval.batch.jobs import Outcome, Setting
from fundeval.batch.plan import RunFile
from fundeval.evaluation import Evaluation

LOG = "run.log"
MANIFEST = "manifest.json"
OUTPUTS = ("index.html", "evaluation/**/*", "notebooks/*.ipynb", "reports/*.html")
# The libraries whose version shows in the figures or in the bytes of a report.
LIBRARIES = (
    "babel", "ipykernel", "jinja2", "matplotlib", "nbclient", "nbconvert", "nbformat",
    "numpy", "pandas", "papermill", "pyarrow", "seaborn",
)  # fmt: skip


def write_manifest(
    run: RunFile, evaluation: Evaluation, setting: Setting, outcomes: Iterable[Outcome]
) -> None:
    """Write `manifest.json`: the run, inputs, policy, notebooks, versions, failures, outputs.

    Every file of the run is listed with its SHA-256, but for the manifest itself and the log.
    """
    output = setting.output
    content: dict[str, Any] = {
        "run": {
            **run.model_dump(mode="json"),
            "dataset": _name(run.dataset),
            "policy": _name(run.policy),
        },
        "inputs": evaluation.about["inputs"],
        "policy": evaluation.about["policy"]["files"],
        "notebooks": {name: sha256(path) for name, path in setting.notebooks.items()},
        "versions": {
            "fundeval": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "failed": {outcome.job.stem: outcome.error for outcome in outcomes if outcome.error},
        "files": {
            path.relative_to(output).as_posix(): sha256(path)
            for pattern in OUTPUTS
            for path in output.glob(pattern)
            if path.is_file()
        },
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    write_whole({output / MANIFEST: text + "\n"})


def _name(location: str) -> str:
    """Return a location without the folders it lies in: `sample:city`, or a file's name."""
    return location if location.startswith("sample:") else Path(location).name
