"""The two-year rule against a brute-force reading of it, over all short histories."""

from __future__ import annotations

from itertools import product

import pytest
from build import budget, dataset, unit

from fundeval.evaluation import evaluate
from fundeval.policy import load

POLICY = load("national")
YEARS = (2020, 2021, 2022, 2023, 2024)
LOW, FINE, GAP = 89.99, 90.0, None


def read_the_rule(history):
    """Walk through the years as a clerk would, one after the other."""
    states = []
    for position, rate in enumerate(history):
        before = history[position - 1] if position else GAP
        if rate is GAP or before is GAP:
            states.append("undetermined")
        elif rate < 90 and before < 90:
            states.append("restricted")
        elif rate < 90:
            states.append("watch")
        elif states[-1] == "restricted":
            states.append("released")
        else:
            states.append("clear")
    return states


def test_all_histories_of_five_years():
    histories = {
        f"D{number:03}": history
        for number, history in enumerate(product((LOW, FINE, GAP), repeat=len(YEARS)))
    }
    rows = [
        budget(name, year, executed)
        for name, history in histories.items()
        for year, executed in zip(YEARS, history, strict=True)
    ]
    data = dataset(units=[unit(name) for name in histories], budgets=rows)
    restrictions = evaluate(data, POLICY, YEARS[-1]).restrictions
    found = restrictions.groupby("unit_id")["state"].agg(list).to_dict()
    assert len(found) == 3 ** len(YEARS)
    assert found == {name: read_the_rule(history) for name, history in histories.items()}


@pytest.mark.parametrize(
    ("units", "rows", "reason"),
    [
        ([unit("D", valid_from="2024-01-01")], [budget("D", 2024, 95.0)], "new_unit"),
        ([unit("D")], [budget("D", 2022, 95.0), budget("D", 2024, 95.0)], "gap"),
        ([unit("D")], [budget("D", 2023, 95.0)], "no_budget"),
        ([unit("D")], [budget("D", 2024, 80.0)], "data_begin"),
    ],
)
def test_a_state_that_cannot_be_judged_says_why(units, rows, reason):
    older = [budget("E", 2022, 95.0)] if reason == "new_unit" else []
    data = dataset(units=[*units, unit("E")], budgets=rows + older)
    state = evaluate(data, POLICY, 2024).restrictions.query("unit_id == 'D' and year == 2024")
    assert (state["state"].item(), state["reason"].item()) == ("undetermined", reason)
