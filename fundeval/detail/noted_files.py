"""Files of records as they were before they were read: too large to be held, they are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fundeval.problems import BadInputError, Problem
from fundeval.tables.sources.held import hash_file


@dataclass(frozen=True)
class NotedFile:
    """A file as it was: its bytes by size and SHA-256, and what changes when they are written."""

    path: Path
    size: int
    sha256: str
    written: tuple[int, int, int]


def note_files(files: Sequence[Path]) -> list[NotedFile]:
    """Note what the files hold; raises BadInputError with each that cannot be read."""
    noted, problems = [], []
    for path in files:
        try:
            state = path.stat()
            written = (state.st_ino, state.st_mtime_ns, state.st_ctime_ns)
            noted.append(NotedFile(path, state.st_size, hash_file(path), written))
        except OSError as error:
            detail = error.strerror or type(error).__name__
            problems.append(Problem("tables.unreadable", path.name, {"detail": detail}))
    if problems:
        raise BadInputError(problems)
    return noted


def check_unchanged(noted: Sequence[NotedFile]) -> None:
    """Raise BadInputError with each file that was written to since it was noted.

    Both are compared: what is written back to what it was leaves another time of writing, and
    what is written within one tick of the clock other bytes.
    """
    now = note_files([each.path for each in noted])
    changed = [
        before.path.name for before, after in zip(noted, now, strict=True) if before != after
    ]
    if changed:
        raise BadInputError([Problem("tables.changed_while_read", name) for name in changed])
