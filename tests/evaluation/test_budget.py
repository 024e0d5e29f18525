"""Next year's budget: worked by hand, and properties that hold for any data."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from build import budget, dataset, decide, unit
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.evaluation.budget.sharing import allocate
from fundeval.policy import load
from fundeval.workbench.suppose import suppose

POLICY = load("national")
YEAR = 2024
CONTEXT = [
    {"unit_id": "R", "year": 2024, "population": 1_000_000},
    {"unit_id": "R", "year": 2025, "population": 1_010_000, "technology_growth": 0.03},
]


def bridge(evaluation, unit_id):
    rows = evaluation.budget[evaluation.budget["unit_id"] == unit_id]
    return rows[rows["scheme"] == "all"].set_index("step")


def region_with_history(flags=None, context=CONTEXT, executed=(90.0, 95.0, 100.0, 105.0)):
    rows = [
        budget("R", 2021 + n, amount and amount * 1e6, 110e6) for n, amount in enumerate(executed)
    ]
    return dataset(units=[unit("R", "region", flags=flags)], budgets=rows, context=context)


def test_each_step_by_hand():
    """base 110 000 000; history 40 % × mean(95/90, 100/95, 105/100 − 1) = 2.10916…%;
    population 30 % × 1 % = 330 000; technology 30 % × 3 % = 990 000."""
    steps = bridge(decide(region_with_history(), POLICY, YEAR), "R")["amount"]
    growth = (95 / 90 + 100 / 95 + 105 / 100 - 3) / 3
    assert steps["base"] == 110_000_000
    assert steps["history"] == round(110e6 * 0.4 * growth, 2)
    assert steps["population"] == 330_000
    assert steps["technology"] == 990_000
    assert steps["regional_float"] == 0
    # Nothing is withheld at the root; percentages are added only where the policy says so.
    assert (steps["withheld"], steps["award"]) == (0, 0)
    assert not {"grade", "execution_link"} & set(steps.index)
    assert steps["next_budget"] == pytest.approx(steps.drop("next_budget").sum(), abs=0.001)


def test_percentages_before_the_envelope_where_the_policy_adds_them():
    kinds = {"region": "add", "hospital": "within", "department": "neutral"}
    adding = suppose(POLICY, {"evaluation_link": kinds}, dt.date(YEAR, 12, 31))
    steps = bridge(decide(region_with_history(), adding, YEAR), "R")
    # 105 / 110 = 95.45 %: no deduction; one indicator of ten percent weight: no grade.
    assert steps.loc["execution_link", "amount"] == 0
    assert steps.loc["grade", ["amount", "reason"]].tolist() == [0, "grade_not_judged"]
    assert not {"withheld", "award"} & set(steps.index)
    # 85 / 110 = 77.27 %: three percent of the needs.
    low = bridge(decide(region_with_history(executed=(90.0, 95.0, 100.0, 85.0)), adding, YEAR), "R")
    needs = low["amount"][["base", "history", "population", "technology"]].sum()
    assert low.loc["execution_link", "amount"] == round(needs * -0.03, 2)
    assert low.loc["execution_link", "base"] == pytest.approx(needs, abs=0.001)


def test_a_flagged_region_and_what_lies_in_it_gets_the_float():
    data = region_with_history(flags="economic_stress")
    step = bridge(decide(data, POLICY, YEAR), "R").loc["regional_float"]
    assert step["amount"] == 110_000_000 * 0.03
    assert step["parameter"] == "regional_float"


def test_a_missing_driver_leaves_its_weight_to_the_others_and_says_so():
    no_technology = [row | {"technology_growth": None} for row in CONTEXT]
    evaluation = decide(region_with_history(context=no_technology), POLICY, YEAR)
    steps = bridge(evaluation, "R")
    assert steps.loc["technology", "reason"] == "driver_missing"
    # 30 % of 100 over the 70 % that are known.
    assert steps.loc["population", "amount"] == round(110e6 * 0.01 * 0.3 / 0.7, 2)
    notes = evaluation.findings.query("finding == 'driver_missing'")
    assert notes["subject"].tolist() == ["technology"]


def test_without_any_driver_there_is_no_budget_but_a_reason():
    evaluation = decide(
        region_with_history(context=[], executed=(None, None, None, 105.0)), POLICY, YEAR
    )
    step = bridge(evaluation, "R").loc["next_budget"]
    assert pd.isna(step["amount"])
    assert step["reason"] == "no_growth_driver"


def test_over_all_schemes_a_step_that_one_scheme_lacks_is_missing_with_its_reason():
    """Employees have a budget of 110 and no growth; that of residents is not known."""
    rows = [budget("R", year, 100.0, 110.0, scheme="employee") for year in (YEAR - 1, YEAR)]
    rows += [budget("R", YEAR, 100.0, None, scheme="resident")]
    found = decide(dataset(units=[unit("R", "region")], budgets=rows), POLICY, YEAR)
    final = found.budget.query("scheme == 'employee' and step == 'next_budget'")
    assert final["amount"].tolist() == [110.0]
    over_all = bridge(found, "R")
    assert over_all["amount"].isna().all()
    assert over_all["reason"].to_dict() == {"next_budget": "missing_base"}


def test_the_lower_ceiling_binds_and_is_named():
    executed = suppose(POLICY, {"gdp_ceiling": "executed"}, dt.date(YEAR, 12, 31))

    def limited(**limits):
        context = [CONTEXT[0], CONTEXT[1] | limits]
        return bridge(decide(region_with_history(context=context), executed, YEAR), "R")

    income = limited(income_forecast=110e6, reserve_rate=0.05, gdp_growth=0.05)
    assert income.loc["next_budget", "amount"] == 104_500_000
    assert income.loc["envelope", "reason"] == "income"
    growth = limited(income_forecast=120e6, reserve_rate=0.05, gdp_growth=0.02)
    assert growth.loc["next_budget", "amount"] == pytest.approx(107_100_000, abs=0.01)
    assert growth.loc["envelope", ["reason", "parameter"]].tolist() == ["gdp", "gdp_ceiling"]


def tree(name, amounts):
    """Rows of a hospital in a region, its budget the sum of its departments'."""
    region, hospital = f"R{name}", f"H{name}"
    departments = [f"D{name}-{n}" for n in range(len(amounts))]
    units = [unit(region, "region"), unit(hospital, "hospital", region)]
    units += [unit(department, parent=hospital) for department in departments]
    whole = round(sum(amounts), 2)
    rows = []
    for year in (2023, YEAR):
        rows += [
            budget(region, year, whole, round(whole * 1.1, 2)),
            budget(hospital, year, whole, whole),
        ]
        rows += [budget(d, year, a, a) for d, a in zip(departments, amounts, strict=True)]
    forecast = {"income_forecast": whole, "reserve_rate": 0.1}
    context = [row | {"unit_id": region} for row in (CONTEXT[0], CONTEXT[1] | forecast)]
    return {"units": units, "budgets": rows, "context": context}


