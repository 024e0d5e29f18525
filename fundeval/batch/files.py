"""Files that are whole or not there, and their hashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path


def write_whole(contents: Mapping[Path, str]) -> None:
    """Write texts as UTF-8 to their paths: all to temporary names first, then renamed."""
    for path, text in contents.items():
        with _part(path).open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    for path in contents:
        _part(path).replace(path)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
