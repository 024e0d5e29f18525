"""Write what records made: tables for a data set, and beside them the screening."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from fundeval.detail.derive import Derived
from fundeval.tables import load_tables
from fundeval.tables.cells import escape_formula
from fundeval.tables.schemas import columns_of_role
from fundeval.tables.sources.readers import hash_file

# Kept out of the tables: the files of a folder within a data set are passed over.
BESIDE = "screening"


def write(folder: Path, derived: Derived, files: Sequence[Path]) -> None:
    """Write the tables as CSV, money in 元 as their headers say, and `screening/` beside them.

    `screening/` has the screening, the records flagged, and the name and hash of each of the
    files. The tables are read back: raises BadInputError when they would be refused.
    """
    (folder / BESIDE).mkdir(parents=True)
    tables = {
        "services": derived.services,
        "settlements": derived.settlements,
        "measures": derived.measures,
    }
    for name, frame in tables.items():
        if len(frame):
            given = frame.dropna(axis="columns", how="all")
            _write(folder / f"{name}.csv", given.rename(columns=_with_unit(name)))
    load_tables(folder)
    _write_to_look_at(folder / BESIDE / "screening.csv", derived.screening)
    if derived.flagged is not None:
        parquet.write_table(derived.flagged, folder / BESIDE / "flagged.parquet")
    read = [(path.name, path.stat().st_size, hash_file(path).sha256) for path in files]
    sources = pd.DataFrame(read, columns=["file", "bytes", "sha256"])
    _write_to_look_at(folder / BESIDE / "records.csv", sources)


def _with_unit(name: str) -> dict[str, str]:
    return {column: f"{column}(元)" for column in columns_of_role(name, "money")}


def _write(path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_to_look_at(path: Path, frame: pd.DataFrame) -> None:
    """Write a file that a spreadsheet opens without running anything in it."""
    _write(path, frame.map(lambda cell: escape_formula(cell) if isinstance(cell, str) else cell))
