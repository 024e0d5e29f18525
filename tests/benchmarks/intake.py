"""Read a table of many rows from each kind of file and print time and memory; run by hand.

    .venv/bin/python tests/benchmarks/intake.py [THOUSANDS OF UNITS]

Each unit has 30 rows of services; a workbook holds a million of them at most. Every file is
read in a process of its own, and so is a tenth of it: what memory grows by for a row is what
the typed table takes, a few times over while it is sorted, whatever the form of the file. A
workbook is opened by yet another process, whose memory does grow with it.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import xlsxwriter

from fundeval.tables import load

KINDS = ("csv", "parquet", "duckdb", "xlsx")
DESCRIPTION = """\
title: benchmark
source: invented
money_unit: 万元
period: {first_year: 2020, last_year: 2024}
synthetic: true
licence: Apache-2.0
"""


def write(folder: Path, units: int, kind: str) -> None:
    """Write units, budgets and 30 rows of services a unit, as files of a kind or a database."""
    ids = pd.Series([f"H{number:011d}" for number in range(units)])
    rows = pd.MultiIndex.from_product(
        [ids, range(2020, 2025), ["employee", "resident"], ["tertiary", "secondary", "other"]],
        names=["unit_id", "year", "scheme", "care_level"],
    ).to_frame(index=False)
    figures = np.random.default_rng(1).gamma(2, 500, (len(rows), 4)).round(2)
    for name, column in zip(("visits", "cost", "fund_paid", "drug_cost"), figures.T, strict=True):
        rows[name] = column
    tables = {
        "units": pd.DataFrame({"unit_id": ids, "name": ids, "kind": "hospital"}),
        "budgets": pd.DataFrame({"unit_id": ids, "year": 2024, "scheme": "all", "executed": 1.5}),
        "services": rows.assign(setting="outpatient"),
    }
    folder.mkdir()
    if kind == "duckdb":
        said = f"{DESCRIPTION}connection: duckdb:///data.duckdb\n"
        (folder / "data.yaml").write_text(said, encoding="utf-8")
        with duckdb.connect(folder / "data.duckdb") as connection:
            for name, table in tables.items():
                connection.register("given", table)
                connection.execute(f"create table {name} as from given")
        return
    (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
    for name, table in tables.items():
        if kind == "csv":
            table.to_csv(folder / f"{name}.csv", index=False)
        elif kind == "parquet":
            table.to_parquet(folder / f"{name}.parquet", index=False)
        else:
            write_workbook(folder / f"{name}.xlsx", table.head(1_000_000))


def write_workbook(path: Path, table: pd.DataFrame) -> None:
    """Write a table row by row, so that it never stands in memory as cells."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, list(table.columns))
        for number, row in enumerate(table.itertuples(index=False), start=1):
            sheet.write_row(number, 0, row)


def measure(folder: str) -> None:
    """Load a folder; print its rows, CPU seconds, peak memory and the size of the table."""
    started = time.process_time()
    described = Path(folder) / "data.yaml"
    services = load(described if described.exists() else folder).services
    seconds = time.process_time() - started
    peak, opening = (
        resource.getrusage(whose).ru_maxrss / 1024
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    size = services.memory_usage(deep=True).sum() / 2**20
    print(
        f"{len(services)} rows: {seconds:.1f} s, peak {peak:.0f} MB, "
        f"that of opening a workbook {opening:.0f} MB, table {size:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(sys.argv[2])
        sys.exit()
    thousands = int(sys.argv[1]) if len(sys.argv) > 1 else 67
    with tempfile.TemporaryDirectory() as scratch:
        for kind in KINDS:
            for units in (thousands * 100, thousands * 1000):
                data = Path(scratch) / f"{kind}{units}"
                write(data, units, kind)
                print(kind, end=" ", flush=True)
                subprocess.run([sys.executable, __file__, "measure", str(data)], check=True)
