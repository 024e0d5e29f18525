"""Write files atomically and hash them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_atomically(contents: Mapping[Path, str | bytes]) -> dict[Path, str]:
    """Write files so that each is either complete or absent, whatever interrupts.

    All contents go to temporary files first, which are synced to the disk and then renamed. If
    that fails, the temporary files are removed.

    Parameters
    ----------
    contents
        Content by path; text is written as UTF-8.

    Returns
    -------
    dict
        SHA-256 by path.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    hashes = {}
    try:
        for path, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            # Nothing that lies there is written to: it may be a link to anywhere.
            _temporary(path).unlink(missing_ok=True)
            with _temporary(path).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            hashes[path] = hashlib.sha256(data).hexdigest()
    except OSError:
        for path in contents:
            _temporary(path).unlink(missing_ok=True)
        raise
    for path in contents:
        _temporary(path).replace(path)
    for folder in {path.parent for path in contents}:
        _sync_folder(folder)
    return hashes


def remove(paths: Iterable[Path]) -> None:
    """Remove files if they exist, and temporary files that a killed writer left."""
    for path in paths:
        path.unlink(missing_ok=True)
        _temporary(path).unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Tell whether a file is one that a writer had not finished."""
    return path.name.startswith(".") and path.name.endswith(".part")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as a hexadecimal string."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_if_any(path: Path) -> str:
    """Return the SHA-256 of a file, "" if there is none."""
    return sha256(path) if path.is_file() else ""


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _sync_folder(folder: Path) -> None:
    """Sync a folder, so that renames reach the disk; Windows has no such call."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
