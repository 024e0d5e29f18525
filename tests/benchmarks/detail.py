"""Make tables of settlement records in several ways and print time and memory; run by hand.

    .venv/bin/python tests/benchmarks/detail.py [MILLIONS] [--at FOLDER] [--pairs N]

Writes so many million invented records (100 by default, about 4 GB) as Parquet files of a
million rows, then works them up in processes of their own: fundeval on DuckDB and DuckDB's SQL
written by hand, in turn. The SQL makes the same services, settlements and screening and checks
the same rules.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

import duckdb
from pyarrow import parquet

from fundeval.detail import DetailOptions, derive_tables, find_files, group_files
from fundeval.policy import load

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "detail"))
from records import invented  # noqa: E402

MILLION = 10**6
MEMORY = "4GB"
PEOPLE = 40 * MILLION
SQL = (Path(__file__).parent / "detail.sql").read_text(encoding="utf-8")


def generate(folder: Path, number: int) -> None:
    """Write the n-th million of records."""
    rows = invented(number * MILLION, MILLION, PEOPLE)
    parquet.write_table(rows, folder / f"{number:04d}.parquet")


def by_fundeval(folder: Path, scratch: Path) -> None:
    """Make the tables with the package."""
    options = DetailOptions(load(ROOT / "params/policy/national.yaml"), memory=MEMORY)
    made = derive_tables(group_files(find_files(folder), options.engine), options, scratch)
    _show(len(made.services), made.services["cost"].sum(), made.screened)


def by_hand(folder: Path, scratch: Path) -> None:
    """Make them by SQL."""
    config = {"memory_limit": MEMORY, "temp_directory": str(scratch)}
    config["preserve_insertion_order"] = "false"
    with duckdb.connect(config=config) as connection:
        for statement in SQL.replace("FILES", f"{folder}/*.parquet").split(";\n"):
            connection.execute(statement)
        assert connection.sql("SELECT sum(wrong) FROM totals").fetchall() == [(0,)]
        assert connection.sql("FROM repeated").fetchall() == []
        services = connection.sql("FROM services").df()
        connection.sql("FROM settlements").df()
        screened = connection.sql(
            "SELECT rule, sum(eligible)::BIGINT, sum(flagged)::BIGINT FROM screening "
            "WHERE whole GROUP BY ALL"
        ).fetchall()
    _show(len(services), services["cost"].sum(), {name: rest for name, *rest in screened})


def _show(rows: int, cost: float, screened: dict[str, object]) -> None:
    flagged = "; ".join(f"{name} {tuple(counts)}" for name, counts in sorted(screened.items()))
    print(f"    {rows} rows, {cost:.2f}; {flagged}")


WAYS = {"fundeval": by_fundeval, "sql": by_hand}


def measure(way: str, folder: Path) -> tuple[float, float, float]:
    """Return seconds, CPU seconds and peak MB of a process that does it one way."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "--way", way, "--at", str(folder)])
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    assert status == 0, way
    cpu = used.ru_utime + used.ru_stime
    print(f"{way:8} {seconds:7.1f} s {cpu:7.1f} CPU s {used.ru_maxrss / 1024:7.0f} MB", flush=True)
    return seconds, cpu, used.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("millions", type=int, nargs="?", default=100)
    parser.add_argument("--at", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--way", choices=WAYS)
    options = parser.parse_args()
    if options.way:
        with tempfile.TemporaryDirectory(dir=options.at.parent) as scratch:
            WAYS[options.way](options.at, Path(scratch))
        return
    folder = Path(tempfile.mkdtemp(dir=options.at)) / "records"
    folder.mkdir()
    try:
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(generate, [folder] * options.millions, range(options.millions)))
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**30
        print(f"{options.millions} million records, {size:.1f} GB")
        pairs = [[measure(way, folder) for way in WAYS] for _ in range(options.pairs)]
        ours, hand = (list(zip(*side, strict=True)) for side in zip(*pairs, strict=True))
        for what, one, other in zip(("seconds", "CPU s", "peak MB"), ours, hand, strict=True):
            print(f"{what}: fundeval / SQL = {median(one) / median(other):.2f}")
    finally:
        shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
