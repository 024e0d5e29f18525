"""One year of one data set, judged by one policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from fundeval import __version__
from fundeval.evaluation.budget.bridge import draw_up_budgets
from fundeval.evaluation.budget.growth import years_of
from fundeval.evaluation.budget.needs import draw_up_both
from fundeval.evaluation.budget.projection import project
from fundeval.evaluation.cells import as_texts, is_among, pair
from fundeval.evaluation.indicators.aggregates import Sums, prepare_sums
from fundeval.evaluation.indicators.compute import compute_indicators
from fundeval.evaluation.indicators.groups import judge_groups
from fundeval.evaluation.inputs import Inputs, number_units, prepare
from fundeval.evaluation.rules.actions import list_actions
from fundeval.evaluation.rules.cost_decomposition import split_cost_changes
from fundeval.evaluation.rules.early_warning import judge_warnings
from fundeval.evaluation.rules.execution_effects import trace_execution
from fundeval.evaluation.rules.findings import collect_findings
from fundeval.evaluation.rules.periods import review_periods
from fundeval.evaluation.rules.projects import review_projects
from fundeval.evaluation.rules.purchase_alerts import judge_purchases
from fundeval.evaluation.rules.regional_adjustment import adjust_regions
from fundeval.evaluation.rules.restriction import judge_restrictions
from fundeval.evaluation.rules.settlement import settle
from fundeval.evaluation.scoring.deductions import take_off
from fundeval.evaluation.scoring.scorecards import join_cards, judge_cards, judge_funds
from fundeval.evaluation.scoring.scores import (
    add_effective_weights,
    grade_units,
    score_indicators,
    sum_domains,
    summarise_peers,
)
from fundeval.evaluation.scoring.sensitivity import add_stability
from fundeval.evaluation.stages import Once, Stages
from fundeval.indicator_columns import columns_that_add_up
from fundeval.money import to_yuan
from fundeval.plain_texts import as_usual_texts, with_plain_texts
from fundeval.policy import Policy, Rules
from fundeval.policy.policy import AS_WRITTEN, Value
from fundeval.results.frames import (
    MODELS,
    MONEY,
    Evaluation,
    Outcomes,
    finish,
    restricted_in,
    with_ids,
    without_rows,
)
from fundeval.tables.dataset import Dataset
from fundeval.tables.schemas import TABLES, columns_of, columns_of_role

# Frames of millions of rows, whose ids and codes stay categories.
CODED = {"indicators"}
DATED = TypeAdapter(list[Value])
TRACE_KEYS = (
    "unit_id", "year", "month", "scheme", "setting", "care_level", "payment", "group", "disease",
    "dimension", "segment", "rule",
)  # fmt: skip
# The tables that are summed; of measures, incidents and context all columns are kept.
TRACED = (
    "budgets", "monthly", "services", "funds", "settlements", "supervision", "institutions",
    "disease_groups", "refills", "populations", "screening",
)  # fmt: skip


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
    return judge(replace(measure(dataset, year), stages=Once()), policy)


@dataclass(frozen=True)
class Measured:
    """A data set prepared for a year, `named` as given and `inputs` with numbers for units, and
    the stages of its evaluation that are kept."""

    dataset: Dataset
    named: Inputs
    inputs: Inputs
    stages: Stages = field(default_factory=Stages)


@with_plain_texts
def measure(dataset: Dataset, year: int) -> Measured:
    """Prepare the tables of a year, to be judged by one policy after the other.

    Examples
    --------
    >>> from fundeval import policy, tables
    >>> measured = measure(tables.load("sample:city"), 2024)
    >>> judge(measured, policy.load("national")).about["year"]
    2024
    """
    plain = dataset.in_plain_texts()
    return Measured(plain, named := prepare(plain, year), number_units(named))


@with_plain_texts
def judge(measured: Measured, policy: Policy) -> Evaluation:
    """Judge a year by a policy: what `evaluate` does, as far as no earlier policy led to it.

    Whatever rests on none of the values that differ between two policies is computed once:
    indicators, for instance, where weights or curves differ.
    """
    rules = policy.on(dt.date(measured.inputs.year, 12, 31))
    results = _compute(measured, policy, rules)
    named, run, states = measured.named, measured.stages.run, results["restrictions"]
    current = with_ids(run(measured.inputs.rows_of_year, results["indicators"]), named.cells.units)
    finished = _finished(measured, results, [name for name in FINISH if name != "findings"])
    judged = {name: as_texts(frame) for name, frame in finished.items() if name not in CODED}
    judged["indicators"] = current
    finished["findings"] = finish("findings", collect_findings(named, judged, rules))
    # Given up: there may be millions of rows.
    del results, judged, current
    frames = {name: run(USUAL[name], finished.pop(name)) for name in [*finished]}
    sums = run(prepare_sums, measured.inputs, rules)
    traced = _traced(sums, measured, rules, states[states["state"] == "restricted"])
    return Evaluation.of(frames, traced, _about(measured.dataset, policy, rules))


@with_plain_texts
def judge_outcomes(measured: Measured, policy: Policy) -> Outcomes:
    """Judge a year by a policy as `judge` does, but only what is compared: for a what-if."""
    rules = policy.on(dt.date(measured.inputs.year, 12, 31))
    results = _compute(measured, policy, rules, outcomes_alone=True)
    *frames, _ = Outcomes._fields
    finished, run = _finished(measured, results, frames), measured.stages.run
    made = {name: run(PLAIN[name], frame) for name, frame in finished.items()}
    return Outcomes(**made, about={"year": rules.date.year})


def _compute(
    measured: Measured, policy: Policy, rules: Rules, *, outcomes_alone: bool = False
) -> dict[str, pd.DataFrame]:
    """Return the results of all rules that do not rest on others' finished frames."""
    inputs, named, run = measured.inputs, measured.named, measured.stages.run
    sums = run(prepare_sums, inputs, rules)
    indicators = run(compute_indicators, inputs, sums, rules)
    current = run(inputs.rows_of_year, indicators)
    scores = run(score_indicators, indicators, inputs, rules)
    weighted = run(add_effective_weights, scores, rules)
    domains = run(sum_domains, weighted)
    floor = policy.parameters["execution_floor"]
    judged = run(judge_restrictions, indicators, inputs, floor, rules)
    restricted = run(restricted_in, judged.restrictions, inputs.year)
    deductions = run(take_off, inputs, rules, restricted)
    graded = run(grade_units, scores, domains, inputs.units, rules, deductions)
    cards = run(judge_cards, indicators, inputs, rules, judged.restrictions)
    results = {
        "units": run(_of_units, inputs),
        "indicators": indicators,
        "scores": scores,
        "domains": domains,
        "grades": run(add_stability, graded, weighted, rules, deductions),
        "restrictions": judged.restrictions,
        "restriction_views": judged.views,
    }
    needs = run(draw_up_both, inputs, rules)
    decided = results | cards | {"indicators": current}
    budgets = run(draw_up_budgets, needs, inputs, decided, rules)
    results |= {"budget": budgets.budget, "allocations": budgets.allocations}
    if outcomes_alone:
        return results
    if len(inputs.services):
        results["cost_changes"] = run(split_cost_changes, inputs, sums)
    results |= {
        "warnings": run(judge_warnings, inputs, rules),
        "group_values": run(judge_groups, inputs, sums, rules),
        "peers": run(summarise_peers, current, inputs, rules),
        "actions": run(list_actions, graded, cards, judged.restrictions, inputs, rules),
    }
    if len(inputs.monthly):
        results["periods"] = run(review_periods, inputs, results["warnings"], rules)
    if len(inputs.purchases):
        results["purchase_alerts"] = run(judge_purchases, named, rules)
    if len(inputs.settlements):
        results["settlement"] = run(settle, inputs, graded, rules)
    if len(inputs.funds):
        results["adjustments"] = run(adjust_regions, current, inputs, rules)
        results["projections"] = run(project, inputs, rules)
    results |= run(join_cards, deductions, cards, run(judge_funds, indicators, inputs, rules))
    if len(inputs.projects):
        held = {"restrictions": judged.restrictions, "budget": budgets.budget}
        known = (run(NAMED[name], one, named.cells.units) for name, one in held.items())
        reviewed = run(review_projects, named, *known, rules)
        results |= {"project_reviews": reviewed.projects, "project_parts": reviewed.parts}
    traced = run(trace_execution, inputs, weighted, needs, results, rules)
    return results | {"execution_effects": traced}


