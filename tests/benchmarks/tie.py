"""How the evaluation of the sample city moves next year's money, under the former rule and now.

    python -m tests.benchmarks.tie

The former rule added percentages by grade and execution rate before the envelope, and limited
every region by what it had executed, grown with GDP. Effects are measured against a run in which
the evaluation moves nothing; for the rule in force also inside the envelope (net ÷ E), where
unequal needs and the results of parents play no part.
"""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Any

import pandas as pd

from fundeval import policy, tables
from fundeval.evaluation import evaluate
from fundeval.policy.model import GRADES
from fundeval.workbench.suppose import suppose

YEAR = 2024
KINDS = ("region", "hospital", "department")
FORMER = {
    "evaluation_link": dict.fromkeys(KINDS, "add"),
    "gdp_ceiling": "executed",
    "ceiling_scope": "each",
    "execution_link_by": "all",
    "execution_link": [
        {"from": 0, "to": 0.8, "result": -0.03},
        {"from": 0.8, "to": 0.9, "result": -0.01},
        {"from": 0.9, "result": 0},
    ],
}
KEYS = ["unit_id", "scheme"]


def main() -> None:
    """Evaluate under both rules, and print the measures side by side."""
    city, rules = tables.load("sample:city"), policy.load("national")
    for name, changes in (("former rule", FORMER), ("rule in force", {})):
        print(f"== {name}")
        found = settle(city, rules, changes)
        unmoved = settle(city, rules, {**changes, "evaluation_link": dict.fromkeys(KINDS, "none")})
        rows = found.merge(
            unmoved[[*KEYS, "next_budget"]], on=KEYS, suffixes=("", "_unmoved"), validate="1:1"
        )
        rows["effect"] = rows["next_budget"] / rows["next_budget_unmoved"] - 1
        measure(rows, "effect")
        if not changes:
            rows["net_effect"] = rows["net"] / rows["envelope"]
            print("-- inside the envelope (net ÷ E)")
            pairs(rows[rows["limit"] == ""], "net_effect")


def settle(city: tables.Dataset, rules: policy.Policy, changes: dict[str, Any]) -> pd.DataFrame:
    """Return each budget of the city under a policy, with its change."""
    supposed = suppose(rules, changes, dt.date(YEAR, 12, 31)) if changes else rules
    found = evaluate(city, supposed, YEAR)
    rows = found.allocations[found.allocations["next_budget"].notna()]
    return rows.assign(change=rows["next_budget"] / rows["base"] - 1)


def measure(rows: pd.DataFrame, effect: str) -> None:
    """Print what sets the budgets, what grades change, whom it helps, and the ratchet."""
    regions = rows[rows["kind"] == "region"]
    held = regions["envelope_by"].isin(["income", "gdp", "parts_limit"])
    print(f"region × scheme budgets set by a ceiling: {held.sum()} of {len(regions)}")
    for kind, of_kind in rows.groupby("kind"):
        change = of_kind.groupby("grade")["change"].mean()
        moved = of_kind.groupby("grade")[effect].mean()
        parts = [f"{g} {change[g]:+.2%} / {moved[g]:+.2%}" for g in GRADES if g in change]
        print(f"{kind}: mean change / effect by grade: {', '.join(parts)}")
    restricted = rows[rows["restricted_unit"].astype("bool")].groupby("unit_id")
    money = restricted[["next_budget", "next_budget_unmoved"]].sum()
    gains = money["next_budget"] > money["next_budget_unmoved"]
    good = restricted["grade"].first().isin(["excellent"])
    print(f"restricted departments that gain: {gains.sum()} of {len(gains)}")
    print(f"restricted departments graded excellent: {good.sum()} of {len(good)}")
    pairs(rows, effect)
    for kind, of_kind in rows.groupby("kind"):
        known = of_kind["ratchet"].dropna()
        spread = known.quantile([0, 0.25, 0.5, 0.75, 1]).round(3).tolist()
        print(f"{kind}: yuan lost next year a yuan unspent: {spread} of {len(known)}")


def pairs(rows: pd.DataFrame, effect: str) -> None:
    """Count pairs of siblings in which the better one's effect is lower or equal."""
    lower = equal = unexplained = total = still = groups = silent = 0
    for _, group in rows[rows["parent_id"].notna()].groupby(["parent_id", "kind", "scheme"]):
        free = group[(group["standing"] == "judged") & ~group["capped"].astype("bool")]
        if len(free) < 2:
            continue
        groups += 1
        if free[effect].max() - free[effect].min() < 1e-9:
            still += 1
            silent += not (free["reason"] != "").all()
        for one, other in combinations(free.index, 2):
            ranks = [GRADES.index(free.loc[row, "grade"]) for row in (one, other)]
            links = free.loc[[one, other], "link_rate"]
            if ranks[0] == ranks[1] or links.iloc[0] != links.iloc[1]:
                continue
            better, worse = (one, other) if ranks[0] < ranks[1] else (other, one)
            total += 1
            gap = free.loc[better, effect] - free.loc[worse, effect]
            # What one 分 of rounding makes of the smaller budget is no difference.
            noise = 0.01 / free.loc[[better, worse], "envelope"].min()
            lower += gap < -noise
            if abs(gap) <= noise:
                equal += 1
                unexplained += not (free.loc[[better, worse], "reason"] != "").all()
    print(f"pairs of siblings: better grade's effect lower {lower}, equal {equal} of {total}")
    print(f"  equal without a printed reason: {unexplained}")
    print(f"groups in which grades make no difference: {still} of {groups}; unexplained: {silent}")


if __name__ == "__main__":
    main()
