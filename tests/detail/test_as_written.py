"""Records as systems write them: what is read, what is told of it, and what is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from fundeval.detail import (
    DetailTables,
    check_copies,
    derive_tables,
    find_files,
    group_files,
    note_files,
    passed_over,
)
from fundeval.detail.derive import DetailOptions
from fundeval.problems import BadInputError, Problem
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


def notes(derived: DetailTables) -> dict[tuple[str, str], Problem]:
    return {(note.rule, note.column): note for note in derived.notes}


def without_ids(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows).drop(columns="record_id")


@pytest.mark.parametrize("engine", ENGINES)
def test_cells_are_read_as_those_of_a_table(tmp_path: Path, engine: str) -> None:
    """1,320.50 + 1.3万 + ３２０ + 5 = 14,645.5 元; a dash for missing leaves a sum blank."""
    skip_without(engine)
    rows = numbered(*[VISIT | {"fund_paid": 1, "drug_cost": 0, "exam_cost": 0}] * 4).astype(object)
    rows["cost"] = ["1,320.50", "1.3万", " ３２０ ", "5"]
    rows["drug_cost"] = ["0", "0", "0", "—"]
    rows["year"] = ["2024", "2024年", "2024", "２０２４"]
    derived = made(tmp_path, rows, engine=engine)
    [service] = derived.services.to_dict("records")
    assert (service["visits"], service["cost"], service["year"]) == (4, 14_645.5, 2024)
    assert pd.isna(service["drug_cost"])
    told = {place: note.values["count"] for place, note in notes(derived).items()}
    assert told == {
        ("detail.converted", "cost"): 3,
        ("detail.converted", "year"): 2,
        ("detail.missing_words", "drug_cost"): 1,
        ("detail.blanks", "drug_cost"): 1,
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_ids_and_codes_lose_what_nobody_sees(tmp_path: Path, engine: str) -> None:
    skip_without(engine)
    rows = numbered(
        STAY,
        STAY | {"unit_id": "H1\u200b", "scheme": " 职工"},
        STAY | {"unit_id": "\u3000H1 ", "scheme": "城镇职工基本医疗保险"},
        STAY | {"unit_id": "Ｈ１", "department_id": "H1-1\u202e"},
    )
    derived = made(tmp_path, rows, engine=engine)
    visits = derived.services.set_index("unit_id")["visits"].to_dict()
    assert visits == {"H1": 4, "H1-1": 1}
    told = notes(derived)
    assert told["detail.spelled", "unit_id"].values["count"] == 3
    assert "H1‹U+200B›→H1" in str(told["detail.spelled", "unit_id"].values["examples"])
    assert told["detail.spelled", "scheme"].values["count"] == 2


def test_one_person_is_one_whatever_nobody_sees(tmp_path: Path) -> None:
    people = ["P1", "P1 ", "P1\u200b", "P1", "P1", "P1", "P1"]
    derived = made(tmp_path, numbered(*(STAY | {"person_id": each} for each in people)))
    assert derived.screened["frequent_stays"] == (7, 7)


def test_what_is_no_number_is_shown_as_typed_at_its_row(tmp_path: Path) -> None:
    rows = numbered(STAY, STAY, STAY, STAY).astype(object)
    rows["cost"] = ["1000", "约1000", "123①", "-5"]
    rows["drug_cost"] = rows["exam_cost"] = rows["fund_paid"] = ["0", "0", "-", "0"]
    rows = rows.rename(columns={"cost": "医疗费用"})
    with pytest.raises(BadInputError) as refused:
        made(tmp_path, rows)
    told = {(p.rule, p.row, p.column, p.value) for p in refused.value.problems}
    assert {
        ("detail.out_of_range", 3, "医疗费用", "约1000"),
        ("detail.out_of_range", 4, "fund_paid", "-"),
        ("detail.refund", 5, "医疗费用", "-5"),
    } <= told
    said = refused.value.text("zh")
    assert "inf" not in said
    assert "123①" in said


def test_a_header_states_the_unit_of_its_column(tmp_path: Path) -> None:
    rows = numbered(STAY | {"cost": 0.5, "fund_paid": 4000})
    derived = made(tmp_path, rows.rename(columns={"cost": "医疗费用（万元）"}))
    [service] = derived.services.to_dict("records")
    assert (service["cost"], service["fund_paid"]) == (5000, 4000)
    assert notes(derived)["detail.stated_unit", "医疗费用（万元）"].values["unit"] == "万元"


def test_texts_in_gbk_and_with_semicolons(tmp_path: Path) -> None:
    rows = numbered(STAY | {"scheme": "职工", "setting": "住院"})
    content = rows.to_csv(index=False, sep=";").encode("gb18030")
    (tmp_path / "r.csv").write_bytes(content)
    derived = made_of(tmp_path / "r.csv")
    assert derived.services["scheme"].tolist() == ["employee"]
    assert ("intake.encoding", "") in notes(derived)


def test_a_blank_that_takes_a_sum_with_it_is_told(tmp_path: Path) -> None:
    rows = numbered(STAY, STAY | {"cost": None, "drug_cost": None, "exam_cost": None}, VISIT)
    told = notes(made(tmp_path, rows))
    blank = told["detail.blanks", "cost"].values
    assert (blank["count"], blank["rows"]) == (1, 1)
    assert str(blank["examples"]).startswith("H1 2024 employee inpatient")
    assert ("detail.blanks", "fund_paid") not in told
    unknown = made(tmp_path, numbered(STAY, STAY | {"disease_group": None}))
    assert notes(unknown)["detail.ungrouped", "disease_group"].values["count"] == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_records_that_stand_twice(tmp_path: Path, engine: str) -> None:
    """All of them is an export appended to itself; some of them may be visits alike."""
    skip_without(engine)
    two = (STAY, VISIT | {"person_id": "P2"})
    with pytest.raises(BadInputError) as refused:
        made(tmp_path, without_ids(*two, *two), engine=engine)
    assert [problem.rule for problem in refused.value.problems] == ["detail.doubled"]
    derived = made(tmp_path, without_ids(*two, STAY), engine=engine)
    values = notes(derived)["detail.twins", ""].values
    assert (values["count"], values["stays"], values["cost"]) == (1, 1, "1,000.00")
    assert ("detail.twins", "") not in notes(made(tmp_path, without_ids(*two), engine=engine))


def test_files_with_the_same_content_are_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "sub/a - 副本.csv"):
        write_csv(tmp_path / name, numbered(STAY))
    # A month without records is one.
    for name in ("b.csv", "c.csv"):
        write_csv(tmp_path / name, numbered(STAY).head(0))
    with pytest.raises(BadInputError) as refused:
        check_copies(note_files(find_files(tmp_path)))
    told = [(p.rule, p.file, p.values["other"]) for p in refused.value.problems]
    assert told == [("detail.same_file", "a - 副本.csv", "a.csv")]


def test_files_and_columns_left_aside_are_named(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", numbered(STAY).assign(foo=1))
    write_csv(tmp_path / "b.csv", numbered(STAY).assign(record_id="T").drop(columns="bed_days"))
    for name in ("c.xlsx", "~$c.xlsx", "_d.csv", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    [left] = passed_over(tmp_path, find_files(tmp_path))
    assert left.values["names"] == "_d.csv, c.xlsx, ~$c.xlsx"
    derived = made_of(tmp_path)
    named = {(n.rule, n.file, n.values["names"]) for n in derived.notes if "names" in n.values}
    assert ("detail.unknown_columns", "a.csv", "foo") in named
    assert ("detail.lacking_columns", "b.csv", "bed_days") in named
    assert "bed_days" not in derived.absent


def test_single_floats_in_parquet_files(tmp_path: Path) -> None:
    rows = numbered(STAY).astype({"cost": "float32"})
    rows.to_parquet(tmp_path / "r.parquet")
    assert ("intake.single_float", "cost") in notes(made_of(tmp_path))
    rows["cost"] = rows["cost"] * 20_000
    rows.to_parquet(tmp_path / "r.parquet")
    with pytest.raises(BadInputError) as refused:
        made_of(tmp_path)
    assert [(p.rule, p.column) for p in refused.value.problems] == [("tables.single_float", "cost")]


def test_every_database_of_a_folder_is_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        rows = numbered(STAY | {"unit_id": name}).assign(record_id=name)
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.register("rows", rows)
            connection.execute("create table records as from rows")
    groups = group_files(find_files(tmp_path), "duckdb", "records")
    derived = derive_tables(groups, DetailOptions(NATIONAL), tmp_path)
    assert derived.services["unit_id"].tolist() == ["a", "b"]
