"""Write the tables derived from settlement records, and the screening in a subfolder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from fundeval.detail.derive import DetailTables
from fundeval.detail.noted_files import NotedFile, check_unchanged
from fundeval.tables import load_tables
from fundeval.tables.cells import escape_formulas
from fundeval.tables.schemas import ALL_SCHEMES, columns_of, columns_of_role

# A folder of its own: subfolders of a data set are not read as tables.
SCREENING = "screening"


def write_tables(folder: Path, derived: DetailTables, files: Sequence[NotedFile]) -> None:
    """Write the tables as CSV files of a data set, and `screening/` beside them.

    Money is in 元, as the headers say. `screening/` holds the screening, the flagged records if
    they were listed, and name, size and hash of each file of records. The tables are read back.

    Parameters
    ----------
    folder
        Folder to write to.
    derived
        Tables as `derive_tables` returns them.
    files
        The files of records they were derived from, as they were before.

    Raises
    ------
    BadInputError
        If the tables would be refused as a data set, or a file of records changed meanwhile.
    """
    (folder / SCREENING).mkdir(parents=True)
    tables = {
        "services": derived.services,
        "settlements": derived.settlements,
        "disease_groups": derived.disease_groups,
        "refills": derived.refills,
        "screening": derived.screening.dropna(subset="share").assign(scheme=ALL_SCHEMES)[
            list(columns_of("screening"))
        ],
        "measures": derived.measures,
    }
    for name, frame in tables.items():
        if len(frame):
            given = frame.dropna(axis="columns", how="all")
            _write_csv(folder / f"{name}.csv", given.rename(columns=_money_headers(name)))
    load_tables(folder)
    _write_csv(folder / SCREENING / "screening.csv", derived.screening)
    if derived.flagged is not None:
        parquet.write_table(derived.flagged, folder / SCREENING / "flagged.parquet")
    check_unchanged(files)
    read = [(each.path.name, each.size, each.sha256) for each in files]
    sources = pd.DataFrame(read, columns=["file", "bytes", "sha256"])
    _write_csv(folder / SCREENING / "records.csv", sources)


def _money_headers(name: str) -> dict[str, str]:
    return {column: f"{column}(元)" for column in columns_of_role(name, "money")}


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a CSV file in which a spreadsheet program finds no formulas."""
    escape_formulas(frame).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
