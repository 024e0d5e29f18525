"""Hash the inputs of each report, so that only reports whose inputs changed are made again."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version

import numpy as np
import pandas as pd

from fundeval import __version__
from fundeval.batch.files import sha256
from fundeval.batch.jobs import Job, JobSettings, hash_notebook
from fundeval.results import below_unit
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation
from fundeval.workspace import PACKAGE

UnitHashes = Mapping[str, Mapping[str, str]]
# The libraries whose version shows in the figures or in the bytes of a report.
LIBRARIES = (
    "babel", "beautifulsoup4", "ipykernel", "ipython", "itables", "jinja2", "latex2mathml",
    "matplotlib", "matplotlib-inline", "nbclient", "nbconvert", "nbformat", "numpy", "pandas",
    "pandera", "papermill", "pyarrow", "pydantic", "python-calamine", "pyyaml", "ruamel.yaml",
    "seaborn", "xlsxwriter",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of the package and of the libraries that may affect a report."""
    return {"fundeval": __version__, **{name: version(name) for name in LIBRARIES}}


@cache
def hash_program() -> str:
    """Hash what makes figures and reports: Python, libraries and every file of the package."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file())
    sources = {
        path.relative_to(PACKAGE).as_posix(): sha256(path)
        for path in files
        if path.parent.name != "__pycache__" and PACKAGE / "samples" not in path.parents
    }
    return _hash(platform.python_version(), versions(), sources)


def hash_inputs(
    jobs: list[Job], hashes: UnitHashes, settings: JobSettings
) -> dict[str, dict[str, str]]:
    """Hash the inputs of each report.

    Parameters
    ----------
    jobs
        The reports of the run.
    hashes
        What `hash_evaluation` says of the evaluation they are made from.
    settings
        Settings of the run, for its notebooks and language.

    Returns
    -------
    dict
        By stem of the report, the SHA-256 of each kind of input: `data`, the rows of the unit,
        its children and ancestors, and how the budgets of its siblings were settled (of a region
        also what figures show of all below it; all rows for the overview); `peers`, the
        quantiles of its kind and level; `policy`, data set and rules; `notebook`; `program`, the
        code, the versions, the language and whom to send objections to; `links`, which kinds of
        unit have a report.
    """
    notebooks = {name: hash_notebook(text) for name, text in settings.notebooks.items()}
    program = _hash(hash_program(), settings.lang, settings.objections)
    shared = {"program": program, "links": _hash(sorted(settings.kinds))}
    return {
        job.stem: {**hashes[job.unit_id], "notebook": notebooks[job.notebook], **shared}
        for job in jobs
    }


def hash_evaluation(evaluation: Evaluation) -> UnitHashes:
    """Hash what the reports read of an evaluation: by unit, "" for the overview, see above."""
    data = _hash_slices(evaluation)
    about = dict(evaluation.about)
    inputs = about.pop("inputs")
    data[""] = _hash(inputs, sorted(data.items()))
    units = evaluation.units.set_index("unit_id")
    levels = (units["kind"] + " " + units["level"].fillna("")).to_dict()
    peers = _hash_peers_by_level(evaluation.peers)
    policy = _hash(about)
    return {
        unit_id: {"data": own, "peers": peers.get(levels.get(unit_id, ""), ""), "policy": policy}
        for unit_id, own in data.items()
    }


def _hash_slices(evaluation: Evaluation) -> dict[str, str]:
    """Hash what the report of each unit reads: its rows, its children's, its ancestors', the
    names and `allocations` of its siblings and its parent, and of a region what its figures show
    of all below it."""
    tables = {f"tables/{name}": frame for name, frame in evaluation.tables.items()}
    below = {
        f"below/{name}": frame for name, frame in vars(summarize_descendants(evaluation)).items()
    }
    own = _hash_rows_by_unit({**evaluation.frames(), **tables, **below})
    units = evaluation.units
    passed_down = _hash_rows_by_unit({"units": units, "tables/context": tables["tables/context"]})
    has_parent = units[units["parent_id"].notna()]
    parents = dict(zip(has_parent["unit_id"], has_parent["parent_id"], strict=True))
    children = defaultdict(list)
    for column in ("parent_id", "alliance_id"):
        for child, above in units[["unit_id", column]].dropna().itertuples(index=False):
            children[above].append(child)
    everyone = own.get("", "")
    settled = _hash_rows_by_unit({
        "allocations": evaluation.allocations,
        "units": units.loc[
            units["unit_id"].isin(evaluation.allocations["unit_id"]),
            ["unit_id", "name", "name_en", "kind", "valid_from", "valid_to"],
        ],
    })  # fmt: skip
    drawn = _hash_drawn(evaluation)
    siblings = defaultdict(list)
    for unit_id in sorted(settled):
        siblings[parents.get(unit_id, "")].append(settled[unit_id])
    return {
        unit_id: _hash(
            everyone,
            own.get(unit_id),
            [own.get(child) for child in sorted(set(children[unit_id]))],
            [passed_down[above] for above in _ancestors(unit_id, parents)],
            siblings[parents[unit_id]] if unit_id in parents else [],
            settled.get(parents.get(unit_id, "")),
            drawn.get(unit_id),
        )
        for unit_id in sorted(units["unit_id"])
    }


def _hash_drawn(evaluation: Evaluation) -> dict[str, str]:
    """Hash by region what figures show of it and of all units below it."""
    own = _hash_rows_by_unit(below_unit.select_below(evaluation.frames()))
    units = evaluation.units
    children = below_unit.children_of(units["unit_id"], units["parent_id"])
    regions = units.loc[units["kind"] == "region", "unit_id"]
    return {
        region: _hash([own.get(unit) for unit in below_unit.list_below(children, region)])
        for region in sorted(regions)
    }


def _hash_rows_by_unit(frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Hash the rows of each unit in all frames, in any order of rows."""
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


def _hash_peers_by_level(peers: pd.DataFrame) -> dict[str, str]:
    level = peers["kind"] + " " + peers["level"].fillna("")
    return {
        str(key): _hash(sorted(_hash_rows(rows).tolist()))
        for key, rows in peers.groupby(level, dropna=False)
    }


def _ancestors(unit_id: str, parents: Mapping[str, str]) -> Iterator[str]:
    while unit_id in parents:
        unit_id = parents[unit_id]
        yield unit_id


def _hash(*values: object) -> str:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
