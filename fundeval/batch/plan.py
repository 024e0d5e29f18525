"""What a run makes: the run file, and one job for each unit that gets a report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from fundeval import workspace
from fundeval.batch.jobs import Job
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import StrictModel, parse, read_mapping

Kind = Literal["region", "hospital", "department", "alliance"]
Notebook = Annotated[str, Field(pattern=r"^\w[\w.-]*\.ipynb$")]
NOTEBOOKS: dict[str, str] = {
    "overview": "overview.ipynb",
    "region": "region.ipynb",
    "hospital": "hospital.ipynb",
    "department": "hospital.ipynb",
    "alliance": "hospital.ipynb",
}
# Names that Windows keeps for devices.
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(10))}


class Limits(StrictModel):
    """What one report may take before it is stopped: seconds, megabytes of memory."""

    seconds: float = Field(default=600, gt=0)
    megabytes: int = Field(default=2048, ge=512)


class RunFile(StrictModel):
    """What a run file says: what to evaluate, by which rules, for whom."""

    name: str = Field(pattern=r"^\w[\w.-]*$", max_length=80)
    dataset: str = Field(min_length=1)
    policy: str = Field("national", min_length=1)
    year: int = Field(ge=1990, le=2100)
    units: tuple[Kind, ...] = ("region", "hospital")
    lang: Literal["zh", "en"] = "zh"
    notebooks: dict[Kind, Notebook] = Field(default_factory=dict)
    limits: Limits = Limits()


@dataclass(frozen=True)
class Selection:
    """Which units of a run are made: the ids given, or all; and at most `limit` of them.

    The overview of the run is always made.
    """

    only: tuple[str, ...] = ()
    limit: int | None = None

    def choose(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs to make, in the order given."""
        units = [job for job in jobs if job.unit_id and self._names(job.unit_id)]
        chosen = {job.stem for job in units[: self.limit]}
        return [job for job in jobs if not job.unit_id or job.stem in chosen]

    def _names(self, unit_id: str) -> bool:
        return not self.only or unit_id in self.only


def read_run_file(path: Path) -> RunFile:
    """Return the run file at `path`; raises BadInputError with all its mistakes."""
    return parse(RunFile, read_mapping(path), path.name)


def file_stem(unit_id: str) -> str:
    """Return a file name for a unit id, distinct for distinct ids on every file system.

    Digits, capitals, `_` and `-` are kept as they are. Any other id could leave the folder
    or meet another id where case does not count, so it gets a hash of the id behind it.
    """
    if re.fullmatch(r"[0-9A-Z_-]+", unit_id) and unit_id not in DEVICES:
        return unit_id
    digest = hashlib.sha256(unit_id.encode()).hexdigest()[:12]
    return f"{re.sub(r'[^0-9A-Za-z_-]', '_', unit_id)}-{digest}"


def plan(units: pd.DataFrame, run: RunFile) -> list[Job]:
    """Return the overview and one job a unit: kinds in the order of the run file, then by id.

    All of them, whatever is selected.

    `units` is the evaluation's frame of that name; a unit that did not exist in the year gets
    no report. Raises BadInputError for a notebook that is not there, and when no unit is left.
    """
    _refuse_missing(run)
    existing = units[_exists_in(units, run.year)]
    chosen = [
        Job(unit_id, kind, run.notebooks.get(kind, NOTEBOOKS[kind]), file_stem(unit_id))
        for kind in dict.fromkeys(run.units)
        for unit_id in sorted(existing.loc[existing["kind"] == kind, "unit_id"].astype(str))
    ]
    if not chosen:
        kinds = ", ".join(run.units)
        raise BadInputError([Problem("run.no_units", run.name, {"kinds": kinds}, column="units")])
    return [Job("", "overview", NOTEBOOKS["overview"], "overview"), *chosen]


def _exists_in(units: pd.DataFrame, year: int) -> pd.Series[bool]:
    starts_later = units["valid_from"].dt.year > year
    ended_before = units["valid_to"].dt.year < year
    exists: pd.Series[bool] = ~(starts_later | ended_before)
    return exists


def _refuse_missing(run: RunFile) -> None:
    problems = []
    for kind, name in run.notebooks.items():
        try:
            workspace.find(f"notebooks/{name}")
        except FileNotFoundError:
            place = f"notebooks.{kind}"
            problems.append(Problem("run.no_notebook", run.name, column=place, value=name))
    if problems:
        raise BadInputError(problems)


def refuse_unknown(selection: Selection, jobs: Sequence[Job], run: RunFile) -> None:
    """Raise BadInputError for selected ids without a report in this run."""
    known = {job.unit_id for job in jobs}
    values = {"kinds": ", ".join(run.units), "year": run.year}
    problems = [
        Problem("run.unknown_unit", "--only", values, value=unit_id)
        for unit_id in selection.only
        if unit_id not in known
    ]
    if problems:
        raise BadInputError(problems)
