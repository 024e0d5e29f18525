"""An evaluation on disk: a Parquet file a frame and `evaluation.json`, always the same bytes."""

from __future__ import annotations

import difflib
import hashlib
import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundeval.problems import BadInputError, Problem
from fundeval.results.below_unit import (
    BELOW_COLUMNS,
    BELOW_ROWS,
    children_of,
    list_below,
)
from fundeval.results.descendants import (
    COUNTS,
    PLACED,
    DescendantSummary,
    of_whole_run,
    summarize_descendants,
)
from fundeval.results.frames import FRAMES, STATES, Evaluation, columns_of_frame
from fundeval.tables.schemas import TABLES as TABLE_MODELS
from fundeval.tables.schemas import columns_of

ABOUT = "evaluation.json"
# Known from the columns of the frames: what has others was written by another version.
LAYOUT = sha256(repr(FRAMES).encode()).hexdigest()[:16]
TABLES = "tables"
# Not frames: what units must know of all below them, which the slice of one cannot hold.
BELOW = "below"
LINKS = ["unit_id", "parent_id", "alliance_id", "kind"]
# Small, so that the few rows of one unit cost one small group, not the whole file.
ROWS_A_GROUP = 4096
# How much a process may hold in memory, at some 10 bytes a cell: all of a city, not a province.
MAX_HELD_CELLS = 6_000_000
# Whole files that this process holds, by what tells a file from the one that replaces it.
_held: dict[tuple[int, ...], pa.Table] = {}

# What a slice holds of the unit alone; what an overview holds of every unit; and which rows of
# other units a report sets beside those of its own.
OWN_ONLY = {
    "cost_changes",
    "domains",
    "projections",
    "below/restricted",
    "below/conflicts",
    "below/checks",
}
OF_ROOTS = {"below/restricted", "below/conflicts", "below/checks"}
OF_ALL = {"grades", "card_grades", "indicators", "budget", "below/states"}
BESIDE: dict[str, dict[str, list[Any]]] = {
    "indicators": {
        "indicator": ["execution_rate", "exam_share", "inpatient_cost"], "scheme": ["all"],
    },
    "budget": {"step": ["base", "envelope", "withheld", "award", "next_budget"]},
}  # fmt: skip
ALLOCATIONS = "allocations"
# What a unit is settled with: frames also of those beside it.
WITH_GROUP = ("units", "budget", ALLOCATIONS, "project_reviews", "project_parts")
# Files that are not sorted by unit: a report reads the rows of whole groups of siblings.
SORTED_BY = {ALLOCATIONS: ("parent_id", "unit_id")}

# What is stored of a role that is no number; a column of a name has one role wherever it stands.
_STORED = {
    **dict.fromkeys(("id", "text", "name", "code", "flags", "reason"), pa.string()),
    **dict.fromkeys(("year", "month", "count"), pa.int64()),
    **dict.fromkeys(("date", "datetime"), pa.timestamp("us")),
    "flag": pa.bool_(),
}
_ROLES: dict[str, str] = {
    name: column.role for table in TABLE_MODELS for name, column in columns_of(table).items()
} | {name: column.role for frame in FRAMES for name, column in columns_of_frame(frame).items()}
_TYPES = {name: _STORED.get(role, pa.float64()) for name, role in _ROLES.items()}
# Of the rows of tables their place, of those below a unit what they are repeated with.
_TYPES |= dict.fromkeys(("file", *PLACED), pa.string())
_TYPES |= dict.fromkeys(("row", *STATES, *COUNTS), pa.int64())


