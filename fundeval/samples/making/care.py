"""Volume and cost of care of departments, hospitals and regions; money in whole 元."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from fundeval.samples.making import cases
from fundeval.samples.making.draws import MYRIAD, draw, scale, tidy
from fundeval.samples.making.places import CITY, YEARS, Department, departments

SUMS = [
    "visits", "cost", "fund_paid", "bed_days", "drug_cost", "consumable_cost", "exam_cost",
    "case_mix_sum",
]  # fmt: skip
KEYS = ["year", "scheme", "setting", "care_level"]
# What the fund pays for one visit in 2020, in 元; employees' care costs more.
PAID_FOR_ONE = {
    ("tertiary", "outpatient"): 180, ("tertiary", "inpatient"): 9_000,
    ("secondary", "outpatient"): 110, ("secondary", "inpatient"): 4_500,
    ("primary", "outpatient"): 60, ("primary", "inpatient"): 1_900,
}  # fmt: skip
SCHEME_FACTOR = {"employee": 12_500, "resident": 9_500}
# The part of the cost that the fund pays, in 1/10000.
PAID_SHARE = {
    ("employee", "outpatient"): 5_600, ("employee", "inpatient"): 8_000,
    ("resident", "outpatient"): 5_000, ("resident", "inpatient"): 6_300,
}  # fmt: skip
CASE_MIX = {"tertiary": (90, 190), "secondary": (60, 110), "primary": (35, 60)}
STAY = {"tertiary": 92, "secondary": 84, "primary": 66}  # tenths of a day
CONSUMABLES = {"tertiary": 1_400, "secondary": 800, "primary": 300}
# Growth of that price a year, lowest and highest in 1/10000.
PRICE_GROWTH = {"tertiary": (150, 800), "secondary": (50, 850), "primary": (-150, 700)}
SHIFTED_GROWTH = {"secondary": -300, "primary": 350}
BASIS = "就诊地"
NEW_BASIS = "参保地(2024年起)"


def department_care(budgets: pd.DataFrame) -> pd.DataFrame:
    """Return the care that the executed budgets of the departments paid for."""
    known = {department.unit_id: department for department in departments()}
    rows = [
        row
        for budget in budgets[budgets["executed"] > 0].to_dict("records")
        for row in _settings(known[budget["unit_id"]], budget)
    ]
    return pd.DataFrame(rows)


def hospital_care(of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of the departments, under the hospital's own type of institution."""
    sums = of_departments.groupby(["hospital", *KEYS], as_index=False)[SUMS].sum()
    return sums.rename(columns={"hospital": "unit_id"}).assign(basis=BASIS)


def region_care(of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return counties and city by type of institution: the hospitals and village clinics."""
    sums = of_departments.groupby(["region", *KEYS], as_index=False)[SUMS].sum()
    sums = sums.rename(columns={"region": "unit_id"})
    placed = pd.concat([sums, _village_clinics(sums)], ignore_index=True)
    counties = placed[placed["unit_id"] != CITY]
    city = placed.groupby(KEYS, as_index=False)[SUMS].sum().assign(unit_id=CITY)
    regions = pd.concat([city, counties], ignore_index=True).assign(basis=BASIS)
    changed = (regions["unit_id"] == cases.CARE_BASIS_COUNTY) & (regions["year"] == YEARS[-1])
    regions.loc[changed, "basis"] = NEW_BASIS
    return regions


def with_case_mix(care: pd.DataFrame) -> pd.DataFrame:
    """Put the mean case mix in thousandths in the place of its sum; 0 stands for none."""
    mean = (care["case_mix_sum"] + care["visits"] // 2) // care["visits"]
    return care.assign(case_mix=mean).drop(columns="case_mix_sum")


def _settings(department: Department, budget: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    inpatient = scale(budget["executed"], department.inpatient_percent, 100)
    parts = {"outpatient": budget["executed"] - inpatient, "inpatient": inpatient}
    for setting, paid in parts.items():
        if paid > 0:
            yield _row(department, budget, setting, paid)


def _row(
    department: Department, budget: Mapping[Any, Any], setting: str, paid: int
) -> dict[str, Any]:
    unit, hospital = department.unit_id, department.hospital
    scheme, year = budget["scheme"], budget["year"]
    visits = max(1, scale(paid, MYRIAD, _paid_for_one(department, scheme, setting, year)))
    cost = max(paid, tidy(scale(paid, MYRIAD, PAID_SHARE[scheme, setting])))
    inpatient = setting == "inpatient"
    stay = STAY[hospital.level] + draw(-12, 14, unit, "stay") - YEARS.index(year)
    case_mix = 10 * draw(*CASE_MIX[hospital.level], unit, "case mix") + YEARS.index(year)
    exams = draw(1_250, 2_800, hospital.unit_id, "exams") + draw(-150, 150, unit, "exams")
    drugs = draw(2_500, 3_600, unit, "drugs") - 60 * YEARS.index(year)
    return {
        "unit_id": unit,
        "hospital": hospital.unit_id,
        "region": hospital.region,
        "year": year,
        "scheme": scheme,
        "setting": setting,
        "care_level": hospital.care_level,
        "visits": visits,
        "cost": cost,
        "fund_paid": paid,
        "bed_days": max(visits, scale(visits, stay, 10)) if inpatient else 0,
        "drug_cost": tidy(scale(cost, drugs)),
        "consumable_cost": tidy(scale(cost, CONSUMABLES[hospital.level])),
        "exam_cost": tidy(scale(cost, exams)),
        "case_mix_sum": visits * case_mix if inpatient else 0,
        "basis": "",
    }


def _paid_for_one(department: Department, scheme: str, setting: str, year: int) -> int:
    """Return what the fund pays for one visit, in 1/10000 元."""
    hospital = department.hospital
    price = PAID_FOR_ONE[hospital.level, setting] * SCHEME_FACTOR[scheme]
    price = scale(price, draw(8_500, 12_000, department.unit_id, setting, "price"))
    for each in YEARS[1 : YEARS.index(year) + 1]:
        price = scale(price, MYRIAD + _price_growth(department, setting, each))
    return price


def _price_growth(department: Department, setting: str, year: int) -> int:
    hospital = department.hospital
    if hospital.region == cases.SHIFTING_COUNTY and year == YEARS[-1]:
        return SHIFTED_GROWTH[hospital.level]
    low, high = PRICE_GROWTH[hospital.level]
    return draw(low, high, hospital.unit_id, setting, year, "price")


def _village_clinics(care: pd.DataFrame) -> pd.DataFrame:
    """Return the village clinics: as many visits as the primary institutions of the county."""
    primary = care["care_level"].isin(["township_center", "community_center"])
    rows = []
    for row in care[primary & (care["setting"] == "outpatient")].to_dict("records"):
        county, year = row["unit_id"], row["year"]
        visits = scale(row["visits"], draw(8_500, 11_500, county, "village"))
        cost = visits * (42 + YEARS.index(year))
        empty = dict.fromkeys(SUMS, 0)
        amounts = {"cost": cost, "fund_paid": scale(cost, 6_000), "drug_cost": scale(cost, 7_000)}
        keys = {key: row[key] for key in ("unit_id", "year", "scheme", "setting")}
        rows.append({**keys, "care_level": "village_clinic", **empty, "visits": visits, **amounts})
    return pd.DataFrame(rows)
