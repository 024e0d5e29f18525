"""Read the manifest of a run, which anybody may have changed since."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from fundeval.batch.manifest import MANIFEST, from_sealed_json
from fundeval.problems import BadInputError, Problem

Hashes = dict[str, str]
# That of 40 000 reports has some 20 MB.
MOST_BYTES = 2**28
PAGE = re.compile(r"reports/([^/]+)\.html")


class InputHash(BaseModel):
    """Name and SHA-256 of a file of data set or policy, of data the rows of each table too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    rows: dict[str, int] = Field(default_factory=dict)


class Manifest(BaseModel):
    """What a manifest says, see `manifest.manifest_text`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public: bool = False
    run: dict[str, Any] = Field(default_factory=dict)
    inputs: list[InputHash] = Field(default_factory=list)
    policy: list[InputHash] = Field(default_factory=list)
    notebooks: Hashes = Field(default_factory=dict)
    environment: dict[str, str | None] = Field(default_factory=dict)
    plan: dict[str, tuple[str, str, str]] = Field(default_factory=dict)
    failed: Hashes = Field(default_factory=dict)
    stale: dict[str, tuple[str, str]] = Field(default_factory=dict)
    files: Hashes = Field(default_factory=dict)

    def reports(self) -> dict[str, str]:
        """Return the pages of reports by the stems of their files."""
        pages = (PAGE.fullmatch(name) for name in self.files)
        return {page[1]: page[0] for page in pages if page}

    def incomplete(self) -> dict[str, str]:
        """Return what is wrong with planned reports by stem: an error, `stale` or `not_made`."""
        made = self.reports()
        found = {stem: "not_made" for stem in self.plan if stem not in made}
        return {**found, **dict.fromkeys(self.stale, "stale"), **self.failed}


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a run; None if it was altered.

    Raises BadInputError if there is none, or it cannot be read.
    """
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise BadInputError([Problem("verify.no_manifest", str(folder))])
    try:
        if path.stat().st_size > MOST_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        text = path.read_bytes().decode(errors="replace")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInputError([Problem("verify.unreadable", str(path), {"reason": reason})]) from None
    try:
        return Manifest.model_validate(from_sealed_json(text))
    except (ValueError, RecursionError):
        return None
