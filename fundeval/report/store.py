"""An evaluation on disk: a Parquet file a frame and `evaluation.json`, always the same bytes."""

from __future__ import annotations

import difflib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.evaluation import FRAMES, Evaluation
from fundeval.problems import BadInputError, Problem
from fundeval.report.below import STATES, Below, look_below

ABOUT = "evaluation.json"
TABLES = "tables"
# Not frames: what units must know of all below them, which the slice of one cannot hold.
BELOW = "below"
# Small, so that the few rows of one unit cost one small group, not the whole file.
ROWS_A_GROUP = 4096

_INTEGERS = {"year", "month", "count", "row", *STATES}
_DATES = {"valid_from", "valid_to"}
# What is neither of these nor text is a number.
_TEXTS = {
    "above", "alliance_id", "below_id", "care_level", "derivation", "detail", "domain", "file",
    "finding", "flags", "grade", "indicator", "item", "kind", "level", "measure", "name",
    "note", "parameter", "parent_id", "part", "reason", "scenario", "scheme", "setting",
    "severity", "state", "status", "step", "subject", "successor_id", "unit_id",
}  # fmt: skip


def write(evaluation: Evaluation, folder: str | Path) -> None:
    """Write the frames and `about` to `folder`; equal evaluations give equal bytes."""
    folder = Path(folder)
    files = evaluation.frames()
    files |= {f"{TABLES}/{name}": table for name, table in evaluation.tables.items()}
    files |= {f"{BELOW}/{name}": frame for name, frame in vars(look_below(evaluation)).items()}
    for name in (TABLES, BELOW):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, frame in files.items():
        part = folder / f"{name}.parquet.part"
        pq.write_table(_table(frame), part, compression="zstd", row_group_size=ROWS_A_GROUP)
        part.replace(folder / f"{name}.parquet")
    part = folder / f"{ABOUT}.part"
    text = json.dumps(evaluation.about, ensure_ascii=False, sort_keys=True, indent=1)
    part.write_text(text + "\n", encoding="utf-8", newline="\n")
    part.replace(folder / ABOUT)


def read(folder: str | Path, unit_id: str | None = None) -> Evaluation:
    """Read a written evaluation: the whole, or what the report of one unit needs.

    The slice holds the unit and its direct children in every frame, its ancestors in `units`
    and the peers of its kind and level. Raises BadInputError when the folder holds no
    evaluation or has no such unit.
    """
    folder = Path(folder)
    if not (folder / ABOUT).is_file():
        raise BadInputError([Problem("report.no_evaluation", str(folder))])
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    if unit_id is None:
        frames = {name: _read(folder, name) for name in FRAMES}
        return Evaluation(**frames, tables=_read_tables(folder), about=about)
    units = _relatives(folder, unit_id)
    wanted = [("unit_id", "in", _own_ids(units, unit_id))]
    frames = {
        name: _read(folder, name, wanted) for name in FRAMES if name not in ("units", "peers")
    }
    peers = _peers_of(_read(folder, "peers"), units, unit_id)
    tables = _read_tables(folder, [("unit_id", "=", unit_id)])
    return Evaluation(units=units, peers=peers, tables=tables, about=about, **frames)


def read_below(folder: str | Path, units: pd.DataFrame) -> Below:
    """Read what the given units must know of those below them."""
    wanted = [("unit_id", "in", list(units["unit_id"]))]
    return Below(*(_read(Path(folder) / BELOW, field.name, wanted) for field in fields(Below)))


def children_of(units: pd.DataFrame, unit_id: str) -> pd.DataFrame:
    """Return the rows of the units one level down: parts of the unit, or members of an alliance."""
    return units[(units["parent_id"] == unit_id) | (units["alliance_id"] == unit_id)]


def _table(frame: pd.DataFrame) -> pa.Table:
    """Return the frame with fixed types and order, without what pandas adds of its own."""
    schema = pa.schema([(column, _type(column)) for column in frame.columns])
    frame = frame.astype({column: "str" for column in frame.columns if column in _TEXTS})
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    table = table.replace_schema_metadata(None)
    return table.sort_by([(column, "ascending") for column in frame.columns])


def _type(column: str) -> pa.DataType:
    if column in _INTEGERS:
        return pa.int64()
    if column in _DATES:
        return pa.timestamp("ms")
    return pa.string() if column in _TEXTS else pa.float64()


def _read(folder: Path, name: str, filters: Any = None) -> pd.DataFrame:
    file = folder / f"{name}.parquet"
    frame: pd.DataFrame = pq.read_table(file, filters=filters, use_threads=False).to_pandas()
    return frame


def _read_tables(folder: Path, filters: Any = None) -> dict[str, pd.DataFrame]:
    files = sorted((folder / TABLES).glob("*.parquet"))
    return {file.stem: _read(folder / TABLES, file.stem, filters) for file in files}


def _relatives(folder: Path, unit_id: str) -> pd.DataFrame:
    """Return the rows of the unit, its direct children and its ancestors."""
    below = [[("parent_id", "=", unit_id)], [("alliance_id", "=", unit_id)]]
    found = [_read(folder, "units", below)]
    above: Any = unit_id
    while isinstance(above, str):
        rows = _read(folder, "units", [("unit_id", "=", above)])
        found.append(rows)
        above = None if rows.empty else rows["parent_id"].iloc[0]
    if found[1].empty:
        raise BadInputError([_unknown(folder, unit_id)])
    units = pd.concat([frame for frame in found if not frame.empty])
    return units.sort_values("unit_id", ignore_index=True)


def _unknown(folder: Path, unit_id: str) -> Problem:
    """Say that there is no such unit, with the ids nearest to it."""
    known = sorted(_read(folder, "units")["unit_id"])
    near = difflib.get_close_matches(unit_id, known, n=5, cutoff=0.5) or known[:5]
    return Problem(
        "report.unknown_unit", ABOUT, {"near": ", ".join(near)}, column="unit_id", value=unit_id
    )


def _own_ids(units: pd.DataFrame, unit_id: str) -> list[str]:
    """Return the ids of the slice; findings on the run as a whole have an empty one."""
    return ["", unit_id, *children_of(units, unit_id)["unit_id"]]


def _peers_of(peers: pd.DataFrame, units: pd.DataFrame, unit_id: str) -> pd.DataFrame:
    unit = units[units["unit_id"] == unit_id].iloc[0]
    level = "" if pd.isna(unit["level"]) else unit["level"]
    same = (peers["kind"] == unit["kind"]) & (peers["level"].fillna("") == level)
    own: pd.DataFrame = peers[same].reset_index(drop=True)
    return own
