"""What was read of an input, held so that it is read only once.

A reader looks at a file several times: at its first bytes, its header, its rows. Were it opened
each time, its figures and its hash could be those of different contents. So it is copied once into
a file that has no name, which ends with whoever reads it, and hashed on the way.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import IO, Any

from fundeval.problems import refusal
from fundeval.tables.sources import limits

BLOCK_BYTES = 2**20
Rows = list[tuple[str | None, ...]]


class HeldFile:
    """The content of a file as it was read, with its SHA-256, under its name.

    Parameters
    ----------
    path
        The file, which is read to its end; nothing of it is interpreted.

    Raises
    ------
    BadInputError
        If it is no ordinary file, is too large, or changed while it was read.
    OSError
        If it cannot be read, or the disk has no room to hold it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "budgets.csv")
    >>> _ = path.write_text("unit_id")
    >>> held = HeldFile(path)
    >>> _ = path.write_text("another")
    >>> held.name, held.open().read()
    ('budgets.csv', b'unit_id')
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.bytes: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (ends with this)
        digest = hashlib.sha256()
        self.size = 0
        with open(path, "rb", opener=_open_at_once) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                # Reading one that nobody writes to would never end.
                raise refusal("tables.special_file", self.name)
            while block := file.read(BLOCK_BYTES):
                self.size += len(block)
                if max(self.size, before.st_size) > limits.FILE_BYTES:
                    raise refusal(
                        "tables.file_too_large", self.name, most=limits.FILE_BYTES // 2**20
                    )
                digest.update(block)
                self.bytes.write(block)
            after = os.fstat(file.fileno())
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            # Half of it may be the old and half the new.
            raise refusal("tables.changed_while_read", self.name)
        self.bytes.flush()
        self.sha256 = digest.hexdigest()

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePath(self.name).stem

    @property
    def suffix(self) -> str:
        """The suffix of the name."""
        return PurePath(self.name).suffix

    def open(self) -> io.BufferedReader:
        """Return the bytes from the beginning, apart from whoever else reads them."""
        return io.BufferedReader(_View(self.bytes), BLOCK_BYTES)


class HeldRows:
    """Blocks of rows of a database as they came, each of which can be read again and again.

    Examples
    --------
    >>> held = HeldRows([[("H1", "2024")], [("H2", "2024")]])
    >>> [row for block in held.blocks() for row in block]
    [('H1', '2024'), ('H2', '2024')]
    """

    def __init__(self, blocks: Iterable[Rows]) -> None:
        self.bytes: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (ends with this)
        for block in blocks:
            pickle.dump(block, self.bytes, pickle.HIGHEST_PROTOCOL)
        self.end = self.bytes.tell()

    def blocks(self) -> Iterator[Rows]:
        """Yield the blocks."""
        position = 0
        while position < self.end:
            self.bytes.seek(position)
            # Written by this process into a file that nobody else can open.
            block: Rows = pickle.load(self.bytes)
            position = self.bytes.tell()
            yield block


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file that is not read otherwise."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _View(io.RawIOBase):
    """Reads a file that others read too, from a place of its own."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.file.seek(self.position)
        block = self.file.read(len(buffer))
        buffer[: len(block)] = block
        self.position += len(block)
        return len(block)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.position}.get(whence)
        self.position = (self.file.seek(0, os.SEEK_END) if start is None else start) + offset
        return self.position


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting for whoever writes into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
