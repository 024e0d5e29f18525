"""A warm process makes the reports that a cold one makes, and can still be forked."""

import os
import subprocess
import sys

from fundeval.results import parquet as store

CODE = """
import os, sys
from pathlib import Path
from fundeval import report
if sys.argv[2] == "warm":
    report.warm_up(sys.argv[1], "zh")
    tasks = Path("/proc/self/task")
    print(len(list(tasks.iterdir())) if tasks.is_dir() else 1, file=sys.stderr)
parts = ("verdict", "bridge", "execution", "growth", "peers", "departments", "heat", "form")
sys.stdout.write(report.open_unit("H1", sys.argv[1]).show(*parts).markup)
"""


def made(folder, how):
    environment = {
        **os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", CODE, str(folder), how], env=environment, capture_output=True,
        check=True, text=True,
    )  # fmt: skip


def test_warmth_changes_no_byte_and_starts_no_thread(evaluation, tmp_path):
    store.write(evaluation, tmp_path)
    cold, warm = made(tmp_path, "cold"), made(tmp_path, "warm")
    assert warm.stdout == cold.stdout
    assert warm.stderr.split() == ["1"]