def forest(trees):
    parts = [tree(name, amounts) for name, amounts in enumerate(trees)]
    return dataset(**{table: [row for p in parts for row in p[table]] for table in parts[0]})


amounts = st.lists(st.integers(1000, 10**11).map(lambda fen: fen / 100), min_size=1, max_size=6)


@settings(max_examples=4)
@given(st.lists(amounts, min_size=5, max_size=20))
def test_steps_and_hierarchy_sum_exactly(trees):
    budgets = decide(forest(trees), POLICY, YEAR).budget
    fen = (budgets["amount"] * 100).round().astype("int64")
    table = budgets.assign(fen=fen).pivot_table(
        index="unit_id", columns="step", values="fen", aggfunc="sum"
    )
    final = table.pop("next_budget")
    assert (table.sum(axis=1) == final).all()
    for name, values in enumerate(trees):
        assert final[final.index.str.startswith(f"D{name}-")].sum() == final[f"H{name}"]
        assert final[f"R{name}"] <= sum(round(value * 100) for value in values) * 0.9 + 1


whole_fen = st.integers(0, 10**13)


@given(st.lists(st.tuples(*[whole_fen] * 4), min_size=1, max_size=12), st.integers(0, 5 * 10**13))
def test_an_allocation_meets_its_target_to_the_fen_between_the_levels(rows, target):
    rising = [sorted(row) for row in rows]
    levels = [pd.Series(level) for level in zip(*rising, strict=True)]
    group = pd.Series("one", index=levels[0].index)
    shared = allocate(levels, pd.Series(float(target), index=group.index), group)
    assert shared.sum() == min(max(target, levels[0].sum()), levels[-1].sum())
    assert (shared >= levels[0] - 1).all()
    assert (shared <= levels[-1] + 1).all()


def test_increases_are_cut_before_the_base_and_nobody_below_the_floor():
    levels = [pd.Series([80, 80]), pd.Series([100, 100]), pd.Series([100, 120])]
    group = pd.Series(["one", "one"])
    found = [
        allocate(levels, pd.Series([total, total]), group).tolist()
        for total in (220.0, 210.0, 200.0, 190.0, 160.0)
    ]
    assert found == [[100, 120], [100, 110], [100, 100], [95, 95], [80, 80]]


