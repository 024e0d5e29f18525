"""Files that are whole or not there, and their hashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_whole(contents: Mapping[Path, str | bytes]) -> dict[Path, str]:
    """Write contents (text as UTF-8) to their paths and return their SHA-256.

    All go to temporary names first, reach the disk, and are renamed then. On an error the
    temporary files are removed.
    """
    hashes = {}
    try:
        for path, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            with _part(path).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            hashes[path] = hashlib.sha256(data).hexdigest()
    except OSError:
        for path in contents:
            _part(path).unlink(missing_ok=True)
        raise
    for path in contents:
        _part(path).replace(path)
    for folder in {path.parent for path in contents}:
        _sync(folder)
    return hashes


def remove(paths: Iterable[Path]) -> None:
    """Remove files, and what a writer that was killed left of them."""
    for path in paths:
        path.unlink(missing_ok=True)
        _part(path).unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _sync(folder: Path) -> None:
    """Let the new names reach the disk; Windows has no such call for folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
