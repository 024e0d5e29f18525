"""Limits and floors that differ by kind, level and scheme."""

from __future__ import annotations

import datetime as dt

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.problems import BadInputError
from fundeval.report.report import Report
from fundeval.report.text.explain_budget import explain_budget
from fundeval.workbench.suppose import suppose

POLICY = load("national")
YEAR = 2024
DATE = dt.date(YEAR, 12, 31)


def supposing(**changes):
    return suppose(POLICY, changes, DATE)


def departments(policy, rates):
    """Evaluate departments of a hospital that executed these rates in both years, by level."""
    units = [
        unit("H", "hospital"),
        *(unit(level, "department", "H", level=level) for level in rates),
    ]
    rows = [budget(level, y, rate * 100) for level, rate in rates.items() for y in (YEAR - 1, YEAR)]
    return decide(dataset(units=units, budgets=rows), policy, YEAR)


def test_the_floor_of_the_two_year_rule_may_differ_by_level():
    policy = supposing(execution_floor={"department": {"tertiary": 0.95, "secondary": 0.85}})
    found = departments(policy, {"tertiary": 0.9, "secondary": 0.9, "primary": 0.5})
    rows = found.restrictions[found.restrictions["year"] == YEAR].set_index("unit_id")
    assert rows["state"].to_dict() == {
        "tertiary": "restricted", "secondary": "clear", "primary": "undetermined",
    }  # fmt: skip
    assert rows["reason"].to_dict() == {"tertiary": "", "secondary": "", "primary": "no_floor"}
    assert rows["floor"].dropna().to_dict() == {"tertiary": 0.95, "secondary": 0.85}
    told = found.findings[found.findings["finding"] == "below_floor"]
    assert told[["unit_id", "expected"]].values.tolist() == [["tertiary", 0.95]]
    for unit_id, shown in (("tertiary", "95%"), ("secondary", "85%"), ("primary", "")):
        page = Report(found.view(unit_id, "en")).show("execution")
        assert (shown in page.markup) == bool(shown) or not shown


def test_lines_of_the_funds_may_differ_by_scheme():
    funds = [
        {"unit_id": "R", "year": YEAR, "scheme": scheme, "income": 100.0, "expenditure": 92.0,
         "opening": 50.0, "closing": 58.0}
        for scheme in ("employee", "resident")
    ]  # fmt: skip
    data = dataset(units=[unit("R", "region")], budgets=[budget("R", YEAR, 95.0)], funds=funds)
    policy = supposing(
        surplus_rate_warning={"employee": 0.15, "resident": 0.08},
        surplus_rate_adjustment={"employee": 0.1, "resident": 0.05},
    )
    found = decide(data, policy, YEAR).findings
    low = found[found["finding"] == "surplus_low"]
    assert low[["scheme", "severity", "expected"]].values.tolist() == [["employee", "severe", 0.1]]


def test_volumes_coverage_and_limits_of_budgets_may_differ_by_kind_and_level():
    visits = [
        {"unit_id": u, "year": YEAR, "setting": "inpatient", "care_level": "tertiary",
         "visits": 50.0, "cost": 1000.0, "exam_cost": 100.0}
        for u in ("A", "B")
    ]  # fmt: skip
    data = dataset(
        units=[unit("A", "hospital", level="tertiary"), unit("B", "hospital", level="primary")],
        budgets=[budget(u, y, 100.0) for u in "AB" for y in (YEAR - 1, YEAR)],
        services=visits,
    )
    policy = supposing(
        minimum_volume={"hospital": {"primary": 40, "other": 100}, "other": 100},
        minimum_coverage={"tertiary": 0, "other": 1},
        budget_cap={"tertiary": 0.9, "other": 1.2},
        budget_floor={"tertiary": 0.8, "other": 1.0},
    )
    found = decide(data, policy, YEAR)
    shares = found.indicators[found.indicators["indicator"] == "exam_share"]
    assert shares.set_index("unit_id")["status"].astype("str").to_dict() == {
        "A": "uncertain", "B": "ok",
    }  # fmt: skip
    reasons = found.grades.set_index("unit_id")["reason"]
    assert reasons.to_dict() == {"A": "", "B": "low_coverage"}
    rows = found.allocations.set_index("unit_id")
    assert (rows.loc["A", "cap"], rows.loc["B", "floor"]) == (90.0, 100.0)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"execution_floor": {"tertiary": 0.9, "department": 0.8}}, "execution_floor"),
        ({"execution_floor": {"tertiary": 1.9}}, "execution_floor"),
        ({"execution_floor": {"tertiary": -0.1}}, "execution_floor"),
        ({"budget_floor": {"primary": 1.3, "other": 0.5}}, "budget_floor"),
        ({"regional_float": {"region": 0.01}}, "regional_float"),
        ({"budget_floor": {"primary": 0.5}, "budget_cap": {"primary": 0.4}}, "budget_floor"),
    ],
)
def test_maps_that_cannot_be_are_refused(changes, place):
    with pytest.raises(BadInputError) as refused:
        supposing(**changes)
    assert place in refused.value.problems[0].column


def test_a_budget_whose_limits_the_policy_leaves_open_is_explained():
    """Only hospitals have a floor, by scheme; nothing has a cap."""
    data = dataset(
        units=[unit("R", "region"), unit("H", "hospital", "R", level="tertiary")],
        budgets=[
            budget(u, y, 90.0, scheme=scheme)
            for u in "RH"
            for y in (YEAR - 1, YEAR)
            for scheme in ("employee", "resident")
        ],
    )
    policy = supposing(
        budget_floor={"hospital": {"employee": 0.8, "other": 0.7}}, budget_cap={"department": 1.1}
    )
    found = decide(data, policy, YEAR)
    for unit_id in "RH":
        for lang, none in (("zh", "没有规定"), ("en", "states none")):
            told = str(explain_budget(found.view(unit_id, lang)))
            assert none in told
            assert ("× 0.8" in told, "× 0.7" in told) == (unit_id == "H", unit_id == "H")
