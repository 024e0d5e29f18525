"""Budgets of departments, hospitals and regions, and the months of 2024; whole 元."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from fundeval.samples.making import cases
from fundeval.samples.making.draws import MYRIAD, draw, scale, split, tidy
from fundeval.samples.making.places import (
    CITY,
    COUNTIES,
    SCHEMES,
    YEARS,
    Department,
    Hospital,
    departments,
    hospitals,
)

AMOUNTS = ["initial", "adjusted", "carried_over", "executed"]
RATE_WHOLE = 100_000
MONTH_WEIGHTS = (78, 70, 84, 83, 85, 84, 86, 85, 83, 84, 88, 90)
CITY_ADJUSTED_ON = "2024-09-30"
PASSED_ON = "所属单位年中调整"


def department_budgets() -> pd.DataFrame:
    """Return a row for each department, year and scheme, with the hospital and its region."""
    rows = [row for hospital in hospitals() for row in _hospital_rows(hospital)]
    return pd.DataFrame(rows)


def hospital_budgets(of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of the departments; one hospital reports more than its sum."""
    sums = _sums(of_departments, "hospital")
    _raise(sums, cases.DIFFERING_HOSPITAL, 5_000)
    days = {unit: row[1:] for unit, row in cases.ADJUSTMENTS.items()}
    parents = {unit.rsplit("-", 1)[0]: row for unit, row in days.items()}
    changed = sums["initial"] != sums["adjusted"]
    for index in sums.index[changed]:
        sums.loc[index, ["adjusted_on", "reason"]] = parents[str(sums.loc[index, "unit_id"])]
    for (unit, year), reason in cases.REASONS.items():
        sums.loc[(sums["unit_id"] == unit) & (sums["year"] == year), "reason"] = reason
    return sums


