"""Disease groups, refills, populations and screening of the invented city.

Plain shares of what the rest of the city has, so that nothing else moves; what a case wants is
put in by name. Money is in whole 元.
"""

from __future__ import annotations

import pandas as pd

YEARS = (2023, 2024)
KEY = ["year", "scheme"]
# Code, name; percent of the inpatients and of their cost; percent of its cost that drugs take.
GROUPS = pd.DataFrame(
    [
        ("G01", "肺炎", 14, 10, 38),
        ("G02", "脑梗死", 10, 13, 34),
        ("G03", "心绞痛", 12, 12, 27),
        ("G04", "阑尾切除术", 4, 4, 18),
        ("G05", "剖宫产", 5, 4, 14),
        ("G06", "白内障手术", 2, 1, 9),
        ("G99", "其他", 53, 56, 29),
    ],
    columns=["group", "group_name", "of_cases", "of_cost", "of_drugs"],
)
# Code, name; a patient for so many outpatient visits; refills a year; days of a refill, the most.
DISEASES = pd.DataFrame(
    [
        ("E11", "2型糖尿病", 60, 11, 27, 30),
        ("I10", "高血压", 45, 6, 52, 84),
        ("J44", "慢性阻塞性肺疾病", 400, 7, 45, 84),
    ],
    columns=["disease", "disease_name", "for_visits", "often", "days", "longest_days"],
)
# Of a hundred of the payments those of the cost.
PAID = 62
# Segment; how many of a person with more than 1000 元, in proportion; what each costs in 元, and so
# many percent more in the later year. The others have the rest, `LEAST` 元 each.
BANDS = pd.DataFrame(
    [
        ("1000—5000元", 26, 2_400, 2),
        ("5000—20000元", 9, 9_200, 3),
        ("20000元以上", 3, 45_000, 4),
    ],
    columns=["segment", "in_proportion", "each", "later"],
)
LEAST, LOWEST = 300, "0—1000元"
# Scheme, dimension, segment; percent of the persons and of the payments, and how many percent of
# the payments are more in the later year.
SEGMENTS = pd.DataFrame(
    [
        ("employee", "population", "在职职工", 68, 39, -1),
        ("employee", "population", "退休职工", 32, 61, 1),
        ("resident", "population", "学生儿童", 24, 9, 0),
        ("resident", "population", "成年居民", 46, 42, -1),
        ("resident", "population", "老年居民", 30, 49, 1),
    ],
    columns=["of", "dimension", "segment", "of_persons", "of_fund", "later"],
)
# Rule, setting; percent of the records that it judges; flagged of a million records; cost of a
# flagged record in 元. A long stay is judged only of the diseases that have a limit.
RULES = pd.DataFrame(
    [
        ("frequent_stays", "inpatient", 100, 4_000, 5_200),
        ("single_purchase", "outpatient", 100, 600, 6_400),
        ("drug_share", "inpatient", 100, 9_000, 7_100),
        ("long_stay", "inpatient", 12, 500, 9_800),
    ],
    columns=["rule", "setting", "judged", "of_million", "each"],
)
# Of the later year: hospital, group -> percent of the usual cost; of the usual drugs.
DEARER = {("H99010000002", "G02"): 124, ("H99010500001", "G04"): 131}
MORE_DRUGS = {("H99010200001", "G01"): 170}
# Hospital, group -> cases of every year and scheme: too few to judge, and to show.
FEW = {("H99010800002", "G06"): 12, ("H99010700002", "G06"): 5}
# A hospital whose grouper was replaced.
REGROUPED = "H99010300001"
# Hospital, disease -> days of a refill and the most of one.
LONG_REFILLS = {("H99010100001", "E11"): (34, 60), ("H99010400003", "I10"): (58, 90)}
FEW_PATIENTS = ("H99010600003", "J44")


def _percent(amount: pd.Series, part: pd.Series) -> pd.Series:
    """Return so many percent of an amount, rounded down."""
    return amount * part // 100


