"""Jobs of a run and their outcomes. Imports little, since many modules import it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

# Which executed notebooks stay: of reports that were made, none, or of reports that failed.
KeepNotebooks = bool | Literal["failed"]
FORK, KERNEL = "fundeval", "nbclient"
# Set in the environment of processes that make official reports.
OFFICIAL = "FUNDEVAL_OFFICIAL_REPORT"
# File names that Windows reserves.
PORTS = {f"{name}{number}" for name in ("COM", "LPT") for number in range(10)}
WINDOWS_DEVICES = {"CON", "PRN", "AUX", "NUL", *PORTS}
# The page of the whole run is called so, which is the same name where case is ignored.
RESERVED = {*WINDOWS_DEVICES, "OVERVIEW"}


class WhatIfInReportError(BaseException):
    """A what-if where official reports are made: its cell is left out, and the log says so.

    A cell that catches errors does not catch this one: it would show another figure instead.
    """


@dataclass(frozen=True)
class Job:
    """One report to make.

    Attributes
    ----------
    unit_id
        The unit; "" for the overview of the whole run.
    kind
        Kind of the unit, or "overview".
    notebook
        File name of the notebook that makes the report.
    stem
        File name of the report and its notebook, without suffix.
    """

    unit_id: str
    kind: str
    notebook: str
    stem: str


@dataclass(frozen=True)
class JobSettings:
    """Settings that all jobs of a run share.

    Attributes
    ----------
    output
        Output folder of the run.
    notebooks
        Texts of the notebooks by file name, as `notebook_text` reads them.
    lang
        Language of the reports.
    engine
        Papermill engine that executes the notebooks: `FORK` or `KERNEL`.
    seconds, memory
        Limits of one report: seconds, bytes.
    kinds
        The kinds of unit that get a report, whatever is selected: their names are links.
    keep_notebooks
        Which executed notebooks stay: of reports that were made, none, or of those that failed.
    objections
        The line that says to whom one may object, "" for none.
    """

    output: Path
    notebooks: Mapping[str, str]
    lang: str
    engine: str = FORK
    seconds: float = 600
    memory: int = 2 * 2**30
    kinds: Sequence[str] = ()
    keep_notebooks: KeepNotebooks = True
    objections: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes
    ----------
    job
        The job.
    error
        The error without paths or times, "" if the report was written.
    details
        Traceback of the error; like all that follows for ledger and log only.
    files
        SHA-256 of each file written, by path in the output folder.
    seconds, cpu, memory
        Time, CPU time, and peak memory in bytes.
    unwritable
        The system's message if the disk refused to take more, else "".
    left_out
        Ids of the cells that the report leaves out, since they hold a what-if.
    """

    job: Job
    error: str = ""
    details: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    unwritable: str = ""
    left_out: Sequence[str] = ()

    @property
    def stem(self) -> str:
        """The stem of the report's files."""
        return self.job.stem


def notebook_text(path: Path) -> str:
    """Read a notebook, once for a run; what is no UTF-8 stays what it is, see `hash_notebook`."""
    return path.read_bytes().decode("utf-8", "surrogateescape")


def hash_notebook(text: str) -> str:
    """Return the SHA-256 of the file that `notebook_text` read.

    Examples
    --------
    >>> hash_notebook("{}")[:8]
    '44136fa3'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def report_files(job: Job) -> tuple[str, str]:
    """Return the paths of a job's executed notebook and report in the output folder."""
    return f"notebooks/{job.stem}.ipynb", f"reports/{job.stem}.html"


def kept_files(job: Job, keep: KeepNotebooks) -> tuple[str, ...]:
    """Return the paths of what a report that was made leaves in the output folder.

    Examples
    --------
    >>> kept_files(Job("H1", "hospital", "hospital.ipynb", "H1"), keep="failed")
    ('reports/H1.html',)
    """
    notebook, report = report_files(job)
    return (notebook, report) if keep is True else (report,)


def file_stem(unit_id: str) -> str:
    """Return a file name, without suffix, that is unique for a unit id on every file system.

    Ids of digits, capitals, `_` and `-` stay as they are. Any other id could point outside the
    folder, or equal another one where case is ignored; it gets a hash of the id as suffix.
    """
    if re.fullmatch(r"[0-9A-Z_-]+", unit_id) and unit_id not in RESERVED:
        return unit_id
    digest = hashlib.sha256(unit_id.encode()).hexdigest()[:12]
    return f"{re.sub(r'[^0-9A-Za-z_-]', '_', unit_id)}-{digest}"
