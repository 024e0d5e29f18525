"""What lies below a unit at any level, and what figures over many units show of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pandas as pd

# What figures over many units show of all below one: columns, and of which rows.
BELOW_COLUMNS: dict[str, tuple[str, ...]] = {
    "units": ("unit_id", "name", "name_en", "kind", "parent_id", "level"),
    "grades": ("unit_id", "score", "grade", "reason"),
    "scores": ("unit_id", "indicator", "points", "max", "reason"),
    "indicators": ("unit_id", "year", "scheme", "indicator", "value", "reason"),
    "restrictions": ("unit_id", "year", "rate", "floor", "state", "reason"),
    "budget": ("unit_id", "scheme", "step", "amount", "reason"),
    "purchase_alerts": (
        "unit_id", "date", "goods", "bought_by", "amount", "threshold", "threshold_from", "share",
        "level", "deadline", "checked_at", "checked_by", "check_result", "check", "reason",
    ),
    "allocations": (
        "unit_id", "kind", "base", "needs", "desired", "envelope", "next_budget", "limit", "reason",
    ),
}  # fmt: skip
BELOW_ROWS: dict[str, dict[str, list[str]]] = {
    "indicators": {"indicator": ["execution_rate"], "scheme": ["all"]},
    "budget": {"step": ["base", "next_budget"], "scheme": ["all"]},
    "allocations": {"kind": ["hospital"]},
}


def select_below(
    frames: Mapping[str, pd.DataFrame], unit_id: str | None = None
) -> dict[str, pd.DataFrame]:
    """Return what `parquet.read_below` reads, from the frames of an evaluation."""
    found, ids = {}, None
    if unit_id is not None:
        units = frames["units"]
        ids = list_below(children_of(units["unit_id"], units["parent_id"]), unit_id)
    for name, columns in BELOW_COLUMNS.items():
        frame = frames[name]
        for column, values in BELOW_ROWS.get(name, {}).items():
            frame = frame[frame[column].isin(values)]
        if ids is not None:
            frame = frame[frame["unit_id"].isin(ids)]
        found[name] = frame[[*columns]]
    return found


def children_of(ids: Iterable[str], parents: Iterable[str | None]) -> dict[str, list[str]]:
    """Return the units one level down by unit above."""
    children: dict[str, list[str]] = defaultdict(list)
    for unit, parent in zip(ids, parents, strict=True):
        if isinstance(parent, str):
            children[parent].append(unit)
    return children


def list_below(children: Mapping[str, list[str]], unit_id: str) -> list[str]:
    """Return a unit and those below it at any level, each once.

    Examples
    --------
    >>> list_below({"R": ["H"], "H": ["D"]}, "R")
    ['R', 'H', 'D']
    """
    found = {unit_id: None}
    for unit in (order := [unit_id]):
        below = [child for child in children.get(unit, []) if child not in found]
        found |= dict.fromkeys(below)
        order += below
    return order
