"""Compare what lies in the folder of a run with its manifest; nothing there is followed or run."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fundeval.batch import ledger as ledgers
from fundeval.batch.difference import Difference
from fundeval.batch.files import sha256
from fundeval.batch.files_of_run import FOLDERS, files_of_run
from fundeval.batch.manifest import MANIFEST
from fundeval.batch.read_manifest import Manifest
from fundeval.batch.signoff import PICTURE, SIGNATURES, read_signoffs, signoff_files
from fundeval.batch.whole_run import INDEX
from fundeval.problems import BadInputError
from fundeval.report.public.releases import RELEASES, read_register

# They hold times, and nothing that a report was made from.
CLOCKS = (ledgers.LEDGER, f"{ledgers.LEDGER}-journal", ledgers.LOCK, "run.log")
# Files that are no part of the result, or are checked otherwise.
NOT_COMPARED = {MANIFEST, PICTURE, *CLOCKS}
# What `fundeval pdf` and `fundeval docx` write, which shows the state of that day.
PAPER_FOLDERS = ("pdf", "docx")


def compare_files(folder: Path, manifest: Manifest) -> Iterator[Difference]:
    """Yield what is missing, altered, or there though the manifest does not list it.

    A link counts as altered, whatever it leads to: that may change, and is not in the folder.
    """
    present, ours = dict(_walk(folder)), files_of_run(manifest)
    for name in sorted(ours.required - manifest.files.keys()):
        yield Difference("missing", name)
    for name, expected in sorted(manifest.files.items()):
        if name not in present:
            yield Difference("missing", name)
        elif present[name] != "file":
            yield Difference(present[name], name)
        elif (found := _hash(folder / name)) != expected:
            yield Difference("altered", name, expected, found)
        if not ours.has(name):
            yield Difference("invented", name)
    signed = signoff_files(read_signoffs(folder).statements)
    known = {*manifest.files, *NOT_COMPARED, *signed}
    for name, kind in sorted(present.items()):
        if name not in known and not _is_paper(name, manifest):
            place, _, file = name.rpartition("/")
            if (place, file[-5:]) != (SIGNATURES, ".json"):  # a damaged one, which sign-offs tell
                yield Difference("unlisted" if kind in ("file", "folder") else kind, name)
        elif name not in manifest.files and kind != "file":
            yield Difference(kind, name)


def list_unchecked(folder: Path, manifest: Manifest) -> Iterator[Difference]:
    """Yield, as notes, what lies in the folder and is not compared with anything.

    So is who else holds a file, or may write to it: that is of this machine, not of the run.
    """
    present = dict(_walk(folder))
    names = list(present)
    for kind, is_so in (("hard_link", _has_other_names), ("open_to_all", _is_open_to_all)):
        if found := [name for name in names if is_so((folder / name).lstat())]:
            yield Difference(kind, found[0], now=str(len(found)))
    if manifest.public and present.get(RELEASES) == "file":
        with suppress(BadInputError):  # a damaged one, which making it again tells
            if (earlier := len(read_register(folder).releases) - 1) > 0:
                yield Difference("earlier_releases", RELEASES, now=str(earlier))
    yield from (Difference("unchecked", name) for name in names if name in CLOCKS)
    papers = Counter(name.partition("/")[0] for name in names if _is_paper(name, manifest))
    for place, count in sorted(papers.items()):
        yield Difference("unchecked", f"{place}/", now=str(count))


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the place of each thing in the folder and what it is: file, link, or special.

    A folder is one where it is empty and no run makes it.
    """
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place) / name
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                place_of = path.relative_to(folder).as_posix()
                if place_of not in FOLDERS and not any(path.iterdir()):
                    yield f"{place_of}/", "folder"
                continue
            kind = "file" if stat.S_ISREG(mode) else "link" if stat.S_ISLNK(mode) else "special"
            yield path.relative_to(folder).as_posix(), kind


def _has_other_names(found: os.stat_result) -> bool:
    """Tell whether a file has another name, by which it can be changed from outside the folder."""
    return stat.S_ISREG(found.st_mode) and found.st_nlink > 1


def _is_open_to_all(found: os.stat_result) -> bool:
    """Tell whether anybody may write to a file, or whoever runs it is taken for its owner."""
    return stat.S_ISREG(found.st_mode) and bool(
        found.st_mode & (stat.S_IWOTH | stat.S_ISUID | stat.S_ISGID)
    )


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
