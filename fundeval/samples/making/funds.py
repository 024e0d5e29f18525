"""Funds of the regions, what surrounds them, settlements and surveys; whole 元."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.samples.making import cases
from fundeval.samples.making.draws import MYRIAD, draw, scale, split, tidy
from fundeval.samples.making.places import CITY, COUNTIES, SCHEMES, YEARS, hospitals

BUDGET_YEAR = YEARS[-1] + 1
BALANCES = ["opening", "income", "expenditure", "closing", "transfer_in", "transfer_out", "insured"]
# Surplus of the year over expenditure, and the first balance in tenths of a month.
SURPLUS = {"employee": (900, 2_200), "resident": (150, 900)}
FIRST_MONTHS = {"employee": (90, 150), "resident": (45, 80)}
DEFICIT_SURPLUS = (-900, -700)
DEFICIT_FIRST_MONTHS = 25
BASIS = "收付实现制"
NEW_BASIS = "2024年起含生育保险"
# Year -> growth of GDP, prices, technology in 1/10000, share of the aged in 1/10000.
SURROUNDINGS = {
    2020: (260, 250, 350, 1_380),
    2021: (760, 90, 420, 1_430),
    2022: (340, 200, 400, 1_490),
    2023: (520, 20, 450, 1_550),
    2024: (500, 20, 460, 1_600),
    2025: (490, None, 440, None),
}


def inhabitants(county: str, year: int) -> int:
    """Return the population, which changes a little every year."""
    count = COUNTIES[county][1]
    for each in range(YEARS[0] + 1, year + 1):
        count = scale(count, MYRIAD + draw(-45, 40, county, each, "people"))
    return count


def funds(budgets: pd.DataFrame) -> pd.DataFrame:
    """Return counties and city; balances roll forward and transfers add up to nothing."""
    spent = budgets.set_index(["unit_id", "scheme", "year"])["executed"]
    rows: list[dict[str, Any]] = []
    for county in COUNTIES:
        for scheme in SCHEMES:
            years = {year: int(spent.loc[(county, scheme, year)]) for year in YEARS}
            rows += _roll(county, scheme, years)
    counties = pd.DataFrame(rows)
    city = counties.groupby(["year", "scheme"], as_index=False)[BALANCES].sum()
    frame = pd.concat([city.assign(unit_id=CITY), counties], ignore_index=True)
    changed = (frame["unit_id"] == cases.FUND_BASIS_COUNTY) & (frame["year"] == YEARS[-1])
    return frame.assign(basis=changed.map({True: NEW_BASIS, False: BASIS}))


def context(fund_rows: pd.DataFrame) -> pd.DataFrame:
    """Return what surrounds the regions, and the income forecast of the budget year.

    Shares and growth are in 1/10000; None is a blank cell.
    """
    rows: list[dict[str, Any]] = []
    people = {
        (county, year): inhabitants(county, year) for county in COUNTIES for year in SURROUNDINGS
    }
    for year, (gdp, cpi, technology, aged) in SURROUNDINGS.items():
        city_people = sum(people[county, year] for county in COUNTIES)
        for unit in (CITY, *COUNTIES):
            own = 0 if unit == CITY else draw(-120, 120, unit, year, "surroundings")
            rows.append(
                {
                    "unit_id": unit,
                    "year": year,
                    "scheme": "all",
                    "gdp_growth": gdp + own,
                    "cpi": cpi,
                    "population": people.get((unit, year), city_people),
                    "aged_share": None if aged is None else aged + own,
                    "technology_growth": technology,
                    "reserve_rate": 500,
                }
            )
    return pd.concat([pd.DataFrame(rows), _forecasts(fund_rows)], ignore_index=True)


def settlements(budgets: pd.DataFrame, care: pd.DataFrame) -> pd.DataFrame:
    """Return the year-end settlement of every hospital by scheme; points in tenths."""
    admitted = care[care["setting"] == "inpatient"].groupby(["unit_id", "year", "scheme"])
    cases_of = admitted["visits"].sum().to_dict()
    rows = []
    for budget in budgets.to_dict("records"):
        key = (budget["unit_id"], budget["year"], budget["scheme"])
        paid = budget["executed"]
        overrun = max(0, paid - budget["adjusted"])
        violating = draw(1, 100, *key, "violating") <= 25
        rows.append(
            {
                "unit_id": key[0],
                "year": key[1],
                "scheme": key[2],
                "cases": cases_of.get(key, 0),
                "fee_for_service": tidy(scale(paid, draw(9_300, 11_300, *key, "payable"))),
                "paid": paid,
                "points": scale(paid, draw(960, 1_040, *key, "points"), 10_000),
                "prepaid": tidy(scale(paid, draw(8_900, 9_600, *key, "prepaid"))),
                "deposit": tidy(scale(paid, draw(0, 60, *key, "deposit"))),
                "violations": tidy(scale(paid, draw(2, 40, *key, "fine"))) if violating else 0,
                "quota": budget["adjusted"],
                "reasonable_overrun": tidy(scale(overrun, 6_000)),
            }
        )
    return pd.DataFrame(rows)


def measures() -> pd.DataFrame:
    """Return satisfaction, and pathway entry of larger hospitals, in thousandths."""
    rows: list[tuple[str, int, str, int, int | None, str]] = []
    surveyed = [(unit, "region") for unit in (CITY, *COUNTIES)]
    surveyed += [(hospital.unit_id, hospital.level) for hospital in hospitals()]
    for unit, level in surveyed:
        rows += _series(unit, "satisfaction", 700, 960)
        if level in ("secondary", "tertiary"):
            rows += _series(unit, "pathway_entry", 580, 920)
    frame = pd.DataFrame(
        rows, columns=["unit_id", "year", "measure", "value", "baseline", "note"]
    ).astype({"baseline": "Int64"})
    unasked = (frame["unit_id"] == cases.UNASKED_HOSPITAL) & (frame["year"] == YEARS[-1])
    kept: pd.DataFrame = frame.loc[~unasked]
    return kept


def _series(
    unit: str, measure: str, low: int, high: int
) -> list[tuple[str, int, str, int, int | None, str]]:
    rows: list[tuple[str, int, str, int, int | None, str]] = []
    before: int | None = None
    first = draw(low, high, unit, measure)
    for place, year in enumerate(YEARS):
        value = first + 6 * place + draw(-12, 12, unit, measure, year)
        rows.append((unit, year, measure, value, before, ""))
        before = value
    return rows


def _roll(county: str, scheme: str, spent: dict[int, int]) -> list[dict[str, Any]]:
    deficit = county == cases.DEFICIT_COUNTY and scheme == "resident"
    months = draw(*FIRST_MONTHS[scheme], county, scheme, "months")
    first = DEFICIT_FIRST_MONTHS if deficit else months
    balance = tidy(scale(spent[YEARS[0]], first, 120))
    rows = []
    for year, expenditure in spent.items():
        band = DEFICIT_SURPLUS if deficit else SURPLUS[scheme]
        surplus = draw(*band, county, scheme, year, "surplus")
        given, taken = _transfers(county, scheme, year)
        income = tidy(scale(expenditure, MYRIAD + surplus))
        closing = balance + income + taken - expenditure - given
        rows.append(
            {
                "unit_id": county,
                "year": year,
                "scheme": scheme,
                "opening": balance,
                "income": income,
                "expenditure": expenditure,
                "closing": closing,
                "transfer_in": taken,
                "transfer_out": given,
                "insured": _insured(county, scheme, year),
            }
        )
        balance = closing
    return rows


def _transfers(county: str, scheme: str, year: int) -> tuple[int, int]:
    """Return what a county gives and takes: all others support the one in deficit."""
    if scheme != "resident":
        return 0, 0
    gifts = {
        other: inhabitants(other, year) // 1_000 * 1_000
        for other in COUNTIES
        if other != cases.DEFICIT_COUNTY
    }
    if county == cases.DEFICIT_COUNTY:
        return 0, sum(gifts.values())
    return gifts[county], 0


def _insured(county: str, scheme: str, year: int) -> int:
    insured = scale(inhabitants(county, year), 9_500)
    employees, residents = split(insured, [COUNTIES[county][2], 100 - COUNTIES[county][2]])
    return employees if scheme == "employee" else residents


def _forecasts(fund_rows: pd.DataFrame) -> pd.DataFrame:
    last = fund_rows[(fund_rows["year"] == YEARS[-1]) & (fund_rows["unit_id"] != CITY)]
    rows = last[["unit_id", "scheme", "income"]].to_dict("records")
    for row in rows:
        growth = draw(250, 650, row["unit_id"], row["scheme"], "forecast")
        row["income_forecast"] = tidy(scale(row.pop("income"), MYRIAD + growth))
    counties = pd.DataFrame(rows)
    city = counties.groupby("scheme", as_index=False)["income_forecast"].sum()
    frame: pd.DataFrame = pd.concat([city.assign(unit_id=CITY), counties], ignore_index=True)
    frame["year"] = BUDGET_YEAR
    return frame
