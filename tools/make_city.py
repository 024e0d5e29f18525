"""Make the tables of the invented city: `python -m tools.make_city DIR`.

Every number comes from its key by a hash and whole-number arithmetic, so the files are the
same bytes on every machine. Money is in whole 元 until it is written.
"""

from __future__ import annotations

import sys
from hashlib import blake2b
from pathlib import Path

import pandas as pd

from fundeval.tables.schemas import columns_of, key_of
from tools.city_cases import OVERRIDES, PROJECTS
from tools.city_groups import disease_groups, populations, refills, screening
from tools.city_names import name_in_english
from tools.city_purchases import purchases, thresholds_of_year

YEARS = pd.DataFrame({"year": [2020, 2021, 2022, 2023, 2024]})
FIRST, LAST, BUDGET_YEAR = 2020, 2024, 2025
SCHEMES = pd.DataFrame({"scheme": ["employee", "resident"]})
OF_UNIT = ["year", "scheme"]
KEY = ["unit_id", *OF_UNIT]
AMOUNTS = ["initial", "adjusted", "carried_over", "executed"]
CARE_KEY = [*OF_UNIT, "setting", "care_level"]
CARE = [
    "visits", "cost", "fund_paid", "bed_days", "drug_cost", "consumable_cost", "exam_cost",
    "weighted",
]  # fmt: skip
MYRIAD = 10_000  # 元 in a 万元, and the whole of most fractions

CITY, INHABITANTS, INVENTED = "990100", 2_960_000, "(虚构)"
REGIONS = pd.DataFrame(
    [
        (CITY, "望澜市", "city", INHABITANTS, 23, None),
        ("990101", "映川区", "county", 520_000, 38, None),
        ("990102", "云汀区", "county", 450_000, 33, None),
        ("990103", "青禾县", "county", 380_000, 19, "A990101"),
        ("990104", "白蘅县", "county", 360_000, 18, "A990102"),
        ("990105", "禾浦县", "county", 340_000, 17, "A990103"),
        ("990106", "霁山县", "county", 300_000, 14, None),
        ("990107", "石麓县", "county", 330_000, 16, None),
        ("990108", "柳沂县", "county", 280_000, 13, None),
    ],
    columns=["region", "region_name", "rank", "inhabitants", "employees_percent", "alliance_id"],
)
COUNTIES = REGIONS[1:]
# Of what rank of region, name, level, budget of 2020 for each inhabitant in 元.
HOSPITALS = pd.DataFrame(
    [
        ("city", "第一人民医院", "tertiary", 186),
        ("city", "中心医院", "tertiary", 135),
        ("city", "中医医院", "tertiary", 91),
        ("city", "妇幼保健院", "tertiary", 61),
        ("county", "人民医院", "secondary", 230),
        ("county", "中医医院", "secondary", 150),
        *(("county", f"{place}镇卫生院", "primary", 25) for place in "东西南北中"),
    ],
    columns=["rank", "hospital_name", "level", "for_each"],
)
# Percent of a department's fund payments that inpatients take. A hospital has the first so
# many of these departments as its level says.
DEPARTMENTS = {
    "全科医学科": 55, "普通内科": 65, "普通外科": 70, "妇产科": 70, "儿科": 55, "中医科": 45,
    "骨科": 84, "急诊科": 0, "心血管内科": 80, "神经内科": 82, "重症医学科": 100, "眼科": 55,
    "口腔科": 0, "康复医学科": 100, "肿瘤科": 82, "血液净化中心": 0, "呼吸与危重症医学科": 80,
    "消化内科": 75, "内分泌科": 60, "肾内科": 65, "血液内科": 82, "泌尿外科": 78, "胸外科": 88,
    "神经外科": 90, "耳鼻咽喉科": 55, "皮肤科": 0, "感染性疾病科": 66, "老年医学科": 80,
    "风湿免疫科": 60, "介入科": 100,
}  # fmt: skip
# Departments; employees' part of the budget in percent; fund payment for one visit of 2020 in
# 元 by setting; stay in tenths of a day.
LEVELS = pd.DataFrame(
    [
        ("tertiary", "tertiary", 30, 55, 180, 9_000, 88),
        ("secondary", "secondary", 16, 40, 110, 4_500, 80),
        ("primary", "township_center", 6, 20, 60, 1_900, 62),
    ],
    columns=["level", "care_level", "count", "of_employees", "outpatient", "inpatient", "stay"],
)
# In 1/10000: the part of the cost that the fund pays, and how dear a visit is.
PAID_SHARE = {"outpatient": 5_300, "inpatient": 7_000}
DEARNESS = {"employee": 12_500, "resident": 9_500}
CPI = {2020: 0.025, 2021: 0.009, 2022: 0.02, 2023: 0.002, 2024: 0.002, 2025: 0.004}
# The county, and the units in it, whose months of the year before are known.
COMPARED = "990103"
MONTH_WEIGHTS = [78, 70, 84, 83, 85, 84, 86, 85, 83, 84, 88, 90]


