"""Damaged ledgers and evaluations are told by file and remedy, and nothing else is."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fundeval.batch import ledger as ledgers
from fundeval.batch.ledger import LEDGER, Ledger
from fundeval.problems import BadInputError
from fundeval.results import parquet

REPORT = (
    "insert into reports values"
    " ('H1', 'H1', '{}', '', '{}', 1, 1, 1, '2024-01-01T00:00:01+00:00', 1);"
)
RUN = "insert into runs values (1, '2024-01-01T00:00:00+00:00', '', 'h', 1, 'u', 'd', 'p', 1);"


def read_all(folder: Path) -> None:
    with ledgers.open_ledger(folder) as ledger:
        ledger.records()
        ledger.evaluation()
        last = ledger.last_run()
        assert last is not None
        ledger.progress(last)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(BadInputError) as caught:
        call()
    return caught.value.problems[0].rule


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ledger = Ledger(tmp_path)
    ledger.database.executescript(REPORT + RUN)
    ledger.close()
    read_all(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "damage",
    [
        "update reports set files = 'no json'",
        "update reports set files = '[1]'",
        "update reports set files = '{\"a\": 1}'",
        "update reports set inputs = null",
        "update reports set seconds = 'x'",
        "update runs set started = 'x'",
        "update runs set planned = null",
        "drop table reports; create table reports (a)",
        "drop table runs; create table runs (a, b)",
        "insert into evaluation values ('k', '{}', '[]')",
        "insert into evaluation values ('k', 3, '{}')",
    ],
)
def test_a_ledger_that_holds_what_no_run_writes_is_told(folder: Path, damage: str) -> None:
    with sqlite3.connect(folder / LEDGER) as database:
        database.executescript(damage)
    database.close()
    assert refused(lambda: read_all(folder)) == "run.ledger_unusable"


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_a_ledger_that_is_cut_off_is_told(folder: Path, kept: int) -> None:
    content = (folder / LEDGER).read_bytes()
    (folder / LEDGER).write_bytes(content[:kept] + b"garbage" * 20)
    assert refused(lambda: read_all(folder)) == "run.ledger_unusable"


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "[" * 100_000])
def test_a_damaged_description_of_an_evaluation_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / parquet.ABOUT).write_text(text, encoding="utf-8")
    assert refused(lambda: parquet.read_about(tmp_path)).startswith("report.")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"garbage" * 100])
def test_a_damaged_frame_of_an_evaluation_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / parquet.ABOUT).write_text(json.dumps({"layout": "x"}), encoding="utf-8")
    (tmp_path / "units.parquet").write_bytes(content)
    assert refused(lambda: parquet.read_units(tmp_path)) == "report.damaged_evaluation"
