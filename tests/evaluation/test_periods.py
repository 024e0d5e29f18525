"""Months and quarters worked out by hand: alone, to date, on the year before, forecast (R22)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.report.sections.periods import quarters as page_of_quarters
from fundeval.report.text.explain_periods import explain_periods
from fundeval.report.workbook.sheets import quarters
from fundeval.results.frames import FRAMES
from fundeval.workbench.suppose import suppose

POLICY = load("national")
YEAR = 2024


def months(amounts: dict[int, Any], phased: Any = 100.0, year: int = YEAR, **more: Any) -> list:
    row = {"unit_id": "H", "year": year, "scheme": "employee", "phased_budget": phased} | more
    return [row | {"month": month, "executed": amount} for month, amount in amounts.items()]


def evaluated(*parts: list, adjusted: Any = 1200.0, policy=POLICY):
    data = dataset(
        units=[unit("H", "hospital")], monthly=[row for part in parts for row in part],
        budgets=[budget("H", YEAR, 1000.0, adjusted, scheme="employee")],
    )  # fmt: skip
    return decide(data, policy, YEAR)


def reviewed(*parts: list, **how: Any) -> pd.DataFrame:
    frame = evaluated(*parts, **how).periods
    assert list(frame) == list(FRAMES["periods"])
    return frame.set_index(["span", "number"])


def figures(row: pd.Series, *columns: str) -> list[Any]:
    return [None if pd.isna(row[column]) else round(row[column], 6) for column in columns]


ALONE = ("months", "executed", "phased", "progress", "deviation", "previous", "growth")
TO_DATE = (
    "executed_to_date", "phased_to_date", "progress_to_date", "deviation_to_date",
    "previous_to_date", "growth_to_date", "forecast", "forecast_rate",
)  # fmt: skip
NOW = {1: 90.0, 2: 110.0, 3: 70.0, 4: 120.0, 5: 80.0}
BEFORE = {1: 100.0, 2: 100.0, 3: 100.0, 4: 80.0, 5: 80.0, 6: 999.0}


def test_a_quarter_alone_and_from_january():
    """Quarter 1: 90 + 110 + 70 = 270 of 300 is 0.9, 270 / 300 of last year is −10 %.

    Forecast at this pace: 1200 × 0.9 = 1080, which is 0.9 of the budget.
    """
    row = reviewed(months(NOW), months(BEFORE, year=YEAR - 1)).loc[("quarter", 1)]
    assert figures(row, *ALONE) == [3, 270.0, 300.0, 0.9, -30.0, 300.0, -0.1]
    assert figures(row, *TO_DATE) == [270.0, 300.0, 0.9, -30.0, 300.0, -0.1, 1080.0, 0.9]
    assert (row["level"], row["growth_reason"], row["forecast_reason"]) == ("none", "", "")


def test_a_quarter_that_has_begun_is_compared_with_the_same_months():
    """April and May: 200 of 200; last year 160, June's 999 left out: + 25 %.

    To date 470 of 500 = 0.94; last year 460: + 2.1739 %; 1200 × 0.94 = 1128.
    """
    found = reviewed(months(NOW), months(BEFORE, year=YEAR - 1))
    row = found.loc[("quarter", 2)]
    assert figures(row, *ALONE) == [2, 200.0, 200.0, 1.0, 0.0, 160.0, 0.25]
    assert figures(row, *TO_DATE) == [470.0, 500.0, 0.94, -30.0, 460.0, 0.021739, 1128.0, 0.94]
    assert [*found.index[found.index.get_level_values("span") == "quarter"]] == [
        ("quarter", 1), ("quarter", 2),
    ]  # fmt: skip


def test_a_month_has_its_own_figures_and_those_to_date():
    """March: 70 of 100, −30 % on last year; to date as the quarter."""
    row = reviewed(months(NOW), months(BEFORE, year=YEAR - 1)).loc[("month", 3)]
    assert figures(row, *ALONE) == [1, 70.0, 100.0, 0.7, -30.0, 100.0, -0.3]
    assert figures(row, "executed_to_date", "progress_to_date") == [270.0, 0.9]


@pytest.mark.parametrize(("rule", "forecast"), [("pace", 1080.0), ("plan", 1170.0)])
def test_the_year_is_forecast_by_the_rule_of_the_policy(rule, forecast):
    """Pace: 1200 × 0.9; plan: 270 + 1200 − 300 = 1170."""
    policy = suppose(POLICY, {"year_end_forecast": rule}, dt.date(YEAR, 12, 31))
    row = reviewed(months(NOW), policy=policy).loc[("quarter", 1)]
    assert row["forecast"] == forecast


def test_a_missing_month_leaves_its_quarter_and_what_is_to_date_without_figures():
    """Without February quarter 1 has none; quarter 2 alone has its 200, but nothing to date."""
    known = {month: amount for month, amount in NOW.items() if month != 2}
    found = reviewed(months(known), months(BEFORE, year=YEAR - 1))
    first, second = found.loc[("quarter", 1)], found.loc[("quarter", 2)]
    assert figures(first, "executed", "growth", "executed_to_date", "forecast") == [None] * 4
    assert first["growth_reason"] == "missing_numerator"
    assert (first["level"], first["reason"]) == ("undetermined", "month_missing")
    assert first["forecast_reason"] == "no_progress"
    assert figures(second, "executed", "progress", "growth") == [200.0, 1.0, 0.25]
    assert figures(second, "executed_to_date", "growth_to_date", "forecast") == [None] * 3


@pytest.mark.parametrize(
    ("before", "reason"),
    [({}, "no_previous_year"), ({1: 1.0, 2: 2.0}, "no_previous_year"),
     ({1: 0.0, 2: 0.0, 3: 0.0}, "zero_denominator"),
     ({1: 0.0, 2: 1.0, 3: -2.0}, "negative_previous")],
)  # fmt: skip
def test_without_the_same_months_of_last_year_growth_says_why(before, reason):
    row = reviewed(months(NOW), months(before, year=YEAR - 1)).loc[("quarter", 1)]
    assert figures(row, "growth") == [None]
    assert [row["growth_reason"], row["growth_to_date_reason"]] == [reason, reason]


def test_growth_to_date_says_why_for_itself():
    """Of last year January is missing: quarter 2 alone grew by 200 / 160 − 1 = 25 %, to date there
    is nothing to grow on, twelfths or not. Of this year it is missing: nothing is known to date."""
    before = {month: amount for month, amount in BEFORE.items() if month != 1}
    found = evaluated(months(NOW, phased=None), months(before, year=YEAR - 1))
    row = found.periods.set_index(["span", "number"]).loc[("quarter", 2)]
    assert figures(row, "growth", "growth_to_date") == [0.25, None]
    assert [row["reason"], row["growth_to_date_reason"]] == ["twelfths", "no_previous_year"]
    page = page_of_quarters(found.view("H", "en")).markup
    assert "no data for the previous year" in page
    late = {month: amount for month, amount in NOW.items() if month != 1}
    row = reviewed(months(late), months(BEFORE, year=YEAR - 1)).loc[("quarter", 2)]
    assert [row["growth_reason"], row["growth_to_date_reason"]] == ["", "month_missing"]


def test_periods_add_up_to_what_is_to_date():
    """Twelfths of 100: 8.33, 16.67, 25.00 to date, so 8.33, 8.34 and 8.33 alone; in all 100.00.
    From March on, of which nothing is stated, twelfths stand in for all to date: 25 − 2 × 10 = 5.
    """
    for phased in (None, {1: 10.0, 2: 10.0}):
        stated = phased or {}
        given = [months({n: 9.0}, phased=stated.get(n)) for n in range(1, 13)]
        found = reviewed(*given, adjusted=100.0)
        first = [10.0, 10.0, 5.0] if phased else [8.33, 8.34, 8.33]
        assert found.loc["month"]["phased"].tolist()[:3] == first
        for span in ("month", "quarter"):
            alone, to_date = (found.loc[span][name] for name in ("phased", "phased_to_date"))
            assert alone.cumsum().round(2).tolist() == to_date.tolist()
            assert to_date.iloc[-1] == 100.0


def test_without_phased_budget_twelfths_of_the_adjusted_one_stand_in():
    """Three twelfths of 1200 are 300, two twelfths 200; without a budget there is no progress."""
    found = reviewed(months(NOW, phased=None))
    assert figures(found.loc[("quarter", 1)], "phased", "progress") == [300.0, 0.9]
    assert figures(found.loc[("quarter", 2)], "phased", "progress") == [200.0, 1.0]
    assert found.loc[("quarter", 1), "reason"] == "twelfths"
    none = reviewed(months(NOW, phased=None), adjusted=None).loc[("quarter", 1)]
    assert figures(none, "executed", "phased", "progress", "forecast") == [270.0, None, None, None]
    assert (none["reason"], none["forecast_reason"]) == ("no_budget", "no_budget")


def test_without_monthly_data_there_is_nothing_to_review():
    assert reviewed([]).empty


def forecasts(amounts: dict[int, float]) -> list[list[Any]]:
    found = evaluated(months(amounts)).findings
    rows = found[found["finding"].str.startswith("forecast_")]
    columns = ["finding", "severity", "scheme", "value", "expected"]
    return rows[columns].astype("object").to_numpy().tolist()


def test_a_forecast_off_its_course_is_a_finding_until_the_year_is_over():
    """80 a month of 100 planned is 0.8, below the floor of 0.9; 110 is 1.1 of the budget."""
    [[finding, severity, scheme, value, floor]] = forecasts(dict.fromkeys(range(1, 10), 80.0))
    assert (finding, severity, scheme) == ("forecast_below_floor", "warning", "employee")
    assert [value, floor] == [pytest.approx(0.8), 0.9]
    [[finding, _, _, value, _]] = forecasts(dict.fromkeys(range(1, 10), 110.0))
    assert (finding, value) == ("forecast_above_budget", pytest.approx(1.1))
    assert forecasts(dict.fromkeys(range(1, 10), 95.0)) == []
    assert forecasts(dict.fromkeys(range(1, 13), 80.0)) == []
    # Without February nothing is known of what was executed to date.
    assert forecasts({1: 80.0, 3: 80.0}) == []


def test_a_quarter_is_derived_from_its_cells():
    """As above: quarter 2 has begun; 470 / 500 = 0.94, 470 - 500 = -30, 1200 × 0.94 = 1128."""
    found = evaluated(months(NOW), months(BEFORE, year=YEAR - 1))
    lines = explain_periods(found.view("H", "en"))
    start = lines.index("quarter 2 (first 2 months), Employees")
    own = [line.strip() for line in lines[start:]]
    assert own[5] == (
        "executed in the quarter: 120.00 + 80.00 = 200.00; progress 200.00 / 200.00 = 1"
    )
    assert own[6] == "on the same months of last year: 200.00 / 160.00 - 1 = 0.25"
    assert own[7].startswith("from January: progress 470.00 / 500.00 = 0.94: ")
    assert own[7].endswith("deviation 470.00 - 500.00 = -30.00")
    assert own[8].endswith(": 1,200.00 × 470.00 / 500.00 = 1,128.00")
    assert [line for line in lines if "120.00 CNY" in line]


def test_a_quarter_without_a_month_says_why_in_its_derivation():
    found = evaluated(months({1: 90.0, 3: 70.0}))
    lines = explain_periods(found.view("H", "en"))
    told = [line.strip() for line in lines if "cannot be judged" in line]
    assert len(told) == 1
    assert "executed in the quarter" not in "".join(lines)


def test_the_workbook_has_a_line_a_quarter():
    found = evaluated(months(NOW), months(BEFORE, year=YEAR - 1))
    rows = quarters(found.view("H", "en")).set_index("period")
    assert [*rows.index] == ["quarter 1", "quarter 2 (first 2 months)"]
    columns = ["executed_alone", "phased_alone", "deviation_to_date", "forecast_amount"]
    assert rows.loc["quarter 1", columns].tolist() == [270.0, 300.0, -30.0, 1080.0]
