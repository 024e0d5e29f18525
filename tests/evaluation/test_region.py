"""Between and beyond the units: adjustment, alliances, projection. Worked by hand."""

from __future__ import annotations

import pytest
from build import budget, dataset, decide, unit
from test_settlement import policy

from fundeval.policy import load

POLICY = load("national")
YEAR = 2024


def fund(unit_id, income, expenditure, year=YEAR, closing=100.0):
    return {"unit_id": unit_id, "year": year, "scheme": "resident", "income": income,
            "expenditure": expenditure, "closing": closing}  # fmt: skip


def adjusted(*funds):
    units = [unit("P", "region"), *(unit(row["unit_id"], "region", "P") for row in funds)]
    found = decide(dataset(units=units, funds=[*funds]), POLICY, YEAR).adjustments
    return found.set_index("unit_id")["amount"].to_dict()


def test_those_with_more_than_fifteen_percent_pay_those_with_less_than_five():
    """A is short of (5 % − 1 %) × 1 000 = 40. B and C can spare half of what is above 15 %:
    25 and 75; they pay 10 and 30. D, at 10 %, does neither."""
    found = adjusted(
        fund("A", 1000.0, 990.0), fund("B", 1000.0, 800.0), fund("C", 1000.0, 700.0),
        fund("D", 1000.0, 900.0),
    )  # fmt: skip
    assert found == {"A": 40.0, "B": -10.0, "C": -30.0}


def test_where_too_little_can_be_spared_it_is_shared_by_need_and_sums_to_zero():
    found = adjusted(fund("A", 1000.0, 1000.0), fund("B", 2000.0, 2000.0), fund("C", 1000.0, 840.0))
    assert found == {"A": 1.67, "B": 3.33, "C": -5.0}


def alliance(flags, fees, rules=POLICY, quota=1000.0):
    units = [unit("A", "alliance", flags=flags)]
    units += [unit(f"H{n}", "hospital", alliance_id="A") for n in range(len(fees))]
    rows = [
        {"unit_id": f"H{n}", "year": YEAR, "quota": quota, "fee_for_service": fee, "cases": 9}
        for n, fee in enumerate(fees)
    ]
    settlement = decide(dataset(units=units, settlements=rows), rules, YEAR).settlement
    return settlement.set_index(["unit_id", "item"])["amount"].to_dict()


def test_members_of_a_unified_alliance_share_one_balance():
    """Surplus 100 + 50 and overrun 30: a package balance of 120, award 30, shared 20 : 10."""
    found = alliance("six_unified", [900.0, 950.0, 1030.0])
    assert found["A", "balance"] == 120.0
    assert found["A", "surplus_award"] == 30.0
    assert (found["H0", "alliance_award"], found["H1", "alliance_award"]) == (20.0, 10.0)
    assert ("H2", "overrun_band_1") not in found
    assert ("H0", "surplus_award") not in found


def test_without_the_six_unified_members_are_settled_alone_unless_the_gate_is_open(tmp_path):
    alone = alliance("", [900.0, 1030.0])
    assert (alone["H0", "surplus_award"], alone["H1", "overrun_band_1"]) == (25.0, 15.0)
    opened = alliance("", [900.0, 1030.0], policy(tmp_path, alliance_gate="parallel"))
    assert opened["A", "balance"] == 70.0


def test_the_package_is_the_sum_of_its_members_step_by_step():
    units = [unit("A", "alliance"), *(unit(h, "hospital", alliance_id="A") for h in ("H1", "H2"))]
    rows = [budget(h, y, 90.0 + y - 2020, 100.0) for h in ("H1", "H2") for y in (2023, YEAR)]
    found = decide(dataset(units=units, budgets=rows), POLICY, YEAR).budget
    table = found.pivot_table(index="step", columns="unit_id", values="amount")
    assert (table["A"] == (table["H1"] + table["H2"]).round(2)).all()
    assert table.loc["base", "A"] == 200.0


def test_a_fund_rolled_forward_by_hand():
    """Income grows 10 %, expenditure 20 %: 121 − 144 takes 10 to −13, which pays no month;
    at the GDP's 5 % the balance is 10 + 121 − 126 = 5."""
    data = dataset(
        units=[unit("R", "region")],
        funds=[fund("R", 100.0, 100.0, 2023), fund("R", 110.0, 120.0, closing=10.0)],
        context=[{"unit_id": "R", "year": 2025, "gdp_growth": 0.05}],
    )
    found = decide(data, POLICY, YEAR).projections
    first = found[found["year"] == 2025].set_index("scenario")
    assert first.loc["trend", ["income", "expenditure", "closing"]].tolist() == [121, 144, -13]
    assert first.loc["trend", "payable_months"] == 0
    assert first.loc["gdp_line", "closing"] == 5
    assert first.loc["lower", "expenditure"] == pytest.approx(141.6)
    assert sorted(found["year"].unique()) == [2024, 2025, 2026, 2027, 2028, 2029]


def test_a_fund_without_the_expenditure_of_the_year_is_not_projected():
    rows = [fund("R", 100.0, 100.0, year) for year in (2022, 2023)] + [fund("R", 110.0, None)]
    data = dataset(units=[unit("R", "region")], funds=rows)
    assert decide(data, POLICY, YEAR).projections.empty


def test_a_fund_on_another_basis_is_not_projected():
    rows = [fund("R", 100.0, 100.0, 2023) | {"basis": "old"}, fund("R", 110.0, 120.0)]
    data = dataset(units=[unit("R", "region")], funds=rows)
    assert decide(data, POLICY, YEAR).projections.empty
    same = dataset(units=[unit("R", "region")], funds=[row | {"basis": "old"} for row in rows])
    assert len(decide(same, POLICY, YEAR).projections) > 0
