"""Jobs and how they end; light, since it is imported wherever reports are spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FORK, KERNEL = "fundeval", "nbclient"


@dataclass(frozen=True)
class Job:
    """One report: its unit, the notebook that makes it and the stem of its files.

    The overview of the whole run has no unit: its `unit_id` is empty.
    """

    unit_id: str
    kind: str
    notebook: str
    stem: str


@dataclass(frozen=True)
class Setting:
    """What all jobs of a run share.

    `output` is the run's folder, `notebooks` the notebooks to execute by name, `engine` the
    papermill engine that executes them. A report may take `seconds` and `memory`, in bytes.
    """

    output: Path
    notebooks: Mapping[str, Path]
    lang: str
    engine: str = FORK
    seconds: float = 600
    memory: int = 2 * 2**30


@dataclass(frozen=True)
class Outcome:
    """How a job ended: `error` is empty where the report was written.

    `error` holds no path and no time; the rest is for ledger and log only: `details` of an
    error, `files` with their SHA-256, seconds, CPU seconds, the most memory in bytes, and
    whether the disk refused to take more.
    """

    job: Job
    error: str = ""
    details: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    unwritable: str = ""

    @property
    def stem(self) -> str:
        """The stem of the report's files."""
        return self.job.stem


def names(job: Job) -> tuple[str, str]:
    """Return where the executed notebook and the report of a job are, in the run's folder."""
    return f"notebooks/{job.stem}.ipynb", f"reports/{job.stem}.html"
