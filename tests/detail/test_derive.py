"""What records make: by hand, in every engine, in any order, in any number of files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from fundeval.detail import (
    DetailOptions,
    DetailTables,
    derive_tables,
    find_files,
    group_files,
    note_files,
    write_tables,
)
from tests.detail import reference
from tests.detail.make import (
    ENGINES,
    NATIONAL,
    STAY,
    VISIT,
    made,
    made_of,
    numbered,
    skip_without,
    write_csv,
)
from tests.detail.records import invented

CHINESE = {
    "record_id": "记录编号", "person_id": "人员编号", "unit_id": "单位编码", "year": "年度",
    "scheme": "险种", "setting": "就医类型", "care_level": "机构类型", "cost": "医疗费用",
    "fund_paid": "基金支付", "drug_cost": "药品费用", "exam_cost": "检查检验费用",
    "bed_days": "住院床日", "disease_group": "病种编码", "weight": "病组权重",
}  # fmt: skip


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write_records(path: Path, records: pa.Table) -> Path:
    """Write records as CSV or Parquet, as the suffix of the path says."""
    if path.suffix == ".csv":
        return write_csv(path, records.to_pandas())
    parquet.write_table(records, path)
    return path


def with_plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = frame.columns[[pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]]
    return frame.astype({name: "float64" if name in numbers else "object" for name in frame})


def row(derived: DetailTables, table: str, **key: object) -> dict[str, Any]:
    """Return the one row of a table with these codes, missing as None."""
    frame = getattr(derived, table)
    for name, code in key.items():
        frame = frame[frame[name] == code]
    assert len(frame) == 1
    return {str(k): None if pd.isna(v) else v for k, v in frame.iloc[0].items()}


@pytest.mark.parametrize("engine", ENGINES)
def test_sums_are_those_worked_out_by_hand(tmp_path: Path, engine: str) -> None:
    skip_without(engine)
    rows = numbered(
        STAY | {"cost": 1000.10, "weight": 1.2},
        STAY | {"cost": 2000.20, "fund_paid": 1500.05, "weight": 0.8, "bed_days": 2.5},
        VISIT | {"cost": 0.1, "fund_paid": 0, "drug_cost": 0.1, "exam_cost": 0},
        VISIT | {"cost": 0.2, "fund_paid": 0, "drug_cost": None, "exam_cost": 0},
    ).replace({"setting": {"inpatient": "住院"}})
    derived = made(tmp_path, rows.rename(columns=CHINESE), engine=engine)
    assert row(derived, "services", setting="inpatient") == {
        "unit_id": "H1", "year": 2024, "scheme": "employee", "setting": "inpatient",
        "care_level": "tertiary", "visits": 2, "cost": 3000.3, "fund_paid": 2200.05,
        "bed_days": 7.5, "drug_cost": 600.0, "consumable_cost": None, "exam_cost": 200.0,
        "case_mix": 1.0,
    }  # fmt: skip
    visits = row(derived, "services", setting="outpatient")
    assert (visits["visits"], visits["cost"]) == (2, 0.3)
    # One visit does not say what its drugs cost: no sum, rather than one too small.
    assert (visits["drug_cost"], visits["exam_cost"], visits["bed_days"]) == (None, 0.0, None)
    assert row(derived, "settlements") == {
        "unit_id": "H1", "year": 2024, "scheme": "employee", "cases": 4,
        "fee_for_service": 2200.05, "points": 2.0,
    }  # fmt: skip


def test_points_need_the_weight_of_every_stay(tmp_path: Path) -> None:
    derived = made(tmp_path, numbered(STAY, STAY | {"weight": None}))
    assert row(derived, "settlements")["points"] is None
    assert row(derived, "services")["case_mix"] == 1.2


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_spark_writes_the_bytes_of_duckdb(tmp_path: Path, form: str) -> None:
    skip_without("spark")
    source = write_records(tmp_path / f"records.{form}", invented(0, 3000, 300))
    for engine in ("duckdb", "spark"):
        noted = note_files([source])
        write_tables(tmp_path / engine, made_of(source, engine=engine, list_flagged=True), noted)
    assert files_of(tmp_path / "duckdb") == files_of(tmp_path / "spark")
    assert "screening/flagged.parquet" in files_of(tmp_path / "spark")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_tables_are_those_that_pandas_makes(tmp_path: Path, form: str) -> None:
    records = invented(0, 3000, 300).to_pandas()
    amounts = ["cost", "fund_paid", "drug_cost", "exam_cost"]
    # Some visits cost enough for a purchase over the limit.
    records.loc[::20, amounts] = (records.loc[::20, amounts] * 60).round(2)
    source = write_records(tmp_path / f"records.{form}", pa.Table.from_pandas(records))
    derived = made_of(source, list_flagged=True)
    expected = reference.tables(records)
    for name, table in expected.items():
        found = getattr(derived, name)[table.columns]
        pd.testing.assert_frame_equal(with_plain_types(found), with_plain_types(table))
    assert derived.flagged is not None
    expected_ids = reference.flagged_ids(records)
    assert all(len(ids) > 3 for ids in expected_ids.values())
    found_ids = derived.flagged.to_pandas().groupby("rule")["record_id"].agg(set).to_dict()
    assert found_ids == expected_ids


AMOUNT = st.integers(0, 10**9).map(lambda cents: cents / 100)
SOME = st.lists(st.tuples(st.sampled_from(["H1", "H2"]), AMOUNT), min_size=2, max_size=20)


@pytest.mark.slow
@settings(max_examples=3)
@given(amounts=SOME, chance=st.randoms(use_true_random=False), data=st.data())
def test_neither_order_nor_files_nor_the_unit_of_money_matter(
    amounts: list[tuple[str, float]], chance: Any, data: st.DataObject
) -> None:
    rows = numbered(
        *({**STAY, "unit_id": u, "cost": c, "fund_paid": c, "drug_cost": 0, "exam_cost": 0}
          for u, c in amounts)
    )  # fmt: skip
    shuffled = rows.sample(frac=1, random_state=chance.randrange(1000))
    cut = data.draw(st.integers(1, len(rows) - 1))
    in_ten_thousands = rows.assign(cost=rows["cost"] / 10**4, fund_paid=rows["fund_paid"] / 10**4)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        plain = made(folder / "plain", rows)
        write_csv(folder / "split" / "a.csv", shuffled.head(cut))
        # Columns in another order, in another language.
        rest = shuffled.tail(len(rows) - cut).rename(columns=CHINESE)
        write_csv(folder / "split" / "deeper" / "b.csv", rest[rest.columns[::-1]])
        others = [
            made_of(folder / "split"),
            made(folder / "units", in_ten_thousands, money_unit="万元"),
        ]
    for other in others:
        for table in ("services", "settlements", "screening", "measures"):
            pd.testing.assert_frame_equal(getattr(plain, table), getattr(other, table))
    cents = sum(round(cost * 100) for _, cost in amounts)
    assert round(plain.services["cost"].sum() * 100) == cents


def test_a_department_is_a_unit_of_its_own_and_no_record_counts_twice(tmp_path: Path) -> None:
    units = pd.DataFrame(
        [
            ("H1", "R1", "A1"), ("H1-1", "H1", None), ("H2", "R1", "A1"), ("A1", "R1", None),
            ("R1", None, None),
        ],
        columns=["unit_id", "parent_id", "alliance_id"],
    )  # fmt: skip
    rows = numbered(
        STAY | {"department_id": "H1-1"}, STAY | {"department_id": ""}, STAY | {"unit_id": "H2"}
    )
    derived = made(tmp_path, rows, units=units)
    visits = derived.services.set_index("unit_id")["visits"].to_dict()
    assert visits == {"A1": 3, "H1": 2, "H1-1": 1, "H2": 1, "R1": 3}
    alone = made(tmp_path, rows)
    assert sorted(alone.services["unit_id"]) == ["H1", "H1-1", "H2"]


@pytest.mark.parametrize("engine", ENGINES)
def test_files_may_differ_in_what_they_give(tmp_path: Path, engine: str) -> None:
    skip_without(engine)
    write_csv(tmp_path / "a.csv", numbered(STAY | {"fund_paid": 1, "exam_cost": 2}))
    other = numbered(STAY | {"fund_paid": 10, "exam_cost": 20}).drop(columns=["drug_cost"])
    other["record_id"] = "T1"
    other[other.columns[::-1]].to_parquet(tmp_path / "b.parquet")
    services = row(made_of(tmp_path, engine=engine), "services")
    assert (services["fund_paid"], services["exam_cost"]) == (11, 22)
    assert (services["cost"], services["drug_cost"]) == (2000, None)


def test_units_above_each_other_end(tmp_path: Path) -> None:
    units = pd.DataFrame(
        [("H1", "A1", "A1"), ("A1", "H1", None)], columns=["unit_id", "parent_id", "alliance_id"]
    )
    derived = made(tmp_path, numbered(STAY), units=units)
    assert derived.services["unit_id"].tolist() == ["A1", "H1"]


def test_a_table_of_a_duckdb_file(tmp_path: Path) -> None:
    path = tmp_path / "it's.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("rows", numbered(STAY, VISIT))
        connection.execute("CREATE TABLE 明细 AS FROM rows")
    task = DetailOptions(NATIONAL)
    derived = derive_tables(group_files(find_files(path), "duckdb", "明细"), task, tmp_path)
    assert derived.records == 2


def test_files_may_be_named_by_a_pattern(tmp_path: Path) -> None:
    for name in ("a[1].csv", "a2.csv", "b.csv"):
        write_csv(tmp_path / name, numbered(STAY).assign(record_id=name))
    assert made_of(tmp_path / "a*.csv").records == 2
    assert [path.name for path in find_files(tmp_path / "a[1].csv")] == ["a[1].csv"]
    assert made_of(tmp_path / "a[1].csv").records == 1
