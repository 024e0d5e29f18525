"""Records that cannot be used: everything told at once, nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from fundeval.detail import find_files, group_files
from fundeval.problems import BadInputError
from tests.detail.make import (
    ENGINES,
    STAY,
    VISIT,
    made,
    made_of,
    numbered,
    skip_without,
    write_csv,
)
from tests.detail.records import invented
from tests.messages import pattern


def refused(folder: Path, rows: pd.DataFrame, **task: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is wrong by rule and column: its values, with the value of the cell."""
    with pytest.raises(BadInputError) as refusal:
        made(folder, rows, **task)
    assert "处理：" in refusal.value.text("zh")
    return {
        (p.rule, p.column): {**vars(p)["values"], "value": p.value} for p in refusal.value.problems
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_everything_is_told_at_once(tmp_path: Path, engine: str) -> None:
    skip_without(engine)
    rows = numbered(
        STAY,
        STAY | {"unit_id": None},
        STAY | {"year": None},
        STAY | {"year": "2024.5"},
        STAY | {"scheme": "职 工"},
        STAY | {"setting": None},
        STAY | {"fund_paid": 1000.01},
        STAY | {"drug_cost": 900, "exam_cost": 101},
        STAY | {"cost": -1, "fund_paid": None, "drug_cost": None, "exam_cost": None},
        STAY | {"bed_days": "x"},
        STAY | {"bed_days": "nan"},
        STAY | {"bed_days": "1e9"},
        STAY | {"weight": 0},
        VISIT,
    )
    rows.loc[13, "record_id"] = "S1"
    problems = refused(tmp_path, rows, engine=engine)
    assert set(problems) == {
        ("detail.blank", "unit_id"),
        ("detail.no_year", "year"),
        ("detail.unknown_code", "scheme"),
        ("detail.unknown_code", "setting"),
        ("detail.refund", "cost"),
        ("detail.out_of_range", "bed_days"),
        ("detail.out_of_range", "weight"),
        ("detail.fund_over_cost", "fund_paid"),
        ("detail.parts_over_cost", "cost"),
        ("detail.repeated_record", "record_id"),
    }
    assert problems["detail.no_year", "year"]["count"] == 2
    assert problems["detail.unknown_code", "scheme"]["value"] == "职 工"
    days = problems["detail.out_of_range", "bed_days"]
    assert (days["count"], days["most"]) == (3, "1,000,000")
    assert all(f"S{number}" in days["examples"] for number in (10, 11, 12))
    assert problems["detail.repeated_record", "record_id"]["examples"] == "S1, 2"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_in_a_parquet_file_is_told(
    tmp_path: Path, engine: str, value: float
) -> None:
    skip_without(engine)
    table = invented(0, 20, 20)
    place = table.schema.get_field_index("exam_cost")
    cells = pa.array([value, *table["exam_cost"].to_pylist()[1:]])
    parquet.write_table(table.set_column(place, "exam_cost", cells), tmp_path / "r.parquet")
    with pytest.raises(BadInputError) as refusal:
        made_of(tmp_path, engine=engine)
    [problem] = refusal.value.problems
    assert problem.rule == "detail.out_of_range"
    assert problem.text("en").count("1 record ") == 1


def test_rounding_alone_breaks_no_rule(tmp_path: Path) -> None:
    parts = {"drug_cost": 0.005, "exam_cost": 0.005, "consumable_cost": 0.005}
    row = STAY | {"cost": 0.015, "fund_paid": 0, **parts}
    assert made(tmp_path, numbered(row)).records == 1


def test_the_money_unit_decides_what_is_too_much(tmp_path: Path) -> None:
    rows = numbered(STAY | {"cost": 20000, "fund_paid": 1, "drug_cost": 1, "exam_cost": 1})
    assert made(tmp_path, rows).records == 1
    problems = refused(tmp_path, rows, money_unit="万元")
    assert problems["detail.out_of_range", "cost"]["most"] == "100,000,000 元"


def test_headers_alone_are_no_records(tmp_path: Path) -> None:
    assert set(refused(tmp_path, numbered(STAY).head(0))) == {("detail.empty", "")}


def test_units_that_are_not_known(tmp_path: Path) -> None:
    units = pd.DataFrame({"unit_id": ["H1", "H2"], "parent_id": None, "alliance_id": None})
    rows = numbered(STAY, STAY | {"unit_id": "H3"}, STAY | {"department_id": "D9"})
    problems = refused(tmp_path, rows, units=units)
    assert problems["detail.unknown_unit", "unit_id"]["value"] == "H3"
    assert problems["detail.unknown_unit", "department_id"]["value"] == "D9"


def test_a_department_belongs_to_one_unit(tmp_path: Path) -> None:
    rows = numbered(STAY | {"department_id": "01"}, STAY | {"unit_id": "H2", "department_id": "01"})
    problems = refused(tmp_path, rows)
    assert problems["detail.shared_department", "department_id"]["count"] == 2
    itself = numbered(STAY | {"department_id": "H1"})
    assert ("detail.shared_department", "department_id") in refused(tmp_path, itself)


def test_a_year_before_the_policy(tmp_path: Path) -> None:
    problems = refused(tmp_path, numbered(STAY | {"year": 2021}))
    ((rule, _),) = problems
    assert rule == "policy.not_yet_in_force"


def test_files_that_are_no_records(tmp_path: Path) -> None:
    for location in (tmp_path, tmp_path / "**x", Path("nul\0"), Path("x" * 5000)):
        with pytest.raises(BadInputError, match=pattern("detail.no_records")):
            find_files(location)
    write_csv(tmp_path / "a.csv", numbered(STAY).drop(columns=["cost", "year"]))
    write_csv(tmp_path / "b.csv", numbered(STAY).assign(医疗费用=1))
    (tmp_path / "c.csv").write_bytes("单位编码\n".encode("gb18030"))
    (tmp_path / "d.parquet").write_bytes(b"no Parquet")
    (tmp_path / "e.duckdb").write_bytes(b"no database")
    with pytest.raises(BadInputError) as refusal:
        group_files(find_files(tmp_path), "spark")
    assert [(p.file, p.rule) for p in refusal.value.problems] == [
        ("a.csv", "detail.missing_column"),
        ("a.csv", "detail.missing_column"),
        ("b.csv", "detail.column_twice"),
        *[("c.csv", "detail.missing_column")] * 6,
        ("d.parquet", "tables.unreadable"),
        ("e.duckdb", "detail.not_in_engine"),
    ]
    with pytest.raises(BadInputError) as refusal:
        group_files([tmp_path / "e.duckdb"], "duckdb")
    assert refusal.value.problems[0].rule == "detail.engine_failed"


def test_a_file_that_breaks_off(tmp_path: Path) -> None:
    parquet.write_table(invented(0, 5000, 50), tmp_path / "r.parquet")
    content = (tmp_path / "r.parquet").read_bytes()
    middle = len(content) // 2
    broken = content[: middle - 4000] + bytes(8000) + content[middle + 4000 :]
    (tmp_path / "r.parquet").write_bytes(broken)
    with pytest.raises(BadInputError) as refusal:
        made_of(tmp_path)
    assert {problem.rule for problem in refusal.value.problems} == {"detail.engine_failed"}
