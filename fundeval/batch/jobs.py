"""Jobs and how they end; light, since it is imported wherever reports are spoken of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
    name of a papermill engine, or None for papermill's own.
    """

    output: Path
    notebooks: dict[str, Path]
    lang: str
    engine: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How a job ended: `error` is empty where the report was written.

    `error` holds no path and no time; `details` and `seconds` are for the log only.
    """

    job: Job
    error: str = ""
    details: str = ""
    seconds: float = 0.0


def paths(output: Path, job: Job) -> tuple[Path, Path]:
    """Return the paths of the executed notebook and of the rendered report of a job."""
    return output / "notebooks" / f"{job.stem}.ipynb", output / "reports" / f"{job.stem}.html"


def make(job: Job, setting: Setting) -> Outcome:
    """Execute a job; what a worker process is called with.

    Only workers import papermill and nbconvert, which take seconds.
    """
    from fundeval.batch.execute import execute  # noqa: PLC0415

    return execute(job, setting)
