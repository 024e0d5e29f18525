"""Turn the published results of the US Medicare Shared Savings Program into a data set.

    python tests/real/mssp.py ../shared/data/mssp outputs/mssp-data

reads PY2021.csv and PY2022.csv and writes a folder for `fundeval run`. Every accountable care
organisation (ACO) becomes a department of one region `MSSP`, because the two-year rule is a
rule for departments. Its benchmark is its budget and its expenditure is what it executed.
"""

import sys
from pathlib import Path

import pandas as pd

YEARS = (2021, 2022)
ROOT = "MSSP"
SCHEME = "all"
DATASET = """\
title:
  zh: 美国医保共享节余计划(MSSP)2021、2022年结果
  en: US Medicare Shared Savings Program, results of 2021 and 2022
source: US Centers for Medicare & Medicaid Services, performance-year public use files
money_unit: 元
currency: USD
period: {first_year: 2021, last_year: 2022}
synthetic: false
licence: US federal government work, public domain
"""


def read_year(folder: Path, year: int) -> pd.DataFrame:
    """Return one performance year by ACO: names, and the needed figures as numbers."""
    text = pd.read_csv(
        folder / f"PY{year}.csv", dtype=str, encoding="utf-8-sig", keep_default_na=False
    )
    text = text.rename(columns={"Sav_rate": "Sav_Rate"})
    figures = [
        "ABtotBnchmk", "ABtotExp", "Sav_Rate", "N_AB_Year_PY", "P_EM_Total", "P_EM_PCP_Vis", "ADM",
        "CapAnn_INP_All", "QualScore", "EarnSaveLoss", "FinalShareRate", "MinSavPerc",
    ]  # fmt: skip
    numbers = text[figures].apply(lambda column: column.str.replace(r"[,$%]", "", regex=True))
    numbers = numbers.apply(pd.to_numeric)
    return numbers.assign(unit_id=text["ACO_ID"], name=text["ACO_Name"], year=year)


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of the data set by name; money in US dollars."""
    years = pd.concat([read_year(folder, year) for year in YEARS], ignore_index=True)
    keys = years[["unit_id", "year"]]
    with_scheme = keys.assign(scheme=SCHEME)
    return {
        "units": _units(years),
        "budgets": with_scheme.assign(adjusted=years["ABtotBnchmk"], executed=years["ABtotExp"]),
        "services": _services(years, with_scheme),
        "settlements": with_scheme.assign(
            cases=_count(years, "ADM"),
            fee_for_service=years["ABtotExp"],
            paid=years["ABtotExp"] + years["EarnSaveLoss"],
            quota=years["ABtotBnchmk"],
        ),
        "measures": _measures(years, keys),
    }


def write(source: Path, target: Path) -> None:
    """Write the data set of `source` into the folder `target`, which is made."""
    target.mkdir(parents=True, exist_ok=True)
    for name, frame in tables(source).items():
        frame.to_csv(target / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
    (target / "dataset.yaml").write_text(DATASET, encoding="utf-8", newline="\n")


def _units(years: pd.DataFrame) -> pd.DataFrame:
    latest = years.drop_duplicates("unit_id", keep="last").sort_values("unit_id")
    organisations = latest[["unit_id", "name"]].assign(kind="department", parent_id=ROOT)
    root = {"unit_id": ROOT, "name": "Medicare Shared Savings Program", "kind": "region"}
    return pd.concat([pd.DataFrame([root]), organisations], ignore_index=True)


def _services(years: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """Return visits and admissions; the files give rates per 1 000 person-years."""
    total, primary = _count(years, "P_EM_Total"), _count(years, "P_EM_PCP_Vis")
    outpatient, inpatient = keys.assign(setting="outpatient"), keys.assign(setting="inpatient")
    inpatient_cost = (years["CapAnn_INP_All"] * years["N_AB_Year_PY"]).round()
    return pd.concat(
        [
            outpatient.assign(care_level="primary_total", visits=primary),
            outpatient.assign(care_level="other", visits=total - primary),
            inpatient.assign(
                care_level="hospital_total", visits=_count(years, "ADM"), cost=inpatient_cost
            ),
        ],
        ignore_index=True,
    )


def _count(years: pd.DataFrame, rate: str) -> pd.Series:
    return (years[rate] * years["N_AB_Year_PY"] / 1000).round()


def _measures(years: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    fractions = {
        "quality": years["QualScore"] / 100,
        "published_savings_rate": years["Sav_Rate"] / 100,
        "final_share_rate": years["FinalShareRate"] / 100,
        "minimum_savings_rate": years["MinSavPerc"] / 100,
    }
    rows = [keys.assign(measure=name, value=value) for name, value in fractions.items()]
    return pd.concat(rows, ignore_index=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
