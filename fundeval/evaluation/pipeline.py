"""One year of one data set, judged by one policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from fundeval import __version__
from fundeval.evaluation.budget.bridge import draw_up_budgets
from fundeval.evaluation.budget.projection import project
from fundeval.evaluation.indicators.aggregates import SUMMED_COLUMNS, Sums, amounts_of, prepare_sums
from fundeval.evaluation.indicators.compute import compute_indicators
from fundeval.evaluation.inputs import prepare
from fundeval.evaluation.rules.cost_decomposition import split_cost_changes
from fundeval.evaluation.rules.early_warning import judge_warnings
from fundeval.evaluation.rules.findings import collect_findings
from fundeval.evaluation.rules.regional_adjustment import adjust_regions
from fundeval.evaluation.rules.restriction import floors_by_year, judge_restrictions
from fundeval.evaluation.rules.settlement import settle
from fundeval.evaluation.scoring.scores import (
    add_effective_weights,
    grade_units,
    score_indicators,
    sum_domains,
    summarise_peers,
)
from fundeval.evaluation.scoring.sensitivity import add_stability
from fundeval.money import to_yuan
from fundeval.policy import InForce, Policy, Rules
from fundeval.results.frames import FRAMES, MONEY, Evaluation
from fundeval.tables.dataset import Dataset
from fundeval.tables.schemas import ALL_SCHEMES, TABLES

IN_FORCE = TypeAdapter(list[InForce])
PLAIN: dict[str, Any] = {"mode": "json", "by_alias": True}
TRACE_KEYS = ("unit_id", "year", "month", "scheme", "setting", "care_level")


def evaluate(dataset: Dataset, policy: Policy, year: int) -> Evaluation:
    """Evaluate all units of a data set in a year.

    Pure: the same tables and policy give the same frames, whatever the order of rows.

    Parameters
    ----------
    dataset
        The tables, as `fundeval.tables.load` returns them.
    policy
        The policy; what it puts in force on 31 December of the year applies.
    year
        The evaluated year. Later years of the tables are forecasts.

    Returns
    -------
    Evaluation
        Frames as listed in `FRAMES`, money in 元, rates as fractions; a missing value has a
        `reason` beside it. The next budget is that of `year + 1`.

    Raises
    ------
    BadInputError
        If a rule is not yet in force in the year, or scores an indicator that nothing defines.

    Examples
    --------
    >>> from fundeval import policy, tables
    >>> found = evaluate(tables.load("sample:city"), policy.load("national"), 2024)
    >>> found.grades.loc[0, ["unit_id", "grade"]].tolist()
    ['990100', 'good']
    >>> found.about["policy"]["id"]
    'national'
    """
    rules = policy.on(dt.date(year, 12, 31))
    inputs = prepare(dataset, year)
    sums = prepare_sums(inputs, rules)
    indicators = compute_indicators(inputs, sums, rules)
    scores = score_indicators(indicators, inputs, rules)
    weighted = add_effective_weights(scores, rules)
    domains = sum_domains(weighted)
    grades = grade_units(scores, domains, inputs.units, rules)
    grades = add_stability(grades, weighted, rules)
    results = {
        "indicators": indicators,
        "scores": scores,
        "domains": domains,
        "grades": grades,
        "cost_changes": split_cost_changes(inputs),
        "restrictions": judge_restrictions(indicators, inputs, floors_by_year(policy, year)),
        "settlement": settle(inputs, rules),
        "warnings": judge_warnings(inputs, rules),
        "adjustments": adjust_regions(indicators, inputs, rules),
        "projections": project(inputs, rules),
        "peers": summarise_peers(scores, inputs.units),
    }
    budgets = draw_up_budgets(inputs, results, rules)
    results |= {"budget": budgets.budget, "allocations": budgets.allocations}
    results = {name: _in_yuan(frame, MONEY.get(name, ())) for name, frame in results.items()}
    return Evaluation(
        units=inputs.units[list(FRAMES["units"])].reset_index(drop=True),
        findings=collect_findings(inputs, results, rules),
        tables=_traced(sums, dataset, year),
        about=_about(dataset, policy, rules),
        **results,
    )


def _in_yuan(frame: pd.DataFrame, amounts: Iterable[str]) -> pd.DataFrame:
    """Return a frame with its amounts in 元: the border between the rules and people."""
    return frame.assign(**{name: to_yuan(frame[name]) for name in amounts})


def _traced(sums: Sums, dataset: Dataset, year: int) -> dict[str, pd.DataFrame]:
    """Return the tables of two years that values rest on, each row with its file and row.

    The row is 0 where nobody sees its number, as in a database.
    """
    files = {table: file.name for file in dataset.inputs for table in file.rows}
    numbered = {table for file in dataset.inputs if file.numbered for table in file.rows}
    traced = {}
    for name, columns in SUMMED_COLUMNS.items():
        table = sums.tables[name]
        kept = [column for column in TRACE_KEYS if column in table]
        row = table.index if name in numbered else 0
        rows = _in_yuan(table, amounts_of(name)).assign(file=files.get(name, ""), row=row)
        rows = rows.loc[rows["year"] >= year - 1, [*kept, *columns, "file", "row"]]
        traced[name] = rows.sort_values(kept, ignore_index=True)
    context = dataset.context[dataset.context["scheme"] == ALL_SCHEMES]
    context = context[["unit_id", "year", "scheme", "gdp_growth", "cpi"]]
    for name, given in (("measures", dataset.measures), ("context", context)):
        row = given.index if name in numbered else 0
        rows = given.assign(file=files.get(name, ""), row=row)
        recent = rows["year"].between(year - 1, year)
        traced[name] = rows[recent].sort_values(list(given.columns[:3]), ignore_index=True)
    return traced


def _about(dataset: Dataset, policy: Policy, rules: Rules) -> dict[str, Any]:
    """Return what the evaluation was made from, as plain values."""
    return {
        "year": rules.date.year,
        "version": __version__,
        "dataset": dataset.info.model_dump(mode="json"),
        "inputs": [
            {"name": file.name, "sha256": file.sha256, "rows": dict(file.rows)}
            for file in dataset.inputs
        ],
        "headers": dict(_headers()),
        "policy": {
            "id": policy.id,
            "domains": {name: dict(title) for name, title in policy.domains.items()},
            "title": dict(policy.title),
            "files": [{"name": name, "sha256": sha256} for name, sha256 in policy.files],
            "parameters": IN_FORCE.dump_python([*rules.parameters.values()], **PLAIN),
            "indicators": IN_FORCE.dump_python([*rules.indicators.values()], **PLAIN),
        },
    }


@cache
def _headers() -> dict[str, str]:
    """Return the Chinese header of every column, as derivations name them."""
    return {
        name: (column.metadata or {})["zh"]
        for schema in TABLES.values()
        for name, column in schema.to_schema().columns.items()
    }
