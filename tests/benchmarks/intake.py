"""Read a table of many rows from CSV and Parquet and print time and memory; run by hand.

    .venv/bin/python tests/benchmarks/intake.py [THOUSANDS OF UNITS]

Each unit has 30 rows of services. Every file is read in a process of its own, and so is a
tenth of it: what memory grows by for a row is what the typed table takes, a few times over
while it is sorted, whatever the form of the file.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from fundeval.tables import load

DESCRIPTION = """\
title: benchmark
source: invented
money_unit: 万元
period: {first_year: 2020, last_year: 2024}
synthetic: true
licence: Apache-2.0
"""


def write(folder: Path, units: int, kind: str) -> None:
    """Write units, budgets and 30 rows of services a unit, as CSV or Parquet."""
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
    (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
    for name, table in tables.items():
        if kind == "csv":
            table.to_csv(folder / f"{name}.csv", index=False)
        else:
            table.to_parquet(folder / f"{name}.parquet", index=False)


def measure(folder: str) -> None:
    """Load a folder; print its rows, CPU seconds, peak memory and the size of the table."""
    started = time.process_time()
    services = load(folder).services
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = services.memory_usage(deep=True).sum() / 2**20
    print(f"{len(services)} rows: {seconds:.1f} s, peak {peak:.0f} MB, table {size:.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(sys.argv[2])
        sys.exit()
    thousands = int(sys.argv[1]) if len(sys.argv) > 1 else 67
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("csv", "parquet"):
            for units in (thousands * 100, thousands * 1000):
                data = Path(scratch) / f"{kind}{units}"
                write(data, units, kind)
                print(kind, end=" ", flush=True)
                subprocess.run([sys.executable, __file__, "measure", str(data)], check=True)
