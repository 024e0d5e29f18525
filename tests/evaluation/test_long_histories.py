"""Seven years of history, worked by hand: only the years that a rule names count.

The years before those a rule looks at are unlike them, so that a window one year too long or too
short gives another figure.
"""

from __future__ import annotations

import pytest
from build import budget, dataset, decide, unit
from tie_cases import DATE, POLICY, YEAR

from fundeval.workbench.suppose import suppose

FIRST = 2018
YEARS = range(FIRST, YEAR + 1)
# By year from 2019: +10 %, 0, +2 %, +10 %, +5 %, +3 %; the last three make 6 % on average.
REGION = (200e6, 220e6, 220e6, 224.4e6, 246.84e6, 259.182e6, 266.95746e6)
# +50 %, −10 %, +20 %, −5 %, +10 %, −2 %: the last three make 1 % on average.
SMALLER = (50e6, 75e6, 67.5e6, 81e6, 76.95e6, 84.645e6, 82.9521e6)
LARGER = tuple(amount * 0.7 for amount in REGION)
GDP = {2018: 0.3, 2019: 0.4, 2020: 0.5, 2021: 0.1, 2022: 0.1, 2023: 0.1, 2024: 0.0, 2025: 0.05}


def executed(unit_id, amounts, adjusted):
    return [
        budget(unit_id, year, round(amount, 2), adjusted)
        for year, amount in zip(YEARS, amounts, strict=True)
    ]


@pytest.fixture(scope="module")
def city():
    """A region of 300 million and its two hospitals of 200 and 100 million."""
    context = [{"unit_id": "R", "year": year, "gdp_growth": rate} for year, rate in GDP.items()]
    more = {
        2023: {"population": 900_000, "technology_growth": 0.08},
        2024: {"population": 1_000_000, "technology_growth": 0.09},
        2025: {"population": 1_010_000, "technology_growth": 0.03, "income_forecast": 330e6,
               "reserve_rate": 0.05},
    }  # fmt: skip
    context = [row | more.get(row["year"], {}) for row in context]
    data = dataset(
        units=[unit("R", "region"), unit("H1", "hospital", "R"), unit("H2", "hospital", "R")],
        budgets=[
            *executed("R", REGION, 300e6), *executed("H1", LARGER, 200e6),
            *executed("H2", SMALLER, 100e6),
        ],
        context=context,
    )  # fmt: skip
    return decide(data, POLICY, YEAR)


def steps_of(evaluation, unit_id):
    rows = evaluation.budget[evaluation.budget["unit_id"] == unit_id]
    return rows.set_index("step")["amount"].to_dict()


def test_a_region_under_the_national_policy(city):
    """History 0.4 × 6 %, population 0.3 × 1 %, technology 0.3 × 3 % of 300 000 000.

    The GDP line: executed in 2020, the start of the plan, with the growth of 2021 to 2025:
    220 000 000 × 1.1 × 1.1 × 1.1 × 1.0 × 1.05 = 307 461 000, which is 3 339 000 less than needed.
    """
    assert steps_of(city, "R") == {
        "base": 300_000_000.00, "history": 7_200_000.00, "population": 900_000.00,
        "technology": 2_700_000.00, "regional_float": 0.00, "envelope": -3_339_000.00,
        "withheld": 0.00, "award": 0.00, "next_budget": 307_461_000.00,
    }  # fmt: skip
    settled = city.allocations.set_index("unit_id").loc["R"]
    assert settled["needs"] == 310_800_000
    assert settled[["floor", "floor_by"]].tolist() == [150_000_000, "floor"]
    assert settled[["cap", "cap_by", "envelope_by"]].tolist() == [307_461_000, "gdp", "gdp"]
    # 330 000 000 less five percent.
    assert settled["income_limit"] == 313_500_000


