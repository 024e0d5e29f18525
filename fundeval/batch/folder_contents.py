"""Compare what lies in the folder of a run with its manifest; nothing there is followed or run."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fundeval.batch import ledger as ledgers
from fundeval.batch.difference import Difference
from fundeval.batch.files import sha256
from fundeval.batch.manifest import MANIFEST
from fundeval.batch.read_manifest import Manifest
from fundeval.batch.signoff import PICTURE, SIGNATURES, read_signoffs, signoff_files
from fundeval.batch.whole_run import INDEX, INDEX_FOLDER, POLICY, WORKBOOK
from fundeval.report.public.releases import RELEASES

# They hold times, and nothing that a report was made from.
CLOCKS = (ledgers.LEDGER, f"{ledgers.LEDGER}-journal", ledgers.LOCK, "run.log")
# Files that are no part of the result, or are checked otherwise.
NOT_COMPARED = {MANIFEST, PICTURE, *CLOCKS}
# What `fundeval pdf` and `fundeval docx` write, which shows the state of that day.
PAPER_FOLDERS = ("pdf", "docx")
PLACES = ("reports/", "notebooks/", "evaluation/", f"{INDEX_FOLDER}/")


def compare_files(folder: Path, manifest: Manifest) -> Iterator[Difference]:
    """Yield what is missing, altered, or there though the manifest does not list it.

    A link counts as altered, whatever it leads to: that may change, and is not in the folder.
    """
    present = dict(_walk(folder))
    for name, expected in sorted(manifest.files.items()):
        if name not in present:
            yield Difference("missing", name)
        elif present[name] != "file":
            yield Difference(present[name], name)
        elif (found := _hash(folder / name)) != expected:
            yield Difference("altered", name, expected, found)
        if not _belongs(name, manifest):
            yield Difference("invented", name)
    signed = signoff_files(read_signoffs(folder).statements)
    known = {*manifest.files, *NOT_COMPARED, *signed}
    for name, kind in sorted(present.items()):
        if name not in known and not _is_paper(name, manifest):
            foreign = name.startswith(f"{SIGNATURES}/") and name.endswith(".json")
            if not foreign:  # a damaged statement, which the sign-offs tell
                yield Difference("unlisted" if kind == "file" else kind, name)
        elif name not in manifest.files and kind != "file":
            yield Difference(kind, name)


def list_unchecked(folder: Path, manifest: Manifest) -> Iterator[Difference]:
    """Yield, as notes, what lies in the folder and is not compared with anything."""
    names = [name for name, _ in _walk(folder)]
    yield from (Difference("unchecked", name) for name in names if name in CLOCKS)
    papers = Counter(name.partition("/")[0] for name in names if _is_paper(name, manifest))
    for place, count in sorted(papers.items()):
        yield Difference("unchecked", f"{place}/", now=str(count))


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the place of each thing in the folder and what it is: file, link, or special."""
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place) / name
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                continue
            kind = "file" if stat.S_ISREG(mode) else "link" if stat.S_ISLNK(mode) else "special"
            yield path.relative_to(folder).as_posix(), kind


def _belongs(name: str, manifest: Manifest) -> bool:
    """Tell whether a run could have written a file of that name."""
    whole = (INDEX, POLICY, RELEASES) if manifest.public else (INDEX, POLICY, WORKBOOK)
    return name in whole or (not manifest.public and name.startswith(PLACES))


def _is_paper(name: str, manifest: Manifest) -> bool:
    """Tell whether a file is what `fundeval pdf` or `fundeval docx` makes of a report."""
    place, _, file = name.partition("/")
    stem, dot, suffix = file.rpartition(".")
    stems = {*manifest.reports(), Path(INDEX).stem}
    return place in PAPER_FOLDERS and bool(dot) and suffix == place and stem in stems


def _hash(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        return error.strerror or type(error).__name__
