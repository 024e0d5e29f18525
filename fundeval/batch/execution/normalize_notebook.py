"""Remove what differs from run to run from an executed notebook."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode, from_dict

VOLATILE = ("papermill", "execution")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
CELL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")


def normalize(notebook: NotebookNode, folder: Path) -> None:
    """Remove times, random ids, memory addresses and absolute paths from a notebook, in place.

    Parameters
    ----------
    notebook
        The executed notebook.
    folder
        Output folder of the run. Paths in it, in the interpreter, the package and the home
        folder are replaced by a label such as `<output>`.
    """
    kernel = notebook.metadata.get("kernelspec", {})
    notebook.metadata = from_dict({"kernelspec": kernel, "language_info": {"name": "python"}})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        for key in VOLATILE:
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        for output in cell.get("outputs", []):
            _normalize_output(output, folder)


def normalize_text(text: str, folder: Path) -> str:
    """Return `text` without memory addresses and absolute paths."""
    # A page is long and has none of these: looking for plain text first costs next to nothing.
    if "0x" in text:
        text = ADDRESS.sub("at 0x…", text)
    if "ipykernel_" in text:
        text = CELL_FILE.sub("<cell>", text)
    for path, name in _path_labels(folder):
        if str(path) in text:
            text = re.sub(rf"(?<![\w.]){re.escape(str(path))}(?=[/\\])", name, text)
    return text


def _normalize_output(output: NotebookNode, folder: Path) -> None:
    if output.output_type == "stream":
        output.text = normalize_text(output.text, folder)
    for kind, content in output.get("data", {}).items():
        if isinstance(content, str) and kind.startswith("text/"):
            output.data[kind] = normalize_text(content, folder)


def _path_labels(folder: Path) -> Iterable[tuple[Path, str]]:
    package = Path(__file__).parents[2]
    places = {
        folder: "<output>",
        package: "<fundeval>",
        Path(sys.prefix): "<python>",
        Path(sys.base_prefix): "<python>",
        Path.home(): "~",
    }
    named = [(path, name) for path, name in places.items() if path.parent != path]
    return sorted(named, key=lambda place: -len(str(place[0])))