def _finished(
    measured: Measured, results: Mapping[str, pd.DataFrame], names: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Return frames as people get them; a rule that had nothing to judge gives one without rows."""
    run, units = measured.stages.run, measured.named.cells.units
    return {
        name: run(FINISH[name], results[name], units) if name in results else without_rows(name)
        for name in names
    }


def _of_units(inputs: Inputs) -> pd.DataFrame:
    return inputs.units.reset_index(drop=True)


def _finish(name: str, frame: pd.DataFrame, units: pd.Index) -> pd.DataFrame:
    """Return a frame of the rules as people get it: units by their ids, amounts in 元, held
    against its model."""
    return finish(name, _in_yuan(with_ids(frame, units), MONEY[name]))


# A stage for each frame: what another policy does not change is not finished again.
FINISH = {name: partial(_finish, name) for name in MODELS}
NAMED = {name: partial(with_ids) for name in MODELS}
PLAIN = {name: partial(as_texts) for name in MODELS}
USUAL = {name: partial(as_usual_texts, categories=name in CODED) for name in MODELS}


def _in_yuan(frame: pd.DataFrame, amounts: Iterable[str]) -> pd.DataFrame:
    """Return a frame with its amounts in 元: the border between the rules and people."""
    figures = {name: to_yuan(frame[name]) for name in amounts}
    return frame.assign(**figures) if figures else frame


def _traced(
    sums: Sums, measured: Measured, rules: Rules, restricted: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the rows that values, budgets and restrictions rest on, each with its file and row.

    Two years of every table; budgets also of the years of growth, of the GDP plan's start and of
    the years that a department was restricted in, with the one before; context and funds also of
    the budget year, context of the years of the plan. The row is 0 where nobody sees its number,
    as in a database.
    """
    dataset, inputs, units = measured.dataset, measured.inputs, measured.named.cells.units
    year, start = rules.date.year, rules.value("gdp_plan_start")
    first = {name: year - max(1, years_of(name, rules)) for name in (*TRACED, *TABLES)}
    held = pd.concat(pair(restricted["unit_id"], restricted["year"] - n) for n in (0, 1))
    files = {table: file.name for file in dataset.inputs for table in file.rows}
    numbered = {table for file in dataset.inputs if file.numbered for table in file.rows}
    traced = {}
    for name in TRACED:
        table = sums.tables[name]
        if name == "funds":
            table = pd.concat([table, inputs.rows_of_year(inputs.funds, offset=1)])
        table = _with_place(table, name, files, numbered)
        kept = [column for column in TRACE_KEYS if column in table]
        summed = columns_that_add_up(name)
        rows = _in_yuan(table, (column for column in summed if summed[column]))
        recent = rows["year"] >= first[name]
        if name == "budgets":
            recent |= rows["year"] == start
            recent |= is_among(pair(rows["unit_id"], rows["year"]), held)
        rows = rows.loc[recent, [*kept, *summed, "file", "row"]]
        rows = with_ids(rows.sort_values(kept, ignore_index=True), units)
        traced[name] = as_usual_texts(rows, categories=False)
    for name in ("purchases", "measures", "incidents", "context", "projects"):
        given = getattr(dataset, name)
        if name in {"projects", "purchases", "incidents"}:
            # Those of merged units stand, and count, under their successors.
            given = getattr(measured.named, name)[[*given]]
        if "year" not in given:
            given = given.assign(year=given["date"].dt.year)
        rows = _in_yuan(given, columns_of_role(name, "money"))
        rows = _with_place(rows, name, files, numbered)
        recent = rows["year"].between(first[name], year + (name != "measures"))
        if name == "context":
            recent |= rows["year"].between(start, year)
        elif name == "incidents":
            # They count as long as the policy says.
            recent = rows["year"] <= year
        traced[name] = rows[recent].sort_values(list(given.columns[:3]), ignore_index=True)
    return traced


def _with_place(
    table: pd.DataFrame, name: str, files: Mapping[str, str], numbered: set[str]
) -> pd.DataFrame:
    """Add the file that a table was read from, and the row of each of its rows."""
    return table.assign(file=files.get(name, ""), row=table.index if name in numbered else 0)


def _about(dataset: Dataset, policy: Policy, rules: Rules) -> dict[str, Any]:
    """Return what the evaluation was made from, as plain values."""
    return {
        "year": rules.date.year,
        "version": __version__,
        "dataset": dataset.described(rules.date.year),
        "inputs": [
            {"name": file.name, "sha256": file.sha256, "rows": dict(file.rows)}
            for file in dataset.inputs
        ],
        "headers": dict(_headers()),
        "places": {
            table: {"sheet": place.sheet, "columns": dict(place.columns)}
            for file in dataset.inputs
            if file.numbered
            for table, place in file.places.items()
        },
        # Each year of the two-year rule is judged by the floor of its own date.
        "execution_floors": DATED.dump_python(
            policy.parameters["execution_floor"].until(rules.date), **AS_WRITTEN
        ),
        "policy": policy.describe(rules),
    }


@cache
def _headers() -> dict[str, str]:
    """Return the Chinese header of every column, as derivations name them."""
    return {name: column.zh for table in TABLES for name, column in columns_of(table).items()}
