"""Names and ids that a person reads as one: told apart only by how they are typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from fundeval.tables.cells import MARKS, half_width
from fundeval.tables.parsing.parsed_table import ParsedTable

# A star that marks a footnote, and the former name in brackets: 甲医院（原第一医院）.
STARS = "*※△▲☆★#"
FORMER = re.compile(r"[(\[](?:原名?|曾用名|前身|又名|现名?|更名|formerly).*[)\]]$")
SPACES = re.compile(r"\s+")


def note_alike_names(units: ParsedTable) -> None:
    """Note each unit whose name or id differs from that of another only by how it is typed.

    Names are compared among units of one kind below one unit: every hospital has its 内科.
    """
    frame = units.frame
    if not {"unit_id", "name", "kind"} <= set(frame):
        return
    parents = frame["parent_id"] if "parent_id" in frame else frame["kind"]
    around = list(zip(frame["kind"].astype("str"), parents.fillna("").astype("str"), strict=True))
    _note_alike(units, "name", frame["name"], around)
    # What is both id and name is told once.
    ids = frame["unit_id"].where(frame["unit_id"] != frame["name"])
    _note_alike(units, "unit_id", ids, [()] * len(frame))


def _note_alike(
    units: ParsedTable, column: str, cells: pd.Series, around: Sequence[tuple[str, ...]]
) -> None:
    place = units.layout.columns.get(column)
    if place is None:
        return
    seen: dict[tuple[str, ...], str] = {}
    for row, text, beside in zip(cells.index, cells, around, strict=True):
        if isinstance(text, str):
            other = seen.setdefault((_plain(text), *beside), text)
            if other != text:
                note = units.problem("intake.alike_name", int(str(row)), place, text, other=other)
                units.notes.append(note)


def _plain(text: str) -> str:
    plain = SPACES.sub("", MARKS.sub("", half_width(str(text)))).casefold()
    return FORMER.sub("", plain.strip(STARS)) or plain