def _of_hospitals(care: pd.DataFrame, setting: str, columns: list[str]) -> pd.DataFrame:
    """Return what hospitals had of a kind of care in the years, with region and level."""
    rows = care[(care["setting"] == setting) & care["year"].isin(YEARS)]
    keys = ["hospital", "region", "level", *KEY]
    return rows.groupby(keys, as_index=False)[columns].sum(min_count=1)


def _with_regions(
    rows: pd.DataFrame, keys: list[str], amounts: dict[str, str], city: str
) -> pd.DataFrame:
    """Return the rows of hospitals, of the regions that they lie in, and of the city."""
    parts = [rows.rename(columns={"hospital": "unit_id"})]
    for unit in (rows["region"].where(rows["region"] != city), pd.Series(city, rows.index)):
        above = rows.assign(unit_id=unit).dropna(subset="unit_id")
        parts.append(above.groupby(["unit_id", *keys], as_index=False).agg(amounts))
    return pd.concat(parts, ignore_index=True)


def _named(rows: pd.DataFrame, by: str, of: dict[tuple[str, str], int]) -> pd.Series:
    """Return what is said of the hospital and group of each row, NA where nothing is."""
    pairs = zip(rows["hospital"], rows[by], strict=True)
    return pd.Series([of.get(pair) for pair in pairs], rows.index, dtype="Int64")


def disease_groups(care: pd.DataFrame, city: str) -> pd.DataFrame:
    """Return cases and cost of the disease groups of larger hospitals and of the regions."""
    columns = ["visits", "cost", "fund_paid", "bed_days"]
    rows = _of_hospitals(care, "inpatient", columns)
    rows = rows[rows["level"] != "primary"].merge(GROUPS, how="cross")
    later = rows["year"] == max(YEARS)
    rows["cases"] = _percent(rows["visits"], rows["of_cases"])
    few = _named(rows, "group", FEW)
    rows["cases"] = few.where(few.notna(), rows["cases"]).astype("int64")
    share = rows["of_cost"] * 100
    dearer = _named(rows, "group", DEARER).where(later).fillna(100)
    for amount in ("cost", "fund_paid"):
        rows[amount] = rows[amount] * share // 10_000 * dearer // 100
    drugs = _named(rows, "group", MORE_DRUGS).where(later).fillna(100)
    rows["bed_days"] = _percent(rows["bed_days"], rows["of_cases"])
    for amount, of_a_case in (("cost", 6_000), ("fund_paid", 4_200), ("bed_days", 3)):
        rows[amount] = rows[amount].where(few.isna(), rows["cases"] * of_a_case)
    rows["drug_cost"] = rows["cost"] * rows["of_drugs"] * drugs // 10_000
    regrouped = (rows["hospital"] == REGROUPED) & later
    rows["basis"] = regrouped.map({True: "分组方案2.0", False: "分组方案1.1"})
    amounts = dict.fromkeys(("cases", "cost", "fund_paid", "drug_cost", "bed_days"), "sum")
    found = _with_regions(rows, [*KEY, "group", "group_name"], amounts, city)
    return found.fillna({"basis": "分组方案1.1"})


def refills(care: pd.DataFrame, city: str) -> pd.DataFrame:
    """Return the refills of chronic patients of hospitals and of the regions (R4)."""
    rows = _of_hospitals(care, "outpatient", ["visits"]).merge(DISEASES, how="cross")
    rows["patients"] = rows["visits"] // rows["for_visits"]
    few = (rows["hospital"] == FEW_PATIENTS[0]) & (rows["disease"] == FEW_PATIENTS[1])
    rows["patients"] = rows["patients"].mask(few, 7)
    rows["fills"] = rows["patients"] * rows["often"]
    later = rows["year"] == max(YEARS)
    for place, column in enumerate(("days", "longest_days")):
        long = _named(rows, "disease", {of: days[place] for of, days in LONG_REFILLS.items()})
        long = long.where(later)
        rows[column] = long.where(long.notna(), rows[column]).astype("int64")
    rows["days_supplied"] = rows["fills"] * rows["days"]
    rows = rows[rows["patients"] > 0]
    amounts = dict.fromkeys(("patients", "fills", "days_supplied"), "sum")
    keys = [*KEY, "disease", "disease_name"]
    return _with_regions(rows, keys, amounts | {"longest_days": "max"}, city)


