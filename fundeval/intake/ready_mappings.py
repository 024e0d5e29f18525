"""Mappings that ship with the package, for layouts that many places share."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fundeval.problems import refusal

SUFFIX = ".yaml"


def ready_mappings() -> dict[str, Path]:
    """Return the mappings that ship with the package by name.

    Examples
    --------
    >>> sorted(ready_mappings())
    ['fund-account', 'fund-budget', 'self-evaluation', 'statistics', 'statistics-region']
    """
    folder = Path(str(files("fundeval.intake"))) / "mappings"
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def find_mapping(name: str) -> Path:
    """Return the mapping file of a name, or of a path that exists.

    Raises
    ------
    BadInputError
        If there is neither.
    """
    path, ready = Path(name), ready_mappings()
    if path.exists() or path.suffix == SUFFIX:
        return path
    if name not in ready:
        raise refusal("convert.no_mapping", name, known=", ".join(ready))
    return ready[name]


def about_mapping(path: Path, lang: str) -> str:
    """Return what a mapping is for: its first line of comment, the second in English."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[0 if lang == "zh" else 1].removeprefix("# ")
