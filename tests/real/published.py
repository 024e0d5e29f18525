"""What the Medicare Shared Savings Program published, read apart from the package."""

from pathlib import Path

import pandas as pd

YEARS = (2021, 2022)
FIGURES = ["ABtotExp", "Sav_Rate", "N_AB_Year_PY", "ADM", "CapAnn_INP_All", "EarnSaveLoss"]


def read_year(folder: Path, year: int) -> pd.DataFrame:
    """Return one performance year by organisation: some published figures as numbers."""
    text = pd.read_csv(
        folder / f"PY{year}.csv", dtype=str, encoding="utf-8-sig", keep_default_na=False
    )
    text = text.rename(columns={"Sav_rate": "Sav_Rate"})
    numbers = text[FIGURES].apply(lambda column: column.str.replace(r"[,$%]", "", regex=True))
    numbers = numbers.apply(pd.to_numeric)
    return numbers.assign(unit_id=text["ACO_ID"], year=year)