def region_budgets(of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return counties and city.

    A county pays its own hospitals, a part of the city's tertiary hospitals, and others
    (village clinics, pharmacies, care elsewhere). The city is the sum of the true counties.
    """
    sums = _sums(of_departments, "region")
    tertiary = sums[sums["unit_id"] == CITY].set_index(["year", "scheme"])[AMOUNTS].T.to_dict()
    inhabitants = [count for _, count, _ in COUNTIES.values()]
    rows = []
    for own in sums[sums["unit_id"] != CITY].to_dict("records"):
        county, year, scheme = own["unit_id"], own["year"], own["scheme"]
        place = list(COUNTIES).index(county)
        more = _other(county, year, scheme, own["initial"])
        for amount in AMOUNTS:
            more[amount] += split(tertiary[year, scheme][amount], inhabitants)[place]
        rows.append(dict(own) | {amount: own[amount] + more[amount] for amount in AMOUNTS})
    counties = pd.DataFrame(rows)
    city = counties.groupby(["year", "scheme"], as_index=False)[AMOUNTS].sum()
    city["unit_id"] = CITY
    _raise(counties, cases.DIFFERING_COUNTY, 30_000)
    regions = pd.concat([city, counties], ignore_index=True)
    changed = regions["initial"] != regions["adjusted"]
    regions["adjusted_on"] = changed.map({True: CITY_ADJUSTED_ON, False: ""})
    regions["reason"] = changed.map({True: PASSED_ON, False: ""})
    return regions


def monthly(budgets: pd.DataFrame) -> pd.DataFrame:
    """Cut the budgets of 2024 into months; the city is the sum of its counties' months."""
    rows = []
    of_year = budgets[(budgets["year"] == YEARS[-1]) & (budgets["unit_id"] != CITY)]
    for budget in of_year.to_dict("records"):
        unit, scheme = budget["unit_id"], budget["scheme"]
        spent_weights = [
            weight + draw(-3, 3, unit, scheme, month, "month")
            for month, weight in enumerate(MONTH_WEIGHTS, start=1)
        ]
        months = zip(
            split(budget["executed"], spent_weights),
            split(budget["adjusted"], MONTH_WEIGHTS),
            strict=True,
        )
        for month, (executed, phased) in enumerate(months, start=1):
            rows.append((unit, YEARS[-1], month, scheme, executed, phased))
    columns = ["unit_id", "year", "month", "scheme", "executed", "phased_budget"]
    frame = pd.DataFrame(rows, columns=columns)
    of_counties = frame[frame["unit_id"].isin(list(COUNTIES))]
    city = of_counties.groupby(columns[1:4], as_index=False)[columns[4:]].sum()
    return pd.concat([frame, city.assign(unit_id=CITY)], ignore_index=True)


def _hospital_rows(hospital: Hospital) -> Iterator[dict[str, Any]]:
    staff = [row for row in departments() if row.hospital == hospital]
    weights = [draw(60, 160, row.unit_id, "weight") for row in staff]
    of_employees = scale(hospital.size, hospital.employee_percent, 100)
    sizes = dict(zip(SCHEMES, (of_employees, hospital.size - of_employees), strict=True))
    for scheme in SCHEMES:
        for department, size in zip(staff, split(sizes[scheme], weights), strict=True):
            yield from _department_rows(department, scheme, size)


def _department_rows(department: Department, scheme: str, size: int) -> Iterator[dict[str, Any]]:
    unit, hospital = department.unit_id, department.hospital
    for place, year in enumerate(YEARS):
        if year > YEARS[0]:
            growth = draw(300, 800, hospital.unit_id, year, "growth")
            size = scale(size, MYRIAD + growth + draw(-150, 150, unit, year, "growth"))
        rate = _rate(department, scheme, place)
        if rate is None:
            continue
        initial = max(size // 100_000, 1) * 100_000 if unit in cases.RATES else tidy(size)
        factor, adjusted_on, reason = MYRIAD, "", ""
        if year == YEARS[-1]:
            unchanged = (factor, adjusted_on, reason)
            of_hospital = cases.ADJUSTMENTS.get(hospital.unit_id, unchanged)
            factor, adjusted_on, reason = cases.ADJUSTMENTS.get(unit, of_hospital)
        adjusted = scale(initial, factor)
        carries = hospital.unit_id == cases.CARRY_OVER and year > YEARS[0]
        yield {
            "unit_id": unit,
            "hospital": hospital.unit_id,
            "region": hospital.region,
            "year": year,
            "scheme": scheme,
            "initial": initial,
            "adjusted": adjusted,
            "carried_over": tidy(scale(adjusted, 500)) if carries else 0,
            "executed": _executed(unit, adjusted, rate),
            "adjusted_on": adjusted_on,
            "reason": reason or _reason(unit, hospital.unit_id, year),
        }


def _executed(unit: str, adjusted: int, rate: int) -> int:
    executed = scale(adjusted, rate, RATE_WHOLE)
    return executed if unit in cases.RATES else tidy(executed)


def _reason(unit: str, hospital: str, year: int) -> str:
    return cases.REASONS.get((unit, year), cases.REASONS.get((hospital, year), ""))


def _rate(department: Department, scheme: str, place: int) -> int | None:
    """Return the execution rate in 1/100000, or None for a year without a row."""
    unit, hospital = department.unit_id, department.hospital.unit_id
    if unit in cases.RATES:
        return cases.RATES[unit][place]
    year = YEARS[place]
    own = draw(-600, 600, unit, scheme, year, "scheme")
    if hospital in cases.HOSPITAL_RATES and year == YEARS[-1]:
        return draw(*cases.HOSPITAL_RATES[hospital], unit, "rate") + own
    if _dips(unit, hospital, year) and not _dips(unit, hospital, year - 1):
        return draw(86_000, 89_000, unit, year, "dip") + own
    low, high = (draw(91_500, top, unit, year, top) for top in (101_500, 103_500))
    return (low + high) // 2 + own


def _dips(unit: str, hospital: str, year: int) -> bool:
    """Tell whether the drawn rate of a year is low; two such years never follow each other."""
    low = draw(1, 100, unit, year, "dips") <= 4
    return low and hospital not in cases.HOSPITAL_RATES and year >= YEARS[0]


def _other(county: str, year: int, scheme: str, own: int) -> dict[str, int]:
    place = YEARS.index(year)
    share = draw(1400, 1900, county, scheme, "other") + 20 * place
    budget = tidy(scale(own, share))
    executed = tidy(scale(budget, draw(9300, 9900, county, scheme, year, "other")))
    return {"initial": budget, "adjusted": budget, "carried_over": 0, "executed": executed}


def _sums(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    keys = [unit, "year", "scheme"]
    sums = rows.groupby(keys, as_index=False)[AMOUNTS].sum()
    return sums.rename(columns={unit: "unit_id"}).assign(adjusted_on="", reason="")


def _raise(budgets: pd.DataFrame, unit: str, amount: int) -> None:
    """Make a unit report more than its parts in the last year."""
    wrong = (budgets["unit_id"] == unit) & (budgets["year"] == YEARS[-1])
    wrong &= budgets["scheme"] == "employee"
    budgets.loc[wrong, ["initial", "adjusted"]] += amount