def draw(
    rows: pd.DataFrame, purpose: str, keys: list[str], low: int | pd.Series, high: int | pd.Series
) -> pd.Series:
    """Return whole numbers from `low` to `high` that belong to the purpose and each row's key."""
    names = (":".join(map(str, key)) for key in zip(*(rows[k] for k in keys), strict=True))
    digests = (blake2b(f"{purpose}:{name}".encode(), digest_size=4).digest() for name in names)
    numbers = [int.from_bytes(digest, "big") for digest in digests]
    return low + pd.Series(numbers, rows.index, dtype="int64") % (high - low + 1)


def scale(amount: pd.Series, rate: int | pd.Series, whole: int | pd.Series = MYRIAD) -> pd.Series:
    """Return amount × rate / whole, rounded half up."""
    return (2 * amount * rate + whole) // (2 * whole)


def grow(rows: pd.DataFrame, start: pd.Series, growth: pd.Series, keys: list[str]) -> pd.Series:
    """Return `start` after each year's growth, which is in 1/10000 of `start`."""
    since_first = growth.where(rows["year"] > FIRST, 0).groupby([rows[key] for key in keys])
    return scale(start, MYRIAD + since_first.cumsum())


def override(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what `OVERRIDES` says about this table put in."""
    changed = rows.copy()
    places = rows[rows.columns.intersection(["unit_id", "hospital", "region"])]
    parts = rows[rows.columns.intersection(["scheme", "level"])]
    for _, place, first_year, column, *values in (row for row in OVERRIDES if row[0] == table):
        unit, _, part = place.partition("/")
        meant = (places == unit).any(axis="columns")
        meant &= (parts == part).any(axis="columns") | (part == "")
        for year, value in enumerate(values, start=first_year):
            changed.loc[meant & (rows["year"] == year), column] = value
    return changed


def with_city(rows: pd.DataFrame, keys: list[str], amounts: list[str]) -> pd.DataFrame:
    """Return the rows with those of the city, which are the sums of all, put in place."""
    city = sums(rows.assign(city=CITY), "city", keys, amounts)
    return pd.concat([city, rows[rows["unit_id"] != CITY]], ignore_index=True)


def sums(rows: pd.DataFrame, unit: str, keys: list[str], amounts: list[str]) -> pd.DataFrame:
    """Return the amounts added up by what the column `unit` names, and by the keys."""
    added = rows.groupby([unit, *keys], as_index=False)[amounts].sum(min_count=1)
    return added.rename(columns={unit: "unit_id"})


def hospitals() -> pd.DataFrame:
    """Return the hospitals, the size of their budget in 元, and their `strain`.

    Strain, from -30 to 225, is how little cost, examinations and stay are kept in hand.
    """
    rows = REGIONS.merge(HOSPITALS, on="rank").merge(LEVELS, on="level")
    number = (rows.groupby("region").cumcount() + 1).astype(str).str.zfill(5)
    rows["hospital"] = "H" + rows["region"] + number
    size = rows["inhabitants"] * rows["for_each"]
    most = draw(rows, "most strain", ["hospital"], 70, 190)
    strain = draw(rows, "strain", ["hospital"], 0, most)
    return rows.assign(
        hospital_name=rows["region_name"] + rows["hospital_name"],
        size=scale(size, draw(rows, "size", ["hospital"], 80, 120), 100),
        strain=strain + draw(rows, "strain", ["region"], -30, 35),
    )


def departments() -> pd.DataFrame:
    """Return the departments with what belongs to their hospital."""
    staff = pd.DataFrame(DEPARTMENTS.items(), columns=["name", "inpatient_percent"])
    rows = hospitals().merge(staff.assign(number=range(1, len(staff) + 1)), how="cross")
    rows = rows[rows["number"] <= rows["count"]].reset_index(drop=True)
    rows["unit_id"] = rows["hospital"] + "-D" + rows["number"].astype(str).str.zfill(2)
    weight = draw(rows, "weight", ["unit_id"], 60, 160)
    whole = weight.groupby(rows["hospital"]).transform("sum")
    strain = rows["strain"] + draw(rows, "strain", ["unit_id"], -35, 35)
    return rows.assign(size=scale(rows["size"], weight, whole), strain=strain)


def units() -> pd.DataFrame:
    """Return the table of all units."""
    region = REGIONS.assign(kind="region", name=REGIONS["region_name"] + INVENTED)
    region["parent_id"] = pd.Series(CITY, region.index).mask(region["rank"] == "city")
    alliance = REGIONS.dropna(subset="alliance_id").assign(kind="alliance", flags="six_unified")
    alliance["name"] = alliance["region_name"] + "医共体"
    hospital = hospitals().assign(kind="hospital").rename(columns={"hospital_name": "name"})
    department = departments().assign(kind="department", level=None)
    parts = [
        region.drop(columns="alliance_id").rename(columns={"region": "unit_id"}),
        alliance.rename(columns={"region": "parent_id", "alliance_id": "unit_id"}),
        hospital.rename(columns={"region": "parent_id", "hospital": "unit_id"}),
        department.drop(columns=["alliance_id", "region"]).rename(
            columns={"hospital": "parent_id"}
        ),
    ]
    named = pd.concat(parts, ignore_index=True).assign(year=0)
    return override("units", named.assign(name_en=named["name"].map(name_in_english)))


def ledger() -> pd.DataFrame:
    """Return the budget of each department, year and scheme, the special cases put in."""
    rows = departments().merge(SCHEMES, how="cross").merge(YEARS, how="cross")
    employees = scale(rows["size"], rows["of_employees"], 100)
    size = employees.where(rows["scheme"] == "employee", rows["size"] - employees)
    growth = draw(rows, "budget", ["hospital", "year"], 300, 800)
    growth += draw(rows, "budget", ["unit_id", "year"], -150, 150)
    dips = draw(rows, "dip", ["unit_id"], FIRST - 15, LAST) == rows["year"]
    rate = draw(rows, "rate", KEY, 93_000, 101_500)
    rate = rate.mask(dips, draw(rows, "low rate", KEY, 83_000, 89_000))
    rows = rows.assign(
        size=grow(rows, size, growth, ["unit_id", "scheme"]),
        rate=rate.astype("Int64"),
        cost_growth=2 * rows["strain"] + draw(rows, "cost", ["unit_id", "year"], 450, 780),
        **{"shift": 0, "adjustment": MYRIAD, "carried": 0},
    )
    rows = override("ledger", rows).dropna(subset="rate").reset_index(drop=True)
    # All but tiny budgets are planned in 0.1 万元.
    rows["initial"] = rows["size"].where(rows["size"] < 100_000, rows["size"] // 1_000 * 1_000)
    rows["adjusted"] = scale(rows["initial"], rows["adjustment"])
    rows["carried_over"] = scale(rows["adjusted"], rows["carried"])
    rate = (rows["rate"] + rows["shift"]).astype("int64")
    return rows.assign(executed=scale(rows["adjusted"], rate, 100_000))


def budgets(of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return the budgets as all units report them; a county pays more than its hospitals."""
    by_region = sums(of_departments, "region", OF_UNIT, AMOUNTS)
    of_city = by_region[by_region["unit_id"] == CITY].drop(columns="unit_id")
    counties = by_region.merge(COUNTIES, left_on="unit_id", right_on="region")
    counties = counties.merge(of_city, on=OF_UNIT, suffixes=("", "_of_city"))
    for amount in AMOUNTS:
        part = scale(counties[f"{amount}_of_city"], counties["inhabitants"], INHABITANTS)
        counties[amount] = scale(counties[amount], 11_700) + part
    by_hospital = sums(of_departments, "hospital", OF_UNIT, AMOUNTS)
    parts = [with_city(counties, OF_UNIT, AMOUNTS), by_hospital, of_departments]
    rows = pd.concat([part[[*KEY, *AMOUNTS]] for part in parts], ignore_index=True)
    rows = override("budgets", rows.assign(too_much=0, reason=None, reason_code=None))
    rows[["initial", "adjusted"]] = rows[["initial", "adjusted"]].add(rows["too_much"], axis=0)
    changed = rows["initial"] != rows["adjusted"]
    rows["reason"] = rows["reason"].mask(changed, "年中调整")
    return rows.assign(adjusted_on=changed.map({True: "2024-06-28"}))


def monthly(all_budgets: pd.DataFrame) -> pd.DataFrame:
    """Cut the last year's budgets into months; the city's are the sums of its counties'."""
    # The year before as well in one county, for growth on the same months.
    last = all_budgets["year"] == LAST
    last |= (all_budgets["year"] == LAST - 1) & all_budgets["unit_id"].str.contains(COMPARED)
    larger = ~all_budgets["unit_id"].str.contains("-") & (all_budgets["unit_id"] != CITY)
    months = pd.DataFrame({"month": range(1, 13), "weight": MONTH_WEIGHTS})
    rows = all_budgets[last & larger].merge(months, how="cross")
    rows["spent"] = rows["weight"] + draw(rows, "month", ["unit_id", "scheme", "month"], -3, 3)
    # A plain swing, so that growth differs by month.
    swing = (rows["month"] * 5) % 7 - 3
    rows["spent"] += swing.where(rows["year"] < LAST, 0)
    amounts = {"phased_budget": ("adjusted", "weight"), "executed": ("executed", "spent")}
    for column, (whole, weight) in amounts.items():
        weights = rows.groupby(KEY)[weight]
        rows["reached"] = scale(rows[whole], weights.cumsum(), weights.transform("sum"))
        before = rows.groupby(KEY)["reached"].shift(fill_value=0)
        rows[column] = rows["reached"] - before
    of_counties = rows["unit_id"].isin(COUNTIES["region"])
    compared = rows[of_counties & (rows["year"] < LAST)]
    of_counties &= rows["year"] == LAST
    regions = with_city(rows[of_counties], ["year", "month", "scheme"], list(amounts))
    others = rows[~of_counties & ~rows.index.isin(compared.index)]
    return pd.concat([regions, others, compared])


def care(of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return the care that the executed budgets of the departments paid for.

    `weighted` is what inpatient visits weigh, in 1/10000 of an average case.
    """
    rows = of_departments.merge(pd.DataFrame({"setting": ["outpatient", "inpatient"]}), how="cross")
    is_inpatient = rows["setting"] == "inpatient"
    inpatient = scale(rows["executed"], rows["inpatient_percent"], 100)
    rows["fund_paid"] = inpatient.where(is_inpatient, rows["executed"] - inpatient)
    rows["price"] = rows["inpatient"].where(is_inpatient, rows["outpatient"])
    rows = rows[rows["fund_paid"] > 0].reset_index(drop=True)
    strain, since_first = rows["strain"], rows["year"] - FIRST
    price = scale(rows["price"], draw(rows, "price", ["unit_id", "setting"], 8_500, 12_000), 1)
    price = scale(price, rows["scheme"].map(DEARNESS))
    growth = rows["cost_growth"] + draw(rows, "price", ["unit_id", "setting", "year"], -200, 200)
    price = grow(rows, price, growth, ["unit_id", "scheme", "setting"])
    stay = rows["stay"] + strain // 6 - since_first
    drugs = draw(rows, "drugs", ["unit_id"], 2_500, 3_600) - 60 * since_first
    exams = 1_600 + 12 * strain + draw(rows, "exams", ["unit_id"], -150, 250)
    rows["visits"] = scale(rows["fund_paid"], MYRIAD, price).clip(lower=1)
    rows["cost"] = scale(rows["fund_paid"], MYRIAD, rows["setting"].map(PAID_SHARE))
    rows["bed_days"] = scale(rows["visits"], stay, 10).where(rows["setting"] == "inpatient")
    rows["drug_cost"] = scale(rows["cost"], drugs)
    rows["consumable_cost"] = scale(rows["cost"], 800)
    rows["exam_cost"] = scale(rows["cost"], exams)
    case_mix = draw(rows, "case mix", ["unit_id"], 8_500, 10_500) + rows["inpatient"] // 4
    case_mix += draw(rows, "case mix", ["unit_id", "year"], -150, 150) + 60 * since_first
    rows["weighted"] = (rows["visits"] * case_mix).where(rows["setting"] == "inpatient")
    return rows


def services(of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return the care of all units; a county has village clinics beside its hospitals."""
    by_hospital = sums(of_departments, "hospital", CARE_KEY, CARE)
    rows = sums(of_departments, "region", CARE_KEY, CARE)
    near_villages = (rows["care_level"] == "township_center") & (rows["setting"] == "outpatient")
    clinics = rows[near_villages].assign(care_level="village_clinic")
    visits = scale(clinics["visits"], draw(clinics, "village", ["unit_id"], 8_500, 11_500))
    clinics[CARE] = clinics[CARE].apply(scale, rate=4_000).assign(visits=visits)
    regions = with_city(pd.concat([rows, clinics]), CARE_KEY, CARE)
    larger = pd.concat([regions, by_hospital], ignore_index=True).assign(basis="就诊地")
    recent = of_departments[of_departments["year"] > LAST - 3]  # older ones: too large a file
    rows = pd.concat([override("services", larger), recent], ignore_index=True)
    return rows.assign(case_mix=scale(rows["weighted"], 1, rows["visits"]) / MYRIAD)


def people() -> pd.DataFrame:
    """Return the inhabitants of each county and year, the budget year too."""
    years = pd.concat([YEARS, pd.DataFrame({"year": [BUDGET_YEAR]})])
    rows = COUNTIES.rename(columns={"region": "unit_id"}).merge(years, how="cross")
    growth = draw(rows, "people", ["unit_id", "year"], -45, 40)
    return rows.assign(population=grow(rows, rows["inhabitants"], growth, ["unit_id"]))


def funds(all_budgets: pd.DataFrame) -> pd.DataFrame:
    """Return the funds; all counties support the one in deficit."""
    rows = all_budgets.merge(people(), on=["unit_id", "year"]).assign(basis="收付实现制")
    keys = ["unit_id", "scheme"]
    rows["months"] = draw(rows, "months", keys, 40, 110)
    rows["surplus"] = draw(rows, "surplus", ["unit_id"], 600, 2_400)
    rows = override("funds", rows)
    of_employees = rows["scheme"] == "employee"
    insured = scale(rows["population"], rows["employees_percent"], 100)
    rows["insured"] = insured.where(of_employees, rows["population"] - insured)
    rows["income"] = scale(rows["executed"], MYRIAD + rows["surplus"])
    rows["expenditure"] = rows["executed"]
    # Of residents: what is neither subsidy nor premiums is interest and other income.
    rows["subsidy"] = scale(rows["income"], 6_300).mask(of_employees, 0)
    rows["premiums"] = scale(rows["income"], 9_800).where(
        of_employees, scale(rows["income"], 3_550)
    )
    accounts = scale(rows["income"], draw(rows, "accounts", ["unit_id"], 2_500, 4_500))
    rows["personal_closing"] = accounts.where(of_employees)
    rows["transfer_out"] = rows["population"].where((rows["surplus"] > 0) & ~of_employees, 0)
    given = rows["transfer_out"].groupby(rows["year"]).transform("sum")
    rows["transfer_in"] = given.where(rows["surplus"] < 0, 0)
    rows["net"] = rows["income"] + rows["transfer_in"] - rows["expenditure"] - rows["transfer_out"]
    rows["first"] = scale(rows["executed"], rows["months"], 120)
    of_fund = rows.groupby(keys)
    rows["closing"] = of_fund["first"].transform("first") + of_fund["net"].cumsum()
    rows["opening"] = rows["closing"] - rows["net"]
    amounts = [name for name in columns_of("funds") if name in rows][3:-1]
    return with_city(rows, OF_UNIT, amounts).fillna({"basis": "收付实现制"})


def context(fund_rows: pd.DataFrame) -> pd.DataFrame:
    """Return what surrounds the regions, and the income forecast of the budget year."""
    rows = with_city(people(), ["year"], ["population"])
    counties = fund_rows[(fund_rows["year"] == LAST) & (fund_rows["unit_id"] != CITY)]
    rate = MYRIAD + draw(counties, "forecast", ["unit_id", "scheme"], 250, 650)
    forecasts = counties.assign(year=BUDGET_YEAR, income_forecast=scale(counties["income"], rate))
    gdp = draw(rows, "gdp", ["year"], 480, 680) + draw(rows, "gdp", ["unit_id", "year"], -99, 99)
    rows["technology_growth"] = draw(rows, "technology", ["year"], 350, 480) / MYRIAD
    rows = rows.assign(scheme="all", gdp_growth=gdp / MYRIAD, reserve_rate=0.05)
    rows["cpi"] = rows["year"].map(CPI)
    number = rows["unit_id"].str[-1].astype("int64")
    rows["aged_share"] = 1_500 + 23 * number + 35 * (rows["year"] - FIRST)
    rows = pd.concat([rows, with_city(forecasts, OF_UNIT, ["income_forecast"])])
    rows = override("context", rows.assign(budget_float=None, project_envelope=None))
    fractions = ["aged_share", "budget_float"]
    rows[fractions] = rows[fractions].astype("float64") / MYRIAD
    return rows


def settlements(all_budgets: pd.DataFrame, of_departments: pd.DataFrame) -> pd.DataFrame:
    """Return the settlements of the hospitals; their sums for the regions, without quota but for
    the one that clears by points."""
    admitted = of_departments[of_departments["setting"] == "inpatient"]
    cases = sums(admitted, "hospital", OF_UNIT, ["visits", "weighted"])
    rows = all_budgets.merge(hospitals(), left_on="unit_id", right_on="hospital")
    rows = rows.merge(cases, on=KEY, how="left").rename(columns={"visits": "cases"})
    payable = 9_500 + 14 * rows["strain"] + draw(rows, "payable", KEY, -200, 500)
    rows["cases"] = rows["cases"].fillna(0)
    rows["points"] = scale(rows["weighted"].fillna(0), 1, 100)  # an average case has 100
    rows["paid"], rows["quota"] = rows["executed"], rows["adjusted"]
    rows["fee_for_service"] = scale(rows["paid"], payable)
    rows["prepaid"] = scale(rows["paid"], draw(rows, "prepaid", KEY, 8_900, 9_600))
    overrun = (rows["paid"] - rows["quota"]).clip(lower=0)
    rows["reasonable_overrun"] = scale(overrun, 6_000)
    since_first = rows["year"] - FIRST
    grouped = 9_840 + 30 * since_first + draw(rows, "grouped", KEY, -25, 25)
    major = 4_600 + 250 * since_first - 1_200 * (rows["level"] == "secondary")
    treated = rows["level"] != "primary"
    rows["submitted_cases"] = rows["cases"]
    rows["grouped_cases"] = scale(rows["cases"], grouped.clip(upper=MYRIAD))
    rows["operations"] = scale(rows["cases"], 2_100).where(treated)
    rows["major_operations"] = scale(scale(rows["cases"], 2_100), major).where(treated)
    for deduction, most in (("deposit", 150), ("violations", 30)):
        rate = draw(rows, deduction, KEY, -most, most).clip(lower=0)
        rows[deduction] = scale(rows["paid"], rate)
    amounts = [
        "cases", "fee_for_service", "paid", "points", "prepaid", "deposit", "violations",
        "submitted_cases", "grouped_cases", "operations", "major_operations",
    ]  # fmt: skip
    of_regions = sums(rows, "region", OF_UNIT, amounts)
    rows = pd.concat([with_city(of_regions, OF_UNIT, amounts), rows], ignore_index=True)
    # A place is the unit alone, not all that lies in it.
    rows = rows.drop(columns=["hospital", "region"]).assign(heads=None, payment=None)
    return override("settlements", rows)


def supervision(fund_rows: pd.DataFrame) -> pd.DataFrame:
    """Return what checks and the audit of claims found since 2022; the city's are the sums."""
    counties = fund_rows[(fund_rows["unit_id"] != CITY) & (fund_rows["year"] > LAST - 3)]
    rows = sums(counties, "unit_id", ["year"], ["expenditure", "insured"]).assign(scheme="all")

    def part(name: str, of: str, low: int, high: int) -> pd.Series:
        return scale(rows[of], draw(rows, f"supervision {name}", ["unit_id", "year"], low, high))

    rows["institutions"] = scale(rows["insured"], 9)
    rows["institutions_checked"] = part("checked", "institutions", 9_300, MYRIAD)
    rows["checks"] = part("checks", "institutions_checked", 12_000, 16_000)
    rows["institutions_violating"] = part("violating", "institutions_checked", 1_800, 3_200)
    rows["violations_found"] = part("found", "expenditure", 8, 18)
    rows["self_returned"] = part("self-returned", "violations_found", 4_000, 7_000)
    rows["refused"] = part("refused", "violations_found", 200, 500)
    rows["audit_returned"] = part("audit", "violations_found", 1_500, 2_800)
    rows["disputes"] = part("disputes", "institutions_violating", 400, 1_200)
    rows["disputes_upheld"] = part("upheld", "disputes", 1_000, 4_000)
    rows["share"] = draw(rows, "supervision recovered", ["unit_id", "year"], 9_200, MYRIAD)
    rows = override("supervision", rows)
    rows["recovered"] = scale(rows["violations_found"], rows["share"])
    amounts = [name for name in columns_of("supervision") if name in rows][3:]
    return with_city(rows, OF_UNIT, amounts)


def measures() -> pd.DataFrame:
    """Return satisfaction and what becomes of clinical pathways, with the year before's value."""
    rows = hospitals().merge(YEARS, how="cross").rename(columns={"hospital": "unit_id"})
    graded = rows[rows["level"] != "primary"]
    entry = 850 - 110 * (graded["level"] == "secondary") - graded["strain"]
    parts = [
        rows.assign(measure="satisfaction", value=920 - 2 * rows["strain"]),
        graded.assign(measure="pathway_entry", value=entry),
        graded.assign(measure="pathway_completion", value=960 - graded["strain"]),
        graded.assign(measure="pathway_variation", value=60 + 2 * graded["strain"] // 3),
    ]
    rows = pd.concat(parts, ignore_index=True)
    drawn = draw(rows, "satisfaction", ["unit_id", "year"], -15, 15)
    rows["value"] = (rows["value"] + drawn) / 1_000
    rows["baseline"] = rows.groupby(["unit_id", "measure"])["value"].shift()
    rows = override("measures", rows).dropna(subset="value")
    return pd.concat([rows, thresholds_of_year()], ignore_index=True)


# Measures of credit: value in 1/10000, how much strain takes from it, in hundredths, and the draw.
CREDIT = {
    "record_accuracy": (9_700, -500, 120), "readmission_rate": (280, 100, 60),
    "low_risk_mortality": (4, 5, 3),
    "prescription_accuracy": (9_650, -600, 130), "self_paid_share": (700, 400, 150),
    "complaint_rate": (5, 8, 4), "staff_satisfaction": (8_500, -1_100, 300),
    "immediate_settlement": (9_850, -400, 100),
}  # fmt: skip
# Of institutions that keep clinical pathways and discharge records by group.
OF_LARGE = ("readmission_rate", "low_risk_mortality")
# What is on the record of institutions: unit, year, incident, times, repaired.
INCIDENTS = [
    ("H99010000003", 2024, "violation_found", 3, 2),
    ("H99010500001", 2024, "agreement_breached", 2, 0),
    ("H99010500001", 2023, "violation_found", 1, 1),
    ("H99010700004", 2023, "fraud", 1, 0),
    ("H99010200003", 2024, "data_falsified", None, None),
]


def credit_measures() -> pd.DataFrame:
    """Return the supplied measures of the credit rating, 2022 to 2024."""
    years = YEARS[YEARS["year"] >= LAST - 2]
    rows = hospitals().merge(years, how="cross").rename(columns={"hospital": "unit_id"})
    parts = []
    for measure, (whole, strained, most) in CREDIT.items():
        own = rows[rows["level"] != "primary"] if measure in OF_LARGE else rows
        drawn = draw(own, measure, ["unit_id", "year"], -most, most)
        value = (whole + own["strain"] * strained // 100 + drawn).clip(0, MYRIAD)
        parts.append(own.assign(measure=measure, value=value / MYRIAD))
    return pd.concat(parts, ignore_index=True)


def satisfaction_of_regions() -> pd.DataFrame:
    """Return how satisfied the insured of each region are."""
    rows = REGIONS.merge(YEARS, how="cross").rename(columns={"region": "unit_id"})
    drawn = draw(rows, "insured", ["unit_id"], 8_000, 9_200)
    drawn += draw(rows, "insured", ["unit_id", "year"], -100, 150)
    rows = rows.assign(measure="satisfaction", value=drawn / MYRIAD)
    rows["baseline"] = rows.groupby("unit_id")["value"].shift()
    return override("satisfaction", rows)


def records_of_departments() -> pd.DataFrame:
    """Return how accurate the discharge records of departments with inpatients are, in 2024."""
    rows = departments().rename(columns={"department": "unit_id"}).assign(year=LAST)
    there = units().set_index("unit_id")["valid_to"].isna()
    rows = rows[(rows["level"] != "primary") & rows["unit_id"].map(there)]
    drawn = 9_600 - rows["strain"] * 5 + draw(rows, "records", ["unit_id"], -250, 250)
    value = drawn.clip(upper=MYRIAD) / MYRIAD
    return override("records", rows.assign(measure="record_accuracy", value=value))


def incidents() -> pd.DataFrame:
    """Return what counts against institutions in their credit rating."""
    return pd.DataFrame(INCIDENTS, columns=["unit_id", "year", "incident", "times", "repaired"])


def projects() -> pd.DataFrame:
    """Return the project library of the budget year: what is asked for, as `PROJECTS` has it."""
    columns = [name for name in columns_of("projects") if name != "year"]
    rows = pd.DataFrame(PROJECTS, columns=["project_id", "unit_id", *columns[2:]])
    return rows.assign(year=BUDGET_YEAR)


def write(folder: Path) -> None:
    """Write the tables into the folder, which is made: rows sorted, money in 万元."""
    folder.mkdir(parents=True, exist_ok=True)
    of_departments = ledger()
    all_budgets, of_care = budgets(of_departments), care(of_departments)
    fund_rows = funds(all_budgets)
    tables = {
        "units": units(),
        "budgets": all_budgets,
        "monthly": monthly(all_budgets),
        "purchases": purchases(),
        "services": services(of_care),
        "funds": fund_rows,
        "settlements": settlements(all_budgets, of_care),
        "measures": pd.concat(
            [measures(), satisfaction_of_regions(), credit_measures(), records_of_departments()],
            ignore_index=True,
        ),
        "disease_groups": disease_groups(of_care, CITY),
        "refills": refills(of_care, CITY),
        "populations": populations(fund_rows, CITY),
        "screening": screening(of_care, CITY),
        "incidents": incidents(),
        "supervision": supervision(fund_rows),
        "context": context(fund_rows),
        "projects": projects(),
    }
    for name, rows in tables.items():
        roles = {column: each.role for column, each in columns_of(name).items()}
        cells = rows.reindex(columns=list(roles)).sort_values(key_of(name))
        cells = cells.dropna(axis="columns", how="all").convert_dtypes()
        money = [column for column, role in roles.items() if role == "money" and column in cells]
        cells[money] = cells[money].astype("float64") / MYRIAD
        cells.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
