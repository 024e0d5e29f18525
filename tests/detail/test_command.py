"""The command line: from records to a data set that `check` accepts."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.detail.noted_files import check_unchanged, note_files
from fundeval.problems import BadInputError
from tests.detail.make import STAY, numbered, write_csv
from tests.detail.records import UNITS, invented

DESCRIPTION = """\
title: 虚构
source: invented
money_unit: 万元
period: {first_year: 2023, last_year: 2024}
synthetic: true
licence: Apache-2.0
"""


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_what_is_written_is_a_part_of_a_data_set(tmp_path: Path) -> None:
    hospitals = [f"H{number:011d}" for number in range(UNITS)]
    wards = [f"{hospital}-{number}" for hospital in hospitals for number in (1, 2)]
    units = pd.DataFrame({"unit_id": ["R1", *hospitals, *wards]})
    units["name"] = units["unit_id"]
    units["kind"] = ["region"] + ["hospital"] * UNITS + ["department"] * len(wards)
    units["parent_id"] = [None] + ["R1"] * UNITS + [ward[:-2] for ward in wards]
    units.to_csv(tmp_path / "units.csv", index=False)
    parquet.write_table(invented(0, 5000, 500), tmp_path / "records.parquet")
    out = tmp_path / "out"
    status, said = run(
        "detail", tmp_path / "records.parquet", out,
        "--units", tmp_path / "units.csv", "--flagged", "--lang", "en",
    )  # fmt: skip
    assert status == 0, said
    assert "5000 records → services:" in said
    assert "consumable_cost" in said
    assert sorted(path.name for path in out.iterdir()) == [
        "disease_groups.csv", "measures.csv", "screening", "screening.csv", "services.csv",
        "settlements.csv",
    ]  # fmt: skip
    listed = pd.read_parquet(out / "screening" / "flagged.parquet")
    assert list(listed.columns) == ["rule", "record_id", "unit_id", "year"]
    read = (out / "screening" / "records.csv").read_text(encoding="utf-8")
    assert read.startswith("file,bytes,sha256\nrecords.parquet,")
    written = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    assert not any(str(tmp_path).encode() in content for content in written)
    # Amounts are in 元 whatever the unit of the data set that they are put into.
    (out / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
    (out / "units.csv").write_bytes((tmp_path / "units.csv").read_bytes())
    write_csv(out / "budgets.csv", pd.DataFrame([{
        "unit_id": "R1", "year": 2024, "scheme": "all", "adjusted": 1, "executed": 1,
    }]))  # fmt: skip
    status, said = run("check", out)
    assert status == 0, said
    services = pd.read_csv(out / "services.csv").groupby("unit_id")["visits"].sum()
    assert services["R1"] == 5000


def test_no_name_becomes_a_formula(tmp_path: Path) -> None:
    records = write_csv(tmp_path / "=r.csv", numbered(STAY | {"unit_id": "=1+1"}))
    status, said = run("detail", records, tmp_path / "out")
    assert status == 0, said
    for name in ("screening", "records"):
        text = (tmp_path / "out" / "screening" / f"{name}.csv").read_text(encoding="utf-8")
        assert "\n'=" in text
        assert "\n=" not in text


def test_bad_records_write_nothing(tmp_path: Path) -> None:
    records = write_csv(tmp_path / "r.csv", numbered(STAY | {"scheme": "x"}))
    status, said = run("detail", records, tmp_path / "out")
    assert status == 2
    assert "“scheme”：“x”" in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_records_that_change_while_they_are_summed_are_refused(tmp_path: Path) -> None:
    records = [tmp_path / f"{number}.csv" for number in range(3)]
    for path in records:
        write_csv(path, pd.DataFrame(numbered(STAY)))
    noted = note_files(records)
    check_unchanged(noted)
    records[0].write_bytes(records[0].read_bytes().replace(b"1000", b"1001"))
    # Other bytes at the time of the old ones, and the old bytes written anew.
    was = records[1].stat()
    records[1].write_bytes(records[1].read_bytes().replace(b"1000", b"1001"))
    os.utime(records[1], ns=(was.st_atime_ns, was.st_mtime_ns))
    records[2].write_bytes(records[2].read_bytes())
    with pytest.raises(BadInputError) as caught:
        check_unchanged(noted)
    told = [(problem.rule, problem.file) for problem in caught.value.problems]
    assert told == [("tables.changed_while_read", path.name) for path in records]
