"""How the evaluation of the sample city moves next year's money: the measures of the tie.

    python -m tests.benchmarks.tie [SAMPLE] [POLICY] [YEAR]

Prints, for the policy in force: which rule sets the budgets of regions, the mean change by
grade, what restricted departments gain, pairs of siblings in which the better one's effect is
lower or equal, groups in which results make no difference, and the ratchet.
"""

from __future__ import annotations

import sys
from itertools import combinations

import pandas as pd

from fundeval import policy, tables
from fundeval.evaluation import evaluate
from fundeval.policy.model import GRADES


def main(sample: str = "sample:city", name: str = "national", year: str = "2024") -> None:
    """Evaluate and print the measures."""
    found = evaluate(tables.load(sample), policy.load(name), int(year))
    rows = found.allocations[found.allocations["next_budget"].notna()]
    budget = found.budget[found.budget["step"] == "base"].set_index(["unit_id", "scheme"])
    base = budget["amount"].reindex(pd.MultiIndex.from_frame(rows[["unit_id", "scheme"]]))
    rows = rows.assign(base=base.to_numpy(), change=lambda r: r["next_budget"] / r["base"] - 1)
    regions = rows[rows["kind"] == "region"]
    ceilings = regions["envelope_by"].isin(["income", "gdp"])
    held = regions["envelope_by"].value_counts().to_dict()
    print(
        f"region × scheme budgets set by a ceiling: {ceilings.sum()} of {len(regions)}; by {held}"
    )
    for kind, of_kind in rows.groupby("kind"):
        change = of_kind.groupby("grade")["change"].mean()
        effect = (of_kind["net"] / of_kind["envelope"]).groupby(of_kind["grade"]).mean()
        parts = [f"{g} {change[g]:+.2%}/{effect[g]:+.2%}" for g in GRADES if g in change]
        print(f"{kind}: mean change / effect by grade: {', '.join(parts)}")
    restricted = rows[rows["restricted_unit"].astype("bool")]
    gains = restricted.groupby("unit_id")["net"].sum() > 0
    print(f"restricted departments that gain from their evaluation: {gains.sum()} of {len(gains)}")
    pairs(rows)
    print_ratchet(rows)


def pairs(rows: pd.DataFrame) -> None:
    """Count pairs of siblings in which the better one's effect is lower or equal."""
    lower = equal = unexplained = total = 0
    still = groups = silent = 0
    for _, group in rows[rows["group_count"] > 0].groupby(["parent_id", "kind", "scheme"]):
        free = group[(group["limit"] == "") & ~group["capped"].astype("bool")]
        free = free[free["standing"] == "judged"]
        groups += 1
        effect = free["net"] / free["envelope"]
        if len(free) > 1 and effect.max() - effect.min() < 1e-10:
            still += 1
            silent += not (free["reason"] != "").all()
        for one, other in combinations(free.index, 2):
            ranks = [GRADES.index(free.loc[i, "grade"]) for i in (one, other)]
            links = free.loc[[one, other], "link_rate"]
            if ranks[0] == ranks[1] or links.iloc[0] != links.iloc[1]:
                continue
            better, worse = (one, other) if ranks[0] < ranks[1] else (other, one)
            total += 1
            gap = effect[better] - effect[worse]
            # What one 分 of rounding makes of the smaller envelope is no difference.
            noise = 0.01 / free.loc[[better, worse], "envelope"].min()
            lower += gap < -noise
            if abs(gap) <= noise:
                equal += 1
                unexplained += not (free.loc[[better, worse], "reason"] != "").all()
    print(f"pairs, the better grade's effect lower {lower}, equal {equal} of {total}")
    print(f"  equal without a printed reason: {unexplained}")
    print(f"groups in which results make no difference: {still} of {groups}; unexplained: {silent}")


def print_ratchet(rows: pd.DataFrame) -> None:
    """Print what a yuan left unspent takes from next year's budget."""
    for kind, of_kind in rows.groupby("kind"):
        known = of_kind["ratchet"].dropna()
        if len(known):
            quantiles = known.quantile([0, 0.25, 0.5, 0.75, 1]).round(3).tolist()
            print(f"{kind}: yuan lost next year a yuan unspent: {quantiles} of {len(known)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
