"""Figures and hash of an input are of the same bytes, whatever becomes of it meanwhile."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import xlsxwriter

from fundeval.problems import BadInputError
from fundeval.tables.sources.data_source import DataSource
from fundeval.tables.sources.held import HeldFile
from fundeval.tables.sources.readers import read_database_url, read_file

# Puts one file after the other in place of a third, until its input ends.
REPLACES = """
import os, shutil, sys, threading
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set())).start()
print("begun", flush=True)
place = sys.argv[1]
while not ended.is_set():
    for source in sys.argv[2:]:
        shutil.copyfile(source, place + ".new")
        os.replace(place + ".new", place)
"""


def budgets(executed: int) -> pd.DataFrame:
    row = {"unit_id": "990100", "year": 2024, "scheme": "employee", "executed": executed}
    return pd.DataFrame([row | {"initial": 900, "adjusted": 900}])


def as_workbook(frame: pd.DataFrame, path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("budgets")
        sheet.write_row(0, 0, list(frame))
        for number, row in enumerate(frame.itertuples(index=False), start=1):
            sheet.write_row(number, 0, row)


WRITE: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path, index=False),
    "xlsx": as_workbook,
}


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("suffix", WRITE)
def test_a_file_replaced_after_it_was_opened_is_read_as_it_was(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"budgets.{suffix}"
    WRITE[suffix](budgets(800), path)
    was = hashed(path)
    source = DataSource()
    (sheet,) = read_file(path, source)
    WRITE[suffix](budgets(801), path)
    assert hashed(path) != was
    assert [file.sha256 for file in source.inputs] == [was]
    for _ in range(2):
        rows = pd.concat(sheet.blocks())
        at = rows.iloc[0].tolist().index("executed")
        assert float(rows.iloc[1, at]) == 800


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_that_another_process_keeps_replacing_has_the_hash_of_its_figures(
    tmp_path: Path, suffix: str
) -> None:
    choices = {}
    for executed in (800, 801):
        path = tmp_path / f"{executed}.{suffix}"
        WRITE[suffix](budgets(executed), path)
        choices[hashed(path)] = executed
    place = tmp_path / f"budgets.{suffix}"
    place.write_bytes(path.read_bytes())
    others = [str(tmp_path / f"{executed}.{suffix}") for executed in (800, 801)]
    command = [sys.executable, "-c", REPLACES, str(place), *others]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdin
        other.stdout.readline()
        for _ in range(40):
            source = DataSource()
            for sheet in read_file(place, source):
                rows = pd.concat(sheet.blocks())
                at = rows.iloc[0].tolist().index("executed")
                assert choices[source.inputs[0].sha256] == float(rows.iloc[1, at])
        other.stdin.close()


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "budgets.csv"
    path.write_bytes(b"x" * 2**26)
    begun, ended = threading.Event(), threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not ended.is_set():
                file.write(b"x")
                begun.set()

    writer = threading.Thread(target=grow)
    writer.start()
    begun.wait()
    try:
        with pytest.raises(BadInputError) as caught:
            HeldFile(path)
    finally:
        ended.set()
        writer.join()
    assert [problem.rule for problem in caught.value.problems] == ["tables.changed_while_read"]


def test_a_view_that_gives_other_rows_each_time_is_asked_once(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "funds.duckdb")) as made:
        made.execute("create view budgets as select random() as executed from range(1000)")
    source = read_database_url(f"duckdb:///{tmp_path}/funds.duckdb")
    (sheet,), (read,) = source.sheets, source.inputs
    for _ in range(2):
        rows = b"".join(
            block.to_csv(header=False, index=False, lineterminator="\n").encode()
            for block in sheet.blocks()
        )
        assert hashlib.sha256(rows).hexdigest() == read.sha256


def test_what_is_held_has_no_name_that_another_could_open(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text("unit_id,name,kind\n990100,市,region\n", encoding="utf-8")
    before = set(tmp_path.iterdir())
    held = HeldFile(path)
    assert set(tmp_path.iterdir()) == before
    assert held.open().read() == path.read_bytes()
    path.unlink()
    assert held.open().read().startswith(b"unit_id")
