"""Read run files and plan the jobs of a run: one for each unit that gets a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from fundeval import workspace
from fundeval.batch.jobs import Job, KeepNotebooks, file_stem
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import StrictModel, parse, read_mapping
from fundeval.words import say

Kind = Literal["region", "hospital", "department", "alliance"]
Notebook = Annotated[str, Field(pattern=r"^\w[\w.-]*\.ipynb$")]
NOTEBOOKS: dict[str, str] = {
    "overview": "overview.ipynb",
    "region": "region.ipynb",
    "hospital": "hospital.ipynb",
    "department": "hospital.ipynb",
    "alliance": "hospital.ipynb",
}
# Reports within the year: every unit gets the notebook of that name, the overview too.
Report = Literal["yearly", "monitor", "monthly", "quarterly"]
# What `--only` and file names call the report on the whole run.
OVERVIEW = "overview"


class Limits(StrictModel):
    """Limits of one report, beyond which it is stopped: seconds, megabytes of memory."""

    seconds: float = Field(default=600, gt=0)
    megabytes: int = Field(default=2048, ge=512)


class Objections(StrictModel):
    """To whom, and until when, whoever is evaluated may object."""

    contact: str = Field(min_length=1)
    until: date | str | None = None

    def line(self, lang: str) -> str:
        """Return the line that every report of the run has.

        Examples
        --------
        >>> Objections(contact="市医保局基金处", until="2025-03-31").line("zh")
        '对本报告有异议的，请于 2025-03-31 前联系：市医保局基金处。'
        """
        if self.until is None:
            return say("report.objections_any_time", lang, contact=self.contact)
        return say("report.objections", lang, contact=self.contact, until=self.until)


# What OpenSSH has on every system; hardware keys work too.
SIGN_BY_SSH = ("ssh-keygen", "-Y", "sign", "-n", "fundeval", "-f", "{key}", "{file}")
CHECK_BY_SSH = (
    "ssh-keygen", "-Y", "verify", "-n", "fundeval", "-f", "{signers}", "-I", "{identity}",
    "-s", "{signature}", "-O", "verify-time={time}",
)  # fmt: skip


class Signing(StrictModel):
    """By which commands a run is signed and signatures are checked, and who may sign.

    `sign` leaves the signature of `{file}` in `{signature}`, the same name with `.sig`; `check`
    gets what was signed on its standard input too, and ends with 0 if the signature holds.
    """

    signers: str | None = Field(default=None, min_length=1)
    sign: tuple[str, ...] = Field(default=SIGN_BY_SSH, min_length=1)
    check: tuple[str, ...] = Field(default=CHECK_BY_SSH, min_length=1)


class RunFile(StrictModel):
    """A run file: data set, policy, year, which report is made, and for which kinds of unit."""

    name: str = Field(pattern=r"^\w[\w.-]*$", max_length=80)
    dataset: str = Field(min_length=1)
    policy: str = Field("national", min_length=1)
    year: int = Field(ge=1990, le=2100)
    units: tuple[Kind, ...] = ("region", "hospital")
    lang: Literal["zh", "en"] = "zh"
    report: Report = "yearly"
    notebooks: dict[Kind, Notebook] = Field(default_factory=dict)
    limits: Limits = Limits()
    # Of every report that was made, of none, or of those that failed.
    keep_notebooks: KeepNotebooks = True
    # Printed on each report; without it there is no such line.
    objections: Objections | None = None
    signing: Signing = Signing()
    pdf: bool = False
    docx: bool = False

    def folder(self, public: bool = False) -> Path:
        """Return where the run is written to unless somebody says otherwise."""
        return Path("outputs") / f"{self.name}{'-public' * public}"


@dataclass(frozen=True)
class Selection:
    """Selection of units: those in `only`, or all if it is empty; at most `limit` of them.

    The overview of the run is always selected.
    """

    only: tuple[str, ...] = ()
    limit: int | None = None

    def select(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the selected jobs, in the order given."""
        units = [job for job in jobs if job.unit_id and self._includes(job.unit_id)]
        chosen = {job.stem for job in units[: self.limit]}
        return [job for job in jobs if not job.unit_id or job.stem in chosen]

    def _includes(self, unit_id: str) -> bool:
        return not self.only or unit_id in self.only


def read_run_file(path: Path) -> RunFile:
    """Read and validate a run file; raises BadInputError with all its problems."""
    return parse(RunFile, read_mapping(path), path.name)


def report_page(folder: Path, unit_id: str) -> Path:
    """Return where a run keeps the page of a unit, or of the overview by its name.

    Examples
    --------
    >>> report_page(Path("run"), "overview").as_posix()
    'run/reports/overview.html'
    """
    own = folder / "reports" / f"{file_stem(unit_id)}.html"
    # A unit may have that very id: its page has another name.
    named = unit_id == OVERVIEW and not own.is_file()
    return own.with_name(f"{OVERVIEW}.html") if named else own


def plan_jobs(units: pd.DataFrame, run: RunFile) -> list[Job]:
    """Plan the overview and one job per unit, whatever is selected.

    Parameters
    ----------
    units
        The frame `units` of the evaluation. Units that did not exist in the year get no job.
    run
        The run file.

    Returns
    -------
    list of Job
        The overview, then the units by kind in the order of the run file, then by id.

    Raises
    ------
    BadInputError
        If a notebook of the run file does not exist or no unit is left.
    """
    _check_notebooks(run)
    notebooks = dict(NOTEBOOKS)
    if run.report != "yearly":
        notebooks = dict.fromkeys(NOTEBOOKS, f"{run.report}.ipynb")
    existing = units[_exists_in(units, run.year)]
    chosen = [
        Job(unit_id, kind, run.notebooks.get(kind, notebooks[kind]), file_stem(unit_id))
        for kind in dict.fromkeys(run.units)
        for unit_id in sorted(existing.loc[existing["kind"] == kind, "unit_id"].astype(str))
    ]
    if not chosen:
        kinds = ", ".join(run.units)
        raise BadInputError([Problem("run.no_units", run.name, {"kinds": kinds}, column="units")])
    return [Job("", OVERVIEW, notebooks[OVERVIEW], OVERVIEW), *chosen]


def _exists_in(units: pd.DataFrame, year: int) -> pd.Series[bool]:
    starts_later = units["valid_from"].dt.year > year
    ended_before = units["valid_to"].dt.year < year
    exists: pd.Series[bool] = ~(starts_later | ended_before)
    return exists


def _check_notebooks(run: RunFile) -> None:
    problems = []
    for kind, name in run.notebooks.items():
        try:
            workspace.find(f"notebooks/{name}")
        except FileNotFoundError:
            place = f"notebooks.{kind}"
            problems.append(Problem("run.no_notebook", run.name, column=place, value=name))
    if problems:
        raise BadInputError(problems)


def check_selection(selection: Selection, jobs: Sequence[Job], run: RunFile) -> None:
    """Raise BadInputError for selected ids that get no report in this run."""
    known = {OVERVIEW, *(job.unit_id for job in jobs)}
    values = {"kinds": ", ".join(run.units), "year": run.year}
    problems = [
        Problem("run.unknown_unit", "--only", values, value=unit_id)
        for unit_id in selection.only
        if unit_id not in known
    ]
    if problems:
        raise BadInputError(problems)