def write(evaluation: Evaluation, folder: str | Path) -> None:
    """Write an evaluation to a folder; equal evaluations give equal bytes.

    Parameters
    ----------
    evaluation
        The evaluation.
    folder
        Where to write the Parquet files and `evaluation.json`; created if needed.
    """
    folder = Path(folder)
    files = evaluation.frames()
    files |= {f"{TABLES}/{name}": table for name, table in evaluation.tables.items()}
    files |= {
        f"{BELOW}/{name}": frame for name, frame in vars(summarize_descendants(evaluation)).items()
    }
    for name in (TABLES, BELOW):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, frame in files.items():
        part = folder / f"{name}.parquet.part"
        table = _table(frame, SORTED_BY.get(name, ()))
        # A report reads a few rows of every file: lz4 gives them back sooner than smaller codecs.
        pq.write_table(table, part, compression="lz4", row_group_size=ROWS_A_GROUP)
        part.replace(folder / f"{name}.parquet")
    part = folder / f"{ABOUT}.part"
    about = evaluation.about | {"layout": LAYOUT}
    # In the order of the policy: what is read back is told in the same order.
    text = json.dumps(about, ensure_ascii=False, indent=1)
    part.write_text(text + "\n", encoding="utf-8", newline="\n")
    part.replace(folder / ABOUT)


def read(folder: str | Path) -> Evaluation:
    """Read a whole written evaluation.

    Raises
    ------
    BadInputError
        If the folder holds no evaluation.
    """
    folder, about = Path(folder), _about(Path(folder))
    frames = {name: _read(folder / f"{name}.parquet") for name in FRAMES}
    tables = {file.stem: _read(file) for file in sorted((folder / TABLES).glob("*.parquet"))}
    return Evaluation.of(frames, tables, about)


def read_units(folder: str | Path) -> pd.DataFrame:
    """Read the frame `units` of a written evaluation."""
    return _read(Path(folder) / "units.parquet")


def read_about(folder: str | Path) -> dict[str, Any]:
    """Return what a written evaluation was made from, without reading its frames.

    Raises BadInputError when the folder holds no evaluation.
    """
    return _about(Path(folder))


def read_frame(folder: str | Path, name: str) -> pd.DataFrame:
    """Read one frame of a written evaluation, or the table `tables/NAME` of its data set."""
    return _read(Path(folder) / f"{name}.parquet")


