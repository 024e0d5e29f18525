"""Write docs/tutorial.ipynb: the notebook `explore.ipynb`, executed on the sample city.

    python tools/make_tutorial.py

A test holds its texts and tables equal to what the notebook gives.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
import papermill

from fundeval.batch.execution.normalize_notebook import normalize

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "notebooks" / "explore.ipynb"
TARGET = ROOT / "docs" / "tutorial.ipynb"
# Only a live notebook shows them.
WIDGET = "application/vnd.jupyter.widget-view+json"


def make_tutorial() -> nbformat.NotebookNode:
    """Execute the notebook; return it without what differs from run to run."""
    with tempfile.TemporaryDirectory() as folder:
        done = Path(folder) / SOURCE.name
        papermill.execute_notebook(
            str(SOURCE), str(done), kernel_name="python3", cwd=folder, progress_bar=False
        )
        notebook: nbformat.NotebookNode = nbformat.read(done, as_version=4)
        normalize(notebook, Path(folder))
    for cell in notebook.cells:
        cell.metadata = {}
        shown = [output for output in cell.get("outputs", []) if not _needs_a_script(output)]
        if "outputs" in cell:
            cell.outputs = shown
        for output in shown:
            output.get("data", {}).pop(WIDGET, None)
    return notebook


def _needs_a_script(output: nbformat.NotebookNode) -> bool:
    """Tell whether an output shows in a live notebook only, as a table that sorts does."""
    html = output.get("data", {}).get("text/html", "")
    return "<script" in html or ("<style>" in html and "<table" not in html)


def main() -> None:
    """Write the file."""
    TARGET.write_text(nbformat.writes(make_tutorial()) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
