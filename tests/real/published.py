"""What the Medicare Shared Savings Program published, read apart from the package."""

from pathlib import Path

import pandas as pd

YEARS = (2021, 2022)
TRACKS = {
    "A": "basic_a", "B": "basic_b", "C": "basic_c", "D": "basic_d", "E": "basic_e",
    "EN": "enhanced",
}  # fmt: skip
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


def read_settlement(folder: Path, year: int) -> pd.DataFrame:
    """Return the published settlement of a year: track as a flag, and amounts in dollars.

    `lost` is what an organisation of two-sided risk would have owed: in both years the public
    health emergency took it off again (`DisAdj`).
    """
    text = pd.read_csv(
        folder / f"PY{year}.csv", dtype=str, encoding="utf-8-sig", keep_default_na=False
    ).set_index("ACO_ID")
    if "Current_Track" in text:
        track = text["Current_Track"].map(TRACKS)
    else:
        tracks = text.filter(regex="^Current_(Track|BASIC|ENHANCED)").eq("1")
        track = tracks.idxmax(axis=1).str.removeprefix("Current_").str.lower()
    one_sided = text["Risk_Model"].eq("One-Sided")
    amounts = text[["EarnSaveLoss", "DisAdj"]].replace({"[,$]": ""}, regex=True)
    return pd.DataFrame(
        {
            "flags": track + one_sided.map({True: ";one_sided", False: ""}),
            "earned": pd.to_numeric(amounts["EarnSaveLoss"]).clip(lower=0),
            "lost": -pd.to_numeric(amounts["DisAdj"]).fillna(0),
        }
    )
