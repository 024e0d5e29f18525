"""What each report was made from, by hash: tells which reports a change of inputs concerns."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import version

import numpy as np
import pandas as pd

from fundeval import __version__
from fundeval.batch.files import sha256
from fundeval.batch.jobs import Job, Setting
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation

# The libraries whose version shows in the figures or in the bytes of a report.
LIBRARIES = (
    "babel", "ipykernel", "ipython", "itables", "jinja2", "matplotlib", "matplotlib-inline",
    "nbclient", "nbconvert", "nbformat", "numpy", "pandas", "papermill", "pyarrow", "xlsxwriter",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the version of the package and of every library whose version may show."""
    return {"fundeval": __version__, **{name: version(name) for name in LIBRARIES}}


def digest_inputs(
    jobs: list[Job], evaluation: Evaluation, setting: Setting
) -> dict[str, dict[str, str]]:
    """Return, by stem, the SHA-256 of each kind of input of a report.

    `data` is the slice of the unit (see `report.store.read_slice`), for the overview all there is;
    `peers` those of its kind and level, `policy` all that is said of data set and rules,
    `notebook` the one to execute, `program` the versions and the language.
    """
    data = _slices(evaluation)
    about = dict(evaluation.about)
    inputs = about.pop("inputs")
    data[""] = _hash(inputs, sorted(data.items()))
    units = evaluation.units.set_index("unit_id")
    levels = (units["kind"] + " " + units["level"].fillna("")).to_dict()
    peers = _by_level(evaluation.peers)
    notebooks = {name: sha256(path) for name, path in setting.notebooks.items()}
    policy = _hash(about)
    program = _hash(versions(), setting.lang)
    return {
        job.stem: {
            "data": data[job.unit_id],
            "peers": peers.get(levels.get(job.unit_id, ""), ""),
            "policy": policy,
            "notebook": notebooks[job.notebook],
            "program": program,
        }
        for job in jobs
    }


def _slices(evaluation: Evaluation) -> dict[str, str]:
    """Return the hash of the slice of every unit: its rows, its children's, its ancestors'."""
    tables = {f"tables/{name}": frame for name, frame in evaluation.tables.items()}
    below = {
        f"below/{name}": frame for name, frame in vars(summarize_descendants(evaluation)).items()
    }
    own = _rows_of_units({**evaluation.frames(), **tables, **below})
    units = evaluation.units
    passed_down = _rows_of_units({"units": units, "tables/context": tables["tables/context"]})
    has_parent = units[units["parent_id"].notna()]
    parents = dict(zip(has_parent["unit_id"], has_parent["parent_id"], strict=True))
    children = defaultdict(list)
    for column in ("parent_id", "alliance_id"):
        for child, above in units[["unit_id", column]].dropna().itertuples(index=False):
            children[above].append(child)
    everyone = own.get("", "")
    return {
        unit_id: _hash(
            everyone,
            own.get(unit_id),
            [own.get(child) for child in sorted(set(children[unit_id]))],
            [passed_down[above] for above in _ancestors(unit_id, parents)],
        )
        for unit_id in sorted(units["unit_id"])
    }


def _rows_of_units(frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return a hash over the rows of each unit in all frames, whatever their order."""
    digests: dict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
    for name, frame in sorted(frames.items()):
        if "unit_id" not in frame:
            continue
        codes, unit_ids = pd.factorize(frame["unit_id"], sort=True)
        hashes = _hash_rows(frame)
        hashes = hashes[np.lexsort((hashes, codes))]
        ends = np.bincount(codes, minlength=len(unit_ids)).cumsum().tolist()
        for unit_id, start, end in zip(unit_ids, [0, *ends], ends, strict=False):
            digests[unit_id].update(name.encode() + hashes[start:end].tobytes())
    return {unit_id: digest.hexdigest() for unit_id, digest in digests.items()}


def _hash_rows(frame: pd.DataFrame) -> np.ndarray:
    return pd.util.hash_pandas_object(frame, index=False).to_numpy()


def _by_level(peers: pd.DataFrame) -> dict[str, str]:
    level = peers["kind"] + " " + peers["level"].fillna("")
    return {
        str(key): _hash(sorted(_hash_rows(rows).tolist())) for key, rows in peers.groupby(level)
    }


def _ancestors(unit_id: str, parents: Mapping[str, str]) -> Iterator[str]:
    while unit_id in parents:
        unit_id = parents[unit_id]
        yield unit_id


def _hash(*values: object) -> str:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
