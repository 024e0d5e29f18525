"""Ceilings over a plan, income with what is usable, units that cannot be drawn up, growth."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import pytest
from build import budget, dataset, decide, unit
from tie_cases import DATE, POLICY, YEAR, group, member, policy, settled

from fundeval.policy import load
from fundeval.workbench.suppose import suppose

EXECUTED = {2020: 90e6, 2021: 92e6, 2022: 94e6, 2023: 97e6, 2024: 96e6}
ADJUSTED = 110e6
GDP = {2020: 0.09, 2021: 0.06, 2022: 0.05, 2023: 0.04, 2024: 0.03, 2025: 0.02}


def region(gdp=GDP, executed=EXECUTED, **coming):
    context = [{"unit_id": "R", "year": y, "gdp_growth": rate} for y, rate in gdp.items()]
    coming = {"technology_growth": 0.1} | coming
    if context and context[-1]["year"] == 2025:
        context[-1] |= coming
    else:
        context.append({"unit_id": "R", "year": 2025} | coming)
    rows = [budget("R", y, amount, ADJUSTED) for y, amount in executed.items()]
    return {"units": [unit("R", "region")], "budgets": rows, "context": context}


def limits(data, **changes):
    found = decide(dataset(**data), policy(**changes), YEAR)
    return found.allocations.set_index("unit_id").loc["R"], found


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        # 90 000 000 × 1.06 × 1.05 × 1.04 × 1.03 × 1.02: not the growth of the start year itself.
        ({"gdp_ceiling": "plan", "gdp_plan_start": 2020, "gdp_plan_years": 5}, 109_448_146.08),
        # 92 000 000 × 1.05 × 1.04 × 1.03 × 1.02
        ({"gdp_ceiling": "plan", "gdp_plan_start": 2021, "gdp_plan_years": 4}, 105_547_478.40),
        ({"gdp_ceiling": "adjusted"}, 112_200_000.00),
        ({"gdp_ceiling": "executed"}, 97_920_000.00),
    ],
)
def test_what_spending_may_grow_to_with_the_gdp(choice, expected):
    row, found = limits(region(), **choice)
    assert row["gdp_limit"] == pytest.approx(expected, abs=0.001)
    assert (row["gdp_reason"], row["next_budget"]) == ("", pytest.approx(expected, abs=0.001))
    assert (row["cap_by"], row["envelope_by"]) == ("gdp", "gdp")
    told = found.findings.query("finding == 'ceiling_unknown'")["detail"]
    assert told.tolist() == ["no_forecast"]


def test_no_gdp_line_where_the_policy_draws_none():
    row, found = limits(region(), gdp_ceiling="none")
    assert pd.isna(row["gdp_limit"])
    assert row["next_budget"] == 121_000_000
    assert not (found.findings["detail"] == "outside_plan").any()


@pytest.mark.parametrize(
    ("data", "choice", "reason"),
    [
        (region(gdp={y: r for y, r in GDP.items() if y != 2022}), {}, "no_gdp"),
        (region(gdp={y: r for y, r in GDP.items() if y != 2021}), {}, "no_gdp"),
        (region(gdp={y: r for y, r in GDP.items() if y != 2025}), {}, "no_gdp"),
        (region(executed={y: a for y, a in EXECUTED.items() if y != 2020}), {},
         "plan_start_missing"),
        (region(executed=EXECUTED | {2020: None}), {}, "plan_start_missing"),
        (region(), {"gdp_plan_years": 4}, "outside_plan"),
        (region(), {"gdp_plan_start": 2025}, "outside_plan"),
    ],
)  # fmt: skip
def test_a_gdp_line_that_is_not_known_is_told(data, choice, reason):
    row, found = limits(data, gdp_ceiling="plan", **choice)
    assert pd.isna(row["gdp_limit"])
    assert (row["gdp_reason"], row["next_budget"]) == (reason, 121_000_000)
    told = found.findings.query("finding == 'ceiling_unknown'")
    assert reason in told["detail"].tolist()


def test_the_gdp_of_the_start_year_itself_is_not_needed():
    gdp = {y: r for y, r in GDP.items() if y != 2020}
    row, _ = limits(region(gdp=gdp), gdp_ceiling="plan")
    assert row["gdp_limit"] == pytest.approx(109_448_146.08, abs=0.001)


def test_income_counts_the_usable_balance_and_net_transfers():
    """110 000 000 × 0.95 + 2 000 000 + 1 500 000 − 500 000."""
    data = region(income_forecast=110e6, reserve_rate=0.05, usable_balance=2e6)
    data["funds"] = [
        {"unit_id": "R", "year": 2025, "transfer_in": 1.5e6, "transfer_out": 0.5e6},
        {"unit_id": "R", "year": 2024, "transfer_in": 7e6, "transfer_out": 0.0},
    ]
    row, _ = limits(data)
    assert (row["income_limit"], row["next_budget"]) == (107_500_000, 107_500_000)
    assert row["envelope_by"] == "income"


def test_without_a_forecast_that_is_told():
    row, found = limits(region())
    assert pd.isna(row["income_limit"])
    assert row["income_reason"] == "no_forecast"
    told = found.findings.query("finding == 'ceiling_unknown'")
    assert (told["unit_id"].item(), told["detail"].item()) == ("R", "no_forecast")


def test_a_forecast_of_zero_is_no_missing_one():
    row, found = limits(region(income_forecast=0.0, reserve_rate=0.0))
    assert (row["income_limit"], row["reason"]) == (0, "infeasible")
    told = found.findings.query("finding == 'budget_infeasible'").iloc[0]
    assert (told["value"], told["expected"], told["detail"]) == (55_000_000, 0, "income")


@pytest.mark.parametrize(("scope", "expected"), [("root", 1e6), ("each", 9e5)])
def test_ceilings_hold_for_the_root_or_for_each_region(scope, expected):
    members = [member("C0", 1e6, 80), member("C1", 1e6, 80)]
    data = group(
        members, "region",
        context=[{"unit_id": "R", "year": YEAR, "population": 1}],
    )  # fmt: skip
    context = data.context.assign(
        income_forecast=data.context["income_forecast"].mask(
            (data.context["unit_id"] == "C0") & (data.context["year"] == 2025), 90_000_000
        )
    )
    found = settled(type(data)(**(vars(data) | {"context": context})), policy(ceiling_scope=scope))
    assert found.loc["C0", "next_budget"] == expected
    assert found.loc["C0", "income_reason"] == ""


def test_one_county_that_cannot_be_drawn_up_stops_nobody_else():
    members = [member(f"C{n}", 1e6, score) for n, score in enumerate((80, 100, 60))]
    data = group(members, "region")
    forecast = {"C0": 40_000_000, "C1": 200_000_000, "C2": 200_000_000, "R": 900_000_000}
    context = data.context.assign(
        income_forecast=data.context["unit_id"].map(forecast).astype("Int64")
    )
    more = [unit("H", "hospital", "C0")]
    below = group([*members], "region", units=more, budgets=[
        budget("H", y, 9e5, 1e6) for y in (2023, 2024)
    ])  # fmt: skip
    rules = policy("region", ceiling_scope="each", evaluation_link="neutral")
    found = decide(type(data)(**(vars(below) | {"context": context})), rules, YEAR)
    last = found.budget.query("step == 'next_budget'").set_index("unit_id")
    assert last.loc[["C0", "H"], "amount"].isna().all()
    assert last.loc[["C0", "H"], "reason"].tolist() == ["infeasible", "above_infeasible"]
    # 20 000 withheld of the two that are made, all of it earned by the one with 100 points.
    assert last.loc[["C1", "C2"], "amount"].tolist() == [1_020_000, 980_000]
    assert last.loc["R", "amount"] == 3e6
    assert found.findings.query("finding == 'budget_infeasible'")["unit_id"].tolist() == ["C0"]


SIX_YEARS = {2019: 50.0, 2020: 80.0, 2021: 100.0, 2022: 110.0, 2023: 121.0, 2024: 145.2}


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        # Growth by year from 2020: 60 %, 25 %, 10 %, 10 %, 20 %; weight 0.4 of 1, the rest spread.
        (1, 0.20), (2, 0.15), (3, 0.40 / 3), (4, 0.65 / 4), (5, 1.25 / 5),
    ],
)  # fmt: skip
def test_history_is_the_mean_of_so_many_yearly_rates(years, expected):
    rows = [budget("R", y, amount * 1e6, 200e6) for y, amount in SIX_YEARS.items()]
    rules = suppose(POLICY, {"history_years": years, "gdp_ceiling": "none"}, DATE)
    data = dataset(units=[unit("R", "region")], budgets=rows)
    found = decide(data, rules, YEAR).budget.set_index("step")
    assert found.loc["history", "amount"] == round(200e6 * expected, 2)
    # One rate fewer than the years asked for is enough, unless the policy asks for more.
    strict = suppose(rules, {"growth_drivers": {"history": {"minimum_years": 6}}}, DATE)
    reason = decide(data, strict, YEAR).budget.query("step == 'next_budget'")["reason"]
    assert reason.item() == "no_growth_driver"


def test_history_may_be_that_of_the_adjusted_budget():
    rows = [budget("R", y, 90e6, amount * 1e6) for y, amount in SIX_YEARS.items()]
    rules = suppose(
        POLICY,
        {"growth_drivers": {"history": {"growth_of": "budgets.adjusted"}}, "gdp_ceiling": "none"},
        DATE,
    )
    found = decide(dataset(units=[unit("R", "region")], budgets=rows), rules, YEAR)
    history = found.budget.set_index("step").loc["history", "amount"]
    assert history == round(145.2e6 * 0.40 / 3, 2)


@pytest.fixture
def rising(tmp_path):
    """A policy whose floor rose from 80 % to 90 % in 2024."""
    lines = "".join(
        f"      - {{from: {since}, value: {value}, "
        "source: {kind: local, cite: t, checked_on: 2024-01-01}}\n"
        for since, value in (("2023-01-01", 0.8), ("2024-01-01", 0.9))
    )
    path = tmp_path / "rising.yaml"
    path.write_text(
        'id: rising\ntitle: {zh: "升", en: "Rising"}\nextends: national\n'
        f"parameters:\n  execution_floor:\n    values:\n{lines}",
        encoding="utf-8",
    )
    return load(path)


def states(policy, year=2024, rates=(0.85, 0.85, 0.85, 0.85)):
    rows = [budget("D", 2021 + n, rate * 100) for n, rate in enumerate(rates)]
    data = dataset(units=[unit("D")], budgets=[r for r in rows if r["year"] <= year])
    return decide(data, policy, year).restrictions.set_index("year")


def test_each_past_year_is_judged_by_the_floor_in_force_in_it(rising):
    """85 % is below 90 % and above 80 %: low in 2024 alone."""
    found = states(rising)
    assert found["state"].tolist() == ["undetermined", "clear", "clear", "watch"]
    assert found["floor"].tolist() == [0.8, 0.8, 0.8, 0.9]
    assert found["previous_floor"].tolist()[1:] == [0.8, 0.8, 0.8]
    last_year = states(rising, 2023)
    assert last_year["state"].tolist() == found["state"].tolist()[:3]


def test_a_what_if_of_a_floor_changes_the_floor_that_it_names(rising):
    higher = suppose(rising, {"execution_floor": 0.84}, dt.date(2024, 12, 31))
    assert states(higher)["floor"].tolist() == [0.8, 0.8, 0.8, 0.84]
    assert states(higher)["state"].tolist()[-1] == "clear"
    earlier = suppose(rising, {"execution_floor": 0.88}, dt.date(2023, 12, 31))
    found = states(earlier)
    assert found["floor"].tolist()[2] == 0.88
    assert found["state"].tolist()[-2:] == ["restricted", "restricted"]


def test_two_years_each_below_its_own_floor_restrict(rising):
    found = states(rising, rates=(0.95, 0.95, 0.79, 0.89))
    assert found["state"].tolist()[-1] == "restricted"
    assert states(rising, rates=(0.95, 0.95, 0.80, 0.89))["state"].tolist()[-1] == "watch"
    assert states(rising, rates=(0.95, 0.95, 0.79, 0.90))["state"].tolist()[-1] == "clear"


def test_a_parent_is_held_to_what_its_parts_may_take():
    """C0 is held to 900 000 by its income, C1 to 1 200 000 by its cap."""
    members = [member(f"C{n}", 1e6, 80, growth=0.3) for n in (0, 1)]
    data = group(members, "region")
    forecast = data.context["unit_id"].map({"C0": 90_000_000}).astype("Int64")
    data = dataclasses.replace(data, context=data.context.assign(income_forecast=forecast))
    found = settled(data, policy("region", evaluation_link="none", ceiling_scope="each"))
    assert found.loc[["C0", "C1", "R"], "next_budget"].tolist() == [900_000, 1.2e6, 2.1e6]
    assert found.loc["R", ["cap", "cap_by", "envelope_by"]].tolist() == [
        2.1e6, "parts_limit", "parts_limit",
    ]  # fmt: skip


def test_a_floor_is_rounded_up_and_a_parent_is_sure_of_the_floors_of_its_parts():
    """Half of 1.01 is 0.51 each: 1.02 together, though half of 2.02 is 1.01."""
    members = [member(f"C{n}", 1.01, None, growth=-0.9) for n in (0, 1)]
    found = settled(group(members, "region"), policy("region", evaluation_link="none"))
    assert found.loc[["C0", "C1", "R"], "next_budget"].tolist() == [0.51, 0.51, 1.02]
    assert found.loc["R", "floor_by"] == "parts_limit"


def test_a_floor_that_is_the_cap_can_be_kept():
    rules = policy(evaluation_link="none", budget_floor=1.2, budget_cap=1.2)
    found = settled(group([member("H", 1e6, 80)]), rules)
    assert found.loc[["H", "R"], "next_budget"].tolist() == [1.2e6, 1.2e6]


def test_units_that_are_a_part_of_their_parent_get_at_most_that_part():
    """2 700 000 of 3 000 000: nine tenths of 2 970 000, though they need 2 808 000."""
    members = [member(f"H{n}", 9e5, 80, growth=0.04) for n in range(3)]
    rules = policy(evaluation_link="none")
    found = settled(group(members, own=3e6, envelope=2_970_000), rules)
    assert found.loc["H0", ["reason", "factor", "group_reason"]].tolist() == ["no_link", "", ""]
    assert found.loc["H0", ["withheld", "award", "net", "group_count"]].tolist() == [0, 0, 0, 0]
    assert found["next_budget"].drop("R").tolist() == [891_000] * 3
    free = settled(group(members, own=3e6), rules)
    assert free["next_budget"].drop("R").tolist() == [936_000] * 3
