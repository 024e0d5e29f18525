"""A small data set, written as its reader would keep it, and ways to run the command line."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# The second hospital has an id that would leave the folder, and a name with markup.
UNITS = """unit_id,name,kind,parent_id,level
990100,示范市,region,,
H1,市第一医院,hospital,990100,tertiary
../H2,<b>市第二医院</b>,hospital,990100,secondary
H1-D1,内科,department,H1,
"""
BUDGETS = "unit_id,year,scheme,initial,adjusted,executed\n" + "".join(
    f"{unit},{year},employee,{budget},{budget},{budget * rate:.2f}\n"
    for unit, budget, rate in [
        ("990100", 9000, 0.97),
        ("H1", 5000, 0.95),
        ("../H2", 3000, 1.02),
        ("H1-D1", 800, 0.85),
    ]
    for year in (2022, 2023, 2024)
)
DESCRIPTION = """title: {zh: 测试数据, en: Test data}
source: invented for a test
money_unit: 万元
period: {first_year: 2022, last_year: 2024}
synthetic: true
licence: Apache-2.0
"""
RUN_FILE = "name: small\ndataset: data\nyear: 2024\n"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True)
class Place:
    """A folder with a data set and a run file, in which commands are run."""

    folder: Path
    command: tuple[str, ...] = (sys.executable, "-c", "from fundeval.cli import app; app()")
    settings: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Ended:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **self.settings}
        ended = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)


def create_workspace(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "units.csv").write_text(UNITS, encoding="utf-8")
    (folder / "data" / "budgets.csv").write_text(BUDGETS, encoding="utf-8")
    (folder / "data" / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
    (folder / "run.yaml").write_text(RUN_FILE, encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
