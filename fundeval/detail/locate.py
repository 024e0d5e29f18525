"""Find the row of a file in which a value of a record stands, once something is wrong with it."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from fundeval.detail.engines import TEXTS
from fundeval.detail.readings import UNSEEN
from fundeval.detail.scan import RecordFiles


def find_row(
    groups: Sequence[RecordFiles], column: str, texts: Collection[str]
) -> tuple[str, int, str] | None:
    """Return file, row and text of the first record with one of some texts in a column.

    Only rows of CSV and TSV files have numbers that somebody sees; None where there is no such row.

    Parameters
    ----------
    groups
        The files of records.
    column
        Name of the column in `COLUMNS`.
    texts
        Texts as they stand, or without space and unseen signs around them; "" for a blank.
    """
    for group in groups:
        if column not in group.columns:
            continue
        place = group.columns.index(column)
        for path in group.files:
            if path.suffix.lower() in TEXTS and (found := _row(path, group, place, texts)):
                return path.name, *found
    return None


def _row(
    path: Path, group: RecordFiles, place: int, texts: Collection[str]
) -> tuple[int, str] | None:
    try:
        with path.open(encoding=group.encoding, newline="") as file:
            rows = csv.reader(file, delimiter=group.separator)
            next(rows, None)
            for row, cells in enumerate(rows, start=2):
                if not cells:
                    continue
                text = cells[place] if place < len(cells) else ""
                if text in texts or re.sub(UNSEEN, "", text) in texts:
                    return row, text
    except (OSError, ValueError, csv.Error):
        return None
    return None