def populations(funds: pd.DataFrame, city: str) -> pd.DataFrame:
    """Return persons, cost and payments of the regions by band of cost and group of people."""
    rows = funds[funds["year"].isin(YEARS) & (funds["unit_id"] != city)]
    bands = _bands(rows)
    rows = rows[["unit_id", *KEY, "insured", "expenditure"]].merge(SEGMENTS, how="cross")
    rows = rows[rows["of"] == rows["scheme"]]
    later = rows["later"].where(rows["year"] == max(YEARS), 0)
    rows["persons"] = _percent(rows["insured"], rows["of_persons"])
    rows["fund_paid"] = _percent(rows["expenditure"], rows["of_fund"] + later)
    rows["cost"] = rows["fund_paid"] * 100 // PAID
    rows = pd.concat([bands, rows], ignore_index=True)
    keys = [*KEY, "dimension", "segment"]
    whole = rows.groupby(keys, as_index=False)[["persons", "cost", "fund_paid"]].sum()
    return pd.concat([whole.assign(unit_id=city), rows], ignore_index=True)


def _bands(funds: pd.DataFrame) -> pd.DataFrame:
    """Return the bands of cost: persons at a cost within each, all together the cost of the fund.

    The dearer people are among them, the more lie above the lowest band.
    """
    rows = funds[["unit_id", *KEY, "insured", "expenditure"]].copy()
    rows["whole"] = rows["expenditure"] * 100 // PAID
    bands = rows.merge(BANDS, how="cross")
    later = bands["later"].where(bands["year"] == max(YEARS), 0)
    each = bands["each"] * (100 + later) // 100
    keys = ["unit_id", *KEY]
    above = (bands["in_proportion"] * (each - LEAST)).groupby([bands[k] for k in keys])
    beyond = bands["whole"] - bands["insured"] * LEAST
    bands["persons"] = beyond * bands["in_proportion"] // above.transform("sum")
    bands["cost"] = bands["persons"] * each
    bands["fund_paid"] = _percent(bands["cost"], pd.Series(PAID, bands.index))
    held = bands.groupby(keys)[["persons", "cost", "fund_paid"]].sum()
    rest = rows.set_index(keys)[["insured", "whole", "expenditure"]] - held.to_numpy()
    rest = rest.set_axis(["persons", "cost", "fund_paid"], axis="columns").reset_index()
    bands = pd.concat([rest.assign(segment=LOWEST), bands], ignore_index=True)
    return bands.assign(dimension="cost_band")


def screening(care: pd.DataFrame, city: str) -> pd.DataFrame:
    """Return what screening flagged of the records of larger hospitals and of the regions."""
    parts = []
    for setting in ("inpatient", "outpatient"):
        rules: pd.DataFrame = RULES[RULES["setting"] == setting]
        of_care = _of_hospitals(care, setting, ["visits"]).merge(rules, how="cross")
        parts.append(of_care[of_care["level"] != "primary"])
    rows = pd.concat(parts, ignore_index=True).assign(scheme="all")
    keys = ["hospital", "region", *KEY, "rule", "judged", "of_million", "each"]
    rows = rows.groupby(keys, as_index=False)[["visits"]].sum()
    rows["records"] = _percent(rows["visits"], rows["judged"])
    rows["flagged"] = rows["visits"] * rows["of_million"] // 1_000_000
    rows["cost_flagged"] = rows["flagged"] * rows["each"]
    amounts = dict.fromkeys(("records", "flagged", "cost_flagged"), "sum")
    return _with_regions(rows, [*KEY, "rule"], amounts, city)
