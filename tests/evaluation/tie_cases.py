"""Data sets and policies for the tie: units whose score, link and needs are set one by one.

The score is one hundred times the share of examinations in inpatient cost; next year's needs
grow by the unit's technology growth alone.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from build import budget, dataset, decide, unit

from fundeval.policy import Policy, load
from fundeval.workbench.suppose import suppose

POLICY = load("national")
YEAR = 2024
DATE = dt.date(YEAR, 12, 31)
KINDS = ("region", "hospital", "department")
FINE = 0.95  # an execution rate without deduction
LINE = [[60, 0], [100, 1]]
STEPS_OF_GRADES = {"excellent": 1.5, "good": 1, "fair": 1, "poor": 0}


def policy(kind: str = "hospital", of: Policy = POLICY, **changes: Any) -> Policy:
    """Return a policy that scores by examinations alone and grows by technology alone.

    Keys that are stated by kind of unit are given as one value for `kind`; `growth` gives the
    weights of drivers.
    """
    weights = {"history": 0, "population": 0, "technology": 1} | changes.pop("growth", {})
    in_force = of.on(DATE)
    for name, value in list(changes.items()):
        if in_force.parameters[name].unit_of_measure in {
            "returns", "choices_by_kind", "fractions_by_kind",
        }:  # fmt: skip
            changes[name] = in_force.value(name) | {kind: value}
    scored = {f"indicators.{name}": {"weight": {}} for name in in_force.indicators}
    scored["indicators.exam_share"] = {
        "weight": dict.fromkeys(KINDS, 100),
        "direction": "higher",
        "curve": {"kind": "segments", "points": [[0, 0], [1, 100]]},
    }
    growth = {"growth_drivers": {name: {"weight": weight} for name, weight in weights.items()}}
    return suppose(of, scored | growth | {"gdp_ceiling": "none"} | changes, DATE)


def member(name: str, base: float, score: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a unit: `rate` executed this year, `rate_before` the year before, `growth`."""
    return {"name": name, "base": base, "score": score, "rate": FINE, "rate_before": FINE,
            "visits": 1000, "growth": 0.0} | more  # fmt: skip


def group(
    members: list[dict[str, Any]],
    kind: str = "hospital",
    envelope: float | None = None,
    own: float | None = None,
    **more: Any,
):
    """Return a data set: the members under one region, whose income forecast is `envelope`.

    The region's budget is the sum of its members', unless its `own` is given.
    """
    base = own or round(sum(m["base"] for m in members), 2)
    limit = {} if envelope is None else {"income_forecast": envelope, "reserve_rate": 0.0}
    growth = members[0]["growth"]
    tables: dict[str, list] = {
        "units": [unit("R", "region")],
        "budgets": [budget("R", y, round(base * FINE, 2), base) for y in (YEAR - 1, YEAR)],
        "context": [{"unit_id": "R", "year": YEAR + 1, "technology_growth": growth} | limit],
        "services": [],
    }
    for m in members:
        name = m["name"]
        tables["units"].append(unit(name, kind, "R", **m.get("unit", {})))
        for year, rate in ((YEAR - 1, m["rate_before"]), (YEAR, m["rate"])):
            if rate is not None:
                tables["budgets"].append(budget(name, year, round(m["base"] * rate, 2), m["base"]))
        tables["context"].append(
            {"unit_id": name, "year": YEAR + 1, "technology_growth": m["growth"]}
        )
        if m["score"] is not None:
            tables["services"].append(
                {"unit_id": name, "year": YEAR, "setting": "inpatient", "care_level": "secondary",
                 "visits": m["visits"], "cost": 1e6, "exam_cost": round(m["score"] * 1e4, 2)}
            )  # fmt: skip
    for table, rows in more.items():
        tables[table] = tables.get(table, []) + rows
    return dataset(**tables)


def settled(data, rules, year: int = YEAR):
    """Return how the budgets were settled, by unit (of one scheme)."""
    return decide(data, rules, year).allocations.set_index("unit_id")


def fen(amount: float) -> int:
    """Return an amount in 元 as whole 分."""
    return round(amount * 100)


def fraction(value: float) -> Fraction:
    """Return a number as its digits say."""
    return Fraction(str(value))