def test_its_hospitals_share_what_there_is_beyond_their_bases(city):
    """They need 7 200 000 and 1 600 000 beyond their bases, in all 8 800 000; there are 7 461 000.

    7 200 000 × 7 461 / 8 800 = 6 104 454.5454…, 1 600 000 × 7 461 / 8 800 = 1 356 545.4545…;
    the 分 that is left goes to the larger remainder. What supplied no figures to be graded by
    counts as poor and is returned nothing of the tenth withheld: 20 610 445.455, and 0.11 of
    101 356 545.45 where 83 % were executed.
    """
    first, second = steps_of(city, "H1"), steps_of(city, "H2")
    assert (first["base"], second["base"]) == (200_000_000, 100_000_000)
    # 0.4 × 6 % of 200 000 000 and 0.4 × 1 % of 100 000 000; the rest as the region's.
    assert (first["history"], second["history"]) == (4_800_000, 400_000)
    assert (first["population"], second["population"]) == (600_000, 300_000)
    assert (first["technology"], second["technology"]) == (1_800_000, 900_000)
    settled = city.allocations.set_index("unit_id").loc[["H1", "H2"]]
    assert settled["envelope"].tolist() == [206_104_454.55, 101_356_545.45]
    assert (first["withheld"], second["withheld"]) == (-20_610_445.46, -11_149_220.00)
    assert (first["award"], second["award"]) == (0, 0)
    assert (first["next_budget"], second["next_budget"]) == (185_494_009.09, 90_207_325.45)
    region = city.allocations.set_index("unit_id").loc["R"]
    assert region["retained_below"] == 31_759_665.46
    assert settled["envelope_by"].tolist() == ["parent", "parent"]
    assert settled["floor"].tolist() == [100_000_000, 50_000_000]
    assert settled["cap"].tolist() == [240_000_000, 120_000_000]


def test_growth_is_inherited_over_two_levels_from_the_first_unit_of_all():
    """A, the first by its id, lies in Z and states nothing; H lies in A: 0.3 × 1 % of 100."""
    units = [unit("A", "region", "Z"), unit("H", "hospital", "A"), unit("Z", "region")]
    context = [
        {"unit_id": "Z", "year": 2024, "population": 1_000_000},
        {"unit_id": "Z", "year": 2025, "population": 1_010_000, "technology_growth": 0.03,
         "income_forecast": 90.0, "reserve_rate": 0.0},
    ]  # fmt: skip
    rows = [budget(u, y, 100.0, 100.0) for u in ("Z", "A", "H") for y in (2023, 2024)]
    rules = suppose(POLICY, {"gdp_ceiling": "none"}, DATE)
    found = decide(dataset(units=units, budgets=rows, context=context), rules, YEAR)
    for unit_id in ("Z", "A", "H"):
        steps = steps_of(found, unit_id)
        assert (steps["population"], steps["technology"]) == (0.30, 0.90)
    # What binds Z binds A, and then H.
    settled = found.allocations.set_index("unit_id")
    assert settled.loc[["Z", "A", "H"], "envelope"].tolist() == [90, 90, 90]


@pytest.mark.parametrize(
    ("years", "mean"),
    # 3; 5, 3; 10, 5, 3; 2, 10, 5, 3; 0, 2, 10, 5, 3; 10, 0, 2, 10, 5, 3; there is no year before.
    [(1, 0.03), (2, 0.04), (3, 0.06), (4, 0.05), (5, 0.04), (6, 0.05), (7, 0.05)],
)
def test_so_many_yearly_rates_count_as_the_policy_says(years, mean):
    rules = suppose(
        POLICY, {"history_years": years, "gdp_ceiling": "none", "missing_driver": "spread"}, DATE
    )
    data = dataset(units=[unit("R", "region")], budgets=executed("R", REGION, 300e6))
    # The only driver that is known has all the weight.
    assert steps_of(decide(data, rules, YEAR), "R")["history"] == round(300e6 * mean, 2)


