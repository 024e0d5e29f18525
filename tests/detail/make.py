"""Records written by hand, and what they make."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fundeval.detail import DetailOptions, DetailTables, derive_tables, find_files, group_files
from fundeval.policy import load

NATIONAL = load("national")
ENGINES = ("duckdb", "spark")
STAY: dict[str, Any] = {
    "record_id": "S1", "person_id": "P1", "unit_id": "H1", "year": 2024, "scheme": "employee",
    "setting": "inpatient", "care_level": "tertiary", "cost": 1000.0, "fund_paid": 700.0,
    "drug_cost": 300.0, "exam_cost": 100.0, "bed_days": 5, "disease_group": "K35.8", "weight": 1.2,
}  # fmt: skip
VISIT = STAY | {"setting": "outpatient", "bed_days": None, "disease_group": "I10", "weight": None}


def skip_without(engine: str) -> None:
    if engine == "spark":
        sql = pytest.importorskip("pyspark.sql", reason="the extra `spark` is not installed")
        session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session.config("spark.sql.shuffle.partitions", 2).getOrCreate()


def numbered(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return rows with ids of their own."""
    return pd.DataFrame([row | {"record_id": f"S{n}"} for n, row in enumerate(rows, start=1)])


def write_csv(path: Path, rows: pd.DataFrame) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(path, index=False)
    return path


def made_of(location: Path, **task: Any) -> DetailTables:
    """Return what the records at a location make by the national policy."""
    options = DetailOptions(**{"policy": NATIONAL, **task})
    groups = group_files(find_files(location), options.engine)
    with tempfile.TemporaryDirectory() as scratch:
        return derive_tables(groups, options, Path(scratch))


def made(folder: Path, rows: pd.DataFrame, **task: Any) -> DetailTables:
    return made_of(write_csv(folder / "records.csv", rows), **task)


def shares(derived: DetailTables, rule: str) -> list[tuple[Any, ...]]:
    """Return unit, year, records, flagged of one rule, missing as None."""
    rows = derived.screening[derived.screening["rule"] == rule]
    cells = rows[["unit_id", "year", "records", "flagged"]].astype(object)
    return [tuple(row) for row in cells.where(cells.notna(), None).to_numpy().tolist()]
