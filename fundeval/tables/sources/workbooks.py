"""Read a workbook through a process of its own, see `workbook_sandbox.py`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from typing import IO, Any

import pandas as pd

from fundeval.problems import Problem
from fundeval.tables.sources import limits
from fundeval.tables.sources.data_source import DataSource, SheetMarks, SourceSheet
from fundeval.tables.sources.held import HeldFile

PROCESS = Path(__file__).with_name("workbook_sandbox.py")
CELL = re.compile(r"([A-Z]+)(\d+)")


def read_workbook(file: HeldFile, source: DataSource) -> list[SourceSheet]:
    """Return the sheets of a workbook that are not empty; problems are added to `source`.

    Macros are not run and links to other files not followed. Of a formula the value last saved
    is read, and reported if it cannot be relied on.
    """
    # The cells wait in a file that has no name and ends with the sheets.
    cells: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    if problem := _open(file, cells):
        source.problems.append(problem)
        return []
    marks: dict[str, SheetMarks] = {}
    broken: dict[str, list[Problem]] = {}
    starts = list(_index(file.name, cells, source, marks, broken))
    return [
        # Sheet1 names no table, but the file it stands alone in may.
        SourceSheet(
            file.name,
            name,
            (name, file.stem)[: 1 + (len(starts) == 1)],
            blocks,
            marks=marks.get(name, SheetMarks()),
            broken=tuple(broken.get(name, ())),
        )
        for name, start in starts
        if next((blocks := partial(_blocks, cells, start))(), None) is not None
    ]


def _open(file: HeldFile, cells: IO[bytes]) -> Problem | None:
    """Write what a workbook holds into `cells`; return why it cannot be read, if so."""
    command = [
        sys.executable, "-I", str(PROCESS),
        str(limits.WORKBOOK_MEMORY), str(limits.WORKBOOK_SECONDS),
        str(limits.WORKBOOK_OUTPUT), str(limits.COLUMNS),
    ]  # fmt: skip
    file.bytes.seek(0)
    try:
        ended = subprocess.run(
            command,
            stdin=file.bytes,
            stdout=cells,
            stderr=subprocess.PIPE,
            timeout=limits.WORKBOOK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Problem("tables.workbook_too_large", file.name)
    if ended.returncode == 0:
        return None
    errors = ended.stderr.decode(errors="replace").strip().splitlines() or [""]
    if ended.returncode < 0 or re.search("memory|MemoryError|File too large", errors[-1]):
        return Problem("tables.workbook_too_large", file.name)
    if "PasswordError" in errors[-1]:
        return Problem("tables.password", file.name)
    # What the library says of it is English, and of no use to who holds the file.
    return Problem("tables.damaged", file.name, {"suffix": file.suffix})


def _index(
    file: str,
    cells: IO[bytes],
    source: DataSource,
    marks: dict[str, SheetMarks],
    broken: dict[str, list[Problem]],
) -> Iterator[tuple[str, int]]:
    """Yield the name of each sheet and where its rows begin; note doubtful cells.

    What the sheets say of their cells besides is put into `marks`, the cells whose formula gives
    nothing that could be read into `broken`.
    """
    cells.seek(0)
    name = ""
    while line := cells.readline():
        if line.startswith(b"["):
            continue
        entry = json.loads(line)
        if "sheet" in entry:
            name = entry["sheet"]
            yield name, cells.tell()
        elif "marks" in entry:
            marks[name] = _marks(entry["marks"])
        elif "formulas" in entry:
            suffix = Path(file).suffix.lower()
            source.notes.append(Problem("intake.old_workbook", file, {"suffix": suffix}))
        elif entry["rule"] == "no_cells":
            source.notes.append(Problem("intake.sheet_without_cells", file, {}, name))
        elif not entry["cell"]:
            values = {"most": limits.COLUMNS}
            source.problems.append(Problem(f"tables.{entry['rule']}", file, values, name))
        elif place := CELL.fullmatch(entry["cell"]):
            letter, row = place.groups()
            rule, value = f"tables.{entry['rule']}", entry["value"]
            problem = Problem(rule, file, {}, name, int(row), "", value, letter)
            elsewhere = rule == "tables.formula_elsewhere"
            (source.notes if elsewhere else broken.setdefault(name, [])).append(problem)


def _marks(found: dict[str, Any]) -> SheetMarks:
    def ranges(rows: list[list[int]]) -> tuple[tuple[int, int], ...]:
        return tuple((first, last) for first, last in rows)

    return SheetMarks(
        merged=tuple((r1, c1, r2, c2) for r1, c1, r2, c2 in found.get("merged", ())),
        percent={int(at): ranges(rows) for at, rows in found.get("percent", {}).items()},
        scaled={int(at): ranges(rows) for at, rows in found.get("scaled", {}).items()},
        hidden_rows=ranges(found.get("hidden_rows", [])),
        hidden_columns=ranges(found.get("hidden_columns", [])),
        hidden=found.get("hidden", False),
    )


def _blocks(cells: IO[bytes], start: int) -> Iterator[pd.DataFrame]:
    position, full = start, True
    while full:
        cells.seek(position)
        lines = takewhile(lambda line: line.startswith(b"["), iter(cells.readline, b""))
        rows = [json.loads(line) for line in islice(lines, limits.BLOCK_ROWS)]
        position, full = cells.tell(), len(rows) == limits.BLOCK_ROWS
        if rows:
            numbers, content = zip(*rows, strict=True)
            yield pd.DataFrame(list(content), index=list(numbers), dtype=object)
