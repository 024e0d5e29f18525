"""Every published figure that a correct program must reproduce, through `evaluate`."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load

POLICY = load("retrospective")


def half_up(value: float, decimals: int = 2) -> str:
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def percent(value: float, decimals: int = 2) -> str:
    return half_up(float(Decimal(repr(float(value))) * 100), decimals)


def value_of(evaluation, indicator, year, unit_id="U", scheme="all"):
    frame = evaluation.indicators
    rows = frame[
        (frame["unit_id"] == unit_id)
        & (frame["indicator"] == indicator)
        & (frame["year"] == year)
        & (frame["scheme"] == scheme)
    ]
    return rows["value"].item()


def region(**tables):
    return dataset(units=[unit("U", "region")], **tables)


@pytest.mark.parametrize(
    ("column", "indicator", "before", "now", "expected"),
    [
        ("income", "income_growth", 26.27 - 4.91, 26.27, "22.99"),
        ("expenditure", "expenditure_growth", 16.47 - 1.67, 16.47, "11.28"),
    ],
)
def test_qingyang_growth_of_the_first_half_year(column, indicator, before, now, expected):
    half_years = [
        {"year": 2024, "first_month": 1, "last_month": 6},
        {"year": 2025, "first_month": 1, "last_month": 6},
    ]
    rows = [
        {"unit_id": "U", "year": year, "scheme": "resident", column: round(amount * 1e8, 2)}
        for year, amount in ((2024, before), (2025, now))
    ]
    evaluation = decide(region(part_years=half_years, funds=rows), POLICY, 2025)
    assert percent(value_of(evaluation, indicator, 2025, scheme="resident")) == expected
    row = evaluation.indicators.query("indicator == @indicator and year == 2025").iloc[0]
    assert (row["status"], row["reason"]) == ("not_judged", "part_year")


def test_qingyang_payout_ratio_and_gap():
    rows = [
        {"unit_id": "U", "year": 2025, "fee_for_service": 513956900.0, "paid": 501391700.0,
         "cases": 226479}
    ]  # fmt: skip
    evaluation = decide(region(settlements=rows), POLICY, 2025)
    row = evaluation.indicators.query("indicator == 'payout_ratio' and year == 2025").iloc[0]
    assert percent(row["value"]) == "97.56"
    assert half_up((row["numerator"] - row["denominator"]) / 1e4) == "-1256.52"


def test_qingyang_share_of_institutions_with_a_positive_balance_is_not_truncated():
    hospitals = [unit(f"H{number:03}", "hospital", "U") for number in range(170)]
    rows = [
        {"unit_id": hospital["unit_id"], "year": 2025, "fee_for_service": 100.0, "cases": 500,
         "paid": 101.0 if number < 125 else 99.0}
        for number, hospital in enumerate(hospitals)
    ]  # fmt: skip
    city = dataset(units=[unit("U", "region"), *hospitals], settlements=rows)
    share = value_of(decide(city, POLICY, 2025), "positive_balance_share", 2025)
    assert percent(share) == "73.53"


def test_an_institution_whose_balance_is_not_known_counts_on_neither_side():
    """Of four one was paid more than it cost and one less; of two a figure is blank: 1 of 2."""
    rows = [
        {"unit_id": f"H{number}", "year": 2025, "cases": 500, "fee_for_service": cost, "paid": paid}
        for number, (cost, paid) in enumerate([(100, 101), (100, 99), (100, None), (None, 99)])
    ]
    hospitals = [unit(row["unit_id"], "hospital", "U") for row in rows]
    city = dataset(units=[unit("U", "region"), *hospitals], settlements=rows)
    assert value_of(decide(city, POLICY, 2025), "positive_balance_share", 2025) == 0.5


def test_qingyang_cost_per_admission_falls():
    rows = [
        {"unit_id": "U", "year": year, "setting": "inpatient", "care_level": "hospital_total",
         "visits": 1000, "cost": cost * 1000}
        for year, cost in ((2024, 4068.67), (2025, 3949.78))
    ]  # fmt: skip
    evaluation = decide(region(services=rows), POLICY, 2025)
    assert percent(value_of(evaluation, "inpatient_cost_growth", 2025)) == "-2.92"


HUAIAN_EXPENDITURE = [
    (2013, 28839.20, 23793.02, "121.21"),
    (2014, 37337.81, 32438.28, "115.10"),
    (2015, 44765.32, 40190.24, "111.38"),
]
HUAIAN_INCOME = [
    (2013, 34612.47, 28163.52, "122.90"),
    (2014, 35222.85, 36539.82, "96.40"),
    (2015, 40995.69, 40780.26, "100.53"),
]
NATIONAL = [(2013, 6873, 6189, "111"), (2013, 3927, 3763, "104")]


@pytest.mark.parametrize(
    ("year", "executed", "adjusted", "expected"), HUAIAN_EXPENDITURE + HUAIAN_INCOME + NATIONAL
)
def test_published_execution_rates(year, executed, adjusted, expected):
    decimals = 2 if "." in expected else 0
    evaluation = decide(region(budgets=[budget("U", year, executed, adjusted)]), POLICY, year)
    assert percent(value_of(evaluation, "execution_rate", year), decimals) == expected


def test_volume_can_rise_while_the_primary_share_falls():
    january_to_october = [
        {"year": 2018, "first_month": 1, "last_month": 10},
        {"year": 2019, "first_month": 1, "last_month": 10},
    ]
    levels = {
        "primary_total": (364447.1, 366054.6),
        "tertiary": (148662.8, 159677.7),
        "other": (682360.8 - 364447.1 - 148662.8, 701631.9 - 366054.6 - 159677.7),
    }
    rows = [
        {"unit_id": "U", "year": year, "setting": "outpatient", "care_level": level,
         "visits": visits[year - 2018] * 1e4}
        for level, visits in levels.items() for year in (2018, 2019)
    ]  # fmt: skip
    evaluation = decide(region(services=rows, part_years=january_to_october), POLICY, 2019)
    assert percent(value_of(evaluation, "primary_share", 2018)) == "53.41"
    assert percent(value_of(evaluation, "primary_share", 2019)) == "52.17"
    assert percent(value_of(evaluation, "primary_volume_growth", 2019), 1) == "0.4"
    assert value_of(evaluation, "primary_share_change", 2019) < 0
    assert percent(159677.7 / 148662.8 - 1, 1) == "7.4"
    assert percent(701631.9 / 682360.8 - 1, 1) == "2.8"


def test_a_form_that_sums_to_93_but_prints_94_is_a_finding():
    parts = dict(zip("ABCDEFG", (9, 13, 15, 10, 10, 27, 9), strict=True))
    departments = [unit(name, parent="U") for name in parts]
    rows = [budget("U", 2015, 94.0, 94.0)]
    rows += [budget(name, 2015, value, value) for name, value in parts.items()]
    form = dataset(units=[unit("U", "hospital"), *departments], budgets=rows)
    findings = decide(form, POLICY, 2015).findings.query("finding == 'submitted_differs'")
    differs = findings.set_index("subject").loc["budgets.executed"]
    assert (differs["unit_id"], differs["value"], differs["expected"]) == ("U", 94.0, 93.0)


def test_county_fund_2023_and_its_2024_budget():
    rows = [
        {"unit_id": "U", "year": 2023, "scheme": "resident", "opening": 35226e4,
         "income": 79653e4, "expenditure": 78034e4, "closing": 36845e4}
    ]  # fmt: skip
    evaluation = decide(region(funds=rows), POLICY, 2023)
    surplus = evaluation.indicators.query("indicator == 'surplus_rate'").iloc[0]
    assert half_up(surplus["numerator"] / 1e4, 0) == "1619"
    assert percent(surplus["value"]) == "2.03"
    months = value_of(evaluation, "payable_months", 2023, scheme="resident")
    assert half_up(months) == "5.67"
    assert not (evaluation.findings["finding"] == "submitted_differs").any()


def test_zhejiang_hospital_award_lies_within_the_band():
    assert percent(300 / 1200) == "25.00"
    rows = [
        {"unit_id": "U", "year": 2022, "quota": 100_000e4, "fee_for_service": 98_800e4,
         "cases": 1000}
    ]  # fmt: skip
    hospital = dataset(units=[unit("U", "hospital")], settlements=rows)
    settlement = decide(hospital, POLICY, 2022).settlement.set_index("item")
    assert settlement.loc["balance", "amount"] == 1200e4
    assert settlement.loc["surplus_award", "amount"] == 300e4
    assert math.isclose(settlement.loc["surplus_award", "rate"], 0.25)
