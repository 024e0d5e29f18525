"""A small data set, written as its reader would keep it, and ways to call the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
from typer.testing import CliRunner

from fundeval.cli import app

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
# The command line in a process of its own.
ALONE = (sys.executable, "-c", "from fundeval.cli import app; app()")
# Cells of reports that cost nothing: what is tested is what lies around them.
LIGHT = (
    """evaluation = None
unit_id = ""
lang = "zh"
""",
    "import os, pathlib; print(unit_id)",
)
RUN_FILE = "name: small\ndataset: data\nyear: 2024\n"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True)
class Place:
    """A folder with a data set and a run file, in which commands are called.

    They are called in this process, which spares some seconds each; in a process of its own where
    a command that starts Python or settings of the environment are given.
    """

    folder: Path
    command: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def apart(self, **settings: str) -> Place:
        """Return the place with each command in a process of its own."""
        return replace(self, command=ALONE, settings=settings)

    def run(self, *arguments: str) -> Ended:
        """Call a command; one process makes its reports unless `--jobs` says otherwise."""
        if arguments[:1] == ("run",) and "--jobs" not in arguments:
            arguments = (*arguments, "--jobs", "1")
        if self.command or self.settings:
            return self._start(arguments)
        with chdir(self.folder):
            ended = CliRunner().invoke(app, arguments, catch_exceptions=False)
        return Ended(ended.exit_code, ended.stdout, ended.stderr)

    def _start(self, arguments: tuple[str, ...]) -> Ended:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **self.settings}
        ended = subprocess.run(
            [*(self.command or ALONE), *arguments],
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


def write_light_notebooks(folder: Path, *more: str) -> None:
    """Give a workspace notebooks that only print the unit, and do what more cells say."""
    (folder / "notebooks").mkdir(exist_ok=True)
    for name in ("overview", "region", "hospital"):
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in (*LIGHT, *more)]
        notebook.cells[0].metadata["tags"] = ["parameters"]
        for number, cell in enumerate(notebook.cells):
            cell.id = f"cell{number}"
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
