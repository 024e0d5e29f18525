"""Data set and policy behind an evaluation, remembered by what they hold."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fundeval import policy as policies
from fundeval import tables
from fundeval.batch import ledger, stored_evaluation
from fundeval.evaluation import judge, measure
from fundeval.evaluation.pipeline import Measured
from fundeval.policy import Policy
from fundeval.problems import BadInputError, Problem
from fundeval.results import parquet
from fundeval.results.frames import Evaluation
from fundeval.tables.dataset import Dataset

# What was evaluated last in this process: the next region of a data set costs nothing.
REMEMBERED = 4
_known: dict[object, Source] = {}


@dataclass(frozen=True)
class Source:
    """A year of a data set, ready to be judged by one policy after the other.

    Attributes
    ----------
    measured
        The data set, prepared for the year.
    policy
        The policy in force.
    stored
        Returns the folder of the evaluation that a run made of them, None for none.
    """

    measured: Measured
    policy: Policy
    stored: Callable[[], Path] | None = None

    @cached_property
    def evaluation(self) -> Evaluation:
        """The evaluation under the policy in force."""
        return parquet.read(self.stored()) if self.stored else judge(self.measured, self.policy)

    @property
    def folder(self) -> Path:
        """A folder with the evaluation in files, of which the report of a unit reads its slice."""
        return Path(self._folder.name)

    @cached_property
    def _folder(self) -> tempfile.TemporaryDirectory[str]:
        folder = tempfile.TemporaryDirectory(prefix="fundeval-")
        parquet.write(self.evaluation, folder.name)
        return folder


def evaluate_source(
    data: str | Path | Dataset, policy: str | Path | Policy, year: int | None = None
) -> Source:
    """Load and evaluate, or return what the same content gave before in this process.

    `year` is by default the last year of the data. Raises BadInputError as `tables.load`,
    `policy.load` and `tables.check_year` do.
    """
    rules = load_policy(policy)
    key = _key_of_files(data, rules, year)
    if key in _known:
        return _known[key]
    dataset = data if isinstance(data, Dataset) else tables.load(str(data))
    year = int(dataset.budgets["year"].max()) if year is None else year
    content = tuple((file.name, file.sha256) for file in dataset.inputs)
    by_content = (content, rules.files, year) if content and _is_from_files(rules) else None
    if key is None and by_content in _known:
        return _known[by_content]
    tables.check_year(dataset, year)
    made = Source(measure(dataset, year), rules)
    about = made.evaluation.about  # refused now, not where it is first used
    known_by = stored_evaluation.confirmed(key, str(data), about) if key else by_content
    return _remember(known_by, made) if known_by else made


def load_policy(policy: str | Path | Policy) -> Policy:
    """Return a policy by its name or path, or as it is."""
    return policy if isinstance(policy, Policy) else policies.load(policy)


def find_stored(
    data: str | Path | Dataset, policy: str | Path | Policy, year: int | None
) -> Path | None:
    """Return the evaluation that a run below `outputs` made of the same, None where there is none.

    The same data, policy, year and program; its files are as the run wrote them. So neither data
    nor policy need be loaded.
    """
    key = _key_of_files(data, policy, year)
    if key is None or key in _known:
        return None
    return stored_evaluation.find_below(key)


def source_of_run(folder: Callable[[], Path], about: dict[str, Any]) -> Source:
    """Load again what a run was made from, if it is still the same.

    Parameters
    ----------
    folder
        Returns the run's `evaluation` folder; the ledger of the run lies beside it.
    about
        What the evaluation was made from.

    Raises
    ------
    BadInputError
        If the run does not say where its data lie, or calls another machine for them, or if they
        or the policy have changed since.
    """
    try:
        with ledger.open_ledger(folder().parent) as opened:
            run = opened.last_run()
    except BadInputError:
        run = None
    if run is None:
        raise BadInputError([Problem("workbench.no_ledger", ledger.LEDGER)])
    # The folder may have been handed over: what it names is not called, passwords in hand.
    if server := next(filter(tables.names_server, (run.dataset, str(Path(run.policy).parent))), ""):
        raise BadInputError([Problem("workbench.server", tables.without_password(server))])
    dataset, policy = tables.load(run.dataset), policies.load(run.policy)
    stored_evaluation.check_unchanged(about, dataset, policy, "workbench.changed_since")
    return Source(measure(dataset, about["year"]), policy, folder)


def source_of_stored(
    folder: Callable[[], Path], data: str, policy: str | Path | Policy, year: int
) -> Source:
    """Load what a stored evaluation was made from, or return what was loaded for it before."""
    files = tuple(parquet.identities(folder()).items())
    key = (_key_of_files(data, policy, year), files)
    if key not in _known:
        dataset, rules = tables.load(data), load_policy(policy)
        about = parquet.read_about(folder())
        stored_evaluation.check_unchanged(about, dataset, rules, "workbench.changed_since")
        _remember(key, Source(measure(dataset, year), rules, folder))
    return _known[key]


def _remember(key: object, source: Source) -> Source:
    """Keep a source for the next time, in place of the oldest."""
    while len(_known) >= REMEMBERED:
        del _known[next(iter(_known))]
    _known[key] = source
    return source


def _key_of_files(
    data: str | Path | Dataset, policy: str | Path | Policy, year: int | None
) -> str | None:
    """Return a hash of all that an evaluation of files is made from, None where it has none."""
    if isinstance(data, Dataset) or year is None or not _is_from_files(policy):
        return None
    rules = str(policy) if isinstance(policy, Path) else policy
    return stored_evaluation.key_of(str(data), rules, year)


def _is_from_files(rules: str | Path | Policy) -> bool:
    return not isinstance(rules, Policy) or all(sha256 for _, sha256 in rules.files)
