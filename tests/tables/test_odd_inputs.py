"""Inputs that nobody means: odd types, numbers beyond all, pipes, views without end, formulas."""

import decimal
import os
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fundeval import tables
from fundeval.problems import BadInputError
from fundeval.strict_yaml import read_mapping
from fundeval.tables.cells import escape_formulas
from fundeval.tables.sources import limits

ROW: dict[str, Any] = {
    "unit_id": ["990100"], "year": [2024], "scheme": ["employee"],
    "initial": [1.0], "adjusted": [1.0], "executed": [1.0],
}  # fmt: skip


def rules_of(place: Path | str) -> set[str]:
    with pytest.raises(BadInputError) as caught:
        tables.load_tables(place)
    return {problem.rule for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        (pa.array([2**63 + 5], pa.uint64()), "tables.less_than"),
        (pa.array([1e300]), "tables.less_than"),
        (pa.array([2**63 - 1]), "tables.less_than"),
        (pa.array([b"abcd"], pa.binary(4)), "tables.column_type"),
        (pa.array([b"abcd"], pa.large_binary()), "tables.column_type"),
        (pa.array([b"abcd"], pa.binary_view()), "tables.column_type"),
        (pa.array([2**31 - 1], pa.date32()), "tables.damaged"),
        (pa.array([0], pa.timestamp("ns", "No/Where")), "tables.damaged"),
        (pa.array([5], pa.duration("s")), "tables.money"),
    ],
)
def test_odd_types_of_parquet_are_refused(tmp_path: Path, column: pa.Array, rule: str) -> None:
    pq.write_table(pa.table({**ROW, "executed": column}), tmp_path / "budgets.parquet")
    assert rules_of(tmp_path / "budgets.parquet") == {rule}


@pytest.mark.parametrize(
    "column",
    [
        pa.array([3], pa.uint64()),
        pa.array([decimal.Decimal(3)], pa.decimal256(50, 2)),
        pa.array([3], pa.int8()),
        pa.array([3]).dictionary_encode(),
    ],
)
def test_numbers_of_any_type_are_read(tmp_path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({**ROW, "executed": column}), tmp_path / "budgets.parquet")
    read = tables.load_tables(tmp_path / "budgets.parquet")
    assert read["budgets"]["executed"].tolist() == [300]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFO")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    for name in ("budgets.csv", "budgets.parquet", "units.xlsx"):
        os.mkfifo(tmp_path / name)
    assert rules_of(tmp_path) == {"tables.special_file"}
    os.mkfifo(tmp_path / "run.yaml")
    with pytest.raises(BadInputError) as caught:
        read_mapping(tmp_path / "run.yaml")
    assert caught.value.problems[0].rule == "yaml.special_file"


def test_a_view_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "QUERY_SECONDS", 0.5)
    with duckdb.connect(str(tmp_path / "funds.duckdb")) as made:
        made.execute(
            "create view budgets as with recursive t(unit_id) as"
            " (select 1 union all select unit_id + 1 from t) select * from t"
        )
    assert "tables.query_too_long" in rules_of(f"duckdb:///{tmp_path}/funds.duckdb")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝"])
def test_a_text_that_a_spreadsheet_would_run_is_written_as_text_and_read_as_it_was(
    tmp_path: Path, start: str
) -> None:
    units = pd.DataFrame({"unit_id": ["990100"], "name": [f"{start}1+1"], "kind": ["region"]})
    escape_formulas(units).to_csv(tmp_path / "units.csv", index=False)
    assert f",'{start}1+1," in (tmp_path / "units.csv").read_text(encoding="utf-8")
    read = tables.load_tables(tmp_path / "units.csv")
    assert read["units"]["name"].tolist() == [f"{start}1+1".strip()]
