"""Remove what differs from run to run from an executed notebook."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode, from_dict

from fundeval.report.format.html_fragments import without_style

VOLATILE = ("papermill", "execution")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
CELL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")

# The table of a pandas Styler.
STYLED = re.compile(r'<table id="(T_[0-9a-f]{5})"')
WIDGET = "application/vnd.jupyter.widget-view+json"
NO_WIDGET = from_dict({"model_id": "", "version_major": 2, "version_minor": 0})


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
    styled = False
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        for key in VOLATILE:
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        for place, output in enumerate(cell.get("outputs", [])):
            _normalize_output(output, folder)
            html = output.get("data", {}).get("text/html")
            if html:
                html = _stable_ids(html, f"T_{number:02d}_{place}")
                # The style of what is shown stands in front of the first piece only.
                output.data["text/html"] = without_style(html) if styled else html
                styled = styled or without_style(html) != html


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
        if kind == WIDGET:
            # What it shows was kept in the kernel.
            output.data[kind] = NO_WIDGET
        if isinstance(content, str) and kind.startswith("text/"):
            output.data[kind] = normalize_text(content, folder)


def _stable_ids(html: str, name: str) -> str:
    """Replace the random id that pandas gives a styled table, in its style too."""
    for number, found in enumerate(dict.fromkeys(STYLED.findall(html))):
        html = re.sub(rf"\b{found}(?=\b|_)", f"{name}_{number}" if number else name, html)
    return html


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
