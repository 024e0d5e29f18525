"""The result of an evaluation: tidy frames and what they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

# Frame -> columns, in order. Ratios are fractions, money is in 元 (see `MONEY`), `scheme` is a
# scheme code or `all`. `status` is ok, not_judged (with a reason code) or uncertain (small volume).
FRAMES: dict[str, tuple[str, ...]] = {
    "units": (
        "unit_id", "name", "kind", "parent_id", "alliance_id", "level", "flags",
        "valid_from", "valid_to", "successor_id",
    ),
    # Every year of the data up to the evaluated one, so that a report can show history.
    "indicators": (
        "unit_id", "year", "scheme", "indicator", "value", "low", "high", "numerator",
        "denominator", "adjusted_by", "status", "reason",
    ),
    # The evaluated year; one row for each scored indicator of each unit.
    "scores": (
        "unit_id", "indicator", "domain", "scheme", "value", "points", "max", "status",
        "reason", "derivation",
    ),
    # Points and weight of each domain out of the unit's 100, missing indicators spread.
    "domains": ("unit_id", "domain", "points", "max"),
    # grade: excellent, good, fair, poor, or missing where status is not_judged. stability:
    # how often the grade stays when weights and curves move within the policy's bounds.
    "grades": ("unit_id", "score", "grade", "coverage", "stability", "status", "reason"),
    # Departments, every year: state is clear, watch, restricted, released, undetermined. `floor`
    # is the one in force in that year.
    "restrictions": (
        "unit_id", "year", "rate", "floor", "previous_rate", "previous_floor", "state", "reason",
    ),
    # Why the cost of care changed since the year before; the parts sum to `total`.
    "cost_changes": ("unit_id", "year", "scheme", "setting", "part", "amount", "reason"),
    # Steps of settlement, band by band: amount = base × rate.
    "settlement": ("unit_id", "year", "scheme", "item", "base", "rate", "amount"),
    # The bridge; `year` is the budget year. `next_budget` is the sum of the other steps, to
    # the 分, or missing with status not_judged and a reason. `parameter` is the policy's.
    "budget": (
        "unit_id", "year", "scheme", "step", "amount", "base", "rate", "parameter", "status",
        "reason",
    ),
    # How each budget was settled; see `settle_budgets`. `retained_in_base` is what of the base was
    # retained in an earlier evaluation: no part of it is with the units below. `top` is the most
    # it may end with: its cap; restricted, what its execution link leaves. `factor` (λ),
    # `returned` and the figures of a group are those of the unit's group; fractions are text, 6/7.
    "allocations": (
        "unit_id", "year", "scheme", "parent_id", "kind", "level", "base", "retained_in_base",
        "needs", "desired", "floor",
        "floor_by", "cap", "cap_by", "income_limit", "income_reason", "gdp_limit", "gdp_reason",
        "envelope", "envelope_by", "parent_effect", "balance_rule", "score", "grade", "result_by",
        "result", "standing", "restricted_unit", "capped", "execution_rate", "link_rate",
        "returned",
        "withheld", "award", "net", "top", "limit", "next_budget", "retained_below", "unspent",
        "ratchet", "reason", "factor", "group_count", "group_judged", "group_envelope",
        "group_withheld", "group_wanted", "group_retained", "group_reason",
    ),
    # Early warning: level is none, blue, yellow, red, undetermined. Amounts are from January to
    # the month. A row without month is about purchases: progress is their share of the threshold.
    "warnings": (
        "unit_id", "year", "month", "scheme", "executed", "phased", "progress", "level",
        "reason",
    ),
    # Between regions under one parent: amount is received, or paid where negative.
    "adjustments": ("unit_id", "year", "scheme", "rate", "short", "spare", "amount"),
    # Funds of the evaluated year and the next ones, by scenario.
    "projections": (
        "unit_id", "scheme", "scenario", "year", "income", "expenditure", "closing",
        "payable_months",
    ),
    # severity: severe, warning, note. `value` and `expected` are what the finding compares.
    "findings": (
        "unit_id", "year", "finding", "severity", "scheme", "subject", "value", "expected",
        "detail",
    ),
    # Distribution of each scored indicator among units of one kind and level.
    "peers": (
        "indicator", "kind", "level", "count", "minimum", "p10", "p25", "p50", "p75", "p90",
        "maximum",
    ),
}  # fmt: skip

# The steps of the bridge to next year's budget, in the order of the arithmetic: they do not
# commute. A unit has those that apply to it; `next_budget` is the sum of the others.
BRIDGE_STEPS = (
    "base", "history", "population", "technology", "regional_float", "ratchet_relief", "grade",
    "execution_link", "envelope", "withheld", "award", "next_budget",
)  # fmt: skip
# Columns of amounts: whole 分 while rules are applied, 元 in a finished evaluation. Columns that
# hold figures of several kinds, such as `value` or `base` of a settlement, are always in 元.
MONEY: dict[str, tuple[str, ...]] = {
    "budget": ("amount", "base"),
    "allocations": (
        "base",
        "retained_in_base",
        "needs",
        "desired",
        "floor",
        "cap",
        "income_limit",
        "gdp_limit",
        "envelope",
        "parent_effect",
        "withheld",
        "award",
        "net",
        "top",
        "next_budget",
        "retained_below",
        "unspent",
        "group_envelope",
        "group_withheld",
        "group_wanted",
        "group_retained",
    ),
    "settlement": ("amount",),
    "cost_changes": ("amount",),
    "adjustments": ("short", "spare", "amount"),
    "projections": ("income", "expenditure", "closing"),
}


@dataclass(frozen=True)
class Evaluation:
    """Frames as listed in `FRAMES`, sorted, and `about`: plain values that JSON can hold.

    `tables` are the rows of the evaluated year and the one before that indicators are summed
    from, by name, with the `file` and `row` they stand in (row 0: merged from several).

    `about` has: year, dataset (the fields of `DatasetInfo`), inputs (name, sha256, rows),
    policy (id, title, files with sha256, parameters in force with value, unit, description,
    source and origin, stale), version.
    """

    units: pd.DataFrame
    indicators: pd.DataFrame
    scores: pd.DataFrame
    domains: pd.DataFrame
    grades: pd.DataFrame
    restrictions: pd.DataFrame
    cost_changes: pd.DataFrame
    settlement: pd.DataFrame
    budget: pd.DataFrame
    allocations: pd.DataFrame
    warnings: pd.DataFrame
    adjustments: pd.DataFrame
    projections: pd.DataFrame
    findings: pd.DataFrame
    peers: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    about: dict[str, Any]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the frames by name, in the order of `FRAMES`."""
        return {name: getattr(self, name) for name in FRAMES}


def restricted_in(restrictions: pd.DataFrame, year: int) -> pd.Series:
    """Return the ids of the departments that are restricted in a year (R1)."""
    now = restrictions[restrictions["year"] == year]
    return now.loc[now["state"] == "restricted", "unit_id"]
