"""Disease groups, refills and results of screening that records make, worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.detail import DetailTables
from tests.detail.make import ENGINES, STAY, VISIT, made, numbered, skip_without, write_csv

FILL = VISIT | {"disease_group": "E11.9", "days_supplied": 30, "cost": 200.0, "fund_paid": 100.0,
                "drug_cost": 200.0, "exam_cost": None}  # fmt: skip
DISEASES = ["unit_id", "disease", "patients", "fills", "days_supplied", "longest_days"]


def told(frame: pd.DataFrame, columns: list[str]) -> list[tuple[Any, ...]]:
    """Return rows as tuples, missing as None."""
    cells = frame[columns].astype(object)
    return [tuple(row) for row in cells.where(cells.notna(), None).to_numpy().tolist()]


def refills(derived: DetailTables) -> list[tuple[Any, ...]]:
    return told(derived.refills, DISEASES)


@pytest.mark.parametrize("engine", ENGINES)
def test_refills_are_counted_by_unit_department_and_disease(tmp_path: Path, engine: str) -> None:
    """P1 has 30 + 45 days in two departments, P2 14: 3 fills of 2 patients, 89 days, most 45."""
    skip_without(engine)
    rows = numbered(
        FILL | {"department_id": "H1-1"},
        FILL | {"department_id": "H1-2", "days_supplied": 45},
        FILL | {"person_id": "P2", "days_supplied": 14},
        FILL | {"disease_group": "I10", "days_supplied": 84},
        # Neither a stay, nor a visit without days or disease, is a refill.
        STAY | {"days_supplied": 7},
        VISIT,
        FILL | {"disease_group": None},
    )
    derived = made(tmp_path, rows, engine=engine)
    assert refills(derived) == [
        ("H1", "E11.9", 2, 3, 89, 45),
        ("H1", "I10", 1, 1, 84, 84),
        ("H1-1", "E11.9", 1, 1, 30, 30),
        ("H1-2", "E11.9", 1, 1, 45, 45),
    ]


def test_above_two_units_fills_are_added_and_the_longest_stays(tmp_path: Path) -> None:
    units = pd.DataFrame(
        [("R1", None, None), ("H1", "R1", None), ("H2", "R1", None)],
        columns=["unit_id", "parent_id", "alliance_id"],
    )
    rows = numbered(FILL, FILL | {"unit_id": "H2", "days_supplied": 60})
    assert refills(made(tmp_path, rows, units=units))[-1] == ("R1", "E11.9", 2, 2, 90, 60)


def test_patients_are_missing_where_a_refill_names_none(tmp_path: Path) -> None:
    rows = numbered(FILL, FILL | {"person_id": None})
    assert refills(made(tmp_path, rows)) == [("H1", "E11.9", None, 2, 60, 30)]


def test_records_without_days_of_supply_make_no_refills(tmp_path: Path) -> None:
    assert made(tmp_path, numbered(VISIT, STAY)).refills.empty


@pytest.mark.parametrize("engine", ENGINES)
def test_stays_are_summed_by_disease_group(tmp_path: Path, engine: str) -> None:
    """K35.8: 1 000 + 500.05 元 in two stays, 300 of drugs in one, so that drugs are missing."""
    skip_without(engine)
    rows = numbered(
        STAY,
        STAY | {"cost": 500.05, "fund_paid": 400.0, "drug_cost": None, "bed_days": 3},
        STAY | {"disease_group": "J18"},
        STAY | {"disease_group": None},
        VISIT,
    )
    found = made(tmp_path, rows, engine=engine).disease_groups
    columns = ["unit_id", "group", "cases", "cost", "fund_paid", "drug_cost", "bed_days"]
    assert told(found, columns) == [
        ("H1", "J18", 1, 1000, 700, 300, 5),
        ("H1", "K35.8", 2, 1500.05, 1100, None, 8),
    ]


def test_records_reach_the_report_of_their_institution(tmp_path: Path) -> None:
    """Of 40 stays 12 have 70 % of drugs: flagged; their disease group has 0.3 × 70 + 0.7 × 30."""
    stays = [STAY | {"person_id": f"P{n}", "drug_cost": 700.0 if n < 12 else 300.0,
                     "exam_cost": None} for n in range(40)]  # fmt: skip
    fills = [FILL | {"person_id": f"P{n}", "days_supplied": 31} for n in range(40)]
    write_csv(tmp_path / "records.csv", numbered(*stays, *fills))
    out = tmp_path / "ours"
    result = CliRunner().invoke(app, ["detail", str(tmp_path / "records.csv"), str(out)])
    assert result.exit_code == 0, result.output
    screened = pd.read_csv(out / "screening.csv").set_index("rule")
    assert screened.loc["drug_share", ["records", "flagged", "cost_flagged(元)"]].tolist() == [
        40, 12, 12_000,
    ]  # fmt: skip
    assert "person_id" not in "".join(p.read_text("utf-8") for p in out.glob("*.csv"))
    write_csv(out / "units.csv", pd.DataFrame([{
        "unit_id": "H1", "name": "H1", "kind": "hospital",
    }]))  # fmt: skip
    write_csv(out / "budgets.csv", pd.DataFrame([{
        "unit_id": "H1", "year": 2024, "scheme": "all", "adjusted": 1, "executed": 1,
    }]))  # fmt: skip
    (out / "dataset.yaml").write_text(
        "title: t\nsource: t\nmoney_unit: 元\nsynthetic: true\nlicence: CC0-1.0\n"
        "period: {first_year: 2024, last_year: 2024}\n",
        encoding="utf-8",
    )
    import fundeval  # noqa: PLC0415

    run = fundeval.evaluate(out, policy="national", year=2024)
    values = run.frame("group_values")
    values = values[values["indicator"].isin(["disease_drug_share", "screened_records"])]
    rows = values[values["scheme"] == "all"].set_index(["indicator", "group"])
    assert rows.loc[("disease_drug_share", "K35.8"), "value"] == 0.42
    assert rows.loc[("screened_records", "drug_share"), "value"] == 0.3
    days = run.frame("group_values").query("indicator == 'refill_days'")
    assert days[["value", "threshold", "beyond"]].to_numpy().tolist() == [[31, 30, True]]