@pytest.mark.parametrize(
    ("years", "ratchet"), [(1, 0.48), (2, 0.24), (3, 0.16), (4, 0.12), (5, 0.096)]
)
def test_what_is_left_unspent_takes_from_as_many_years_as_history_has(years, ratchet):
    """30 of 300 million unspent, after 250 million: 30 / 250 / years × 0.4 × 300 million less."""
    rules = suppose(POLICY, {"history_years": years, "gdp_ceiling": "none"}, DATE)
    amounts = (230e6, 231e6, 233e6, 236e6, 240e6, 250e6, 270e6)
    context = [
        {"unit_id": "R", "year": 2024, "population": 1000},
        {"unit_id": "R", "year": 2025, "population": 1000, "technology_growth": 0.0},
    ]
    data = dataset(
        units=[unit("R", "region")], budgets=executed("R", amounts, 300e6), context=context
    )
    settled = decide(data, rules, YEAR).allocations.squeeze()
    assert (settled["unspent"], settled["ratchet"]) == (30_000_000, ratchet)


def test_a_department_is_judged_in_each_of_seven_years():
    rates = (0.95, 0.85, 0.8999, 0.80, 0.92, 0.88, 0.8999)
    data = dataset(units=[unit("D")], budgets=executed("D", [r * 1e6 for r in rates], 1e6))
    found = decide(data, POLICY, YEAR).restrictions
    assert dict(zip(found["year"], found["state"], strict=True)) == {
        2018: "undetermined", 2019: "watch", 2020: "restricted", 2021: "restricted",
        2022: "released", 2023: "watch", 2024: "restricted",
    }  # fmt: skip
    assert found["rate"].tolist() == list(rates)
    assert found["previous_rate"].tolist()[1:] == list(rates[:-1])


# Income grew by 10, 5 and 3 % in the last three years: 6 % on average; expenditure by 20, 10 and
# 6 %: 12 %. Before, both went up and down.
INCOME = (4000.0, 6000.0, 5000.0, 8000.0, 8800.0, 9240.0, 9517.20)
SPENT = (4000.0, 3000.0, 6000.0, 5000.0, 6000.0, 6600.0, 6996.0)


@pytest.fixture(scope="module")
def fund():
    rows = [
        {"unit_id": "R", "year": year, "scheme": "resident", "income": income,
         "expenditure": spent, "closing": 1000.0}
        for year, income, spent in zip(YEARS, INCOME, SPENT, strict=True)
    ]  # fmt: skip
    context = [
        {"unit_id": "R", "year": year, "gdp_growth": growth}
        for year, growth in {2024: 0.5, 2025: 0.05, 2026: 0.5}.items()
    ]
    data = dataset(units=[unit("R", "region")], funds=rows, context=context)
    return decide(data, POLICY, YEAR).projections.set_index(["scenario", "year"])


def test_a_fund_is_rolled_forward_five_years_each_rounded_to_the_fen(fund):
    """9 517.20 × 1.06 = 10 088.232, × 1.06 of 10 088.23 = 10 693.5238 and so on;
    6 996 × 1.12 = 7 835.52, × 1.12 = 8 775.7824 and so on."""
    path = fund.loc["trend"]
    assert path.index.tolist() == [2024, 2025, 2026, 2027, 2028, 2029]
    assert path["income"].tolist() == [9517.20, 10088.23, 10693.52, 11335.13, 12015.24, 12736.15]
    assert path["expenditure"].tolist() == [6996.0, 7835.52, 8775.78, 9828.87, 11008.33, 12329.33]
    assert path["closing"].tolist() == [1000.0, 3252.71, 5170.45, 6676.71, 7683.62, 8090.44]
    assert path["payable_months"].iloc[-1] == pytest.approx(8090.44 / (12329.33 / 12))


def test_a_scenario_moves_the_growth_of_expenditure_alone(fund):
    """10, 14 and, with the GDP of the coming year, 5 % of 6 996."""
    first = fund.xs(2025, level="year")
    assert set(first["income"]) == {10088.23}
    assert first["expenditure"].to_dict() == {
        "gdp_line": 7345.80, "higher": 7975.44, "lower": 7695.60, "trend": 7835.52,
    }  # fmt: skip
    # The growth of the coming year holds for the years after it as well.
    assert fund.loc[("gdp_line", 2026), "expenditure"] == 7713.09
