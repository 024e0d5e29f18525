"""A copy of a notebook to work in: what is tried there reaches no report."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from fundeval import workspace
from fundeval.problems import BadInputError, Problem

SUFFIX = ".ipynb"


def copy_notebook(start: str, to: Path, parameters: Mapping[str, Any]) -> Path:
    """Copy a notebook of the workspace, with other values in its cell of parameters.

    Parameters
    ----------
    start
        Name of the notebook to copy, such as `explore` or `region`.
    to
        Where to write the copy; a name alone goes to the folder of the notebook that is copied,
        so that relative paths lead to the same places.
    parameters
        Values by name of the parameter; a path that exists is written as seen from the copy.

    Returns
    -------
    pathlib.Path
        The copy.

    Raises
    ------
    BadInputError
        If there is no such notebook, or a file at the place already.
    """
    name = start.removesuffix(SUFFIX)
    try:
        source = workspace.find(f"notebooks/{name}{SUFFIX}")
    except FileNotFoundError:
        known = [path.stem for path in workspace.find("notebooks").glob(f"*{SUFFIX}")]
        values = {"near": ", ".join(sorted(known))}
        raise BadInputError([Problem("workbench.no_notebook", start, values)]) from None
    if to.name in ("", ".."):
        raise BadInputError([Problem("workbench.no_name", str(to))])
    # A dot within a name is no suffix.
    to = to if to.suffix == SUFFIX else to.with_name(to.name + SUFFIX)
    if to.parent == Path():
        to = _own_folder(source) / to
    if to.exists():
        raise BadInputError([Problem("workbench.notebook_exists", str(to))])
    moved = {name: _seen_from(to.parent, value) for name, value in parameters.items()}
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = _with_values(cell.source, moved)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    return to


def _own_folder(source: Path) -> Path:
    """Return the folder of a notebook; for one that is shipped with the package, this folder."""
    shipped = source.is_relative_to(workspace.PACKAGE)
    return Path() if shipped else Path(os.path.relpath(source.parent))


def _seen_from(folder: Path, value: Any) -> Any:
    """Return a value; the path of a file or folder as it leads there from another folder."""
    if not isinstance(value, str) or Path(value).is_absolute() or not Path(value).exists():
        return value
    return Path(os.path.relpath(value, folder)).as_posix()


def _with_values(source: str, parameters: Mapping[str, Any]) -> str:
    """Return a cell of parameters in which values are replaced, types and comments kept."""
    for name, value in parameters.items():
        line = re.compile(rf"^({re.escape(name)}(?:: \w+)? = )(.*?)(  # .*)?$", re.MULTILINE)
        if found := line.search(source):
            stated = f"{found[1]}{_written(value)}{found[3] or ''}"
            source = source[: found.start()] + stated + source[found.end() :]
    return source


def _written(value: Any) -> str:
    """Return a value as the notebooks write it."""
    return json.dumps(value, ensure_ascii=False)
