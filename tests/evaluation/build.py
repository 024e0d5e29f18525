"""Small data sets for tests, written as rows; money in 元."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from fundeval.evaluation import judge, measure
from fundeval.evaluation.cells import as_texts
from fundeval.evaluation.indicators.aggregates import Sums, prepare_sums
from fundeval.evaluation.indicators.compute import compute_indicators
from fundeval.evaluation.indicators.groups import judge_groups
from fundeval.evaluation.inputs import Inputs
from fundeval.evaluation.pipeline import FINISH, USUAL, _compute
from fundeval.evaluation.rules.early_warning import judge_warnings
from fundeval.evaluation.rules.findings import collect_findings
from fundeval.evaluation.rules.purchase_alerts import judge_purchases
from fundeval.evaluation.stages import Stages
from fundeval.money import to_fen
from fundeval.plain_texts import as_usual_texts, with_plain_texts
from fundeval.policy import Policy, Rules
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation, finish, without_rows
from fundeval.tables.dataset import Dataset, DatasetInfo
from fundeval.tables.parsing.parse import empty_frame
from fundeval.tables.schemas import TABLES, columns_of_role

if TYPE_CHECKING:
    from fundeval.report.unit_view import View

Rows = list[dict[str, Any]]


def dataset(part_years: Rows | None = None, **tables: Rows) -> Dataset:
    """Return a data set of these rows; a scheme that is not given is `all`."""
    info = DatasetInfo.model_validate(
        {
            "title": {"zh": "测试", "en": "test"},
            "source": "test",
            "money_unit": "元",
            "period": {"first_year": 2010, "last_year": 2025, "part_years": part_years or []},
            "synthetic": True,
            "licence": "CC0-1.0",
        }
    )
    frames = {name: frame(name, tables.get(name, [])) for name in TABLES}
    return Dataset(info=info, **frames)


def frame(name: str, rows: Rows) -> pd.DataFrame:
    """Return the rows as the table of that name, all columns present and typed."""
    empty = empty_frame(name)
    if not rows:
        return empty
    table = pd.DataFrame(rows).reindex(columns=empty.columns)
    if "scheme" in table:
        table["scheme"] = table["scheme"].astype("str").fillna("all")
    money = {column: to_fen(table[column]) for column in columns_of_role(name, "money")}
    return table.assign(**money).astype(empty.dtypes.to_dict())


def unit(unit_id: str, kind: str = "department", parent: str | None = None, **more: Any) -> dict:
    """Return a row of `units`."""
    row = {"unit_id": unit_id, "name": unit_id, "kind": kind, "parent_id": parent}
    for date in ("valid_from", "valid_to"):
        row[date] = pd.Timestamp(more.pop(date)) if date in more else pd.NaT
    return row | more


def budget(unit_id: str, year: int, executed: Any, adjusted: Any = 100.0, **more: Any) -> dict:
    """Return a row of `budgets`."""
    return {"unit_id": unit_id, "year": year, "executed": executed, "adjusted": adjusted} | more


# Rules that rest on the tables alone, and the table without which there is nothing to judge.
ALONE: dict[str, tuple[Callable[[Inputs, Sums, Rules], pd.DataFrame], str]] = {
    "indicators": (compute_indicators, "units"),
    "group_values": (judge_groups, "units"),
    "purchase_alerts": (lambda inputs, _sums, rules: judge_purchases(inputs, rules), "purchases"),
    "warnings": (lambda inputs, _sums, rules: judge_warnings(inputs, rules), "units"),
}


class Later:
    """What a stage gives, or a part of it, computed when it is first asked for."""

    def __init__(self, compute: Callable[[], Any]) -> None:
        self._compute = compute

    @cached_property
    def value(self) -> Any:
        return self._compute()

    def __getattr__(self, name: str) -> Any:
        if name == "keys":
            return self.value.keys
        return Later(lambda: getattr(self.value, name))

    def __getitem__(self, key: str) -> Any:
        return self.value[key]

    def __ror__(self, other: dict[str, Any]) -> dict[str, Any]:
        return other | self.value


class Frames(dict[str, Any]):
    """Frames by name, each computed when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        return now(super().__getitem__(name))

    def get(self, name: str, otherwise: Any = None) -> Any:
        return now(super().get(name, otherwise))


def now(given: Any) -> Any:
    """Return what a stage is given: computed, but for frames that it looks up itself."""
    if isinstance(given, Later):
        return given.value
    return Frames(given) if isinstance(given, dict) else given


class Lazily:
    """Stages of an evaluation that run when their results are asked for."""

    def __init__(self, stages: Stages) -> None:
        self.stages = stages

    def run(self, stage: Callable[..., Any], *given: Any) -> Later:
        return Later(lambda: self.stages.run(stage, *map(now, given)))


class Decided:
    """An evaluation whose rules are applied as frames are asked for.

    `tests/evaluation/test_stages.py` holds its frames to those of `evaluate`.
    """

    def __init__(self, dataset: Dataset, policy: Policy, year: int) -> None:
        self.policy, self.measured = policy, measure(dataset, year)
        self.rules = policy.on(dt.date(year, 12, 31))

    @cached_property
    def results(self) -> dict[str, pd.DataFrame]:
        lazily = replace(self.measured, stages=Lazily(self.measured.stages))
        return with_plain_texts(_compute)(lazily, self.policy, self.rules)

    @cached_property
    def whole(self) -> Evaluation:
        return judge(self.measured, self.policy)

    def view(self, unit_id: str, lang: str) -> View:
        """Return what a report shows of a unit."""
        # Imported here: the core is tested without what only pages need.
        from fundeval.report.unit_view import View  # noqa: PLC0415

        return View(self.whole, summarize_descendants(self.whole), unit_id, lang)

    def __getattr__(self, name: str) -> Any:
        if name not in FINISH:
            return getattr(self.whole, name)
        return self._finished(name)

    @cached_property
    @with_plain_texts
    def findings(self) -> pd.DataFrame:
        inputs = self.measured.named
        judged = {name: Later(partial(self._judged_in_texts, name)) for name in FINISH}
        judged["indicators"] = Later(lambda: inputs.rows_of_year(self._judged("indicators")))
        found = collect_findings(inputs, Frames(judged), self.rules)
        return as_usual_texts(finish("findings", found))

    def _judged(self, name: str) -> pd.DataFrame:
        found = now(self.results.get(name))
        units = self.measured.named.cells.units
        return without_rows(name) if found is None else FINISH[name](found, units)

    def _judged_in_texts(self, name: str) -> pd.DataFrame:
        return as_texts(self._judged(name))

    @with_plain_texts
    def _finished(self, name: str) -> pd.DataFrame:
        rule, table = ALONE.get(name, (None, ""))
        if rule and len(getattr(self.measured.inputs, table)):
            held = self.measured
            inputs = held.named if name == "purchase_alerts" else held.inputs
            found = rule(inputs, prepare_sums(held.inputs, self.rules), self.rules)
            found = FINISH[name](found, held.named.cells.units)
        else:
            found = self._judged(name)
        # Kept: `__getattr__` is asked only for what is not here.
        self.__dict__[name] = found = USUAL[name](found)
        return found


def decide(dataset: Dataset, policy: Policy, year: int) -> Decided:
    """Evaluate a data set as `evaluate` does, but no more than is asked for."""
    return Decided(dataset, policy, year)