def test_floors_and_caps_bind_and_are_named():
    fallen = region_with_history(executed=(200.0, 90.0, 40.0, 10.0))
    firm = suppose(POLICY, {"budget_floor": 0.8}, dt.date(YEAR, 12, 31))
    floor = bridge(decide(fallen, firm, YEAR), "R")
    assert floor.loc["next_budget", "amount"] == 110_000_000 * 0.8
    assert floor.loc["envelope", ["reason", "parameter"]].tolist() == ["floor", "budget_floor"]
    risen = region_with_history(executed=(10.0, 40.0, 90.0, 105.0))
    cap = bridge(decide(risen, POLICY, YEAR), "R")
    assert cap.loc["next_budget", "amount"] == 110_000_000 * 1.2
    assert cap.loc["envelope", ["reason", "parameter"]].tolist() == ["cap", "budget_cap"]


def test_limits_that_cannot_all_hold_leave_that_unit_without_a_budget():
    context = [CONTEXT[0], CONTEXT[1] | {"income_forecast": 40e6, "reserve_rate": 0.0}]
    found = decide(region_with_history(context=context), POLICY, YEAR)
    step = bridge(found, "R").loc["next_budget"]
    assert pd.isna(step["amount"])
    assert (step["status"], step["reason"]) == ("not_judged", "infeasible")
    row = found.findings.query("finding == 'budget_infeasible'").iloc[0]
    assert (row["severity"], row["value"], row["expected"]) == ("severe", 55_000_000, 40_000_000)
    assert row["detail"] == "income"


UNUSED = ("average_stay", "satisfaction", "pathway_entry")


def test_a_better_grade_never_gets_less():
    """Hospitals alike but for the share of examinations in their cost."""
    tables = {"units": [], "budgets": [], "services": []}
    for share in (10, 30, 60, 99):
        name = f"H{share}"
        tables["units"].append(unit(name, "hospital"))
        tables["budgets"] += [budget(name, y, 80e6 + y, 90e6) for y in (2022, 2023, YEAR)]
        tables["services"] += [
            {"unit_id": name, "year": y, "setting": setting, "care_level": "secondary",
             "visits": 1000, "cost": 1e6, "exam_cost": 1e4 * share}
            for y in (2023, YEAR) for setting in ("inpatient", "outpatient")
        ]  # fmt: skip
    steep = {"kind": "target", "target": 0.05}
    weights = {"region": 10, "hospital": 50, "department": 20}
    changes = {f"indicators.{name}": {"weight": {}} for name in UNUSED}
    changes["indicators.payout_ratio"] = {"weight": {"region": 10}}
    changes["indicators.exam_share"] = {"curve": steep, "weight": weights}
    rules = suppose(POLICY, changes, dt.date(YEAR, 12, 31))
    found = decide(dataset(**tables), rules, YEAR)
    grades = found.grades.sort_values("score")
    final = found.budget.query("step == 'next_budget'").set_index("unit_id")["amount"]
    assert len(set(grades["grade"])) > 1
    assert final[grades["unit_id"]].is_monotonic_increasing


def test_a_forecast_for_all_schemes_does_not_limit_budgets_by_scheme_and_says_so():
    context = [row | {"income_forecast": 50.0} for row in CONTEXT]
    rows = [budget("R", y, 90.0, 100.0, scheme="resident") for y in (2023, YEAR)]
    data = dataset(units=[unit("R", "region")], budgets=rows, context=context)
    found = decide(data, POLICY, YEAR).findings
    row = found[found["finding"] == "forecast_not_by_scheme"].iloc[0]
    assert (row["severity"], row["value"]) == ("warning", 50.0)


def test_a_budget_that_the_unit_above_has_no_scheme_for_says_that_nothing_limits_it():
    rows = [budget("R", y, 90.0, 100.0, scheme="resident") for y in (2023, YEAR)]
    rows += [budget("H", y, 40.0, 50.0) for y in (2023, YEAR)]
    rows += [budget("K", y, 40.0, 50.0, scheme="resident") for y in (2023, YEAR)]
    units = [unit("R", "region"), unit("H", "hospital", "R"), unit("K", "hospital", "R")]
    found = decide(dataset(units=units, budgets=rows, context=CONTEXT), POLICY, YEAR).findings
    free = found[found["finding"] == "not_limited_from_above"]
    assert free[["unit_id", "scheme"]].to_numpy().tolist() == [["H", "all"]]
