"""Data set, policy and evaluation, remembered by what they were made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fundeval import tables
from fundeval.evaluation import judge, measure
from fundeval.policy import Policy
from fundeval.policy import load as load_policy
from fundeval.problems import BadInputError, Problem
from fundeval.report.sections.what_if import Source
from fundeval.results import parquet
from fundeval.tables.dataset import Dataset

# What was evaluated last in this process: the next region of a data set costs nothing.
REMEMBERED = 4
_known: dict[tuple[object, ...], Source] = {}


def evaluate_source(
    data: str | Path | Dataset, policy: str | Policy, year: int | None = None
) -> Source:
    """Load and evaluate, or return what the same content gave before in this process.

    `year` is by default the last year of the data. Raises BadInputError as `tables.load`,
    `policy.load` and `tables.check_year` do.
    """
    dataset = data if isinstance(data, Dataset) else tables.load(str(data))
    rules = policy if isinstance(policy, Policy) else load_policy(policy)
    year = int(dataset.budgets["year"].max()) if year is None else year
    tables.check_year(dataset, year)
    content = tuple((file.name, file.sha256) for file in dataset.inputs)
    key = (content, rules.files, year)
    if content and all(sha for _, sha in rules.files) and key in _known:
        return _known[key]
    measured = measure(dataset, year)
    source = Source(measured, rules, judge(measured, rules))
    while len(_known) >= REMEMBERED:
        del _known[next(iter(_known))]
    _known[key] = source
    return source


def source_of_run(folder: Path, about: dict[str, Any]) -> Source:
    """Load again what a run was made from, if it is still the same.

    Parameters
    ----------
    folder
        The run's `evaluation` folder; the manifest of the run lies beside it.

    Raises
    ------
    BadInputError
        If the run does not say where its data lie, or they or the policy have changed since.
    """
    manifest = folder.parent / "manifest.json"
    if not manifest.is_file():
        raise BadInputError([Problem("workbench.no_manifest", manifest.name)])
    run = json.loads(manifest.read_text(encoding="utf-8"))["run"]
    dataset, policy = tables.load(run["dataset"]), load_policy(run["policy"])
    then = {entry["name"]: entry["sha256"] for entry in about["inputs"]}
    then |= {entry["name"]: entry["sha256"] for entry in about["policy"]["files"]}
    now = {file.name: file.sha256 for file in dataset.inputs} | dict(policy.files)
    changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    if changed:
        raise BadInputError([Problem("workbench.changed_since", name) for name in changed])
    return Source(measure(dataset, about["year"]), policy, parquet.read(folder))
