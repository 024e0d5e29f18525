"""What differs from run to run is taken out of an executed notebook."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode, from_dict

VOLATILE = ("papermill", "execution")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
CELL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")


def scrub(notebook: NotebookNode, folder: Path) -> None:
    """Take times, random ids, memory addresses and absolute paths out of `notebook`.

    `folder` is the run's output folder; paths under it, under the interpreter, the package
    and the home folder are replaced by a name in angle brackets.
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
            _scrub_output(output, folder)


def scrub_text(text: str, folder: Path) -> str:
    """Return `text` without memory addresses and absolute paths."""
    # A page is long and has none of these: looking for plain text first costs next to nothing.
    if "0x" in text:
        text = ADDRESS.sub("at 0x…", text)
    if "ipykernel_" in text:
        text = CELL_FILE.sub("<cell>", text)
    for path, name in _places(folder):
        if str(path) in text:
            text = re.sub(rf"(?<![\w.]){re.escape(str(path))}(?=[/\\])", name, text)
    return text


def _scrub_output(output: NotebookNode, folder: Path) -> None:
    if output.output_type == "stream":
        output.text = scrub_text(output.text, folder)
    for kind, content in output.get("data", {}).items():
        if isinstance(content, str) and kind.startswith("text/"):
            output.data[kind] = scrub_text(content, folder)


def _places(folder: Path) -> Iterable[tuple[Path, str]]:
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