def identities(folder: str | Path) -> dict[str, tuple[int, ...]]:
    """Return what tells the files of a written evaluation from those that replace them."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {path.name: _identity(path) for path in files}


def list_tables(folder: str | Path) -> list[str]:
    """Return the names of the tables of a written evaluation."""
    return sorted(file.stem for file in (Path(folder) / TABLES).glob("*.parquet"))


def read_slice(
    folder: str | Path, unit_id: str, everything: bool = False
) -> tuple[Evaluation, DescendantSummary]:
    """Read what the report of one unit needs; its cost is that of the unit and its children.

    The slice holds all rows of the unit, those of its children (`everything`: of all units) that
    a report sets beside each other, the ancestors in `units`, and the summary of all peers. Of
    its siblings it holds names and `allocations`: results are compared among them.
    Raises BadInputError when the folder holds no evaluation or has no such unit.
    """
    folder, about = Path(folder), _about(Path(folder))
    links = _read_table(folder / "units.parquet", columns=LINKS)
    above = _ancestors(links, unit_id)
    if not above:
        raise BadInputError([_unknown(links["unit_id"].to_pylist(), unit_id)])
    under = pc.or_kleene(
        pc.equal(links["parent_id"], unit_id), pc.equal(links["alliance_id"], unit_id)
    )
    # Findings on the run as a whole have an empty unit.
    own = ["", unit_id]
    near = [*own, *links.filter(under)["unit_id"].to_pylist()]
    beside = BESIDE | {"indicators": BESIDE["indicators"] | {"year": [about["year"]]}}

    roots = [root for root, kind in _roots(links) if kind != "alliance"]
    allocations = _read_allocations(folder, links, above, near)
    compared = allocations["unit_id"].unique().tolist()

    def part(name: str) -> pd.DataFrame:
        file = folder / f"{name}.parquet"
        if name == "peers":
            return _read(file)
        if name == ALLOCATIONS:
            return allocations
        if name == "units":
            return _read(file, None if everything else [*near, *above, *compared])
        ids = None if everything and name in OF_ALL else own if name in OWN_ONLY else near
        if everything and name in OF_ROOTS:
            ids = roots
        return _read(file, ids, beside.get(name, {}), own)

    frames = {name: part(name) for name in FRAMES}
    tables = {
        # CPI and GDP growth may be those of a region above.
        file.stem: _read(file, [*own, *above] if file.stem == "context" else own)
        for file in sorted((folder / TABLES).glob("*.parquet"))
    }
    if not everything:
        units = frames["units"]
        held = units[units["unit_id"].isin([*near, *above])]
        about |= {"slice": unit_id, "inputs": _own_inputs(about["inputs"], held, tables)}
    below = DescendantSummary(
        *(part(f"{BELOW}/{field.name}") for field in fields(DescendantSummary))
    )
    if everything:
        below = of_whole_run(below, unit_id, roots)
    return Evaluation.of(frames, tables, about), below


def read_below(folder: str | Path, unit_id: str | None) -> dict[str, pd.DataFrame]:
    """Read what figures over many units show: of a unit and all below it at any level.

    Parameters
    ----------
    folder
        The written evaluation.
    unit_id
        The unit; None for all units.

    Returns
    -------
    dict
        The columns `BELOW_COLUMNS` of some frames, by name of the frame.
    """
    folder = Path(folder)
    ids = None
    if unit_id is not None:
        links = _read_table(folder / "units.parquet", columns=LINKS)
        children = children_of(links["unit_id"].to_pylist(), links["parent_id"].to_pylist())
        ids = list_below(children, unit_id)
    found = {}
    for name, columns in BELOW_COLUMNS.items():
        table = _read_table(folder / f"{name}.parquet", ids, columns)
        kept = [pc.is_in(table[c], pa.array(v)) for c, v in BELOW_ROWS.get(name, {}).items()]
        table = table.filter(reduce(pc.and_, kept)) if kept else table
        found[name] = table.to_pandas(use_threads=False)
    return found


def hold(folder: str | Path, cells: int = MAX_HELD_CELLS) -> int:
    """Hold files of a written evaluation in this process, so that slices need not decode them.

    A file that is replaced is read anew.

    Parameters
    ----------
    folder
        The written evaluation.
    cells
        How many cells, rows times columns, to hold at most: the smallest files first.

    Returns
    -------
    int
        The number of files held.
    """
    files = sorted(Path(folder).rglob("*.parquet"), key=lambda file: (file.stat().st_size, file))
    _held.clear()
    for file in files:
        with pq.ParquetFile(file, memory_map=True, pre_buffer=False) as parquet:
            size = parquet.metadata.num_rows * parquet.metadata.num_columns
            if size > cells:
                continue
            cells -= size
            _held[_identity(file)] = parquet.read(use_threads=False)
    return len(_held)


def read_with_group(folder: str | Path, unit_id: str, evaluation: Evaluation) -> Evaluation:
    """Add to the slice of a unit what its next budget was settled with.

    Parameters
    ----------
    folder
        The written evaluation.
    evaluation
        The slice that `read_slice` returns for `unit_id`.

    Returns
    -------
    Evaluation
        With `units`, `budget`, `allocations` and projects also of the parent, of all its children,
        and of the unit's children and members, and the rows of the table `budgets` also of the
        parent.
    """
    folder = Path(folder)
    links = _read_table(folder / "units.parquet", columns=LINKS)
    above = _ancestors(links, unit_id)
    near = [unit_id, *above[1:2]]
    ids = pa.array(near, pa.string())
    beside = pc.or_kleene(
        pc.is_in(links["parent_id"], ids), pc.equal(links["alliance_id"], unit_id)
    )
    group = [*above, *links.filter(beside)["unit_id"].to_pylist()]
    budgets = folder / TABLES / "budgets.parquet"
    tables = {"budgets": _read(budgets, near)} if budgets.is_file() else {}
    projects = folder / TABLES / "projects.parquet"
    tables |= {"projects": _read(projects, group)} if projects.is_file() else {}
    more = {name: _read(folder / f"{name}.parquet", group) for name in WITH_GROUP}
    return Evaluation.of(evaluation.frames() | more, evaluation.tables | tables, evaluation.about)


def root(folder: str | Path) -> str:
    """Return the first unit that has no unit above it, a region if there is one."""
    _about(Path(folder))
    units = _read(Path(folder) / "units.parquet")
    roots = units[units["parent_id"].isna()]
    roots = roots.assign(other=roots["kind"] != "region").sort_values(["other", "unit_id"])
    return str(roots["unit_id"].iloc[0])


def common(folder: str | Path) -> str:
    """Return a unit of the kind that most units have."""
    units = _read(Path(folder) / "units.parquet")
    return str(units.loc[units["kind"] == units["kind"].mode()[0], "unit_id"].iloc[-1])


def damaged(file: Path) -> BadInputError:
    """Return the error for a file of a written evaluation that cannot be read."""
    return BadInputError([Problem("report.damaged_evaluation", str(file))])


def _about(folder: Path) -> dict[str, Any]:
    if not (folder / ABOUT).is_file():
        raise BadInputError([Problem("report.no_evaluation", str(folder))])
    try:
        about: dict[str, Any] = dict(json.loads((folder / ABOUT).read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError):
        raise damaged(folder / ABOUT) from None
    if about.pop("layout", "") != LAYOUT:
        raise BadInputError([Problem("report.other_layout", str(folder))])
    return about


def _table(frame: pd.DataFrame, first: Sequence[str] = ()) -> pa.Table:
    """Return the frame with fixed types and order, without what pandas adds of its own.

    Rows are sorted by the columns `first`, then by all.
    """
    # What is in none of them is a sum over rows of a table.
    types = {column: _TYPES.get(column, pa.float64()) for column in frame.columns}
    frame = frame.astype({column: "str" for column, kind in types.items() if kind == pa.string()})
    schema = pa.schema(types)
    table = pa.Table.from_pandas(frame, schema, preserve_index=False)
    table = table.replace_schema_metadata(None)
    order = dict.fromkeys([*first, *frame.columns])
    return table.sort_by([(column, "ascending") for column in order])


def _read(
    file: Path,
    ids: Sequence[str] | None = None,
    beside: Mapping[str, Sequence[object]] | None = None,
    own: Sequence[str] = (),
) -> pd.DataFrame:
    """Read the rows of the units `ids`, all for None; of units other than `own` those `beside`."""
    table = _read_table(file, ids)
    if beside:
        kept = pc.is_in(table["unit_id"], pa.array(own))
        others = [pc.is_in(table[c], pa.array(values)) for c, values in beside.items()]
        table = table.filter(pc.or_(kept, reduce(pc.and_, others)))
    frame: pd.DataFrame = table.to_pandas(use_threads=False)
    return frame


def _read_allocations(
    folder: Path, links: pa.Table, above: Sequence[str], near: Sequence[str]
) -> pd.DataFrame:
    """Read the rows of a unit, its siblings, its children or members, and its parent."""
    parents = dict(zip(links["unit_id"].to_pylist(), links["parent_id"].to_pylist(), strict=True))
    unit_id, *higher = above
    parent = higher[0] if higher else None
    wanted = {unit for unit in (*near, parent) if unit is not None and unit in parents}
    keys = [unit_id, parent, *(parents[unit] for unit in wanted)]
    table = _read_table(folder / f"{ALLOCATIONS}.parquet", keys, key="parent_id")
    own = pc.is_in(table["unit_id"], pa.array(sorted(wanted), pa.string()))
    kind = links.filter(pc.equal(links["unit_id"], unit_id))["kind"][0]
    siblings = pc.and_(pc.equal(table["parent_id"], parent or ""), pc.equal(table["kind"], kind))
    kept = pc.or_(own, pc.fill_null(siblings, False))
    frame: pd.DataFrame = table.filter(kept).to_pandas(use_threads=False)
    return frame


def _read_table(
    file: Path,
    ids: Sequence[str | None] | None = None,
    columns: Sequence[str] | None = None,
    key: str = "unit_id",
) -> pa.Table:
    """Read rows by unit from those groups of the file, sorted by `key`, that can hold them."""
    held = _held.get(_identity(file)) if _held else None
    if held is not None:
        table = held if columns is None else held.select(columns)
        return table if ids is None else _of_units(table, ids, key)
    try:
        return _read_groups(file, ids, columns, key)
    except (pa.ArrowException, OSError, KeyError) as error:
        if isinstance(error, FileNotFoundError) and not (file.parent / ABOUT).is_file():
            raise  # no evaluation at all, or a table of one
        raise damaged(file) from None


def _read_groups(
    file: Path, ids: Sequence[str | None] | None, columns: Sequence[str] | None, key: str
) -> pa.Table:
    with pq.ParquetFile(file, memory_map=True, pre_buffer=False) as parquet:
        if ids is None:
            return parquet.read(columns, use_threads=False)
        place = parquet.schema_arrow.get_field_index(key)
        wanted, nulls = sorted(unit for unit in ids if unit is not None), None in ids
        groups = [
            number
            for number in range(parquet.num_row_groups)
            if _may_hold(parquet.metadata.row_group(number).column(place).statistics, wanted, nulls)
        ]
        table = parquet.read_row_groups(groups, columns, use_threads=False)
    return _of_units(table, ids, key)


def _of_units(table: pa.Table, ids: Sequence[str | None], key: str) -> pa.Table:
    return table.filter(pc.is_in(table[key], pa.array(ids, pa.string())))


def _identity(file: Path) -> tuple[int, ...]:
    stat = file.stat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _may_hold(statistics: Any, ids: Sequence[str], nulls: bool) -> bool:
    """Tell whether a group of rows can hold any of the sorted ids, or rows without one."""
    if not statistics:
        return False
    if nulls and statistics.null_count:
        return True
    low, high = statistics.min, statistics.max
    if low is None:
        return False
    first = bisect_left(ids, low)
    return first < len(ids) and bool(ids[first] <= high)


def _roots(links: pa.Table) -> list[tuple[str, str]]:
    """Return id and kind of the units without a unit above."""
    top = links.filter(pc.is_null(links["parent_id"]))
    return list(zip(top["unit_id"].to_pylist(), top["kind"].to_pylist(), strict=True))


def _ancestors(links: pa.Table, unit_id: str) -> list[str]:
    """Return the unit and those above it; none where there is no such unit."""
    found: list[str] = []
    above = unit_id
    while above is not None:
        parents = links.filter(pc.equal(links["unit_id"], above))["parent_id"].to_pylist()
        if not parents:
            return found
        found.append(above)
        above = parents[0]
    return found


def _unknown(known: Sequence[str], unit_id: str) -> Problem:
    """Say that there is no such unit, with the ids nearest to it."""
    known = sorted(known)
    near = difflib.get_close_matches(unit_id, known, n=5, cutoff=0.5) or known[:5]
    return Problem(
        "report.unknown_unit", ABOUT, {"near": ", ".join(near)}, column="unit_id", value=unit_id
    )


def _own_inputs(
    inputs: Sequence[dict[str, Any]], units: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> list[dict[str, Any]]:
    """Return the files with the rows of the slice alone: how many of each table, and their hash.

    So rows of other units that no result of this one rests on do not change its report.
    """
    held = {"units": units, **tables}
    files = []
    for file in inputs:
        own = {name: held[name] for name in sorted(file["rows"]) if name in held}
        if not own:
            files.append(file)
            continue
        text = "\n".join(f"{name}\n{rows.to_csv(index=False)}" for name, rows in own.items())
        files.append({
            "name": file["name"],
            "rows": {name: len(rows) for name, rows in own.items()},
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        })  # fmt: skip
    return files
